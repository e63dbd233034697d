package ical

import (
	"fmt"
	"time"
)

// Wall is what a calendar and a clock on the wall show, without saying where:
// a civil date and a time of day to the second. Walls are comparable with ==;
// the zero Wall is no time at all.
type Wall struct {
	seconds int64 // since 0001-01-01T00:00:00, every day having 86,400
}

const (
	daySeconds = 24 * 60 * 60
	// unixSeconds is 1970-01-01T00:00:00 as a Wall counts.
	unixSeconds = 719162 * daySeconds

	basicLayout    = "20060102T150405"
	extendedLayout = "2006-01-02T15:04:05"
	minuteLayout   = "2006-01-02T15:04"
)

// maxWall is the end of the last year that iCalendar can write.
const maxWall = 3652059 * daySeconds

// NewWall makes a Wall of its parts. Parts out of range carry over as those of
// [time.Date] do.
func NewWall(year int, month time.Month, day, hour, minute, second int) Wall {
	return WallOf(time.Date(year, month, day, hour, minute, second, 0, time.UTC))
}

// WallOf is what the clocks of t's location show at t.
func WallOf(t time.Time) Wall {
	_, offset := t.Zone()
	return Wall{t.Unix() + int64(offset) + unixSeconds}
}

// ParseWall reads a wall time as iCalendar writes it (20260301T090000) or as
// JSON and forms do (2026-03-01T09:00, with or without seconds). Years are 1 to
// 9999.
func ParseWall(text string) (Wall, error) {
	for _, layout := range []string{basicLayout, minuteLayout, extendedLayout} {
		if len(text) != len(layout) {
			continue
		}
		if t, err := time.Parse(layout, text); err == nil && t.Year() >= 1 {
			return WallOf(t), nil
		}
	}
	return Wall{}, fmt.Errorf("%.40q is not a date and time like 2026-03-01T09:00", text)
}

// IsZero reports whether w is no time at all.
func (w Wall) IsZero() bool { return w.seconds == 0 }

// Equal reports whether both show the same date and time; it is what == does.
func (w Wall) Equal(o Wall) bool { return w == o }

// Before reports whether w is shown before o.
func (w Wall) Before(o Wall) bool { return w.seconds < o.seconds }

// After reports whether w is shown after o.
func (w Wall) After(o Wall) bool { return w.seconds > o.seconds }

// Compare is negative, zero or positive as w is before, the same as or after o.
func (w Wall) Compare(o Wall) int {
	switch {
	case w.seconds < o.seconds:
		return -1
	case w.seconds > o.seconds:
		return 1
	}
	return 0
}

// Add is the wall time d later on a clock that nobody sets, to the second.
func (w Wall) Add(d time.Duration) Wall {
	return Wall{w.seconds + int64(d/time.Second)}
}

// AddDays is the same time of day n days later.
func (w Wall) AddDays(n int) Wall {
	return Wall{w.seconds + int64(n)*daySeconds}
}

// Sub is how long a clock that nobody sets runs from o to w, at most what a
// Duration can hold.
func (w Wall) Sub(o Wall) time.Duration { return w.UTC().Sub(o.UTC()) }

// Date is the civil date of w.
func (w Wall) Date() (year int, month time.Month, day int) { return w.UTC().Date() }

// Clock is the time of day of w.
func (w Wall) Clock() (hour, minute, second int) { return w.UTC().Clock() }

// Weekday is the day of the week of w.
func (w Wall) Weekday() time.Weekday { return weekday(w.day()) }

// UTC is the instant at which clocks in UTC show w: for formatting, and where
// UTC is meant.
func (w Wall) UTC() time.Time { return time.Unix(w.seconds-unixSeconds, 0).UTC() }

// String is w as iCalendar writes it: 20260301T090000.
func (w Wall) String() string {
	if w.IsZero() {
		return ""
	}
	return w.UTC().Format(basicLayout)
}

// MarshalText is w as JSON shows it: 2026-03-01T09:00, with seconds if there
// are any; nothing for no time.
func (w Wall) MarshalText() ([]byte, error) {
	if w.IsZero() {
		return nil, nil
	}
	layout := minuteLayout
	if w.seconds%60 != 0 {
		layout = extendedLayout
	}
	return w.UTC().AppendFormat(nil, layout), nil
}

// UnmarshalText reads what [ParseWall] reads; nothing is no time.
func (w *Wall) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*w = Wall{}
		return nil
	}
	parsed, err := ParseWall(string(text))
	if err != nil {
		return err
	}
	*w = parsed
	return nil
}

// day counts days since 0001-01-01.
func (w Wall) day() int { return int(floorDiv(w.seconds, daySeconds)) }

// weekday of a day counted since 0001-01-01, which was a Monday.
func weekday(day int) time.Weekday {
	return time.Weekday(((day+1)%7 + 7) % 7)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
