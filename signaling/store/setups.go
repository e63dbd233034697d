package store

import (
	"context"
	"fmt"
	"time"

	"partyline/metrics/quality"
	"partyline/signaling/health"
)

// setupQuarters is how browsers came in and calls were placed, by the quarter of
// an hour in which that began.
func setupQuarters() rollup {
	return rollup{table: "setup_quarter", keys: []string{"quarter", "kind"}, sums: []string{"setups", "failed"}}
}

// addSetup counts one of a kind.
func addSetup(quarters *adding, kind quality.Kind, began time.Time, failed bool) {
	row := quarters.at(ms(began)/quarterLength, string(kind))
	row[0]++
	row[1] += flag(failed)
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

// addSetups counts joins and calls by day, where the filter does not tell legs
// apart but by their kind. Quarters of an hour count as a whole.
func (s *Store) addSetups(ctx context.Context, f health.Filter, day func(time.Time) *health.Day) error {
	browsers, phones := countsSetups(f)
	if !browsers && !phones {
		return nil
	}
	_, err := list(ctx, s.read, func(row scanner) (struct{}, error) {
		var kind quality.Kind
		var quarter int64
		var setups, failed int
		if err := row.Scan(&quarter, (*string)(&kind), &setups, &failed); err != nil || !inWeek(f, quarter*quarterLength) {
			return struct{}{}, err
		}
		at := fromMS(quarter * quarterLength).In(f.Zone)
		switch {
		case kind == quality.Browser && browsers:
			d := day(at)
			d.Joins, d.FailedJoins = d.Joins+setups, d.FailedJoins+failed
		case kind == quality.Phone && phones:
			d := day(at)
			d.Calls, d.FailedCalls = d.Calls+setups, d.FailedCalls+failed
		}
		return struct{}{}, nil
	}, `SELECT quarter, kind, setups, failed FROM setup_quarter WHERE quarter >= $1 AND quarter < $2`,
		ms(f.From)/quarterLength, (ms(f.To)+quarterLength-1)/quarterLength)
	if err != nil {
		return s.fault(fmt.Errorf("sum up how calls were set up: %w", err))
	}
	return nil
}

// wholeHours are the hours, from the first up to the last, that are wholly in a
// range, and what else is in it: of that the sums by the hour know too much.
func wholeHours(from, to time.Time) (first, last int64, rest []span) {
	first, last = (ms(from)+hourLength-1)/hourLength, ms(to)/hourLength
	if first > last { // within one hour
		return last, last, []span{{ms(from), ms(to)}}
	}
	for _, edge := range []span{{ms(from), first * hourLength}, {last * hourLength, ms(to)}} {
		if edge.from < edge.to {
			rest = append(rest, edge)
		}
	}
	return first, last, rest
}
