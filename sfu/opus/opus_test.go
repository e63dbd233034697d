package opus

import (
	"errors"
	"math"
	"testing"

	"partyline/sfu/audio"
)

// vowels is a second of something like speech: harmonics that come and go.
func vowels(frames int) []audio.Frame {
	out := make([]audio.Frame, frames)
	phase := 0.0
	for i := range frames * audio.FrameSamples {
		t := float64(i) / audio.Rate
		phase += 2 * math.Pi * (130 + 25*math.Sin(2*math.Pi*1.7*t)) / audio.Rate
		envelope := math.Max(0, math.Sin(2*math.Pi*2.3*t))
		v := 0.0
		for h := 1; h <= 20; h++ {
			formant := math.Exp(-math.Pow(float64(h)-5-3*math.Sin(2*math.Pi*3*t), 2) / 20)
			v += formant * math.Sin(float64(h)*phase+float64(h*h))
		}
		out[i/audio.FrameSamples][i%audio.FrameSamples] = int16(5000 * envelope * v)
	}
	return out
}

// encodeAll codes frames with the encoder of the build.
func encodeAll(t testing.TB, frames []audio.Frame) [][]byte {
	t.Helper()
	e, err := NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	var out [][]byte
	for i := range frames {
		payload, err := e.Encode(make([]byte, MaxPayload), &frames[i])
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, payload)
	}
	return out
}

// lossy decodes packets of which every seventh is lost: recovered from the
// next one's FEC, or concealed.
func lossy(t testing.TB, d decoder, packets [][]byte, fec bool) []int16 {
	t.Helper()
	var out []int16
	for i, p := range packets {
		buf := make([]int16, MaxSamples)
		n := audio.FrameSamples
		var err error
		switch {
		case i%7 != 6:
			n, err = d.decode(p, buf)
		case fec && i+1 < len(packets):
			err = d.recover(packets[i+1], buf[:n:n])
		default:
			err = d.conceal(buf[:n:n])
		}
		if err != nil {
			t.Fatalf("packet %d: %v", i, err)
		}
		out = append(out, buf[:n]...)
	}
	return out
}

// snr of got in dB, at the lag of up to 20 ms that fits best.
func snr(want, got []int16) float64 {
	best := math.Inf(-1)
	for lag := range audio.FrameSamples {
		var signal, noise float64
		for i := 0; i+lag < len(got) && i < len(want); i++ {
			d := float64(want[i]) - float64(got[i+lag])
			signal += float64(want[i]) * float64(want[i])
			noise += d * d
		}
		best = math.Max(best, 10*math.Log10(signal/math.Max(noise, 1)))
	}
	return best
}

func flat(frames []audio.Frame) (out []int16) {
	for i := range frames {
		out = append(out, frames[i][:]...)
	}
	return out
}

func TestWhatIsCodedIsHeard(t *testing.T) {
	frames := vowels(100)
	packets := encodeAll(t, frames)
	d, err := newDecoder()
	if err != nil {
		t.Fatal(err)
	}
	bytes := 0
	var out []int16
	for _, p := range packets {
		buf := make([]int16, MaxSamples)
		n, err := d.decode(p, buf)
		if err != nil || n != audio.FrameSamples {
			t.Fatalf("%d samples, %v", n, err)
		}
		if got := Duration(p); got != 20 {
			t.Fatalf("duration %d ms", got)
		}
		bytes += len(p)
		out = append(out, buf[:n]...)
	}
	if got := snr(flat(frames), out); got < 6 {
		t.Errorf("heard with %.1f dB SNR", got)
	}
	if rate := bytes * 8 * 50 / len(packets); rate < 12000 || rate > 32000 {
		t.Errorf("%d bit/s", rate)
	}
}

func TestFECBeatsConcealment(t *testing.T) {
	frames := vowels(150)
	packets := encodeAll(t, frames)
	score := func(fec bool) float64 {
		d, err := newDecoder()
		if err != nil {
			t.Fatal(err)
		}
		return snr(flat(frames), lossy(t, d, packets, fec))
	}
	with, without := score(true), score(false)
	if with < without+0.5 {
		t.Errorf("with FEC %.1f dB, without %.1f dB", with, without)
	}
}

func TestAConcealedGapMayBeLongerThanAPacket(t *testing.T) {
	packets := encodeAll(t, vowels(20))
	d, err := NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]int16, MaxSamples)
	if _, err := d.Decode(buf, packets[0]); err != nil {
		t.Fatal(err)
	}
	if err := d.Conceal(buf[:3*audio.FrameSamples]); err != nil {
		t.Error(err)
	}
	if err := d.Recover(buf[:2*audio.FrameSamples], packets[3]); err != nil {
		t.Error(err)
	}
}

func TestMalformedPayloadsAreErrors(t *testing.T) {
	d, err := NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range [][]byte{nil, {0xFF}, {0x0B}, {0x4A, 0xFF, 0xFF}} {
		if _, err := d.Decode(make([]int16, MaxSamples), p); err != nil && !errors.Is(err, ErrPayload) {
			t.Errorf("%x: %v", p, err)
		}
	}
	if _, err := d.Decode(make([]int16, MaxSamples), nil); !errors.Is(err, ErrPayload) {
		t.Errorf("an empty payload gives %v", err)
	}
}

func TestDuration(t *testing.T) {
	for _, c := range []struct {
		payload []byte
		want    int
	}{
		{nil, 0},
		{[]byte{9 << 3}, 20},              // SILK wideband, one frame
		{[]byte{11<<3 | 1}, 120},          // two of 60 ms
		{[]byte{8<<3 | 3, 6}, 60},         // six of 10 ms
		{[]byte{11<<3 | 3, 3}, 0},         // 180 ms are too many
		{[]byte{13 << 3}, 20},             // hybrid
		{[]byte{16 << 3}, 2},              // CELT 2.5 ms
		{[]byte{31<<3 | 3}, 0},            // no count
		{[]byte{31<<3 | 3, 0x80 | 2}, 40}, // VBR, two frames
	} {
		if got := Duration(c.payload); got != c.want {
			t.Errorf("%x: %d ms, want %d", c.payload, got, c.want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, p := range encodeAll(f, vowels(3)) {
		f.Add(p, true)
		f.Add(p[:len(p)/2], false)
	}
	d, err := NewDecoder()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, payload []byte, fec bool) {
		buf := make([]int16, MaxSamples)
		if fec {
			_ = d.Recover(buf[:audio.FrameSamples], payload)
			return
		}
		samples, err := d.Decode(buf, payload)
		if err != nil && !errors.Is(err, ErrPayload) {
			t.Fatal(err)
		}
		if len(samples) > MaxSamples {
			t.Fatalf("%d samples", len(samples))
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	frames := vowels(100)
	e, err := NewEncoder()
	if err != nil {
		b.Fatal(err)
	}
	dst := make([]byte, MaxPayload)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := e.Encode(dst, &frames[i%100]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	packets := encodeAll(b, vowels(100))
	d, err := NewDecoder()
	if err != nil {
		b.Fatal(err)
	}
	dst := make([]int16, MaxSamples)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := d.Decode(dst, packets[i%100]); err != nil {
			b.Fatal(err)
		}
	}
}
