package plc

import (
	"math"
	"testing"
)

// voiced is a sound of 125 Hz with harmonics, like a vowel, at 8 kHz.
func voiced(n int) []int16 { return voicedAt(n, 8000) }

func voicedAt(n int, rate float64) []int16 {
	s := make([]int16, n)
	for i := range s {
		var v float64
		for h := 1; h <= 8; h++ {
			v += 3000 / float64(h) * math.Sin(2*math.Pi*125*float64(h)*float64(i)/rate+float64(h))
		}
		s[i] = int16(v)
	}
	return s
}

func errorRatio(want, got []int16) float64 {
	var signal, noise float64
	for i := range want {
		d := float64(want[i]) - float64(got[i])
		signal += float64(want[i]) * float64(want[i])
		noise += d * d
	}
	return 10 * math.Log10(signal/math.Max(noise, 1))
}

func TestAVowelGoesOnThroughALoss(t *testing.T) {
	all := voiced(1600)
	var c Concealer
	for i := 0; i < 640; i += 160 {
		c.Good(all[i : i+160])
	}
	fill := make([]int16, 160)
	c.Conceal(fill)
	// Past the overlap and before the fade the period must be the true one.
	if snr := errorRatio(all[640+16:640+80], fill[16:80]); snr < 20 {
		t.Errorf("concealed vowel is %.1f dB from the true one", snr)
	}
}

func TestAWidebandVowelGoesOnThroughALoss(t *testing.T) {
	all := voicedAt(3200, 16000)
	heard := append([]int16(nil), all...)
	c := Wide()
	for i := 0; i < 1280; i += 320 {
		c.Good(heard[i : i+320])
	}
	c.Conceal(heard[1280:1600])
	if snr := errorRatio(all[1280+32:1280+160], heard[1280+32:1280+160]); snr < 20 {
		t.Errorf("concealed vowel is %.1f dB from the true one", snr)
	}
	c.Good(heard[1600:1920])
	for i := 1270; i < 1920; i++ {
		if step := math.Abs(float64(heard[i]) - float64(heard[i-1])); step > 3500 {
			t.Errorf("step of %.0f at %d", step, i)
		}
	}
	for range 6 {
		c.Conceal(heard[:320])
	}
	if heard[319] != 0 {
		t.Error("a long loss does not fade to silence")
	}
}

func TestALongLossFadesToSilenceAndStaysThere(t *testing.T) {
	all := voiced(640)
	var c Concealer
	c.Good(all)
	fill := make([]int16, 160)
	energy := func() (sum float64) {
		for _, s := range fill {
			sum += float64(s) * float64(s)
		}
		return sum
	}
	last := math.Inf(1)
	for frame := range 6 {
		c.Conceal(fill)
		now := energy()
		if now > last*1.05 {
			t.Errorf("frame %d is louder than the one before", frame)
		}
		if frame >= 3 && now != 0 {
			t.Errorf("frame %d is not silent", frame)
		}
		last = now
	}
}

func TestNoSeamClicks(t *testing.T) {
	for _, lost := range []int{80, 160, 240, 320} {
		all := voiced(2400)
		var steepest float64 // of the sound itself
		for i := 1; i < len(all); i++ {
			steepest = math.Max(steepest, math.Abs(float64(all[i])-float64(all[i-1])))
		}
		heard := append([]int16(nil), all...)
		var c Concealer
		c.Good(heard[:800])
		c.Conceal(heard[800 : 800+lost])
		c.Good(heard[800+lost : 800+lost+160])
		for i := 790; i < 1400; i++ {
			if step := math.Abs(float64(heard[i]) - float64(heard[i-1])); step > 1.3*steepest {
				t.Errorf("loss of %d: step of %.0f at %d, steepest of the vowel %.0f", lost, step, i, steepest)
			}
		}
	}
}

func TestSilenceStaysSilent(t *testing.T) {
	var c Concealer
	fill := make([]int16, 480)
	c.Conceal(fill)
	for i, s := range fill {
		if s != 0 {
			t.Fatalf("sample %d is %d", i, s)
		}
	}
}

func FuzzConcealer(f *testing.F) {
	f.Add([]byte{160, 160, 1, 255, 0, 3})
	f.Fuzz(func(t *testing.T, ops []byte) {
		var c Concealer
		buf := make([]int16, 512)
		for i, op := range ops {
			if i == 0 && op%2 == 1 {
				c = Wide()
			}
			n := int(op) * 2
			for k := range n {
				buf[k] = int16(k * 7919 * i)
			}
			if i%2 == 0 {
				c.Good(buf[:n])
			} else {
				c.Conceal(buf[:n])
			}
		}
	})
}

func BenchmarkConceal(b *testing.B) {
	all := voiced(640)
	var c Concealer
	fill := make([]int16, 160)
	b.ReportAllocs()
	for b.Loop() {
		c.Good(all[:160])
		c.Conceal(fill)
	}
}
