package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"partyline/signaling/health"
)

// packsOfLegs are the days in a range of which all legs are still there.
func (s *Store) packsOfLegs(ctx context.Context, f health.Filter) (packQuery, error) {
	q := packQuery{from: ms(f.From) / dayLength, to: (ms(f.To)-1)/dayLength + 1, dimensions: dimensionsOf(f)}
	oldest, err := scanNumber(s.read.QueryRowContext(ctx, `SELECT coalesce(min(began), 0) FROM leg`))
	if err != nil {
		return q, fmt.Errorf("find the oldest leg: %w", err)
	}
	q.from = max(q.from, oldest/dayLength+1)
	return q, nil
}

// recent are the times, the latest first, in which there are as many legs that a
// filter is for as are wanted, or all; what began before a moment was not looked
// at. With never set they are those that were never degraded.
func (s *Store) recent(ctx context.Context, f health.Filter, never bool, wanted int) (spans []span, before int64, err error) {
	if !never && f.Class == nil && !f.Dropped && f.Weekday == nil && f.Hour == nil && len(f.Where) == 0 {
		return []span{{ms(f.From), ms(f.To)}}, ms(f.From), nil
	}
	q, err := s.packsOfLegs(ctx, f)
	if err != nil {
		return nil, 0, err
	}
	rest := gaps{from: ms(f.From), to: ms(f.To)}
	err = s.eachPacked(ctx, q, func(d *packedDay) bool {
		rest.day(d.day)
		for _, gap := range rest.all {
			spans = extended(spans, gap)
		}
		rest.all = nil
		var legs [quartersOfDay]int
		d.each(f, func(_ int, leg *packedLeg) {
			if !never || leg.badness == 0 {
				legs[leg.quarter]++
			}
		})
		for i, n := range slices.Backward(legs[:]) {
			at := span{max(d.at(int64(i)), ms(f.From)), min(d.at(int64(i)+1), ms(f.To))}
			if n == 0 || at.from >= at.to {
				continue
			}
			spans = extended(spans, at)
			if at.to-at.from == quarterLength { // else some of them may be outside
				wanted -= n
			}
			if wanted <= 0 {
				before = at.from
				return false
			}
		}
		return true
	})
	if err != nil || wanted <= 0 {
		return spans, before, err
	}
	for _, gap := range rest.left() {
		spans = extended(spans, gap)
	}
	return spans, ms(f.From), nil
}

// worstOf are the times in which the worst legs began that a filter is for, as
// many as are wanted behind a place, and how bad those are at least.
func (s *Store) worstOf(ctx context.Context, f health.Filter, after health.Place, wanted int) (spans []span, least int64, err error) {
	q, err := s.packsOfLegs(ctx, f)
	if err != nil {
		return nil, 0, err
	}
	type bad struct{ badness, at int64 }
	var all []bad
	rest := gaps{from: ms(f.From), to: ms(f.To)}
	err = s.eachPacked(ctx, q, func(d *packedDay) bool {
		rest.day(d.day)
		d.each(f, func(_ int, leg *packedLeg) {
			at := d.at(leg.quarter)
			if leg.badness > 0 && at+quarterLength > ms(f.From) && at < ms(f.To) &&
				(after.ID == "" || leg.badness < after.Rank || leg.badness == after.Rank && at <= ms(after.At)) {
				all = append(all, bad{leg.badness, at})
			}
		})
		return true
	})
	if err != nil {
		return nil, 0, err
	}
	slices.SortFunc(all, func(a, b bad) int {
		return cmp.Or(cmp.Compare(b.badness, a.badness), cmp.Compare(b.at, a.at))
	})
	least = 1
	quarters := map[int64]bool{}
	for _, b := range all {
		if wanted <= 0 {
			break
		}
		least, quarters[b.at] = b.badness, true
		inside := b.at >= ms(f.From) && b.at+quarterLength <= ms(f.To)
		if at := after.ID != "" && b.badness == after.Rank && b.at+quarterLength > ms(after.At); inside && !at {
			wanted--
		}
	}
	if wanted > 0 {
		least = 1
	}
	spans = rest.left()
	for at := range quarters {
		spans = append(spans, span{max(at, ms(f.From)), min(at+quarterLength, ms(f.To))})
	}
	return spans, least, nil
}
