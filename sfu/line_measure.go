package sfu

import (
	"time"

	"partyline/metrics/quality"
	"partyline/sfu/audio"
	"partyline/sfu/internal/jitter"
	"partyline/sfu/internal/loudness"
)

// soundGauge measures what a phone says, as far as it is looked at. The line's
// mutex guards it.
type soundGauge struct {
	loudness       loudness.Gauge
	taken, glanced counted
	ticks, muted   int
	clipping       clipping
	behind         bool // the tick was, once at least
}

// counted is how far an intake had come when it was looked at.
type counted struct {
	of intake // nil: none
	at jitter.Stats
}

// since is what an intake has done since the last time, which is now.
func (c *counted) since(of intake) (did jitter.Stats) {
	now := counted{of: of}
	if of != nil {
		now.at = of.stats()
	}
	before := c.at
	if c.of != of {
		before = jitter.Stats{}
	}
	*c = now
	return jitter.Stats{
		Received: now.at.Received - before.Received, Late: now.at.Late - before.Late, Packets: now.at.Packets - before.Packets,
		Waited: now.at.Waited - before.Waited, Played: now.at.Played - before.Played, Concealed: now.at.Concealed - before.Concealed,
	}
}

// sounded is what became of the packets.
func sounded(did jitter.Stats, s *quality.Stream) {
	s.Late = did.Late
	if did.Packets > 0 {
		s.Buffer = did.Waited / time.Duration(did.Packets)
	}
	if all := did.Concealed + did.Played; all > 0 {
		s.Concealed = float64(did.Concealed) / float64(all)
	}
}

// account notes a tick of the line. The mutex is held.
func (l *line) account() {
	if l.hub.blind.Load() {
		return
	}
	g := &l.gauge
	if source := l.source.Load(); source != nil {
		g.ticks++
		if source.muted.Load() {
			g.muted++
		}
	}
	g.behind = g.behind || l.room != nil && l.room.behind
	g.clipping.samples += l.clipping.samples
	g.clipping.clipped += l.clipping.clipped
	l.clipping = clipping{}
}

// clipping counts samples at full scale among those that were decoded.
type clipping struct{ samples, clipped int }

// fullScale is the magnitude from which a sample counts as clipped: the
// loudest codes of G.711 stand for 32124 and 32256.
const fullScale = 32000

// look counts a frame's.
func (c *clipping) look(frame *audio.Frame) {
	clipped := 0
	for _, s := range frame {
		if s >= fullScale || s <= -fullScale {
			clipped++
		}
	}
	c.samples += len(frame)
	c.clipped += clipped
}

// Sound tells how what a phone says was, since the last time it was asked, span
// ago: how loud, how much of it had to be made up, and how long it waited in the
// jitter buffer. It knows nothing of packets; where nobody listened, it knows
// nothing at all.
func (h *Hub) Sound(of audio.Line, span time.Duration) (quality.Stream, quality.Marks) {
	l, err := h.own(of)
	if err != nil {
		return quality.Stream{Level: quality.Unknown}, 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.gauge.take(l.intake, span)
}

// Glance tells how what a phone says was made of what came, since the last
// glance, and whether it is muted. The interval of Sound goes on.
func (h *Hub) Glance(of audio.Line) (s quality.Stream, marks quality.Marks) {
	s.Level = quality.Unknown
	l, err := h.own(of)
	if err != nil {
		return s, 0
	}
	if source := l.source.Load(); source != nil && source.muted.Load() {
		marks = quality.Muted
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	sounded(l.gauge.glanced.since(l.intake), &s)
	return s, marks
}

// take ends an interval.
func (g *soundGauge) take(now intake, span time.Duration) (s quality.Stream, marks quality.Marks) {
	g.loudness.Take(span, &s)
	if g.clipping.samples > 0 {
		s.Clipped = float64(g.clipping.clipped) / float64(g.clipping.samples)
	}
	if g.ticks > 0 && g.muted == g.ticks {
		marks |= quality.Muted
	}
	if g.behind {
		marks |= quality.Overloaded
	}
	did := g.taken.since(now)
	sounded(did, &s)
	if did.Packets == 0 && did.Received >= minReported {
		marks |= quality.Unheard
	}
	*g = soundGauge{loudness: g.loudness, taken: g.taken, glanced: g.glanced}
	return s, marks
}
