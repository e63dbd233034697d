package mix

import (
	"math"

	"partyline/sfu/audio"
)

// How a Leveler works, in dB and frames of 20 ms.
const (
	targetLevel = -20.0 // dBov of speech
	tolerance   = 3.0   // how far off it leaves a voice alone
	mostGain    = 12.0  // up or down
	perFrame    = 3.0 / 50
	gate        = -50.0 // dBov below which nothing counts as a voice
	aboveFloor  = 10.0  // dB that a voice stands out from the noise
	memory      = 0.02  // of the speech level: 1 s
)

// Leveler is a gentle automatic gain: it follows the level of speech, never
// of pauses, by at most 3 dB a second and 12 dB in all, and leaves alone who
// is within 3 dB. It needs levels only, no samples. The zero value is ready.
type Leveler struct {
	gain   float64 // dB
	floor  float64 // dBov of the noise
	speech float64 // mean square of voiced frames, full scale 1
	voiced int     // voiced frames so far, up to what makes a level certain
}

// certain is how many voiced frames it takes to trust the level: 0.5 s.
const certain = 25

// Hear takes the level of a frame as it came, before the gain, and moves the
// gain.
func (l *Leveler) Hear(level audio.Level) {
	db := -float64(level)
	if l.floor == 0 || db < l.floor {
		l.floor = max(db, -90)
	} else {
		l.floor = min(l.floor+perFrame, db) // noise may rise slowly
	}
	if db < gate || db < l.floor+aboveFloor && l.floor > gate {
		return
	}
	power := math.Pow(10, db/10)
	if l.voiced < certain {
		l.voiced++
		l.speech += (power - l.speech) / float64(l.voiced)
		return
	}
	l.speech += (power - l.speech) * memory
	want := targetLevel - 10*math.Log10(l.speech)
	if math.Abs(want) <= tolerance {
		want = 0
	} else {
		want -= math.Copysign(tolerance, want)
	}
	want = min(max(want, -mostGain), mostGain)
	l.gain += min(max(want-l.gain, -perFrame), perFrame)
}

// Factor is the gain as a factor.
func (l *Leveler) Factor() float32 {
	if l.gain == 0 {
		return 1
	}
	return float32(math.Pow(10, l.gain/20))
}

// Apply tells the level that a frame has after the gain.
func (l *Leveler) Apply(level audio.Level) audio.Level {
	if level == audio.Silence {
		return level
	}
	return audio.Level(min(max(math.Round(float64(level)-l.gain), 0), float64(audio.Silence)))
}
