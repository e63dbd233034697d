package store

import (
	"context"
	"strings"

	"partyline/signaling/health"
)

// counted is what legs come to: by their values in a dimension or, with allLegs,
// by the slot of time in which they began, of which the key is the beginning in
// milliseconds.
type counted struct {
	by     health.Dimension
	values map[string]*legSums
	slots  map[int64]*legSums
}

func newCounted(by health.Dimension) *counted {
	return &counted{by, map[string]*legSums{}, map[int64]*legSums{}}
}

// at has the sums with a key.
func at[K comparable](all map[K]*legSums, key K) *legSums {
	sums := all[key]
	if sums == nil {
		sums = &legSums{}
		all[key] = sums
	}
	return sums
}

// query takes a table of sums in.
func (c *counted) query(ctx context.Context, s *Store, q summed) error {
	columns := make([]string, len(sumColumns))
	for i, column := range sumColumns {
		columns[i] = `CAST(sum(` + column.name + `) AS BIGINT)`
	}
	var value string
	var slot int64
	key, field := `value`, any(&value)
	if c.by == allLegs {
		key, field = `slot`, &slot
	}
	_, err := list(ctx, s.read, func(row scanner) (struct{}, error) {
		var sums legSums
		err := row.Scan(append([]any{field}, sums.fields()...)...)
		if c.by == allLegs {
			at(c.slots, slot*q.length).add(&sums)
		} else {
			at(c.values, value).add(&sums)
		}
		return struct{}{}, err
	}, `SELECT `+key+`, `+strings.Join(columns, `, `)+` FROM (`+q.from+`) AS legs GROUP BY 1 HAVING sum(legs) > 0`, q.args...)
	return err
}

// legs takes legs in.
func (c *counted) legs(ctx context.Context, s *Store, w *conditions) error {
	w.add(`ended > 0`)
	return c.query(ctx, s, summed{legsAsSums(c.by, quarterLength, w), w.args, quarterLength})
}

// count says what the legs come to that a filter is for.
func (s *Store) count(ctx context.Context, f health.Filter, by health.Dimension) (*counted, error) {
	c := newCounted(by)
	if few(f) {
		w, err := s.legConditions(ctx, f)
		if err != nil {
			return nil, err
		}
		return c, c.legs(ctx, s, w)
	}
	byTime := by == allLegs || f.Weekday != nil || f.Hour != nil
	if dimension, value, ok := summedBy(f, by, byTime); ok {
		return c, c.query(ctx, s, rolledUp(f, dimension, value, byTime))
	}
	return c, c.packed(ctx, s, f)
}

// packed goes through the packed days, and through the legs of the others.
func (c *counted) packed(ctx context.Context, s *Store, f health.Filter) error {
	rest := gaps{from: ms(f.From), to: ms(f.To)}
	q := packQuery{from: (rest.from + dayLength - 1) / dayLength, to: rest.to / dayLength, dimensions: dimensionsOf(f), sums: true}
	if _, there := f.Where[c.by]; c.by != allLegs && !there {
		q.dimensions = append(q.dimensions, c.by)
	}
	err := s.eachPacked(ctx, q, func(d *packedDay) bool {
		rest.day(d.day)
		c.add(d, f)
		return true
	})
	if err != nil {
		return err
	}
	for _, gap := range rest.left() {
		f.From, f.To = fromMS(gap.from), fromMS(gap.to)
		w := &conditions{}
		whereLegs(w, f)
		if err := c.legs(ctx, s, w); err != nil {
			return err
		}
	}
	return nil
}

// add takes a packed day in.
func (c *counted) add(d *packedDay, f health.Filter) {
	column := d.columns[c.by]
	sums := make([]*legSums, max(len(column.words), quartersOfDay))
	var row legRow
	d.each(f, func(i int, leg *packedLeg) {
		if leg.unheard {
			return
		}
		d.sums[i].give(&row)
		row.class, row.dropped = leg.class, flag(leg.dropped)
		number := leg.quarter
		if c.by != allLegs {
			number = int64(column.legs[i])
		}
		if sums[number] == nil && c.by != allLegs {
			sums[number] = at(c.values, column.words[number])
		} else if sums[number] == nil {
			sums[number] = at(c.slots, d.at(number))
		}
		one := row.sums()
		sums[number].add(&one)
	})
}
