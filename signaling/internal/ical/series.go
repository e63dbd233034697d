package ical

import (
	"slices"
	"time"
)

// Series is a start, how it recurs, and the dates that are different.
type Series struct {
	Start      Wall
	Rule       Rule
	Exceptions []Exception
}

// Exception is one date that is different.
type Exception struct {
	Recurrence Wall // which one: when the rule has it
	Start      Wall // when it is instead; zero: as the rule has it
	Cancelled  bool
}

// Date is one date of a series in a zone.
type Date struct {
	Recurrence Wall // when the rule has it, which is its name in the series
	Wall       Wall // when it is shown to begin
	Start      time.Time
	Fit        Fit
}

// Between lists the dates that begin from from on and before to, as clocks at
// loc show the series, in order of their instants. Cancelled ones are left out;
// moved ones come where they have been moved to.
func (s Series) Between(loc *time.Location, from, to time.Time) []Date {
	var dates []Date
	add := func(recurrence, wall Wall) {
		at, fit := Resolve(wall, loc)
		if !at.Before(from) && at.Before(to) {
			dates = append(dates, Date{recurrence, wall, at, fit})
		}
	}
	// A wall time in a gap or twice stands up to a day away from its instant.
	first, last := WallOf(from.In(loc)).AddDays(-1), WallOf(to.In(loc)).AddDays(1)
	for w := range s.Rule.In(loc).Expand(s.Start, first, last) {
		if !slices.ContainsFunc(s.Exceptions, func(e Exception) bool { return e.Recurrence == w }) {
			add(w, w)
		}
	}
	for _, e := range s.Exceptions {
		switch {
		case e.Cancelled:
		case e.Start.IsZero():
			add(e.Recurrence, e.Recurrence)
		default:
			add(e.Recurrence, e.Start)
		}
	}
	slices.SortFunc(dates, func(a, b Date) int {
		if c := a.Start.Compare(b.Start); c != 0 {
			return c
		}
		return a.Recurrence.Compare(b.Recurrence)
	})
	return dates
}
