package sfu

import (
	"log/slog"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"partyline/metrics/quality"
	"partyline/sfu/audio"
	"partyline/sfu/internal/red"
)

// looseLeg is a leg without a connection whose packets go to a stage that
// nobody runs: what it takes can be counted in the stage's queue.
func looseLeg() (*leg, *stage) {
	t := new(traffic)
	s := newStage(1, t, func([]Speaker) {}, func([]quality.Together) {})
	s.close()
	l := &leg{
		hub:   &Hub{traffic: t, log: slog.New(slog.DiscardHandler)},
		offer: &offer{opus: 111, red: 63, levelExtension: 1}, order: 1, gone: make(chan struct{}),
	}
	l.seat.Store(&seat{"room", 1})
	l.up.leg, l.down.leg = l, l
	l.down.begin()
	l.up.source.Store(&source{participant: 1, stage: s})
	return l, s
}

// taken empties a stage's queue.
func taken(s *stage) (voices []voice) {
	for len(s.in) > 0 {
		voices = append(voices, (<-s.in).voice)
	}
	return voices
}

// packetOf makes the octets of an RTP packet.
func packetOf(t testing.TB, payloadType uint8, ssrc uint32, seq uint16, payload []byte) []byte {
	t.Helper()
	p := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: payloadType, SSRC: ssrc, SequenceNumber: seq, Timestamp: uint32(seq) * 960}, Payload: payload}
	must(t, p.SetExtension(1, []byte{0x80 | 33}))
	b, err := p.Marshal()
	must(t, err)
	return b
}

func TestUplinkDropsGarbage(t *testing.T) {
	good := speech(1)
	padded := packetOf(t, 111, 7, 1, []byte{0x78, 1, 2, 3, 0, 0, 3})
	padded[0] |= 0x20
	overPadded := append([]byte(nil), padded...)
	overPadded[len(overPadded)-1] = 200
	for _, tt := range []struct {
		name   string
		packet []byte
		taken  int
		count  func(Traffic) uint64
	}{
		{"good", packetOf(t, 111, 7, 1, good), 1, func(c Traffic) uint64 { return c.PacketsIn }},
		{"padding", padded, 1, func(c Traffic) uint64 { return c.PacketsIn }},
		{"more padding than payload", overPadded, 0, func(c Traffic) uint64 { return c.DroppedMalformed }},
		{"nothing", nil, 0, func(c Traffic) uint64 { return c.DroppedMalformed }},
		{"half a header", packetOf(t, 111, 7, 1, good)[:9], 0, func(c Traffic) uint64 { return c.DroppedMalformed }},
		{"no payload", packetOf(t, 111, 7, 1, nil), 0, func(c Traffic) uint64 { return c.DroppedMalformed }},
		{"SSRC 0", packetOf(t, 111, 0, 1, good), 0, func(c Traffic) uint64 { return c.DroppedForeign }},
		{"another type", packetOf(t, 8, 7, 1, good), 0, func(c Traffic) uint64 { return c.DroppedForeign }},
		{"RED cut off", packetOf(t, 63, 7, 1, []byte{0x80 | 111, 1}), 0, func(c Traffic) uint64 { return c.DroppedMalformed }},
		{"RED of another type", packetOf(t, 63, 7, 1, []byte{8, 1, 2, 3}), 0, func(c Traffic) uint64 { return c.DroppedForeign }},
		{"RED without a frame", packetOf(t, 63, 7, 1, []byte{111}), 0, func(c Traffic) uint64 { return c.DroppedForeign }},
		{"longer than Opus can be", packetOf(t, 111, 7, 1, make([]byte, 1400)), 0, func(c Traffic) uint64 { return c.DroppedOversize }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, s := looseLeg()
			l.up.receive(tt.packet, time.Now())
			if got := taken(s); len(got) != tt.taken {
				t.Errorf("%d taken", len(got))
			} else if tt.taken > 0 && got[0].level != 33 {
				t.Errorf("level %d", got[0].level)
			}
			if tt.count(l.hub.Traffic()) != 1 {
				t.Errorf("%+v", l.hub.Traffic())
			}
		})
	}
}

func TestUplinkGivesEachPacketOnce(t *testing.T) {
	l, s := looseLeg()
	now := time.Now()
	frame := func(i byte) []byte { return []byte{0x78, i, 0, 0} }
	redundant := red.Append(nil, 111, []red.Block{{Offset: 960, Data: frame(2)}, {Data: frame(3)}})
	l.up.receive(packetOf(t, 63, 7, 1, append([]byte{111}, frame(1)...)), now)
	for range 2 {
		l.up.receive(packetOf(t, 63, 7, 3, redundant), now)
	}
	l.up.receive(packetOf(t, 63, 7, 2, append([]byte{111}, frame(2)...)), now) // late
	var order []uint16
	for _, v := range taken(s) {
		order = append(order, v.seq)
		if v.ts != uint32(v.seq)*960 {
			t.Errorf("packet %d at %d", v.seq, v.ts)
		}
	}
	if len(order) != 3 || order[0] != 1 || order[1] != 2 || order[2] != 3 {
		t.Errorf("given: %v", order)
	}
	i, _, _ := l.up.report()
	if c := l.hub.Traffic(); c.Recovered != 1 || i.Expected != 3 {
		t.Errorf("recovered %d of %d", c.Recovered, i.Expected)
	}
}

func TestUplinkAsksAgain(t *testing.T) {
	l, _ := looseLeg()
	l.offer.nack, l.outlets = true, []*outlet{{ssrc: 99}}
	now := time.Now()
	for i, seq := range []uint16{100, 101, 104, 105, 102} {
		l.up.receive(packetOf(t, 111, 7, seq, speech(1)), now.Add(time.Duration(i)*time.Millisecond))
	}
	if n := l.hub.Traffic().AskedAgain; n != 2 {
		t.Errorf("asked for %d packets, 2 were missing", n)
	}
	l.up.receive(packetOf(t, 111, 7, 106, speech(1)), now.Add(100*time.Millisecond))
	if n := l.hub.Traffic().AskedAgain; n != 3 {
		t.Errorf("asked %d times, 1 packet is still missing", n)
	}
}

func TestUplinkGuessesLevels(t *testing.T) {
	l, s := looseLeg()
	l.offer.levelExtension = 0
	l.up.receive(packetOf(t, 111, 7, 1, []byte{0x78}), time.Now())
	l.up.receive(packetOf(t, 111, 7, 2, speech(0)), time.Now())
	if v := taken(s); v[0].level != audio.Silence || v[1].level != guessedVoice {
		t.Errorf("levels %d and %d", v[0].level, v[1].level)
	}
}

func TestDownlinkFollowsReports(t *testing.T) {
	l, _ := looseLeg()
	o := &outlet{offer: l.offer, ssrc: 99}
	o.bound.Store(true)
	l.outlets = []*outlet{o}
	l.ready.Store(true)
	report := func(highest uint32, lost uint8, age time.Duration) {
		now := time.Now()
		rr := rtcp.ReceiverReport{SSRC: 7, Reports: []rtcp.ReceptionReport{
			{SSRC: 99, FractionLost: lost, LastSequenceNumber: highest, LastSenderReport: uint32(ntpTime(now.Add(-age)) >> 16)},
			{SSRC: 98, FractionLost: 255, LastSequenceNumber: highest},
		}}
		b, err := rr.Marshal()
		must(t, err)
		l.down.receive(99, b, now)
		l.down.receive(98, b, now) // not one of ours
	}
	for i := range 6 {
		report(uint32(100*i), 0, 50*time.Millisecond)
	}
	if d := l.depth(); d != red.None {
		t.Errorf("depth %d without loss", d)
	}
	if heard, trip, _ := l.down.take(time.Now(), time.Second); heard.Packets == 0 || heard.Loss != 0 || trip < 40*time.Millisecond || trip > 70*time.Millisecond {
		t.Errorf("%+v, %v", heard, trip)
	}
	report(600, 77, time.Second)
	if d := l.depth(); d != red.Three {
		t.Errorf("depth %d at 30 %%", d)
	}
	report(600, 0, time.Second) // nothing was sent since: says nothing
	if d := l.depth(); d != red.Three {
		t.Errorf("depth %d after an empty report", d)
	}
	if heard, trip, _ := l.down.take(time.Now(), time.Second); heard.Loss < 0.29 || heard.Loss > 0.31 || trip < 900*time.Millisecond {
		t.Errorf("%+v, %v", heard, trip)
	}
	if heard, _, _ := l.down.take(time.Now(), time.Second); heard.Packets != 0 {
		t.Errorf("%+v was reported twice", heard)
	}
	l.down.receive(99, []byte{0x81, 201, 0}, time.Now())
	if l.hub.Traffic().DroppedMalformed != 1 {
		t.Error("malformed RTCP not counted")
	}
}

func FuzzUplink(f *testing.F) {
	f.Add(packetOf(f, 111, 7, 1, speech(1)))
	f.Add(packetOf(f, 63, 7, 1, red.Append(nil, 111, []red.Block{{Offset: 960, Data: speech(1)}, {Data: speech(2)}})))
	f.Add([]byte{0xb0, 111, 0, 1})
	l, s := looseLeg()
	f.Fuzz(func(t *testing.T, b []byte) {
		l.up.receive(b, time.Now())
		for _, v := range taken(s) {
			if len(v.payload) == 0 || len(v.payload) > maxPayload || v.level > audio.Silence {
				t.Fatalf("%+v", v)
			}
		}
	})
}

func FuzzDownlink(f *testing.F) {
	sr := rtcp.SenderReport{SSRC: 7, Reports: []rtcp.ReceptionReport{{SSRC: 99, FractionLost: 3}}}
	b, err := sr.Marshal()
	must(f, err)
	f.Add(b)
	f.Add([]byte{0x81, 201, 0, 7})
	l, _ := looseLeg()
	o := &outlet{offer: l.offer, ssrc: 99}
	o.bound.Store(true)
	l.outlets = []*outlet{o}
	l.ready.Store(true)
	f.Fuzz(func(t *testing.T, b []byte) {
		l.down.receive(99, b, time.Now())
		if l.depth() >= red.Depths {
			t.Fatal(l.depth())
		}
	})
}
