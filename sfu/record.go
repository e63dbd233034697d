package sfu

import (
	"errors"
	"io"
	"time"
)

// ErrRecording means that the room is being recorded already.
var ErrRecording = errors.New("room is being recorded already")

// Tape is where a recording is written: signaling/recording satisfies it.
type Tape interface {
	// Track begins a track. Each Write is one piece that can be read back
	// even if the program ends the moment after.
	Track(name string) (io.WriteCloser, error)
}

// Recording is how a recording went.
type Recording struct {
	Length  time.Duration // from Record to its end
	Dropped uint64        // packets that came faster than the tape took them
	Err     error         // why nothing more could be written; nil: it was stopped, or the room ended
}

// Record begins to record a room, which must exist, onto the tape: a track
// "mix" and one for each slot, "slot-1" to "slot-K", all Ogg Opus (RFC 7845)
// and beginning now, and the track "talkers", which says who had which slot
// when. Only those whom SetRecorded allows are on it. Errors are ErrClosed,
// ErrRecording and the tape's. Observer.RecordingEnded tells when it is over.
func (h *Hub) Record(room string, tape Tape) error {
	return ErrClosed
}

// StopRecording ends the room's recording and waits until its tracks are
// closed. Everybody is unrecorded again: the next recording needs a new
// notice. It returns ErrClosed if none was running, or why it was incomplete.
func (h *Hub) StopRecording(room string) error {
	return ErrClosed
}

// SetRecorded decides whether the participant's voice may be on a tape. Nobody
// may who was not decided upon.
func (h *Hub) SetRecorded(roomID string, participant uint32, recorded bool) {}
