package leg

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/pion/rtcp"

	"partyline/sip/evidence"
	"partyline/sip/internal/offer"
	"partyline/sip/internal/sdes"
)

// kept are the packets on a leg's tape.
func kept(t *testing.T, l *Leg) []evidence.Packet {
	t.Helper()
	c, err := evidence.Unpack(evidence.Pack(nil, 0, evidence.Leg{Local: address(l), Tape: l.Tape()}))
	if err != nil {
		t.Fatal(err)
	}
	return c.Packets
}

// TestTapeHasBothDirections of sound and reports, in the clear where they travel
// encrypted, and nothing of strangers.
func TestTapeHasBothDirections(t *testing.T) {
	pool := ports(t)
	for name, mux := range map[string]bool{"a port for each": false, "one port": true} {
		t.Run(name, func(t *testing.T) {
			a, b := open(t, pool, Config{Tape: 16 << 10}), open(t, pool, Config{})
			atA, atB := protectedPair(address(a), address(b), sdes.AES128SHA180)
			if mux {
				atA.Mux, atB.Mux, atA.RTCP, atB.RTCP = true, true, atA.RTP, atB.RTP
			}
			a.Agree(atA)
			b.Agree(atB)
			fromB, _ := run(t, a)
			fromA, _ := run(t, b)
			const many = 20
			for range many {
				a.Hear(mix([]byte("from a")))
				b.Hear(mix([]byte("from b")))
				within(t, "a packet", fromA)
				within(t, "a packet", fromB)
			}
			newPeer(t).send(address(a), 0, []byte("stranger"))
			poll(t, "reports in both directions", func() bool {
				a.report(time.Now())
				b.report(time.Now())
				return a.Statistics().RoundTrip > 0 && b.Statistics().RoundTrip > 0
			})
			poll(t, "the stranger", func() bool { s := a.Statistics(); return s.Strangers+s.Forged > 0 })

			count, reports := make(map[bool]int), make(map[bool]int)
			var last uint16
			for _, p := range kept(t, a) {
				if p.Peer.Addr() != loopback || p.Local.Port() != address(a).Port() && (!p.Control || mux) {
					t.Errorf("a packet of %v to %v", p.Peer, p.Local)
				}
				if p.Control {
					reports[p.Out]++
					if packets, err := rtcp.Unmarshal(p.Header); err != nil || len(packets) != 2 {
						t.Errorf("a report cannot be read: %v, %v", packets, err)
					}
					continue
				}
				count[p.Out]++
				if p.Size != headerSize+6 || len(p.Header) != headerSize {
					t.Errorf("%d bytes of header of %d", len(p.Header), p.Size)
				}
				if p.Out {
					if next := binary.BigEndian.Uint16(p.Header[2:]); last != 0 && next != last+1 {
						t.Errorf("%d follows %d", next, last)
					} else {
						last = next
					}
				}
			}
			if count[true] != many || count[false] != many || reports[true] == 0 || reports[false] == 0 {
				t.Errorf("packets %v, reports %v", count, reports)
			}
		})
	}
}

// TestTapeCostsLittle: a leg that keeps headers allocates no more for it than the
// tape itself.
func TestTapeCostsLittle(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	far := newPeer(t)
	l := open(t, ports(t), Config{Tape: 8 << 10})
	l.Agree(offer.Media(g711(far.address(), 101)))
	frame := mix(make([]byte, 160))
	for range 10000 { // until the tape is full
		l.tape.RTP(time.Now(), true, far.address(), make([]byte, 172))
	}
	if n := testing.AllocsPerRun(500, func() { l.Hear(frame) }); n > 0 {
		t.Errorf("%v allocations for each packet", n)
	}
}
