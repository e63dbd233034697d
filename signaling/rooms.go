package signaling

import (
	"context"
	"errors"
	"io"

	"partyline/metrics/quality"
)

// Rooms is the audio plane as signaling needs it: one call for each thing that
// can happen to a participant's audio. sfu.Hub satisfies it (cmd/partyline
// adapts names); tests use a fake. A room exists while somebody is in it.
type Rooms interface {
	Legs
	Mover
	Recorder
}

// Legs is how participants are heard.
type Legs interface {
	// Connect answers a browser's SDP offer for one leg of a participant.
	// Connecting a second leg of the same participant brings it up beside the
	// first one and retires the first when the second carries media.
	// Errors wrap ErrBadOffer when the offer is to blame, or ErrFull.
	Connect(ctx context.Context, room string, participant uint32, leg, offer string) (answer string, err error)
	// Disconnect ends one leg. Unknown legs are ignored.
	Disconnect(room string, participant uint32, leg string)
	// SetMuted decides whether others hear the participant, browser or phone.
	SetMuted(room string, participant uint32, muted bool)
	// Remove ends every browser leg of the participant and forgets it.
	Remove(room string, participant uint32)
	// CloseRoom ends everything in the room.
	CloseRoom(room string)
}

// Mover takes people from room to room, and lets rooms hear a tone.
type Mover interface {
	// Move lets a participant go on in another room, under another number, at
	// the next frame: its legs, its mute and its hold go along, whether it is
	// recorded does not. From then on it is known by its new place alone.
	// Whoever has no audio yet is moved without it. An error changes nothing.
	Move(from string, participant uint32, to string, as uint32) error
	// Chime lets all phones of the room hear a tone; browsers make their own.
	Chime(room string, chime Chime)
}

// Chime is a short tone.
type Chime uint8

// The chimes, in the order in which the audio plane has them.
const (
	ChimeJoined Chime = iota + 1
	ChimeLeft
	ChimeRecording
)

// Recorder keeps what is said.
type Recorder interface {
	// Record begins to write what is said in the room onto the tape, of those
	// alone for whom SetRecorded said so.
	Record(room string, tape Tape) error
	// StopRecording ends it, and waits until the tape is closed. Nobody is
	// recorded then.
	StopRecording(room string) error
	// SetRecorded decides whether a participant's voice may be on the tape.
	// It may not before.
	SetRecorded(room string, participant uint32, recorded bool)
}

// Tape is where a recording is written to.
type Tape interface {
	// Track begins a track, such as "mix".
	Track(name string) (io.WriteCloser, error)
}

// ErrBadOffer means that an SDP offer cannot be answered, whoever asks.
var ErrBadOffer = errors.New("offer cannot be answered")

// Listener is what signaling wants to hear from the audio plane; the Server
// implements it. Calls never block and come from any goroutine.
type Listener interface {
	// Speaking tells who is heard in the room now, loudest first; an empty
	// list when it became quiet. It should come when somebody begins or ends,
	// and not often for levels alone: each list is told to everybody, though
	// at most ten times a second.
	Speaking(room string, speakers []Speaker)
	// LegChanged tells that a browser leg connected, broke or closed.
	LegChanged(room string, participant uint32, leg string, state LegState)
	// Measured gives a participant's connection quality, every 5 s or when
	// its class changes.
	Measured(room string, participant uint32, class quality.Class)
	LineListener
	// RecordingEnded tells that a recording is over, whyever; err is why it is
	// not complete.
	RecordingEnded(room string, err error)
}

// LineListener is what is to be heard of phones alone.
type LineListener interface {
	// TalkingMuted tells that a muted phone talks, once for each mute.
	TalkingMuted(room string, participant uint32)
	// Music tells that a phone sends steady music, and later that it ended.
	Music(room string, participant uint32, playing bool)
}

// Speaker is somebody who is heard, with an RFC 6464 level (0 loudest).
type Speaker struct {
	Participant uint32 `json:"participant"`
	Level       uint8  `json:"level"`
}

// LegState is how far a browser leg has come.
type LegState uint8

// The states of a leg.
const (
	LegConnected LegState = iota + 1 // ICE and DTLS are up
	LegBroken                        // no packets for 1.5 s; may come back
	LegClosed
)
