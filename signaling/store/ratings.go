package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"partyline/metrics/quality"
	"partyline/signaling/health"
)

// Rate is health.Ratings. The row of a leg that is over is counted with its
// stars at once; that of one that lives when it is over.
func (s *Store) Rate(ctx context.Context, r health.Rating) error {
	return s.change(ctx, func(tx *sql.Tx) error {
		row, err := s.legs.scan(tx.QueryRowContext(ctx, `SELECT `+s.legs.fetch+` FROM leg WHERE id = $1`+s.dialect.forUpdate, r.Leg))
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("find the rated leg: %w", err)
		}
		stored := err == nil
		_, err = tx.ExecContext(ctx, `
			INSERT INTO rating (leg_id, at, stars, reasons) VALUES ($1, $2, $3, $4)
			ON CONFLICT (leg_id) DO UPDATE SET at = excluded.at, stars = excluded.stars, reasons = excluded.reasons`,
			r.Leg, ms(r.At), r.Stars, strings.Join(r.Reasons, " "))
		if err != nil {
			return fmt.Errorf("keep a rating: %w", err)
		}
		if !stored {
			return nil
		}
		if _, err := tx.ExecContext(ctx, `UPDATE leg SET stars = $2 WHERE id = $1`, r.Leg, r.Stars); err != nil {
			return fmt.Errorf("keep a rating: %w", err)
		}
		if row.Leg.Ended.IsZero() {
			return nil
		}
		return addStars(ctx, s.bulk(tx), row, r.Stars)
	})
}

// addStars changes what a leg adds to the sums of its hour.
func addStars(ctx context.Context, tx bulk, leg health.Row, stars int) error {
	rows := []legRow{{Record: quality.Record{Leg: leg.Leg, Summary: leg.Summary}}}
	if !rows[0].Heard() {
		return nil
	}
	before, after := legRow{stars: leg.Stars}, legRow{stars: stars}
	more, less := after.sums(), before.sums()
	for i := range more {
		more[i] -= less[i]
	}
	added := newAddedLegs()
	added.add(&rows[0], &more)
	if err := added.write(ctx, tx); err != nil {
		return err
	}
	return unpack(ctx, tx, rows)
}

// Ratings is health.Ratings.
func (s *Store) Ratings(ctx context.Context, f health.Filter, limit int) (stars [5]int, reasons map[string]int, latest []health.Rating, err error) {
	w, err := s.legConditions(ctx, f)
	if err != nil {
		return stars, nil, nil, s.fault(fmt.Errorf("list ratings: %w", err))
	}
	w.add(`leg.stars > 0`)
	from := ` FROM leg JOIN rating ON leg_id = id` + w.sql()
	reasons = map[string]int{}
	type tally struct {
		stars   int
		reasons string
		count   int
	}
	tallies, err := list(ctx, s.read, func(row scanner) (t tally, err error) {
		return t, row.Scan(&t.stars, &t.reasons, &t.count)
	}, `SELECT rating.stars, reasons, count(*)`+from+` GROUP BY rating.stars, reasons`, w.args...)
	if err != nil {
		return stars, nil, nil, s.fault(fmt.Errorf("count ratings: %w", err))
	}
	for _, t := range tallies {
		stars[t.stars-1] += t.count
		for _, reason := range strings.Fields(t.reasons) {
			reasons[reason] += t.count
		}
	}
	latest, err = list(ctx, s.read, func(row scanner) (r health.Rating, err error) {
		var at int64
		var words string
		err = row.Scan(&r.Leg, &r.Name, &at, &r.Stars, &words)
		r.At, r.Reasons = fromMS(at), strings.Fields(words)
		return r, err
	}, `SELECT id, name, at, rating.stars, reasons`+from+` ORDER BY at DESC, id LIMIT `+w.place(limit), w.args...)
	if err != nil {
		return stars, nil, nil, s.fault(fmt.Errorf("list ratings: %w", err))
	}
	return stars, reasons, latest, nil
}
