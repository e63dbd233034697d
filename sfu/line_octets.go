package sfu

import (
	"math"
	"time"

	"partyline/sfu/audio"
	"partyline/sfu/g711"
	"partyline/sfu/g722"
	"partyline/sfu/internal/halfband"
	"partyline/sfu/internal/jitter"
	"partyline/sfu/internal/mix"
	"partyline/sfu/internal/plc"
)

const (
	narrowFrame = audio.FrameSamples / 2           // octets of a tick, and its samples at 8 kHz
	narrowTick  = time.Second / (audio.Rate / 2)   // one of them
	narrowMost  = 120*narrowFrame/20 + narrowFrame // queued: the longest packet and a rest
)

// part is what a queued octet is: something that was not said or did not come,
// or, from coded on, of which codec it is.
type part uint8

const (
	hushed part = iota
	noisy       // the sender paused and told how noisy it is there
	lost
	coded
)

func (p part) codec() audio.Codec { return audio.Codec(p - coded) }

// octetIntake takes the codecs that have one octet for 125 µs, both laws of
// G.711 and G.722, as they come, and comfort noise between them. It queues
// octets: they can be cut anywhere, so a packet of any length fits the tick,
// and a sender may change its codec from one packet to the next. G.711 is not
// decoded before somebody wants to hear it; G.722 has a state that goes on.
type octetIntake struct {
	buffer *jitter.Buffer

	octets [narrowMost]byte
	parts  [narrowMost]part
	queued int

	tick      [narrowFrame]byte // the tick pulled last
	even      bool              // all of it is the same, and only the first part is set
	tickParts [narrowFrame]part
	splice    bool // something was left out before it

	noise comfort
	sound voicing
	ready bool // the tick is decoded already, in frame
	whole audio.Frame
}

func newOctetIntake() *octetIntake {
	return &octetIntake{buffer: jitter.New(audio.PCMU.ClockRate()), noise: comfort{level: audio.Silence}}
}

// paused is how long a packet of comfort noise is, in octets: it says what
// comes from now on, and the timestamp of the next packet says until when.
const paused = 1

func (o *octetIntake) put(p audio.Packet) (audio.Level, bool) {
	if len(p.Payload) == 0 || len(p.Payload) > narrowMost-narrowFrame {
		return audio.Silence, false
	}
	packet := jitter.Packet{
		Stream: uint64(p.SSRC), Sequence: p.Sequence, Timestamp: p.Timestamp,
		Duration: uint32(len(p.Payload)), Payload: p.Payload, Arrival: p.Arrival,
	}
	level, known := audio.Silence, false
	if p.Codec == audio.CN {
		packet.Duration, packet.Quiet, packet.DTX = paused, true, true
	} else if law := g711.ForCodec(p.Codec); law != nil {
		level, known = law.Level(p.Payload), true
		packet.Quiet = level > quietLevel-10
	}
	packet.Tag = uint16(p.Codec)<<8 | uint16(level)
	o.buffer.Put(packet)
	return level, known
}

func (o *octetIntake) pull(now time.Time) (audio.Level, bool) {
	level, wide := o.next(now)
	if o.ready = wide || o.sound.wide; o.ready {
		o.decode(&o.whole)
		return o.whole.Level(), false
	}
	return level, true
}

// next fills the tick and tells the level of its loudest G.711, and whether it
// has any G.722. Nearly always it is one packet, which needs no queue.
func (o *octetIntake) next(now time.Time) (level audio.Level, wide bool) {
	if o.queued == 0 {
		item := o.buffer.Next(now, 0)
		p := o.classify(item)
		if o.even = item.Duration == narrowFrame; o.even {
			copy(o.tick[:], item.Payload)
			o.tickParts[0] = p
			if p < coded {
				return audio.Silence, false
			}
			return audio.Level(item.Tag & 0xFF), p.codec() == audio.G722
		}
		o.queue(item, p)
	}
	o.even = false
	for o.queued < narrowFrame {
		item := o.buffer.Next(now, time.Duration(o.queued)*narrowTick)
		o.queue(item, o.classify(item))
	}
	copy(o.tick[:], o.octets[:])
	copy(o.tickParts[:], o.parts[:])
	copy(o.octets[:], o.octets[narrowFrame:o.queued])
	copy(o.parts[:], o.parts[narrowFrame:o.queued])
	o.queued -= narrowFrame
	return o.level()
}

// queue keeps what the jitter buffer gives for this tick and those after it.
func (o *octetIntake) queue(item jitter.Item, p part) {
	n := min(int(item.Duration), narrowMost-o.queued)
	copy(o.octets[o.queued:o.queued+n], item.Payload)
	fill(o.parts[o.queued:o.queued+n], p)
	o.queued += n
}

// classify tells what the jitter buffer gives.
func (o *octetIntake) classify(item jitter.Item) part {
	switch codec := audio.Codec(item.Tag >> 8); {
	case item.Kind == jitter.Loss:
		return lost
	case item.Kind == jitter.Sound && codec == audio.CN:
		o.noise.tell(item.Payload)
		return noisy
	case item.Kind == jitter.Sound:
		o.noise.level = audio.Silence
		o.splice = o.splice || item.Spliced
		return coded + part(codec)
	case o.noise.level < audio.Silence:
		return noisy
	default:
		return hushed
	}
}

// level is that of the tick's loudest G.711, and whether it has any G.722.
func (o *octetIntake) level() (level audio.Level, wide bool) {
	level = audio.Silence
	for from := 0; from < narrowFrame; {
		p, to := o.run(from)
		if p > coded {
			if law := g711.ForCodec(p.codec()); law != nil {
				level = min(level, law.Level(o.tick[from:to]))
			} else {
				wide = true
			}
		}
		from = to
	}
	return level, wide
}

// run is what the octets from one on are, and where others begin.
func (o *octetIntake) run(from int) (p part, to int) {
	p = o.tickParts[from]
	if o.even {
		return p, narrowFrame
	}
	for to = from + 1; to < narrowFrame && o.tickParts[to] == p; to++ {
	}
	return p, to
}

// frame gives the tick. Where G.711 was left out for a while, the filters' old
// tails fall under the fade.
func (o *octetIntake) frame(out *audio.Frame) {
	if o.ready {
		*out = o.whole
		return
	}
	o.decode(out)
}

// decode takes the tick in runs of what arrived and what did not.
func (o *octetIntake) decode(out *audio.Frame) {
	if o.splice {
		o.sound.rejoin()
		o.splice = false
	}
	for from := 0; from < narrowFrame; {
		p, to := o.run(from)
		dst := out[2*from : 2*to]
		switch p {
		case lost:
			o.sound.conceal(dst)
		case hushed, noisy:
			o.sound.pause(dst, &o.noise, p == noisy)
		default:
			o.sound.decode(dst, p.codec(), o.tick[from:to])
		}
		from = to
	}
}

func (o *octetIntake) stats() jitter.Stats { return o.buffer.Stats() }

func (o *octetIntake) reset() {
	o.buffer.Reset()
	o.queued, o.splice, o.ready = 0, false, false
	o.noise, o.sound = comfort{level: audio.Silence}, voicing{}
}

// voicing makes sound of octets on one of two ways, for narrow and wide band.
// Whatever begins, ends or changes within a word is blended with what was
// heard before, so that nothing clicks.
type voicing struct {
	wide   bool
	silent bool  // nothing is being said
	last   int16 // sample that came out

	narrow  plc.Concealer
	up      halfband.Up
	broad   plc.Concealer
	decoder g722.Decoder
}

func (v *voicing) concealer() *plc.Concealer {
	if v.wide {
		return &v.broad
	}
	return &v.narrow
}

// rejoin prepares for sound that does not follow what was heard.
func (v *voicing) rejoin() { v.concealer().Splice() }

// decode writes what octets mean to dst, two samples for each.
func (v *voicing) decode(dst []int16, c audio.Codec, octets []byte) {
	wide := c == audio.G722
	anew := v.silent || wide != v.wide
	if wide != v.wide {
		*v = voicing{wide: wide, last: v.last, broad: plc.Wide()}
	}
	v.silent = false
	if wide {
		v.decoder.Decode(dst, octets)
		v.broad.Good(dst)
	} else {
		var narrow [narrowFrame]int16
		g711.ForCodec(c).Decode(narrow[:], octets)
		if anew { // the filter after it has a delay: fade in before it as well
			mix.Join(narrow[:len(octets)], 0)
		}
		v.narrow.Good(narrow[:len(octets)])
		v.up.Process(dst, narrow[:len(octets)])
	}
	if anew {
		mix.Join(dst, v.last)
	}
	v.last = dst[len(dst)-1]
}

// conceal fills dst where octets did not come.
func (v *voicing) conceal(dst []int16) {
	if v.wide {
		v.broad.Conceal(dst)
	} else {
		var narrow [narrowFrame]int16
		v.narrow.Conceal(narrow[:len(dst)/2])
		v.up.Process(dst, narrow[:len(dst)/2])
	}
	v.last = dst[len(dst)-1]
}

// pause fills dst where nothing was said.
func (v *voicing) pause(dst []int16, noise *comfort, noisy bool) {
	if !v.silent {
		v.rejoin()
		v.silent = true
	}
	if v.wide {
		noise.fill(dst, noisy)
		v.broad.Good(dst)
	} else {
		var narrow [narrowFrame]int16
		noise.fill(narrow[:len(dst)/2], noisy)
		v.narrow.Good(narrow[:len(dst)/2])
		v.up.Process(dst, narrow[:len(dst)/2])
	}
	v.last = dst[len(dst)-1]
}

// loudestNoise is what comfort noise is cut to: nobody's comfort is louder.
const loudestNoise audio.Level = 45

// comfort is the noise of a sender that pauses, RFC 3389: white, as loud as it
// said. What it said about the colour is left out; the room's gate closes
// over it a moment later.
type comfort struct {
	level     audio.Level // Silence: none
	amplitude float32
	seed      uint32
}

// tell takes a payload of RFC 3389 section 3 in.
func (c *comfort) tell(payload []byte) {
	c.level = max(audio.Level(payload[0]&0x7F), loudestNoise)
	c.amplitude = float32(math.Sqrt(3) * math.Pow(2, 15) * math.Pow(10, -float64(c.level)/20))
}

// fill writes noise to dst, or silence.
func (c *comfort) fill(dst []int16, noisy bool) {
	if !noisy {
		clear(dst)
		return
	}
	for i := range dst {
		c.seed = c.seed*1664525 + 1013904223
		dst[i] = int16(float32(int32(c.seed)) / (1 << 31) * c.amplitude)
	}
}
