package g722

// Decoder decodes one stream. The zero value begins it; a copy goes on from
// here.
type Decoder struct {
	lower, upper band
	past         [memory]int32 // sums and differences of the two bands
}

// Decode decodes a payload into dst, two samples for each byte. dst must be
// long enough; what was written is returned. Every payload means something.
func (d *Decoder) Decode(dst []int16, payload []byte) []int16 {
	dst = dst[:2*len(payload)]
	for from := 0; from < len(payload); from += block {
		to := min(from+block, len(payload))
		d.decode(dst[2*from:2*to], payload[from:to])
	}
	return dst
}

func (d *Decoder) decode(dst []int16, payload []byte) {
	var line [memory + 2*block]int32
	copy(line[:], d.past[:])
	for i, code := range payload {
		low := d.lower.expected + d.lower.lowFactor()*sixBits[code&63]>>15
		d.lower.low(code)
		high := d.upper.expected
		high += d.upper.high(code >> 6)
		low, high = inner(low), inner(high)
		line[memory+2*i], line[memory+2*i+1] = low+high, low-high
		x := (*[memory + 2]int32)(line[2*i:])
		var first, second int32
		for k, tap := range mirror {
			second += x[2*k] * tap
			first += x[memory+1-2*k] * tap
		}
		dst[2*i], dst[2*i+1] = int16(clamp(first>>11)), int16(clamp(second>>11))
	}
	copy(d.past[:], line[2*len(payload):])
}

// inner keeps a band's signal within 15 bits: LIMIT.
func inner(x int32) int32 { return min(max(x, -16384), 16383) }
