package meeting

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/internal/ical"
	"partyline/signaling/reminder"
)

var _ reminder.Agenda = (*Planner)(nil)

// Upcoming is reminder.Agenda: the dates of all meetings, and what has to be
// done, by time. Whoever has declined is not among those to be reminded.
func (p *Planner) Upcoming(ctx context.Context, from, to time.Time) ([]reminder.Subject, error) {
	meetings, err := p.upcomingMeetings(ctx, from, to)
	if err != nil {
		return nil, err
	}
	todos, err := p.upcomingTodos(ctx, from, to)
	if err != nil {
		return nil, err
	}
	all := append(meetings, todos...)
	slices.SortFunc(all, func(a, b reminder.Subject) int {
		return cmp.Or(a.Start.Compare(b.Start), strings.Compare(a.ID, b.ID))
	})
	return all, nil
}

func (p *Planner) upcomingMeetings(ctx context.Context, from, to time.Time) ([]reminder.Subject, error) {
	first, last := around(from, to)
	series, exceptions, err := p.store.SeriesBetween(ctx, first, last)
	if err != nil {
		return nil, fmt.Errorf("read all series: %w", err)
	}
	differ := bySeries(exceptions)
	var dates []Occurrence
	var ids []string
	for i := range series {
		v := &series[i]
		own, err := p.between(v, differ[v.ID], from, to)
		if err != nil { // one that cannot be read must not silence the others
			p.log.Error("a series has no dates", "series", v.ID, "err", err)
			continue
		}
		for _, o := range own {
			if !o.Start.Before(from) {
				dates = append(dates, o)
				ids = append(ids, o.Meeting)
			}
		}
	}
	slices.Sort(ids)
	schedules, err := p.store.Schedules(ctx, slices.Compact(ids))
	if err != nil {
		return nil, fmt.Errorf("read meetings: %w", err)
	}
	people, err := p.organisers(ctx, schedules)
	if err != nil {
		return nil, err
	}
	subjects := make([]reminder.Subject, 0, len(dates))
	for _, o := range dates {
		if s, found := schedules[o.Meeting]; found {
			subjects = append(subjects, p.subject(&s, o, people[s.Organiser]))
		}
	}
	return subjects, nil
}

// organisers are those of the meetings, by id.
func (p *Planner) organisers(ctx context.Context, schedules map[string]Schedule) (map[string]Colleague, error) {
	var ids []string
	for _, s := range schedules {
		ids = append(ids, s.Organiser)
	}
	slices.Sort(ids)
	people, err := p.store.Colleagues(ctx, slices.Compact(ids))
	if err != nil {
		return nil, fmt.Errorf("look for organisers: %w", err)
	}
	return people, nil
}

// subject is a date as it is reminded of.
func (p *Planner) subject(s *Schedule, o Occurrence, organiser Colleague) reminder.Subject {
	subject := reminder.Subject{
		Kind: reminder.Meeting, ID: o.ID, Meeting: s.ID, Title: o.Title, Start: o.Start, End: o.End, Zone: o.Zone,
		Organiser: s.Organiser, OrganiserName: s.OrganiserName, Number: string(s.Number), Revision: s.Revision,
		Link: p.cfg.PublicURL + "/j/" + string(s.Link),
	}
	if organiser.ID != "" {
		w := who(organiser.ID, organiser.Name, organiser.Reach)
		w.Person, w.Code, w.Required, w.CoHost = organiser.ID, string(s.HostCode), true, true
		subject.People = append(subject.People, w)
	}
	answered := map[string]Status{}
	for _, r := range s.Replies { // one pass: a thousand invitees have a thousand replies
		if _, own := answered[r.Invitee]; r.Occurrence == o.ID || r.Occurrence == "" && !own {
			answered[r.Invitee] = r.Status
		}
	}
	for _, i := range s.Invitees {
		if i.Person == s.Organiser || answered[i.ID] == Declined {
			continue
		}
		w := who(cmp.Or(i.Person, i.ID), i.Name, i.Reach)
		w.Person, w.Code, w.Required, w.CoHost, w.Ring = i.Person, string(i.Code), i.Required, i.CoHost, i.Ring
		subject.People = append(subject.People, w)
	}
	return subject
}

func who(key, name string, r auth.Reach) reminder.Who {
	return reminder.Who{Key: key, Name: name, Email: r.Email, Phone: string(r.Phone), Language: r.Language, Zone: r.TimeZone}
}

func (p *Planner) upcomingTodos(ctx context.Context, from, to time.Time) ([]reminder.Subject, error) {
	first, last := around(from, to)
	todos, err := p.store.Todos(ctx, TodoQuery{Open: true, DueFrom: first, DueTo: last})
	if err != nil {
		return nil, fmt.Errorf("read to-dos: %w", err)
	}
	ids := make([]string, 0, 2*len(todos))
	for _, t := range todos {
		ids = append(ids, t.Owner, t.By)
	}
	slices.Sort(ids)
	people, err := p.store.Colleagues(ctx, slices.Compact(ids))
	if err != nil {
		return nil, fmt.Errorf("look for owners: %w", err)
	}
	var subjects []reminder.Subject
	for _, t := range todos {
		zone, err := p.zones.Zone(t.Zone)
		owner, active := people[t.Owner]
		if err != nil || !active {
			continue
		}
		due, _ := ical.Resolve(t.Due, zone)
		if due.Before(from) || !due.Before(to) {
			continue
		}
		w := who(owner.ID, owner.Name, owner.Reach)
		w.Person = owner.ID
		subjects = append(subjects, reminder.Subject{
			Kind: reminder.Todo, ID: t.ID, Meeting: t.Meeting, Title: t.Text, Start: due.UTC(), End: due.UTC().Add(dueFor),
			Zone: t.Zone, Organiser: t.By, OrganiserName: people[t.By].Name, Link: p.cfg.PublicURL + "/todos",
			Revision: t.Revision, People: []reminder.Who{w},
		})
	}
	return subjects, nil
}

// dueFor is how long after its time it still makes sense to be told of a to-do.
const dueFor = 24 * time.Hour
