package sfu

import (
	"bytes"
	"context"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
	"go.uber.org/goleak"

	"partyline/sfu/internal/red"
)

// talk lets a peer speak n packets from seq on, in real time but faster.
func (p *peer) talk(seq uint16, n int, gap time.Duration) {
	p.t.Helper()
	for i := range n {
		p.say(seq+uint16(i), uint32(seq+uint16(i))*960, 30, speech(byte(i)))
		time.Sleep(gap)
	}
}

// inOrder sorts nothing: it checks that sequence numbers follow each other.
func contiguous(t *testing.T, packets []*rtp.Packet) {
	t.Helper()
	for i := 1; i < len(packets); i++ {
		if d := packets[i].SequenceNumber - packets[i-1].SequenceNumber; d != 1 {
			t.Errorf("packet %d: sequence goes from %d to %d", i, packets[i-1].SequenceNumber, packets[i].SequenceNumber)
		}
		if d := int32(packets[i].Timestamp - packets[i-1].Timestamp); d < 960 {
			t.Errorf("packet %d: timestamp advances by %d", i, d)
		}
	}
}

// endsSpurt tells a packet of silence, which no peer of these tests says. A stall
// of the machine may bring one in the midst of what is said.
func endsSpurt(p *rtp.Packet) bool { return bytes.Equal(p.Payload, []byte{0x78}) }

// said waits for so many packets in the first slot, and the end of the spurt.
func said(words int) func([][]*rtp.Packet) bool {
	return func(heard [][]*rtp.Packet) bool {
		n := 0
		for _, p := range heard[0] {
			if !endsSpurt(p) {
				n++
			}
		}
		return n == words && endsSpurt(heard[0][len(heard[0])-1])
	}
}

func TestTakeoverGoesOnWithoutAGap(t *testing.T) {
	h, w := newTestHub(t, func(c *Config) { c.Slots = 1 })
	listener := newPeer(t, 1, false)
	listener.join(h, w, "room", 9, "a")
	first, second := newPeer(t, 1, false), newPeer(t, 1, false)
	first.join(h, w, "room", 1, "a")
	second.join(h, w, "room", 2, "a")

	first.talk(40000, 10, 5*time.Millisecond)
	listener.await("ten packets and an end", said(10))
	second.talk(7, 10, 5*time.Millisecond)
	listener.await("ten more and an end", said(20))

	got := listener.copy()[0]
	contiguous(t, got)
	words := 0
	for i, p := range got {
		if marker := i == 0 || endsSpurt(got[i-1]); p.Marker != marker {
			t.Errorf("packet %d: marker %v", i, p.Marker)
		}
		if !endsSpurt(p) {
			words++
		}
		want := uint32(1)
		if words > 10 {
			want = 2
		}
		if len(p.CSRC) != 1 || p.CSRC[0] != want {
			t.Errorf("packet %d: CSRC %v, want %d", i, p.CSRC, want)
		}
	}
}

func TestTalkerMissesNothingBySpeaking(t *testing.T) {
	h, w := newTestHub(t, func(c *Config) { c.Slots = 1 })
	one, two := newPeer(t, 1, false), newPeer(t, 1, false)
	one.join(h, w, "room", 1, "a")
	two.join(h, w, "room", 2, "a")
	one.talk(100, 5, 5*time.Millisecond)
	two.await("one's words", said(5))
	two.talk(200, 5, 5*time.Millisecond)
	one.await("two's words", said(5))
	one.talk(300, 5, 5*time.Millisecond)
	two.await("one's words again", said(10))
	contiguous(t, two.copy()[0])
}

func TestMute(t *testing.T) {
	h, w := newTestHub(t, nil)
	a, b := newPeer(t, 3, false), newPeer(t, 3, false)
	h.SetMuted("room", 1, true)
	a.join(h, w, "room", 1, "a")
	b.join(h, w, "room", 2, "a")
	a.talk(0, 10, time.Millisecond)
	h.SetMuted("room", 1, false)
	h.Disconnect("room", 1, "unknown") // a barrier in name only
	must(t, h.ask(context.Background(), "room", false, func(*room) {}))
	a.talk(1000, 5, 5*time.Millisecond)
	spoken := func(heard [][]*rtp.Packet) (words []byte) { // without the ends of spurts, which a stall may make
		for _, p := range heardFrom(heard, 1) {
			if len(p.Payload) > 1 {
				words = append(words, p.Payload[1])
			}
		}
		return words
	}
	b.await("what was said unmuted", func(heard [][]*rtp.Packet) bool { return len(spoken(heard)) >= 5 })
	if got := spoken(b.copy()); !bytes.Equal(got, []byte{0, 1, 2, 3, 4}) {
		t.Errorf("heard %d", got)
	}
	h.SetMuted("room", 1, true)
	b.await("the end of the spurt", func(heard [][]*rtp.Packet) bool {
		l := heard[0]
		return len(l[len(l)-1].Payload) == 1
	})
}

func TestREDIsHealedAndMadeAnew(t *testing.T) {
	h, w := newTestHub(t, nil)
	talker, plain, redundant := newPeer(t, 3, true), newPeer(t, 3, false), newPeer(t, 3, true)
	talker.join(h, w, "room", 1, "a")
	plain.join(h, w, "room", 2, "a")
	redundant.join(h, w, "room", 3, "a")
	reports := talker.reports()
	for i := range 21 {
		if i%3 == 1 {
			continue // lost
		}
		blocks := []red.Block{{Data: speech(byte(i))}}
		if i > 0 {
			blocks = append([]red.Block{{Offset: 960, Data: speech(byte(i - 1))}}, blocks...)
		}
		talker.sayAs(63, uint16(i), uint32(i)*960, 30, red.Append(nil, 109, blocks))
		time.Sleep(5 * time.Millisecond)
	}
	for name, p := range map[string]*peer{"plain": plain, "redundant": redundant} {
		p.await(name+": all twenty", func(heard [][]*rtp.Packet) bool { return len(heard[0]) >= 20 })
		contiguous(t, p.copy()[0][:20])
	}
	for i, p := range plain.copy()[0][:20] {
		if p.PayloadType != 109 || !bytes.Equal(p.Payload, speech(byte(i))) {
			t.Errorf("packet %d: type %d, %x", i, p.PayloadType, p.Payload[:2])
		}
	}
	for i, p := range redundant.copy()[0][2:20] {
		if p.PayloadType != 63 {
			t.Fatalf("packet %d is not RED but %d", i, p.PayloadType)
		}
		blocks, err := red.Parse(nil, p.Payload)
		must(t, err)
		if len(blocks) != 3 || !bytes.Equal(blocks[0].Data, speech(byte(i))) || blocks[0].Offset != 1920 {
			t.Errorf("packet %d has %d blocks", i, len(blocks))
		}
	}
	if n := h.Traffic().Recovered; n != 7 {
		t.Errorf("%d recovered", n)
	}
	wantLoss(t, reports, talker.track.ssrc, 21, 7) // although nobody misses any
}

// reports is what the hub reports about the peer's microphone, as it comes.
func (p *peer) reports() <-chan rtcp.ReceptionReport {
	reports := make(chan rtcp.ReceptionReport, 16)
	go func() {
		for {
			packets, _, err := p.pc.GetTransceivers()[0].Sender().ReadRTCP()
			if err != nil {
				return
			}
			for _, packet := range packets {
				if r, ok := packet.(*rtcp.ReceiverReport); ok {
					for _, block := range r.Reports {
						reports <- block
					}
				}
			}
		}
	}()
	return reports
}

// wantLoss wants the receiver reports on that many packets to tell how many of
// them were lost, in all and as fractions: a report falls due every second, be
// it in the middle of what was said.
func wantLoss(t *testing.T, reports <-chan rtcp.ReceptionReport, ssrc uint32, packets, lost int) {
	t.Helper()
	var told float64 // by the fractions
	deadline := time.After(10 * time.Second)
	for before := uint32(0); ; {
		select {
		case r := <-reports:
			if r.SSRC != ssrc {
				t.Fatalf("a report on %d, want %d", r.SSRC, ssrc)
			}
			if before == 0 {
				before = r.LastSequenceNumber&^0xffff - 1 // our numbers begin at 0
			}
			told += float64(r.FractionLost) / 256 * float64(r.LastSequenceNumber-before)
			before = r.LastSequenceNumber
			if int(uint16(before)) < packets-1 {
				continue
			}
			if int(r.TotalLost) != lost || math.Abs(told-float64(lost)) > 0.2 {
				t.Errorf("%d of %d packets lost, %.2f by the fractions; want %d", r.TotalLost, packets, told, lost)
			}
			return
		case <-deadline:
			t.Fatal("no report on the last packet")
		}
	}
}

// TestSilenceIsNotLoss pauses as DTX and a muted browser do: the numbers go on
// where they were, however long nothing comes.
func TestSilenceIsNotLoss(t *testing.T) {
	l, _ := looseLeg()
	now := time.Unix(1000, 0)
	seq, ts := uint16(65530), uint32(0)
	say := func(n int, gap time.Duration) {
		for range n {
			p := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 111, SSRC: 7, SequenceNumber: seq, Timestamp: ts}, Payload: speech(1)}
			b, err := p.Marshal()
			must(t, err)
			l.up.receive(b, now)
			seq, ts, now = seq+1, ts+uint32(gap*48000/time.Second), now.Add(gap)
		}
	}
	for _, step := range []struct {
		name     string
		do       func()
		expected uint32
		lost     uint32
	}{
		{"speech", func() { say(50, 20*time.Millisecond) }, 50, 0},
		{"DTX: a packet every 400 ms", func() { say(5, 400*time.Millisecond) }, 5, 0},
		{"muted for a minute", func() { now, ts = now.Add(time.Minute), ts+60*48000 }, 0, 0},
		{"speech again", func() { say(50, 20*time.Millisecond) }, 50, 0},
		{"the end of a spurt lost", func() { say(9, 20*time.Millisecond); seq++ }, 9, 0},
		{"which the next one shows", func() { say(9, 20*time.Millisecond) }, 10, 1},
	} {
		step.do()
		i, _, ok := l.up.report()
		if i.Expected != step.expected || i.Missing != step.lost || i.Source != 7 || !ok {
			t.Errorf("%s: %d of %d lost, want %d of %d", step.name, i.Missing, i.Expected, step.lost, step.expected)
		}
	}
	if got, _ := l.up.take(time.Now().Add(time.Second), time.Second); got.Packets != 124 || math.Abs(got.Loss-1.0/124) > 1e-9 {
		t.Errorf("in all %d packets, %.4f lost", got.Packets, got.Loss)
	}
}

func TestSecondLeg(t *testing.T) {
	h, w := newTestHub(t, nil)
	listener := newPeer(t, 3, false)
	listener.join(h, w, "room", 2, "a")
	first := newPeer(t, 3, false)
	first.join(h, w, "room", 1, "wifi")
	first.talk(100, 5, 5*time.Millisecond)
	second := newPeer(t, 3, false)
	second.join(h, w, "room", 1, "mobile")
	listener.talk(500, 5, 5*time.Millisecond)
	for name, p := range map[string]*peer{"old": first, "new": second} {
		p.await("five packets on the "+name+" leg", func(heard [][]*rtp.Packet) bool { return len(heardFrom(heard, 2)) >= 5 })
	}
	for i := range 10 { // both legs deliver for a while
		first.say(uint16(105+i), uint32(105+i)*960, 30, speech(1))
		second.say(uint16(9000+i), uint32(i)*960, 30, speech(0xa2))
		time.Sleep(10 * time.Millisecond)
	}
	w.awaitLeg(t, "room", 1, "wifi", LegClosed)
	listener.await("the new leg", func(heard [][]*rtp.Packet) bool {
		n := 0
		for _, p := range heardFrom(heard, 1) {
			if len(p.Payload) > 1 && p.Payload[1] == 0xa2 {
				n++
			}
		}
		return n == 10
	})
	contiguous(t, listener.copy()[0])
	moved := false
	for _, p := range heardFrom(listener.copy(), 1) {
		switch {
		case len(p.Payload) > 1 && p.Payload[1] == 0xa2:
			moved = true
		case len(p.Payload) > 1 && moved:
			t.Error("the old leg is heard after the new one")
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if s := w.legs[legKey("room", 1, "mobile")]; slices.Contains(s, LegClosed) {
		t.Errorf("the new leg went through %v", s)
	}
}

func TestICETCP(t *testing.T) {
	h, w := newTestHub(t, func(c *Config) { c.TCP = "127.0.0.1:0" })
	overTCP := func(s *webrtc.SettingEngine, _ *peer) {
		s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeTCP4})
	}
	a, b := newPeer(t, 3, false, overTCP), newPeer(t, 3, false)
	a.join(h, w, "room", 1, "a")
	b.join(h, w, "room", 2, "a")
	a.talk(0, 10, 5*time.Millisecond)
	b.talk(0, 10, 5*time.Millisecond)
	b.await("packets that came by TCP", func(heard [][]*rtp.Packet) bool { return len(heardFrom(heard, 1)) >= 10 })
	a.await("packets to TCP", func(heard [][]*rtp.Packet) bool { return len(heardFrom(heard, 2)) >= 10 })
}

func TestLevelsAreTold(t *testing.T) {
	h, w := newTestHub(t, nil)
	a, b := newPeer(t, 3, false), newPeer(t, 3, false)
	a.join(h, w, "room", 1, "a")
	b.join(h, w, "room", 2, "a")
	a.talk(0, 60, 20*time.Millisecond) // for longer than levelInterval
	w.await(t, "1 speaks", func() bool { s := w.speaking["room"]; return len(s) == 1 && s[0].Participant == 1 && s[0].Level < 60 })
	w.await(t, "nobody speaks", func() bool { return len(w.speaking["room"]) == 0 })
	for _, p := range b.copy()[0] {
		if len(p.Payload) > 1 && len(p.GetExtension(b.level)) != 1 {
			t.Fatal("no level in the packet")
		}
	}
}

func TestRoomsEnd(t *testing.T) {
	h, w := newTestHub(t, nil)
	a, b := newPeer(t, 1, false), newPeer(t, 1, false)
	a.join(h, w, "one", 1, "a")
	b.join(h, w, "two", 1, "a")
	h.Remove("one", 1)
	w.awaitLeg(t, "one", 1, "a", LegClosed)
	h.CloseRoom("two")
	w.awaitLeg(t, "two", 1, "a", LegClosed)
	deadline := time.Now().Add(5 * time.Second)
	for h.Traffic().Rooms != 0 && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	if n := h.Traffic(); n.Rooms != 0 || n.Legs != 0 {
		t.Errorf("%d rooms and %d legs left", n.Rooms, n.Legs)
	}
}

// TestThousandJoinsLeaveNothing has browsers come up in full, sixteen at a
// time, and go in every way there is; one in ten never comes, and every fourth
// time a phone comes and goes beside.
func TestThousandJoinsLeaveNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a quarter of a minute")
	}
	const places, phones = 16, 100 // phones have the numbers above
	joins := 1000
	if raceEnabled { // what one in five leaves shows as well
		joins = 200
	}
	h, w := newTestHub(t, nil)
	first, err := h.Answer(t.Context(), new(quietEar)) // begins the foyer's beat, which stays
	must(t, err)
	must(t, first.Close())
	before := goleak.IgnoreCurrent()
	var browsers sync.WaitGroup
	for place := range places {
		browsers.Go(func() {
			id := uint32(place + 1)
			for i := place; i < joins; i += places {
				w.forget("room", id, "a")
				p := newPeer(t, 3, true)
				if i%10 == 9 { // it never comes, and is not waited for
					_, err := h.Connect(t.Context(), "room", id, "a", p.offer())
					must(t, err)
				} else {
					p.join(h, w, "room", id, "a")
				}
				if i%4 == 0 {
					line, err := h.Answer(t.Context(), new(quietEar))
					must(t, err)
					must(t, h.Join(t.Context(), "room", phones+id, line))
					must(t, line.Close())
				}
				p.close()
				switch i / places % 3 {
				case 0:
					h.Disconnect("room", id, "a")
				case 1:
					h.Remove("room", id)
				}
			}
		})
	}
	browsers.Wait()
	h.CloseRoom("room")
	goleak.VerifyNone(t, before)
	if n := h.Traffic(); n.Rooms != 0 || n.Legs != 0 || n.Joins != uint64(joins) {
		t.Errorf("left: %+v", n)
	}
	if n := h.PhoneTraffic().Lines; n != 0 {
		t.Errorf("%d phones left", n)
	}
}
