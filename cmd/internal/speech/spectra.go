package speech

import "math"

const (
	melBands = 32
	melFrame = 25.0 // ms
	melHop   = 10.0
	melLow   = 50.0 // Hz
	melFloor = 45.0 // dB below the loudest cell, below which nothing counts
)

// melSpectrogram gives the energy in dB of mel bands up to half the rate.
func melSpectrogram(x []float64, rate int) [][melBands]float64 {
	n, hop := int(melFrame*float64(rate)/1000), int(melHop*float64(rate)/1000)
	size := powerOfTwo(n) * 2
	filters := melFilters(rate, size)
	window := hann(n)
	buf, dft := make([]complex128, size), newTransform(size)
	var out [][melBands]float64
	for from := 0; from+n <= len(x); from += hop {
		clear(buf)
		for i, w := range window {
			buf[i] = complex(x[from+i]*w, 0)
		}
		dft.forward(buf)
		var bands [melBands]float64
		for b, f := range filters {
			for k, w := range f.weights {
				c := buf[f.from+k]
				bands[b] += w * (real(c)*real(c) + imag(c)*imag(c))
			}
			bands[b] = decibels(bands[b])
		}
		out = append(out, bands)
	}
	return out
}

type melFilter struct {
	from    int // first bin
	weights []float64
}

// melFilters are triangles, evenly spaced on the mel scale.
func melFilters(rate, size int) (filters [melBands]melFilter) {
	mel := func(f float64) float64 { return 2595 * math.Log10(1+f/700) }
	hertz := func(m float64) float64 { return 700 * (math.Pow(10, m/2595) - 1) }
	low, high := mel(melLow), mel(float64(rate)/2)
	edge := func(i int) float64 {
		return hertz(low+(high-low)*float64(i)/(melBands+1)) * float64(size) / float64(rate)
	}
	for b := range filters {
		left, centre, right := edge(b), edge(b+1), edge(b+2)
		f := melFilter{from: int(math.Ceil(left))}
		for k := f.from; float64(k) < right; k++ {
			x := float64(k)
			f.weights = append(f.weights, math.Min((x-left)/(centre-left), (right-x)/(right-centre)))
		}
		if len(f.weights) == 0 {
			f.from, f.weights = int(math.Round(centre)), []float64{1}
		}
		filters[b] = f
	}
	return filters
}

// floored raises both to a common floor below the loudest cell of ref, and
// takes the floor for zero.
func floored(a, b [][melBands]float64) (loudest float64) {
	loudest = math.Inf(-1)
	for _, row := range a {
		for _, v := range row {
			loudest = math.Max(loudest, v)
		}
	}
	for _, rows := range [][][melBands]float64{a, b} {
		for i := range rows {
			for k, v := range rows[i] {
				rows[i][k] = math.Max(v-(loudest-melFloor), 0)
			}
		}
	}
	return loudest
}

// similarity gives NSIM and the log-spectral distance in dB of got from ref,
// which must be of one level.
func similarity(ref, got []float64, rate int) (nsim, lsd float64) {
	a, b := melSpectrogram(ref, rate), melSpectrogram(got, rate)
	floored(a, b)
	return nsimOf(a, b), distance(a, b)
}

// distance is the RMS difference over the bands, averaged over the frames in
// which ref is heard.
func distance(a, b [][melBands]float64) float64 {
	var sum float64
	n := 0
	for i := range min(len(a), len(b)) {
		var d, heard float64
		for k := range melBands {
			d += (a[i][k] - b[i][k]) * (a[i][k] - b[i][k])
			heard = math.Max(heard, a[i][k])
		}
		if heard < melFloor/4 {
			continue
		}
		sum += math.Sqrt(d / melBands)
		n++
	}
	return sum / math.Max(float64(n), 1)
}

// gaussian is ViSQOL's window of 3 × 3.
var gaussian = [3][3]float64{{0.0113, 0.0838, 0.0113}, {0.0838, 0.6193, 0.0838}, {0.0113, 0.0838, 0.0113}}

// nsimOf is the mean of the neurogram similarity index: intensity times
// structure over windows of 3 × 3 (Hines and Harte 2012).
func nsimOf(a, b [][melBands]float64) float64 {
	const c1, c3 = 0.01 * melFloor * 0.01 * melFloor, 0.03 * melFloor * 0.03 * melFloor / 2
	var sum float64
	n := 0
	for i := 1; i+1 < min(len(a), len(b)); i++ {
		for k := 1; k+1 < melBands; k++ {
			var ma, mb, saa, sbb, sab float64
			for di, row := range gaussian {
				for dk, w := range row {
					x, y := a[i+di-1][k+dk-1], b[i+di-1][k+dk-1]
					ma, mb = ma+w*x, mb+w*y
					saa, sbb, sab = saa+w*x*x, sbb+w*y*y, sab+w*x*y
				}
			}
			if ma == 0 && mb == 0 {
				continue // silence on both sides says nothing
			}
			va, vb := math.Max(saa-ma*ma, 0), math.Max(sbb-mb*mb, 0)
			intensity := (2*ma*mb + c1) / (ma*ma + mb*mb + c1)
			structure := (sab - ma*mb + c3) / (math.Sqrt(va*vb) + c3)
			sum += intensity * structure
			n++
		}
	}
	return sum / math.Max(float64(n), 1)
}
