package speech

import (
	"math"
	"math/bits"
	"math/cmplx"
)

// transform is the discrete Fourier transform of one length, a power of two.
type transform struct{ roots []complex128 }

func newTransform(n int) transform {
	t := transform{make([]complex128, n/2)}
	for k := range t.roots {
		t.roots[k] = cmplx.Rect(1, -2*math.Pi*float64(k)/float64(n))
	}
	return t
}

// forward transforms x in place.
func (t transform) forward(x []complex128) {
	n := len(x)
	shift := 64 - uint(bits.TrailingZeros(uint(n)))
	for i := range x {
		if j := int(bits.Reverse64(uint64(i)) >> shift); j > i {
			x[i], x[j] = x[j], x[i]
		}
	}
	for size := 2; size <= n; size *= 2 {
		half, stride := size/2, n/size
		for from := 0; from < n; from += size {
			low, high := x[from:from+half], x[from+half:from+size]
			for k := range low {
				a, b := low[k], high[k]*t.roots[k*stride]
				low[k], high[k] = a+b, a-b
			}
		}
	}
}

// fft transforms x in place, whose length is a power of two.
func fft(x []complex128) { newTransform(len(x)).forward(x) }

// inverse is the inverse of fft.
func inverse(x []complex128) {
	for i := range x {
		x[i] = cmplx.Conj(x[i])
	}
	fft(x)
	for i := range x {
		x[i] = complex(real(x[i])/float64(len(x)), 0) // of real signals only
	}
}

// spectrum is the transform of x, filled up with zeros to n.
func spectrum(x []float64, n int) []complex128 {
	s := make([]complex128, n)
	for i, v := range x {
		s[i] = complex(v, 0)
	}
	fft(s)
	return s
}

// powerOfTwo is the least that is not less than n.
func powerOfTwo(n int) int {
	if n < 2 {
		return 2
	}
	return 1 << bits.Len(uint(n-1))
}

// correlate gives Σ a[i]·b[i+lag] for every lag from -len(a)+1 to len(b)-1;
// the first is that of the smallest lag.
func correlate(a, b []float64) []float64 {
	n := powerOfTwo(len(a) + len(b))
	x, y := spectrum(a, n), spectrum(b, n)
	for i := range x {
		x[i] = cmplx.Conj(x[i]) * y[i]
	}
	inverse(x)
	out := make([]float64, 0, len(a)+len(b)-1)
	for lag := 1 - len(a); lag < len(b); lag++ {
		out = append(out, real(x[(lag+n)%n]))
	}
	return out
}
