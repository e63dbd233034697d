package meeting

import (
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"partyline/signaling/auth"
	"partyline/signaling/internal/ical"
)

// Series is when a meeting is: one wall time, or many by a rule. A meeting has
// several when its dates were changed from one on ("this and following").
type Series struct {
	ID       string // UUIDv7
	Meeting  string
	UID      string // of iCalendar, stable for good
	Sequence int    // of iCalendar: grows with each change that invitees are told of
	Title    string
	Agenda   string // may have several lines
	Zone     string // IANA name, in which Start and the dates are
	Start    ical.Wall
	Minutes  int
	Rule     string    // of RFC 5545, without "RRULE:"; empty: once
	Ends     ical.Wall // when the last date begins; zero: never
	// Cancelled is that all dates are.
	Cancelled bool
}

// Exception is one date of a series that is not as the others are.
type Exception struct {
	Series     string
	Recurrence ical.Wall // when the rule has it, which is its name in the series
	Start      ical.Wall // zero: as the rule has it
	Minutes    int       // 0: as the series
	Title      string    // empty: as the series
	Agenda     string    // empty: as the series
	Cancelled  bool
}

// Occurrence is one date of a meeting.
type Occurrence struct {
	ID         string // of series and Recurrence: see [OccurrenceID]
	Meeting    string
	Series     string
	Recurrence ical.Wall
	Wall       ical.Wall // when it begins in its zone
	Start, End time.Time
	Zone       string
	Title      string
	Agenda     string
	Cancelled  bool
	Moved      bool     // is not when the rule has it
	Recurring  bool     // is one of several
	Fit        ical.Fit // how Wall fits the clocks of the zone
}

// Limits of what can be scheduled.
const (
	maxAgenda  = 4000    // characters
	maxMinutes = 24 * 60 // of one date
	maxSeries  = 100     // of one meeting
	// maxExceptions is how many dates of one series may differ.
	maxExceptions = 1000
)

// ErrNoOccurrence is for a date that a meeting does not have.
var ErrNoOccurrence = errors.New("no such date of a meeting")

// OccurrenceID is the name of one date of a series.
func OccurrenceID(series string, recurrence ical.Wall) string {
	return series + "_" + recurrence.String()
}

// ParseOccurrenceID takes such a name apart. It returns ErrNoOccurrence.
func ParseOccurrenceID(id string) (series string, recurrence ical.Wall, err error) {
	series, text, found := strings.Cut(id, "_")
	recurrence, err = ical.ParseWall(text)
	if !found || series == "" || err != nil || recurrence.String() != text {
		return "", ical.Wall{}, ErrNoOccurrence
	}
	return series, recurrence, nil
}

// dates is the series as the calendar's arithmetic has it.
func (s *Series) dates(exceptions []Exception) (ical.Series, error) {
	rule, err := ical.ParseRule(s.Rule)
	if err != nil {
		return ical.Series{}, err
	}
	d := ical.Series{Start: s.Start, Rule: rule}
	for _, e := range exceptions {
		if e.Series == s.ID {
			d.Exceptions = append(d.Exceptions, ical.Exception{Recurrence: e.Recurrence, Start: e.Start, Cancelled: e.Cancelled})
		}
	}
	return d, nil
}

// Between lists the dates of the series that have not ended at from and begin
// before to, cancelled ones left out. Exceptions of other series may be among
// those given.
func (s *Series) Between(exceptions []Exception, zone *time.Location, from, to time.Time) ([]Occurrence, error) {
	if s.Cancelled {
		return nil, nil
	}
	d, err := s.dates(exceptions)
	if err != nil {
		return nil, err
	}
	var all []Occurrence
	for _, date := range d.Between(zone, from.Add(-maxMinutes*time.Minute), to) {
		o := s.occurrence(exceptions, date)
		if o.End.After(from) {
			all = append(all, o)
		}
	}
	return all, nil
}

// occurrence is the date as the series, and its exception if it has one, have
// it.
func (s *Series) occurrence(exceptions []Exception, d ical.Date) Occurrence {
	e := Exception{Minutes: s.Minutes, Title: s.Title, Agenda: s.Agenda}
	if own := exceptionAt(exceptions, s.ID, d.Recurrence); own != nil {
		e.Cancelled = own.Cancelled
		if own.Minutes != 0 {
			e.Minutes = own.Minutes
		}
		if own.Title != "" {
			e.Title = own.Title
		}
		if own.Agenda != "" {
			e.Agenda = own.Agenda
		}
	}
	start := d.Start.UTC()
	return Occurrence{
		ID: OccurrenceID(s.ID, d.Recurrence), Meeting: s.Meeting, Series: s.ID, Recurrence: d.Recurrence,
		Wall: d.Wall, Start: start, End: start.Add(time.Duration(e.Minutes) * time.Minute), Zone: s.Zone,
		Title: e.Title, Agenda: e.Agenda, Cancelled: e.Cancelled || s.Cancelled, Moved: d.Wall != d.Recurrence,
		Recurring: s.Rule != "", Fit: d.Fit,
	}
}

// At is the date of that name, a cancelled one too. It returns
// ErrNoOccurrence.
func (s *Series) At(exceptions []Exception, zone *time.Location, recurrence ical.Wall) (Occurrence, error) {
	wall := recurrence
	if e := exceptionAt(exceptions, s.ID, recurrence); e != nil {
		if !e.Start.IsZero() {
			wall = e.Start
		}
	} else if has, err := s.has(recurrence); err != nil || !has {
		return Occurrence{}, errors.Join(ErrNoOccurrence, err)
	}
	start, fit := ical.Resolve(wall, zone)
	return s.occurrence(exceptions, ical.Date{Recurrence: recurrence, Wall: wall, Start: start, Fit: fit}), nil
}

// has tells whether the rule has the date.
func (s *Series) has(recurrence ical.Wall) (bool, error) {
	rule, err := ical.ParseRule(s.Rule)
	if err != nil {
		return false, err
	}
	for range rule.Expand(s.Start, recurrence, recurrence.Add(time.Second)) {
		return true, nil
	}
	return false, nil
}

// Span is between what wall times the series and its exceptions are; last is
// zero if there is no end.
func (s *Series) Span(exceptions []Exception) (first, last ical.Wall) {
	first = s.Start
	if !s.Ends.IsZero() {
		last = s.Ends.Add(time.Duration(s.Minutes) * time.Minute)
	}
	for _, e := range exceptions {
		if e.Series != s.ID || e.Cancelled {
			continue
		}
		begins, minutes := e.Start, e.Minutes
		if begins.IsZero() {
			begins = e.Recurrence
		}
		if minutes == 0 {
			minutes = s.Minutes
		}
		if begins.Before(first) {
			first = begins
		}
		if ends := begins.Add(time.Duration(minutes) * time.Minute); !last.IsZero() && ends.After(last) {
			last = ends
		}
	}
	return first, last
}

// settle checks the series and puts its start where its rule has the first
// date. The errors are of the kind auth.ErrInvalid.
func (s *Series) settle(zone *time.Location) error {
	title, err := CleanName(s.Title)
	if err != nil {
		return wrong("title", "A title has 1 to 80 printable characters.")
	}
	s.Title = title
	if s.Agenda = strings.TrimSpace(s.Agenda); !plainLines(s.Agenda) || utf8.RuneCountInString(s.Agenda) > maxAgenda {
		return wrong("agenda", "An agenda has at most 4,000 printable characters.")
	}
	if s.Minutes < 1 || s.Minutes > maxMinutes {
		return wrong("minutes", "A meeting lasts 1 minute to 24 hours.")
	}
	if year, _, _ := s.Start.Date(); s.Start.IsZero() || year < 1970 || year > 2200 {
		return wrong("start", "Say when the meeting begins, such as 2026-03-01T09:00.")
	}
	rule, err := ical.ParseRule(s.Rule)
	if err != nil {
		return err
	}
	rule = rule.In(zone)
	s.Rule = rule.String()
	first, found := rule.First(s.Start)
	if !found {
		return wrong("rule", "By this rule the meeting has no dates.")
	}
	s.Start = first
	s.Ends = ical.Wall{}
	if last, ends := rule.Last(first); ends {
		s.Ends = last
	}
	return nil
}

// plainLines accepts printable text of several lines.
func plainLines(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return !unicode.IsPrint(r) && r != '\n' && r != '\t' && r != '\r' && r != '\u200c' && r != '\u200d' && r != '\u3000' && r != '\u00a0'
	})
}

func wrong(field, sentence string) error {
	return &auth.Invalid{Fields: []auth.FieldError{{Field: field, Message: sentence}}}
}

func exceptionAt(all []Exception, series string, recurrence ical.Wall) *Exception {
	for i := range all {
		if all[i].Series == series && all[i].Recurrence == recurrence {
			return &all[i]
		}
	}
	return nil
}
