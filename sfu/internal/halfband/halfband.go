// Package halfband carries sound between 8 kHz and the bus's 16 kHz.
//
// The filter is a half-band FIR of 95 taps: its centre is one half, every other
// tap is zero, and the 48 taps left are symmetric, so an output costs 24
// multiplications. It passes 0-3.5 kHz and keeps images and aliases beyond
// 4.5 kHz more than 90 dB down. Its delay is 24 samples at 8 kHz (3 ms) upwards
// and 23 downwards, so that there and back is a whole number.
package halfband

import "math"

const (
	pairs  = 24        // of symmetric taps
	span   = 2 * pairs // low-rate samples under the filter
	beta   = 9.5       // of the Kaiser window: 95 dB
	center = pairs - 1 // low-rate delay of the centre tap, in samples
)

// taps holds the odd taps h[1], h[3], … from the centre outwards.
var taps = design()

func design() (h [pairs]float32) {
	ideal := [pairs]float64{}
	sum := 0.0
	for k := range ideal {
		n := float64(2*k + 1)
		sinc := math.Sin(math.Pi*n/2) / (math.Pi * n)
		x := n / float64(span)
		ideal[k] = sinc * bessel(beta*math.Sqrt(1-x*x)) / bessel(beta)
		sum += 2 * ideal[k]
	}
	for k := range ideal {
		h[k] = float32(ideal[k] * 0.5 / sum) // both phases pass DC alike
	}
	return h
}

// bessel is the modified Bessel function of the first kind of order 0.
func bessel(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1; term > sum*1e-12; k++ {
		term *= x / 2 / float64(k)
		sum += term * term
	}
	return sum
}

// maxBlock is the longest block one call takes, in low-rate samples.
const maxBlock = 480

// Up turns 8 kHz into 16 kHz. The zero value is ready; it holds the tail of
// what came before and belongs to one stream.
type Up struct {
	history [span - 1 + maxBlock]float32
}

// Process writes 2·len(in) samples to out. in may hold up to 480 samples.
func (u *Up) Process(out, in []int16) {
	buf := u.history[:span-1+len(in)]
	load(buf[span-1:], in)
	for i := range in {
		w := buf[i : i+span : i+span]
		var acc float32
		for k := range pairs {
			acc += taps[k] * (w[center-k] + w[center+1+k])
		}
		out[2*i] = int16(w[center]) // the centre tap: an integer untouched
		out[2*i+1] = round(2 * acc)
	}
	copy(u.history[:span-1], buf[len(in):])
}

// Down turns 16 kHz into 8 kHz. The zero value is ready; it holds the tail of
// what came before and belongs to one stream.
type Down struct {
	odd  [span - 1 + maxBlock]float32 // seen by the odd taps
	even [center + maxBlock]float32   // seen by the centre
}

// Process writes len(in)/2 samples to out. in must be even in length and may
// hold up to 960 samples.
func (d *Down) Process(out, in []int16) {
	n := len(in) / 2
	even, odd := d.even[:center+n], d.odd[:span-1+n]
	for i := range n {
		even[center+i] = float32(in[2*i])
		odd[span-1+i] = float32(in[2*i+1])
	}
	for i := range n {
		w := odd[i : i+span : i+span]
		acc := 0.5 * even[i]
		for k := range pairs {
			acc += taps[k] * (w[center-k] + w[center+1+k])
		}
		out[i] = round(acc)
	}
	copy(d.odd[:span-1], odd[n:])
	copy(d.even[:center], even[n:])
}

func load(dst []float32, src []int16) {
	for i, s := range src {
		dst[i] = float32(s)
	}
}

func round(x float32) int16 {
	if x >= 0 {
		return int16(min(x+0.5, math.MaxInt16))
	}
	return int16(max(x-0.5, math.MinInt16))
}
