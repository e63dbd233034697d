package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"partyline/metrics/quality"
	"partyline/signaling/health"
)

// pause is how long nobody may be there for the next one to be of the same
// sitting of a meeting, in milliseconds.
const pause = int64(10 * time.Minute / time.Millisecond)

// sitting is a row of the table: what one meeting was from the first one's
// coming to the last one's going.
type sitting struct {
	meeting      string
	began, ended int64
	badness      int64
}

// sittingBadness is what sittings are ordered by: poor legs, then degraded ones.
func sittingBadness(poor, degraded int) int64 { return int64(poor)*1_000_000 + int64(degraded) }

func (t *sitting) include(o sitting) {
	t.began, t.ended = min(t.began, o.began), max(t.ended, o.ended)
	t.badness += o.badness
}

// near tells whether both are of one sitting.
func (t *sitting) near(o sitting) bool {
	return t.meeting == o.meeting && o.began <= t.ended+pause && t.began <= o.ended+pause
}

// keepSittings lets legs begin sittings, make them longer, and join them.
func (s *Store) keepSittings(ctx context.Context, tx bulk, rows []legRow) error {
	var all []sitting
	for i := range rows {
		r := &rows[i]
		if r.Leg.Meeting == "" {
			continue
		}
		t := sitting{meeting: r.Leg.Meeting, began: r.began, ended: r.ended}
		if r.ended == 0 {
			t.ended = max(r.began, r.kept)
		} else {
			t.badness = sittingBadness(int(flag(r.class == quality.Poor)), int(flag(r.class == quality.Degraded)))
		}
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b sitting) int {
		return cmp.Or(strings.Compare(a.meeting, b.meeting), cmp.Compare(a.began, b.began))
	})
	var joined []sitting
	for _, t := range all {
		if last := len(joined) - 1; last >= 0 && joined[last].near(t) {
			joined[last].include(t)
			continue
		}
		joined = append(joined, t)
	}
	for _, t := range joined {
		if err := s.keepSitting(ctx, tx, t); err != nil {
			return fmt.Errorf("keep a sitting: %w", err)
		}
	}
	return nil
}

func (s *Store) keepSitting(ctx context.Context, tx bulk, t sitting) error {
	there, err := list(ctx, tx, func(row scanner) (o sitting, err error) {
		o.meeting = t.meeting
		return o, row.Scan(&o.began, &o.ended, &o.badness)
	}, `SELECT began, ended, badness FROM sitting
		WHERE meeting_id = $1 AND began >= $2 AND began <= $3 AND ended >= $4`+s.dialect.forUpdate,
		t.meeting, t.began-longestSitting, t.ended+pause, t.began-pause)
	if err != nil {
		return err
	}
	if len(there) == 1 && there[0].began <= t.began {
		_, err := tx.ExecContext(ctx, `
			UPDATE sitting SET ended = CASE WHEN ended > $3 THEN ended ELSE $3 END, badness = badness + $4 WHERE meeting_id = $1 AND began = $2`,
			t.meeting, there[0].began, t.ended, t.badness)
		return err
	}
	for _, o := range there {
		t.include(o)
		if _, err := tx.ExecContext(ctx, `DELETE FROM sitting WHERE meeting_id = $1 AND began = $2`, o.meeting, o.began); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO sitting (meeting_id, began, ended, badness) VALUES ($1, $2, $3, $4)
		ON CONFLICT (meeting_id, began) DO UPDATE SET badness = sitting.badness + excluded.badness,
			ended = CASE WHEN sitting.ended > excluded.ended THEN sitting.ended ELSE excluded.ended END`,
		t.meeting, t.began, t.ended, t.badness)
	return err
}

// longestSitting bounds how far back a sitting is looked for.
const longestSitting = int64(30 * 24 * time.Hour / time.Millisecond)

// Sessions is health.Sums: sittings that have a leg that fits. The rank of a
// place is 1,000,000 for each poor leg and 1 for each degraded one.
func (s *Store) Sessions(ctx context.Context, f health.Filter, order health.Order, after health.Place, limit int) ([]health.Session, error) {
	sittings, err := s.sittings(ctx, f, order, after, limit)
	if err != nil {
		return nil, s.fault(fmt.Errorf("list sittings: %w", err))
	}
	all := make([]health.Session, len(sittings))
	for i, t := range sittings {
		if all[i], err = s.session(ctx, t); err != nil {
			return nil, s.fault(fmt.Errorf("sum a sitting up: %w", err))
		}
	}
	return all, nil
}

func (s *Store) sittings(ctx context.Context, f health.Filter, order health.Order, after health.Place, limit int) ([]sitting, error) {
	w := &conditions{}
	if narrows(f) {
		of, err := s.legConditions(ctx, f)
		if err != nil {
			return nil, err
		}
		w = of
		w.all = []string{`EXISTS (SELECT 1 FROM leg WHERE leg.meeting_id = sitting.meeting_id AND leg.began >= sitting.began
			AND leg.began <= sitting.ended AND ` + strings.Join(w.all, ` AND `) + `)`}
		if !f.Sought() && f.Class != nil && *f.Class >= quality.Degraded {
			w.add(`badness > 0`)
		}
	}
	began := `sitting.began`
	if order == health.Worst {
		began = `+` + began // so that they are found in their order, not by time
	}
	w.add(began+` >= ? AND `+began+` < ?`, ms(f.From), ms(f.To))
	by := ` ORDER BY sitting.began DESC, sitting.meeting_id DESC LIMIT `
	key := `(sitting.began, sitting.meeting_id) < (?, ?)`
	args := []any{ms(after.At), after.ID}
	if order == health.Worst {
		by = ` ORDER BY sitting.badness DESC, sitting.began DESC, sitting.meeting_id DESC LIMIT `
		key = `(sitting.badness, sitting.began, sitting.meeting_id) < (?, ?, ?)`
		args = append([]any{after.Rank}, args...)
	}
	if after.ID != "" {
		w.add(key, args...)
	}
	return list(ctx, s.read, scanSitting, sittingQuery+w.sql()+by+w.place(limit), w.args...)
}

const sittingQuery = `SELECT sitting.meeting_id, sitting.began, sitting.ended, sitting.badness FROM sitting`

func scanSitting(row scanner) (t sitting, err error) {
	return t, row.Scan(&t.meeting, &t.began, &t.ended, &t.badness)
}

// narrows tells whether a filter is for some legs of its time only.
func narrows(f health.Filter) bool {
	return f.Sought() || f.Class != nil || f.Dropped || f.Weekday != nil || f.Hour != nil || len(f.Where) > 0
}

// session sums up a sitting's legs.
func (s *Store) session(ctx context.Context, t sitting) (health.Session, error) {
	w := &conditions{}
	w.add(`meeting_id = ? AND began >= ? AND began <= ?`, t.meeting, t.began, t.ended)
	one := health.Session{Meeting: t.meeting, From: fromMS(t.began), To: fromMS(t.ended)}
	c, kinds := newCounted(health.ByKind), *w
	if err := c.legs(ctx, s, &kinds); err != nil {
		return one, err
	}
	var total legSums
	for _, sums := range c.values {
		total.add(sums)
	}
	one.Count = total.count()
	var live int
	err := s.read.QueryRowContext(ctx, `
		SELECT count(DISTINCT CASE WHEN person_id <> '' THEN person_id WHEN number <> '' THEN number ELSE name END),
			coalesce(sum(CASE WHEN ended = 0 THEN 1 ELSE 0 END), 0)
		FROM leg`+w.sql(), w.args...).Scan(&one.People, &live)
	if live > 0 {
		one.To = time.Time{}
	}
	return one, err
}

// SessionAt is health.Sums.
func (s *Store) SessionAt(ctx context.Context, meeting string, at time.Time) (health.Session, []health.Row, error) {
	w := &conditions{}
	w.add(`meeting_id = ?`, meeting)
	if !at.IsZero() {
		w.add(`began <= ? AND ended >= ?`, ms(at), ms(at))
	}
	t, err := scanSitting(s.read.QueryRowContext(ctx, sittingQuery+w.sql()+` ORDER BY began DESC LIMIT 1`, w.args...))
	if err != nil {
		return health.Session{}, nil, s.fault(missing(err, health.ErrNoSession))
	}
	one, err := s.session(ctx, t)
	if err != nil {
		return health.Session{}, nil, s.fault(fmt.Errorf("sum a sitting up: %w", err))
	}
	rows, err := list(ctx, s.read, s.legs.scan, `SELECT `+s.legs.fetch+` FROM leg
		WHERE meeting_id = $1 AND began >= $2 AND began <= $3 ORDER BY began, id`, t.meeting, t.began, t.ended)
	if err != nil {
		return health.Session{}, nil, s.fault(fmt.Errorf("list a sitting's legs: %w", err))
	}
	return one, rows, nil
}
