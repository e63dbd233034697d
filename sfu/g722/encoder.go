package g722

// block is how many pairs of samples are filtered at once: 20 ms.
const block = 160

// mirror holds the taps of the quadrature mirror filter; the other twelve are
// the same in reverse.
var mirror = [12]int32{3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11}

// memory is how many earlier samples the filters see.
const memory = 22

// Encoder codes one stream. The zero value begins it; a copy goes on from here.
type Encoder struct {
	lower, upper band
	past         [memory]int32
}

// Encode codes samples, whose number must be even, into dst, one byte for two
// of them. dst must be long enough; what was written is returned.
func (e *Encoder) Encode(dst []byte, samples []int16) []byte {
	n := len(samples) / 2
	dst = dst[:n]
	for from := 0; from < n; from += block {
		to := min(from+block, n)
		e.encode(dst[from:to], samples[2*from:2*to])
	}
	return dst
}

// Silence is the octet that lets a decoder fall silent within 40 ms and stay so,
// whatever it has decoded before: as soft as coded silence, -62 dBov.
const Silence byte = 0xFD

// Follow tells the encoder that the payload was sent in place of what it would
// have coded, so that it goes on from where the receiver's decoder is.
func (e *Encoder) Follow(payload []byte) {
	for _, code := range payload {
		e.lower.low(code)
		e.upper.high(code >> 6)
	}
	e.past = [memory]int32{}
}

func (e *Encoder) encode(dst []byte, samples []int16) {
	var line [memory + 2*block]int32
	copy(line[:], e.past[:])
	for i, s := range samples {
		line[memory+i] = int32(s)
	}
	for i := range dst {
		var odd, even int32
		x := (*[memory + 2]int32)(line[2*i:])
		for k, tap := range mirror {
			odd += x[2*k] * tap
			even += x[memory+1-2*k] * tap
		}
		dst[i] = e.low((even+odd)>>14) | e.high((even-odd)>>14)<<6
	}
	copy(e.past[:], line[len(samples):])
}

// intervals is how many the lower band's quantiser has for each sign.
const intervals = 30

// bounds are the lower band's decision levels, for a scale factor of 4096. The
// last two fill the table up for the search.
var bounds = [32]int32{
	0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714,
	786, 858, 940, 1023, 1121, 1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919, 2920, 2920,
}

// low codes a sample of the lower band in six bits: blocks 1L to 4L.
func (e *Encoder) low(sample int32) byte {
	error := clamp(sample - e.lower.expected)
	size, factor := error^error>>31, e.lower.lowFactor()
	interval := 0
	for step := 16; step > 0; step >>= 1 {
		if size >= bounds[interval+step]*factor>>12 {
			interval += step
		}
	}
	interval = min(interval, intervals-1)
	code := byte(61 - interval)
	if error < 0 {
		if code = byte(33 - interval); interval < 2 {
			code = byte(63 - interval)
		}
	}
	e.lower.low(code)
	return code
}

// high codes a sample of the upper band in two bits: blocks 1H to 4H.
func (e *Encoder) high(sample int32) byte {
	error := clamp(sample - e.upper.expected)
	code := byte(3)
	if error < 0 {
		code = 1
	}
	if error^error>>31 >= 564*e.upper.highFactor()>>12 {
		code--
	}
	e.upper.high(code)
	return code
}
