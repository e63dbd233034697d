package sfu

import (
	"sync"

	"partyline/sfu/audio"
	"partyline/sfu/internal/mix"
	"partyline/sfu/internal/tone"
)

// Chime is a short tone that all phones of a room hear.
type Chime uint8

// The chimes.
const (
	Joined        Chime = iota + 1 // somebody came: two tones that rise
	Left                           // somebody went: two tones that fall
	RecordingBeep                  // the meeting is being recorded: 1.4 kHz for 0.2 s, soft
)

// chimeSounds is how they sound.
var chimeSounds = map[Chime][]audio.Frame{
	Joined:        pair(523.25, 783.99),
	Left:          pair(783.99, 523.25),
	RecordingBeep: tone.Tune(tone.Note{Hz: 1400, Length: 0.2, Level: -34}),
}

// pair is two bells, one after the other: a fifth of 0.4 s.
func pair(first, second float64) []audio.Frame {
	bell := tone.Note{Length: 0.28, Level: -24, Overtone: 0.25, Struck: true}
	a, b := bell, bell
	a.Hz, b.Hz, b.Begin = first, second, 0.12
	return tone.Tune(a, b)
}

// Chime lets all phones of the room hear a chime, mixed into what they hear
// once for all of them. It waits for nothing; a room without phones, and an
// unknown chime, stay silent. Chimes that come while one is heard follow it,
// at most chimesKept of them.
func (h *Hub) Chime(id string, c Chime) {
	h.tell(id, false, func(r *room) {
		if m, ok := r.mix.(*mixer); ok {
			m.chimes.add(chimeSounds[c])
		}
	})
}

// chimesKept is how many chimes wait for another one to end.
const chimesKept = 3

// chimes are those that a room's phones hear and are about to hear.
type chimes struct {
	mu      sync.Mutex // guards waiting
	waiting [][]audio.Frame
	now     []audio.Frame // of the tick
}

func (c *chimes) add(sound []audio.Frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(sound) > 0 && len(c.waiting) < chimesKept {
		c.waiting = append(c.waiting, sound)
	}
}

// next begins the chime that waits, if none is heard.
func (c *chimes) next() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.now) == 0 && len(c.waiting) > 0 {
		c.now, c.waiting = c.waiting[0], c.waiting[1:]
	}
}

// ring adds this tick of a chime to the sum, and tells if there is one.
func (c *chimes) ring(sum *mix.Sum) bool {
	c.next()
	if len(c.now) == 0 {
		return false
	}
	sum.Add(&c.now[0])
	c.now = c.now[1:]
	return true
}
