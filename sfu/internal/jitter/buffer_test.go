//go:build !race

package jitter

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"
)

// Nothing here goes on side by side, and the race detector would make it take many
// times as long.

// A network carries numbered packets of ptime to the buffer, which is pulled
// every 20 ms; journey gives a packet's delay, and false if it is lost.
type network struct {
	ptime   time.Duration
	packets int
	journey func(i int) (time.Duration, bool)
	change  func(i int, p *Packet) // what the sender does differently
	drift   float64                // of the sender's clock, in parts per million
	quiet   func(i int) bool
}

// heard is what came out of one pull's items, for the tests to count.
type heard struct {
	at                              time.Duration
	sound, loss, fec, silence, jump int
	delay                           time.Duration // from sending to playing, of the last packet
}

type flight struct {
	p  Packet
	at time.Duration
}

func (n network) flights() []flight {
	var out []flight
	for i := range n.packets {
		payload := make([]byte, 160)
		binary.BigEndian.PutUint32(payload, uint32(i))
		units := uint32(n.ptime * 8 / time.Millisecond)
		sent := time.Duration(float64(i) * float64(n.ptime) * (1 + n.drift/1e6))
		p := Packet{
			Stream: 1, Sequence: uint16(65500 + i), Timestamp: 4294960000 + uint32(i)*units,
			Duration: units, Payload: payload, Quiet: n.quiet != nil && n.quiet(i),
		}
		if n.change != nil {
			n.change(i, &p)
		}
		late, arrives := time.Duration(0), true
		if n.journey != nil {
			late, arrives = n.journey(i)
		}
		if arrives {
			out = append(out, flight{p, sent + late})
		}
	}
	return out
}

// run plays the network's packets through a buffer.
func (n network) run(t *testing.T) ([]heard, Stats) {
	t.Helper()
	b := New(8000)
	epoch := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	flights := n.flights()
	total := time.Duration(n.packets)*n.ptime + 400*time.Millisecond
	var out []heard
	ahead := 0 // units
	done := make([]bool, len(flights))
	for now := 7 * time.Millisecond; now < total; now += 20 * time.Millisecond {
		for k, f := range flights {
			if !done[k] && f.at <= now {
				done[k] = true
				f.p.Arrival = epoch.Add(f.at)
				b.Put(f.p)
			}
		}
		h := heard{at: now}
		for ahead < 160 {
			item := b.Next(epoch.Add(now), time.Duration(ahead)*time.Second/8000)
			if item.Duration == 0 || item.Duration > 960 {
				t.Fatalf("at %v: an item of %d units", now, item.Duration)
			}
			ahead += int(item.Duration)
			h.count(item, now, n.ptime)
		}
		ahead -= 160
		out = append(out, h)
	}
	return out, b.Stats()
}

func (h *heard) count(item Item, now, ptime time.Duration) {
	switch item.Kind {
	case Sound:
		h.sound++
		h.delay = now - time.Duration(binary.BigEndian.Uint32(item.Payload))*ptime
		if item.Spliced {
			h.jump++
		}
	case Loss:
		h.loss++
		if item.Payload != nil {
			h.fec++
		}
	case Silence:
		h.silence++
	}
}

func sum(out []heard, of func(heard) int) (n int) {
	for _, h := range out {
		n += of(h)
	}
	return n
}

func sounds(h heard) int { return h.sound }
func losses(h heard) int { return h.loss }

func seeded() *rand.Rand { return rand.New(rand.NewPCG(7, 7)) }

func TestEvenPacketsAreAllPlayedWithLittleDelay(t *testing.T) {
	for _, ptime := range []int{10, 20, 30, 40, 60} {
		n := network{ptime: time.Duration(ptime) * time.Millisecond, packets: 4000 / ptime}
		out, stats := n.run(t)
		if got := sum(out, sounds); got != n.packets {
			t.Errorf("ptime %d: %d of %d packets played", ptime, got, n.packets)
		}
		if stats.Late+stats.Lost+stats.Skipped > 0 {
			t.Errorf("ptime %d: %+v", ptime, stats)
		}
		if stats.Delay > 80*time.Millisecond {
			t.Errorf("ptime %d: delay %v", ptime, stats.Delay)
		}
	}
}

func TestJitterIsAbsorbed(t *testing.T) {
	for _, c := range []struct {
		jitter, most time.Duration // of the network, of the delay
	}{
		{5 * time.Millisecond, 65 * time.Millisecond},
		{30 * time.Millisecond, 90 * time.Millisecond},
		{80 * time.Millisecond, 150 * time.Millisecond},
	} {
		r := seeded()
		n := network{
			ptime: 20 * time.Millisecond, packets: 1500,
			journey: func(int) (time.Duration, bool) { return time.Duration(r.Int64N(int64(c.jitter))), true },
			quiet:   func(i int) bool { return i%50 > 40 },
		}
		out, stats := n.run(t)
		later := out[500:] // once it knows the network
		if got := sum(later, losses); got > len(later)*4/100 {
			t.Errorf("jitter %v: %d of %d frames concealed, %+v", c.jitter, got, len(later), stats)
		}
		if stats.Delay > c.most {
			t.Errorf("jitter %v: delay %v", c.jitter, stats.Delay)
		}
	}
}

// TestTheDelayIsBoundedOnABadNetwork has ten minutes of 2 % loss and 40 ms of
// jitter, with words and pauses: the delay stays where it was.
func TestTheDelayIsBoundedOnABadNetwork(t *testing.T) {
	r := seeded()
	n := network{
		ptime: 20 * time.Millisecond, packets: 30000,
		journey: func(int) (time.Duration, bool) {
			return time.Duration(r.Int64N(int64(40 * time.Millisecond))), r.Float64() >= 0.02
		},
		quiet: func(i int) bool { return i%150 > 120 },
	}
	out, stats := n.run(t)
	worst := func(of []heard) (most time.Duration) {
		for _, h := range of {
			most = max(most, h.delay)
		}
		return most
	}
	first, last := worst(out[500:3000]), worst(out[27000:30000])
	t.Logf("delay at most %v in the first minute, %v in the last; %+v", first, last, stats)
	if last > first || last > 120*time.Millisecond || stats.Target > 60*time.Millisecond {
		t.Errorf("delay grew from %v to %v, target %v", first, last, stats.Target)
	}
	if concealed := sum(out, losses); concealed > 30000*4/100 {
		t.Errorf("%d of 30000 frames concealed at 2 %% loss", concealed)
	}
}

func TestEveryLossIsToldOnceWithItsSuccessor(t *testing.T) {
	r := seeded()
	lost := 0
	n := network{
		ptime: 20 * time.Millisecond, packets: 1000,
		journey: func(i int) (time.Duration, bool) {
			ok := r.IntN(10) > 0 || i == 0 || i > 990
			if !ok {
				lost++
			}
			return 0, ok
		},
	}
	out, stats := n.run(t)
	if got := sum(out[:1000], losses); got != lost {
		t.Errorf("%d frames concealed, %d lost", got, lost)
	}
	if got := int(stats.Lost); got != lost {
		t.Errorf("%d counted as lost, not %d", got, lost)
	}
	if got := sum(out, func(h heard) int { return h.fec }); got < lost*8/10 {
		t.Errorf("the next packet came with %d of %d losses", got, lost)
	}
	if got := sum(out, sounds); got != n.packets-lost {
		t.Errorf("%d packets played of %d", got, n.packets-lost)
	}
}

func TestTheDelayComesBackAfterAStall(t *testing.T) {
	for _, quiet := range []bool{true, false} {
		n := network{
			ptime: 20 * time.Millisecond, packets: 1000,
			journey: func(i int) (time.Duration, bool) {
				if i >= 300 && i < 330 { // 600 ms come at once
					return time.Duration(330-i) * 20 * time.Millisecond, true
				}
				return 0, true
			},
			quiet: func(int) bool { return quiet },
		}
		out, stats := n.run(t)
		for _, h := range out[340:] {
			if h.sound > 0 && h.delay > 320*time.Millisecond {
				t.Fatalf("quiet %v: at %v the delay is %v", quiet, h.at, h.delay)
			}
		}
		if stats.Delay > 80*time.Millisecond {
			t.Errorf("quiet %v: delay in the end %v, %+v", quiet, stats.Delay, stats)
		}
	}
}

func TestAClockThatDriftsNeitherStarvesNorGrows(t *testing.T) {
	for _, drift := range []float64{-500, 500} {
		n := network{ptime: 20 * time.Millisecond, packets: 6000, drift: drift, quiet: func(i int) bool { return i%100 > 80 }}
		out, stats := n.run(t)
		if stats.Delay > 80*time.Millisecond {
			t.Errorf("drift %v: delay %v", drift, stats.Delay)
		}
		if got := sum(out[:5900], losses); got > 10 { // 60 ms in two minutes
			t.Errorf("drift %v: %d frames concealed", drift, got)
		}
	}
}

func TestAPauseOfTheSenderIsSilenceNotLoss(t *testing.T) {
	n := network{
		ptime: 20 * time.Millisecond, packets: 400,
		change: func(i int, p *Packet) {
			p.Timestamp += uint32(i/50) * 8000 // a second's pause after every 50
			p.DTX = i%50 == 49
		},
		journey: func(i int) (time.Duration, bool) { return time.Duration(i/50) * time.Second, true },
	}
	out, stats := n.run(t)
	if got := sum(out, losses); got != 0 {
		t.Errorf("%d frames concealed, %+v", got, stats)
	}
	if stats.Late+stats.Resets > 0 {
		t.Errorf("%+v", stats)
	}
}

func TestReorderedAndDoubledPacketsArePutRight(t *testing.T) {
	b := New(8000)
	now := time.Unix(0, 0)
	for _, i := range []uint16{0, 2, 1, 1, 3, 5, 4, 0} {
		b.Put(Packet{
			Sequence: i, Timestamp: uint32(i) * 160, Duration: 160, Payload: []byte{byte(i)},
			Arrival: now.Add(time.Duration(i) * Frame),
		})
	}
	now = now.Add(60 * time.Millisecond)
	for want := range byte(6) {
		item := b.Next(now, 0)
		if item.Kind != Sound || item.Payload[0] != want {
			t.Fatalf("got %+v, want packet %d", item, want)
		}
		now = now.Add(Frame)
	}
}

func TestAnotherStreamOrNumberingStartsOver(t *testing.T) {
	for name, change := range map[string]func(i int, p *Packet){
		"SSRC":      func(_ int, p *Packet) { p.Stream = 2 },
		"timestamp": func(_ int, p *Packet) { p.Timestamp += 1 << 30 },
		"sequence":  func(_ int, p *Packet) { p.Sequence += 20000; p.Timestamp += 99999999 },
	} {
		t.Run(name, func(t *testing.T) {
			n := network{ptime: 20 * time.Millisecond, packets: 300, change: func(i int, p *Packet) {
				if i >= 100 {
					change(i, p)
				}
			}}
			out, stats := n.run(t)
			if stats.Resets != 1 {
				t.Errorf("%d resets", stats.Resets)
			}
			if got := sum(out, sounds); got < 295 {
				t.Errorf("%d of 300 packets played", got)
			}
			if last := out[299]; last.delay > 100*time.Millisecond {
				t.Errorf("delay in the end %v", last.delay)
			}
			if got := sum(out[:300], func(h heard) int { return h.silence }); got > 4 {
				t.Errorf("%d silences in a stream that never paused, 3 of them before it begins", got)
			}
		})
	}
}

func TestOneStrayPacketChangesNothing(t *testing.T) {
	n := network{ptime: 20 * time.Millisecond, packets: 300, change: func(i int, p *Packet) {
		if i == 100 {
			p.Sequence, p.Timestamp = 7777, 1234567
		}
	}}
	out, stats := n.run(t)
	if got := sum(out, sounds); got != 299 || stats.Resets != 0 {
		t.Errorf("%d of 299 packets played, %+v", got, stats)
	}
}

func TestASlowerPathIsFollowed(t *testing.T) {
	n := network{
		ptime: 20 * time.Millisecond, packets: 1500,
		journey: func(i int) (time.Duration, bool) {
			if i >= 500 {
				return 150 * time.Millisecond, true
			}
			return 0, true
		},
		quiet: func(i int) bool { return i%50 > 40 },
	}
	out, stats := n.run(t)
	if got := sum(out[520:1500], losses); got > 10 {
		t.Errorf("%d frames concealed after the change, %+v", got, stats)
	}
	if stats.Delay > 100*time.Millisecond {
		t.Errorf("delay %v", stats.Delay)
	}
}

// FuzzBuffer plays anything and expects no more than sane answers.
func FuzzBuffer(f *testing.F) {
	f.Add([]byte{1, 0, 0, 0, 20, 1, 1, 20, 0, 20, 1, 3, 60, 0, 0, 0, 0, 0, 1, 2, 40, 9, 9})
	f.Add([]byte{255, 254, 253, 0, 0, 0, 1, 1, 1, 200, 100, 50, 25})
	f.Fuzz(func(t *testing.T, ops []byte) {
		b := New(48000)
		now := time.Unix(1000, 0)
		for len(ops) >= 5 {
			b.Put(Packet{
				Stream: uint64(ops[0] >> 6), Sequence: uint16(ops[0]) * 3, Timestamp: uint32(ops[1]) * 960,
				Duration: uint32(ops[2]) * 48, Quiet: ops[3]&1 > 0, DTX: ops[3]&2 > 0,
				Payload: ops[:3], Arrival: now,
			})
			now = now.Add(time.Duration(ops[4]) * time.Millisecond)
			item := b.Next(now, 0)
			if item.Duration == 0 || item.Duration > 48000*120/1000 {
				t.Fatalf("an item of %d units", item.Duration)
			}
			if item.Kind == Sound && len(item.Payload) == 0 {
				t.Fatal("sound without payload")
			}
			ops = ops[5:]
		}
	})
}

func BenchmarkPutNext(b *testing.B) {
	buf := New(8000)
	now := time.Unix(0, 0)
	payload := make([]byte, 160)
	b.ReportAllocs()
	seq := uint16(0)
	for b.Loop() {
		seq++
		now = now.Add(Frame)
		buf.Put(Packet{Sequence: seq, Timestamp: uint32(seq) * 160, Duration: 160, Payload: payload, Arrival: now})
		buf.Next(now, 0)
	}
}
