package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"partyline/signaling/health"
)

// Groups is health.Sums.
func (s *Store) Groups(ctx context.Context, f health.Filter, by health.Dimension, limit int) ([]health.Group, error) {
	c, err := s.count(ctx, f, by)
	if err != nil {
		return nil, s.fault(fmt.Errorf("break legs down: %w", err))
	}
	groups := []health.Group{}
	for key, sums := range c.values {
		groups = append(groups, health.Group{Key: key, Count: sums.count()})
	}
	slices.SortFunc(groups, func(a, b health.Group) int {
		return cmp.Or(cmp.Compare(b.Poor, a.Poor), cmp.Compare(b.Legs, a.Legs), cmp.Compare(a.Key, b.Key))
	})
	return groups[:min(len(groups), limit)], nil
}

// eachHour gives the sums of a filter's legs by the hour in which they began, or
// by parts of it, in its zone.
func (s *Store) eachHour(ctx context.Context, f health.Filter, fn func(time.Time, *legSums)) error {
	c, err := s.count(ctx, f, allLegs)
	if err != nil {
		return s.fault(fmt.Errorf("sum legs up by the hour: %w", err))
	}
	for at, sums := range c.slots {
		fn(fromMS(at).In(f.Zone), sums)
	}
	return nil
}

// Cells is health.Sums.
func (s *Store) Cells(ctx context.Context, f health.Filter) ([]health.Cell, error) {
	var week [7][24]legSums
	err := s.eachHour(ctx, f, func(hour time.Time, sums *legSums) {
		week[hour.Weekday()][hour.Hour()].add(sums)
	})
	if err != nil {
		return nil, err
	}
	cells := []health.Cell{}
	for day := range week {
		for hour := range week[day] {
			if c := week[day][hour].count(); c.Legs > 0 {
				cells = append(cells, health.Cell{Weekday: time.Weekday(day), Hour: hour, Count: c})
			}
		}
	}
	return cells, nil
}

// Days is health.Sums. Joins and calls are counted where the filter does not
// tell legs apart, but by their kind.
func (s *Store) Days(ctx context.Context, f health.Filter) ([]health.Day, map[string]int, error) {
	var total legSums
	sums := map[string]*legSums{}
	days := map[string]*health.Day{}
	day := func(at time.Time) *health.Day {
		key := at.Format(time.DateOnly)
		if days[key] == nil {
			days[key], sums[key] = &health.Day{Day: key}, &legSums{}
		}
		return days[key]
	}
	err := s.eachHour(ctx, f, func(hour time.Time, hourly *legSums) {
		sums[day(hour).Day].add(hourly)
		total.add(hourly)
	})
	if err != nil {
		return nil, nil, err
	}
	if err := s.addSetups(ctx, f, day); err != nil {
		return nil, nil, err
	}
	all := []health.Day{}
	for _, key := range slices.Sorted(maps.Keys(days)) {
		d := *days[key]
		d.Count = sums[key].count()
		all = append(all, d)
	}
	return all, total.because(), nil
}
