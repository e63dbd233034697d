package wire

// Welcome answers Hello. After it, a resumed session is sent what it missed,
// up to Seq, before anything new.
type Welcome struct {
	Protocol int    `json:"protocol"`
	Server   string `json:"server"` // the program's version; another one than before means: load the page again
	Session  string `json:"session"`
	Resumed  bool   `json:"resumed"`
	Seq      uint64 `json:"seq"` // the session's last sequence number so far
}

// Refused is the last message before the server closes.
type Refused struct {
	Code       Code   `json:"code"`
	Message    string `json:"message"`
	RetryAfter int    `json:"retryAfter,omitempty"` // s; absent: coming back as one is will not help
}

// Entry is a room as somebody finds it on entering.
type Entry struct {
	Room   Room          `json:"room"`
	Self   uint32        `json:"self"`
	Role   Role          `json:"role"`
	Roster []Participant `json:"roster"` // oneself included, by number
	Door   []Visitor     `json:"door"`   // who waits; empty for all but hosts
	// Elsewhere is the participant as whom the same person is here already, by
	// another browser or phone; then one has come muted. 0: nowhere.
	Elsewhere uint32 `json:"elsewhere,omitempty"`
}

// Joined answers Join.
type Joined struct {
	Re uint32 `json:"re"`
	Entry
}

// Waiting answers Join where one has to wait at the door: Admitted or
// RefusedEntry follows.
type Waiting struct {
	Re          uint32 `json:"re"`
	Participant uint32 `json:"participant"`
	Queue
}

// Queue is a place at the door.
type Queue struct {
	Reason   Wait  `json:"reason"`
	Position int   `json:"position"`          // among those who wait, from 1
	OpensAt  int64 `json:"opensAt,omitempty"` // Unix time in ms, of WaitEarly
}

// StillWaiting tells somebody at the door that reason or position changed.
type StillWaiting struct {
	Queue
}

// Admitted is a host's yes to somebody at the door.
type Admitted struct {
	Entry
}

// RefusedEntry is a host's no to somebody at the door.
type RefusedEntry struct{}

// Answer brings the SDP answer to an Offer.
type Answer struct {
	Re  uint32 `json:"re"`
	Leg string `json:"leg"`
	SDP string `json:"sdp"`
}

// Done answers a request that has no reply of its own. That to a move tells
// what came of each, and how to undo it.
type Done struct {
	Re      uint32  `json:"re"`
	Results []Moved `json:"results,omitempty"`
	Undo    string  `json:"undo,omitempty"` // token for UndoMove, good for 60 s; absent when nobody was moved
}

// Moved is what came of one participant of a move.
type Moved struct {
	Participant uint32 `json:"participant"`    // number before
	As          uint32 `json:"as,omitempty"`   // number in the other room; 0: not moved
	Code        Code   `json:"code,omitempty"` // why not
}

// PhoneCode answers HandOver: what to dial so that one goes on by phone.
type PhoneCode struct {
	Re     uint32 `json:"re"`
	Number string `json:"number"` // nine digits of the meeting, to be dialled first
	Code   string `json:"code"`   // six digits, good once, in place of a personal code
	Until  int64  `json:"until"`  // Unix time in ms
}

// Error tells that a request, or with Re = 0 some message, had no effect.
type Error struct {
	Re      uint32 `json:"re,omitempty"`
	Code    Code   `json:"code"`
	Message string `json:"message"`      // English, safe to show, says what to do
	At      int64  `json:"at,omitempty"` // Unix time in ms at which the meeting ended, with CodeEnded
}

// ParticipantJoined tells of somebody new in the room.
type ParticipantJoined struct {
	Participant Participant `json:"participant"`
	Tone        bool        `json:"tone,omitempty"` // phones hear one now; so should the client play one
}

// ParticipantChanged carries a participant as it is now, whole.
type ParticipantChanged struct {
	Participant Participant `json:"participant"`
}

// ParticipantLeft tells that somebody is no longer in the room.
type ParticipantLeft struct {
	Participant uint32     `json:"participant"`
	Reason      LeftReason `json:"reason"`
	Tone        bool       `json:"tone,omitempty"` // as in ParticipantJoined
}

// RoomChanged carries the room as it is now, whole.
type RoomChanged struct {
	Room Room `json:"room"`
}

// Knock tells hosts of somebody at the door.
type Knock struct {
	Visitor
}

// KnockGone tells hosts that somebody is no longer at the door.
type KnockGone struct {
	Participant uint32 `json:"participant"`
}

// UnmuteAsked asks the receiver to unmute; only the receiver can.
type UnmuteAsked struct {
	By uint32 `json:"by"`
}

// MutedByHost tells the receiver that a host muted it.
type MutedByHost struct {
	By uint32 `json:"by"`
}

// Removed tells the receiver that it is no longer in the room and may not
// come back while it runs.
type Removed struct {
	By uint32 `json:"by"`
}

// Ended tells that the meeting is over, for all.
type Ended struct {
	By uint32 `json:"by,omitempty"` // who ended it; 0: the meeting itself was closed or deleted
}

// MovedTo tells the receiver that a host moved it to another room, with all
// that Joined tells. Legs go on as they are.
type MovedTo struct {
	Entry
	By uint32 `json:"by,omitempty"` // who moved it, by the number in the room that was left
}

// HandedOver tells the receiver that the same person goes on elsewhere; its
// seat is gone.
type HandedOver struct {
	As uint32 `json:"as"` // number of that participant
}

// HostCalled tells hosts that a participant asks for them.
type HostCalled struct {
	Participant uint32 `json:"participant"`
}

// Notice is something that the receiver has to be told before it has an
// effect: the client shows it, and says so with Heard.
type Notice struct {
	Notice uint32      `json:"notice"` // number, for Heard
	About  NoticeAbout `json:"about"`
}

// NoticeAbout is what a notice is about.
type NoticeAbout string

// NoticeRecording: the room is recorded, or will be.
const NoticeRecording NoticeAbout = "recording"

// RecordingChanged tells how far the recording of the room is.
type RecordingChanged struct {
	Recording
}

// NotRecorded tells hosts whose voice is left out of the recording because
// they have not confirmed the notice.
type NotRecorded struct {
	Participants []uint32 `json:"participants"`
}

// Objection tells hosts who objects to the recording.
type Objection struct {
	Participant uint32 `json:"participant"`
}

// Leg tells the owner how one of its legs does.
type Leg struct {
	Leg   string   `json:"leg"`
	State LegState `json:"state"`
}

// Speakers tells who is heard now, loudest first.
type Speakers struct {
	Speakers []Speaker `json:"speakers"`
}

// Quality tells how well a participant is connected.
type Quality struct {
	Participant uint32 `json:"participant"`
	Class       Class  `json:"class"`
}

// Ping is answered by Pong. A client that hears nothing for 40 s has lost the
// connection.
type Ping struct{}

// ShuttingDown tells that this server stops soon: audio goes on until then,
// the connection is closed and is to be made anew after RetryAfter seconds.
type ShuttingDown struct {
	RetryAfter int `json:"retryAfter"`
}

// Kind returns the message's type.
func (*Welcome) Kind() string { return "welcome" }

// Kind returns the message's type.
func (*Refused) Kind() string { return "refused" }

// Kind returns the message's type.
func (*Joined) Kind() string { return "joined" }

// Kind returns the message's type.
func (*Waiting) Kind() string { return "waiting" }

// Kind returns the message's type.
func (*Admitted) Kind() string { return "admitted" }

// Kind returns the message's type.
func (*RefusedEntry) Kind() string { return "refused-entry" }

// Kind returns the message's type.
func (*Answer) Kind() string { return "answer" }

// Kind returns the message's type.
func (*Done) Kind() string { return "done" }

// Kind returns the message's type.
func (*Error) Kind() string { return "error" }

// Kind returns the message's type.
func (*ParticipantJoined) Kind() string { return "participant-joined" }

// Kind returns the message's type.
func (*ParticipantChanged) Kind() string { return "participant-changed" }

// Kind returns the message's type.
func (*ParticipantLeft) Kind() string { return "participant-left" }

// Kind returns the message's type.
func (*RoomChanged) Kind() string { return "room-changed" }

// Kind returns the message's type.
func (*Knock) Kind() string { return "knock" }

// Kind returns the message's type.
func (*KnockGone) Kind() string { return "knock-gone" }

// Kind returns the message's type.
func (*UnmuteAsked) Kind() string { return "unmute-asked" }

// Kind returns the message's type.
func (*MutedByHost) Kind() string { return "muted-by-host" }

// Kind returns the message's type.
func (*Removed) Kind() string { return "removed" }

// Kind returns the message's type.
func (*Ended) Kind() string { return "ended" }

// Kind returns the message's type.
func (*Leg) Kind() string { return "leg" }

// Kind returns the message's type.
func (*Speakers) Kind() string { return "speakers" }

// Kind returns the message's type.
func (*Quality) Kind() string { return "quality" }

// Kind returns the message's type.
func (*Ping) Kind() string { return "ping" }

// Kind returns the message's type.
func (*ShuttingDown) Kind() string { return "shutting-down" }

// Kind returns the message's type.
func (*StillWaiting) Kind() string { return "still-waiting" }

// Kind returns the message's type.
func (*PhoneCode) Kind() string { return "phone-code" }

// Kind returns the message's type.
func (*MovedTo) Kind() string { return "moved" }

// Kind returns the message's type.
func (*HandedOver) Kind() string { return "handed-over" }

// Kind returns the message's type.
func (*HostCalled) Kind() string { return "host-called" }

// Kind returns the message's type.
func (*Notice) Kind() string { return "notice" }

// Kind returns the message's type.
func (*RecordingChanged) Kind() string { return "recording" }

// Kind returns the message's type.
func (*NotRecorded) Kind() string { return "not-recorded" }

// Kind returns the message's type.
func (*Objection) Kind() string { return "objection" }
