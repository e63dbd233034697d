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
	for at := reading.Add(-farOffset).In(loc); ; {
		_, offset := at.Zone()
		t := reading.Add(-time.Duration(offset) * time.Second).In(loc)
		next, set := nextChange(at, last)
		if _, real := t.Zone(); real == offset && !t.Equal(found) {
			if fits++; fits == 1 {
				found = t
			}
		} else if set && !t.Before(next) {
			gap = t // by the last offset that ends before w is shown
		}
		if !set {
			break
		}
		at = next
	}
	switch fits {
	case 0:
		return gap, Gap
	case 1:
		return found, Exact
	}
	return found, Twice
}

// nextChange is when the clocks at at's location are next set after at, and
// false if not until last. The ends that [time.Time.ZoneBounds] tells are not
// all changes: in years that a rule governs it takes the end of the year for
// one, and of leap years the day before.
func nextChange(at, last time.Time) (time.Time, bool) {
	name, offset := at.Zone()
	for next := at; ; {
		_, end := next.ZoneBounds()
		if end.IsZero() || end.After(last) {
			return time.Time{}, false
		}
		if !end.After(next) {
			end = next.Add(24 * time.Hour)
		}
		if n, o := end.Zone(); n != name || o != offset {
			return end, true
		}
		next = end
	}
}
