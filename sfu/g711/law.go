package g711

import "partyline/sfu/audio"

// Law is one of the two companding laws. Use [Mu] or [A].
type Law struct {
	shift   uint
	code    []byte      // by the sample's upper bits, as unsigned
	samples [256]int16  // by code
	squares [256]uint32 // of samples, for energy
	silence byte
}

// The two laws, PCMU and PCMA.
var (
	Mu = newLaw(2, compressMu, expandMu)
	A  = newLaw(3, compressA, expandA)
)

// ForCodec gives the law of a codec, or nil if the codec is not G.711.
func ForCodec(c audio.Codec) *Law {
	switch c {
	case audio.PCMU:
		return Mu
	case audio.PCMA:
		return A
	default:
		return nil
	}
}

func newLaw(shift uint, compress func(int16) byte, expand func(byte) int16) *Law {
	l := &Law{shift: shift, code: make([]byte, 1<<(16-shift))}
	for i := range l.code {
		l.code[i] = compress(int16(uint16(i) << shift))
	}
	for c := range 256 {
		s := expand(byte(c))
		l.samples[c] = s
		l.squares[c] = uint32(int32(s) * int32(s))
	}
	l.silence = compress(0)
	return l
}

// Encode codes samples into dst, one byte each. dst must be at least as long.
func (l *Law) Encode(dst []byte, samples []int16) {
	dst = dst[:len(samples)]
	for i, s := range samples {
		dst[i] = l.code[uint16(s)>>l.shift]
	}
}

// Decode expands codes into dst, one sample each. dst must be at least as long.
func (l *Law) Decode(dst []int16, codes []byte) {
	dst = dst[:len(codes)]
	for i, c := range codes {
		dst[i] = l.samples[c]
	}
}

// Level measures the RMS level of coded sound without decoding it.
func (l *Law) Level(codes []byte) audio.Level {
	if len(codes) == 0 {
		return audio.Silence
	}
	var sum uint64
	for _, c := range codes {
		sum += uint64(l.squares[c])
	}
	return audio.LevelOf(float64(sum) / float64(len(codes)))
}

// Silence is the code of a zero sample.
func (l *Law) Silence() byte { return l.silence }

// compressMu is ulaw_compress of ITU-T G.191: 14-bit magnitude in ones'
// complement, biased by 33, so that the loudest negative segment ends in 0x00.
func compressMu(s int16) byte {
	magnitude := s
	if s < 0 {
		magnitude = ^s
	}
	biased := min(uint(magnitude)>>2+33, 0x1FFF)
	segment := uint(1)
	for i := biased >> 6; i != 0; i >>= 1 {
		segment++
	}
	code := byte(8-segment)<<4 | byte(0x0F-(biased>>segment)&0x0F)
	if s >= 0 {
		code |= 0x80
	}
	return code
}

// expandMu is ulaw_expand of ITU-T G.191.
func expandMu(code byte) int16 {
	inverted := ^code
	exponent := uint(inverted>>4) & 7
	step := int(4) << (exponent + 1)
	magnitude := 0x80<<exponent + step*int(inverted&0x0F) + step/2 - 4*33
	if code < 0x80 {
		return int16(-magnitude)
	}
	return int16(magnitude)
}

// compressA is alaw_compress of ITU-T G.191: 12-bit magnitude in ones'
// complement, even bits inverted.
func compressA(s int16) byte {
	magnitude := s
	if s < 0 {
		magnitude = ^s
	}
	ix := uint(magnitude) >> 4
	if ix > 15 {
		exponent := uint(1)
		for ix > 16+15 {
			ix >>= 1
			exponent++
		}
		ix = ix - 16 + exponent<<4
	}
	if s >= 0 {
		ix |= 0x80
	}
	return byte(ix) ^ 0x55
}

// expandA is alaw_expand of ITU-T G.191.
func expandA(code byte) int16 {
	ix := (code ^ 0x55) & 0x7F
	exponent, mantissa := uint(ix>>4), int(ix&0x0F)
	if exponent > 0 {
		mantissa += 16
	}
	mantissa = mantissa<<4 + 8
	if exponent > 1 {
		mantissa <<= exponent - 1
	}
	if code < 0x80 {
		return int16(-mantissa)
	}
	return int16(mantissa)
}
