package music

import "math"

// The analysis: windows of 64 ms at 8 kHz.
const (
	rate   = 8000
	size   = 512
	half   = size / 2
	perBin = float32(rate) / size // Hz
)

// tables of the transform.
var (
	window   = hann()
	twiddles = roots()
	reversed = reversal()
)

func hann() (w [size]float32) {
	for i := range w {
		w[i] = float32(0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/size))
	}
	return w
}

func roots() (w [size]complex64) {
	for i := range w {
		s, c := math.Sincos(-2 * math.Pi * float64(i) / size)
		w[i] = complex(float32(c), float32(s))
	}
	return w
}

func reversal() (r [half]uint8) {
	for i := range r {
		for bit := 1; bit < half; bit <<= 1 {
			r[i] <<= 1
			if i&bit != 0 {
				r[i] |= 1
			}
		}
	}
	return r
}

// powers writes the power spectrum of size samples, oldest first, to out: the
// real ones are transformed as half as many complex ones.
func powers(samples *[size]float32, out *[half]float32) {
	var x [half]complex64
	for i, at := range reversed {
		k := 2 * int(at)
		x[i] = complex(samples[k]*window[k], samples[k+1]*window[k+1])
	}
	for span := 1; span < half; span *= 2 {
		stride := half / span // into twiddles, which are of twice the size
		for from := 0; from < half; from += 2 * span {
			for i := range span {
				a, b := x[from+i], x[from+span+i]*twiddles[i*stride]
				x[from+i], x[from+span+i] = a+b, a-b
			}
		}
	}
	for i := range half {
		a, b := x[i], x[(half-i)%half]
		b = complex(real(b), -imag(b))
		even, odd := (a+b)/2, (a-b)/2
		odd = complex(imag(odd), -real(odd)) * twiddles[i]
		sum := even + odd
		out[i] = real(sum)*real(sum) + imag(sum)*imag(sum)
	}
}
