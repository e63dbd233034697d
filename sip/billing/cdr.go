package billing

import (
	"time"

	"partyline/sip/dialplan"
)

// State is how far a record has come.
type State uint8

// The states, each later than the one before.
const (
	Opened State = iota // written, nothing sent yet
	Ringing
	Answered
	Closed // and settled: not changed again
)

var states = [...]string{Opened: "opened", Ringing: "ringing", Answered: "answered", Closed: "closed"}

// String gives the state's name.
func (s State) String() string { return nameOf(states[:], uint8(s)) }

// MarshalText gives the state's name.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a state's name.
func (s *State) UnmarshalText(text []byte) error {
	n, err := byName(states[:], "a record's state", string(text))
	*s = State(n)
	return err
}

// CDR is the record of one leg. It is written before the INVITE, changed while
// the call runs, and closed once. Times are UTC; zero is never.
type CDR struct {
	ID         string // of the record and the leg
	Parent     string // leg that this one was called for
	Kind       Kind
	Direction  Direction
	State      State
	Meeting    string
	Occurrence string
	Batch      string
	Attempt    int

	From, To    dialplan.Number // in clear; masked where they are shown
	Name        string          // of the far end
	Known       bool            // a colleague or a saved contact
	Person      string          // who dialled
	PersonName  string
	Department  string
	CostCentre  string
	Payer       Payer
	Class       dialplan.Class
	Country     string // ISO 3166
	Trunk       string
	Why         string // how the trunk was chosen
	Destination string // as the deck calls it

	Setup, Ring, Answer, End, Beat time.Time // Beat: known to be alive then

	Deck          string // version that Rate is of
	Rate          Rate
	Currency      Currency
	Hold          string // id
	Cost          Micro
	BilledSeconds int

	CallID string // of the SIP dialog
	Status int    // last SIP status
	Q850   int
	Cause  Cause
	Rule   Rule // by which it was refused or ended
	Side   Side

	Quality Quality
	Notice  time.Time // the notice of a recording was heard; zero: not recorded
	Join    string    // pin, token, callback, confirm
	Keys    int       // how many were pressed
}

// Duration is how long the leg was connected; 0 where it never was.
func (c CDR) Duration() time.Duration {
	if c.Answer.IsZero() || c.End.Before(c.Answer) {
		return 0
	}
	return c.End.Sub(c.Answer)
}

// PDD is the post-dial delay, from setup to ringing, or to the answer where
// nothing rang; 0 where neither came.
func (c CDR) PDD() time.Duration {
	switch {
	case !c.Ring.IsZero():
		return c.Ring.Sub(c.Setup)
	case !c.Answer.IsZero():
		return c.Answer.Sub(c.Setup)
	}
	return 0
}

// Quality is how a leg sounded, in whole numbers: MOS in hundredths (431 is
// 4.31, 0 unknown), loss in hundredths of a percent.
type Quality struct {
	Codec           string
	MOSIn, MOSOut   int
	LossIn, LossOut int
	JitterIn        time.Duration
	JitterOut       time.Duration
	RTT             time.Duration
	Class           string // good, poor, unclassified
}

// Cause is how a leg ended, in one word.
type Cause string

// The causes.
const (
	CauseHungUp      Cause = "hung-up" // after it was answered
	CauseBusy        Cause = "busy"
	CauseNoAnswer    Cause = "no-answer"
	CauseDeclined    Cause = "declined"
	CauseWrongNumber Cause = "wrong-number"
	CauseUnreachable Cause = "unreachable"
	CauseVoicemail   Cause = "voicemail"
	CauseFax         Cause = "fax"
	CauseCancelled   Cause = "cancelled"
	CauseNoMoney     Cause = "no-money"
	CauseRefused     Cause = "refused" // by the rule that stands beside it
	CauseTrunkDown   Cause = "trunk-down"
	CauseMaxDuration Cause = "max-duration"
	CauseNotJoined   Cause = "not-joined" // answered, and nobody pressed 1
	CauseLost        Cause = "lost"       // the server stopped meanwhile
	CauseNotCalled   Cause = "not-called" // the server stopped before it was placed
)
