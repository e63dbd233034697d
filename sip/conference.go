package sip

import (
	"context"
	"errors"
	"time"

	"partyline/metrics/quality"
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
	// Sound tells how what the line's phone says was since the last time it was
	// asked, span ago; of packets it says nothing.
	Sound(line audio.Line, span time.Duration) (quality.Stream, quality.Marks)
	// Glance tells how that was since the last glance, for warnings.
	Glance(line audio.Line) (quality.Stream, quality.Marks)
}

// Directory knows meetings, codes and people. signaling satisfies it through
// cmd/partyline. Guesses are counted there, per source and per meeting.
type Directory interface {
	// Returning tells where the caller was when a call of theirs - from the
	// same number on the same trunk - ended no more than ten minutes ago. It is
	// asked for every call and should answer from memory.
	Returning(ctx context.Context, caller Caller) (Return, bool)
	// FindMeeting looks a 9-digit meeting number up. It returns ErrNoMeeting,
	// ErrMeetingEnded or ErrTooManyGuesses.
	FindMeeting(ctx context.Context, number Secret, caller Caller) (Meeting, error)
	// Identify tells whose code it is in this meeting: the host's or one
	// invitee's. It returns ErrWrongCode or ErrTooManyGuesses.
	Identify(ctx context.Context, meeting Meeting, code Secret, caller Caller) (Identity, error)
	// Enter seats the caller in the running meeting, starting it if nobody is
	// there. A seat may have to wait first: see Seat.Arrival. It returns
	// ErrMeetingFull or ErrMeetingEnded.
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

// MeetingEnded is ErrMeetingEnded with the time at which it did, which is told
// to the caller in the zone that At carries.
type MeetingEnded struct{ At time.Time }

// Error says so.
func (*MeetingEnded) Error() string { return ErrMeetingEnded.Error() }

// Is makes it an ErrMeetingEnded.
func (*MeetingEnded) Is(target error) bool { return target == ErrMeetingEnded }

// Caller is who rings: what the trunk told us of them.
type Caller struct {
	Call   string // Call-ID, for the log
	Trunk  string // name of the trunk the call came in on
	From   Number // caller's number, E.164 where it is one; masked when printed or logged
	Source string // network address of the peer, for guess counting
	// Vouched tells that the trunk answers for From, so that it may name a
	// colleague without a code of theirs.
	Vouched bool
	// Language is what the menu speaks to them, chosen by them or their trunk;
	// empty before that.
	Language string
	// Order is the id of the order by which we called them (Order.Bill.Call); empty
	// for those who called.
	Order string
}

// Meeting is a meeting as the menu needs it.
type Meeting struct {
	ID           string
	CodeRequired bool      // the meeting number alone does not admit a phone
	Opens        time.Time // when callers may enter; zero or past: they may
}

// Identity is who the caller turned out to be. The zero value is a guest.
type Identity struct {
	Host    bool
	Invitee string // id of the invitee, empty for host code and guests
	Person  string // id of the colleague, empty for outsiders
	Name    string // empty: the meeting gives a name such as "Caller 3"
	// Owner tells that the caller's phone has proven to be Person's: without a
	// code, their role is the one that Person has in the meeting.
	Owner bool
}

// Return is a meeting that a caller was in a short while ago, and as whom.
// Entering it with this identity gives back name, hand and role.
type Return struct {
	Meeting  Meeting
	Identity Identity
	Language string // that the menu spoke to them; empty: not known
	Dropped  bool   // the network ended the call, not the caller
	Ago      time.Duration
}

// Seat is a caller's place in a running meeting, with its rules behind it.
// Methods may be called from any goroutine.
type Seat interface {
	// Place tells the room and the participant number for Conference.Join.
	// Both are others after a move.
	Place() (room string, participant uint32)
	// Arrival describes the meeting as it is now for a newcomer.
	Arrival() Arrival
	// Do does something in the meeting in the caller's name. It returns
	// ErrNotAllowed where the caller's role or the host does not permit it, or
	// where there is nothing it could be done to.
	Do(ctx context.Context, act Act) error
	// Attendance tells who is there, the caller included.
	Attendance(ctx context.Context) (Attendance, error)
	// Notices carries what happens to this caller. It is closed after Leave.
	Notices() <-chan Notice
	// Leave gives the seat up. Later calls do nothing.
	Leave(why Departure)
}

// ErrNotAllowed is returned for an act that the caller's role does not permit.
var ErrNotAllowed = errors.New("not allowed")

// Arrival is what a caller is told on entering.
type Arrival struct {
	// Waiting tells that the caller is not in the room yet and hears nothing of
	// it, until the notice Admitted comes. OpensAt and WaitsForHost say what
	// for; without either the door is locked and the host has to open it.
	Waiting      bool
	Position     int       // among those who wait, from 1; 0: not known
	WaitsForHost bool      // the meeting begins when its host arrives
	OpensAt      time.Time // when a meeting that is not open yet will be; else zero

	Host        bool          // the caller is one, whatever they typed
	Muted       bool          // the meeting mutes newcomers
	Hand        bool          // raised: of a caller who has returned
	Locked      bool          // the door is
	Others      int           // people already there
	Running     time.Duration // since the meeting's first participant came
	Recording   bool          // the meeting is recorded: the caller is told before they hear the room
	NamesWanted bool          // the caller is asked to speak their name
}

// Act is something that a caller does in the meeting.
type Act struct {
	Kind   ActKind
	On     bool          // of Mute, Hand, Hold, MuteAll, Lock and SetRecording
	Spoken []audio.Frame // of SetName: the caller's voice
}

// ActKind is what is done.
type ActKind uint8

// The acts. Those marked so are a host's.
const (
	Mute         ActKind = iota + 1 // the caller; unmuting may be forbidden
	Hand                            // raised or lowered
	Hold                            // for all to see
	MuteAll                         // host: everybody but hosts
	Lock                            // host: newcomers wait at the door
	Admit                           // host: who has waited longest at the door
	End                             // host: the meeting, for all
	SetRecording                    // host: begins with a notice to everybody
	CallHost                        // ask a host for help; not allowed where none is there
	Object                          // to being recorded; not allowed where nothing is
	HeardNotice                     // the notice of the recording was heard to its end
	SetName                         // to what was Spoken
)

// Attendance is who is in a meeting.
type Attendance struct {
	People  int // in the meeting, the caller included
	Waiting int // to be let in
	Names   []Attendee
}

// Attendee is one of those who are there, as they can be spoken of.
type Attendee struct {
	Kind   AttendeeKind
	Host   bool
	Spoken []audio.Frame // their name in their own voice, nil where none was recorded
	Caller int           // the 3 of "Caller 3"; 0 for whoever has another name
}

// AttendeeKind is what somebody takes part with.
type AttendeeKind uint8

// The kinds.
const (
	InBrowser AttendeeKind = iota + 1
	OnPhone
)

// Notice is something done to a caller by the host or the meeting.
type Notice struct {
	Kind NoticeKind
	// Text is the name of where the caller is moved to.
	Text string
	// Count is the new position of PositionChanged; how many wait, of
	// SomebodyWaits; the 3 of "Caller 3", of CalledHost, or 0; and the number of
	// the break-out room, of Moving, or 0 for another meeting; how many minutes
	// somebody is late, of IsLate, and how many have not answered, of NotReplied.
	Count int
	// Spoken is the name of whom IsLate and IsAway are about, in their own voice;
	// nil: none was recorded.
	Spoken []audio.Frame
}

// NoticeKind is what was done.
type NoticeKind uint8

// The notices a caller hears of.
const (
	Admitted         NoticeKind = iota + 1 // let in from the door, or the wait is over
	Refused                                // not let in
	MutedByHost                            //
	UnmuteAsked                            // the host asks the caller to unmute
	HandLowered                            // by the host
	Locked                                 //
	Unlocked                               //
	Removed                                // with no return
	Ended                                  // the meeting is over
	PositionChanged                        // at the door
	HostArrived                            // of a caller who waits for them
	Opened                                 // of a caller who came too early
	Moving                                 // to another room, on the same call
	MovedBack                              //
	RecordingNotice                        // to be heard to its end, then HeardNotice
	RecordingStopped                       //
	TalkingMuted                           // the caller talks, and nobody hears it
	CalledHost                             // to hosts: somebody asks for help
	MutedByGuard                           // music was heard on the line
	UnmutedByGuard                         // the host undid that
	SomebodyWaits                          // to hosts: at the door
	HandedOver                             // the caller goes on in their browser
	MadeHost                               // by another host
	IsLate                                 // to hosts: an invitee, by Count minutes
	IsAway                                 // to hosts: an invitee cannot come
	NotReplied                             // to hosts: Count invitees
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
