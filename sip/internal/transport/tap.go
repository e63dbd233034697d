package transport

import (
	"bytes"
	"net/netip"
	"time"
)

// Passing is a SIP message on its way through one of our sockets, as it stands on
// the wire (beneath TLS). Whoever is told of it must be done with Data when they
// return, must not change it, and must not block.
type Passing struct {
	At      time.Time
	Out     bool   // we sent it
	Network string // "udp", "tcp" or "tls"
	Peer    netip.AddrPort
	Data    []byte
}

// tap tells of messages that pass: those that came from sources which are listened
// to and are SIP, answered without a transaction or not, and those that went out.
type tap func(Passing)

func (t tap) came(network string, peer netip.AddrPort, data []byte, now time.Time) {
	if t != nil {
		t(Passing{At: now, Network: network, Peer: peer, Data: data})
	}
}

// went tells of a message of ours, which line ends between messages are not.
func (t tap) went(network string, peer netip.AddrPort, data []byte, now time.Time) {
	if t != nil && len(bytes.TrimLeft(data, "\r\n")) > 0 {
		t(Passing{At: now, Out: true, Network: network, Peer: peer, Data: data})
	}
}
