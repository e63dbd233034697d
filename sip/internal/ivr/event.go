package ivr

import (
	"fmt"
	"io"
	"log/slog"
	"time"

	"partyline/sfu/audio"
)

// Event is something that happened to a call.
type Event interface{ event() }

// The events of a call.
type (
	// Answered begins the conversation: with whoever called, or with whom we
	// called.
	Answered struct {
		Return  *Return  // of a caller
		Invited *Invited // not nil: we called
	}
	// Key is a key of the phone: 0-9, * or #. Others are ignored.
	Key byte
	// Said tells that the last Say was heard to its end.
	Said struct{}
	// Elapsed tells that the Deadline has come.
	Elapsed struct{}
	// Held tells that the peer put the call on hold, or took it back.
	Held struct{ On bool }

	// MeetingFound answers FindMeeting. Opens is when the meeting will be open;
	// zero or past: it is.
	MeetingFound struct {
		CodeRequired bool
		Opens        time.Time
	}
	// Identified answers Identify.
	Identified struct{ Host bool }
	// Entered answers Enter.
	Entered struct{ Arrival Arrival }
	// Failed answers FindMeeting, Identify, Enter or Join in their place.
	Failed struct {
		Why Reason
		At  time.Time // when the meeting ended, in the zone to tell it in; zero: not known
	}

	// Captured answers Capture with the caller's voice, if there was any.
	Captured struct{ Spoken []audio.Frame }
	// Done answers Act. On is what was asked for.
	Done struct {
		Act ActKind
		On  bool
		Why Reason // zero when it was done
	}
	// Attended answers Attend.
	Attended struct {
		People  int // the caller included
		Waiting int // at the door
		Names   []Attendee
		Why     Reason
	}

	// Admitted tells that the caller who waits may enter.
	Admitted struct{ Arrival Arrival }
	// Waits tells what has become of the wait.
	Waits struct{ Arrival Arrival }
	// Noticed tells what the host or the meeting did to the caller. Count is
	// how many wait or have not answered, which caller calls, to which break-out
	// room one goes, or by how many minutes somebody is late, whose name is Spoken.
	Noticed struct {
		Notice Notice
		Count  int
		Spoken []audio.Frame
	}
)

func (Answered) event()     {}
func (Key) event()          {}
func (Said) event()         {}
func (Elapsed) event()      {}
func (Held) event()         {}
func (MeetingFound) event() {}
func (Identified) event()   {}
func (Entered) event()      {}
func (Failed) event()       {}
func (Captured) event()     {}
func (Done) event()         {}
func (Attended) event()     {}
func (Admitted) event()     {}
func (Waits) event()        {}
func (Noticed) event()      {}

// Invited is somebody whom we called into a meeting.
type Invited struct {
	By     []audio.Frame // name of who invites them, in their own voice; nil: none was recorded
	Own    bool          // they asked for the call themselves
	Back   bool          // they were in the meeting, and the network ended that call
	Direct bool          // into the room without a key
	Of     *Reminder     // what they are reminded of; nil: nothing
}

// Reminder is what somebody whom we called is reminded of.
type Reminder struct {
	Occasion Occasion
	At       time.Time     // it begins or is due, in the zone to tell it in; zero: is not told
	Spoken   []audio.Frame // its title, or the news, in somebody's voice; nil: none
}

// Occasion is what kind of thing somebody is reminded of.
type Occasion uint8

// The occasions.
const (
	Meeting Occasion = iota // that they are expected in
	Todo                    // of theirs
	News                    // for everybody
)

// Return is a meeting which the caller was in until a short while ago.
type Return struct {
	Host     bool
	Dropped  bool   // the network ended that call
	Language string // spoken then; empty: not known
}

// Arrival is the meeting as the caller finds it.
type Arrival struct {
	Waiting      bool          // not yet in the room
	Position     int           // among those who wait, from 1; 0: not known
	WaitsForHost bool          // the meeting begins when its host arrives
	OpensAt      time.Time     // when it will be open; zero: it is
	Host         bool          // the caller is one, whatever they typed
	Muted        bool          // the caller is
	Hand         bool          // the caller's is raised
	Locked       bool          // the door is
	Others       int           // people already there
	Running      time.Duration // since the first participant came
	Recording    bool          // the room is recorded
	NamesWanted  bool          // the caller is asked for their name
}

// Attendee is one of those in the room, as they can be spoken of.
type Attendee struct {
	Phone  bool
	Host   bool
	Spoken []audio.Frame // their name, nil where none was recorded
	Caller int           // the 3 of "Caller 3"; 0: has another name
}

// Reason is why something asked for could not be had. The zero value means
// that nothing went wrong.
type Reason uint8

// The reasons.
const (
	NoMeeting      Reason = iota + 1 // nobody has this number
	MeetingEnded                     // the number is right, the meeting is over
	MeetingFull                      //
	WrongCode                        //
	TooManyGuesses                   // from this caller or for this meeting
	NotAllowed                       // the caller's role does not permit it
	Fault                            // ours: something is broken or too slow
)

// Notice is something done to the caller by the host or the meeting.
type Notice uint8

// The notices.
const (
	MutedByHost Notice = iota + 1
	UnmuteAsked
	HandLowered
	Locked
	Unlocked
	Refused // at the door
	Removed
	Ended
	Moving // to break-out room Count, or 0 to another meeting
	MovedBack
	RecordingNotice // must be heard to its end
	RecordingStopped
	TalkingMuted
	CalledHost // by caller Count, or 0 by somebody with a name
	MutedByGuard
	UnmutedByGuard
	SomebodyWaits // Count of them
	HandedOver
	MadeHost
	OneMinuteLeft // of a call that we placed, until its money or time is over
	MoneyOver
	TimeOver
	IsLate     // to hosts: an invitee, by Count minutes
	IsAway     // to hosts: an invitee cannot come
	NotReplied // to hosts: Count invitees
)

// Digits is a run of digits that a caller typed. It is never printed; string(d)
// is the way to it.
type Digits string

// Format hides the digits from every verb.
func (Digits) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "•••") }

// LogValue hides the digits.
func (Digits) LogValue() slog.Value { return slog.StringValue("•••") }
