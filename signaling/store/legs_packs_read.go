package store

import (
	"context"
	"fmt"
	"strings"

	"partyline/signaling/health"
)

// packedDay is a pack, read as far as it was asked for.
type packedDay struct {
	day     int64
	legs    []packedLeg
	columns map[health.Dimension]packedColumn
	sums    []packedSums
}

// packQuery is what is to be read of packs.
type packQuery struct {
	from, to   int64 // days
	dimensions []health.Dimension
	sums       bool
}

// packsAtOnce is how many days one query reads.
const packsAtOnce = 31

// eachPacked gives the packed days, the latest first, until fn wants no more. A
// day whose pack is damaged is left out as one that has none.
func (s *Store) eachPacked(ctx context.Context, q packQuery, fn func(*packedDay) (more bool)) error {
	parts := []string{partMarks}
	if q.sums {
		parts = append(parts, partSums)
	}
	for _, d := range q.dimensions {
		parts = append(parts, string(d))
	}
	for to := q.to; to > q.from; to -= packsAtOnce {
		w := &conditions{}
		w.add(`day >= ? AND day < ?`, max(to-packsAtOnce, q.from), to)
		places := make([]string, len(parts))
		for i, part := range parts {
			places[i] = w.place(part)
		}
		w.all = append(w.all, `part IN (`+strings.Join(places, `, `)+`)`)
		type row struct {
			day    int64
			part   string
			packed []byte
		}
		rows, err := list(ctx, s.read, func(sc scanner) (r row, err error) {
			return r, sc.Scan(&r.day, &r.part, &r.packed)
		}, `SELECT day, part, packed FROM leg_pack`+w.sql()+` ORDER BY day DESC`, w.args...)
		if err != nil {
			return fmt.Errorf("read packed days: %w", err)
		}
		for len(rows) > 0 {
			day, all := rows[0].day, map[string][]byte{}
			for len(rows) > 0 && rows[0].day == day {
				all[rows[0].part] = rows[0].packed
				rows = rows[1:]
			}
			if d, err := readDay(day, all, q); err == nil && !fn(d) {
				return nil
			}
		}
	}
	return nil
}

func readDay(day int64, parts map[string][]byte, q packQuery) (*packedDay, error) {
	d := &packedDay{day: day, columns: make(map[health.Dimension]packedColumn)}
	var err error
	if d.legs, err = readMarks(parts[partMarks]); err != nil {
		return nil, err
	}
	for _, dimension := range q.dimensions {
		if d.columns[dimension], err = readColumn(parts[string(dimension)], len(d.legs)); err != nil {
			return nil, err
		}
	}
	if q.sums {
		if d.sums, err = readSums(parts[partSums], len(d.legs)); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// each gives the legs that a filter is for, time aside, with their places.
func (d *packedDay) each(f health.Filter, fn func(i int, leg *packedLeg)) {
	type wanted struct {
		legs   []uint32
		number uint32
	}
	var all []wanted
	for dimension, word := range f.Where {
		column := d.columns[dimension]
		number, ok := column.find(word)
		if !ok {
			return
		}
		all = append(all, wanted{column.legs, number})
	}
	open := d.quarters(f)
next:
	for i := range d.legs {
		leg := &d.legs[i]
		if f.Class != nil && leg.class != *f.Class || f.Dropped && !leg.dropped || !open[leg.quarter] {
			continue
		}
		for _, w := range all {
			if w.legs[i] != w.number {
				continue next
			}
		}
		fn(i, leg)
	}
}

// quarters are those at an hour and weekday that a filter is for.
func (d *packedDay) quarters(f health.Filter) (open [quartersOfDay]bool) {
	for i := range open {
		open[i] = inWeek(f, d.at(int64(i)))
	}
	return open
}

// at is when a quarter of the day begins, in milliseconds.
func (d *packedDay) at(quarter int64) int64 { return d.day*dayLength + quarter*quarterLength }

// dimensionsOf are those that a filter tells legs apart by.
func dimensionsOf(f health.Filter) (all []health.Dimension) {
	for _, d := range health.Dimensions() {
		if _, ok := f.Where[d]; ok {
			all = append(all, d)
		}
	}
	return all
}

// gaps are the times between packed days, which come the latest first.
type gaps struct {
	from, to int64
	all      []span
}

// day tells of a packed day.
func (g *gaps) day(day int64) {
	if from := max((day+1)*dayLength, g.from); from < g.to {
		g.all = append(g.all, span{from, g.to})
	}
	g.to = min(g.to, day*dayLength)
}

// left are all gaps when there is no other day.
func (g *gaps) left() []span {
	if g.from < g.to {
		return append(g.all, span{g.from, g.to})
	}
	return g.all
}

// span is a time from one moment on to another, in milliseconds.
type span struct{ from, to int64 }

// extended has one more span, which is earlier than all others.
func extended(spans []span, at span) []span {
	if last := len(spans) - 1; last >= 0 && spans[last].from == at.to {
		spans[last].from = at.from
		return spans
	}
	return append(spans, at)
}
