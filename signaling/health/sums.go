package health

import (
	"context"
	"time"

	"partyline/metrics/quality"
)

// Count is what some legs came to.
type Count struct {
	Legs                               int // that are over
	Good, Degraded, Poor, Unclassified int // by their class
	Dropped                            int
	Ratings                            int
	Stars                              float64 // their mean
	MOSNarrow, MOSWide                 float64 // means of the worse direction; 0: not known. Never mixed
	Loss                               float64 // mean share, of the worse direction
	Jitter, RoundTrip                  time.Duration
}

// Group is what legs came to that have something in common.
type Group struct {
	Key string // empty: not known
	Count
}

// Day is what a day's legs, joins and calls came to.
type Day struct {
	Day                string // "2026-11-23", in the filter's zone
	Joins, FailedJoins int    // of browsers
	Calls, FailedCalls int    // of phones: failed are those that the network did not carry
	Count
}

// Cell is an hour of the week.
type Cell struct {
	Weekday time.Weekday
	Hour    int
	Count
}

// Session is one run of a meeting, from the first who came to the last who went.
type Session struct {
	Meeting  string
	From, To time.Time // To is zero while it runs
	People   int       // different ones
	Count
}

// Sums are what legs come to. Its methods may be called from any goroutine.
type Sums interface {
	// Groups are at most so many, those with most poor legs first.
	Groups(ctx context.Context, f Filter, by Dimension, limit int) ([]Group, error)
	// Days are in their order; because is for how many legs each cause of being
	// poor counted ("loss", "jitter", "round-trip", "concealed", "mos").
	Days(ctx context.Context, f Filter) (days []Day, because map[string]int, err error)
	// Cells are those hours of the week in which there were legs.
	Cells(ctx context.Context, f Filter) ([]Cell, error)
	// Sessions are at most so many, from behind a place on: its ID is the
	// meeting's, At when it began; its Rank with Worst a million for each poor leg
	// and one for each that was degraded.
	Sessions(ctx context.Context, f Filter, order Order, after Place, limit int) ([]Session, error)
	// SessionAt is that which ran at a time, or the latest for the zero time, with
	// its legs by time. It returns ErrNoSession.
	SessionAt(ctx context.Context, meeting string, at time.Time) (Session, []Row, error)
}

// Funnel is how far joins of a kind came.
type Funnel struct {
	Kind          quality.Kind
	Total, Failed int
	Stages        []Reached // in their order
}

// Reached is how many joins reached a stage, and when.
type Reached struct {
	Stage       quality.Stage
	Joins       int
	Median, P95 time.Duration // since the join began
}

// Failure is how often joins failed alike.
type Failure struct {
	Kind  quality.Kind
	Stage quality.Stage
	Cause string
	Count int
}

// Joins are how people came in. Its methods may be called from any goroutine.
type Joins interface {
	// Funnel is of joins that began then; an empty kind means all.
	Funnel(ctx context.Context, from, to time.Time, kind quality.Kind) ([]Funnel, []Failure, error)
	// FailedJoins are at most so many, the latest first.
	FailedJoins(ctx context.Context, from, to time.Time, kind quality.Kind, limit int) ([]quality.Join, error)
	// JoinOf is how the participant of a leg came in; false: it is not known.
	JoinOf(ctx context.Context, leg string) (quality.Join, bool, error)
}

// Total sums days up. Means are weighed by their legs.
func Total(days []Day) Day {
	var t Day
	for i := range days {
		d := &days[i]
		t.Joins += d.Joins
		t.FailedJoins += d.FailedJoins
		t.Calls += d.Calls
		t.FailedCalls += d.FailedCalls
		t.Count.add(&d.Count)
	}
	return t
}

// add takes another count in.
func (c *Count) add(o *Count) {
	weigh := func(mine *float64, mineOf int, theirs float64, theirsOf int) {
		switch {
		case theirs == 0 || theirsOf == 0:
		case *mine == 0 || mineOf == 0:
			*mine = theirs
		default:
			*mine = (*mine*float64(mineOf) + theirs*float64(theirsOf)) / float64(mineOf+theirsOf)
		}
	}
	jitter, roundTrip := float64(c.Jitter), float64(c.RoundTrip)
	weigh(&c.Stars, c.Ratings, o.Stars, o.Ratings)
	weigh(&c.MOSNarrow, c.Legs, o.MOSNarrow, o.Legs)
	weigh(&c.MOSWide, c.Legs, o.MOSWide, o.Legs)
	weigh(&jitter, c.Legs, float64(o.Jitter), o.Legs)
	weigh(&roundTrip, c.Legs, float64(o.RoundTrip), o.Legs)
	if all := c.Legs + o.Legs; all > 0 { // no loss is a figure like others
		c.Loss = (c.Loss*float64(c.Legs) + o.Loss*float64(o.Legs)) / float64(all)
	}
	c.Jitter, c.RoundTrip = time.Duration(jitter), time.Duration(roundTrip)
	c.Legs += o.Legs
	c.Good += o.Good
	c.Degraded += o.Degraded
	c.Poor += o.Poor
	c.Unclassified += o.Unclassified
	c.Dropped += o.Dropped
	c.Ratings += o.Ratings
}
