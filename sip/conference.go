package sip

import (
	"context"
	"errors"
	"time"

	"partyline/sfu/audio"
)

// Conference is the audio plane as a call needs it: the seam between phones
// and rooms. sfu.Hub satisfies it; tests use a fake.
type Conference interface {
	// Answer opens the audio of a call that is being answered. The line is in
	// no room: its phone hears silence and what is played to it.
	Answer(ctx context.Context, ear audio.Ear) (audio.Line, error)
	// Join puts the line into a room as the given participant; joining
	// another room moves it there without a gap. It returns once the line is
	// part of the room's mix.
	Join(ctx context.Context, room string, participant uint32, line audio.Line) error
	// Leave takes the line out of its room; it can be played to again.
	Leave(line audio.Line)
}

// Directory knows meetings, codes and people. signaling satisfies it through
// cmd/partyline. Guesses are counted there, per source and per meeting.
type Directory interface {
	// FindMeeting looks a 9-digit meeting number up. It returns ErrNoMeeting,
	// ErrMeetingEnded or ErrTooManyGuesses.
	FindMeeting(ctx context.Context, number Secret, caller Caller) (Meeting, error)
	// Identify tells whose code it is in this meeting: the host's or one
	// invitee's. It returns ErrWrongCode or ErrTooManyGuesses.
	Identify(ctx context.Context, meeting Meeting, code Secret, caller Caller) (Identity, error)
	// Enter seats the caller in the running meeting, starting it if nobody is
	// there. A seat may have to wait at the door first: see Seat.Arrival. It
	// returns ErrMeetingFull or ErrMeetingEnded.
	Enter(ctx context.Context, meeting Meeting, identity Identity, caller Caller) (Seat, error)
}

// What a Directory may answer instead of a meeting or a person.
var (
	ErrNoMeeting      = errors.New("no such meeting")
	ErrMeetingEnded   = errors.New("meeting has ended")
	ErrMeetingFull    = errors.New("meeting is full")
	ErrWrongCode      = errors.New("wrong code")
	ErrTooManyGuesses = errors.New("too many wrong numbers from this caller")
)

// Caller is who rings: what the trunk told us of them.
type Caller struct {
	Call   string // Call-ID, for the log
	Trunk  string // name of the trunk the call came in on
	From   Number // caller's number, E.164 where it is one; masked when printed or logged
	Source string // network address of the peer, for guess counting
	// Language is what the menu speaks to them, chosen by them or their trunk;
	// empty before that.
	Language string
}

// Meeting is a meeting as the menu needs it.
type Meeting struct {
	ID           string
	CodeRequired bool // the meeting number alone does not admit a phone
}

// Identity is who the caller turned out to be. The zero value is a guest.
type Identity struct {
	Host    bool
	Invitee string // id of the invitee, empty for host code and guests
	Person  string // id of the colleague, empty for outsiders
	Name    string // empty: the meeting gives a name such as "Caller 3"
}

// Seat is a caller's place in a running meeting, with its rules behind it.
// Methods may be called from any goroutine.
type Seat interface {
	// Place tells the room and the participant number for Conference.Join.
	Place() (room string, participant uint32)
	// Arrival describes the meeting at the moment of entering.
	Arrival() Arrival
	// SetMuted, SetHand and SetHold change the caller's own state for all to
	// see. SetMuted returns ErrNotAllowed where the host forbids unmuting.
	SetMuted(ctx context.Context, muted bool) error
	SetHand(ctx context.Context, raised bool) error
	SetHold(ctx context.Context, held bool) error
	// Headcount tells how many people are in the meeting, the caller included.
	Headcount(ctx context.Context) (int, error)
	// Notices carries what happens to this caller. It is closed after Leave.
	Notices() <-chan Notice
	// Leave gives the seat up. Later calls do nothing.
	Leave(why Departure)
}

// ErrNotAllowed is returned for an act that the caller's role does not permit.
var ErrNotAllowed = errors.New("not allowed")

// Arrival is what a caller is told on entering.
type Arrival struct {
	Waiting bool          // at the door: admitted later by a Notice, hears nothing of the room
	Muted   bool          // the meeting mutes newcomers
	Others  int           // people already there
	Running time.Duration // since the meeting's first participant came
}

// Notice is something done to a caller by the host or the meeting.
type Notice uint8

// The notices a caller hears of.
const (
	Admitted    Notice = iota + 1 // let in from the door
	Refused                       // not let in
	MutedByHost                   //
	UnmuteAsked                   // the host asks the caller to unmute
	HandLowered                   // by the host
	Locked                        //
	Unlocked                      //
	Removed                       // with no return
	Ended                         // the meeting is over
)

// Departure is why a caller left.
type Departure uint8

// The ways to leave.
const (
	HungUp   Departure = iota + 1 // the caller's BYE
	Dropped                       // media or signalling timed out
	SentAway                      // removed, refused or ended by the host
	ShutDown                      // this node is stopping
)
