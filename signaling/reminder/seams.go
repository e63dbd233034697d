package reminder

import (
	"context"
	"errors"
	"time"

	"partyline/signaling/notify"
)

// Directory tells where people can be reached. Calls come from any goroutine.
type Directory interface {
	// Routes are those of a person, at most one for each channel: mail with its
	// address, push where a browser of theirs subscribed, the bots that they chose.
	Routes(ctx context.Context, person string) ([]notify.Route, error)
}

// PhoneCall is a call that reminds.
type PhoneCall struct {
	ID            string // the same for the same reminder
	Kind          Kind
	Subject       string
	Meeting       string // id of the meeting to join; empty: none
	Step          Step   // Dial goes into the meeting without asking
	Who           Who
	Number        string // E.164
	Title         string
	Text          string // of a broadcast
	Start         time.Time
	OrganiserName string
	Organiser     string // person, whose call it is
}

// ErrNotPlaced means that no phone rang and the call may be tried again.
var ErrNotPlaced = errors.New("the call was not placed")

// Phone calls people. It is called once for each reminder.
type Phone interface {
	// Call rings, says what it is about, and returns what was pressed: NoReply
	// where nothing was. It lasts until the call is over or has joined, and ends
	// it when ctx does. It returns ErrNotPlaced when nothing rang.
	Call(ctx context.Context, c PhoneCall) (Act, error)
}

// Notice is what hosts of a meeting are told.
type Notice struct {
	Subject string
	Title   string
	Start   time.Time
	Missing []string // names of those who are needed and have not answered
	Name    string   // who said something, where nobody is missing
	Person  string   // the same, with an account
	Act     Act      // what they said
	Minutes int
}

// Hosts tells those who lead a meeting, while it runs.
type Hosts interface {
	Tell(ctx context.Context, meeting string, n Notice) error
}

// Observer counts. Its methods are called from any goroutine and do not block.
// A channel is a [notify.Channel], a reason a [Reason]: words from closed lists.
type Observer interface {
	// Planned counts rows that are new.
	Planned(n int)
	// Sent counts a reminder, with how long after its time it went out; less than
	// nothing for one that goes earlier on purpose.
	Sent(channel string, late time.Duration)
	Failed(channel, reason string)
	// Expired counts what was too late to be sent.
	Expired(n int)
	Suppressed(channel, reason string)
	// Acknowledged counts answers by what they say.
	Acknowledged(act string)
	// Missed counts reminders that were not on their way within their window.
	Missed(channel string)
}

// silent is an observer that counts nothing.
type silent struct{}

func (silent) Planned(int)                {}
func (silent) Sent(string, time.Duration) {}
func (silent) Failed(string, string)      {}
func (silent) Expired(int)                {}
func (silent) Suppressed(string, string)  {}
func (silent) Acknowledged(string)        {}
func (silent) Missed(string)              {}
