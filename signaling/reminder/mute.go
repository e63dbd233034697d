package reminder

import (
	"context"
	"fmt"
	"time"
)

// muted is the second stage: quiet hours belong to the person. What can be read
// later is held until they end, unless it is past by then; what rings is left
// out. Only an override, or what the person asked for themselves, gets through.
func (l *lane) muted(ctx context.Context, jobs []*job) []*job {
	s := l.service
	now := s.now()
	quiets, err := s.store.Quiets(ctx, people(jobs))
	if err == nil {
		err = s.urgent(ctx, jobs)
	}
	if err != nil {
		s.log.ErrorContext(ctx, "quiet hours could not be read", "err", err)
		end(jobs, Outcome{State: Pending, Reason: ByFault, Try: now.Add(faultPause)})
		return nil
	}
	var going []*job
	for _, j := range jobs {
		q, ok := quiets[j.row.Person]
		until, quiet := q.At(now, s.zone(q.Zone))
		switch {
		case !ok || !quiet || j.row.Step.Base() == Snooze:
			j.urgent = nil // nobody's rest is disturbed
			going = append(going, j)
		case j.urgent != nil:
			going = append(going, j)
		case isMessage(j.row.Channel) && until.Before(j.row.End):
			j.out = &Outcome{State: Pending, Reason: ByQuiet, Try: until}
		default:
			j.suppress(ByQuiet)
		}
	}
	return going
}

// urgent finds the overrides of the jobs' subjects.
func (s *Service) urgent(ctx context.Context, jobs []*job) error {
	ids := make([]string, len(jobs))
	for i, j := range jobs {
		ids[i] = j.row.Subject
	}
	overrides, err := s.store.OverridesOf(ctx, ids)
	if err != nil {
		return err
	}
	for _, j := range jobs {
		if o, ok := overrides[j.row.Subject]; ok {
			j.urgent = &o
		}
	}
	return nil
}

// Quiet tells whether any of the time between two moments is in a person's
// quiet hours: whoever schedules into it is warned.
func (s *Service) Quiet(ctx context.Context, person string, from, to time.Time) (bool, error) {
	q, err := s.QuietOf(ctx, person)
	if err != nil {
		return false, err
	}
	return q.Meets(from, to, s.zone(q.Zone)), nil
}

// QuietOf are a person's quiet hours; the zero value where they set none.
func (s *Service) QuietOf(ctx context.Context, person string) (Quiet, error) {
	quiets, err := s.store.Quiets(ctx, []string{person})
	if err != nil {
		return Quiet{}, fmt.Errorf("read quiet hours: %w", err)
	}
	return quiets[person], nil
}

// Resting tells until when a person rests now; zero: they do not.
func (s *Service) Resting(q Quiet) time.Time {
	until, quiet := q.At(s.now(), s.zone(q.Zone))
	if !quiet {
		return time.Time{}
	}
	return until
}

// SetQuiet changes a person's quiet hours, as only they themselves may. It
// returns ErrBadQuiet.
func (s *Service) SetQuiet(ctx context.Context, person string, q Quiet) error {
	if err := q.Check(s.now()); err != nil {
		return err
	}
	if err := s.store.SetQuiet(ctx, person, q); err != nil {
		return fmt.Errorf("set quiet hours: %w", err)
	}
	return nil
}
