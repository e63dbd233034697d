package reminder

import (
	"context"
	"slices"
	"time"

	"partyline/signaling/notify"
)

// window is how late a reminder may come and still be on time enough. What
// comes later says so, or is left out where it would make no sense any more.
const window = 5 * time.Minute

// due is the first stage: what is this about, for whom, and does it still make
// sense? The agenda may have changed since the row was written.
func (l *lane) due(ctx context.Context, jobs []*job) []*job {
	s := l.service
	now := s.now()
	if err := s.look(ctx, jobs); err != nil {
		s.log.ErrorContext(ctx, "the agenda could not be read", "err", err)
		end(jobs, Outcome{State: Pending, Reason: ByFault, Try: now.Add(faultPause)})
		return nil
	}
	choices, err := s.choicesOf(ctx, jobs)
	if err != nil {
		s.log.ErrorContext(ctx, "what people chose could not be read", "err", err)
		end(jobs, Outcome{State: Pending, Reason: ByFault, Try: now.Add(faultPause)})
		return nil
	}
	var going []*job
	for _, j := range jobs {
		l.place(ctx, j, choices[j.row.Person], now)
		if j.out == nil {
			going = append(going, j)
		}
	}
	return going
}

// faultPause is how long a row waits after a fault of ours.
const faultPause = 10 * time.Second

// end gives all jobs the same outcome.
func end(jobs []*job, o Outcome) {
	for _, j := range jobs {
		out := o
		j.out = &out
	}
}

func (j *job) suppress(why Reason) { j.out = &Outcome{State: Suppressed, Reason: why} }

// look finds the subjects of jobs. When one is not known, or its row is newer
// than what is known, the agenda is read again before anybody decides that it
// is gone.
func (s *Service) look(ctx context.Context, jobs []*job) error {
	v := s.known.Load()
	unknown := slices.ContainsFunc(jobs, func(j *job) bool { return !v.has(j.row) })
	if unknown {
		if err := s.again(ctx, v); err != nil {
			return err
		}
		v = s.known.Load()
	}
	for _, j := range jobs {
		j.subject = v.subjects[j.row.Subject]
	}
	return nil
}

// has tells whether a row was made of what is known.
func (v *view) has(r Row) bool {
	subject := v.subjects[r.Subject]
	return subject != nil && subject.Start.Equal(r.Start)
}

// again reads the agenda, unless somebody else just has.
func (s *Service) again(ctx context.Context, before *view) error {
	s.turn.Lock()
	defer s.turn.Unlock()
	if s.known.Load() != before {
		return nil
	}
	now := s.now()
	if err := s.read(ctx, now.Add(-behind), now); err != nil {
		return err
	}
	return s.planAll(ctx, now, now) // those that were moved begin anew
}

func (s *Service) choicesOf(ctx context.Context, jobs []*job) (map[string]Choice, error) {
	return s.store.Choices(ctx, people(jobs))
}

// people are those with an account among whom the jobs are for.
func people(jobs []*job) []string {
	var all []string
	for _, j := range jobs {
		if j.row.Person != "" {
			all = append(all, j.row.Person)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// place completes a job, or ends it.
func (l *lane) place(ctx context.Context, j *job, c Choice, now time.Time) {
	r := j.row
	if !r.End.After(now) {
		j.out = &Outcome{State: Expired, Reason: ByTime}
		return
	}
	if j.subject == nil {
		j.suppress(ByGone)
		return
	}
	if !j.subject.Start.Equal(r.Start) {
		// It was moved, and its row with it: whoever has that sends it.
		j.out = &Outcome{State: Pending, Try: now.Add(time.Second)}
		return
	}
	var ok bool
	if j.who, ok = j.subject.who(r.Who); !ok {
		j.suppress(ByGone)
		return
	}
	routes, err := l.service.routes(ctx, j.who)
	if err != nil {
		l.service.log.ErrorContext(ctx, "where somebody is reached could not be read", "err", err)
		j.out = &Outcome{State: Pending, Reason: ByFault, Try: now.Add(faultPause)}
		return
	}
	if !wanted(j, c, routes) {
		j.suppress(ByChoice)
		return
	}
	if i := slices.IndexFunc(routes, func(o notify.Route) bool { return o.Channel == r.Channel }); i >= 0 {
		j.route = routes[i]
	}
	l.judge(ctx, j, now)
}

// wanted tells whether the row would be planned now. What somebody asked for
// once more needs only that they can be reached.
func wanted(j *job, c Choice, routes []notify.Route) bool {
	switch j.row.Step.Base() {
	case Snooze, Again:
		return true
	}
	return slices.ContainsFunc(turns(j.subject, j.subject.ladder(), j.who, c, routes), func(t turn) bool {
		return t.step == j.row.Step && t.channel == j.row.Channel
	})
}

// judge ends a job that comes too late to make sense, and finds out what a
// host is to be told.
func (l *lane) judge(ctx context.Context, j *job, now time.Time) {
	r := j.row
	if r.Reason == ByQuiet || r.Reason == ByRate {
		j.held = r.Reason
	}
	j.late = now.Sub(r.Due) > window
	switch r.Step.Base() {
	case Call, Dial, Host:
		if j.late {
			j.out = &Outcome{State: Expired, Reason: ByTime}
			return
		}
	}
	if r.Channel == notify.Phone && r.Step.Base() == Tell && j.late && j.held == "" {
		j.out = &Outcome{State: Expired, Reason: ByTime}
		return
	}
	if r.Step != Host {
		return
	}
	missing, err := l.service.missing(ctx, j.subject)
	switch {
	case err != nil:
		l.service.log.ErrorContext(ctx, "who answered could not be read", "err", err)
		j.out = &Outcome{State: Pending, Reason: ByFault, Try: now.Add(faultPause)}
	case len(missing) == 0:
		j.suppress(ByNobody)
	default:
		j.missing = missing
	}
}

// missing are the names of those who are needed and have not answered.
func (s *Service) missing(ctx context.Context, subject *Subject) ([]string, error) {
	answers, err := s.store.AnswersTo(ctx, subject.ID)
	if err != nil {
		return nil, err
	}
	last := lastOf(answers, subject.Start)
	var names []string
	for _, w := range subject.People {
		if _, ok := last[w.Key]; w.Required && !ok && !subject.leads(w) {
			names = append(names, w.Name)
		}
	}
	return names, nil
}

// lastOf is what each said last of the date that begins at start. To want to
// be reminded again is no answer.
func lastOf(answers []Answer, start time.Time) map[string]Answer {
	last := make(map[string]Answer)
	for _, a := range answers {
		if a.Act != Later && a.Start.Equal(start) {
			last[a.Who] = a
		}
	}
	return last
}
