package reminder

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Override is a reason why a subject may disturb people in their quiet hours.
type Override struct {
	ID         string
	Subject    string
	Title      string // of the subject
	Sender     string // person
	SenderName string
	Reason     string
	At         time.Time
	Yes, No    int // what those who were disturbed said: was it urgent?
}

// Disturbance is an override as one who was disturbed sees it.
type Disturbance struct {
	Override
	When   time.Time // they were disturbed
	Judged bool
	Urgent bool // what they said
}

// What Urge refuses.
var (
	ErrNoReason = errors.New("an override has a reason of 5 to 200 characters")
	ErrQuota    = errors.New("no override is left this month")
	ErrUrged    = errors.New("quiet hours are overridden for it already")
	ErrNotYours = errors.New("only the organiser and admins override quiet hours")
)

const (
	minReason = 5
	maxReason = 200
)

// cost is what an override takes of its sender's quota: one, and another one
// when more of those who were disturbed found that it was not urgent.
func (o Override) cost() int {
	if o.No > o.Yes {
		return 2
	}
	return 1
}

// spent is what a month's overrides took of the quota.
func spent(month []Override) int {
	n := 0
	for _, o := range month {
		n += o.cost()
	}
	return n
}

// monthOf begins the month of a time, in the company's zone.
func (s *Service) monthOf(t time.Time) time.Time {
	y, m, _ := t.In(s.cfg.Zone).Date()
	return time.Date(y, m, 1, 0, 0, 0, 0, s.cfg.Zone)
}

// Urge lets a subject disturb people in their quiet hours. The organiser may,
// and admins; each a few times a month. It returns ErrNoReason, ErrNotYours,
// ErrQuota or ErrNoSubject.
func (s *Service) Urge(ctx context.Context, sender Who, admin bool, subject, reason string) (Override, error) {
	about, err := s.find(ctx, subject)
	if err != nil {
		return Override{}, err
	}
	if !admin && sender.Person != about.Organiser {
		return Override{}, ErrNotYours
	}
	return s.override(ctx, sender, subject, about.Title, reason)
}

// override keeps an override, if it has a reason and the quota is not spent.
func (s *Service) override(ctx context.Context, sender Who, subject, title, reason string) (Override, error) {
	reason = strings.TrimSpace(reason)
	if n := utf8.RuneCountInString(reason); n < minReason || n > maxReason || !utf8.ValidString(reason) {
		return Override{}, ErrNoReason
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Override{}, fmt.Errorf("make an id: %w", err)
	}
	now := s.now()
	o := Override{ID: id.String(), Subject: subject, Title: title, Sender: sender.Person, SenderName: sender.Name, Reason: reason, At: now}
	err = s.store.AddOverride(ctx, o, s.monthOf(now), func(month []Override) error {
		if spent(month) >= s.cfg.Quota {
			return ErrQuota
		}
		return nil
	})
	if err != nil {
		return Override{}, fmt.Errorf("override quiet hours: %w", err)
	}
	s.log.InfoContext(ctx, "quiet hours overridden", "subject", subject, "person", sender.Person)
	return o, nil
}

// Quota tells how many overrides somebody has left this month, and of how many.
func (s *Service) Quota(ctx context.Context, person string) (left, of int, err error) {
	month, err := s.store.OverridesBy(ctx, person, s.monthOf(s.now()))
	if err != nil {
		return 0, 0, fmt.Errorf("count overrides: %w", err)
	}
	return max(0, s.cfg.Quota-spent(month)), s.cfg.Quota, nil
}

// showDisturbances is how long somebody can say whether it was urgent.
const showDisturbances = 31 * 24 * time.Hour

// Disturbances are what came to a person in their quiet hours, the last month.
func (s *Service) Disturbances(ctx context.Context, person string) ([]Disturbance, error) {
	return s.store.DisturbancesOf(ctx, person, s.now().Add(-showDisturbances))
}

// Judge is what somebody who was disturbed says: was it urgent? It returns
// ErrNoSubject to others.
func (s *Service) Judge(ctx context.Context, person, override string, urgent bool) error {
	return s.store.Judge(ctx, override, person, urgent)
}
