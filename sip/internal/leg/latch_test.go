package leg

import (
	"net/netip"
	"testing"
)

func TestLatch(t *testing.T) {
	signalled := netip.MustParseAddrPort("192.0.2.1:4000")
	nat := netip.MustParseAddrPort("203.0.113.5:61000")
	stranger := netip.MustParseAddrPort("198.51.100.66:4000")
	type arrival struct {
		from     netip.AddrPort
		ssrc     uint32
		sequence uint16
		admitted bool
	}
	cases := []struct {
		name     string
		signal   netip.AddrPort
		arrivals []arrival
		to       netip.AddrPort
	}{
		{"nothing yet", signalled, nil, signalled},
		{"the signalled address needs no probation", signalled, []arrival{{signalled, 1, 9, true}}, signalled},
		{"another needs four packets in a row", signalled, []arrival{
			{nat, 1, 65534, false}, {nat, 1, 65535, false}, {nat, 1, 0, false}, {nat, 1, 1, true}, {nat, 1, 3, true},
		}, nat},
		{"a gap begins probation anew", signalled, []arrival{
			{nat, 1, 1, false}, {nat, 1, 2, false}, {nat, 1, 4, false}, {nat, 1, 5, false},
		}, signalled},
		{"so does another SSRC or source in between", signalled, []arrival{
			{nat, 1, 1, false}, {nat, 1, 2, false}, {nat, 2, 3, false}, {stranger, 1, 4, false}, {nat, 1, 5, false}, {nat, 1, 6, false},
		}, signalled},
		{"a stranger comes too late", signalled, []arrival{
			{signalled, 1, 1, true},
			{stranger, 1, 2, false},
			{stranger, 1, 3, false},
			{stranger, 1, 4, false},
			{stranger, 1, 5, false},
			{stranger, 1, 6, false},
			{signalled, 1, 2, true},
		}, signalled},
		{"the signalled address takes over from a latched one, once", signalled, []arrival{
			{nat, 1, 1, false}, {nat, 1, 2, false}, {nat, 1, 3, false}, {nat, 1, 4, true}, {signalled, 2, 1, true}, {nat, 1, 5, false},
		}, signalled},
		{"no address was signalled", netip.AddrPort{}, []arrival{
			{nat, 1, 1, false}, {nat, 1, 2, false}, {nat, 1, 3, false}, {nat, 1, 4, true},
		}, nat},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var l latch
			l.signal(c.signal)
			for i, a := range c.arrivals {
				if got := l.admit(a.from, a.ssrc, a.sequence); got != a.admitted {
					t.Errorf("packet %d admitted: %v", i, got)
				}
			}
			if got := l.destination(); got != c.to {
				t.Errorf("sends to %v, want %v", got, c.to)
			}
		})
	}
}

func TestANewAgreementMovesTheLatch(t *testing.T) {
	old, elsewhere := netip.MustParseAddrPort("192.0.2.1:4000"), netip.MustParseAddrPort("192.0.2.1:5000")
	var l latch
	l.signal(old)
	l.admit(old, 1, 1)
	l.signal(netip.AddrPort{}) // a hold names no address
	l.signal(old)
	if l.source != old {
		t.Error("a hold made the latch forget")
	}
	l.signal(elsewhere)
	if l.destination() != elsewhere || l.admit(old, 1, 2) {
		t.Error("the latch stays with the old address")
	}
}
