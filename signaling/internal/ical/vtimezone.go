package ical

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// patternYears is how far ahead clocks are looked at to find the rule by
	// which they are set: days of the week and months come round in 28 years.
	patternYears = 40
	// listedYears is how far ahead changes that follow no rule are listed.
	listedYears = 10
)

// zone is what a VTIMEZONE says.
type zone struct {
	name        string
	observances []observance
}

// observance is a STANDARD or DAYLIGHT of a VTIMEZONE (RFC 5545 §3.6.5).
type observance struct {
	daylight bool
	name     string // abbreviation
	from, to int    // offsets in seconds
	starts   []Wall // on the clocks before they are set, in order
	rule     string // RRULE of the years from starts[0] on; ""
}

// change is an instant when clocks are set.
type change struct {
	at       Wall // on the clocks before
	name     string
	from, to int
	daylight bool
}

// zonesOf is a zone for each name that events use, in the order of the names.
func zonesOf(events []Event, known *Zones) ([]zone, error) {
	type span struct{ first, last Wall }
	spans := map[string]span{}
	for _, e := range events {
		if e.Zone == "" || e.Zone == UTC || e.AllDay {
			continue
		}
		first, last := e.Start, e.Start
		if !e.Recurrence.IsZero() && e.Recurrence.Before(first) {
			first = e.Recurrence
		}
		if !e.Rule.Until.IsZero() {
			last = e.Rule.Until
		} else if e.Rule.Frequency != Once {
			last = WallOf(e.Stamp.AddDate(listedYears, 0, 0))
		}
		s, ok := spans[e.Zone]
		if !ok || first.Before(s.first) {
			s.first = first
		}
		if last.After(s.last) {
			s.last = last
		}
		spans[e.Zone] = s
	}
	var zones []zone
	for name, s := range spans {
		loc, err := known.Zone(name)
		if err != nil {
			return nil, err
		}
		last := min(s.last.UTC().Year()+1, s.first.UTC().Year()+3*patternYears)
		zones = append(zones, zoneOf(name, loc, s.first, last))
	}
	slices.SortFunc(zones, func(a, b zone) int { return strings.Compare(a.name, b.name) })
	return zones, nil
}

// zoneOf describes the clocks at loc from the change before first until the end
// of a year, and for ever if they are set by a rule.
func zoneOf(name string, loc *time.Location, first Wall, lastYear int) zone {
	changes := changesOf(loc, first, max(lastYear, first.UTC().Year())+patternYears)
	z := zone{name: name}
	type kind struct {
		name     string
		from, to int
	}
	groups := map[kind][]change{}
	var order []kind
	for _, c := range changes {
		k := kind{c.name, c.from, c.to}
		if _, ok := groups[k]; !ok {
			order = append(order, k)
		}
		groups[k] = append(groups[k], c)
	}
	for _, k := range order {
		z.observances = append(z.observances, observe(groups[k], lastYear)...)
	}
	return z
}

// changesOf lists when clocks at loc are set until the end of a year, beginning
// with the change that made what they show at first.
func changesOf(loc *time.Location, first Wall, lastYear int) []change {
	at := first.AddDays(-2).UTC().In(loc)
	last := NewWall(lastYear+1, time.January, 1, 0, 0, 0).UTC()
	var changes []change
	if begin, ok := lastChange(at); ok {
		at = begin
		changes = append(changes, changeAt(at))
	} else {
		name, offset := at.Zone()
		changes = append(changes, change{at: NewWall(1970, time.January, 1, 0, 0, 0), name: name, from: offset, to: offset})
	}
	for {
		next, ok := nextChange(at, last)
		if !ok {
			return changes
		}
		changes = append(changes, changeAt(next))
		at = next
	}
}

// lastChange is when the clocks at at's location were last set; false if they
// never were.
func lastChange(at time.Time) (time.Time, bool) {
	name, offset := at.Zone()
	for {
		begin, _ := at.ZoneBounds()
		if begin.IsZero() {
			return time.Time{}, false
		}
		before := begin.Add(-time.Second)
		if n, o := before.Zone(); n != name || o != offset {
			return begin, true
		}
		at = before
	}
}

func changeAt(at time.Time) change {
	before := at.Add(-time.Second)
	_, from := before.Zone()
	name, to := at.Zone()
	return change{
		at:   Wall{WallOf(at.UTC()).seconds + int64(from)},
		name: name, from: from, to: to,
		// Ireland calls winter the exception; programs expect it of summer.
		daylight: to > from && (at.IsDST() || before.IsDST()),
	}
}

// observe makes observances of changes of one kind: one that lists those that
// follow no rule, and one for the rule of the rest.
func observe(changes []change, lastYear int) []observance {
	ruled, rule := yearly(changes)
	made := func(some []change, rule string) observance {
		o := observance{daylight: some[0].daylight, name: some[0].name, from: some[0].from, to: some[0].to, rule: rule}
		for _, c := range some {
			o.starts = append(o.starts, c.at)
			if rule != "" {
				break
			}
		}
		return o
	}
	var all []observance
	listed := slices.DeleteFunc(slices.Clone(changes[:ruled]), func(c change) bool { return c.at.UTC().Year() > lastYear })
	if len(listed) > 0 {
		all = append(all, made(listed, ""))
	}
	if ruled < len(changes) {
		all = append(all, made(changes[ruled:], rule))
	}
	return all
}

// yearly finds from which change on they come once a year by one rule until the
// end of what was looked at, and the rule.
func yearly(changes []change) (from int, rule string) {
	last := len(changes) - 1
	newest := changes[last].at
	earliest, latest := 31, 1
	from = len(changes)
	for i := last; i >= 0; i-- {
		at := changes[i].at
		if i < last && changes[i+1].at.UTC().Year() != at.UTC().Year()+1 || !alike(at, newest) {
			break
		}
		_, _, day := at.Date()
		if max(latest, day)-min(earliest, day) > 6 {
			break
		}
		earliest, latest = min(earliest, day), max(latest, day)
		from = i
	}
	if last-from < 27 {
		return len(changes), ""
	}
	on := Day{Weekday: newest.Weekday()}
	monthDays := ""
	switch {
	case latest == civilOf(newest.day()).length():
		on.N = -1
	case latest%7 == 0:
		on.N = latest / 7
	default:
		var days []string
		for d := earliest; d <= latest; d++ {
			days = append(days, strconv.Itoa(d))
		}
		monthDays = ";BYMONTHDAY=" + strings.Join(days, ",")
	}
	return from, fmt.Sprintf("FREQ=YEARLY;BYMONTH=%d%s;BYDAY=%s", newest.UTC().Month(), monthDays, on)
}

// alike tells whether two walls have month, weekday and time of day in common.
func alike(a, b Wall) bool {
	return a.UTC().Month() == b.UTC().Month() && (a.seconds-b.seconds)%(7*daySeconds) == 0
}

func (z zone) write(f *folder) {
	f.line("BEGIN:VTIMEZONE")
	f.line("TZID:" + z.name)
	for _, o := range z.observances {
		part := "STANDARD"
		if o.daylight {
			part = "DAYLIGHT"
		}
		f.line("BEGIN:" + part)
		f.line("DTSTART:" + o.starts[0].String())
		if o.rule != "" {
			f.line("RRULE:" + o.rule)
		}
		for _, w := range o.starts[1:] {
			f.line("RDATE:" + w.String())
		}
		f.line("TZOFFSETFROM:" + offsetText(o.from))
		f.line("TZOFFSETTO:" + offsetText(o.to))
		f.line("TZNAME:" + escape(o.name))
		f.line("END:" + part)
	}
	f.line("END:VTIMEZONE")
}

// offsetText is a UTC offset as RFC 5545 §3.3.14 writes it.
func offsetText(seconds int) string {
	sign := "+"
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	text := fmt.Sprintf("%s%02d%02d", sign, seconds/3600, seconds/60%60)
	if seconds%60 != 0 {
		text += fmt.Sprintf("%02d", seconds%60)
	}
	return text
}
