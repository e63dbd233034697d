package reminder

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Card is a reminder that somebody has not answered yet.
type Card struct {
	Subject  Subject
	Reminded time.Time // last
	Snoozed  bool
	Urgent   string // who says so, and why; empty: nobody
}

// Cards are what a person has been reminded of and not answered, the earliest
// first. What their quiet hours kept silent is among them: it is there for
// those who look.
func (s *Service) Cards(ctx context.Context, person string) ([]Card, error) {
	rows, err := s.store.RowsFor(ctx, person, s.now())
	if err != nil {
		return nil, fmt.Errorf("read reminders: %w", err)
	}
	v := s.known.Load()
	if v == nil {
		return nil, nil
	}
	cards := make(map[string]*Card)
	var ids []string
	for _, r := range rows {
		subject := v.subjects[r.Subject]
		if subject == nil || !subject.Start.Equal(r.Start) || r.Step == Host || !r.shows() {
			continue
		}
		c := cards[r.Subject]
		if c == nil {
			c = &Card{Subject: *subject}
			cards[r.Subject] = c
			ids = append(ids, r.Subject)
		}
		if r.SentAt.After(c.Reminded) {
			c.Reminded = r.SentAt
		}
	}
	return s.open(ctx, person, cards, ids)
}

// shows tells whether a row is worth a card: it was sent, or kept silent.
func (r Row) shows() bool {
	return r.State == Sent || r.State == Delivered || r.State == Suppressed && r.Reason == ByQuiet
}

// open leaves out the cards that were answered.
func (s *Service) open(ctx context.Context, person string, cards map[string]*Card, ids []string) ([]Card, error) {
	overrides, err := s.store.OverridesOf(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read overrides: %w", err)
	}
	all := []Card{}
	for _, id := range ids {
		answers, err := s.store.AnswersTo(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("read answers: %w", err)
		}
		c := cards[id]
		if i := slices.IndexFunc(c.Subject.People, func(w Who) bool { return w.Person == person }); i >= 0 {
			key := c.Subject.People[i].Key
			if _, answered := lastOf(answers, c.Subject.Start)[key]; answered {
				continue
			}
			c.Snoozed = slices.ContainsFunc(answers, func(a Answer) bool { return a.Who == key && a.Act == Later && a.At.After(c.Reminded) })
		}
		if o, ok := overrides[id]; ok {
			c.Urgent = strings.TrimSpace(o.SenderName + ": " + o.Reason)
		}
		all = append(all, *c)
	}
	slices.SortFunc(all, func(a, b Card) int { return a.Subject.Start.Compare(b.Subject.Start) })
	return all, nil
}

// Invitation is what a signed link shows.
type Invitation struct {
	Subject Subject
	Who     Who
	Answer  Answer // the last; empty: none
}

// Open gives what a signed link is about. It returns ErrBadLink, ErrOldLink or
// ErrNoSubject.
func (s *Service) Open(ctx context.Context, token string) (Invitation, error) {
	id, who, err := s.links.Read(token, s.now())
	if err != nil {
		return Invitation{}, err
	}
	subject, err := s.find(ctx, id)
	if err != nil {
		return Invitation{}, err
	}
	w, ok := subject.who(who)
	if !ok {
		return Invitation{}, ErrNoSubject
	}
	answers, err := s.store.AnswersTo(ctx, id)
	if err != nil {
		return Invitation{}, fmt.Errorf("read answers: %w", err)
	}
	return Invitation{*subject, w, lastOf(answers, subject.Start)[who]}, nil
}

// Follow answers by a signed link, and gives how it stands then.
func (s *Service) Follow(ctx context.Context, token string, act Act, minutes int) (Invitation, error) {
	before, err := s.Open(ctx, token)
	if err != nil {
		return Invitation{}, err
	}
	err = s.Acknowledge(ctx, Answer{Subject: before.Subject.ID, Who: before.Who.Key, Act: act, Minutes: minutes, Where: "link"})
	if err != nil {
		return Invitation{}, err
	}
	return s.Open(ctx, token)
}

// AnswerAs is Acknowledge for somebody with an account.
func (s *Service) AnswerAs(ctx context.Context, person, id string, act Act, minutes int, where string) error {
	subject, err := s.find(ctx, id)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(subject.People, func(w Who) bool { return w.Person == person && person != "" })
	if i < 0 {
		return ErrNoSubject
	}
	return s.Acknowledge(ctx, Answer{Subject: id, Who: subject.People[i].Key, Act: act, Minutes: minutes, Where: where})
}
