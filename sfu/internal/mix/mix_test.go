package mix

import (
	"math"
	"testing"

	"partyline/sfu/audio"
)

func tone(f, amplitude float64, at int) *audio.Frame {
	var frame audio.Frame
	for i := range frame {
		t := float64(at*audio.FrameSamples+i) / audio.Rate
		frame[i] = int16(amplitude * math.Sin(2*math.Pi*f*t))
	}
	return &frame
}

func TestJoinBeginsWhereTheOtherEnded(t *testing.T) {
	var f audio.Frame
	for i := range f {
		f[i] = -9000
	}
	Join(f[:], 9000)
	last := int16(9000)
	for i, s := range f {
		if step := int(s) - int(last); step > 0 || step < -250 {
			t.Fatalf("a step of %d at %d", step, i)
		}
		last = s
	}
	if f[joining] != -9000 {
		t.Errorf("after the seam the sound is %d", f[joining])
	}
	Join(nil, 5)
}

func TestHeadroom(t *testing.T) {
	f := audio.Frame{5: -8000, 9: 100}
	if got := Headroom(&f); got != 4 {
		t.Errorf("headroom over 8000 is %v", got)
	}
	if got := Headroom(&audio.Frame{3: -32768}); got != 1 {
		t.Errorf("headroom over a full frame is %v", got)
	}
}

func TestAQuietMixIsTheExactSum(t *testing.T) {
	a, b := tone(300, 9000, 0), tone(710, 7000, 0)
	var s Sum
	s.Clear()
	s.Add(a)
	s.Add(b)
	s.Limit()
	var all, mine audio.Frame
	s.All(&all)
	s.Without(a, &mine)
	for i := range all {
		if all[i] != a[i]+b[i] || mine[i] != b[i] {
			t.Fatalf("sample %d: all %d, mine %d; voices %d, %d", i, all[i], mine[i], a[i], b[i])
		}
	}
}

func TestALoudMixIsLimitedAndMixMinusStaysExact(t *testing.T) {
	var s Sum
	for at := range 10 {
		a, b, c := tone(300, 30000, at), tone(410, 30000, at), tone(530, 30000, at)
		s.Clear()
		s.Add(a)
		s.Add(b)
		s.Add(c)
		s.Limit()
		var all, mine audio.Frame
		s.All(&all)
		s.Without(a, &mine)
		if at == 0 {
			continue // the attack
		}
		for i := range all {
			g := float64(s.from)
			if s.to < s.from && i >= attack {
				g = float64(s.to)
			}
			want := g * (float64(b[i]) + float64(c[i]))
			if i >= attack && s.to <= s.from && math.Abs(want-float64(mine[i])) > 2 && math.Abs(want) < 32767 {
				t.Fatalf("frame %d sample %d: own mix %d, want %.0f", at, i, mine[i], want)
			}
			if all[i] == math.MaxInt16 && i >= attack {
				t.Fatalf("frame %d sample %d is clipped", at, i)
			}
		}
	}
}

func TestTheLimiterLetsGoIn200Milliseconds(t *testing.T) {
	var s Sum
	loud, soft := tone(300, 30000, 0), tone(300, 1000, 0)
	s.Add(loud)
	s.Add(loud)
	s.Limit()
	start := 1 - s.to
	for range 10 {
		s.Clear()
		s.Add(soft)
		s.Limit()
	}
	if left := (1 - s.to) / start; left < 0.3 || left > 0.45 {
		t.Errorf("%.2f of the reduction is left after 200 ms, want 1/e", left)
	}
}

func TestFade(t *testing.T) {
	level := func(was, is bool) (first, last int16) {
		var f audio.Frame
		for i := range f {
			f[i] = 10000
		}
		Fade(&f, was, is)
		return f[0], f[audio.FrameSamples-1]
	}
	for _, c := range []struct {
		was, is     bool
		first, last int16
	}{{false, true, 62, 10000}, {true, false, 9937, 0}, {true, true, 10000, 10000}, {false, false, 0, 0}} {
		first, last := level(c.was, c.is)
		if first != c.first || last != c.last {
			t.Errorf("%v → %v: %d … %d, want %d … %d", c.was, c.is, first, last, c.first, c.last)
		}
	}
}

// speech of a level has short pauses, by which it is told from noise.
func speech(level audio.Level) func(int) audio.Level {
	return func(frame int) audio.Level {
		if frame%10 == 9 {
			return 70
		}
		return level
	}
}

func TestLeveler(t *testing.T) {
	for _, c := range []struct {
		name    string
		level   func(frame int) audio.Level
		seconds int
		least   float64
		most    float64
	}{
		{"right", speech(20), 20, 0, 0},
		{"within tolerance", speech(23), 20, 0, 0},
		{"soft", speech(30), 20, 6.9, 7.1},
		{"soft, after a second", speech(30), 1, 0.5, 3},
		{"very soft", speech(45), 20, 12, 12},
		{"loud", speech(8), 20, -9.1, -8.9},
		{"noise only", func(int) audio.Level { return 60 }, 20, 0, 0},
		{"steady hum", func(i int) audio.Level { return 45 + audio.Level(i%2) }, 20, 0, 0},
		{"pauses do not count", func(i int) audio.Level {
			if i/50%2 == 1 {
				return 70
			}
			return 20
		}, 20, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			var l Leveler
			for i := range c.seconds * 50 {
				l.Hear(c.level(i))
			}
			if l.gain < c.least || l.gain > c.most {
				t.Errorf("gain %.2f dB, want %.1f to %.1f", l.gain, c.least, c.most)
			}
		})
	}
}

func BenchmarkThreeVoices(b *testing.B) {
	var s Sum
	var all, mine audio.Frame
	voices := []*audio.Frame{tone(300, 9000, 0), tone(410, 8000, 0), tone(530, 7000, 0)}
	b.ReportAllocs()
	for b.Loop() {
		s.Clear()
		for _, v := range voices {
			s.Add(v)
		}
		s.Limit()
		s.All(&all)
		for _, v := range voices {
			s.Without(v, &mine)
		}
	}
}
