package meeting

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Busy is a time at which somebody is in a meeting. Which one is nobody's
// business.
type Busy struct{ From, To time.Time }

// Limits of asking for other people's time.
const (
	maxAsked    = 100
	maxBusySpan = 62 * 24 * time.Hour
)

// FreeBusy tells when people are in meetings between two times, by person;
// times that touch are one. A meeting that somebody has declined leaves them
// free. It returns ErrBadSpan or ErrTooMany.
func (p *Planner) FreeBusy(ctx context.Context, people []string, from, to time.Time) (map[string][]Busy, error) {
	if !to.After(from) || to.Sub(from) > maxBusySpan {
		return nil, ErrBadSpan
	}
	if len(people) > maxAsked {
		return nil, ErrTooMany
	}
	all := make(map[string][]Busy, len(people))
	first, last := around(from, to)
	for _, person := range people {
		if _, done := all[person]; done {
			continue
		}
		engagements, err := p.store.Engagements(ctx, person, first, last)
		if err != nil {
			return nil, fmt.Errorf("read a calendar: %w", err)
		}
		if all[person], err = p.busyOf(person, engagements, from, to, ""); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// busyOf is when a person is busy by their engagements, one meeting left out.
func (p *Planner) busyOf(person string, engagements []Engagement, from, to time.Time, without string) ([]Busy, error) {
	busy := []Busy{}
	for _, e := range engagements {
		if e.Series.Meeting == without {
			continue
		}
		dates, err := p.between(&e.Series, e.Exceptions, from, to)
		if err != nil {
			return nil, err
		}
		for _, o := range dates {
			if e.Organiser == person || StatusOf(e.Replies, e.Invitee, o.ID) != Declined {
				busy = append(busy, Busy{o.Start, o.End})
			}
		}
	}
	return merge(busy), nil
}

// merge joins times that touch.
func merge(all []Busy) []Busy {
	slices.SortFunc(all, func(a, b Busy) int { return a.From.Compare(b.From) })
	merged := all[:0]
	for _, b := range all {
		if n := len(merged); n > 0 && !b.From.After(merged[n-1].To) {
			if b.To.After(merged[n-1].To) {
				merged[n-1].To = b.To
			}
			continue
		}
		merged = append(merged, b)
	}
	return merged
}

// overlaps tells whether any of the times, which are in order, has a part of
// that one.
func overlaps(all []Busy, from, to time.Time) bool {
	return slices.ContainsFunc(all, func(b Busy) bool { return b.From.Before(to) && from.Before(b.To) })
}

// Wish is a meeting that a time is looked for.
type Wish struct {
	People   []string // colleagues, with whoever asks if they come too
	Minutes  int
	From, To time.Time
}

// Free is a time that suits.
type Free struct {
	Busy
	// Late are those for whom it is before or after work, or among their quiet
	// hours.
	Late []string
}

// The working day, in each person's zone, and how times are looked for.
const (
	workBegins = 9 * time.Hour
	workEnds   = 18 * time.Hour
	wishStep   = 30 * time.Minute
	wishes     = 5
)

// Suggest finds at most five times at which nobody is in a meeting: those first
// at which most are at work, then the earliest. It returns ErrBadSpan,
// ErrTooMany, ErrNoPerson or what is wrong with a field.
func (p *Planner) Suggest(ctx context.Context, w Wish) ([]Free, error) {
	if w.Minutes < 1 || w.Minutes > maxMinutes {
		return nil, wrong("minutes", "A meeting lasts 1 minute to 24 hours.")
	}
	if now := p.now(); w.From.Before(now) {
		w.From = now
	}
	busy, err := p.FreeBusy(ctx, w.People, w.From, w.To)
	if err != nil {
		return nil, err
	}
	people, err := p.store.Colleagues(ctx, w.People)
	if err != nil {
		return nil, fmt.Errorf("look for colleagues: %w", err)
	}
	long := time.Duration(w.Minutes) * time.Minute
	var found []Free
	for at := roundUp(w.From); !at.Add(long).After(w.To); at = at.Add(wishStep) {
		slot := Free{Busy: Busy{at, at.Add(long)}, Late: []string{}}
		taken := false
		for _, id := range w.People {
			c, known := people[id]
			if !known {
				return nil, ErrNoPerson
			}
			if taken = overlaps(busy[id], slot.From, slot.To); taken {
				break
			}
			if !p.atWork(c, slot.Busy) {
				slot.Late = append(slot.Late, id)
			}
		}
		if !taken {
			found = append(found, slot)
		}
	}
	slices.SortStableFunc(found, func(a, b Free) int { return len(a.Late) - len(b.Late) })
	return p.undisturbed(ctx, found, w.People)
}

// undisturbed are the first few that break into nobody's quiet hours, as far as
// there are such.
func (p *Planner) undisturbed(ctx context.Context, all []Free, people []string) ([]Free, error) {
	var best, rest []Free
	for _, f := range all {
		if len(best) == wishes || len(best)+len(rest) >= 20*wishes {
			break
		}
		resting, err := p.resting(ctx, people, f.From, f.To)
		if err != nil {
			return nil, err
		}
		for _, id := range resting {
			if !slices.Contains(f.Late, id) {
				f.Late = append(f.Late, id)
			}
		}
		if len(resting) > 0 {
			rest = append(rest, f)
		} else {
			best = append(best, f)
		}
	}
	found := append(best, rest...)
	return found[:min(len(found), wishes)], nil
}

// resting are those of the people in whose quiet hours any part of a time is.
func (p *Planner) resting(ctx context.Context, people []string, from, to time.Time) ([]string, error) {
	resting := []string{}
	if p.cfg.Quiet == nil {
		return resting, nil
	}
	for _, id := range people {
		quiet, err := p.cfg.Quiet.Quiet(ctx, id, from, to)
		if err != nil {
			return nil, fmt.Errorf("look for quiet hours: %w", err)
		}
		if quiet {
			resting = append(resting, id)
		}
	}
	return resting, nil
}

// roundUp is the next full or half hour.
func roundUp(t time.Time) time.Time {
	down := t.Truncate(wishStep)
	if down.Equal(t) {
		return t
	}
	return down.Add(wishStep)
}

// atWork tells whether a time is within a working day of somebody.
func (p *Planner) atWork(c Colleague, b Busy) bool {
	zone, err := p.zones.Zone(c.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	from := b.From.In(zone)
	if day := from.Weekday(); day == time.Saturday || day == time.Sunday {
		return false
	}
	clock := time.Duration(from.Hour())*time.Hour + time.Duration(from.Minute())*time.Minute
	return clock >= workBegins && clock+b.To.Sub(b.From) <= workEnds
}
