package leg

import "net/netip"

// probation is how many packets in a row, of one source and one SSRC and with
// rising sequence numbers, make an address that was not signalled believable.
const probation = 4

// latch decides from which address media is taken, and so where it is sent: the
// address that signalling named, or, for a peer behind NAT, the one its packets
// come from. Once made, the choice holds: a stranger moves nothing. Only the
// signalled address may still take over, and a new agreement begins anew.
type latch struct {
	signalled netip.AddrPort
	source    netip.AddrPort // the choice; zero while there is none

	candidate netip.AddrPort
	ssrc      uint32
	next      uint16
	seen      int
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
func (l *latch) admit(from netip.AddrPort, ssrc uint32, sequence uint16) bool {
	switch {
	case from == l.source:
		return true
	case from == l.signalled:
		l.source = from
		return true
	case l.source.IsValid():
		return false
	}
	if from != l.candidate || ssrc != l.ssrc || sequence != l.next {
		l.candidate, l.ssrc, l.seen = from, ssrc, 0
	}
	l.next = sequence + 1
	if l.seen++; l.seen < probation {
		return false
	}
	l.source = from
	return true
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
