package sfu

import (
	"fmt"
	"time"

	"partyline/sfu/audio"
	"partyline/sfu/internal/jitter"
	"partyline/sfu/internal/mix"
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
	// pull takes the tick at now off the jitter buffer and tells its level,
	// and whether put had told it already.
	pull(now time.Time) (audio.Level, bool)
	// frame decodes what was pulled. It is called once for each pull at most.
	frame(out *audio.Frame)
	// stats are those of the jitter buffer.
	stats() jitter.Stats
	reset()
}

// takes tells whether an intake goes on when a packet of codec c comes.
func takes(in intake, c audio.Codec) bool {
	switch c {
	case audio.PCMU, audio.PCMA, audio.G722:
		_, octets := in.(*octetIntake)
		return octets
	case audio.Opus:
		_, packets := in.(*opusIntake)
		return packets
	default:
		return in != nil && c == audio.CN
	}
}

func newIntake(c audio.Codec) (intake, error) {
	switch c {
	case audio.PCMU, audio.PCMA, audio.G722, audio.CN:
		return newOctetIntake(), nil
	case audio.Opus:
		return newOpusIntake()
	default:
		return nil, fmt.Errorf("codec %v cannot be heard", c)
	}
}

const (
	wideTick = time.Second / audio.Rate             // one sample of the bus
	wideMost = opus.MaxSamples + audio.FrameSamples // queued: the longest packet and a rest
)

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
	if p.Codec == audio.CN { // Opus has a silence of its own
		return audio.Silence, false
	}
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

func (o *opusIntake) pull(now time.Time) (audio.Level, bool) {
	for o.queued < audio.FrameSamples {
		item := o.buffer.Next(now, time.Duration(o.queued)*wideTick)
		o.queued += o.decode(item, o.queue[o.queued:])
	}
	copy(o.tick[:], o.queue[:])
	copy(o.queue[:], o.queue[audio.FrameSamples:o.queued])
	o.queued -= audio.FrameSamples
	return o.tick.Level(), false
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

func (o *opusIntake) stats() jitter.Stats { return o.buffer.Stats() }

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
