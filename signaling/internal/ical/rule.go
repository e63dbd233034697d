package ical

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Frequency is how often a rule comes round.
type Frequency int

// The frequencies of meetings. Others of RFC 5545 are refused.
const (
	Once Frequency = iota // no recurrence: the start alone
	Daily
	Weekly
	Monthly
	Yearly
)

// What rules may ask for at most.
const (
	MaxCount    = 9999 // dates by COUNT
	MaxInterval = 999  // days, weeks, months or years between two rounds
	maxRule     = 1000 // bytes of a rule's text
	maxParts    = 400  // values of one BY… part
)

// Day is a day of the week, or the Nth of its month or year (−1: the last);
// N = 0 is every one.
type Day struct {
	N       int
	Weekday time.Weekday
}

// Rule is a recurrence rule of RFC 5545 §3.3.10 as far as meetings need it. The
// zero Rule is no recurrence. Make others by [ParseRule], which checks what the
// fields cannot say by themselves.
type Rule struct {
	Frequency  Frequency
	Interval   int  // rounds from one to the next; 0 for 1
	Count      int  // dates in all; 0: no such limit
	Until      Wall // last possible date; zero: no such limit
	UntilUTC   bool // Until is in UTC and not on the wall of the start
	ByDay      []Day
	ByMonthDay []int // −1: the last
	ByMonth    []time.Month
	BySetPos   []int
	WeekStart  time.Weekday // which ParseRule sets to Monday unless told otherwise
}

// RuleError says which part of a rule is refused, and why.
type RuleError struct {
	Part   string // its name, such as FREQ
	Reason string
}

// Error is part and reason in one sentence.
func (e *RuleError) Error() string { return "RRULE " + e.Part + ": " + e.Reason }

var frequencyNames = map[string]Frequency{
	"DAILY": Daily, "WEEKLY": Weekly, "MONTHLY": Monthly, "YEARLY": Yearly,
}

var weekdayNames = [...]string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}

// ParseRule reads the value of an RRULE property. No text is the zero Rule.
// Errors are a [*RuleError].
func ParseRule(text string) (Rule, error) {
	if text == "" {
		return Rule{}, nil
	}
	if len(text) > maxRule {
		return Rule{}, &RuleError{"", "too long"}
	}
	rule := Rule{WeekStart: time.Monday}
	seen := map[string]bool{}
	for part := range strings.SplitSeq(strings.TrimSuffix(text, ";"), ";") {
		name, value, _ := strings.Cut(part, "=")
		name = strings.ToUpper(strings.TrimSpace(name))
		if seen[name] {
			return Rule{}, &RuleError{shown(name), "said twice"}
		}
		seen[name] = true
		if err := rule.set(name, strings.ToUpper(strings.TrimSpace(value))); err != nil {
			return Rule{}, &RuleError{shown(name), err.Error()}
		}
	}
	if err := rule.check(); err != nil {
		return Rule{}, err
	}
	return rule, nil
}

// shown is a part's name as an error may repeat it.
func shown(name string) string {
	if len(name) > 20 {
		name = name[:20]
	}
	return strings.ToValidUTF8(name, "?")
}

func (r *Rule) set(name, value string) (err error) {
	switch name {
	case "FREQ":
		var ok bool
		if r.Frequency, ok = frequencyNames[value]; !ok {
			return fmt.Errorf("meetings come daily, weekly, monthly or yearly, not %.20q", value)
		}
	case "INTERVAL":
		if r.Interval, err = within(value, 1, MaxInterval); r.Interval == 1 {
			r.Interval = 0
		}
	case "COUNT":
		r.Count, err = within(value, 1, MaxCount)
	case "UNTIL":
		r.Until, r.UntilUTC, err = parseUntil(value)
	case "BYDAY":
		r.ByDay, err = list(value, parseDay)
	case "BYMONTHDAY":
		r.ByMonthDay, err = list(value, func(s string) (int, error) { return ordinal(s, 31) })
	case "BYMONTH":
		r.ByMonth, err = list(value, func(s string) (time.Month, error) {
			n, err := within(s, 1, 12)
			return time.Month(n), err
		})
	case "BYSETPOS":
		r.BySetPos, err = list(value, func(s string) (int, error) { return ordinal(s, 366) })
	case "WKST":
		r.WeekStart, err = parseWeekday(value)
	default:
		return fmt.Errorf("meetings cannot recur by this part")
	}
	return err
}

// check refuses parts that do not go together.
func (r *Rule) check() error {
	if r.Frequency == Once {
		return &RuleError{"FREQ", "missing"}
	}
	if r.Count > 0 && !r.Until.IsZero() {
		return &RuleError{"COUNT", "not together with UNTIL"}
	}
	if len(r.ByMonthDay) > 0 && r.Frequency == Weekly {
		return &RuleError{"BYMONTHDAY", "not in a weekly rule"}
	}
	if len(r.BySetPos) > 0 && len(r.ByDay)+len(r.ByMonthDay)+len(r.ByMonth) == 0 {
		return &RuleError{"BYSETPOS", "only together with another BY part"}
	}
	for _, day := range r.ByDay {
		switch {
		case day.N == 0:
		case r.Frequency != Monthly && r.Frequency != Yearly:
			return &RuleError{"BYDAY", "numbered days only in monthly and yearly rules"}
		case len(r.ByMonthDay) > 0:
			return &RuleError{"BYDAY", "numbered days not together with BYMONTHDAY"}
		}
	}
	return nil
}

// parseUntil reads a date, a date-time or a date-time in UTC. A mere date lasts
// until its end.
func parseUntil(value string) (Wall, bool, error) {
	text, utc := strings.CutSuffix(value, "Z")
	if !utc && len(text) == len("20060102") {
		text += "T235959"
	}
	if len(text) != len(basicLayout) {
		return Wall{}, false, fmt.Errorf("%.20q is not a date like 20261231", value)
	}
	w, err := ParseWall(text)
	return w, utc, err
}

// parseDay reads a weekday with or without a number: MO, 2TU, -1FR.
func parseDay(text string) (Day, error) {
	if len(text) < 2 {
		return Day{}, fmt.Errorf("%q is not a weekday like MO or 2TU", text)
	}
	split := len(text) - 2
	on, err := parseWeekday(text[split:])
	if err != nil || split == 0 {
		return Day{Weekday: on}, err
	}
	n, err := ordinal(text[:split], 53)
	return Day{n, on}, err
}

func parseWeekday(text string) (time.Weekday, error) {
	i := slices.Index(weekdayNames[:], text)
	if i < 0 {
		return 0, fmt.Errorf("%.20q is not a weekday like MO", text)
	}
	return time.Weekday(i), nil
}

func list[T any](value string, parse func(string) (T, error)) ([]T, error) {
	var all []T
	for text := range strings.SplitSeq(value, ",") {
		one, err := parse(strings.TrimSpace(text))
		if err != nil {
			return nil, err
		}
		if all = append(all, one); len(all) > maxParts {
			return nil, fmt.Errorf("more than %d values", maxParts)
		}
	}
	return all, nil
}

// ordinal reads ±1 to ±most, from the beginning or from the end.
func ordinal(text string, most int) (int, error) {
	n, err := within(text, -most, most)
	if err == nil && n == 0 {
		err = fmt.Errorf("0 counts nothing")
	}
	return n, err
}

func within(text string, least, most int) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("%.20q is not a number from %d to %d", text, least, most)
	}
	return n, nil
}

// String is r as the value of an RRULE property, which [ParseRule] reads back;
// nothing for no recurrence.
func (r Rule) String() string {
	if r.Frequency == Once {
		return ""
	}
	var b strings.Builder
	for name, frequency := range frequencyNames {
		if frequency == r.Frequency {
			b.WriteString("FREQ=" + name)
		}
	}
	if r.Interval > 1 {
		fmt.Fprintf(&b, ";INTERVAL=%d", r.Interval)
	}
	if r.Count > 0 {
		fmt.Fprintf(&b, ";COUNT=%d", r.Count)
	}
	if !r.Until.IsZero() {
		b.WriteString(";UNTIL=" + r.Until.String())
		if r.UntilUTC {
			b.WriteString("Z")
		}
	}
	write(&b, "BYMONTH", r.ByMonth, func(m time.Month) string { return strconv.Itoa(int(m)) })
	write(&b, "BYMONTHDAY", r.ByMonthDay, strconv.Itoa)
	write(&b, "BYDAY", r.ByDay, Day.String)
	write(&b, "BYSETPOS", r.BySetPos, strconv.Itoa)
	if r.WeekStart != time.Monday {
		b.WriteString(";WKST=" + weekdayNames[r.WeekStart])
	}
	return b.String()
}

// String is d as RFC 5545 writes it: MO, 2TU, -1FR.
func (d Day) String() string {
	if d.N == 0 {
		return weekdayNames[d.Weekday]
	}
	return strconv.Itoa(d.N) + weekdayNames[d.Weekday]
}

func write[T any](b *strings.Builder, name string, values []T, text func(T) string) {
	for i, value := range values {
		if i == 0 {
			b.WriteString(";" + name + "=")
		} else {
			b.WriteString(",")
		}
		b.WriteString(text(value))
	}
}

// In is r with UNTIL on the wall of loc, as [Rule.Expand] wants it.
func (r Rule) In(loc *time.Location) Rule {
	if r.UntilUTC {
		r.Until, r.UntilUTC = WallOf(r.Until.UTC().In(loc)), false
	}
	return r
}

// InUTC is r with UNTIL in UTC, as RFC 5545 wants it beside a start with a
// TZID.
func (r Rule) InUTC(loc *time.Location) Rule {
	if !r.UntilUTC && !r.Until.IsZero() {
		until, _ := Resolve(r.Until, loc)
		r.Until, r.UntilUTC = WallOf(until.UTC()), true
	}
	return r
}
