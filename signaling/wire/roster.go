package wire

// Room is a running meeting as everybody in it sees it.
type Room struct {
	Meeting     string `json:"meeting"` // the meeting's id
	Name        string `json:"name"`
	Number      string `json:"number"` // nine digits, to dial in with
	Locked      bool   `json:"locked"`
	MuteOnEntry bool   `json:"muteOnEntry"`
	StartedAt   int64  `json:"startedAt"` // Unix time in ms
	Slots       int    `json:"slots"`     // how many audio m-lines an offer has

	WaitForHost     bool       `json:"waitForHost"`         // others wait at the door until a host is there
	OpensAt         int64      `json:"opensAt,omitempty"`   // Unix time in ms, while others than hosts have to wait for it
	Tones           bool       `json:"tones"`               // coming and going is heard
	MaxParticipants int        `json:"maxParticipants"`     // those at the door included
	Breakout        int        `json:"breakout,omitempty"`  // this is a break-out room, and its number; 0: the main room
	Breakouts       []Breakout `json:"breakouts,omitempty"` // the meeting's break-out rooms, while there are any
	Recording       *Recording `json:"recording,omitempty"` // while it is announced or on

	Dial      bool `json:"dial,omitempty"`      // people can be called at the company's expense
	HostsDial bool `json:"hostsDial,omitempty"` // by hosts only
}

// Breakout is one break-out room, with who is there.
type Breakout struct {
	Breakout     int       `json:"breakout"` // number, from 1
	Participants []Visitor `json:"participants"`
}

// Recording is how far a room's recording is.
type Recording struct {
	State      RecordingState `json:"state"`
	By         uint32         `json:"by"`                   // the host who began it
	Name       string         `json:"name"`                 // of that host
	Since      int64          `json:"since,omitempty"`      // Unix time in ms from which on sound is kept
	Heard      int            `json:"heard,omitempty"`      // while it is announced: people who have heard the notice …
	Of         int            `json:"of,omitempty"`         // … of so many
	Objections int            `json:"objections,omitempty"` // people here whose voice is left out as they objected
}

// RecordingState is how far a recording is.
type RecordingState string

// The states: announced, until everybody has heard the notice; on; and off.
const (
	RecordingAnnounced RecordingState = "announcing"
	RecordingOn        RecordingState = "on"
	RecordingOff       RecordingState = "off"
)

// Participant is somebody in a room, as one viewer sees them.
type Participant struct {
	Participant uint32     `json:"participant"` // from 1, unique in the room and never given again
	Name        string     `json:"name"`
	Via         Via        `json:"kind"`
	Role        Role       `json:"role"`
	Muted       bool       `json:"muted"`
	MutedByHost bool       `json:"mutedByHost"` // muted, and by a host rather than by themselves
	Hand        bool       `json:"hand"`
	HandAt      int64      `json:"handAt,omitempty"` // Unix time in ms, while the hand is up
	Held        bool       `json:"held"`             // a phone on hold
	Connection  Connection `json:"connection"`
	Quality     Class      `json:"quality"`
	Number      string     `json:"number,omitempty"`  // a phone's number, masked; outsiders get none
	Guarded     bool       `json:"guarded,omitempty"` // a phone muted because music was heard on it
}

// Visitor is somebody at the door.
type Visitor struct {
	Participant uint32 `json:"participant"`
	Name        string `json:"name"`
	Via         Via    `json:"kind"`
}

// Speaker is somebody who is heard, with an RFC 6464 level: 0 is loudest, 127
// is silence.
type Speaker struct {
	Participant uint32 `json:"participant"`
	Level       uint8  `json:"level"`
}

// Via is how a participant takes part.
type Via string

// The ways to take part.
const (
	Browser Via = "browser"
	Phone   Via = "phone"
)

// Role is what a participant may do.
type Role string

// The roles.
const (
	RoleHost        Role = "host"
	RoleParticipant Role = "participant"
	RoleGuest       Role = "guest"
)

// Connection is whether a participant's seat is taken just now.
type Connection string

// The states of a connection. A broken browser keeps its seat for 30 s.
const (
	Connected    Connection = "connected"
	Reconnecting Connection = "reconnecting"
)

// Class is the quality of a participant's connection.
type Class string

// The classes; a muted participant is unclassified.
const (
	Unclassified Class = "unclassified"
	Good         Class = "good"
	Degraded     Class = "degraded"
	Poor         Class = "poor"
)

// LegState is how a leg does.
type LegState string

// The states of a leg. A broken one may come back; offering a second leg
// beside it is the way to be sure.
const (
	LegConnected LegState = "connected"
	LegBroken    LegState = "broken"
	LegClosed    LegState = "closed"
)

// LeftReason is why a participant is gone.
type LeftReason string

// The reasons.
const (
	LeftByThemselves LeftReason = "left"
	LeftDropped      LeftReason = "dropped"     // the connection broke and did not come back
	LeftRemoved      LeftReason = "removed"     // by a host
	LeftEnded        LeftReason = "ended"       // with the meeting
	LeftMoved        LeftReason = "moved"       // to another room, by a host
	LeftHandedOver   LeftReason = "handed-over" // goes on as another participant: the same person's phone or browser
)

// Wait is why somebody is at the door.
type Wait string

// The reasons to wait.
const (
	WaitEarly  Wait = "early"  // the meeting opens later
	WaitHost   Wait = "host"   // no host is there yet
	WaitLocked Wait = "locked" // a host lets people in one by one
)
