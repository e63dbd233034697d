package reminder

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"partyline/signaling/notify"
)

const (
	// ahead is how far the agenda is read: to the longest time that somebody may
	// want to be reminded before.
	ahead = 24*time.Hour + 15*time.Minute
	// behind is how long something may run, or be overdue, and still be reminded
	// of.
	behind = 24 * time.Hour
	// longestGap is how far back a program that stood still looks for what it
	// missed.
	longestGap = 31 * 24 * time.Hour
	// replanAfter is how often everything is planned anew, for the channels that
	// people have got since.
	replanAfter = 10 * time.Minute
)

// view is the agenda as it was read last.
type view struct {
	at       time.Time
	subjects map[string]*Subject
}

// plan is what a subject's rows were made of.
type plan struct {
	revision int64
	start    time.Time
	at       time.Time
	people   int
}

// Plan reads the agenda and writes the rows of what is new or different. It
// returns the first error, having done what it could.
func (s *Service) Plan(ctx context.Context) error {
	s.turn.Lock()
	defer s.turn.Unlock()
	now := s.now()
	mark, err := s.store.Mark(ctx)
	if err != nil {
		return fmt.Errorf("until when reminders were planned: %w", err)
	}
	if mark.IsZero() || mark.After(now) {
		mark = now
	}
	since := mark.Add(-behind)
	if oldest := now.Add(-longestGap); since.Before(oldest) {
		since = oldest
	}
	if err := s.read(ctx, since, now); err != nil {
		return err
	}
	if err := s.planAll(ctx, mark, now); err != nil {
		return err
	}
	if err := s.store.SetMark(ctx, now); err != nil {
		return fmt.Errorf("note until when reminders are planned: %w", err)
	}
	expired, interrupted, err := s.store.EndRows(ctx, now)
	if err != nil {
		return fmt.Errorf("end what is over: %w", err)
	}
	s.watch.Expired(expired)
	for range interrupted {
		s.watch.Failed(string(notify.Phone), string(ByAbort))
	}
	return nil
}

// read reads the agenda, announcements included.
func (s *Service) read(ctx context.Context, since, now time.Time) error {
	all, err := s.agenda.Upcoming(ctx, since, now.Add(ahead))
	if err != nil {
		return fmt.Errorf("read the agenda: %w", err)
	}
	announced, err := s.store.Announcements(ctx, now.Add(-behind-announcementFor), now.Add(ahead))
	if err != nil {
		return fmt.Errorf("read the announcements: %w", err)
	}
	for _, a := range announced {
		all = append(all, a.subject())
	}
	v := &view{at: now, subjects: make(map[string]*Subject, len(all))}
	for i := range all {
		v.subjects[all[i].ID] = &all[i]
	}
	if err := s.readLadders(ctx, v); err != nil {
		return err
	}
	s.known.Store(v)
	return nil
}

func (s *Service) readLadders(ctx context.Context, v *view) error {
	var meetings []string
	for _, subject := range v.subjects {
		if subject.Meeting != "" && subject.Ladder == nil {
			meetings = append(meetings, subject.Meeting)
		}
	}
	slices.Sort(meetings)
	ladders, err := s.store.Ladders(ctx, slices.Compact(meetings))
	if err != nil {
		return fmt.Errorf("read the ladders: %w", err)
	}
	for _, subject := range v.subjects {
		if l, ok := ladders[subject.Meeting]; ok && subject.Ladder == nil {
			subject.Ladder = &l
		}
	}
	return nil
}

// planAll writes the rows of every subject that is new or different.
func (s *Service) planAll(ctx context.Context, mark, now time.Time) error {
	v := s.known.Load()
	maps.DeleteFunc(s.planned, func(id string, _ plan) bool { return v.subjects[id] == nil })
	for _, id := range slices.Sorted(maps.Keys(v.subjects)) {
		subject := v.subjects[id]
		done, ok := s.planned[id]
		current := ok && done.revision == subject.Revision && done.start.Equal(subject.Start) && done.people == len(subject.People)
		if current && now.Sub(done.at) < replanAfter || !ok && !subject.over().After(mark) {
			continue
		}
		if err := s.planSubject(ctx, subject, mark, now); err != nil {
			return err
		}
	}
	return nil
}

// planSubject writes the rows of one subject.
func (s *Service) planSubject(ctx context.Context, subject *Subject, mark, now time.Time) error {
	rows, err := s.rows(ctx, subject, mark, now)
	if err != nil {
		return err
	}
	added, err := s.store.AddRows(ctx, rows)
	if err != nil {
		return fmt.Errorf("write reminders: %w", err)
	}
	s.planned[subject.ID] = plan{subject.Revision, subject.Start, now, len(subject.People)}
	if added > 0 {
		s.watch.Planned(added)
	}
	s.wake()
	return nil
}

// rows makes the rows of a subject. One whose time was past before it was known
// is due now, if it still makes sense.
func (s *Service) rows(ctx context.Context, subject *Subject, mark, now time.Time) ([]Row, error) {
	people := accounts(subject.People)
	choices, err := s.store.Choices(ctx, people)
	if err != nil {
		return nil, fmt.Errorf("read what people chose: %w", err)
	}
	ladder := subject.ladder()
	var rows []Row
	for _, w := range subject.People {
		routes, err := s.routes(ctx, w)
		if err != nil {
			return nil, err
		}
		for _, t := range turns(subject, ladder, w, choices[w.Person], routes) {
			if !s.served(t.channel) {
				continue
			}
			r := newRow(subject, w, t.step, t.channel, subject.Start.Add(t.after))
			if r.Due.Before(mark) {
				r.Due, r.Try, r.Fixed = mark, mark, true
			}
			if t.channel.IsBot() && t.step.Base() == Ask {
				r.Try = r.Due.Add(-jitter(r.ID))
			}
			rows = append(rows, r)
		}
	}
	return rows, nil
}

// newRow makes a row that is due at a time.
func newRow(subject *Subject, w Who, step Step, channel notify.Channel, due time.Time) Row {
	return Row{
		ID:      rowID(subject.ID, w.Key, step, channel),
		Subject: subject.ID, Kind: subject.Kind, Meeting: subject.Meeting, Who: w.Key, Person: w.Person,
		Step: step, Channel: channel, Revision: subject.Revision,
		Start: subject.Start, End: subject.over(), Due: due, Try: due, State: Pending,
	}
}

// over is when nobody needs to be reminded any more.
func (s *Subject) over() time.Time {
	if s.Kind == Todo {
		return s.Start.Add(behind)
	}
	return s.End
}

// routes are the ways to reach somebody. Who has no account has a mail address
// at most.
func (s *Service) routes(ctx context.Context, w Who) ([]notify.Route, error) {
	if s.reach.Directory == nil || w.Person == "" {
		return nil, nil
	}
	routes, err := s.reach.Directory.Routes(ctx, w.Person)
	if err != nil {
		return nil, fmt.Errorf("where somebody can be reached: %w", err)
	}
	return routes, nil
}

// accounts are the people who have one.
func accounts(all []Who) []string {
	var people []string
	for _, w := range all {
		if w.Person != "" {
			people = append(people, w.Person)
		}
	}
	return people
}

// turn is one row to be.
type turn struct {
	step    Step
	channel notify.Channel
	after   time.Duration // the start
}

// turns are the rows that somebody gets for a subject.
func turns(subject *Subject, ladder Ladder, w Who, c Choice, routes []notify.Route) []turn {
	var all []turn
	add := func(step Step, after time.Duration, channels ...notify.Channel) {
		for _, channel := range channels {
			all = append(all, turn{step, channel, after})
		}
	}
	page := w.pages()
	for _, r := range ladder.Rungs {
		switch r.Step {
		case Ask:
			for i, lead := range leads(r, c) {
				step := Ask
				if i > 0 {
					step = Ask.numbered(i + 1)
				}
				add(step, lead, messages(w, c, routes)...)
			}
		case Ring:
			if !c.NoRing {
				add(Ring, r.after(), page...)
			}
		case Call:
			if w.Required && w.Phone != "" && !c.NoCall && !subject.leads(w) {
				add(Call, r.after(), notify.Phone)
			}
		case Host:
			if subject.leads(w) {
				add(Host, r.after(), append(page, pushOf(routes)...)...)
			}
		case Dial:
			if w.Ring && w.Phone != "" {
				add(Dial, r.after(), notify.Phone)
			}
		case Tell:
			add(Tell, 0, append(page, messages(w, c, routes)...)...)
			if w.Required && w.Phone != "" {
				add(Tell, 0, notify.Phone)
			}
		}
	}
	return all
}

// pages are where cards pop up.
func (w Who) pages() []notify.Channel {
	if w.Person == "" {
		return nil
	}
	return []notify.Channel{notify.WebSocket}
}

func pushOf(routes []notify.Route) []notify.Channel {
	if slices.ContainsFunc(routes, func(r notify.Route) bool { return r.Channel == notify.Push }) {
		return []notify.Channel{notify.Push}
	}
	return nil
}

// leads are the times of the messages before the start.
func leads(r Rung, c Choice) []time.Duration {
	if len(c.Lead) == 0 {
		return []time.Duration{r.after()}
	}
	all := make([]time.Duration, len(c.Lead))
	for i, minutes := range c.Lead {
		all[i] = -time.Duration(minutes) * time.Minute
	}
	return all
}

// messages are the channels by which somebody gets messages: those that they
// chose and can be reached by; else push and the chats; else mail, so that
// nobody is left out.
func messages(w Who, c Choice, routes []notify.Route) []notify.Channel {
	var found []notify.Channel
	for _, p := range routes {
		if p.Channel == notify.Push || p.Channel.IsBot() {
			found = append(found, p.Channel)
		}
	}
	if w.Email != "" {
		found = append(found, notify.Mail)
	}
	if c.Channels != nil {
		return slices.DeleteFunc(found, func(f notify.Channel) bool { return !slices.Contains(c.Channels, f) })
	}
	if len(found) > 1 {
		found = slices.DeleteFunc(found, func(f notify.Channel) bool { return f == notify.Mail })
	}
	return found
}

// mostJitter is how much earlier a bot may speak: at round times they refuse
// what everybody sends at once.
const mostJitter = 90

// jitter is the same for the same row.
func jitter(id string) time.Duration {
	sum := 0
	for _, c := range []byte(id) {
		sum = (sum*31 + int(c)) % (1 << 20)
	}
	return time.Duration(sum%(mostJitter+1)) * time.Second
}
