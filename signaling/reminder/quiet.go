package reminder

import (
	"errors"
	"fmt"
	"time"

	"partyline/signaling/internal/ical"
)

// Span is a time of day, in minutes after midnight. One that ends no later
// than it begins ends on the next day; 1440 is the day's end.
type Span struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// Quiet is when a person does not want to be disturbed. It is theirs: nobody
// else sets it.
type Quiet struct {
	Zone  string    // IANA name, in which the week is meant
	Week  [7][]Span // by weekday, Sunday first: of the day on which a span begins
	Until time.Time // "rest now until": zero, or a time that may be past
}

// ErrBadQuiet is quiet hours that nobody can keep.
var ErrBadQuiet = errors.New("quiet hours are at most four spans a day, from 0 to 1440 minutes, in a known time zone")

const (
	dayMinutes = 24 * 60
	maxSpans   = 4
	// MostRest is how long somebody may rest at a stretch; after that they would
	// wonder why nobody reminds them.
	MostRest = 31 * 24 * time.Hour
)

// Check returns ErrBadQuiet.
func (q Quiet) Check(now time.Time) error {
	if _, err := ical.Zone(q.Zone); err != nil {
		return fmt.Errorf("%w: %w", ErrBadQuiet, err)
	}
	for _, spans := range q.Week {
		if len(spans) > maxSpans {
			return ErrBadQuiet
		}
		for _, s := range spans {
			if s.From < 0 || s.From >= dayMinutes || s.To < 0 || s.To > dayMinutes {
				return ErrBadQuiet
			}
		}
	}
	if q.Until.Sub(now) > MostRest {
		return ErrBadQuiet
	}
	return nil
}

// At tells whether t is in quiet hours, and until when they last, in the place
// that Zone names. A week of nothing else ends after a week.
func (q Quiet) At(t time.Time, loc *time.Location) (until time.Time, quiet bool) {
	until = t
	// One span may begin where another ends.
	for range 2 * 7 * maxSpans {
		next := q.after(until, loc)
		if !next.After(until) || until.Sub(t) > 7*24*time.Hour {
			break
		}
		until = next
	}
	return until, until.After(t)
}

// after is the end of the longest span that t lies in, or t.
func (q Quiet) after(t time.Time, loc *time.Location) time.Time {
	end := t
	if q.Until.After(end) {
		end = q.Until
	}
	today := ical.WallOf(t.In(loc))
	year, month, day := today.Date()
	for back := range 2 { // what began yesterday may last until today
		midnight := ical.NewWall(year, month, day, 0, 0, 0).AddDays(-back)
		for _, s := range q.Week[midnight.Weekday()] {
			if from, to := s.at(midnight, loc); !t.Before(from) && to.After(end) {
				end = to
			}
		}
	}
	return end
}

// at is the span of the day that begins at midnight.
func (s Span) at(midnight ical.Wall, loc *time.Location) (from, to time.Time) {
	from, _ = ical.Resolve(midnight.Add(time.Duration(s.From)*time.Minute), loc)
	if s.To <= s.From {
		midnight = midnight.AddDays(1)
	}
	to, _ = ical.Resolve(midnight.Add(time.Duration(s.To)*time.Minute), loc)
	return from, to
}

// Meets tells whether any of the time between from and to is in quiet hours.
func (q Quiet) Meets(from, to time.Time, loc *time.Location) bool {
	if _, quiet := q.At(from, loc); quiet {
		return true
	}
	year, month, day := ical.WallOf(from.In(loc)).Date()
	midnight := ical.NewWall(year, month, day, 0, 0, 0)
	for range 8 { // a week on, the spans are the same
		for _, s := range q.Week[midnight.Weekday()] {
			if begin, _ := s.at(midnight, loc); !begin.Before(from) && begin.Before(to) {
				return true
			}
		}
		midnight = midnight.AddDays(1)
	}
	return false
}
