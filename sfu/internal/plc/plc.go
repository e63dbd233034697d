// Package plc conceals lost sound in the manner of ITU-T G.711 Appendix I, at
// 8 kHz and at 16 kHz.
//
// A loss is filled with the last pitch period, repeated; after 10 ms of loss it
// fades by a fifth per 10 ms and is silent after 60 ms. Both ends are
// overlapped by a quarter of the period. Unlike Appendix I it holds no samples
// back, so it adds no delay: the seam at the start of a loss is smoothed with
// the time-reversed tail of what was heard.
package plc

// Spans at 8 kHz, in samples; at 16 kHz they are twice as long.
const (
	minPitch = 40  // 200 Hz
	maxPitch = 120 // 66 Hz
	window   = 160 // over which periods are compared
	history  = maxPitch + window
	fadeFrom = 80  // lost before the fade begins
	fadeTo   = 480 // lost after which there is silence
)

// Concealer holds the recent past of one stream. The zero value is ready for
// one at 8 kHz.
type Concealer struct {
	wide   bool
	past   [2 * history]int16 // the end of it is used
	period [2 * maxPitch]float32
	pitch  int
	offset int // into period
	lost   int // samples concealed in this loss
}

// Wide makes a concealer for a stream at 16 kHz.
func Wide() Concealer { return Concealer{wide: true} }

// span is how many samples of the stream one at 8 kHz is.
func (c *Concealer) span() int {
	if c.wide {
		return 2
	}
	return 1
}

// Good takes samples that arrived, and smooths their beginning in place if
// they follow a loss.
func (c *Concealer) Good(samples []int16) {
	if c.lost > 0 {
		c.rejoin(samples)
		c.lost = 0
	}
	c.remember(samples)
}

// Conceal fills samples that did not arrive.
func (c *Concealer) Conceal(samples []int16) {
	i := 0
	if c.lost == 0 {
		c.analyse()
		i = c.begin(samples)
	}
	for ; i < len(samples); i++ {
		samples[i] = int16(c.gain(c.lost+i) * c.next())
	}
	c.lost = min(c.lost+len(samples), fadeTo*c.span())
	c.remember(samples)
}

// Splice prepares for samples that do not follow what was heard, as something
// was left out between: the next Good blends them in.
func (c *Concealer) Splice() {
	c.analyse()
	c.lost = max(c.lost, 1)
}

// begin overlaps the mirrored past with the first quarter period, and tells
// how many samples it wrote.
func (c *Concealer) begin(samples []int16) int {
	n := min(c.pitch/4, len(samples))
	for i := range n {
		w := float32(i+1) / float32(n)
		samples[i] = int16((1-w)*float32(c.past[len(c.past)-1-i]) + w*c.next())
	}
	return n
}

// rejoin fades from the concealment into the samples that came.
func (c *Concealer) rejoin(samples []int16) {
	n := min(c.pitch/4, len(samples))
	for i := range n {
		w := float32(i+1) / float32(n)
		samples[i] = int16((1-w)*c.gain(c.lost+i)*c.next() + w*float32(samples[i]))
	}
}

// next is the repeated period's next sample, before fading.
func (c *Concealer) next() float32 {
	s := c.period[c.offset]
	if c.offset++; c.offset >= c.pitch {
		c.offset = 0
	}
	return s
}

// gain at so many samples into the loss.
func (c *Concealer) gain(lost int) float32 {
	lost /= c.span()
	switch {
	case lost < fadeFrom:
		return 1
	case lost >= fadeTo:
		return 0
	default:
		return 1 - float32(lost-fadeFrom)/(fadeTo-fadeFrom)
	}
}

// analyse finds the pitch and lays one period out, its last quarter blended
// with what came one period earlier so that it closes upon itself.
func (c *Concealer) analyse() {
	c.pitch, c.offset = c.findPitch(), 0
	overlap := c.pitch / 4
	last, before := c.past[len(c.past)-c.pitch:], c.past[len(c.past)-2*c.pitch:]
	for i := range c.pitch {
		c.period[i] = float32(last[i])
		if k := i - (c.pitch - overlap); k >= 0 {
			w := float32(k+1) / float32(overlap)
			c.period[i] = (1-w)*float32(last[i]) + w*float32(before[i])
		}
	}
}

// findPitch minimises the average magnitude difference, first on some samples
// and lags, 4 kHz of them, then around the best lag on all.
func (c *Concealer) findPitch() int {
	span := c.span()
	stride := 2 * span
	best := c.search(minPitch*span, maxPitch*span, stride)
	return c.search(max(best-stride+1, minPitch*span), min(best+stride-1, maxPitch*span), 1)
}

func (c *Concealer) search(from, to, stride int) int {
	best, least := from, int(^uint(0)>>1)
	compared := window * c.span()
	now := c.past[len(c.past)-compared:]
	for lag := from; lag <= to; lag += stride {
		then := c.past[len(c.past)-compared-lag:]
		sum := 0
		for i := 0; i < compared; i += stride {
			d := int(now[i]) - int(then[i])
			sum += max(d, -d)
		}
		if sum < least {
			best, least = lag, sum
		}
	}
	return best
}

func (c *Concealer) remember(samples []int16) {
	past := c.past[len(c.past)-history*c.span():]
	if len(samples) >= len(past) {
		copy(past, samples[len(samples)-len(past):])
		return
	}
	copy(past, past[len(samples):])
	copy(past[len(past)-len(samples):], samples)
}
