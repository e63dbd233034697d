package g722

// band is the adaptive predictor and quantiser scale of one sub-band, the same
// at both ends: blocks 3 and 4 of ITU-T G.722 section 3. Signals are integers
// of 16 bits, held in 32.
type band struct {
	scale    int32 // logarithm of the quantiser's scale factor: NABLA
	expected int32 // what the predictor expects next: S
	zeros    int32 // the part of it that comes from differences: SZ
	rebuilt  int32 // the latest reconstructed signal: RLT(1)
	poles    [2]int32
	signs    [2]int32 // of the partially reconstructed signal: 0 or -1
	past     [6]int32 // differences, the latest first
	taps     [6]int32
}

// clamp keeps x within 16 bits.
func clamp(x int32) int32 { return min(max(x, -32768), 32767) }

// adapt takes the quantised difference d into the predictor: block 4.
func (b *band) adapt(d int32) {
	rebuilt := clamp(b.expected + d)
	sign := clamp(b.zeros+d) >> 31
	b.adaptPoles(sign)
	b.adaptZeros(d)
	poles := b.poles[0]*clamp(2*rebuilt)>>15 + b.poles[1]*clamp(2*b.rebuilt)>>15
	b.rebuilt = rebuilt
	b.expected = clamp(clamp(poles) + b.zeros)
}

// adaptPoles moves the pole section by the signs of the latest three partial
// signals: UPPOL1 and UPPOL2.
func (b *band) adaptPoles(sign int32) {
	lean := clamp(b.poles[0] << 2) // towards keeping the section stable
	push, first := int32(128), int32(192)
	if sign == b.signs[0] {
		lean = min(-lean, 32767)
	} else {
		first = -192
	}
	if sign != b.signs[1] {
		push = -128
	}
	second := push + lean>>7 + b.poles[1]*32512>>15
	second = min(max(second, -12288), 12288)
	most := 15360 - second
	first = clamp(first + b.poles[0]*32640>>15)
	b.poles[0], b.poles[1] = min(max(first, -most), most), second
	b.signs[0], b.signs[1] = sign, b.signs[0]
}

// adaptZeros moves the zero section and filters with it: UPZERO and FILTEZ.
func (b *band) adaptZeros(d int32) {
	var step, sum int32
	if d != 0 {
		step = 128
	}
	newer := d
	for i := range b.taps {
		older := b.past[i]
		differ := (older ^ d) >> 31 // 0 where the signs are alike, else -1
		tap := clamp(b.taps[i]*32640>>15 + (step ^ differ) - differ)
		sum += tap * clamp(2*newer) >> 15
		b.taps[i], b.past[i] = tap, newer
		newer = older
	}
	b.zeros = clamp(sum)
}

// The quantisers' scale adapts by these steps, in 1/2048 of an octave.
var (
	lowSteps  = [16]int32{-60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60}
	highSteps = [4]int32{798, -214, 798, -214}
)

const (
	lowMost  = 18432 // of the lower band's scale
	highMost = 22528
)

// rescale takes a step of the scale: LOGSCL and LOGSCH.
func (b *band) rescale(step, most int32) {
	b.scale = min(max(b.scale*127>>7+step, 0), most)
}

// The scale factors by the scale's upper bits: SCALEL and SCALEH.
var (
	lowFactors  = factors(lowMost, 8)
	highFactors = factors(highMost, 10)
)

// octave is 2^(i/32) with 11 fractional bits.
var octave = [32]int32{
	2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834,
	2896, 2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
}

func factors(most, shift int) []int32 {
	f := make([]int32, most>>6+1)
	for i := range f {
		if down := shift - i>>5; down >= 0 {
			f[i] = octave[i&31] >> down << 2
		} else {
			f[i] = octave[i&31] << -down << 2
		}
	}
	return f
}

func (b *band) lowFactor() int32  { return lowFactors[b.scale>>6] }
func (b *band) highFactor() int32 { return highFactors[b.scale>>6] }

// Outputs of the inverse quantisers, for a scale factor of 32768.
var (
	// sixBits is what the decoder makes of the lower band's code.
	sixBits = [64]int32{
		-136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232, -9360, -8576, -7856,
		-7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688, -1360, -1040, -728,
		24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456,
		4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136,
	}
	// fourBits is what both ends adapt by: the code without its lower two
	// bits, which a network of G.722's time might have stolen for data.
	fourBits = [16]int32{0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0}
	twoBits  = [4]int32{-7408, -1616, 7408, 1616}
)

// low adapts the lower band to a code of six bits.
func (b *band) low(code byte) {
	upper := code >> 2 & 15
	d := b.lowFactor() * fourBits[upper] >> 15
	b.rescale(lowSteps[upper], lowMost)
	b.adapt(d)
}

// high adapts the upper band to a code of two bits and gives the difference.
func (b *band) high(code byte) int32 {
	d := b.highFactor() * twoBits[code&3] >> 15
	b.rescale(highSteps[code&3], highMost)
	b.adapt(d)
	return d
}
