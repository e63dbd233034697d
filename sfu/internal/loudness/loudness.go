// Package loudness sums up how loud somebody was over an interval, from the
// levels of frames of 20 ms: of what was decoded, or as RFC 6464 has them.
package loudness

import (
	"math"
	"time"

	"partyline/metrics/quality"
	"partyline/sfu/audio"
	"partyline/sfu/internal/vad"
)

// Gauge measures one voice. The zero value has heard nothing. It is not safe
// for concurrent use.
type Gauge struct {
	voice          vad.Detector
	frames, voices int
	power, aloud   float64 // of all frames, and of those with a voice; full scale is 1
	sum, squares   float64 // of the levels, dBov
}

// powers are the mean squares that levels stand for.
var powers = func() (p [int(audio.Silence) + 1]float64) {
	for i := range audio.Silence {
		p[i] = math.Pow(10, -float64(i)/10)
	}
	return p // silence has none
}()

// Hear takes the level of the next frame.
func (g *Gauge) Hear(level audio.Level) {
	level = min(level, audio.Silence)
	power, db := powers[level], -float64(level)
	g.frames++
	g.power += power
	g.sum += db
	g.squares += db * db
	if g.voice.Hear(level) {
		g.voices++
		g.aloud += power
	}
}

// Take ends an interval of that length and writes its figures: the level of
// what was said aloud, or of all where nothing was, how far levels swung, and
// the share of the time with a voice. Whoever sent nothing has no level.
func (g *Gauge) Take(span time.Duration, s *quality.Stream) {
	s.Level, s.Swing, s.Talking = quality.Unknown, 0, 0
	if g.frames > 0 {
		n := float64(g.frames)
		mean := g.power / n
		if g.voices > 0 {
			mean = g.aloud / float64(g.voices)
		}
		s.Level = max(10*math.Log10(mean), -float64(audio.Silence))
		s.Swing = math.Sqrt(max(g.squares/n-(g.sum/n)*(g.sum/n), 0))
	}
	if span > 0 {
		s.Talking = min(float64(g.voices)*audio.FrameDuration.Seconds()/span.Seconds(), 1)
	}
	*g = Gauge{voice: g.voice}
}
