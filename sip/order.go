package sip

import (
	"errors"
	"fmt"
	"time"

	"partyline/metrics/quality"
	"partyline/sfu/audio"
	"partyline/sip/billing"
)

// Order is a call that the company has placed, and pays.
type Order struct {
	// Bill is who is called, for whom and at whose cost. Bill.Call is the call's id
	// and that of its record; Bill.From is the number to show, where the trunk owns
	// it; Bill.Limit is the longest it may last, 0: as the brakes say.
	Bill     billing.Request
	Language string // that the callee is spoken to in; empty: the default
	// Meeting is where the callee is seated, as Identity, like a caller who typed
	// the meeting's number.
	Meeting  Meeting
	Identity Identity
	Ring     time.Duration // how long their phone rings; 0: 45 s
	Greeting Greeting
	// Direct seats whoever answers, without the key 1. It is for phones of which
	// it is known that no voicemail answers.
	Direct bool
	// Back says that the callee was in the meeting, and the network ended that call:
	// they return as who they were there.
	Back bool
	// Early, if set, hears what the network plays before the answer, such as a
	// ring-back tone or an announcement: for whoever dialled, never for the room.
	// It is called from the goroutine that reads the packets, and must not block.
	Early func(audio.Packet)
}

// Greeting is how a callee learns what the call is about.
type Greeting struct {
	By  []audio.Frame // name of who invites them, in their own voice; nil: a colleague
	Own bool          // they asked for the call themselves
	Of  *Reminder     // what they are reminded of, and asked what they will do; nil: nothing
}

// Reminder is what a callee is reminded of. The key that they press is their
// answer: 1 seats them in the meeting, or confirms a to-do and news; 2 asks for
// another reminder in five minutes, 3 says that they will be late, and 9 that they
// cannot come. Without a key there is no answer.
type Reminder struct {
	Occasion Occasion
	At       time.Time     // it begins or is due, in the callee's zone; zero: is not told
	Spoken   []audio.Frame // its title, or the news, in somebody's voice; nil: none
}

// Occasion is what kind of thing somebody is reminded of.
type Occasion uint8

// The occasions.
const (
	OfMeeting Occasion = iota // that they are expected in
	OfTodo                    // of theirs
	OfNews                    // for everybody
)

// Reply is what a callee answers to a reminder. The names stand in messages.
type Reply string

// The replies. Who joins has CallConfirmed instead.
const (
	RemindAgain Reply = "again" // in five minutes
	ComesLate   Reply = "late"
	CannotCome  Reply = "cannot"
	HasHeard    Reply = "heard"
)

// ringDefault is how long a phone rings where the order does not say.
const ringDefault = 45 * time.Second

func (o Order) validate() error {
	switch {
	case o.Bill.Call == "":
		return errors.New("it has no id")
	case o.Bill.To.Number == "":
		return errors.New("it calls nobody")
	case o.Meeting.ID == "" && (o.Greeting.Of == nil || o.Greeting.Of.Occasion == OfMeeting):
		return errors.New("it is for no meeting")
	case o.Ring < 0 || o.Bill.Limit < 0:
		return fmt.Errorf("it rings for %v and lasts for %v", o.Ring, o.Bill.Limit)
	}
	return nil
}

// State is how far a call of ours has come. The names stand in messages.
type State string

// The states, in the order in which they come; some may be left out.
const (
	CallTrying    State = "trying"      // the record is written, the INVITE leaves
	CallRinging   State = "ringing"     // the callee's phone rings
	CallEarly     State = "early-media" // the network plays something instead
	CallAnswered  State = "answered"    // and is charged for
	CallConfirmed State = "confirmed"   // by the key 1
	CallJoined    State = "joined"      // is in the meeting's sound
	CallWarned    State = "warned"      // of Progress.Warning; as before otherwise
	CallReplied   State = "replied"     // to a reminder: Progress.Reply; the call ends
	CallEnded     State = "ended"       // tells the Cause; nothing follows
)

// Progress is a step of a call that we placed.
type Progress struct {
	Call    string // its id
	State   State
	At      time.Time
	Trunk   string // that the call is tried over
	Status  int    // of SIP: 180, 183, 486 …; 0: none came
	Cause   billing.Cause
	Refusal *billing.Refusal // of a call that a rule refused or ended
	Warning *billing.Warning // of CallWarned
	Reply   Reply            // of CallReplied
	Meter   Meter            // what the call costs; nil before CallTrying
}

// Outcome is how a call of ours ended.
type Outcome struct {
	Cause   billing.Cause
	Refusal *billing.Refusal // of CauseRefused, CauseNoMoney
	Status  int              // the last of SIP; 0: none came
	Record  billing.CDR      // as it was closed; zero of a call that was refused
	// Signalling is how it went on the wire; zero where no INVITE was sent.
	Signalling quality.Signalling
}

// What may end a call of ours beside what package billing lists.
const (
	CauseDropped      billing.Cause = "dropped"       // by the network
	CauseRemoved      billing.Cause = "removed"       // by the host
	CauseMeetingEnded billing.Cause = "meeting-ended" //
	CauseShuttingDown billing.Cause = "shutting-down" //
	CauseReplaced     billing.Cause = "replaced"      // another call took its place
	CauseFault        billing.Cause = "fault"         // ours
)

// Because is a reason to call an order off: the cause of the context's end
// (context.WithCancelCause), which then stands in the record.
type Because struct{ Cause billing.Cause }

// Error names it.
func (b *Because) Error() string { return "called off: " + string(b.Cause) }

// Why no call was placed at all.
var (
	ErrNoBilling    = errors.New("nobody pays for calls here")
	ErrShuttingDown = errors.New("no calls are placed any more")
)
