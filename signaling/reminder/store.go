package reminder

import (
	"context"
	"time"

	"partyline/signaling/notify"
)

// Store keeps reminders and what belongs to them. Each method is one
// transaction and may be called from any goroutine of any node.
type Store interface {
	Rows
	Answers
	Wishes
	Overrides
	Announcements
	Shared
}

// Rows keeps reminders.
type Rows interface {
	// AddRows adds the rows that are not there, and moves those whose subject was
	// moved since. A moved one begins anew. What its person has answered already
	// is not pending. It returns how many rows are new.
	AddRows(ctx context.Context, rows []Row) (added int, err error)
	// ClaimRows gives at most n rows of a channel whose time has come and that
	// nobody else has, to owner, until lease has passed on the database's clock. A
	// row that is to be tried only once is given only once.
	ClaimRows(ctx context.Context, owner string, channel notify.Channel, now time.Time, n int, lease time.Duration) ([]Row, error)
	// ClaimedRows are those of the ids that owner still has.
	ClaimedRows(ctx context.Context, owner string, ids []string) (map[string]bool, error)
	// RecordRows notes what became of rows that owner has. One that was answered
	// meanwhile, and sent, is acknowledged.
	RecordRows(ctx context.Context, owner string, outcomes []Outcome) error
	// EndRows expires the rows of subjects that are over, and gives up calls whose
	// owner has gone.
	EndRows(ctx context.Context, now time.Time) (expired, interrupted int, err error)
	// NextRow is when the next row of a channel is to be taken; zero: none is.
	NextRow(ctx context.Context, channel notify.Channel) (time.Time, error)
	// RowsOf are all rows of a subject; RowsFor those that were sent to a person,
	// of subjects that are not over.
	RowsOf(ctx context.Context, subject string) ([]Row, error)
	RowsFor(ctx context.Context, person string, now time.Time) ([]Row, error)
}

// Answers keeps what people pressed.
type Answers interface {
	// AddAnswer keeps an answer, ends all rows of that person for the subject, and
	// adds the rows of a reminder that they asked for.
	AddAnswer(ctx context.Context, a Answer, later []Row) error
	// AnswersTo are those to a subject, the oldest first.
	AnswersTo(ctx context.Context, subject string) ([]Answer, error)
}

// Wishes keeps what people and organisers have chosen. What was never set is
// not in the maps.
type Wishes interface {
	Quiets(ctx context.Context, people []string) (map[string]Quiet, error)
	SetQuiet(ctx context.Context, person string, q Quiet) error
	Choices(ctx context.Context, people []string) (map[string]Choice, error)
	SetChoice(ctx context.Context, person string, c Choice) error
	Ladders(ctx context.Context, meetings []string) (map[string]Ladder, error)
	SetLadder(ctx context.Context, meeting string, l Ladder) error
}

// Overrides keeps what was more urgent than quiet hours.
type Overrides interface {
	// AddOverride keeps one if allow agrees, which is given those of the same
	// sender since a time, and what people said to them. One subject has one.
	AddOverride(ctx context.Context, o Override, since time.Time, allow func([]Override) error) error
	// OverridesOf are those of subjects.
	OverridesOf(ctx context.Context, subjects []string) (map[string]Override, error)
	// OverridesBy are those of a sender since a time.
	OverridesBy(ctx context.Context, sender string, since time.Time) ([]Override, error)
	// Disturbed notes that somebody was disturbed by an override.
	Disturbed(ctx context.Context, override string, people []string, at time.Time) error
	// DisturbancesOf are what disturbed a person since a time; Judge is what they
	// say to it. It returns ErrNoSubject where they were not disturbed.
	DisturbancesOf(ctx context.Context, person string, since time.Time) ([]Disturbance, error)
	Judge(ctx context.Context, override, person string, urgent bool) error
}

// Announcements keeps broadcasts.
type Announcements interface {
	// AddAnnouncement keeps one, unless there is one of that id.
	AddAnnouncement(ctx context.Context, a Announcement) error
	// Announcement returns ErrNoSubject; Announcements are those that were made
	// between two times, the newest first.
	Announcement(ctx context.Context, id string) (Announcement, error)
	Announcements(ctx context.Context, from, to time.Time) ([]Announcement, error)
}

// Shared is what all nodes have in common.
type Shared interface {
	// Mark is until when everything was planned; zero: nothing ever was. SetMark
	// never sets it back.
	Mark(ctx context.Context) (time.Time, error)
	SetMark(ctx context.Context, t time.Time) error
	// LinkKey is the key of signed links, made when it is first asked for.
	LinkKey(ctx context.Context) ([]byte, error)
	// TakeTokens takes tokens of a bot, see Take.
	TakeTokens(ctx context.Context, bot string, limits []notify.Limit, now time.Time, want int) (got int, next time.Time, err error)
}
