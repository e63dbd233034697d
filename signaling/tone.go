package signaling

import "time"

const (
	// tonesUpTo is how many people may be in a room whose coming and going is
	// heard; in larger ones it would never be quiet.
	tonesUpTo = 15
	// tonesEvery is the least time between two tones.
	tonesEvery = 3 * time.Second
)

// tone lets the room hear that somebody came or went, where the meeting wants
// it. It reports whether it did, for browsers to do the same.
func (r *room) tone(chime Chime) bool {
	others := len(r.members)
	if chime == ChimeJoined {
		others-- // the newcomer knows
	}
	now := time.Now()
	if !r.meeting.Tones || others < 1 || len(r.members) > tonesUpTo || now.Sub(r.tonedAt) < tonesEvery {
		return false
	}
	r.tonedAt = now
	r.audio.Chime(r.id, chime)
	return true
}
