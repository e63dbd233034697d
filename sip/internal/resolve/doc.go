// Package resolve is where a SIP request goes: RFC 3263, from a name to the
// addresses that serve it, in the order in which to try them.
//
// NAPTR says by which transport (RFC 3403), SRV at which hosts and ports, with
// priorities and weights (RFC 2782), A and AAAA at which addresses; a host that
// has both gives both (RFC 7984), in the order of RFC 6724. TLS is looked for
// under _sips._tcp, and its certificate is to be for the name that was asked
// for, not for one that the DNS led to (RFC 5922).
//
//	"carrier.example"            NAPTR, then SRV, then A and AAAA
//	"carrier.example" over TCP   SRV _sip._tcp, then A and AAAA
//	"carrier.example:5070"       A and AAAA
//	"203.0.113.1"                nothing is asked
//
// Answers are kept for their time to live. Where the DNS fails, the last answer
// goes on to serve: calls do not end because a name server has.
package resolve
