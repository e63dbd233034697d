package sfu

import (
	"fmt"
	"time"

	"partyline/sfu/audio"
	"partyline/sfu/g711"
	"partyline/sfu/internal/halfband"
	"partyline/sfu/internal/jitter"
	"partyline/sfu/internal/mix"
	"partyline/sfu/internal/plc"
	"partyline/sfu/opus"
)

// When somebody is an input of the mix at all.
const (
	// quietLevel is below what anybody calls a voice: -62 dBov, as the stage
	// has it for its slots.
	quietLevel audio.Level = 62
	// gateHang is how many ticks an input stays open after its last voice.
	gateHang = 15
)

// gate closes an input that has nothing but the noise of its line.
type gate struct{ left int }

func (g *gate) open(level audio.Level) bool {
	if level <= quietLevel {
		g.left = gateHang
	} else if g.left > 0 {
		g.left--
	}
	return g.left > 0
}

// intake is what comes from a phone: one of two ways from packets to frames.
type intake interface {
	// put takes a packet in and tells its level, or false if that is not
	// known before it is decoded.
	put(p audio.Packet) (audio.Level, bool)
	// pull takes the tick at now off the jitter buffer and tells its level.
	pull(now time.Time) audio.Level
	// frame decodes what was pulled.
	frame(out *audio.Frame)
	reset()
}

func newIntake(c audio.Codec) (intake, error) {
	if law := g711.ForCodec(c); law != nil {
		return &g711Intake{law: law, buffer: jitter.New(c.ClockRate())}, nil
	}
	if c != audio.Opus {
		return nil, fmt.Errorf("codec %v cannot be heard", c)
	}
	return newOpusIntake()
}

const (
	narrowFrame = audio.FrameSamples / 2               // samples of a tick at 8 kHz
	narrowTick  = time.Second / (audio.Rate / 2)       // one of them
	narrowMost  = 120*narrowFrame/20 + narrowFrame     // queued: the longest packet and a rest
	wideTick    = time.Second / audio.Rate             // one sample of the bus
	wideMost    = opus.MaxSamples + audio.FrameSamples // queued likewise
)

// part is what a queued sample is.
type part = jitter.Kind

// g711Intake queues coded samples: one byte each, they can be cut anywhere, so
// a packet of any length fits the tick, and nothing is decoded before somebody
// wants to hear it.
type g711Intake struct {
	law    *g711.Law
	buffer *jitter.Buffer

	codes  [narrowMost]byte
	parts  [narrowMost]part
	queued int

	tick      [narrowFrame]byte // the tick pulled last
	tickParts [narrowFrame]part
	splice    bool

	concealer plc.Concealer
	up        halfband.Up
}

func (g *g711Intake) put(p audio.Packet) (audio.Level, bool) {
	if len(p.Payload) == 0 || len(p.Payload) > narrowMost-narrowFrame {
		return audio.Silence, false
	}
	level := g.law.Level(p.Payload)
	g.buffer.Put(jitter.Packet{
		Stream: uint64(p.SSRC), Sequence: p.Sequence, Timestamp: p.Timestamp,
		Duration: uint32(len(p.Payload)), Quiet: level > quietLevel-10,
		Payload: p.Payload, Arrival: p.Arrival,
	})
	return level, true
}

func (g *g711Intake) pull(now time.Time) audio.Level {
	for g.queued < narrowFrame {
		item := g.buffer.Next(now, time.Duration(g.queued)*narrowTick)
		n := min(int(item.Duration), narrowMost-g.queued)
		codes, parts := g.codes[g.queued:g.queued+n], g.parts[g.queued:g.queued+n]
		if item.Kind == jitter.Sound {
			copy(codes, item.Payload)
			g.splice = g.splice || item.Spliced
		} else {
			fill(codes, g.law.Silence())
		}
		fill(parts, item.Kind)
		g.queued += n
	}
	copy(g.tick[:], g.codes[:])
	copy(g.tickParts[:], g.parts[:])
	copy(g.codes[:], g.codes[narrowFrame:g.queued])
	copy(g.parts[:], g.parts[narrowFrame:g.queued])
	g.queued -= narrowFrame
	return g.law.Level(g.tick[:])
}

// frame decodes the tick in runs of what arrived and what did not. Where it
// was left out for a while, the filters' old tails fall under the fade.
func (g *g711Intake) frame(out *audio.Frame) {
	var narrow [narrowFrame]int16
	g.law.Decode(narrow[:], g.tick[:])
	if g.splice {
		g.concealer.Splice()
		g.splice = false
	}
	for from := 0; from < narrowFrame; {
		to := from + 1
		for to < narrowFrame && g.tickParts[to] == g.tickParts[from] {
			to++
		}
		if g.tickParts[from] == jitter.Loss {
			g.concealer.Conceal(narrow[from:to])
		} else {
			g.concealer.Good(narrow[from:to])
		}
		from = to
	}
	g.up.Process(out[:], narrow[:])
}

func (g *g711Intake) reset() {
	g.buffer.Reset()
	g.queued, g.splice = 0, false
	g.concealer, g.up = plc.Concealer{}, halfband.Up{}
}

func fill[T any](s []T, v T) {
	for i := range s {
		s[i] = v
	}
}

// opusIntake decodes as it is pulled: Opus packets cannot be cut.
type opusIntake struct {
	buffer  *jitter.Buffer
	decoder *opus.Decoder
	queue   [wideMost]int16
	queued  int
	tick    audio.Frame
}

func newOpusIntake() (*opusIntake, error) {
	decoder, err := opus.NewDecoder()
	if err != nil {
		return nil, err
	}
	return &opusIntake{decoder: decoder, buffer: jitter.New(audio.Opus.ClockRate())}, nil
}

func (o *opusIntake) put(p audio.Packet) (audio.Level, bool) {
	o.take(uint64(p.SSRC), p.Sequence, p.Timestamp, false, p.Payload, p.Arrival)
	return audio.Silence, false
}

// take puts an Opus packet in, from a phone or a browser.
func (o *opusIntake) take(stream uint64, seq uint16, ts uint32, quiet bool, payload []byte, arrival time.Time) {
	dtx := opus.Quiet(payload)
	o.buffer.Put(jitter.Packet{
		Stream: stream, Sequence: seq, Timestamp: ts,
		Duration: uint32(opus.Duration(payload)) * 48, Quiet: quiet || dtx, DTX: dtx,
		Payload: payload, Arrival: arrival,
	})
}

func (o *opusIntake) pull(now time.Time) audio.Level {
	for o.queued < audio.FrameSamples {
		item := o.buffer.Next(now, time.Duration(o.queued)*wideTick)
		o.queued += o.decode(item, o.queue[o.queued:])
	}
	copy(o.tick[:], o.queue[:])
	copy(o.queue[:], o.queue[audio.FrameSamples:o.queued])
	o.queued -= audio.FrameSamples
	return o.tick.Level()
}

// decode writes an item's samples to dst and tells how many. What cannot be
// decoded is concealed; what cannot be concealed is silence.
func (o *opusIntake) decode(item jitter.Item, dst []int16) int {
	n := max(int(item.Duration)/3, 1)
	if item.Kind == jitter.Sound {
		if samples, err := o.decoder.Decode(dst[:opus.MaxSamples], item.Payload); err == nil {
			return len(samples)
		}
	}
	dst = dst[:n]
	clear(dst)
	whole := dst[:n-n%(audio.Rate/400)] // concealment goes in steps of 2.5 ms
	if item.Kind == jitter.Silence || len(whole) == 0 {
		return n
	}
	var err error
	if item.Kind == jitter.Loss && item.Payload != nil {
		err = o.decoder.Recover(whole, item.Payload)
	} else {
		err = o.decoder.Conceal(whole)
	}
	if err != nil {
		clear(dst)
	}
	return n
}

func (o *opusIntake) frame(out *audio.Frame) { *out = o.tick }

func (o *opusIntake) reset() {
	o.buffer.Reset()
	o.queued = 0
	_ = o.decoder.Reset() // gopus cannot fail here, and libopus makes a new one
}

// utterance is an input's sound of this tick.
type utterance struct {
	frame audio.Frame
	on    bool // was in the mix at the tick before
	in    bool // is in the mix now
}

// say makes the utterance part of the tick, or not: ramped where it begins and
// where it ends. sound decodes into the frame.
func (u *utterance) say(want bool, sound func(*audio.Frame)) {
	u.in = want || u.on
	if !u.in {
		return
	}
	sound(&u.frame)
	mix.Fade(&u.frame, u.on, want)
	u.on = want
}
