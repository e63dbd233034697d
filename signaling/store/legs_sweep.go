package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"partyline/metrics/quality"
)

// Retention is how long what is known of call quality is kept. Nothing is
// deleted of what has zero.
type Retention struct {
	Samples  time.Duration // samples, events, SIP messages and the steps of joins
	Evidence time.Duration // headers of RTP and RTCP
	Legs     time.Duration // legs, ratings, meetings
	RollUps  time.Duration // sums by the hour
}

// Validate tells what is wrong with it.
func (r Retention) Validate() error {
	if r.Samples < 0 || r.Evidence < 0 || r.Legs < 0 || r.RollUps < 0 {
		return errors.New("nothing can be kept for a negative time")
	}
	return nil
}

// DefaultRetention is thirty days of samples, two weeks of headers, a bit more
// than a year of legs and two of sums.
func DefaultRetention() Retention {
	const day = 24 * time.Hour
	return Retention{Samples: 30 * day, Evidence: 14 * day, Legs: 400 * day, RollUps: 800 * day}
}

// sweepStep is how many rows are deleted at once: others write between the
// steps.
const sweepStep = 500

// aged is a table whose rows have an age.
type aged struct {
	table string
	key   string // its primary key
	age   string // column with a time
}

// Sweep deletes what has been kept for long enough, in small steps, and tells
// how many rows those were. Legs that nobody has written about for a quarter of
// an hour although they live are ended first: their server has stopped. Several
// nodes may sweep at once. Days that are over are packed.
func (s *Store) Sweep(ctx context.Context, r Retention, now time.Time) (deleted int, err error) {
	if err := s.endLost(ctx, now); err != nil {
		return 0, fmt.Errorf("end lost legs: %w", err)
	}
	const moment, hour, day = 1, hourLength, 24 * hourLength
	steps := []struct {
		keep   time.Duration
		unit   int64 // of the ages, in milliseconds
		tables []aged
	}{
		{r.Samples, moment, []aged{{"leg_chunk", "leg_id, began", "began"}, {"leg_event", "leg_id, number", "at"}, {"leg_ladder", "leg_id", "at"}, {"join_try", "id", "began"}}},
		{r.Evidence, moment, []aged{{"leg_evidence", "leg_id", "at"}}},
		{r.Legs, moment, []aged{
			{"leg", "id", "began"},
			{"leg_signalling", "leg_id", "at"},
			{"join_try", "id", "began"},
			{"rating", "leg_id", "at"},
			{"sitting", "meeting_id, began", "began"},
		}},
		{r.Legs, hour, []aged{{"leg_word", "sort, word", "last"}}},
		{r.RollUps, hour, []aged{
			{"leg_hour", "dimension, hour, value", "hour"},
			{"join_hour", "hour, kind, stage, cause", "hour"},
			{"trunk_hour", "trunk, hour", "hour"},
			{"trunk_outcome", "trunk, hour, status, q850, rang", "hour"},
		}},
		{r.RollUps, quarterLength, []aged{{"setup_quarter", "quarter, kind", "quarter"}}},
		{r.RollUps, day, []aged{{"leg_day", "dimension, day, value", "day"}}},
		{r.Legs, day, []aged{{"leg_pack", "day, part", "day"}}},
	}
	for _, step := range steps {
		if step.keep <= 0 {
			continue
		}
		before := ms(now.Add(-step.keep)) / step.unit
		for _, t := range step.tables {
			n, err := s.deleteAged(ctx, t, before)
			deleted += n
			if err != nil {
				return deleted, fmt.Errorf("delete from %s: %w", t.table, err)
			}
		}
	}
	return deleted, s.packDays(ctx, now)
}

// deleteAged deletes the rows from before a time.
func (s *Store) deleteAged(ctx context.Context, t aged, before int64) (deleted int, err error) {
	query := `DELETE FROM ` + t.table + ` WHERE (` + t.key + `) IN (
		SELECT ` + t.key + ` FROM ` + t.table + ` WHERE ` + t.age + ` < $1 ORDER BY ` + t.age + ` LIMIT $2` + s.dialect.forClaim + `)`
	for {
		var n int64
		err := s.change(ctx, func(tx *sql.Tx) error {
			r, err := tx.ExecContext(ctx, query, before, sweepStep)
			if err != nil {
				return err
			}
			n, err = r.RowsAffected()
			return err
		})
		deleted += int(n)
		if err != nil || n < sweepStep {
			return deleted, err
		}
	}
}

// lostAfter is for how long nothing may be written about a leg that lives: its
// chunks are a few minutes long.
const lostAfter = 15 * time.Minute

// causeLost is why a leg ended whose server stopped meanwhile, in the words of
// the records of calls.
const causeLost = "lost"

// endLost ends the legs whose server has stopped, with what was known last.
func (s *Store) endLost(ctx context.Context, now time.Time) error {
	type lost struct {
		id   string
		kept int64
	}
	all, err := list(ctx, s.read, func(row scanner) (l lost, err error) {
		return l, row.Scan(&l.id, &l.kept)
	}, `SELECT id, kept FROM leg WHERE ended = 0 AND kept < $1`, ms(now.Add(-lostAfter)))
	if err != nil {
		return s.fault(err)
	}
	for _, l := range all {
		row, err := s.Leg(ctx, l.id)
		if err != nil {
			return err
		}
		row.Leg.Ended, row.Leg.Cause, row.Leg.Dropped = fromMS(max(l.kept, ms(row.Leg.Began))), causeLost, true
		if err := s.Keep(ctx, quality.Batch{Legs: []quality.Record{{Leg: row.Leg, Summary: row.Summary}}}); err != nil {
			return err
		}
	}
	return nil
}
