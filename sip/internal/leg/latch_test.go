package leg

import (
	"net/netip"
	"testing"
	"time"
)

func TestLatch(t *testing.T) {
	signalled := netip.MustParseAddrPort("192.0.2.1:4000")
	nat := netip.MustParseAddrPort("203.0.113.5:61000")
	stranger := netip.MustParseAddrPort("198.51.100.66:4000")
	type packet struct {
		from     netip.AddrPort
		ssrc     uint32
		sequence uint16
		admitted bool
	}
	cases := []struct {
		name     string
		signal   netip.AddrPort
		arrivals []packet
		to       netip.AddrPort
	}{
		{"nothing yet", signalled, nil, signalled},
		{"the signalled address needs no probation", signalled, []packet{{signalled, 1, 9, true}}, signalled},
		{"another needs four packets in a row", signalled, []packet{
			{nat, 1, 65534, false}, {nat, 1, 65535, false}, {nat, 1, 0, false}, {nat, 1, 1, true}, {nat, 1, 3, true},
		}, nat},
		{"a gap begins probation anew", signalled, []packet{
			{nat, 1, 1, false}, {nat, 1, 2, false}, {nat, 1, 4, false}, {nat, 1, 5, false},
		}, signalled},
		{"so does another SSRC or source in between", signalled, []packet{
			{nat, 1, 1, false}, {nat, 1, 2, false}, {nat, 2, 3, false}, {stranger, 1, 4, false}, {nat, 1, 5, false}, {nat, 1, 6, false},
		}, signalled},
		{"a stranger comes too late", signalled, []packet{
			{signalled, 1, 1, true},
			{stranger, 1, 2, false},
			{stranger, 1, 3, false},
			{stranger, 1, 4, false},
			{stranger, 1, 5, false},
			{stranger, 1, 6, false},
			{signalled, 1, 2, true},
		}, signalled},
		{"the signalled address takes over from a latched one, once", signalled, []packet{
			{nat, 1, 1, false}, {nat, 1, 2, false}, {nat, 1, 3, false}, {nat, 1, 4, true}, {signalled, 2, 1, true}, {nat, 1, 5, false},
		}, signalled},
		{"no address was signalled", netip.AddrPort{}, []packet{
			{nat, 1, 1, false}, {nat, 1, 2, false}, {nat, 1, 3, false}, {nat, 1, 4, true},
		}, nat},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var l latch
			l.signal(c.signal)
			for i, a := range c.arrivals {
				if got := l.admit(a.from, arrival{ssrc: a.ssrc, sequence: a.sequence}); got != a.admitted {
					t.Errorf("packet %d admitted: %v", i, got)
				}
			}
			if got := l.destination(); got != c.to {
				t.Errorf("sends to %v, want %v", got, c.to)
			}
		})
	}
}

// TestStreamMovesOverSilenceOnly has packets come from elsewhere once the latch
// has its source: the NAT may have forgotten the peer, or somebody wants its
// place.
func TestStreamMovesOverSilenceOnly(t *testing.T) {
	home := netip.MustParseAddrPort("203.0.113.5:61000")
	away := netip.MustParseAddrPort("203.0.113.5:61999")
	const ssrc = 7
	var last uint16 = 65534
	start := time.Now()
	for _, c := range []struct {
		name     string
		after    time.Duration // since the source's last packet
		ssrc     uint32
		sequence uint16
		genuine  bool
		packets  int // how many come, 20 ms apart
		moves    bool
	}{
		{"the same stream goes on elsewhere", time.Second, ssrc, last + 50, false, 4, true},
		{"but has not proved itself", time.Second, ssrc, last + 50, false, 3, false},
		{"the source still speaks", 100 * time.Millisecond, ssrc, last + 1, false, 10, false},
		{"another SSRC", time.Second, 8, last + 1, false, 10, false},
		{"a sequence number from long ago", time.Second, ssrc, last - 10, false, 4, false},
		{"a sequence number far ahead", time.Second, ssrc, last + 5000, false, 10, false},
		{"SRTP vouches for it", time.Second, 8, 1, true, 1, true},
		{"SRTP while the source still speaks", 100 * time.Millisecond, ssrc, last + 1, true, 10, false},
	} {
		var l latch
		l.signal(netip.MustParseAddrPort("10.0.0.1:4000"))
		for i := range uint16(4) {
			l.admit(home, arrival{ssrc: ssrc, sequence: last - 3 + i, at: start})
		}
		moved := false
		for i := range c.packets {
			at := start.Add(c.after + time.Duration(i)*20*time.Millisecond)
			moved = l.admit(away, arrival{c.ssrc, c.sequence + uint16(i), c.genuine, at})
		}
		if moved != c.moves || (l.destination() == away) != c.moves {
			t.Errorf("%s: admitted %v, sends to %v", c.name, moved, l.destination())
		}
	}
}

// TestGenuineNeedsNoProbation is the first packet of a peer behind NAT.
func TestGenuineNeedsNoProbation(t *testing.T) {
	nat := netip.MustParseAddrPort("203.0.113.5:61000")
	var l latch
	l.signal(netip.MustParseAddrPort("10.0.0.1:4000"))
	if !l.admit(nat, arrival{ssrc: 1, sequence: 1, genuine: true}) || l.destination() != nat {
		t.Error("a packet that SRTP vouches for is not believed")
	}
}

func TestANewAgreementMovesTheLatch(t *testing.T) {
	old, elsewhere := netip.MustParseAddrPort("192.0.2.1:4000"), netip.MustParseAddrPort("192.0.2.1:5000")
	var l latch
	l.signal(old)
	l.admit(old, arrival{ssrc: 1, sequence: 1})
	l.signal(netip.AddrPort{}) // a hold names no address
	l.signal(old)
	if l.source != old {
		t.Error("a hold made the latch forget")
	}
	l.signal(elsewhere)
	if l.destination() != elsewhere || l.admit(old, arrival{ssrc: 1, sequence: 2}) {
		t.Error("the latch stays with the old address")
	}
}
