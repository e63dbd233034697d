package halfband

import (
	"math"
	"testing"
)

// tone is a sine of f Hz at the given rate.
func tone(f, rate, amplitude float64, n int) []int16 {
	s := make([]int16, n)
	for i := range s {
		s[i] = int16(math.Round(amplitude * math.Sin(2*math.Pi*f*float64(i)/rate)))
	}
	return s
}

// power of the component of s at f Hz, and of all the rest, in dB re amplitude 1.
func power(s []int16, f, rate float64) (at, rest float64) {
	var c, q, total float64
	for i, v := range s {
		w := 2 * math.Pi * f * float64(i) / rate
		c += float64(v) * math.Cos(w)
		q += float64(v) * math.Sin(w)
		total += float64(v) * float64(v)
	}
	n := float64(len(s))
	component := 2 * (c*c + q*q) / n
	return 10 * math.Log10(component/n), 10 * math.Log10(math.Max(total-component, 1e-9)/n)
}

func up(in []int16) []int16 {
	var u Up
	out := make([]int16, 2*len(in))
	for i := 0; i+160 <= len(in); i += 160 {
		u.Process(out[2*i:2*i+320], in[i:i+160])
	}
	return out
}

func down(in []int16) []int16 {
	var d Down
	out := make([]int16, len(in)/2)
	for i := 0; i+320 <= len(in); i += 320 {
		d.Process(out[i/2:i/2+160], in[i:i+320])
	}
	return out
}

func TestUpKeepsTheBandAndMakesNoImage(t *testing.T) {
	for _, f := range []float64{300, 1000, 2000, 3000, 3400} {
		out := up(tone(f, 8000, 16000, 16000))[3200 : 3200+16000]
		at, rest := power(out, f, 16000)
		want := 20 * math.Log10(16000/math.Sqrt2)
		if math.Abs(at-want) > 0.05 || at-rest < 85 {
			t.Errorf("%v Hz: level %.2f dB (want %.2f), rest %.1f dB below", f, at, want, at-rest)
		}
	}
}

func TestDownKeepsTheBand(t *testing.T) {
	for _, f := range []float64{300, 1000, 2000, 3000, 3400} {
		out := down(tone(f, 16000, 16000, 32000))[1600 : 1600+8000]
		at, rest := power(out, f, 8000)
		want := 20 * math.Log10(16000/math.Sqrt2)
		if math.Abs(at-want) > 0.05 || at-rest < 85 {
			t.Errorf("%v Hz: level %.2f dB (want %.2f), rest %.1f dB below", f, at, want, at-rest)
		}
	}
}

func TestDownLetsNothingAlias(t *testing.T) {
	for _, f := range []float64{4600, 5000, 6000, 7500} {
		out := down(tone(f, 16000, 16000, 32000))[1600 : 1600+8000]
		_, rest := power(out, 0, 8000)
		if rest > 0 { // below one LSB: 80 dB down at the least
			t.Errorf("%v Hz aliases at %.1f dB", f, rest)
		}
	}
}

func TestThereAndBackIsADelayOfWholeSamples(t *testing.T) {
	in := tone(777, 8000, 9000, 8000)
	out := down(up(in))
	for i := 200; i < len(in)-200; i++ {
		if d := int(out[i+47]) - int(in[i]); d < -2 || d > 2 {
			t.Fatalf("sample %d comes back as %d", in[i], out[i+47])
		}
	}
}

func TestBlockLengthDoesNotMatter(t *testing.T) {
	in := tone(777, 8000, 9000, 1920)
	want := up(in)
	var u Up
	got := make([]int16, len(want))
	for i, n := 0, 0; i < len(in); i += n {
		n = min(1+i%480, len(in)-i)
		u.Process(got[2*i:], in[i:i+n])
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("sample %d: %d, want %d", i, got[i], want[i])
		}
	}
}

func TestFullScaleDoesNotWrap(t *testing.T) {
	in := make([]int16, 1600)
	for i := range in {
		in[i] = math.MaxInt16
		if i/4%2 == 0 {
			in[i] = math.MinInt16
		}
	}
	out := up(in)
	for i := 400; i < len(out)-1; i++ {
		if math.Abs(float64(out[i])-float64(out[i+1])) > 50000 {
			t.Fatalf("samples %d and %d: %d, %d", i, i+1, out[i], out[i+1])
		}
	}
}

func BenchmarkUp(b *testing.B) {
	var u Up
	in, out := make([]int16, 160), make([]int16, 320)
	b.ReportAllocs()
	for b.Loop() {
		u.Process(out, in)
	}
}

func BenchmarkDown(b *testing.B) {
	var d Down
	in, out := make([]int16, 320), make([]int16, 160)
	b.ReportAllocs()
	for b.Loop() {
		d.Process(out, in)
	}
}
