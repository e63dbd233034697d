package signaling

import (
	"context"
	"errors"

	"partyline/metrics/quality"
)

// Rooms is the audio plane as signaling needs it: one call for each thing that
// can happen to a participant's audio. sfu.Hub satisfies it (cmd/partyline
// adapts names); tests use a fake. A room exists while somebody is in it.
type Rooms interface {
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
