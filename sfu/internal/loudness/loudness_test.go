package loudness

import (
	"math"
	"testing"
	"time"

	"partyline/metrics/quality"
	"partyline/sfu/audio"
)

func TestGauge(t *testing.T) {
	steady := func(level audio.Level, n int) []audio.Level {
		levels := make([]audio.Level, n)
		for i := range levels {
			levels[i] = level
		}
		return levels
	}
	for _, c := range []struct {
		name                  string
		levels                []audio.Level
		level, swing, talking float64
	}{
		{"nothing", nil, quality.Unknown, 0, 0},
		{"a dead microphone", steady(audio.Silence, 250), -127, 0, 0},
		{"the noise of a fan", steady(60, 250), -60, 0, 0},
		{"speech in the half", append(steady(70, 125), steady(20, 125)...), -20, 25, 0.5},
		{"nonsense", steady(255, 250), -127, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			var g Gauge
			var s quality.Stream
			for range 2 { // an interval leaves nothing to the next
				for _, l := range c.levels {
					g.Hear(l)
				}
				g.Take(5*time.Second, &s)
			}
			if math.Abs(s.Level-c.level) > 0.1 || math.Abs(s.Swing-c.swing) > 0.1 || math.Abs(s.Talking-c.talking) > 0.1 {
				t.Errorf("%.1f dBov, swing %.1f, talking %.2f", s.Level, s.Swing, s.Talking)
			}
		})
	}
}
