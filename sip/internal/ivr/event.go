package ivr

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"partyline/sfu/audio"
)

// Event is something that happened to a call.
type Event interface{ event() }

// The events of a call.
type (
	// Answered begins the conversation.
	Answered struct{}
	// Key is a key of the phone: 0-9, * or #. Others are ignored.
	Key byte
	// Said tells that the last Say was heard to its end.
	Said struct{}
	// Elapsed tells that the Deadline has come.
	Elapsed struct{}
	// MeetingFound answers FindMeeting.
	MeetingFound struct{ CodeRequired bool }
	// Identified answers Identify.
	Identified struct{ Host bool }
	// Entered answers Enter.
	Entered struct{ Arrival Arrival }
	// Failed answers FindMeeting, Identify, Enter or Join in their place.
	Failed struct{ Why Reason }
	// MuteSet, HandSet and Counted answer SetMuted, SetHand and Count.
	// Muted and Raised are the state as it now is.
	MuteSet struct {
		Muted bool
		Why   Reason // zero when it was done
	}
	HandSet struct {
		Raised bool
		Why    Reason
	}
	Counted struct {
		People int
		Why    Reason
	}
	// Admitted tells that the host let the caller in from the door.
	Admitted struct{ Arrival Arrival }
	// Noticed tells what the host or the meeting did to the caller.
	Noticed struct{ Notice Notice }
)

func (Answered) event()     {}
func (Key) event()          {}
func (Said) event()         {}
func (Elapsed) event()      {}
func (MeetingFound) event() {}
func (Identified) event()   {}
func (Entered) event()      {}
func (Failed) event()       {}
func (MuteSet) event()      {}
func (HandSet) event()      {}
func (Counted) event()      {}
func (Admitted) event()     {}
func (Noticed) event()      {}

// Arrival is the meeting as the caller finds it.
type Arrival struct {
	Waiting bool          // at the door: not yet admitted
	Muted   bool          // newcomers are muted
	Others  int           // people already there
	Running time.Duration // since the first participant came
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
)

// Digits is a run of digits that a caller typed. It is never printed; string(d)
// is the way to it.
type Digits string

// Format hides the digits from every verb.
func (Digits) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "•••") }

// LogValue hides the digits.
func (Digits) LogValue() slog.Value { return slog.StringValue("•••") }

// Effect is something to be done for a call.
type Effect interface{ effect() }

// The effects.
type (
	// Say lets the caller hear the phrases, one after the other, in place of
	// what is being said now. Without phrases it only stops that.
	Say struct{ Phrases []audio.Phrase }
	// FindMeeting asks for the meeting with this number.
	FindMeeting struct{ Number Digits }
	// Identify asks whose code it is in the meeting found.
	Identify struct{ Code Digits }
	// Enter asks for a seat in the meeting found, for who was identified.
	Enter struct{}
	// Join puts the caller into the room's sound, Leave takes them out.
	Join  struct{}
	Leave struct{}
	// SetMuted, SetHand and Count are the caller's acts in the room.
	SetMuted struct{ Muted bool }
	SetHand  struct{ Raised bool }
	Count    struct{}
	// HangUp ends the call. No effect follows it.
	HangUp struct{ Cause Cause }
)

func (Say) effect()         {}
func (FindMeeting) effect() {}
func (Identify) effect()    {}
func (Enter) effect()       {}
func (Join) effect()        {}
func (Leave) effect()       {}
func (SetMuted) effect()    {}
func (SetHand) effect()     {}
func (Count) effect()       {}
func (HangUp) effect()      {}

// String names the clips, but not the digits among them: they may spell the
// number that the caller typed.
func (s Say) String() string {
	var b strings.Builder
	b.WriteString("say")
	for _, phrase := range s.Phrases {
		b.WriteString(" " + phrase.Language + ":")
		for _, clip := range phrase.Clips {
			if strings.HasPrefix(clip, digitClips) {
				clip = digitClips + "•"
			}
			b.WriteString(" " + clip)
		}
	}
	return b.String()
}

// GoString is String, so that %#v shows no more.
func (s Say) GoString() string { return s.String() }

// Cause is why the menu hangs up.
type Cause string

// The causes, as they appear in call records.
const (
	NoAnswer    Cause = "no-input"         // three silences in a row
	OutOfTries  Cause = "out-of-tries"     // three wrong numbers or codes
	Guessing    Cause = "too-many-guesses" // the caller guesses
	Full        Cause = "meeting-full"     //
	Over        Cause = "meeting-ended"    // ended while the caller was there or came
	NotAdmitted Cause = "not-admitted"     // at the door, or nobody opened
	SentOut     Cause = "removed"          // by the host
	Broken      Cause = "fault"            // ours
)
