package quality

import "time"

// Event is something that happened on a leg, for the lane of its participant.
type Event struct {
	At   time.Time
	What What
	Note string // one word more: the candidate pair, the key, who did it; never content
}

// What is the kind of an Event.
type What string

// The events.
const (
	EventJoined       What = "joined"
	EventLeft         What = "left"
	EventMuted        What = "muted"
	EventUnmuted      What = "unmuted"
	EventHeld         What = "held"
	EventResumed      What = "resumed"
	EventBroken       What = "broken" // no packets, may come back
	EventReconnected  What = "reconnected"
	EventHandedOver   What = "handed-over"
	EventMoved        What = "moved"
	EventCodec        What = "codec"
	EventDevice       What = "device"
	EventRecording    What = "recording"
	EventRemoteSource What = "source" // another SSRC or address sends now
)

// Stage is a step from the click to the first sound.
type Stage string

// The stages of a join, in their order. Those of phones begin at StageSignalled.
const (
	StageClick      Stage = "click"      // somebody wants to join
	StageMicrophone Stage = "microphone" // the browser lets us have it
	StageSignalled  Stage = "signalled"  // the room has answered
	StageICE        Stage = "ice"        // a path was found
	StageDTLS       Stage = "dtls"       // keys are agreed on
	StageSent       Stage = "sent"       // the first packet went out
	StageReceived   Stage = "received"   // the first packet came in
	StageHeard      Stage = "heard"      // the first sound was played
)

// Step is a Stage that was reached.
type Step struct {
	Stage Stage
	After time.Duration // since the join began
}

// Join is somebody's way in. Failed is the stage that was not reached; empty
// when all were.
type Join struct {
	Leg    string // id; empty when none came about
	Kind   Kind
	Began  time.Time
	Steps  []Step
	Failed Stage
	Cause  string // why, in one word: "denied", "no-microphone", "refused", "timeout", "network" …
}

// Signalling is how the SIP side of a phone's call went.
type Signalling struct {
	PDD             time.Duration // from INVITE to the first 18x, or 200 where none came
	Answer          time.Duration // from INVITE to 200
	Status          int           // final status of the INVITE
	Q850            int           // cause of a Reason header, or the one that stands for Status
	Retransmissions int           // of requests and responses, both ways
	Challenges      int           // 401 and 407 that were answered
	Holds           int
	Held            time.Duration
	Bye             Side // who ended the call
}

// Side is one of the two ends of a call.
type Side string

// The sides.
const (
	Us   Side = "us"
	Them Side = "them"
)

// Message is one SIP message of a call, as a ladder shows it: numbers are
// masked, bodies are not kept.
type Message struct {
	At      time.Time
	Out     bool   // we sent it
	Line    string // start line
	CSeq    string
	Sort    string // "INVITE", "200", … for the arrow
	Media   string // what an SDP body says: "PCMA 203.0.113.5:4000 sendrecv"
	Peer    string // address and transport
	Again   bool   // a retransmission
	Headers string // the whole message with numbers and secrets masked and without its body; may be empty
}
