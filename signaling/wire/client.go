package wire

// Request is a client's message that is answered: by done, error or the reply
// that its own documentation names.
type Request interface {
	Message
	// RequestID is the number that the reply repeats as "re".
	RequestID() uint32
}

// Hello opens every connection. It brings either a ticket, for a new session,
// or the session to resume with the last sequence number that the client saw.
type Hello struct {
	Protocol int    `json:"protocol"`
	Client   string `json:"client"` // product and version, such as "web/0.1.0"
	Ticket   string `json:"ticket,omitempty"`
	Session  string `json:"session,omitempty"`
	After    uint64 `json:"after,omitempty"`
}

// Join asks for a seat in a meeting. The reply is Joined or Waiting. A client
// that is already in that meeting gets the room as it stands now.
type Join struct {
	ID       uint32 `json:"id"`
	Meeting  string `json:"meeting"`
	Name     string `json:"name,omitempty"` // only guests choose theirs
	Muted    bool   `json:"muted"`
	TakeOver bool   `json:"takeOver,omitempty"` // instead of one's phone, which is hung up
}

// Leave gives the seat, or the place at the door, up.
type Leave struct {
	ID uint32 `json:"id"`
}

// Offer brings the SDP offer of one leg. The reply is Answer. The leg's name
// is the client's choice and new for each connection.
type Offer struct {
	ID  uint32 `json:"id"`
	Leg string `json:"leg"`
	SDP string `json:"sdp"`
}

// DropLeg ends a leg that the client has no use for any more.
type DropLeg struct {
	ID  uint32 `json:"id"`
	Leg string `json:"leg"`
}

// Act is something done to oneself, to another participant or to the room.
type Act struct {
	ID           uint32   `json:"id"`
	Action       Action   `json:"action"`
	Participant  uint32   `json:"participant,omitempty"`  // whom it is done to; 0 for oneself and the room
	Participants []uint32 `json:"participants,omitempty"` // whom Move moves
	From         *Place   `json:"from,omitempty"`         // where those are; nil: where the host is
	To           *Place   `json:"to,omitempty"`           // where Move moves them
	Dial         *Dial    `json:"dial,omitempty"`         // whom DialOut calls and Quote asks about
	// Value is a bool for Record, a whole number for Breakouts and Heard, the
	// token of a move for UndoMove, the id of a call or a batch for DialCancel,
	// and nil for all others.
	Value any `json:"value,omitempty"`
}

// Place is a room that people can be moved to: exactly one field is set.
type Place struct {
	Meeting  string `json:"meeting,omitempty"`  // another meeting's id
	Breakout int    `json:"breakout,omitempty"` // a break-out room of this meeting, from 1
	Main     bool   `json:"main,omitempty"`     // the meeting's main room
}

// Action is what an Act does.
type Action string

// The actions. Mute and LowerHand without a participant concern oneself; Admit
// without one lets in whoever has waited longest.
const (
	Mute       Action = "mute"
	Unmute     Action = "unmute"
	RaiseHand  Action = "raise-hand"
	LowerHand  Action = "lower-hand"
	AskUnmute  Action = "ask-unmute"
	Remove     Action = "remove"
	MakeHost   Action = "make-host"
	Admit      Action = "admit"
	Refuse     Action = "refuse"
	MuteAll    Action = "mute-all"
	Lock       Action = "lock"
	Unlock     Action = "unlock"
	EndMeeting Action = "end"

	CallHost Action = "call-host"
	HandOver Action = "hand-over"
	Unguard  Action = "unguard"

	Move           Action = "move"
	UndoMove       Action = "undo-move"
	Breakouts      Action = "breakouts"
	CloseBreakouts Action = "close-breakouts"

	Record Action = "record"
	Heard  Action = "heard"
	Object Action = "object"

	Quote      Action = "quote"
	DialOut    Action = "dial"
	DialCancel Action = "dial-cancel"
)

// Pong answers Ping.
type Pong struct{}

// Kind returns the message's type.
func (*Hello) Kind() string { return "hello" }

// Kind returns the message's type.
func (*Join) Kind() string { return "join" }

// Kind returns the message's type.
func (*Leave) Kind() string { return "leave" }

// Kind returns the message's type.
func (*Offer) Kind() string { return "offer" }

// Kind returns the message's type.
func (*DropLeg) Kind() string { return "drop-leg" }

// Kind returns the message's type.
func (*Act) Kind() string { return "act" }

// Kind returns the message's type.
func (*Pong) Kind() string { return "pong" }

// RequestID returns the request's number.
func (m *Join) RequestID() uint32 { return m.ID }

// RequestID returns the request's number.
func (m *Leave) RequestID() uint32 { return m.ID }

// RequestID returns the request's number.
func (m *Offer) RequestID() uint32 { return m.ID }

// RequestID returns the request's number.
func (m *DropLeg) RequestID() uint32 { return m.ID }

// RequestID returns the request's number.
func (m *Act) RequestID() uint32 { return m.ID }
