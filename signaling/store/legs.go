package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"partyline/metrics/quality"
	"partyline/signaling/health"
)

// Leg is health.Legs.
func (s *Store) Leg(ctx context.Context, id string) (health.Row, error) {
	r, err := s.legs.scan(s.read.QueryRowContext(ctx, `SELECT `+s.legs.fetch+` FROM leg WHERE id = $1`, id))
	if err != nil {
		return health.Row{}, s.fault(missing(err, health.ErrNoLeg))
	}
	return r, nil
}

// Legs is health.Legs.
func (s *Store) Legs(ctx context.Context, f health.Filter, order health.Order, after health.Place, limit int) ([]health.Row, error) {
	rows, err := s.legsFrom(ctx, f, order, after, limit)
	if err != nil {
		return nil, s.fault(fmt.Errorf("list legs: %w", err))
	}
	return rows, nil
}

func (s *Store) legsFrom(ctx context.Context, f health.Filter, order health.Order, after health.Place, limit int) ([]health.Row, error) {
	l := legList{s, f, nil, limit}
	switch {
	case byText(f):
		found, pattern, err := s.matches(ctx, f)
		if err != nil || pattern == nil && len(found) == 0 {
			return []health.Row{}, err
		}
		if pattern == nil {
			return l.found(ctx, found, order, after)
		}
		l.pattern = pattern
	case f.Person != "":
		return l.found(ctx, []match{{`person_id`, f.Person}}, order, after)
	case f.Where[health.ByMeeting] != "":
		return l.found(ctx, []match{{`meeting_id`, f.Where[health.ByMeeting]}}, order, after)
	}
	if order == health.Newest {
		return l.newest(ctx, after, false)
	}
	return l.worst(ctx, after)
}

// legList is a list of legs that is being made.
type legList struct {
	store   *Store
	filter  health.Filter
	pattern *conditions // beside the filter; may be nil
	limit   int
}

const newestLegs = ` ORDER BY began DESC, id DESC LIMIT `

// beyond adds that legs stand behind a place, and gives the order.
func beyond(w *conditions, order health.Order, after health.Place) string {
	if order == health.Worst {
		if after.ID != "" {
			w.add(`(badness, began, id) < (?, ?, ?)`, after.Rank, ms(after.At), after.ID)
		}
		return ` ORDER BY badness DESC, began DESC, id DESC LIMIT `
	}
	if after.ID != "" {
		w.add(`(began, id) < (?, ?)`, ms(after.At), after.ID)
	}
	return newestLegs
}

// found lists the legs with one of the values, each of which an index finds in
// order of time.
func (l *legList) found(ctx context.Context, found []match, order health.Order, after health.Place) ([]health.Row, error) {
	w := &conditions{}
	whereLegs(w, l.filter)
	by := beyond(w, order, after) + w.place(l.limit)
	parts := make([]string, len(found))
	for i, m := range found {
		of := conditions{all: append([]string{m.column + ` = ` + w.place(m.value), m.column + ` <> ''`}, w.all...)}
		parts[i] = `SELECT id FROM (SELECT id FROM leg` + of.sql() + by + `) AS s` + strconv.Itoa(i)
	}
	return l.read(ctx, strings.Join(parts, ` UNION `), by, w.args)
}

// newest goes through the legs by time. With never set it gives those alone that
// were never degraded.
func (l *legList) newest(ctx context.Context, after health.Place, never bool) ([]health.Row, error) {
	rows := []health.Row{}
	narrow := l.filter
	if after.ID != "" && after.At.Before(narrow.To) {
		narrow.To = after.At.Add(time.Millisecond)
	}
	for narrow.From.Before(narrow.To) {
		spans, before, err := l.store.recent(ctx, narrow, never, l.limit-len(rows))
		if err != nil {
			return nil, err
		}
		for some := range slices.Chunk(spans, spansAtOnce) {
			more, err := l.among(ctx, some, health.Newest, after, l.limit-len(rows), func(w *conditions) {
				if never {
					w.add(`badness = 0`)
				}
			})
			if err != nil {
				return nil, err
			}
			if rows = append(rows, more...); len(rows) == l.limit {
				return rows, nil
			}
		}
		narrow.To = fromMS(before)
	}
	return rows, nil
}

// spansAtOnce is in how many spans one query looks.
const spansAtOnce = 25

// among lists the legs that began in some spans.
func (l *legList) among(ctx context.Context, spans []span, order health.Order, after health.Place, limit int, more func(*conditions)) ([]health.Row, error) {
	f, pattern, by := l.filter, cmp.Or(l.pattern, &conditions{}), ""
	args, parts := pattern.args, make([]string, len(spans))
	for i, at := range spans {
		f.From, f.To = fromMS(at.from), fromMS(at.to)
		w := &conditions{slices.Clone(pattern.all), args}
		whereLegs(w, f)
		more(w)
		by = beyond(w, order, after) + w.place(limit)
		parts[i], args = `SELECT id FROM (SELECT id FROM leg`+w.sql()+by+`) AS s`+strconv.Itoa(i), w.args
	}
	return l.read(ctx, strings.Join(parts, ` UNION ALL `), by, args)
}

// worst lists the legs that were ever degraded by how long that was, and then
// the others by time.
func (l *legList) worst(ctx context.Context, after health.Place) ([]health.Row, error) {
	rows := []health.Row{}
	if after.ID == "" || after.Rank > 0 {
		var err error
		if rows, err = l.bad(ctx, after); err != nil || len(rows) == l.limit {
			return rows, err
		}
		after = health.Place{}
	}
	rest := *l
	rest.limit -= len(rows)
	more, err := rest.newest(ctx, after, true)
	return append(rows, more...), err
}

// bad lists the legs that were ever degraded. What fits a pattern packs do not
// know.
func (l *legList) bad(ctx context.Context, after health.Place) ([]health.Row, error) {
	spans, least := []span{{ms(l.filter.From), ms(l.filter.To)}}, int64(1)
	if l.pattern == nil {
		var err error
		if spans, least, err = l.store.worstOf(ctx, l.filter, after, l.limit); err != nil {
			return nil, err
		}
	}
	rows := []health.Row{}
	for some := range slices.Chunk(spans, spansAtOnce) {
		more, err := l.among(ctx, some, health.Worst, after, l.limit, func(w *conditions) {
			w.add(`badness > 0`) // as the index says
			w.add(`badness >= ?`, least)
		})
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	slices.SortFunc(rows, func(a, b health.Row) int {
		return cmp.Or(cmp.Compare(health.Badness(&b.Summary), health.Badness(&a.Summary)), b.Leg.Began.Compare(a.Leg.Began), cmp.Compare(b.Leg.ID, a.Leg.ID))
	})
	return rows[:min(len(rows), l.limit)], nil
}

// read reads the rows of the legs that a query is for, in an order. Indexes have
// what that query looks at: of other legs the rows are not read. A cross join is
// what keeps SQLite from going through all legs in that order instead.
func (l *legList) read(ctx context.Context, ids, by string, args []any) ([]health.Row, error) {
	return list(ctx, l.store.read, l.store.legs.scan,
		`SELECT `+l.store.legs.fetch+` FROM (SELECT id AS found FROM (`+ids+`) AS ids) AS page CROSS JOIN leg WHERE leg.id = found`+
			by, args...)
}

// EachLeg is health.Legs: the latest first.
func (s *Store) EachLeg(ctx context.Context, f health.Filter, fn func(*health.Row) error) error {
	var after health.Place
	for {
		rows, err := s.Legs(ctx, f, health.Newest, after, exportPage)
		if err != nil {
			return err
		}
		for i := range rows {
			if err := fn(&rows[i]); err != nil {
				return err
			}
		}
		if len(rows) < exportPage {
			return nil
		}
		after = health.PlaceOf(&rows[len(rows)-1], health.Newest)
	}
}

// Courses is health.Legs. Of a chunk that cannot be read nothing is given.
func (s *Store) Courses(ctx context.Context, legs []string) (map[string]health.Course, error) {
	all := map[string]health.Course{}
	for first := 0; first < len(legs); first += mostPlaces {
		some := legs[first:min(first+mostPlaces, len(legs))]
		if err := s.addCourses(ctx, all, some); err != nil {
			return nil, s.fault(fmt.Errorf("read the course of legs: %w", err))
		}
	}
	return all, nil
}

func (s *Store) addCourses(ctx context.Context, all map[string]health.Course, legs []string) error {
	args := make([]any, len(legs))
	for i, leg := range legs {
		args[i] = leg
	}
	places := placesFor(len(legs))
	type chunk struct {
		leg    string
		packed []byte
	}
	chunks, err := list(ctx, s.read, func(row scanner) (c chunk, err error) {
		return c, row.Scan(&c.leg, &c.packed)
	}, `SELECT leg_id, packed FROM leg_chunk WHERE leg_id IN (`+places+`) ORDER BY leg_id, began`, args...)
	if err != nil {
		return err
	}
	for _, c := range chunks {
		samples, err := quality.Unpack(c.packed)
		if err != nil {
			continue // a gap is shown as missing
		}
		course := all[c.leg]
		course.Samples = append(course.Samples, samples...)
		all[c.leg] = course
	}
	events, err := list(ctx, s.read, func(row scanner) (e quality.Happening, err error) {
		var at int64
		err = row.Scan(&e.Leg, &at, (*string)(&e.What), &e.Note)
		e.At = fromMS(at)
		return e, err
	}, `SELECT leg_id, at, what, note FROM leg_event WHERE leg_id IN (`+places+`) ORDER BY leg_id, number`, args...)
	for _, e := range events {
		course := all[e.Leg]
		course.Events = append(course.Events, e.Event)
		all[e.Leg] = course
	}
	return err
}

// Call is health.Legs.
func (s *Store) Call(ctx context.Context, leg string) (quality.Call, error) {
	c := quality.Call{Leg: leg}
	sig := &c.Signalling
	var pdd, answer, held int64
	var ladder []byte
	err := s.read.QueryRowContext(ctx, `
		SELECT pdd_ms, answer_ms, status, q850, retransmissions, challenges, holds, held_ms, bye, messages, packed
		FROM leg_signalling LEFT JOIN leg_ladder ON leg_ladder.leg_id = leg_signalling.leg_id
			LEFT JOIN leg_evidence ON leg_evidence.leg_id = leg_signalling.leg_id
		WHERE leg_signalling.leg_id = $1`, leg).Scan(
		&pdd, &answer, &sig.Status, &sig.Q850, &sig.Retransmissions, &sig.Challenges, &sig.Holds, &held, (*string)(&sig.Bye), &ladder, &c.Capture)
	if err != nil {
		return quality.Call{}, s.fault(missing(err, health.ErrNoLeg))
	}
	sig.PDD, sig.Answer, sig.Held = time.Duration(pdd)*time.Millisecond, time.Duration(answer)*time.Millisecond, time.Duration(held)*time.Millisecond
	if ladder != nil {
		c.Ladder, err = unpackLadder(ladder)
	}
	return c, err
}
