// Package speaker tells from RFC 6464 levels who speaks, and who of many shall
// be heard. Time is a parameter throughout.
package speaker

import (
	"math"
	"time"

	"partyline/sfu/audio"
)

// How a Meter follows a voice.
const (
	attack  = 20 * time.Millisecond
	release = 250 * time.Millisecond
	// packetTime is what a level stands for when nothing else is known.
	packetTime = 20 * time.Millisecond
	// tolerance is how late a packet may be before its absence counts as
	// silence.
	tolerance = 60 * time.Millisecond

	// A voice is above the floor by margin dB and above gate in any case. The
	// floor falls fast and rises slowly, and never so high that a voice of
	// -42 dBov would be taken for noise.
	gate       = float64(audio.Silence) - 62
	margin     = 8.0
	floorFall  = 0.3 // of the difference, per packet
	floorRise  = 6.0 // dB per second
	floorStart = 57.0
	floorLimit = float64(audio.Silence) - 50
)

// Meter follows the loudness of one voice: 127 minus its level, in dB above
// digital silence, smoothed. The zero value has heard nothing.
type Meter struct {
	loud   float64
	floor  float64
	at     time.Time
	voiced time.Time // when a voice was last there
}

// Observe takes the level of the packet that arrived at now, and tells
// whether it holds a voice.
func (m *Meter) Observe(level audio.Level, now time.Time) bool {
	x := float64(audio.Silence) - float64(min(level, audio.Silence))
	elapsed := packetTime
	if m.at.IsZero() {
		m.floor = min(max(x-10, 0), floorStart)
	} else {
		elapsed = min(max(now.Sub(m.at), 0), time.Second)
	}
	m.at = now

	constant := release
	if x > m.loud {
		constant = attack
	}
	m.loud += (x - m.loud) * (1 - math.Exp(-float64(elapsed)/float64(constant)))

	isVoice := x >= gate && x > m.floor+margin
	if isVoice {
		m.voiced = now
	}
	if x < m.floor {
		m.floor += (x - m.floor) * floorFall
	} else {
		m.floor = min(m.floor+floorRise*elapsed.Seconds(), x, floorLimit)
	}
	return isVoice
}

// Loudness is how loud the voice is at now. It dies away when packets stop.
func (m *Meter) Loudness(now time.Time) float64 {
	if silent := now.Sub(m.at) - tolerance; silent > 0 {
		return m.loud * math.Exp(-float64(silent)/float64(release))
	}
	return m.loud
}

// Level is Loudness as RFC 6464 counts it.
func (m *Meter) Level(now time.Time) audio.Level {
	return audio.Level(math.Round(float64(audio.Silence) - min(max(m.Loudness(now), 0), float64(audio.Silence))))
}

// SpokeWithin tells whether there was a voice less than d before now.
func (m *Meter) SpokeWithin(d time.Duration, now time.Time) bool {
	return !m.voiced.IsZero() && now.Sub(m.voiced) < d
}
