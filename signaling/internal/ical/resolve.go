package ical

import (
	"time"
)

// Fit says how a wall time fits the clocks of a zone.
type Fit int

// How wall times fit.
const (
	Exact Fit = iota // the clocks show it once
	Gap              // they jump over it, as in spring
	Twice            // they show it twice, as in autumn
)

// String is the name of f, as JSON and records have it.
func (f Fit) String() string {
	switch f {
	case Gap:
		return "gap"
	case Twice:
		return "twice"
	}
	return "exact"
}

// farOffset is longer than any zone has ever been away from UTC plus the
// longest jump: the instant of a wall time lies within so much of the same
// reading in UTC.
const farOffset = 42 * time.Hour

// Resolve says at which instant clocks at loc show w, by RFC 5545 §3.3.5: of
// two such instants the first; of none, the one that the offset before the gap
// makes (so 02:30 in a gap from 02:00 to 03:00 is 03:30). [time.Date] promises
// neither.
func Resolve(w Wall, loc *time.Location) (time.Time, Fit) {
	reading := w.UTC()
	last := reading.Add(farOffset)
	var found, gap time.Time
	fits := 0
	for at := reading.Add(-farOffset); ; {
		local := at.In(loc)
		_, offset := local.Zone()
		begin, end := local.ZoneBounds()
		t := reading.Add(-time.Duration(offset) * time.Second)
		early := !begin.IsZero() && t.Before(begin)
		late := !end.IsZero() && !t.Before(end)
		switch {
		case !early && !late:
			if fits++; fits == 1 {
				found = t
			}
		case late:
			gap = t // by the last offset that ends before w is shown
		}
		if end.IsZero() || end.After(last) {
			break
		}
		at = end
	}
	switch fits {
	case 0:
		return gap.In(loc), Gap
	case 1:
		return found.In(loc), Exact
	}
	return found.In(loc), Twice
}
