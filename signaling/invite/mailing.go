package invite

import (
	"context"
	"log/slog"
	"time"

	"partyline/signaling/internal/ical"
)

// Method is what a letter asks of a calendar (RFC 5546 §1.4).
type Method string

// The methods of letters to invitees.
const (
	Request Method = "REQUEST" // invited, or something is different now
	Cancel  Method = "CANCEL"  // it, or the invitation, is called off
)

// Reason is why a mailing is sent; the text of its letters says so.
type Reason string

// The reasons.
const (
	Invited   Reason = "invited"   // these people are new
	Changed   Reason = "changed"   // time, title or agenda is different
	Cancelled Reason = "cancelled" // the meeting, or the date, does not take place
	Removed   Reason = "removed"   // these people are not invited any more
	Clocks    Reason = "clocks"    // a country changed its clocks' rules: same wall time, other instants
)

// Mailing is one change of one series that some people are told by mail, as it
// was when it was committed.
type Mailing struct {
	Meeting    string // id
	Method     Method
	Reason     Reason
	UID        string    // of the series, stable
	Sequence   int       // greater with every change of it
	Recurrence ical.Wall // the one date it is about; zero: the whole series

	Title      string
	Agenda     string
	Zone       string // IANA
	Start      ical.Wall
	Minutes    int
	Rule       string // RRULE; "" for one date
	Exceptions []Exception

	Organiser      string // name
	OrganiserEmail string
	Link           string // token of the meeting's link
	Number         string // the meeting's number, dialled after the company's
	At             time.Time
}

// Exception is one date of a series that is different. What is empty or zero is
// as in the series.
type Exception struct {
	Recurrence ical.Wall
	Start      ical.Wall
	Minutes    int
	Title      string
	Agenda     string
	Cancelled  bool
}

// Recipient is an invitee as a mailing knows them.
type Recipient struct {
	Invitee  string // id
	Person   string // "" for guests
	Name     string
	Email    string
	Language string // zh-CN or en
	Zone     string // IANA; "" is that of the mailing
	Code     string // their own code in the meeting
	Required bool
	Status   string // PARTSTAT so far: needs-action, accepted, tentative or declined; "" is the first
}

// LogValue shows the invitee's id and neither address nor code.
func (r Recipient) LogValue() slog.Value { return slog.StringValue(r.Invitee) }

// Letter is one recipient's copy of a mailing, claimed by whoever holds its
// lease.
type Letter struct {
	ID      string // UUIDv7; the Message-ID is made of it
	Mailing Mailing
	To      Recipient
	Attempt int    // 1 at the first
	Lease   string // proof of the claim
}

// Letters is where letters wait. Times of leases are on the clock of the
// database, so that any number of nodes may claim.
type Letters interface {
	// ClaimLetters claims up to n letters that are due, for as long as lease;
	// then others may claim them. Letters that a later mailing of the same date
	// made pointless are not among them.
	ClaimLetters(ctx context.Context, n int, lease time.Duration) ([]Letter, error)
	// LetterSent notes that a mail server took the letter.
	LetterSent(ctx context.Context, l Letter) error
	// LetterAgain lets the letter be claimed again after a pause.
	LetterAgain(ctx context.Context, l Letter, pause time.Duration, why string) error
	// LetterFailed gives the letter up.
	LetterFailed(ctx context.Context, l Letter, why string) error
	// NextLetter is how long until a letter is due, at most limit.
	NextLetter(ctx context.Context, limit time.Duration) (time.Duration, error)
}
