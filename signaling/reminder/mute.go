package reminder

import (
	"context"
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
		end(jobs, Outcome{State: Pending, Reason: ByFault, Try: now.Add(later(1))})
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

// Rests tells whether any of the time between two moments is in a person's
// quiet hours: whoever schedules into it is warned.
func (s *Service) Rests(ctx context.Context, people []string, from, to time.Time) (map[string]bool, error) {
	quiets, err := s.store.Quiets(ctx, people)
	if err != nil {
		return nil, err
	}
	rests := make(map[string]bool)
	for person, q := range quiets {
		if q.Meets(from, to, s.zone(q.Zone)) {
			rests[person] = true
		}
	}
	return rests, nil
}
