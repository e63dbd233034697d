package meeting

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"partyline/signaling/internal/ical"
)

// Promise is at which instants people expect the next dates of a series. When
// something is, is never read from it: it shows who has to be told when a
// country changes its clocks.
type Promise struct {
	Series   string
	Sequence int       // of the series, as it was then
	Until    ical.Wall // later dates are not among these
	Dates    []Promised
}

// Promised is one date.
type Promised struct {
	Recurrence ical.Wall
	At         time.Time
}

// PromiseStore keeps promises and the rules of zones that they were made by.
// Each method is one transaction and may be called from any goroutine.
type PromiseStore interface {
	// KeepPromise puts a promise in the place of the series' former one. It does
	// nothing for a series that is gone.
	KeepPromise(ctx context.Context, p Promise) error
	// Promises are those of the series in a zone, by series.
	Promises(ctx context.Context, zone string) (map[string]Promise, error)
	// ZoneRules are fingerprints of zones' rules, by name.
	ZoneRules(ctx context.Context) (map[string]string, error)
	KeepZoneRules(ctx context.Context, zone, fingerprint string) error
}

// Promises are made for so long ahead, for at most so many dates.
const (
	promisedAhead = 400 * 24 * time.Hour
	promisedDates = 100
	// promiseAgain is how much of that has to be left.
	promiseAgain = 200 * 24 * time.Hour
)

// promise notes the next dates of a meeting after it was changed. The change is
// made, whatever becomes of this: [Planner.Recheck] makes up for it.
func (p *Planner) promise(ctx context.Context, s *Schedule) {
	for i := range s.Series {
		v := &s.Series[i]
		if v.Cancelled || !s.EndedAt.IsZero() {
			continue
		}
		if err := p.promiseSeries(ctx, v, s.Exceptions); err != nil {
			p.log.Error("next dates cannot be noted", "meeting", s.ID, "err", err)
			return
		}
	}
}

func (p *Planner) promiseSeries(ctx context.Context, v *Series, exceptions []Exception) error {
	now := p.now()
	dates, err := p.between(v, exceptions, now, now.Add(promisedAhead))
	if err != nil {
		return err
	}
	made := Promise{Series: v.ID, Sequence: v.Sequence, Until: ical.WallOf(now.Add(promisedAhead).UTC())}
	for _, o := range dates {
		if len(made.Dates) == promisedDates {
			made.Until = o.Recurrence
			break
		}
		made.Dates = append(made.Dates, Promised{o.Recurrence, o.Start})
	}
	if err := p.store.KeepPromise(ctx, made); err != nil {
		return fmt.Errorf("keep a promise: %w", err)
	}
	return nil
}

// Recheck looks whether the rules of zones have changed since people were told
// of their meetings. Where a date is at another instant now, its invitees get a
// letter and PlannerConfig.Moved hears of it, once. It also makes promises for
// the time to come, and wants to be called at the start and once a day.
func (p *Planner) Recheck(ctx context.Context) error {
	now := p.now()
	first, last := around(now, now.Add(promisedAhead))
	series, exceptions, err := p.store.SeriesBetween(ctx, first, last)
	if err != nil {
		return fmt.Errorf("read all series: %w", err)
	}
	rules, err := p.store.ZoneRules(ctx)
	if err != nil {
		return fmt.Errorf("read the zones' rules: %w", err)
	}
	differ := bySeries(exceptions)
	zones := map[string][]*Series{}
	for i := range series {
		zones[series[i].Zone] = append(zones[series[i].Zone], &series[i])
	}
	for name, list := range zones {
		zone, err := p.zones.Zone(name)
		if err != nil {
			p.log.Error("a zone is not known any more", "zone", name, "err", err)
			continue
		}
		now := fingerprint(zone)
		changed := rules[name] != "" && rules[name] != now
		if err := p.recheckZone(ctx, name, list, differ, changed); err != nil {
			return err
		}
		if rules[name] != now {
			if err := p.store.KeepZoneRules(ctx, name, now); err != nil {
				return fmt.Errorf("keep a zone's rules: %w", err)
			}
		}
	}
	return nil
}

func bySeries(all []Exception) map[string][]Exception {
	by := map[string][]Exception{}
	for _, x := range all {
		by[x.Series] = append(by[x.Series], x)
	}
	return by
}

func (p *Planner) recheckZone(ctx context.Context, name string, list []*Series, exceptions map[string][]Exception, changed bool) error {
	promises, err := p.store.Promises(ctx, name)
	if err != nil {
		return fmt.Errorf("read promises: %w", err)
	}
	enough := ical.WallOf(p.now().Add(promiseAgain).UTC())
	var all []Moved
	for _, v := range list {
		promised, made := promises[v.ID]
		current := made && promised.Sequence == v.Sequence
		if changed && current {
			moved, err := p.compare(ctx, v, exceptions[v.ID], promised)
			if err != nil {
				return err
			}
			if moved != nil {
				all = append(all, *moved)
			}
		}
		goesOn := v.Ends.IsZero() || v.Ends.After(promised.Until)
		if !current || changed || goesOn && promised.Until.Before(enough) {
			if err := p.promiseSeries(ctx, v, exceptions[v.ID]); err != nil {
				return err
			}
		}
	}
	if len(all) > 0 {
		p.log.Warn("dates have moved because the rules of a time zone changed", "zone", name, "meetings", len(all))
		if p.cfg.Moved != nil {
			p.cfg.Moved(ctx, all)
		}
	}
	return nil
}

// compare tells whether dates of a series are at another instant than was
// promised, and has everybody told.
func (p *Planner) compare(ctx context.Context, v *Series, exceptions []Exception, promised Promise) (*Moved, error) {
	now := p.now()
	zone, err := p.zones.Zone(v.Zone)
	if err != nil {
		return nil, err
	}
	moved := &Moved{Meeting: v.Meeting, Title: v.Title, Zone: v.Zone}
	for _, d := range promised.Dates {
		o, err := v.At(exceptions, zone, d.Recurrence)
		if err != nil || o.Cancelled || o.Start.Equal(d.At) || o.End.Before(now) && d.At.Before(now) {
			continue
		}
		if moved.Dates++; moved.Dates == 1 {
			moved.First, moved.Was = o, d.At
		}
	}
	if moved.Dates == 0 {
		return nil, nil
	}
	var ids []string
	_, err = p.store.ChangeSchedule(ctx, v.Meeting, func(s *Schedule) error {
		own, err := s.seriesBy(v.ID)
		if err != nil {
			return err
		}
		moved.Organiser, moved.OrganiserName, ids = s.Organiser, s.OrganiserName, s.colleagues()
		s.Revision++
		s.ChangedAt = now
		own.Sequence++
		v.Sequence = own.Sequence
		s.post(Clocks, own, ical.Wall{})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("tell of moved dates: %w", err)
	}
	p.cfg.Changed()
	people, err := p.store.Colleagues(ctx, ids)
	if err != nil { // they have their letters
		p.log.Error("nobody can be told of moved dates", "meeting", v.Meeting, "err", err)
	}
	for _, id := range ids {
		if c, active := people[id]; active {
			w := who(id, c.Name, c.Reach)
			w.Person = id
			moved.People = append(moved.People, w)
		}
	}
	return moved, nil
}

// fingerprint tells zones with different rules apart, by their clock changes
// of 30 years.
func fingerprint(zone *time.Location) string {
	h := sha256.New()
	end := time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC)
	before := ""
	for at := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).In(zone); at.Before(end); {
		// ZoneBounds also tells of ends of years at which nothing changes, and of
		// leap years a day early, again and again.
		if clocks := at.Format("-07:00:00 MST"); clocks != before {
			fmt.Fprintln(h, at.Unix(), clocks)
			before = clocks
		}
		_, next := at.ZoneBounds()
		switch {
		case next.IsZero():
			next = end
		case !next.After(at):
			next = at.Add(24 * time.Hour)
		}
		at = next
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
