package health

import (
	"sync"
	"time"

	"partyline/metrics/quality"
)

// Pulse counts what happened in the last minutes, for the picture of this
// moment. It is a quality.Observer, and may be used from any goroutine.
type Pulse struct {
	now func() time.Time

	mu      sync.Mutex // guards what follows
	seconds [15 * 60]beat
}

var _ quality.Observer = (*Pulse)(nil)

// beat is what happened in one second.
type beat struct {
	second                                   int64 // Unix time; an older one has been forgotten
	joins, calls, failed, refused, forgotten int
}

// NewPulse makes a pulse that has counted nothing. The clock may be nil for the
// real one.
func NewPulse(clock func() time.Time) *Pulse {
	if clock == nil {
		clock = time.Now
	}
	return &Pulse{now: clock}
}

// Classed is quality.Observer.
func (*Pulse) Classed(quality.Leg, quality.Class) {}

// Scored is quality.Observer.
func (*Pulse) Scored(quality.Leg, quality.Sample, quality.Score) {}

// Finished is quality.Observer.
func (*Pulse) Finished(quality.Record) {}

// Entered counts somebody's way in.
func (p *Pulse) Entered(join quality.Join) {
	p.count(func(b *beat) {
		switch {
		case join.Failed != "":
			b.failed++
		case join.Kind == quality.Phone:
			b.calls++
		default:
			b.joins++
		}
	})
}

// Refused counts what was not believed.
func (p *Pulse) Refused(quality.Refusal) { p.count(func(b *beat) { b.refused++ }) }

// Forgotten counts samples that could not be kept.
func (p *Pulse) Forgotten(samples int) { p.count(func(b *beat) { b.forgotten += samples }) }

func (p *Pulse) count(add func(*beat)) {
	second := p.now().Unix()
	p.mu.Lock()
	defer p.mu.Unlock()
	b := &p.seconds[second%int64(len(p.seconds))]
	if b.second != second {
		*b = beat{second: second}
	}
	add(b)
}

// last sums up what happened in the last while, at most a quarter of an hour.
func (p *Pulse) last(while time.Duration) (sum beat) {
	now := p.now().Unix()
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.seconds {
		if b := &p.seconds[i]; b.second > now-int64(while/time.Second) && b.second <= now {
			sum.joins += b.joins
			sum.calls += b.calls
			sum.failed += b.failed
			sum.refused += b.refused
			sum.forgotten += b.forgotten
		}
	}
	return sum
}
