package reminder

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"partyline/signaling/notify"
)

// Acknowledge notes what somebody answered. All that would remind them of it is
// stopped, whether it is planned, claimed or ringing, on every node. Subject,
// Who, Act and Where must be given; the rest is completed. It returns
// ErrNoSubject, ErrBadAct, ErrOver, or ErrTooOften for one snooze too many.
func (s *Service) Acknowledge(ctx context.Context, a Answer) error {
	if err := a.check(); err != nil {
		return err
	}
	subject, err := s.find(ctx, a.Subject)
	if err != nil {
		return err
	}
	w, ok := subject.who(a.Who)
	if !ok {
		return ErrNoSubject
	}
	a.At, a.Start, a.Meeting, a.Person, a.Name = s.now(), subject.Start, subject.Meeting, w.Person, w.Name
	if !a.At.Before(subject.over()) {
		return ErrOver
	}
	var rows []Row
	if a.Act == Later {
		if rows, err = s.later(ctx, subject, w, a); err != nil {
			return err
		}
	}
	if err := s.store.AddAnswer(ctx, a, rows); err != nil {
		return fmt.Errorf("note an answer: %w", err)
	}
	s.ringing.end(a.Subject, a.Who)
	s.watch.Acknowledged(string(a.Act))
	s.wake()
	s.settled(ctx, subject, w)
	return s.tellHosts(ctx, subject, w, a)
}

// find gives a subject by its id. It returns ErrNoSubject.
func (s *Service) find(ctx context.Context, id string) (*Subject, error) {
	v := s.known.Load()
	if v == nil || v.subjects[id] == nil {
		if err := s.again(ctx, v); err != nil {
			return nil, err
		}
		v = s.known.Load()
	}
	if subject := v.subjects[id]; subject != nil {
		return subject, nil
	}
	return nil, ErrNoSubject
}

// later are the rows of a reminder that somebody asks for: where they asked, and
// else where they are reminded anyway.
func (s *Service) later(ctx context.Context, subject *Subject, w Who, a Answer) ([]Row, error) {
	due := a.At.Add(time.Duration(a.Minutes) * time.Minute)
	if !due.Before(subject.over()) {
		return nil, ErrOver
	}
	n, err := s.turnOf(ctx, subject, w, Snooze)
	if err != nil {
		return nil, err
	}
	if n > MostAgain {
		return nil, ErrTooOften
	}
	channels := []notify.Channel{notify.Phone}
	if a.Where != string(notify.Phone) || w.Phone == "" {
		if channels, err = s.channelsOf(ctx, w); err != nil {
			return nil, err
		}
	}
	return s.extra(subject, w, Snooze.numbered(n), channels, due), nil
}

// turnOf is which time it would be that somebody is reminded by a numbered
// step.
func (s *Service) turnOf(ctx context.Context, subject *Subject, w Who, step Step) (int, error) {
	rows, err := s.store.RowsOf(ctx, subject.ID)
	if err != nil {
		return 0, err
	}
	seen := make(map[Step]bool)
	for _, r := range rows {
		if r.Who == w.Key && r.Step.Base() == step && r.Start.Equal(subject.Start) {
			seen[r.Step] = true
		}
	}
	return len(seen) + 1, nil
}

// channelsOf are those by which somebody gets messages, and their page.
func (s *Service) channelsOf(ctx context.Context, w Who) ([]notify.Channel, error) {
	routes, err := s.routes(ctx, w)
	if err != nil {
		return nil, err
	}
	choices, err := s.store.Choices(ctx, accounts([]Who{w}))
	if err != nil {
		return nil, err
	}
	return append(w.pages(), messages(w, choices[w.Person], routes)...), nil
}

// extra are rows that no ladder has.
func (s *Service) extra(subject *Subject, w Who, step Step, channels []notify.Channel, due time.Time) []Row {
	var rows []Row
	for _, c := range channels {
		if s.served(c) {
			rows = append(rows, newRow(subject, w, step, c, due))
		}
	}
	return rows
}

// settled has the cards of somebody's pages go away.
func (s *Service) settled(ctx context.Context, subject *Subject, w Who) {
	page := s.reach.Senders[notify.WebSocket]
	if page == nil || w.Person == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if _, err := page.Send(ctx, notify.Message{Kind: KindSettled, Person: w.Person, Topic: subject.ID, Start: subject.Start}); err != nil {
		s.log.WarnContext(ctx, "a card could not be taken away", "err", err)
	}
}

// tellHosts tells those who lead the meeting who will be late, or not come.
func (s *Service) tellHosts(ctx context.Context, subject *Subject, w Who, a Answer) error {
	if a.Act != Late && a.Act != Cannot || s.reach.Hosts == nil || subject.Meeting == "" {
		return nil
	}
	err := s.reach.Hosts.Tell(ctx, subject.Meeting, Notice{
		Subject: subject.ID, Title: subject.Title, Start: subject.Start, Person: a.Person, Name: w.Name, Act: a.Act, Minutes: a.Minutes,
	})
	if err != nil {
		// The answer is kept, and stands on the meeting's page.
		s.log.WarnContext(ctx, "hosts could not be told", "meeting", subject.Meeting, "err", err)
	}
	return nil
}

// early is how long before the start somebody in the room is taken to be there
// for it.
const early = 15 * time.Minute

// Joined notes that somebody is in a meeting's room: they need no reminder of
// what begins there now. It may be told again and again, and has to be where they
// came earlier than that. Key is the person's id, or that of their invitation.
func (s *Service) Joined(ctx context.Context, meeting, key, where string) error {
	v := s.known.Load()
	if v == nil {
		return nil
	}
	now := s.now()
	for _, subject := range v.subjects {
		if subject.Meeting != meeting || subject.Kind != Meeting || now.Before(subject.Start.Add(-early)) || !now.Before(subject.End) {
			continue
		}
		if _, ok := subject.who(key); !ok {
			continue
		}
		there, err := s.joined(ctx, subject, key)
		if err != nil {
			return err
		}
		if there {
			continue
		}
		err = s.Acknowledge(ctx, Answer{Subject: subject.ID, Who: key, Act: Join, Where: where})
		if err != nil && !errors.Is(err, ErrOver) && !errors.Is(err, ErrNoSubject) {
			return err
		}
	}
	return nil
}

// joined tells whether somebody was known to be there already.
func (s *Service) joined(ctx context.Context, subject *Subject, key string) (bool, error) {
	answers, err := s.store.AnswersTo(ctx, subject.ID)
	if err != nil {
		return false, fmt.Errorf("who is there: %w", err)
	}
	return slices.ContainsFunc(answers, func(a Answer) bool {
		return a.Who == key && a.Act == Join && a.Start.Equal(subject.Start)
	}), nil
}

// Remind reminds those again who are needed, or were asked, and have not
// answered: at most three times, five minutes apart. It returns how many are,
// and ErrTooOften when there is nobody whom that leaves.
func (s *Service) Remind(ctx context.Context, by, subjectID string) (int, error) {
	subject, err := s.find(ctx, subjectID)
	if err != nil {
		return 0, err
	}
	if by != subject.Organiser {
		return 0, ErrNoSubject
	}
	now := s.now()
	if !now.Before(subject.over()) {
		return 0, ErrOver
	}
	answers, err := s.store.AnswersTo(ctx, subject.ID)
	if err != nil {
		return 0, err
	}
	all, err := s.store.RowsOf(ctx, subject.ID)
	if err != nil {
		return 0, err
	}
	answered := lastOf(answers, subject.Start)
	var rows []Row
	reminded := 0
	for _, w := range subject.People {
		if _, ok := answered[w.Key]; ok || w.Person != "" && w.Person == subject.Organiser {
			continue
		}
		n, ok := nextAgain(all, w, subject.Start, now)
		if !ok {
			continue
		}
		channels, err := s.channelsOf(ctx, w)
		if err != nil {
			return 0, err
		}
		if more := s.extra(subject, w, Again.numbered(n), channels, now); len(more) > 0 {
			rows, reminded = append(rows, more...), reminded+1
		}
	}
	if reminded == 0 {
		return 0, ErrTooOften
	}
	if _, err := s.store.AddRows(ctx, rows); err != nil {
		return 0, fmt.Errorf("remind again: %w", err)
	}
	s.wake()
	return reminded, nil
}

// nextAgain is which time it would be that somebody is reminded again, and
// whether it may be now.
func nextAgain(rows []Row, w Who, start, now time.Time) (int, bool) {
	times := make(map[Step]bool)
	for _, r := range rows {
		if r.Who != w.Key || !r.Start.Equal(start) {
			continue
		}
		if r.Step.Base() == Again {
			times[r.Step] = true
			if now.Sub(r.Due) < AgainAfter {
				return 0, false
			}
		}
		if !r.SentAt.IsZero() && now.Sub(r.SentAt) < AgainAfter {
			return 0, false
		}
	}
	return len(times) + 1, len(times) < MostAgain
}
