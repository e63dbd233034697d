package health

import (
	"context"
	"fmt"
	"slices"
	"time"

	"partyline/metrics/quality"
	"partyline/signaling/auth"
)

// mostLanes is of how many legs of one meeting the samples are read: the worst.
const mostLanes = 100

// Lane is one leg of a meeting. Without samples it is one of those that are
// left out.
type Lane struct {
	Row
	Course
	Spans []Span
}

// Span is a time in which a leg was of one class.
type Span struct {
	From, To time.Time
	Class    quality.Class
	Because  quality.Because // all that was bad in it
	Way      quality.Way     // the worse direction
}

// Timeline is one session of a meeting.
type Timeline struct {
	Session
	Lanes    []Lane // in the order in which they came
	Verdict  quality.Verdict
	Complete bool // the samples of all lanes were looked at
}

// Meeting shows one session of a meeting to an admin: that which ran at a time,
// or the latest. It leaves a line for everybody who took part. It returns
// ErrNoSession.
func (d *Desk) Meeting(ctx context.Context, viewer auth.Person, id string, at time.Time) (Timeline, error) {
	session, rows, err := d.session(ctx, viewer, id, at)
	if err != nil {
		return Timeline{}, err
	}
	lanes, err := d.lanes(ctx, rows)
	if err != nil {
		return Timeline{}, err
	}
	t := Timeline{Session: session, Lanes: lanes, Complete: len(rows) <= mostLanes}
	t.Verdict = quality.Judge(judged(lanes))
	return t, nil
}

// Pairs shows what everybody heard of everybody else in one session.
func (d *Desk) Pairs(ctx context.Context, viewer auth.Person, id string, at time.Time) ([]Row, []quality.Pair, error) {
	_, rows, err := d.session(ctx, viewer, id, at)
	if err != nil {
		return nil, nil, err
	}
	lanes, err := d.lanes(ctx, rows)
	if err != nil {
		return nil, nil, err
	}
	return rows, quality.Between(judged(lanes)), nil
}

func (d *Desk) session(ctx context.Context, viewer auth.Person, id string, at time.Time) (Session, []Row, error) {
	if !viewer.Admin {
		return Session{}, nil, auth.ErrNotAllowed
	}
	session, rows, err := d.store.SessionAt(ctx, id, at)
	if err != nil {
		return Session{}, nil, fmt.Errorf("find a session: %w", err)
	}
	if err := d.note(ctx, viewer, rows); err != nil {
		return Session{}, nil, err
	}
	for i := range rows {
		if live, _, ok := d.live.Leg(rows[i].Leg.ID); ok {
			rows[i].Leg, rows[i].Summary = live.Leg, live.Summary
		}
		mask(viewer, &rows[i])
	}
	return session, rows, nil
}

// lanes reads the samples of the worst legs, and leaves the order as it is.
func (d *Desk) lanes(ctx context.Context, rows []Row) ([]Lane, error) {
	read := slices.Clone(rows)
	if len(read) > mostLanes {
		slices.SortStableFunc(read, func(a, b Row) int { return int(sign(Badness(&b.Summary) - Badness(&a.Summary))) })
		read = read[:mostLanes]
	}
	courses, err := d.courses(ctx, read)
	if err != nil {
		return nil, err
	}
	lanes := make([]Lane, len(rows))
	for i := range rows {
		c := courses[rows[i].Leg.ID]
		lanes[i] = Lane{Row: rows[i], Course: c, Spans: Spans(&rows[i].Leg, c.Samples)}
	}
	return lanes, nil
}

func sign(n int64) int64 { return max(-1, min(1, n)) }

// judged are the lanes whose samples are known, as the rules of verdicts take
// them.
func judged(lanes []Lane) []quality.Lane {
	var known []quality.Lane
	for i := range lanes {
		if l := &lanes[i]; len(l.Samples) > 0 {
			known = append(known, quality.Lane{Leg: l.Leg, Samples: l.Samples, Events: l.Events})
		}
	}
	return known
}

// apart is the longest pause between two samples of one span.
const apart = 11 * time.Second

// Spans are the times in which a leg was not good: runs of samples of the same
// class.
func Spans(leg *quality.Leg, samples []quality.Sample) []Span {
	codec := quality.CodecOf(leg.Codec)
	var spans []Span
	for i := range samples {
		s := &samples[i]
		score := s.Score(codec)
		from := s.At.Add(-s.Span)
		last := len(spans) - 1
		if last >= 0 && spans[last].Class == score.Class && from.Sub(spans[last].To) < apart {
			spans[last].To = s.At
			spans[last].Because |= score.Because
			continue
		}
		spans = append(spans, Span{From: from, To: s.At, Class: score.Class, Because: score.Because, Way: Worse(s)})
	}
	return slices.DeleteFunc(spans, func(s Span) bool { return s.Class == quality.Good })
}

// Worse is the direction of a sample that fares worse.
func Worse(s *quality.Sample) quality.Way {
	if badness(&s.Heard) > badness(&s.Said) {
		return quality.WayHeard
	}
	return quality.WaySaid
}

// badness is how far a stream is beyond what is degraded: one is at the limit.
func badness(s *quality.Stream) float64 {
	if s.Packets == 0 {
		return 0
	}
	const share, jitter = 0.03, 30 * time.Millisecond
	return max(s.Loss/share, s.Concealed/share, float64(s.Jitter)/float64(jitter))
}

// Groups sums up by what legs have in common, for an admin, as do Days, Cells and
// Sessions. It leaves a line for whoever the filter asks for.
func (d *Desk) Groups(ctx context.Context, viewer auth.Person, f Filter, by Dimension, limit int) ([]Group, error) {
	return summed(d, ctx, viewer, f, func(f Filter) ([]Group, error) { return d.store.Groups(ctx, f, by, limit) })
}

// Days sums up by day; because is for how many legs each cause counted.
func (d *Desk) Days(ctx context.Context, viewer auth.Person, f Filter) (days []Day, because map[string]int, err error) {
	days, err = summed(d, ctx, viewer, f, func(f Filter) (all []Day, err error) {
		all, because, err = d.store.Days(ctx, f)
		return all, err
	})
	return days, because, err
}

// Cells sums up by hour of the week.
func (d *Desk) Cells(ctx context.Context, viewer auth.Person, f Filter) ([]Cell, error) {
	return summed(d, ctx, viewer, f, func(f Filter) ([]Cell, error) { return d.store.Cells(ctx, f) })
}

// Sessions sums up by session of a meeting.
func (d *Desk) Sessions(
	ctx context.Context, viewer auth.Person, f Filter, order Order, after Place, limit int,
) ([]Session, error) {
	return summed(d, ctx, viewer, f, func(f Filter) ([]Session, error) {
		return d.store.Sessions(ctx, f, order, after, limit)
	})
}

// summed asks the store for sums that an admin may see.
func summed[T any](d *Desk, ctx context.Context, viewer auth.Person, f Filter, ask func(Filter) ([]T, error)) ([]T, error) {
	if !viewer.Admin {
		return nil, auth.ErrNotAllowed
	}
	f.Zone = d.zone
	all, err := ask(f)
	if err != nil {
		return nil, fmt.Errorf("sum legs up: %w", err)
	}
	if f.Person != "" {
		err = d.noteSought(ctx, viewer, f.Person)
	}
	return all, err
}

// SessionPlace is where a session stands in an order.
func SessionPlace(s *Session, order Order) Place {
	p := Place{At: s.From, ID: s.Meeting}
	if order == Worst {
		p.Rank = s.Badness()
	}
	return p
}

// Badness is what the order Worst goes by: how many of its legs were poor, then
// degraded.
func (s *Session) Badness() int64 { return int64(s.Poor)*1_000_000 + int64(s.Degraded) }

// Organiser is the name of who organises a meeting; empty: not known.
func (d *Desk) Organiser(ctx context.Context, meeting string) string {
	if d.around.Organiser == nil {
		return ""
	}
	return d.around.Organiser(ctx, meeting)
}

// What a pair's MOS has to be; below goodFrom people are dissatisfied (ITU-T
// G.107, Annex B), below fairFrom nearly all of them.
const (
	goodFrom = 3.6
	fairFrom = 3.1
)

// ClassOfPair is how good that is what somebody heard of somebody.
func ClassOfPair(p *quality.Pair) quality.Class {
	switch {
	case p.MOS == 0:
		return quality.Unclassified
	case p.MOS < fairFrom:
		return quality.Poor
	case p.MOS < goodFrom:
		return quality.Degraded
	default:
		return quality.Good
	}
}

// Badly is how badly a sample fared in its worse direction; from 1 on it is
// degraded.
func Badly(s *quality.Sample) float64 { return max(badness(&s.Said), badness(&s.Heard)) }
