package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"partyline/metrics/quality"
	"partyline/signaling/health"
	"partyline/sip/billing"
)

// outcome is how calls ended.
type outcome struct {
	status, q850 int
	rang         int64 // 1: it did
}

func (o outcome) setup() quality.Setup { return quality.SetupOf(o.status, o.rang == 1) }

// mostTrunks is more than anybody has.
const mostTrunks = 1000

// mostOutcomes is how many outcomes of a trunk are told.
const mostOutcomes = 10

// TrunkSums is health.Trunks.
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

// trunkSums are of the sums by the hour and, at both ends of the range, of the
// records of calls.
func (s *Store) trunkSums(ctx context.Context, from, to time.Time) (map[string]*health.TrunkSum, error) {
	first, last, rest := wholeHours(from, to)
	calls := newTraffic()
	outbound, closed := billing.Outbound, billing.Closed
	for _, at := range rest {
		q := billing.Search{From: fromMS(at.from), To: fromMS(at.to), Direction: &outbound, State: &closed}
		if err := s.EachRecord(ctx, q, func(c *billing.CDR) error { calls.add(c); return nil }); err != nil {
			return nil, err
		}
	}
	within := &conditions{}
	within.add(`hour >= ? AND hour < ?`, first, last)
	hours, err := calls.hours.overall(ctx, s.read, within)
	if err != nil {
		return nil, err
	}
	outcomes, err := calls.outcomes.overall(ctx, s.read, within)
	if err != nil {
		return nil, err
	}
	all, ends := map[string]*health.TrunkSum{}, map[string]map[[2]int]int{}
	for _, row := range hours {
		trunk, pdd := row.keys[0].(string), times(row.sums[4:])
		all[trunk] = &health.TrunkSum{
			Trunk: trunk, Setups: map[quality.Setup]int{}, PDD: pdd.quantile(0.5), PDD95: pdd.quantile(0.95),
			Talked: time.Duration(row.sums[2]) * time.Millisecond, Cost: billing.Micro(row.sums[3]),
		}
		ends[trunk] = map[[2]int]int{}
	}
	for _, row := range outcomes {
		trunk := row.keys[0].(string)
		if t := all[trunk]; t != nil {
			o := outcome{int(row.keys[1].(int64)), int(row.keys[2].(int64)), row.keys[3].(int64)}
			t.Setups[o.setup()] += int(row.sums[0])
			ends[trunk][[2]int{o.status, o.q850}] += int(row.sums[0])
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
