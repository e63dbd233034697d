package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"partyline/metrics/quality"
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
// tell legs apart, but by their kind; where a zone's hours begin at other minutes
// than those of UTC, their hour is taken for the one that it begins in.
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
	if browsers, phones := countsSetups(f); browsers || phones {
		if err := s.addSetups(ctx, f, browsers, phones, day); err != nil {
			return nil, nil, s.fault(fmt.Errorf("sum up how calls were set up: %w", err))
		}
	}
	all := []health.Day{}
	for _, key := range slices.Sorted(maps.Keys(days)) {
		d := *days[key]
		d.Count = sums[key].count()
		all = append(all, d)
	}
	return all, total.because(), nil
}

// countsSetups tells whether a filter's legs are all of a kind, so that the
// failures of that kind belong to them.
func countsSetups(f health.Filter) (browsers, phones bool) {
	kind, one := f.Where[health.ByKind]
	if f.Sought() || f.Class != nil || f.Dropped || len(f.Where) > 1 || len(f.Where) == 1 && !one {
		return false, false
	}
	return !one || kind == string(quality.Browser), !one || kind == string(quality.Phone)
}

func (s *Store) addSetups(ctx context.Context, f health.Filter, browsers, phones bool, day func(time.Time) *health.Day) error {
	where := func(w *conditions) string {
		w.add(`hour >= ? AND hour < ?`, hourOf(f.From), (ms(f.To)+hourLength-1)/hourLength)
		if hours := slotsOf(f, hourLength); hours != "" {
			w.add(`hour IN (` + hours + `)`)
		}
		return w.sql()
	}
	type hourly struct{ hour, all, failed int64 }
	scan := func(row scanner) (h hourly, err error) {
		return h, row.Scan(&h.hour, &h.all, &h.failed)
	}
	if browsers {
		w := &conditions{}
		w.add(`kind = ? AND stage = ''`, string(quality.Browser))
		joins, err := list(ctx, s.read, scan, `SELECT hour, sum(CASE WHEN cause = '' THEN joins ELSE 0 END), sum(CASE WHEN cause <> '' THEN joins ELSE 0 END)
			FROM join_hour`+where(w)+` GROUP BY hour`, w.args...)
		if err != nil {
			return err
		}
		for _, j := range joins {
			d := day(fromHour(j.hour).In(f.Zone))
			d.Joins += int(j.all)
			d.FailedJoins += int(j.failed)
		}
	}
	if phones {
		w := &conditions{}
		calls, err := list(ctx, s.read, scanOutcome, `SELECT trunk, hour, status, q850, rang, calls FROM trunk_outcome`+where(w), w.args...)
		if err != nil {
			return err
		}
		for _, c := range calls {
			d := day(fromHour(c.hour).In(f.Zone))
			d.Calls += c.calls
			if setup := c.setup(); setup == quality.SetupIneffective || setup == quality.SetupRefused {
				d.FailedCalls += c.calls
			}
		}
	}
	return nil
}

// outcome is a row of trunk_outcome.
type outcome struct {
	trunk        string
	hour         int64
	status, q850 int
	rang         int
	calls        int
}

func scanOutcome(row scanner) (o outcome, err error) {
	return o, row.Scan(&o.trunk, &o.hour, &o.status, &o.q850, &o.rang, &o.calls)
}

func (o *outcome) setup() quality.Setup { return quality.SetupOf(o.status, o.rang == 1) }

// TrunkSums is health.Trunks. Hours count as a whole.
func (s *Store) TrunkSums(ctx context.Context, from, to time.Time) ([]health.TrunkSum, error) {
	sums, err := s.trunkSums(ctx, from, to)
	if err != nil {
		return nil, s.fault(fmt.Errorf("sum up trunks: %w", err))
	}
	groups, err := s.Groups(ctx, health.Filter{From: from, To: to, Zone: time.UTC}, health.ByTrunk, mostTrunks)
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		if g.Key == "" {
			continue // browsers
		}
		if sums[g.Key] == nil {
			sums[g.Key] = &health.TrunkSum{Trunk: g.Key, Setups: map[quality.Setup]int{}}
		}
		sums[g.Key].Count = g.Count
	}
	all := []health.TrunkSum{}
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		all = append(all, *sums[name])
	}
	return all, nil
}

// mostTrunks is more than anybody has.
const mostTrunks = 1000

// mostOutcomes is how many outcomes of a trunk are told.
const mostOutcomes = 10

func (s *Store) trunkSums(ctx context.Context, from, to time.Time) (map[string]*health.TrunkSum, error) {
	all := map[string]*health.TrunkSum{}
	first, last := hourOf(from), (ms(to)+hourLength-1)/hourLength
	columns := make([]string, len(times{}))
	for i, c := range timeColumns() {
		columns[i] = `sum(` + c + `)`
	}
	_, err := list(ctx, s.read, func(row scanner) (struct{}, error) {
		var t health.TrunkSum
		var pdd times
		var talked int64
		err := row.Scan(append([]any{&t.Trunk, &talked, &t.Cost}, pdd.fields()...)...)
		t.Talked, t.Setups = time.Duration(talked)*time.Millisecond, map[quality.Setup]int{}
		t.PDD, t.PDD95 = pdd.quantile(0.5), pdd.quantile(0.95)
		all[t.Trunk] = &t
		return struct{}{}, err
	}, `SELECT trunk, CAST(sum(duration_ms) AS BIGINT), CAST(sum(cost) AS BIGINT), `+strings.Join(columns, `, `)+`
		FROM trunk_hour WHERE hour >= $1 AND hour < $2 GROUP BY trunk`, first, last)
	if err != nil {
		return nil, err
	}
	outcomes, err := list(ctx, s.read, scanOutcome, `SELECT trunk, 0, status, q850, rang, sum(calls) FROM trunk_outcome
		WHERE hour >= $1 AND hour < $2 GROUP BY trunk, status, q850, rang`, first, last)
	if err != nil {
		return nil, err
	}
	ends := map[string]map[[2]int]int{}
	for _, o := range outcomes {
		if t := all[o.trunk]; t != nil {
			t.Setups[o.setup()] += o.calls
			if ends[o.trunk] == nil {
				ends[o.trunk] = map[[2]int]int{}
			}
			ends[o.trunk][[2]int{o.status, o.q850}] += o.calls
		}
	}
	for trunk, end := range ends {
		all[trunk].Outcomes = outcomesOf(end)
	}
	return all, nil
}

// outcomesOf are the most frequent ends.
func outcomesOf(ends map[[2]int]int) []health.Outcome {
	var all []health.Outcome
	for end, calls := range ends {
		all = append(all, health.Outcome{Status: end[0], Q850: end[1], Calls: calls})
	}
	slices.SortFunc(all, func(a, b health.Outcome) int {
		return cmp.Or(cmp.Compare(b.Calls, a.Calls), cmp.Compare(a.Status, b.Status), cmp.Compare(a.Q850, b.Q850))
	})
	return all[:min(len(all), mostOutcomes)]
}
