package sfu

import (
	"sync"
	"sync/atomic"
	"time"

	"partyline/sfu/audio"
	"partyline/sfu/internal/vad"
)

// How a capture is cut, in frames.
const (
	captureSilence = int(800 * time.Millisecond / audio.FrameDuration) // after speech ends it
	captureBefore  = int(200 * time.Millisecond / audio.FrameDuration) // is kept before a voice
	captureAfter   = int(100 * time.Millisecond / audio.FrameDuration) // and after the last one
)

// capture is what a phone says for a while.
type capture struct {
	left   int // frames until its limit
	done   func([]audio.Frame)
	voice  vad.Detector
	spoken bool
	silent int // frames since the last voice
	frames []audio.Frame
}

// hear takes a frame in and tells whether that was the last.
func (c *capture) hear(frame *audio.Frame, level audio.Level) bool {
	if c.voice.Hear(level) {
		c.spoken, c.silent = true, 0
	} else {
		c.silent++
	}
	if !c.spoken && len(c.frames) == captureBefore {
		copy(c.frames, c.frames[1:])
		c.frames = c.frames[:captureBefore-1]
	}
	c.frames = append(c.frames, *frame)
	c.left--
	return c.left <= 0 || c.spoken && c.silent >= captureSilence
}

// end hands over what was said.
func (c *capture) end() {
	if c == nil || c.done == nil {
		return
	}
	if !c.spoken {
		c.done(nil)
		return
	}
	c.done(c.frames[:len(c.frames)-max(c.silent-captureAfter, 0)])
}

// captures is a line's capture and the one that is to take over.
type captures struct {
	wanted atomic.Bool // there may be any

	mu     sync.Mutex // guards next and closed
	next   *capture
	closed bool

	now *capture // of the line's tick
}

// begin has c take over at the next tick.
func (s *captures) begin(c *capture) {
	s.mu.Lock()
	instead := s.next
	if s.closed {
		instead = c
	} else {
		s.next = c
		s.wanted.Store(true)
	}
	s.mu.Unlock()
	instead.end()
}

// turn gives the capture of this tick, nil if there is none, and tells whether
// it has just begun.
func (s *captures) turn() (now *capture, begun bool) {
	s.mu.Lock()
	next := s.next
	s.next = nil
	s.mu.Unlock()
	if next != nil {
		s.now.end()
		s.now = next
	}
	return s.now, next != nil
}

// finish ends the capture of this tick.
func (s *captures) finish() {
	now := s.now
	s.now = nil
	s.mu.Lock()
	s.wanted.Store(s.next != nil)
	s.mu.Unlock()
	now.end()
}

// close ends all there are; the line is not served any more.
func (s *captures) close() {
	s.mu.Lock()
	next := s.next
	s.next, s.closed = nil, true
	s.wanted.Store(false)
	s.mu.Unlock()
	s.now.end()
	s.now = nil
	next.end()
}

// Capture implements audio.Line.
func (l *line) Capture(limit time.Duration, done func([]audio.Frame)) {
	l.captures.begin(&capture{left: int(limit / audio.FrameDuration), done: done})
}

// record keeps what the phone says at this tick, if somebody wants it; nil is
// silence.
func (l *line) record(heard *audio.Frame, level audio.Level) {
	if !l.captures.wanted.Load() {
		return
	}
	c, _ := l.captures.turn()
	if c == nil {
		return
	}
	if c.left <= 0 {
		l.captures.finish()
		return
	}
	if heard == nil {
		heard = &audio.Frame{}
	}
	if c.hear(heard, level) {
		l.captures.finish()
	}
}

// overhear is a tick in the foyer, where a phone is heard only to be captured.
func (l *line) overhear(now time.Time) {
	if !l.captures.wanted.Load() {
		return
	}
	if _, begun := l.captures.turn(); begun {
		l.mu.Lock()
		if l.intake != nil {
			l.intake.reset()
		}
		l.mu.Unlock()
	}
	level, _ := l.pull(now)
	var heard *audio.Frame
	if l.pulled != nil {
		heard = &l.overheard.frame
		l.speak(heard)
	}
	l.record(heard, level)
}
