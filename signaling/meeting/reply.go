package meeting

import (
	"errors"
	"slices"
	"time"
)

// Status is what somebody answers to an invitation, in the words of
// iCalendar's PARTSTAT.
type Status string

// The answers.
const (
	NeedsAction Status = "needs-action" // none yet
	Accepted    Status = "accepted"
	Tentative   Status = "tentative"
	Declined    Status = "declined"
)

// Statuses lists every answer.
func Statuses() []Status { return []Status{NeedsAction, Accepted, Tentative, Declined} }

// Reply is what an invitee answered.
type Reply struct {
	Meeting    string
	Invitee    string
	Occurrence string // empty: to all dates that have no reply of their own
	Status     Status
	At         time.Time
	Via        string // "page", "mail" …
	Sequence   int    // of the series, as they knew it
}

// ErrStale is for a reply that says what was true before another one.
var ErrStale = errors.New("a newer reply is known")

// StatusOf is what an invitee has answered to a date; no date: to all.
func StatusOf(replies []Reply, invitee, occurrence string) Status {
	status := NeedsAction
	for _, r := range replies {
		switch {
		case r.Invitee != invitee:
		case occurrence != "" && r.Occurrence == occurrence:
			return r.Status
		case r.Occurrence == "":
			status = r.Status
		}
	}
	return status
}

// answer puts a reply in the place of what the invitee said before. To all
// dates is to each of them. A reply from before another one is ErrStale: mail
// overtakes itself.
func (s *Schedule) answer(r Reply) error {
	for _, old := range s.Replies {
		if old.Invitee == r.Invitee && old.Occurrence == r.Occurrence &&
			(r.Sequence < old.Sequence || r.Sequence == old.Sequence && r.At.Before(old.At)) {
			return ErrStale
		}
	}
	s.Replies = slices.DeleteFunc(s.Replies, func(old Reply) bool {
		return old.Invitee == r.Invitee && (old.Occurrence == r.Occurrence || r.Occurrence == "")
	})
	s.Replies = append(s.Replies, r)
	return nil
}
