package dialog

import (
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"

	"partyline/sip/internal/transport"
)

// Way is how a peer is reached, where its URI does not say that. What is zero is
// left to the URI.
type Way struct {
	Network string         // "udp", "tcp" or "tls"
	Peer    netip.AddrPort // where to send
	As      *transport.Identity
}

// networkOf is the transport that a URI names, or else another.
func networkOf(uri sip.Uri, otherwise string) string {
	if name, ok := uri.UriParams.Get("transport"); ok {
		return strings.ToLower(name)
	}
	return otherwise
}

// destination is where a URI points, for the transport: a name without port is
// looked up in the DNS with port 0.
func destination(uri sip.Uri, network string) string {
	host := strings.Trim(uri.Host, "[]")
	a, err := netip.ParseAddr(host)
	switch {
	case err != nil:
		return net.JoinHostPort(host, strconv.Itoa(uri.Port))
	case uri.Port == 0:
		return netip.AddrPortFrom(a, uint16(sip.DefaultPort(network))).String()
	}
	return netip.AddrPortFrom(a, uint16(uri.Port)).String()
}
