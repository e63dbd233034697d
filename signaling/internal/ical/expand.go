package ical

import (
	"iter"
	"slices"
	"time"
)

// maxRounds bounds the work of one expansion: rounds (days, weeks, months or
// years) that are looked at. Daily rules come so far in 500 years.
const maxRounds = 200_000

// Expand yields in order the dates of a series that begins at start, those from
// from on and before to. The start itself is a date only if it obeys the rule;
// see [Rule.First]. UNTIL is taken as shown on the same wall as start
// ([Rule.In]). Dates end with the year 9999, and however the rule is made, the
// work is bounded.
func (r Rule) Expand(start, from, to Wall) iter.Seq[Wall] {
	return func(yield func(Wall) bool) {
		if r.Frequency == Once {
			if !start.Before(from) && start.Before(to) {
				yield(start)
			}
			return
		}
		s := newSpread(r, start)
		left := r.Count
		for round := s.skip(from); round < s.skipped+maxRounds; round++ {
			if s.begins(round) > to.day() || s.begins(round) > maxWall/daySeconds {
				return
			}
			for _, day := range s.days(round) {
				w := Wall{int64(day)*daySeconds + s.clock}
				if w.Before(start) {
					continue
				}
				if !w.Before(to) || w.seconds >= maxWall || (!r.Until.IsZero() && w.After(r.Until)) {
					return
				}
				if !w.Before(from) && !yield(w) {
					return
				}
				if left--; left == 0 {
					return
				}
			}
		}
	}
}

// firstWithin is how long a series may take to its first date. The longest wait
// that makes sense is for a 29 February every seven years.
const firstWithin = 30 * 366

// First is the first date of a series that begins at start or later, and false
// if there is none in 30 years. A series whose start is its first date means the
// same to every calendar program (RFC 5545 §3.8.5.3 leaves others undefined).
func (r Rule) First(start Wall) (Wall, bool) {
	for w := range r.Expand(start, start, start.AddDays(firstWithin)) {
		return w, true
	}
	return Wall{}, false
}

// Last is the last date of a series that begins at start, and false if it has
// no end or no date.
func (r Rule) Last(start Wall) (Wall, bool) {
	if r.Frequency != Once && r.Count == 0 && r.Until.IsZero() {
		return Wall{}, false
	}
	last, found := Wall{}, false
	for w := range r.Expand(start, start, Wall{maxWall}) {
		last, found = w, true
	}
	return last, found
}

// spread lays out the rounds of a rule.
type spread struct {
	rule     Rule
	interval int
	start    civil
	first    int   // day of the start; of weekly rules, the day its week began
	clock    int64 // seconds of the start's day
	skipped  int   // rounds before the first one looked at

	set []int // reused
}

func newSpread(r Rule, start Wall) *spread {
	s := &spread{rule: r, interval: max(r.Interval, 1), first: start.day()}
	s.start = civilOf(s.first)
	s.clock = start.seconds - int64(s.first)*daySeconds
	if r.Frequency == Weekly {
		s.first -= int(weekday(s.first)-r.WeekStart+7) % 7
	}
	return s
}

// skip is the first round that can have dates from from on; where dates must be
// counted it is the very first.
func (s *spread) skip(from Wall) int {
	day := from.day()
	if day <= s.first || s.rule.Count > 0 {
		return 0
	}
	at := civilOf(day)
	rounds := 0
	switch s.rule.Frequency {
	case Daily:
		rounds = day - s.first
	case Weekly:
		rounds = (day - s.first) / 7
	case Monthly:
		rounds = at.months() - s.start.months()
	case Yearly:
		rounds = at.year - s.start.year
	}
	s.skipped = max(rounds/s.interval-1, 0)
	return s.skipped
}

// begins is the day on which a round begins.
func (s *spread) begins(round int) int {
	n := round * s.interval
	switch s.rule.Frequency {
	case Daily:
		return s.first + n
	case Weekly:
		return s.first + 7*n
	case Monthly:
		return monthOf(s.start.months() + n).day()
	}
	return civil{s.start.year + n, time.January, 1}.day()
}

// days are the days of a round, in order and each once (RFC 5545 §3.3.10, the
// table of expanding and limiting parts).
func (s *spread) days(round int) []int {
	s.set = s.set[:0]
	begin := s.begins(round)
	switch s.rule.Frequency {
	case Daily:
		s.keep(begin)
	case Weekly:
		for day := begin; day < begin+7; day++ {
			if len(s.rule.ByDay) > 0 || weekday(day) == weekday(s.start.day()) {
				s.keep(day)
			}
		}
	case Monthly:
		s.month(civilOf(begin))
	case Yearly:
		s.year(civilOf(begin).year)
	}
	return s.positions()
}

// keep adds a day that the limiting parts let through.
func (s *spread) keep(day int) {
	if len(s.rule.ByMonth)+len(s.rule.ByMonthDay) > 0 {
		at := civilOf(day)
		if !s.inMonth(at.month) {
			return
		}
		if len(s.rule.ByMonthDay) > 0 && !slices.Contains(s.rule.ByMonthDay, at.on) &&
			!slices.Contains(s.rule.ByMonthDay, at.on-at.length()-1) {
			return
		}
	}
	if len(s.rule.ByDay) > 0 && !slices.ContainsFunc(s.rule.ByDay, func(d Day) bool { return d.Weekday == weekday(day) }) {
		return
	}
	s.set = append(s.set, day)
}

func (s *spread) inMonth(m time.Month) bool {
	return len(s.rule.ByMonth) == 0 || slices.Contains(s.rule.ByMonth, m)
}

func (s *spread) month(first civil) {
	if !s.inMonth(first.month) {
		return
	}
	begin, length := first.day(), first.length()
	switch {
	case len(s.rule.ByMonthDay) > 0:
		for day := begin; day < begin+length; day++ {
			s.keep(day)
		}
	case len(s.rule.ByDay) > 0:
		s.weekdays(begin, length)
	case s.start.on <= length:
		s.set = append(s.set, begin+s.start.on-1)
	}
}

func (s *spread) year(year int) {
	begin := civil{year, time.January, 1}
	switch {
	case len(s.rule.ByMonth) > 0 || len(s.rule.ByMonthDay) > 0:
		for m := time.January; m <= time.December; m++ {
			s.month(civil{year, m, 1})
		}
	case len(s.rule.ByDay) > 0:
		s.weekdays(begin.day(), civil{year + 1, time.January, 1}.day()-begin.day())
	default:
		s.month(civil{year, s.start.month, 1})
	}
}

// weekdays adds the weekdays of BYDAY within a month or a year.
func (s *spread) weekdays(begin, length int) {
	for _, d := range s.rule.ByDay {
		first := begin + int(d.Weekday-weekday(begin)+7)%7
		count := (begin + length - first + 6) / 7
		switch {
		case d.N == 0:
			for n := range count {
				s.set = append(s.set, first+7*n)
			}
		case d.N > 0 && d.N <= count:
			s.set = append(s.set, first+7*(d.N-1))
		case d.N < 0 && -d.N <= count:
			s.set = append(s.set, first+7*(count+d.N))
		}
	}
	slices.Sort(s.set)
	s.set = slices.Compact(s.set)
}

// positions is the set of a round after BYSETPOS.
func (s *spread) positions() []int {
	if len(s.rule.BySetPos) == 0 {
		return s.set
	}
	var picked []int
	for i, day := range s.set {
		if slices.Contains(s.rule.BySetPos, i+1) || slices.Contains(s.rule.BySetPos, i-len(s.set)) {
			picked = append(picked, day)
		}
	}
	return picked
}

// civil is a date of the proleptic Gregorian calendar.
type civil struct {
	year  int
	month time.Month
	on    int // day of the month
}

// civilOf and day count days since 0001-01-01 as in Howard Hinnant's paper
// "chrono-Compatible Low-Level Date Algorithms", with years that begin in March.
func civilOf(day int) civil {
	z := day + 306
	era := int(floorDiv(int64(z), 146097))
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	c := civil{year: yoe + era*400, month: time.Month(mp + 3), on: doy - (153*mp+2)/5 + 1}
	if mp >= 10 {
		c.month -= 12
		c.year++
	}
	return c
}

func (c civil) day() int {
	y, m := c.year, int(c.month)-3
	if c.month <= time.February {
		y--
		m += 12
	}
	era := int(floorDiv(int64(y), 400))
	yoe := y - era*400
	doy := (153*m+2)/5 + c.on - 1
	return era*146097 + yoe*365 + yoe/4 - yoe/100 + doy - 306
}

func (c civil) months() int { return c.year*12 + int(c.month) - 1 }

// monthOf is the first day of a month counted as months does.
func monthOf(months int) civil {
	return civil{months / 12, time.Month(months%12) + 1, 1}
}

func (c civil) length() int {
	next := monthOf(c.months() + 1)
	return next.day() - civil{c.year, c.month, 1}.day()
}
