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
	loudness     loudness.Gauge
	of           intake       // whose figures these are:
	before       jitter.Stats // at the last take
	ticks, muted int
	clipping     clipping
	behind       bool // the tick was, once at least
}

// account notes a tick of the line. The mutex is held.
func (l *line) account() {
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
	var stats jitter.Stats
	if now != nil {
		stats = now.stats()
	}
	if g.of != now {
		g.before = jitter.Stats{}
	}
	s.Late = stats.Late - g.before.Late
	if played := stats.Packets - g.before.Packets; played > 0 {
		s.Buffer = (stats.Waited - g.before.Waited) / time.Duration(played)
	} else if stats.Received-g.before.Received >= minReported {
		marks |= quality.Unheard
	}
	made := stats.Concealed - g.before.Concealed
	if all := made + stats.Played - g.before.Played; all > 0 {
		s.Concealed = float64(made) / float64(all)
	}
	*g = soundGauge{loudness: g.loudness, of: now, before: stats}
	return s, marks
}
