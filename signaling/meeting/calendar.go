package meeting

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"partyline/signaling/internal/ical"
)

// Engaged is one date of somebody's calendar.
type Engaged struct {
	Occurrence
	Organiser     string // person
	OrganiserName string
	Status        Status // what the person answered; empty: organises it
}

// MaxSpan is the longest time that can be asked for at once.
const MaxSpan = 400 * 24 * time.Hour

// ErrBadSpan is for times that do not follow each other, or lie too far apart.
var ErrBadSpan = fmt.Errorf("a span has an end after its beginning, within %d days", MaxSpan/(24*time.Hour))

func checkSpan(from, to time.Time) error {
	if !to.After(from) || to.Sub(from) > MaxSpan {
		return ErrBadSpan
	}
	return nil
}

// around are wall times between which all dates are that are, in whichever
// zone, between two instants.
func around(from, to time.Time) (first, last ical.Wall) {
	return ical.WallOf(from.UTC()).AddDays(-2), ical.WallOf(to.UTC()).AddDays(2)
}

// Occurrences are a person's dates that have not ended at from and begin before
// to, cancelled ones left out, by time. It returns ErrBadSpan.
func (p *Planner) Occurrences(ctx context.Context, person string, from, to time.Time) ([]Engaged, error) {
	if err := checkSpan(from, to); err != nil {
		return nil, err
	}
	first, last := around(from, to)
	engagements, err := p.store.Engagements(ctx, person, first, last)
	if err != nil {
		return nil, fmt.Errorf("read a calendar: %w", err)
	}
	all := []Engaged{}
	for _, e := range engagements {
		dates, err := p.between(&e.Series, e.Exceptions, from, to)
		if err != nil {
			return nil, err
		}
		for _, o := range dates {
			d := Engaged{Occurrence: o, Organiser: e.Organiser, OrganiserName: e.OrganiserName}
			if e.Organiser != person {
				d.Status = StatusOf(e.Replies, e.Invitee, o.ID)
			}
			all = append(all, d)
		}
	}
	slices.SortFunc(all, func(a, b Engaged) int {
		return cmp.Or(a.Start.Compare(b.Start), strings.Compare(a.ID, b.ID))
	})
	return all, nil
}

func (p *Planner) between(s *Series, exceptions []Exception, from, to time.Time) ([]Occurrence, error) {
	zone, err := p.zones.Zone(s.Zone)
	if err != nil {
		return nil, fmt.Errorf("series %s: %w", s.ID, err)
	}
	all, err := s.Between(exceptions, zone, from, to)
	if err != nil {
		return nil, fmt.Errorf("series %s: %w", s.ID, err)
	}
	return all, nil
}

// Occurrence is one date of a meeting, cancelled or not, for those who organise
// it or are invited. It returns ErrNoOccurrence.
func (p *Planner) Occurrence(ctx context.Context, person, id string) (Engaged, error) {
	s, o, err := p.find(ctx, person, id)
	if err != nil {
		return Engaged{}, err
	}
	d := Engaged{Occurrence: o, Organiser: s.Organiser, OrganiserName: s.OrganiserName}
	if i := s.InviteeOf(person); i != nil && s.Organiser != person {
		d.Status = StatusOf(s.Replies, i.ID, id)
	}
	return d, nil
}

// find is a date and the schedule that it is of, if the person organises it or
// is invited.
func (p *Planner) find(ctx context.Context, person, id string) (Schedule, Occurrence, error) {
	series, _, err := ParseOccurrenceID(id)
	if err != nil {
		return Schedule{}, Occurrence{}, err
	}
	meeting, err := p.store.MeetingOfSeries(ctx, series)
	if err != nil {
		return Schedule{}, Occurrence{}, fmt.Errorf("find a date: %w", err)
	}
	s, err := p.store.Schedule(ctx, meeting)
	if err != nil {
		return Schedule{}, Occurrence{}, fmt.Errorf("find a date: %w", err)
	}
	if !s.MayRead(person) {
		return Schedule{}, Occurrence{}, ErrNoOccurrence
	}
	o, err := s.at(id, p.zones.Zone)
	return s, o, err
}

// A meeting with a lobby opens before each of its dates, and stays open for those
// who come back after it.
const (
	opensBefore = 10 * time.Minute
	openAfter   = time.Hour
)

// Opens is Dates.
func (p *Planner) Opens(ctx context.Context, meeting string) (time.Time, error) {
	s, err := p.store.Schedule(ctx, meeting)
	if err != nil {
		return time.Time{}, err
	}
	now := p.now()
	next, found, err := p.Next(&s, now.Add(-openAfter))
	if opens := next.Start.Add(-opensBefore); err == nil && found && opens.After(now) {
		return opens, nil
	}
	return time.Time{}, err
}

// Next is the date of a meeting that runs at a time or else comes next, and
// false if there is none within a span of [MaxSpan] of that, or of the beginning
// of a series.
func (p *Planner) Next(s *Schedule, now time.Time) (Occurrence, bool, error) {
	var next Occurrence
	found := false
	for i := range s.Series {
		v := &s.Series[i]
		from := now
		if begins := v.Start.AddDays(-2).UTC(); begins.After(now) {
			from = begins
		}
		// The days just ahead first: most meetings have a date among them.
		for _, span := range []time.Duration{40 * 24 * time.Hour, MaxSpan} {
			dates, err := p.between(v, s.Exceptions, from, from.Add(span))
			if err != nil {
				return Occurrence{}, false, err
			}
			if len(dates) > 0 {
				if !found || dates[0].Start.Before(next.Start) {
					next, found = dates[0], true
				}
				break
			}
		}
	}
	return next, found, nil
}
