package dialog

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

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

// Gone is closed when the stream that we opened along a way is closed; nil where
// none is open, as over UDP.
func (e *Endpoint) Gone(way Way) <-chan struct{} {
	gone, _ := e.stack.Gone(way.Network, way.Peer.String(), way.As)
	return gone
}

// KeepAlive keeps NATs and firewalls along a way open (RFC 5626 section 3.5.1).
func (e *Endpoint) KeepAlive(way Way) { e.stack.KeepAlive(way.Network, way.Peer, way.As) }

// Heard is when something last came along a way; zero where no stream is open, as
// over UDP.
func (e *Endpoint) Heard(way Way) time.Time { return e.stack.Heard(way.Network, way.Peer, way.As) }

// Drop closes the stream that we opened along a way: it is found to be dead.
func (e *Endpoint) Drop(way Way) { e.stack.Drop(way.Network, way.Peer, way.As) }

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
