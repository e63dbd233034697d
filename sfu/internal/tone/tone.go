// Package tone makes the short sounds of a telephone bridge: notes that are
// struck and die away, and beeps.
package tone

import (
	"math"

	"partyline/sfu/audio"
)

// Note is one sound of a tune.
type Note struct {
	Hz       float64
	Begin    float64 // seconds from the beginning of the tune
	Length   float64 // seconds until it is silent
	Level    float64 // dBov of its loudest part
	Overtone float64 // amplitude of the octave above, as a part of the note's
	Struck   bool    // dies away like a bell's; else it is even
}

// ramp is how long a note takes to come and to end, in seconds, so that
// nothing clicks.
const ramp = 0.006

// Tune makes frames of notes, which may overlap. The last one ends in silence.
func Tune(notes ...Note) []audio.Frame {
	var length float64
	for _, n := range notes {
		length = max(length, n.Begin+n.Length)
	}
	frames := make([]audio.Frame, int(math.Ceil(length*audio.Rate/audio.FrameSamples)))
	for i := range frames {
		for k := range frames[i] {
			var sum float64
			t := float64(i*audio.FrameSamples+k) / audio.Rate
			for _, n := range notes {
				sum += n.at(t - n.Begin)
			}
			frames[i][k] = int16(math.Round(min(max(sum, math.MinInt16), math.MaxInt16)))
		}
	}
	return frames
}

// at is the note's sample t seconds after its beginning.
func (n Note) at(t float64) float64 {
	if t < 0 || t >= n.Length {
		return 0
	}
	amplitude := math.Sqrt2 * 32768 * math.Pow(10, n.Level/20)
	amplitude *= min(t/ramp, (n.Length-t)/ramp, 1)
	if n.Struck {
		amplitude *= math.Exp(-4 * t / n.Length)
	}
	phase := 2 * math.Pi * n.Hz * t
	return amplitude * (math.Sin(phase) + n.Overtone*math.Sin(2*phase))
}
