package quality

import (
	"math/rand/v2"
	"testing"
	"time"
	"unsafe"
)

// Five seconds in pieces come to the same as five seconds at once.
func TestJoinedSeconds(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	var once, pieces Reception
	var joined Sample
	take := func(r *Reception, n int, span time.Duration) Sample {
		return Sample{At: at(n, 0), Span: span, RoundTrip: 50 * ms, Said: r.Take(at(n, 0)), Heard: Stream{Level: Unknown}, Marks: Muted}
	}
	for i := range 251 {
		if i%10 != 3 && i%17 != 5 {
			p, now := packetOf(uint16(i)), at(i, random.IntN(15))
			once.Receive(p, now)
			pieces.Receive(p, now)
		}
		if i%50 == 0 && i > 0 {
			s := take(&pieces, i, time.Second)
			joined = join(&joined, &s)
		}
	}
	whole := take(&once, 250, 5*time.Second)
	if joined.Span != 5*time.Second || !joined.At.Equal(whole.At) || joined.Marks != Muted || joined.RoundTrip != 50*ms {
		t.Errorf("%+v", joined)
	}
	a, b := whole.Said, joined.Said
	if a.Packets != b.Packets || !near(a.Loss, b.Loss, 1e-9) || !near(a.Burst, b.Burst, 0.1) || a.Gap != b.Gap || b.Level != Unknown ||
		!near(float64(a.Bitrate), float64(b.Bitrate), 600) || !near(a.Jitter.Seconds(), b.Jitter.Seconds(), 0.002) ||
		!near(a.Spread.Seconds(), b.Spread.Seconds(), 0.003) {
		t.Errorf("at once %+v\nin pieces %+v", a, b)
	}
}

func TestJoinedLevels(t *testing.T) {
	sample := func(level, swing float64) *Sample {
		return &Sample{Span: time.Second, Said: Stream{Packets: 50, Level: level, Swing: swing}}
	}
	for _, c := range []struct{ a, b, level, swing float64 }{
		{-20, -20, -20, 4},
		{-20, Unknown, -20, 4},
		{Unknown, -20, -20, 4},
		{-20, -100, -23.01, 40.2},
		{Unknown, Unknown, Unknown, 4},
	} {
		s := join(sample(c.a, 4), sample(c.b, 4))
		if !near(s.Said.Level, c.level, 0.01) || !near(s.Said.Swing, c.swing, 0.05) {
			t.Errorf("%g and %g: level %.2f, swing %.2f", c.a, c.b, s.Said.Level, s.Said.Swing)
		}
	}
}

func TestJoinedWithSilence(t *testing.T) {
	talk := Sample{Span: time.Second, Said: Stream{Packets: 50, Loss: 0.1, Burst: 1, Jitter: 5 * ms, Bitrate: 64000, Level: -20}}
	quiet := Sample{Span: 4 * time.Second, Said: Stream{Level: Unknown}, Marks: Muted}
	for _, s := range []Sample{join(&talk, &quiet), join(&quiet, &talk)} {
		if s.Said.Packets != 50 || s.Said.Loss != 0.1 || s.Said.Jitter != 5*ms || s.Said.Bitrate != 12800 || s.Said.Level != -20 || s.Marks != 0 {
			t.Errorf("%+v", s)
		}
	}
}

func TestGaugeIsSmall(t *testing.T) {
	if size := unsafe.Sizeof(Reception{}); size > 1536 {
		t.Errorf("a Reception takes %d bytes", size)
	}
	if size := unsafe.Sizeof(living{}); size > 4096 {
		t.Errorf("a leg takes %d bytes", size)
	}
}

// What passes Check makes figures that can be shown and kept.
func FuzzCheck(f *testing.F) {
	f.Add(uint64(250), 0.1, 2.0, int64(5*time.Second), -30.0, uint16(0))
	f.Add(uint64(0), 1.0, 0.0, int64(1), Unknown, uint16(Muted|Missing))
	f.Fuzz(func(t *testing.T, packets uint64, share, burst float64, span int64, level float64, marks uint16) {
		d := Stream{
			Packets: packets, Late: packets / 3, Healed: packets / 2, Loss: share, Concealed: share / 2, Burst: burst,
			Level: level, Swing: burst, Jitter: time.Duration(span) / 100, Buffer: time.Duration(span) / 50,
		}
		s := Sample{At: noon, Span: time.Duration(span), RoundTrip: time.Duration(span) / 10, Said: d, Heard: d, Marks: Marks(marks)}
		if s.Check(noon) != "" {
			return
		}
		for _, c := range append(Codecs(), CodecOf("")) {
			score := s.Score(c)
			if packets > 0 && !(score.Said >= 1 && score.Said <= 4.5) {
				t.Fatalf("MOS %g of %+v", score.Said, s)
			}
		}
		twice := join(&s, &s)
		twice = twice.with(&s)
		if twice.Span = s.Span; twice.Said.possible(2*s.Span) != true {
			t.Fatalf("%+v", twice)
		}
		unpacked(t, NewChunk("", []Sample{s, twice}).Packed)
	})
}
