package speech

import (
	"math"
	"math/cmplx"
	"slices"
	"time"
)

const (
	checkFrame = 20 * time.Millisecond
	// spoken is how far below the loudest frames a frame still is speech.
	spoken = 25.0
	// missing is how far below the reference a frame counts as a drop-out.
	missing = 20.0
)

// speaking tells for each frame of 20 ms whether ref speaks in it.
func speaking(ref []float64, n int) []bool {
	var levels []float64
	for i := 0; i+n <= len(ref); i += n {
		levels = append(levels, decibels(energy(ref[i:i+n])))
	}
	if len(levels) == 0 {
		return nil
	}
	sorted := slices.Clone(levels)
	slices.Sort(sorted)
	loud := sorted[len(sorted)*95/100]
	active := make([]bool, len(levels))
	for i, l := range levels {
		active[i] = l > loud-spoken
	}
	return active
}

// levelDifference is how much louder got is than ref in dB, while ref speaks.
func levelDifference(ref, got []float64, rate int) float64 {
	n := samplesOf(checkFrame, rate)
	var a, b float64
	for f, on := range speaking(ref, n) {
		if on {
			a += energy(ref[f*n : (f+1)*n])
			b += energy(got[f*n : (f+1)*n])
		}
	}
	return decibels(b / (a + 1e-20))
}

// dropouts counts frames in which ref speaks and got, at its level, does not.
func dropouts(ref, got []float64, rate int) (count int) {
	n := samplesOf(checkFrame, rate)
	for f, on := range speaking(ref, n) {
		if on && decibels((energy(got[f*n:(f+1)*n])+1e-12)/(energy(ref[f*n:(f+1)*n])+1e-12)) < -missing {
			count++
		}
	}
	return count
}

// clicks counts blocks of 5 ms with a bend far sharper than any that ref has
// nearby.
func clicks(ref, got []float64, rate int) (count int) {
	n := rate / 200
	sharpest := func(x []float64, from, to int) (most float64) {
		for i := max(from, 2); i < min(to, len(x)); i++ {
			most = math.Max(most, math.Abs(x[i]-2*x[i-1]+x[i-2]))
		}
		return most
	}
	for from := 0; from+n <= len(got); from += n {
		bend := sharpest(got, from, from+n)
		if bend > 0.06 && bend > 4*sharpest(ref, from-4*n, from+5*n) {
			count++
		}
	}
	return count
}

// image is the energy above 4.2 kHz re that below 3.8 kHz, in dB.
func image(x []float64, rate int) float64 {
	if rate <= 8000 {
		return decibels(0)
	}
	const size = 1024
	window := hann(size)
	var low, high float64
	buf, dft := make([]complex128, size), newTransform(size)
	for from := 0; from+size <= len(x); from += size / 2 {
		for i, w := range window {
			buf[i] = complex(x[from+i]*w, 0)
		}
		dft.forward(buf)
		for k := range size / 2 {
			f := float64(k) * float64(rate) / size
			power := real(buf[k])*real(buf[k]) + imag(buf[k])*imag(buf[k])
			switch {
			case f > 4200:
				high += power
			case f < 3800:
				low += power
			}
		}
	}
	return decibels(high / (low + 1e-20))
}

// segSNR is the mean over the frames that speak of their SNR in dB, within
// -10 and 35.
func segSNR(ref, got []float64, rate int) (mean float64) {
	n := samplesOf(checkFrame, rate)
	count := 0
	for f, on := range speaking(ref, n) {
		if !on {
			continue
		}
		var noise float64
		for i := f * n; i < (f+1)*n; i++ {
			noise += (ref[i] - got[i]) * (ref[i] - got[i])
		}
		mean += math.Min(math.Max(decibels(energy(ref[f*n:(f+1)*n])/(noise+1e-20)), -10), 35)
		count++
	}
	return mean / math.Max(float64(count), 1)
}

// ToneSNR is by how many dB a steady tone of f Hz stands out of everything
// else in a recording. Breaks in its phase count as noise only where they are.
func ToneSNR(samples []int16, rate int, f float64) float64 {
	x := floats(samples)
	n := rate / 10
	var ratios []float64
	for from := 0; from+n <= len(x); from += n {
		tone, rest := splitTone(x[from:from+n], f/float64(rate))
		ratios = append(ratios, decibels(tone/(rest+1e-20)))
	}
	if len(ratios) == 0 {
		return decibels(0)
	}
	slices.Sort(ratios)
	return ratios[len(ratios)/2]
}

// splitTone fits a sine of f cycles per sample and gives its energy and that
// of the rest.
func splitTone(x []float64, f float64) (tone, rest float64) {
	var cc, cs, ss, xc, xs float64
	for i, v := range x {
		s, c := math.Sincos(2 * math.Pi * f * float64(i))
		cc, cs, ss = cc+c*c, cs+c*s, ss+s*s
		xc, xs = xc+v*c, xs+v*s
	}
	det := cc*ss - cs*cs
	if det == 0 {
		return 0, energy(x)
	}
	a, b := (xc*ss-xs*cs)/det, (xs*cc-xc*cs)/det
	for i, v := range x {
		s, c := math.Sincos(2 * math.Pi * f * float64(i))
		fit := a*c + b*s
		tone += fit * fit
		rest += (v - fit) * (v - fit)
	}
	return tone, rest
}

// OwnVoice is how loud a talker's own voice is in what that talker hears, in
// dB re the voice as it was said. It estimates the path from voice to feed and
// takes its strongest millisecond within a second. While others are silent it
// can tell any level; under others as loud the floor is about -34 dB for 8 s of
// speech.
func OwnVoice(voice, feed []int16, rate int) float64 {
	x, y := floats(voice), floats(feed)
	n := powerOfTwo(len(x) + len(y))
	a, b := spectrum(emphasised(x), n), spectrum(emphasised(y), n)
	var mean float64
	for _, v := range a {
		mean += (real(v)*real(v) + imag(v)*imag(v)) / float64(n)
	}
	for i := range a {
		power := real(a[i])*real(a[i]) + imag(a[i])*imag(a[i])
		b[i] *= cmplx.Conj(a[i]) / complex(power+mean/10, 0)
	}
	inverse(b)
	width := rate / 800
	var most, sum float64
	for i := range min(rate+width, n) {
		sum += real(b[i]) * real(b[i])
		if i >= width {
			sum -= real(b[i-width]) * real(b[i-width])
		}
		most = math.Max(most, sum)
	}
	return decibels(most)
}
