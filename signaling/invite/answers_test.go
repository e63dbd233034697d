package invite

import (
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/signaling/internal/guess"
	"partyline/signaling/internal/ical"
	"partyline/signaling/meeting"
	"partyline/signaling/seal"
)

const phone = "192.0.2.7:5000" // whoever opens links here

// standing is a book whose replies are kept as a planner keeps them.
type standing struct{ *book }

func (s standing) Reply(ctx context.Context, r meeting.Reply) error {
	if err := s.book.Reply(ctx, r); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.schedule.Replies = append(slices.DeleteFunc(s.schedule.Replies, func(old meeting.Reply) bool { return old.Occurrence == r.Occurrence }), r)
	return nil
}

// answers are those of a weekly meeting, at a time.
func answers(t *testing.T, now time.Time) (*Answers, *book) {
	b := newBook()
	b.schedule.Series[0].Rule, b.schedule.Series[0].Sequence = "FREQ=WEEKLY;COUNT=4", 3
	b.schedule.Invitees[0].Name = "Ann"
	a := NewAnswers(testLinks(t), b, standing{b}, slog.New(slog.DiscardHandler))
	a.now = func() time.Time { return now }
	return a, b
}

func (a *Answers) sign(t *testing.T, invitee string, recurrence ical.Wall) string {
	t.Helper()
	token, err := a.links.Sign(invitee, series+"@meet.example.com", recurrence)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

var (
	before = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	third  = ical.NewWall(2026, time.March, 16, 15, 0, 0)
)

// TestAnswerByLink: to all dates, to the next one alone, and to the one that a
// letter is about. Opening answers nothing, however often, and the last answer
// counts.
func TestAnswerByLink(t *testing.T) {
	a, b := answers(t, before)
	all, one := a.sign(t, annsInvitation, ical.Wall{}), a.sign(t, annsInvitation, third)
	for range 100 { // programs that look through mail do
		for _, token := range []string{all, one} {
			if q, err := a.Open(t.Context(), phone, token); err != nil || q.Status != meeting.NeedsAction || q.Invitee.Name != "Ann" {
				t.Fatalf("%+v, %v", q, err)
			}
		}
	}
	if len(b.replies) > 0 {
		t.Fatalf("nobody answered, and there is %+v", b.replies)
	}
	first := meeting.OccurrenceID(series, ical.NewWall(2026, time.March, 2, 15, 0, 0))
	for _, c := range []struct {
		token        string
		status       meeting.Status
		next         bool
		to           string
		stands, date meeting.Status // afterwards: of what the link is about, and of the next date
	}{
		{all, meeting.Tentative, false, "", meeting.Tentative, meeting.Tentative},
		{all, meeting.Accepted, false, "", meeting.Accepted, meeting.Accepted},
		{all, meeting.Declined, true, first, meeting.Accepted, meeting.Declined},
		{one, meeting.Declined, false, meeting.OccurrenceID(series, third), meeting.Declined, meeting.Declined},
	} {
		q, err := a.Answer(t.Context(), phone, c.token, c.status, c.next)
		want := meeting.Reply{Meeting: "m1", Invitee: annsInvitation, Occurrence: c.to, Status: c.status, Via: "link", Sequence: 3}
		if diff := cmp.Diff(want, b.replies[len(b.replies)-1]); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
		if q.Status != c.stands || q.Next != c.date || q.All != (c.token == all) {
			t.Errorf("after %s (only the next: %v) it is %+v", c.status, c.next, q)
		}
	}
}

// TestLinksEnd: with the date, the last of the dates, the invitation, the series
// and the meeting.
func TestLinksEnd(t *testing.T) {
	for name, c := range map[string]struct {
		now  time.Time
		one  bool
		with func(*meeting.Schedule)
		ends bool
	}{
		"the last date goes on":   {now: time.Date(2026, 3, 23, 7, 44, 0, 0, time.UTC)},
		"the last date is over":   {now: time.Date(2026, 3, 23, 7, 45, 0, 0, time.UTC), ends: true},
		"the date goes on":        {now: time.Date(2026, 3, 16, 7, 44, 0, 0, time.UTC), one: true},
		"the date is over":        {now: time.Date(2026, 3, 16, 7, 45, 0, 0, time.UTC), one: true, ends: true},
		"the date was put off":    {now: time.Date(2026, 3, 16, 8, 0, 0, 0, time.UTC), one: true, with: put(meeting.Exception{Start: third.AddDays(1)})},
		"the date was cancelled":  {now: before, one: true, ends: true, with: put(meeting.Exception{Cancelled: true})},
		"another rule":            {now: before, one: true, ends: true, with: func(s *meeting.Schedule) { s.Series[0].Rule = "FREQ=MONTHLY" }},
		"uninvited":               {now: before, ends: true, with: func(s *meeting.Schedule) { s.Invitees = nil }},
		"the series is cancelled": {now: before, ends: true, with: func(s *meeting.Schedule) { s.Series[0].Cancelled = true }},
		"the meeting has ended":   {now: before, ends: true, with: func(s *meeting.Schedule) { s.EndedAt = before }},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := answers(t, c.now)
			if c.with != nil {
				c.with(&b.schedule)
			}
			token := a.sign(t, annsInvitation, ical.Wall{})
			if c.one {
				token = a.sign(t, annsInvitation, third)
			}
			_, err := a.Answer(t.Context(), phone, token, meeting.Accepted, false)
			if c.ends != errors.Is(err, ErrOldLink) || !c.ends && err != nil {
				t.Errorf("%v, want an old link: %v", err, c.ends)
			}
			if c.ends != (len(b.replies) == 0) {
				t.Errorf("replies: %+v", b.replies)
			}
		})
	}
	a, b := answers(t, before)
	if _, err := a.Open(t.Context(), phone, a.sign(t, "0198f2c0-0000-7000-8000-000000000002", ical.Wall{})); !errors.Is(err, ErrOldLink) {
		t.Errorf("somebody who is not in the book: %v", err)
	}
	for _, gone := range []error{meeting.ErrNoInvitee, meeting.ErrEnded} { // between opening and answering
		b.fails = gone
		if _, err := a.Answer(t.Context(), phone, a.sign(t, annsInvitation, ical.Wall{}), meeting.Accepted, false); !errors.Is(err, ErrOldLink) {
			t.Errorf("%v becomes %v", gone, err)
		}
	}
	away := errors.New("the database is away")
	b.fails = away
	if _, err := a.Answer(t.Context(), phone, a.sign(t, annsInvitation, ical.Wall{}), meeting.Accepted, false); !errors.Is(err, away) {
		t.Errorf("a fault becomes %v", err)
	}
}

func put(x meeting.Exception) func(*meeting.Schedule) {
	x.Series, x.Recurrence = series, third
	return func(s *meeting.Schedule) { s.Exceptions = append(s.Exceptions, x) }
}

// TestForgedLinks are nobody's, and who tries many has to wait. Who has a link has
// not, but answers only so often.
func TestForgedLinks(t *testing.T) {
	a, b := answers(t, before)
	good := a.sign(t, annsInvitation, third)
	other, err := NewLinks(seal.Key{1})
	if err != nil {
		t.Fatal(err)
	}
	strange, err := other.Sign(annsInvitation, series+"@meet.example.com", third)
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := base64.RawURLEncoding.DecodeString(good)
	raw[0] ^= 1
	short := raw[:len(raw)-1]
	for i, forged := range []string{"", "x", strange, base64.RawURLEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(short), good + "=", strings.Repeat("A", 1000)} {
		source := "198.51.100." + string(rune('1'+i))
		if _, err := a.Answer(t.Context(), source, forged, meeting.Accepted, false); !errors.Is(err, ErrNoLink) {
			t.Errorf("%q: %v", forged, err)
		}
	}
	var locked *guess.Locked
	for range 30 {
		_, err = a.Open(t.Context(), "203.0.113.9", strange)
	}
	if !errors.As(err, &locked) {
		t.Errorf("whoever guesses is told %v", err)
	}
	if _, err := a.Open(t.Context(), phone, good); err != nil {
		t.Errorf("somebody else is told %v", err)
	}
	for range 30 {
		_, err = a.Answer(t.Context(), phone, good, meeting.Accepted, false)
	}
	if !errors.As(err, &locked) || len(b.replies) > 22 {
		t.Errorf("%d answers were taken: %v", len(b.replies), err)
	}
}

func FuzzReadLink(f *testing.F) {
	links := testLinks(f)
	for _, recurrence := range []ical.Wall{{}, third} {
		token, err := links.Sign(annsInvitation, series+"@meet.example.com", recurrence)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(token)
	}
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, token string) {
		p, err := links.read(token)
		if err != nil {
			return
		}
		again, err := links.Sign(p.invitee.String(), series+"@meet.example.com", p.recurrence)
		if err != nil || p.series == sumOf(series+"@meet.example.com") && again != token {
			t.Errorf("%q becomes %q (%v)", token, again, err)
		}
	})
}
