package sfu

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
	"unsafe"

	"github.com/pion/rtp"

	"partyline/metrics/quality"
	"partyline/sfu/audio"
)

// TestMeasuredAgainstTheNetwork has a browser speak through a network that
// loses packets by a known rule and delays them by known times.
func TestMeasuredAgainstTheNetwork(t *testing.T) {
	for name, n := range map[string]struct {
		loss, again float64 // chance to lose a packet, and the one after a lost one
		jitter      time.Duration
	}{
		"nothing wrong":  {},
		"5 % at random":  {0.05, 0.05, 20 * time.Millisecond},
		"bursts":         {0.05, 0.75, 0},
		"jitter":         {0, 0, 60 * time.Millisecond},
		"all of it":      {0.03, 0.6, 40 * time.Millisecond},
		"30 % at random": {0.3, 0.3, 15 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(7, 2026))
			l, s := looseLeg()
			start := time.Unix(1_700_000_000, 0)
			lost, gap, run := 0, 0, 0
			var jitter, before float64
			for i := range 3000 {
				chance := n.loss
				if run > 0 {
					chance = n.again
				}
				if i > 0 && i < 2990 && random.Float64() < chance {
					lost++
					run++
					gap = max(gap, run)
					continue
				}
				run = 0
				// The later of two never comes first: that is another test's.
				late := time.Duration(0)
				if n.jitter > 0 {
					late = time.Duration(random.Int64N(int64(min(n.jitter, 20*time.Millisecond)))) + (n.jitter-min(n.jitter, 20*time.Millisecond))*time.Duration(i%100)/100
				}
				p := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 111, SSRC: 7, SequenceNumber: uint16(65000 + i), Timestamp: uint32(i * 960)}, Payload: speech(1)}
				must(t, p.SetExtension(l.offer.levelExtension, []byte{byte(30 + 40*(i/50%2))}))
				b, err := p.Marshal()
				must(t, err)
				l.up.receive(b, start.Add(time.Duration(i)*20*time.Millisecond+late))
				taken(s)
				if i > 0 {
					jitter += (math.Abs(late.Seconds()-before) - jitter) / 16
				}
				before = late.Seconds()
			}
			said, unheard := l.up.take(start.Add(61*time.Second), time.Minute)
			truth := float64(lost) / 3000
			if said.Packets != 3000 || math.Abs(said.Loss-truth) > 0.005 || said.Gap != gap || unheard {
				t.Errorf("%d packets, %.2f %% lost, %d in a row; want 3000, %.2f %%, %d", said.Packets, 100*said.Loss, said.Gap, 100*truth, gap)
			}
			if d := math.Abs(said.Jitter.Seconds() - jitter); d > jitter/5+1e-4 {
				t.Errorf("jitter %v, want %.1f ms", said.Jitter, 1000*jitter)
			}
			if math.Abs(said.Level+30) > 1 || math.Abs(said.Swing-20) > 2 || math.Abs(said.Talking-0.5*(1-truth)) > 0.1 {
				t.Errorf("%.1f dBov, swing %.1f, talking %.2f", said.Level, said.Swing, said.Talking)
			}
		})
	}
}

// measurements keeps what a hub measures.
type measurements struct {
	*watcher
	samples, glances map[quality.Key][]quality.Sample
}

func measuring(h *Hub, w *watcher) *measurements {
	m := &measurements{w, make(map[quality.Key][]quality.Sample), make(map[quality.Key][]quality.Sample)}
	h.observer = m
	return m
}

func (m *measurements) Measured(at quality.Key, s quality.Sample) {
	m.update(func() { m.samples[at] = append(m.samples[at], s) })
}

func (m *measurements) Glanced(at quality.Key, s quality.Sample) {
	m.update(func() { m.glances[at] = append(m.glances[at], s) })
}

// losses are how many packets samples are about, and what share of them was lost.
func losses(samples []quality.Sample) (packets uint64, share float64) {
	for _, s := range samples {
		packets += s.Said.Packets
		share += s.Said.Loss * float64(s.Said.Packets)
	}
	return packets, share / float64(max(packets, 1))
}

// TestALegIsMeasured has a real connection lose every tenth packet, whose
// browser reports what it hears, and is muted and ended.
func TestALegIsMeasured(t *testing.T) {
	h, w := newTestHub(t, nil)
	m := measuring(h, w)
	p := newPeer(t, 1, false)
	p.join(h, w, "room", 1, "a")
	at := quality.Key{Room: "room", Participant: 1, Leg: "a"}
	for i := range 400 {
		if i%10 != 5 {
			p.say(uint16(i), uint32(i)*960, 25, speech(1))
		}
		time.Sleep(3 * time.Millisecond)
	}
	w.await(t, "a measurement", func() bool { return len(m.samples[at]) > 0 })
	w.await(t, "glances at all packets", func() bool { n, _ := losses(m.glances[at]); return n >= 380 })
	w.update(func() {
		for what, samples := range map[string][]quality.Sample{"measured": m.samples[at], "glanced": m.glances[at]} {
			if packets, share := losses(samples); packets < 380 || math.Abs(share-0.1) > 0.005 {
				t.Errorf("%s: %.1f %% of %d packets lost, want a tenth of 400", what, 100*share, packets)
			}
			for _, s := range samples {
				if s.Marks != 0 && what == "glanced" || s.Marks.Has(quality.OverTCP) || s.Marks.Has(quality.Relayed) || s.Marks.Has(quality.Muted) || s.Span <= 0 {
					t.Errorf("%s: %+v", what, s)
				}
			}
		}
	})
	h.SetMuted("room", 1, true)
	w.await(t, "a measurement of somebody muted", func() bool {
		s := m.samples[at]
		g := m.glances[at]
		return s[len(s)-1].Marks.Has(quality.Muted) && g[len(g)-1].Marks.Has(quality.Muted)
	})
}

// TestSoundOfAPhone asks a room how a phone sounds.
func TestSoundOfAPhone(t *testing.T) {
	var g soundGauge
	in := newOctetIntake()
	start := time.Unix(1_700_000_000, 0)
	lost := 0
	for i := range 500 {
		now := start.Add(time.Duration(i) * audio.FrameDuration)
		if i%20 == 7 {
			lost++
		} else {
			in.put(audio.Packet{Codec: audio.PCMU, SSRC: 7, Sequence: uint16(i), Timestamp: uint32(i * 160), Payload: make([]byte, 160), Arrival: now})
		}
		g.loudness.Hear(20)
		in.pull(now)
	}
	var glanced quality.Stream
	sounded(g.glanced.since(in), &glanced)
	s, marks := g.take(in, 10*time.Second)
	if glanced.Concealed != s.Concealed || glanced.Buffer != s.Buffer || glanced.Late != s.Late {
		t.Errorf("at a glance %+v, measured %+v", glanced, s)
	}
	if want := float64(lost) / 500; math.Abs(s.Concealed-want) > 0.01 || s.Buffer < 20*time.Millisecond || s.Buffer > 80*time.Millisecond || marks != 0 {
		t.Errorf("%+v, marks %d; %.2f were lost", s, marks, want)
	}
	if s, _ = g.take(in, 10*time.Second); s.Concealed != 0 || s.Buffer != 0 || s.Level != quality.Unknown {
		t.Errorf("nothing came since: %+v", s)
	}
	var c clipping
	var frame audio.Frame
	for i := range 32 {
		frame[i] = math.MaxInt16
	}
	if c.look(&frame); c.clipped != 32 || c.samples != audio.FrameSamples {
		t.Errorf("%+v", c)
	}
}

// TestMeasuringTakesLittle bounds what measuring adds to a leg.
func TestMeasuringTakesLittle(t *testing.T) {
	var l leg
	size := unsafe.Sizeof(l.up.reception) + unsafe.Sizeof(l.up.loudness) + unsafe.Sizeof(l.down.reported) + unsafe.Sizeof(l.interval)
	if size > 2200 {
		t.Errorf("%d bytes for a leg", size)
	}
}

// BenchmarkUplink is a browser's packet from its decryption to the stage, with
// measuring and what measuring alone is of that.
func BenchmarkUplink(b *testing.B) {
	l, _ := looseLeg()
	l.up.source.Load().muted.Store(true) // nobody takes what it says here
	now := time.Unix(1_700_000_000, 0)
	p := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 111, SSRC: 7}, Payload: speech(1)}
	must(b, p.SetExtension(l.offer.levelExtension, []byte{30}))
	packet, err := p.Marshal()
	must(b, err)
	next := func(i int) {
		packet[2], packet[3] = byte(i>>8), byte(i)
		ts := uint32(i) * 960
		packet[4], packet[5], packet[6], packet[7] = byte(ts>>24), byte(ts>>16), byte(ts>>8), byte(ts)
		now = now.Add(audio.FrameDuration)
	}
	b.Run("with", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			next(i)
			l.up.receive(packet, now)
		}
	})
	b.Run("measuring", func(b *testing.B) {
		u := &uplink{leg: l}
		u.header.SSRC = 7
		for i := 0; b.Loop(); i++ {
			now = now.Add(audio.FrameDuration)
			u.header.SequenceNumber, u.header.Timestamp = uint16(i), uint32(i)*960
			u.count(80, 30, now)
		}
	})
}
