package quality

import (
	"math"
	"time"
)

// Ratings of a connection without any delay, loss or coding, all parameters at
// their default values.
const (
	ratingNarrow = 93.2  // ITU-T G.107 table 3
	ratingWide   = 129.0 // ITU-T G.107.1, on a scale 1.29 times as long
	stretch      = 1.29
)

// What a listener's jitter buffer is assumed to hold when nobody tells.
const (
	leastBuffer  = 40 * time.Millisecond
	bufferJitter = 2 // times the jitter
)

// framing is how long a packet's sound is: it is complete only then.
const framing = 20 * time.Millisecond

// Rating is the transmission rating factor R of a connection, ITU-T G.107 and
// G.107.1: loss is a share from 0 to 1, burst the burst ratio (0 for unknown),
// delay from mouth to ear. A wideband codec's R is on the wideband scale, up to
// 129, a narrowband one's goes to 93.2. It is below 0 for the worst.
func (c Codec) Rating(loss, burst float64, delay time.Duration) float64 {
	r := ratingNarrow
	if c.Wideband {
		r = ratingWide
	}
	return r - idd(delay) - c.ieEff(loss, burst)
}

// MOS is the mean opinion score, conversational quality estimated (MOS-CQE),
// from 1 to 4.5, of the same. Those of narrowband and wideband codecs must not
// be put into one average: listeners were asked on different scales.
func (c Codec) MOS(loss, burst float64, delay time.Duration) float64 {
	r := c.Rating(loss, burst, delay)
	if c.Wideband {
		r /= stretch
	}
	return mos(r)
}

// ieEff is Ie,eff of ITU-T G.107 §7.5. G.107.1 has it for random loss only; for
// bursts we take the same burst ratio.
func (c Codec) ieEff(loss, burst float64) float64 {
	ppl := 100 * min(max(loss, 0), 1)
	return c.Ie + (95-c.Ie)*ppl/(ppl/max(burst, 1)+c.Bpl)
}

// idd is the impairment by absolute delay of ITU-T G.107 §7.4 in full, with
// sT = 1 and mT = 100 ms, the values for carriers and companies.
func idd(delay time.Duration) float64 {
	ta := delay.Seconds() * 1000
	if ta <= 100 {
		return 0
	}
	x := math.Log2(ta / 100)
	return 25 * (math.Pow(1+math.Pow(x, 6), 1./6) - 3*math.Pow(1+math.Pow(x/3, 6), 1./6) + 2)
}

// mos is ITU-T G.107 annex B.
func mos(r float64) float64 {
	switch {
	case r <= 0:
		return 1
	case r >= 100:
		return 4.5
	default:
		return max(1, 1+0.035*r+r*(r-60)*(100-r)*7e-6)
	}
}

// gone is the share of a stream's sound that did not reach its listener. A
// listener who tells of the jitter buffer tells of concealed sound as well,
// which is what they heard, whatever RED and FEC gave back; else it is what was
// lost for good or came too late.
func (s Stream) gone() float64 {
	if s.Buffer > 0 || s.Packets == 0 {
		return s.Concealed
	}
	packets := float64(s.Packets)
	return min(max(s.Loss+(float64(s.Late)-float64(s.Healed))/packets, 0), 1)
}

// buffer is how long sound waits at the listener's, as far as it is known.
func (s Stream) buffer() time.Duration {
	if s.Buffer > 0 {
		return s.Buffer
	}
	return max(leastBuffer, bufferJitter*s.Jitter)
}

// MOS is what the codec and the network make of one direction whose round trip
// takes as long, were the other legs of the meeting perfect; 0 without packets.
func (s Stream) MOS(c Codec, roundTrip time.Duration) float64 {
	if s.Packets == 0 {
		return 0
	}
	return c.MOS(s.gone(), s.Burst, roundTrip/2+framing+s.buffer())
}

// degradation is by how much loss alone lowers the MOS, as NMOS degradation in
// Microsoft's terms: delay has its own limit.
func (s Stream) degradation(c Codec) float64 {
	if s.Packets == 0 {
		return 0
	}
	return c.MOS(0, 0, 0) - c.MOS(s.gone(), s.Burst, 0)
}
