package speech

import "math"

// floats converts samples to full scale 1.
func floats(samples []int16) []float64 {
	x := make([]float64, len(samples))
	for i, s := range samples {
		x[i] = float64(s) / 32768
	}
	return x
}

// emphasised is x with its high frequencies raised, so that a correlation has
// a sharp peak.
func emphasised(x []float64) []float64 {
	y := make([]float64, len(x))
	for i := range x {
		y[i] = x[i]
		if i > 0 {
			y[i] -= 0.95 * x[i-1]
		}
	}
	return y
}

func energy(x []float64) (sum float64) {
	for _, v := range x {
		sum += v * v
	}
	return sum
}

// decibels of a ratio of energies, not below -200.
func decibels(ratio float64) float64 {
	return 10 * math.Log10(math.Max(ratio, 1e-20))
}

// Resample converts samples between rates in Hz by a windowed sinc, 90 dB
// clean. It is for tests: quality before speed.
func Resample(samples []int16, from, to int) []int16 {
	y := resample(floats(samples), from, to)
	out := make([]int16, len(y))
	for i, v := range y {
		out[i] = int16(math.Round(math.Min(math.Max(v*32768, math.MinInt16), math.MaxInt16)))
	}
	return out
}

func resample(x []float64, from, to int) []float64 {
	if from == to {
		return append([]float64(nil), x...)
	}
	const zeros = 32 // crossings of the sinc on each side
	g := gcd(from, to)
	phases, step := to/g, from/g
	cut := math.Min(1, float64(to)/float64(from)) * 0.94
	reach := int(math.Ceil(zeros / cut))
	taps := make([][]float64, phases) // of the outputs between two inputs
	for p := range taps {
		taps[p] = make([]float64, 2*reach+2)
		for k := range taps[p] {
			d := float64(k-reach) - float64(p*step%phases)/float64(phases)
			if w := math.Abs(d) / float64(reach+1); w < 1 {
				taps[p][k] = cut * sinc(cut*d) * (0.42 + 0.5*math.Cos(math.Pi*w) + 0.08*math.Cos(2*math.Pi*w))
			}
		}
	}
	y := make([]float64, int(int64(len(x))*int64(to)/int64(from)))
	for i := range y {
		first := int(int64(i)*int64(step)/int64(phases)) - reach
		for k, w := range taps[i%phases] {
			if at := first + k; at >= 0 && at < len(x) {
				y[i] += w * x[at]
			}
		}
	}
	return y
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// Narrowband is what a telephone could carry of samples at 16 kHz at the best.
func Narrowband(samples []int16) []int16 {
	return Resample(Resample(samples, VoiceRate, VoiceRate/2), VoiceRate/2, VoiceRate)
}

// hann is a window of n samples.
func hann(n int) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = 0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/float64(n))
	}
	return w
}
