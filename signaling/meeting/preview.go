package meeting

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"partyline/signaling/internal/ical"
)

// previewed is how many dates are shown before a meeting is scheduled.
const previewed = 10

// Ahead is one of the next dates of a meeting that is being scheduled.
type Ahead struct {
	Wall       ical.Wall // in the zone of the meeting
	Start, End time.Time
	Fit        ical.Fit // how Wall fits the clocks there
	Zones      []Local  // of all who are invited, each once, in order of their names
	Busy       []string // colleagues who are in another meeting then
	Quiet      []string // colleagues whose quiet hours it breaks into
}

// Local is when a date is for those in one zone.
type Local struct {
	Zone string
	Wall ical.Wall
	// Shifted is by how many minutes the clocks show the date later (or, less
	// than nothing, earlier) than the one before, though the meeting's own zone
	// has both at the same time of day.
	Shifted int
}

// Preview tells what scheduling a draft would mean: the next dates, when they
// are for everybody, and whom they do not suit. In a meeting that exists
// already, its own dates do not count. It returns what [Planner.Schedule] does,
// and stores nothing.
func (p *Planner) Preview(ctx context.Context, organiser string, d Draft, meeting string) ([]Ahead, error) {
	zone, err := p.zone(d.Zone)
	if err != nil {
		return nil, err
	}
	if d.Title == "" {
		d.Title = "-" // is often asked for last
	}
	s, err := p.draft(ctx, organiser, d, zone)
	if err != nil {
		return nil, err
	}
	walls, err := nextDates(&s.Series[0], zone, p.now())
	if err != nil {
		return nil, err
	}
	names, zones := p.zonesOf(ctx, &s)
	all := make([]Ahead, len(walls))
	for i, w := range walls {
		start, fit := ical.Resolve(w, zone)
		a := Ahead{Wall: w, Start: start.UTC(), End: start.UTC().Add(time.Duration(d.Minutes) * time.Minute), Fit: fit}
		for j, z := range zones {
			l := Local{Zone: names[j], Wall: ical.WallOf(start.In(z))}
			if i > 0 {
				l.Shifted = shifted(all[i-1], a.Wall, all[i-1].Zones[j].Wall, l.Wall)
			}
			a.Zones = append(a.Zones, l)
		}
		all[i] = a
	}
	return all, p.collide(ctx, all, s.colleagues(), meeting)
}

// nextDates are the first dates that have not passed.
func nextDates(s *Series, zone *time.Location, now time.Time) ([]ical.Wall, error) {
	rule, err := ical.ParseRule(s.Rule)
	if err != nil {
		return nil, err
	}
	var walls []ical.Wall
	for w := range rule.Expand(s.Start, ical.WallOf(now.In(zone)).AddDays(-2), s.Start.AddDays(200*366)) {
		start, _ := ical.Resolve(w, zone)
		if start.Add(time.Duration(s.Minutes) * time.Minute).Before(now) {
			continue
		}
		if walls = append(walls, w); len(walls) == previewed {
			break
		}
	}
	return walls, nil
}

// shifted compares the times of day of two dates in the meeting's zone and in
// another one.
func shifted(before Ahead, wall, localBefore, local ical.Wall) int {
	by := local.Sub(localBefore) - wall.Sub(before.Wall)
	return int(by / time.Minute)
}

// zonesOf are the zones of those invited, the organiser's and the meeting's.
func (p *Planner) zonesOf(ctx context.Context, s *Schedule) ([]string, []*time.Location) {
	names := []string{s.Series[0].Zone}
	if people, err := p.store.Colleagues(ctx, []string{s.Organiser}); err == nil {
		names = append(names, people[s.Organiser].TimeZone)
	}
	for _, i := range s.Invitees {
		names = append(names, i.TimeZone)
	}
	slices.SortFunc(names, strings.Compare)
	var kept []string
	var zones []*time.Location
	for _, name := range slices.Compact(names) {
		if z, err := p.zones.Zone(name); err == nil {
			kept, zones = append(kept, name), append(zones, z)
		}
	}
	return kept, zones
}

// colleagues are the people who come, the organiser among them.
func (s *Schedule) colleagues() []string {
	ids := []string{s.Organiser}
	for _, i := range s.Invitees {
		if i.Person != "" {
			ids = append(ids, i.Person)
		}
	}
	return ids
}

// collide notes whom each date does not suit.
func (p *Planner) collide(ctx context.Context, all []Ahead, people []string, meeting string) error {
	if len(all) == 0 {
		return nil
	}
	for i := range all {
		all[i].Busy = []string{}
	}
	first, last := around(all[0].Start, all[len(all)-1].End)
	for _, id := range people {
		engagements, err := p.store.Engagements(ctx, id, first, last)
		if err != nil {
			return fmt.Errorf("preview a meeting: %w", err)
		}
		for i := range all {
			a := &all[i]
			busy, err := p.busyOf(id, engagements, a.Start, a.End, meeting)
			if err != nil {
				return err
			}
			if overlaps(busy, a.Start, a.End) {
				a.Busy = append(a.Busy, id)
			}
		}
	}
	for i := range all {
		a := &all[i]
		var err error
		if a.Quiet, err = p.resting(ctx, people, a.Start, a.End); err != nil {
			return err
		}
	}
	return nil
}
