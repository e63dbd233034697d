package leg

import (
	"net/netip"
	"time"
)

const (
	// probation is how many packets in a row, of one source and one SSRC and with
	// rising sequence numbers, make an address that was not signalled believable.
	probation = 4
	// silence is how long nothing must have come from the source before another
	// may take its place: longer than any packet, shorter than people bear.
	silence = 500 * time.Millisecond
	// dropout is how far a stream that goes on from elsewhere may have got, in
	// packets: MAX_DROPOUT of RFC 3550 section A.1.
	dropout = 3000
)

// latch decides from which address media is taken, and so where it is sent: the
// address that signalling named, or, for a peer behind NAT, the one its packets
// come from. Once made, the choice holds: a stranger moves nothing. Only the
// signalled address may still take over, and, where the source has fallen
// silent, the same stream from elsewhere, whose NAT has forgotten it. Under
// SRTP a packet that is genuine needs no other proof. A new agreement begins
// anew.
type latch struct {
	signalled netip.AddrPort
	source    netip.AddrPort // the choice; zero while there is none
	latest    arrival        // of the source

	candidate netip.AddrPort
	ssrc      uint32
	next      uint16
	seen      int
}

// arrival is what the latch has to know of a packet.
type arrival struct {
	ssrc     uint32
	sequence uint16
	genuine  bool // authenticated by SRTP
	at       time.Time
}

// signal tells the address of a new agreement. The one known already changes
// nothing, nor does a missing one, as in a hold.
func (l *latch) signal(addr netip.AddrPort) {
	if !addr.IsValid() || addr == l.signalled {
		return
	}
	*l = latch{signalled: addr}
}

// admit tells whether a packet is the peer's.
func (l *latch) admit(from netip.AddrPort, a arrival) bool {
	switch {
	case from == l.source, from == l.signalled:
	case l.source.IsValid() && !l.moved(a):
		return false
	case !a.genuine && !l.proved(from, a):
		return false
	}
	l.source, l.latest = from, a
	return true
}

// moved tells whether a packet from elsewhere may be the source's.
func (l *latch) moved(a arrival) bool {
	if a.at.Sub(l.latest.at) < silence {
		return false
	}
	ahead := a.sequence - l.latest.sequence
	return a.genuine || a.ssrc == l.latest.ssrc && ahead > 0 && ahead < dropout
}

// proved takes a packet of a candidate and tells whether it has passed its
// probation.
func (l *latch) proved(from netip.AddrPort, a arrival) bool {
	if from != l.candidate || a.ssrc != l.ssrc || a.sequence != l.next {
		l.candidate, l.ssrc, l.seen = from, a.ssrc, 0
	}
	l.next = a.sequence + 1
	l.seen++
	return l.seen >= probation
}

// destination is where to send: to the source, once there is one.
func (l *latch) destination() netip.AddrPort {
	if l.source.IsValid() {
		return l.source
	}
	if !l.signalled.Addr().IsValid() {
		return netip.AddrPort{}
	}
	return l.signalled
}
