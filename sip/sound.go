package sip

import (
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
	if held == c.held {
		return
	}
	c.held = held
	c.line.Hold(held)
	c.log.Info("call is on hold", "held", held)
	if c.seat != nil {
		c.send(c.setHold(held))
	}
}

// ear is the call's leg with a stopwatch on it.
type ear struct {
	leg  *leg.Leg
	call *call
}

// Hear sends a frame to the phone.
func (e *ear) Hear(mix *audio.Mix) {
	e.leg.Hear(mix)
	if waited, ok := e.call.waiting.stop(); ok {
		e.call.g.observer.Prompted(waited)
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

// measure classifies the last five seconds of the call's sound.
func (c *call) measure() {
	now := c.media.leg.Statistics()
	class := classify(c.measured, now)
	c.measured = now
	if c.seat != nil {
		room, participant := c.seat.Place()
		c.g.observer.Measured(room, participant, class)
	}
}

// classify judges what lies between two measurements, by the limits that the
// classes are documented with.
func classify(before, now leg.Statistics) quality.Class {
	received := now.Received - before.Received
	lost := max(now.Lost-before.Lost, 0)
	if received == 0 {
		return quality.Unclassified
	}
	loss := max(float64(lost)/float64(uint64(lost)+received), now.RemoteLoss)
	jitter := max(now.Jitter, now.RemoteJitter)
	switch {
	case loss > 0.10 || now.RoundTrip > 500*time.Millisecond || jitter > 2*jitterLimit:
		return quality.Poor
	case loss > 0.03 || now.RoundTrip > 300*time.Millisecond || jitter > jitterLimit:
		return quality.Degraded
	default:
		return quality.Good
	}
}

// jitterLimit is what a jitter buffer swallows unnoticed.
const jitterLimit = 30 * time.Millisecond

func qualityOf(s leg.Statistics) Quality {
	return Quality{
		Received: s.Received, Sent: s.Sent, Lost: s.Lost, Jitter: s.Jitter,
		RemoteLoss: s.RemoteLoss, RemoteJitter: s.RemoteJitter, RoundTrip: s.RoundTrip,
		Strangers: s.Strangers, Malformed: s.Malformed,
	}
}
