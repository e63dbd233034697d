package ivr

import (
	"strings"
	"time"

	"partyline/sfu/audio"
)

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
	// Enter asks for a seat in the meeting found, for who was identified; or in
	// the meeting that the caller returns to, as who they were there.
	Enter struct{ Return bool }
	// Join puts the caller into the room's sound, Leave takes them out.
	Join  struct{}
	Leave struct{}
	// Capture keeps what the caller says, until they are silent or for so long.
	// Zero ends that.
	Capture struct{ Limit time.Duration }
	// SetVolume makes the caller hear everything so many steps louder.
	SetVolume struct{ Steps int }
	// Act is the caller's act in the meeting. On says which way, where there
	// are two; Spoken is their name.
	Act struct {
		Act    ActKind
		On     bool
		Spoken []audio.Frame
	}
	// Attend asks who is there.
	Attend struct{}
	// Reply is what somebody answers whom we reminded of something. Whoever wants
	// to join enters instead.
	Reply struct{ Reply ReplyKind }
	// HangUp ends the call. No effect follows it.
	HangUp struct{ Cause Cause }
)

func (Say) effect()         {}
func (FindMeeting) effect() {}
func (Identify) effect()    {}
func (Enter) effect()       {}
func (Join) effect()        {}
func (Leave) effect()       {}
func (Capture) effect()     {}
func (SetVolume) effect()   {}
func (Act) effect()         {}
func (Attend) effect()      {}
func (Reply) effect()       {}
func (HangUp) effect()      {}

// ReplyKind is what somebody answers to a reminder.
type ReplyKind uint8

// The replies.
const (
	RemindAgain ReplyKind = iota + 1 // in five minutes
	ComesLate
	CannotCome
	HasHeard
)

// ActKind is what a caller does in the meeting.
type ActKind uint8

// The acts.
const (
	Mute ActKind = iota + 1
	Hand
	MuteAll
	Lock
	Admit
	End
	SetRecording
	CallHost
	Object
	HeardNotice
	SetName
)

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
	NotOpen     Cause = "meeting-not-open" // and will not be for long
	NotAdmitted Cause = "not-admitted"     // at the door, or nobody opened
	SentOut     Cause = "removed"          // by the host
	Continued   Cause = "handed-over"      // in the caller's browser
	Broken      Cause = "fault"            // ours
	Unconfirmed Cause = "not-joined"       // nobody whom we called pressed 1
	Declined    Cause = "declined"         // whom we called cannot come
	Reminded    Cause = "reminded"         // whom we reminded of something has answered
	NoMoney     Cause = "no-money"         // for the call that we placed
	TooLong     Cause = "max-duration"     // the call that we placed was as long as it may be
)
