// Package vad (voice activity detection) tells from the levels of frames of 20 ms whether somebody talks.
// Nothing here is safe for concurrent use.
package vad

import "partyline/sfu/audio"

// When a frame holds a voice, in dBov and dB.
const (
	softest   = -50.0 // a voice is louder than this
	above     = 10.0  // and stands out from the noise by so much
	quietest  = -80.0 // what no floor is below
	floorRise = 3.0 / 50
	floorFall = 0.3 // of the difference, per frame
)

// Detector tells voice from the noise of a line, which may be loud, but is
// steady. The zero value has heard nothing.
type Detector struct {
	floor float64
	begun bool
}

// Hear takes the next frame's level and tells whether there is a voice in it.
func (d *Detector) Hear(level audio.Level) bool {
	db := max(-float64(level), quietest)
	switch {
	case !d.begun:
		d.floor, d.begun = db, true
	case db < d.floor:
		d.floor += (db - d.floor) * floorFall
	default:
		d.floor = min(d.floor+floorRise, db)
	}
	return db > softest && db > d.floor+above
}

// When somebody has been talking, in frames.
const (
	longEnough = 50 // since the first voice: 1 s
	voiced     = 25 // of them with a voice
	pause      = 20 // without one, after which it begins anew
)

// Stretch measures how long somebody has been talking.
type Stretch struct {
	frames, voices, since int
}

// Hear takes whether the next frame has a voice, and tells whether somebody
// has been talking for a second by now, with the little pauses of speech.
func (s *Stretch) Hear(voice bool) bool {
	if voice {
		s.voices++
		s.since = 0
	} else if s.since++; s.since > pause {
		*s = Stretch{}
	}
	if s.voices == 0 {
		return false
	}
	s.frames++
	return voice && s.frames >= longEnough && s.voices >= voiced
}
