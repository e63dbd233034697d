package reminder

import (
	"errors"
	"time"
)

// Act is what somebody answers. Its text stands in requests.
type Act string

// The acts.
const (
	Join    Act = "join"   // is in the meeting
	Coming  Act = "coming" // will be
	Late    Act = "late"   // will be, some minutes later
	Cannot  Act = "cannot" // will not
	Later   Act = "snooze" // wants to be reminded again
	Heard   Act = "heard"  // of an announcement, or a to-do
	NoReply Act = ""       // pressed nothing: that is no answer
)

// Acts lists every act.
func Acts() []Act { return []Act{Join, Coming, Late, Cannot, Later, Heard} }

// Answer is an explicit act of somebody: what they pressed, when and where.
type Answer struct {
	Subject string
	Meeting string
	Who     string    // key
	Person  string    // empty without an account
	Name    string    // as it was then
	Start   time.Time // the date that was answered to
	Act     Act
	Minutes int    // of Late and Later
	Where   string // where it was pressed: a channel, or "page", "room", "link"
	At      time.Time
}

// What Acknowledge refuses.
var (
	ErrBadAct    = errors.New("no such answer")
	ErrNoSubject = errors.New("nothing to answer to")
	ErrOver      = errors.New("it is over")
	ErrTooOften  = errors.New("at most three times, five minutes apart")
)

// What is asked again, and how often.
const (
	// MostAgain is how many times somebody is reminded again of the same.
	MostAgain = 3
	// AgainAfter is how long after the last reminder.
	AgainAfter = 5 * time.Minute
	// MostMinutes bounds how late somebody may say to be.
	MostMinutes = 60
)

// check completes the minutes, and refuses what nobody can press.
func (a *Answer) check() error {
	switch a.Act {
	case Join, Coming, Cannot, Heard:
		a.Minutes = 0
	case Late:
		if a.Minutes == 0 {
			a.Minutes = 5
		}
	case Later:
		a.Minutes = max(a.Minutes, int(AgainAfter/time.Minute))
	default:
		return ErrBadAct
	}
	if a.Minutes < 0 || a.Minutes > MostMinutes {
		return ErrBadAct
	}
	return nil
}
