// Package dialog is SIP calls: RFC 3261 dialogs on both sides, above
// transactions and below media.
//
// An [Endpoint] takes calls and places them. A call that comes in is handed to
// a function of the owner's, on a goroutine of its own; what happens within the
// call (re-INVITE, UPDATE, INFO, REFER) comes to the [Handlers] in order of
// arrival.
//
// What sipgo's own dialogs get wrong is done here: a 2xx is repeated by RFC
// 3261's timer until its ACK comes, and the call ended if none does; every 2xx
// of a call we place is acknowledged with its own tag, however late, forked or
// unwanted it is; a CANCEL may cross the answer; provisional responses are
// unlimited; and every request, not only INVITE, may be challenged.
//
// A call goes where its URI says or by a [Way] of its own, and a peer that says
// nothing at all is given up before its transaction is, so that others can be
// tried (sip/internal/outbound does).
//
// Beyond RFC 3261 there are reliable provisional responses where a peer
// requires them (3262, reliable.go), UPDATE (3311, offer.go), session timers
// (4028, timer.go), registrations (RFC 3261 section 10, 3327 and 3608:
// registrant.go), transfers (3515, 3891, 3892 and 4488: transfer.go and
// replaces.go) and what trunks tell about callers (3325, 5806 and 7044:
// asserted.go).
//
//	goroutine | one per                          | owns                          | ends when
//	answer    | call that came in                | the owner's function          | it returns
//	insist    | 2xx that we sent                 | repeating it until the ACK    | ACK, the call's end or 64*T1
//	assure    | call that requires 100rel        | repeating 1xx until the PRACK | PRACK, the answer, the call's end or 64*T1
//	prack     | reliable 1xx that we received    | its PRACK                     | PRACK is answered or times out
//	refresh   | call with a timer, now and then  | refreshing it or hanging up   | the refresh is answered or times out
//	deliver   | referral with something to tell  | its NOTIFYs                   | nothing is left to tell
//	dismiss   | unwanted 2xx that we received    | ACK and BYE to it             | BYE is answered or times out
//	call      | call that we place               | its INVITE and CANCEL         | final response, or 64*T1 after ctx
//	shut      | call standing at Close           | ending it                     | BYE is answered or times out
package dialog
