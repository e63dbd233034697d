package sip

import (
	"math"
	"sync/atomic"
	"time"

	"partyline/metrics/quality"
	"partyline/sfu/audio"
	"partyline/sip/internal/ivr"
	"partyline/sip/internal/leg"
)

// say lets the caller hear the phrases one after the other, in place of what
// is being said; none only stops that.
func (c *call) say(phrases []audio.Phrase) {
	c.phrases = phrases
	if len(phrases) == 0 {
		c.spoken = nil
		c.line.Play(audio.Phrase{})
		return
	}
	c.play()
}

// play begins the next phrase.
func (c *call) play() {
	c.spoken = c.line.Play(c.phrases[0])
	c.phrases = c.phrases[1:]
	c.waiting.playing()
}

// sayNext goes on after a phrase was heard.
func (c *call) sayNext() {
	c.spoken = nil
	if len(c.phrases) > 0 {
		c.play()
		return
	}
	c.step(ivr.Said{})
}

// hold takes the caller out of the mix or back into it, as the peer wants.
func (c *call) hold() {
	held := c.media.held()
	if held == !c.held.IsZero() {
		return
	}
	c.resumed()
	if held {
		c.held = time.Now()
		c.record.Holds++
		c.happened(quality.EventHeld, "")
	} else {
		c.happened(quality.EventResumed, "")
	}
	c.line.Hold(held)
	c.log.Info("call is on hold", "held", held)
	if c.seat != nil {
		c.send(c.setHold(held))
	}
	c.step(ivr.Held{On: held})
}

// resumed adds up how long the call was on hold.
func (c *call) resumed() {
	if !c.held.IsZero() {
		c.record.Held += time.Since(c.held)
		c.held = time.Time{}
	}
}

// stopwatch measures from a key, or the answer, to the first frame of what is
// said about it. The call starts it and the room's tick stops it.
type stopwatch struct {
	started atomic.Int64 // Unix ns; 0: not running
	ready   atomic.Bool  // something is being played
}

func (s *stopwatch) start(at time.Time) {
	s.ready.Store(false)
	s.started.Store(at.UnixNano())
}

// drop stops it without a result.
func (s *stopwatch) drop() { s.started.Store(0) }

func (s *stopwatch) playing() { s.ready.Store(true) }

// stop tells the time once per start, when something is being played.
func (s *stopwatch) stop() (time.Duration, bool) {
	if !s.ready.Load() {
		return 0, false
	}
	started := s.started.Swap(0)
	s.ready.Store(false)
	if started == 0 {
		return 0, false
	}
	return time.Since(time.Unix(0, started)), true
}

// briefest is what is worth a measurement at the end of a call.
const briefest = time.Second

// glance tells how the last second of the call was, and every fifth time how the
// last five were.
func (c *call) glance(now time.Time) {
	c.look(now)
	if c.glances++; c.glances%measureEvery == 0 {
		c.measure()
		c.follow()
	}
}

// look tells how the last second was.
func (c *call) look(now time.Time) {
	if c.line == nil {
		return
	}
	sample, keyed, ok := c.media.leg.Glance(now)
	if !ok {
		return
	}
	sound, marks := c.g.conference.Glance(c.line)
	sample.Said.Buffer, sample.Said.Late = sound.Buffer, max(sample.Said.Late, sound.Late)
	sample.Said.Concealed = besideKeys(sound.Concealed, keyed, sample.Span)
	sample.Marks |= marks
	if c.seat == nil {
		return
	}
	var at quality.Key
	at.Room, at.Participant = c.seat.Place()
	c.g.observer.Glanced(at, sample)
}

// measure tells how the last five seconds of the call were: on the network, as
// its leg has it, and in the room, as its line has it.
func (c *call) measure() {
	if c.line == nil {
		return
	}
	sample := c.media.leg.Measure(time.Now())
	sound, marks := c.g.conference.Sound(c.line, sample.Span)
	c.media.leg.Buffered(sound.Buffer)
	said := &sample.Said
	said.Level, said.Swing, said.Clipped, said.Talking = sound.Level, sound.Swing, sound.Clipped, sound.Talking
	said.Buffer, said.Late = sound.Buffer, max(said.Late, sound.Late)
	said.Concealed = besideKeys(sound.Concealed, c.media.leg.Keyed(), sample.Span)
	sample.Marks |= marks
	if c.seat == nil || sample.Span < briefest {
		return
	}
	if c.placed() && !c.record.Entered.IsZero() {
		c.progressed()
	}
	c.account.Add(&sample, quality.CodecOf(c.record.Codec.String()))
	c.g.observer.Measured(c.record.Place, sample)
}

// besideKeys is the share of the sound that was made up and had been on its way:
// while a key is down there is none.
func besideKeys(concealed float64, keyed, span time.Duration) float64 {
	if span <= 0 {
		return concealed
	}
	return max(0, concealed-float64(keyed)/float64(span))
}

// placed notes where the call is now, and tells whether that has changed.
func (c *call) placed() bool {
	if c.seat == nil {
		return false
	}
	before := c.record.Place
	c.record.Place.Room, c.record.Place.Participant = c.seat.Place()
	return c.record.Place != before
}

func qualityOf(s leg.Statistics) Quality {
	return Quality{
		Received: s.Received, Sent: s.Sent, Lost: s.Lost, Jitter: s.Jitter,
		RemoteLoss: s.RemoteLoss, RemoteJitter: s.RemoteJitter, RoundTrip: s.RoundTrip,
		Strangers: s.Strangers, Malformed: s.Malformed,
	}
}

// The loudness of prompts, which names in the callers' own voices are brought to.
const (
	nameLevel = 20  // -dBov
	nameFloor = 45  // -dBov: what is quieter is no speech
	nameGain  = 4.0 // at most, or it would be noise
)

// evened is a spoken name as loud as the prompts around it.
func evened(spoken []audio.Frame) []audio.Frame {
	var sum float64
	loud := 0
	for i := range spoken {
		if spoken[i].Level() <= nameFloor {
			for _, s := range spoken[i] {
				sum += float64(s) * float64(s)
			}
			loud++
		}
	}
	if loud == 0 {
		return spoken
	}
	level := math.Sqrt(sum/float64(loud*audio.FrameSamples)) / (math.MaxInt16 + 1)
	gain := min(math.Pow(10, -nameLevel/20.0)/level, nameGain)
	louder := make([]audio.Frame, len(spoken))
	for i := range spoken {
		for j, s := range spoken[i] {
			louder[i][j] = int16(min(max(gain*float64(s), math.MinInt16), math.MaxInt16))
		}
	}
	return louder
}
