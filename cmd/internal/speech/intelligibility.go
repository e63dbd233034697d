package speech

import "math"

// STOI's constants, Taal et al. 2011.
const (
	stoiRate    = 10000
	stoiFrame   = 256
	stoiFFT     = 512
	stoiBands   = 15
	stoiLowest  = 150.0 // Hz, centre of the lowest third-octave band
	stoiSegment = 30    // frames
	stoiClip    = 15.0  // dB, lower bound of the signal-to-distortion ratio
	stoiRange   = 40.0  // dB of frames that count
)

// intelligibility gives STOI and ESTOI of got against ref.
func intelligibility(ref, got []float64, rate int) (stoi, estoi float64) {
	x, y := audible(resample(ref, rate, stoiRate), resample(got, rate, stoiRate))
	a, b := thirdOctaves(x), thirdOctaves(y)
	frames := min(len(a), len(b))
	n := 0
	for to := stoiSegment; to <= frames; to++ {
		stoi += segmentSTOI(a[to-stoiSegment:to], b[to-stoiSegment:to])
		estoi += segmentESTOI(a[to-stoiSegment:to], b[to-stoiSegment:to])
		n++
	}
	if n == 0 {
		return 0, 0
	}
	return stoi / float64(n), estoi / float64(n)
}

// audible leaves the frames out in which ref is silent.
func audible(ref, got []float64) (x, y []float64) {
	const hop = stoiFrame / 2
	window := hann(stoiFrame)
	var loud []float64
	loudest := math.Inf(-1)
	for from := 0; from+stoiFrame <= len(ref); from += hop {
		var e float64
		for i, w := range window {
			e += ref[from+i] * ref[from+i] * w * w
		}
		db := decibels(e)
		loud = append(loud, db)
		loudest = math.Max(loudest, db)
	}
	for f, db := range loud {
		if db < loudest-stoiRange {
			continue
		}
		at := len(x) - hop
		if at < 0 {
			at = 0
		}
		grow := at + stoiFrame - len(x)
		x, y = append(x, make([]float64, grow)...), append(y, make([]float64, grow)...)
		for i, w := range window {
			x[at+i] += ref[f*hop+i] * w
			y[at+i] += got[f*hop+i] * w
		}
	}
	return x, y
}

// thirdOctaves gives the magnitude in each third-octave band, frame by frame.
func thirdOctaves(x []float64) [][stoiBands]float64 {
	var edges [stoiBands][2]int
	for b := range edges {
		centre := stoiLowest * math.Pow(2, float64(b)/3)
		edges[b][0] = int(math.Round(centre * math.Pow(2, -1.0/6) * stoiFFT / stoiRate))
		edges[b][1] = int(math.Round(centre * math.Pow(2, 1.0/6) * stoiFFT / stoiRate))
	}
	window := hann(stoiFrame)
	var out [][stoiBands]float64
	buf, dft := make([]complex128, stoiFFT), newTransform(stoiFFT)
	for from := 0; from+stoiFrame <= len(x); from += stoiFrame / 2 {
		clear(buf)
		for i, w := range window {
			buf[i] = complex(x[from+i]*w, 0)
		}
		dft.forward(buf)
		var bands [stoiBands]float64
		for b, e := range edges {
			for k := e[0]; k < e[1]; k++ {
				bands[b] += real(buf[k])*real(buf[k]) + imag(buf[k])*imag(buf[k])
			}
			bands[b] = math.Sqrt(bands[b])
		}
		out = append(out, bands)
	}
	return out
}

// segmentSTOI is the mean correlation of the bands' envelopes, with got
// brought to ref's level and clipped.
func segmentSTOI(a, b [][stoiBands]float64) (mean float64) {
	limit := 1 + math.Pow(10, stoiClip/20)
	var x, y [stoiSegment]float64
	for band := range stoiBands {
		var ea, eb float64
		for i := range a {
			ea += a[i][band] * a[i][band]
			eb += b[i][band] * b[i][band]
		}
		scale := math.Sqrt(ea / (eb + 1e-20))
		for i := range a {
			x[i] = a[i][band]
			y[i] = math.Min(b[i][band]*scale, x[i]*limit)
		}
		normalise(x[:])
		normalise(y[:])
		mean += dot(x[:], y[:]) / stoiBands
	}
	return mean
}

// segmentESTOI correlates the segment as a whole, normalised over time and
// then over frequency.
func segmentESTOI(a, b [][stoiBands]float64) (mean float64) {
	x, y := whitened(a), whitened(b)
	for i := range x {
		mean += dot(x[i][:], y[i][:]) / stoiSegment
	}
	return mean
}

func whitened(a [][stoiBands]float64) *[stoiSegment][stoiBands]float64 {
	out := new([stoiSegment][stoiBands]float64)
	var row [stoiSegment]float64
	for band := range stoiBands {
		for i := range a {
			row[i] = a[i][band]
		}
		normalise(row[:])
		for i := range a {
			out[i][band] = row[i]
		}
	}
	for i := range out {
		normalise(out[i][:])
	}
	return out
}

// normalise takes the mean off and makes the length 1.
func normalise(x []float64) {
	var mean float64
	for _, v := range x {
		mean += v / float64(len(x))
	}
	var length float64
	for i := range x {
		x[i] -= mean
		length += x[i] * x[i]
	}
	length = math.Sqrt(length) + 1e-20
	for i := range x {
		x[i] /= length
	}
}

func dot(x, y []float64) (sum float64) {
	for i := range x {
		sum += x[i] * y[i]
	}
	return sum
}
