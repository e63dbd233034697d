package evidence

import (
	"net/netip"
	"time"
)

// Capture is what is kept of one call.
type Capture struct {
	Messages []Message // in the order of time
	Missing  int       // messages left out, in the middle
	Packets  []Packet  // in the order of time
	Skipped  uint64    // packets left out, in the middle
}

// Message is a SIP message, masked.
type Message struct {
	At      time.Time
	Out     bool   // we sent it
	Again   bool   // a retransmission
	Network string // "udp", "tcp" or "tls"
	Local   netip.AddrPort
	Peer    netip.AddrPort
	Data    []byte
}

// Packet is an RTP or RTCP packet. What is of it beyond Header is zero: an RTP
// payload, or names in RTCP.
type Packet struct {
	At      time.Time // to 100 µs
	Out     bool      // we sent it
	Control bool      // RTCP
	Local   netip.AddrPort
	Peer    netip.AddrPort
	Header  []byte
	Size    int // bytes, without those of UDP and IP
}
