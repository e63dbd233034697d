package meeting

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"partyline/signaling/internal/ical"
)

// Schedule is a meeting with its dates and the replies to them.
type Schedule struct {
	Meeting
	Series     []Series // in the order in which they were made
	Exceptions []Exception
	Replies    []Reply
	// Letters are to be posted when what was changed is stored; write only, as
	// is when that was.
	Letters   []Letter
	ChangedAt time.Time
}

// Method is what a letter does, in the words of iTIP (RFC 5546).
type Method string

// The methods.
const (
	Request Method = "REQUEST"
	Cancel  Method = "CANCEL"
)

// Reason is why a letter is written.
type Reason string

// The reasons.
const (
	Invited   Reason = "invited"
	Changed   Reason = "changed"
	Cancelled Reason = "cancelled" // the meeting, or the date, does not take place
	Removed   Reason = "removed"   // they are not invited any more
	Clocks    Reason = "clocks"    // a country changed its clocks' rules: the same wall time, another instant
)

// Letter is that an invitee has to be told by mail of a change.
type Letter struct {
	Method     Method
	Reason     Reason
	Meeting    string
	Series     string
	Recurrence ical.Wall // of the one date that it is about; zero: the whole series
	Sequence   int
	At         time.Time
	To         Invitee // as they were when it was written: they may be uninvited since
}

// Scope is how much of a series a change is about.
type Scope string

// The scopes.
const (
	One       Scope = "one"
	Following Scope = "following" // this date and those after it
	All       Scope = "all"
)

// Scopes lists every scope.
func Scopes() []Scope { return []Scope{One, Following, All} }

// Edit is what is changed of one date, or of many; nil leaves a thing as it is.
type Edit struct {
	Title   *string
	Agenda  *string
	Start   *ical.Wall // when the date that was named begins; others move with it
	Minutes *int
	Zone    *string // not of one date
	Rule    *string // not of one date
}

// post writes a letter to everybody invited who has an address.
func (s *Schedule) post(reason Reason, series *Series, recurrence ical.Wall) {
	for _, i := range s.Invitees {
		s.postTo(reason, series, recurrence, i)
	}
}

func (s *Schedule) postTo(reason Reason, series *Series, recurrence ical.Wall, to Invitee) {
	if to.Email == "" || to.Person == s.Organiser {
		return
	}
	method := Request
	if reason == Cancelled || reason == Removed {
		method = Cancel
	}
	s.Letters = append(s.Letters, Letter{method, reason, s.ID, series.ID, recurrence, series.Sequence, s.ChangedAt, to})
}

// seriesBy is the series of that id that still has dates, or ErrNoOccurrence.
func (s *Schedule) seriesBy(id string) (*Series, error) {
	i := slices.IndexFunc(s.Series, func(v Series) bool { return v.ID == id && !v.Cancelled })
	if i < 0 {
		return nil, ErrNoOccurrence
	}
	return &s.Series[i], nil
}

// add begins a series and invites everybody to it.
func (s *Schedule) add(v Series, zone *time.Location) error {
	if len(s.Series) >= maxSeries {
		return ErrTooMany
	}
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("make a series id: %w", err)
	}
	v.ID, v.Meeting, v.UID, v.Sequence = id.String(), s.ID, id.String()+"@partyline", 0
	if err := v.settle(zone); err != nil {
		return err
	}
	s.Series = append(s.Series, v)
	s.post(Invited, &s.Series[len(s.Series)-1], ical.Wall{})
	return nil
}

// changeOne makes one date an exception, or changes the one that it is.
func (s *Schedule) changeOne(v *Series, recurrence ical.Wall, e Edit) error {
	if e.Zone != nil || e.Rule != nil {
		return wrong("scope", "The time zone and the rule are those of all dates.")
	}
	x, err := s.except(v, recurrence)
	if err != nil {
		return err
	}
	if e.Title != nil && *e.Title != v.Title {
		if x.Title, err = CleanName(*e.Title); err != nil {
			return wrong("title", "A title has 1 to 80 printable characters.")
		}
	} else if e.Title != nil {
		x.Title = ""
	}
	if e.Agenda != nil {
		if x.Agenda = *e.Agenda; *e.Agenda == v.Agenda {
			x.Agenda = ""
		}
	}
	set(&x.Minutes, e.Minutes)
	if e.Start != nil {
		if x.Start = *e.Start; x.Start == recurrence {
			x.Start = ical.Wall{}
		}
	}
	checked := Series{Title: v.Title, Agenda: x.Agenda, Minutes: cmpOr(x.Minutes, v.Minutes), Start: cmpOr(x.Start, recurrence)}
	if err := checked.settle(time.UTC); err != nil {
		return err
	}
	x.Agenda = checked.Agenda
	x.Cancelled = false
	v.Sequence++
	s.post(Changed, v, recurrence)
	return nil
}

// cmpOr is the first unless it is the zero value.
func cmpOr[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// except is the exception of one date, made if there is none.
func (s *Schedule) except(v *Series, recurrence ical.Wall) (*Exception, error) {
	if x := exceptionAt(s.Exceptions, v.ID, recurrence); x != nil {
		return x, nil
	}
	has, err := v.has(recurrence)
	switch {
	case err != nil:
		return nil, err
	case !has:
		return nil, ErrNoOccurrence
	}
	own := 0
	for _, x := range s.Exceptions {
		if x.Series == v.ID {
			own++
		}
	}
	if own >= maxExceptions {
		return nil, ErrTooMany
	}
	s.Exceptions = append(s.Exceptions, Exception{Series: v.ID, Recurrence: recurrence})
	return &s.Exceptions[len(s.Exceptions)-1], nil
}

// changeAll changes a series as a whole. When its dates are others from then
// on, the exceptions that fit none of them are forgotten.
func (s *Schedule) changeAll(v *Series, recurrence ical.Wall, e Edit, zone *time.Location) error {
	changed := *v
	if err := changed.edit(recurrence, e); err != nil {
		return err
	}
	if err := changed.settle(zone); err != nil {
		return err
	}
	if changed == *v {
		return nil
	}
	shift := time.Duration(0)
	if e.Start != nil {
		shift = e.Start.Sub(recurrence)
	}
	if err := s.rekey(v.ID, &changed, shift, ical.Wall{}); err != nil {
		return err
	}
	*v = changed
	v.Sequence++
	s.post(Changed, v, ical.Wall{})
	return nil
}

// edit applies what is changed. The start moves by as much as the named date
// does.
func (s *Series) edit(recurrence ical.Wall, e Edit) error {
	set(&s.Title, e.Title)
	set(&s.Agenda, e.Agenda)
	set(&s.Minutes, e.Minutes)
	set(&s.Zone, e.Zone)
	if e.Start != nil {
		if err := s.shift(e.Start.Sub(recurrence), e.Rule != nil); err != nil {
			return err
		}
	}
	set(&s.Rule, e.Rule)
	return nil
}

// shift moves all dates. Where the rule names days, those are others when the
// date is another one: a single weekday moves along, more have to be said anew.
func (s *Series) shift(by time.Duration, anewRule bool) error {
	was := s.Start
	s.Start = was.Add(by)
	if anewRule || s.Rule == "" {
		return nil
	}
	rule, err := ical.ParseRule(s.Rule)
	if err != nil {
		return err
	}
	days := int(dayOf(s.Start).Sub(dayOf(was)) / (24 * time.Hour))
	if !rule.Until.IsZero() {
		rule.Until = rule.Until.Add(by)
	}
	if days != 0 && len(rule.ByDay)+len(rule.ByMonthDay)+len(rule.BySetPos) > 0 {
		if rule.Frequency != ical.Weekly || len(rule.ByDay) != 1 || rule.ByDay[0].Weekday != was.Weekday() {
			return wrong("rule", "On another day the meeting needs another rule.")
		}
		rule.ByDay = []ical.Day{{Weekday: s.Start.Weekday()}}
	}
	s.Rule = rule.String()
	return nil
}

func dayOf(w ical.Wall) ical.Wall {
	y, m, d := w.Date()
	return ical.NewWall(y, m, d, 0, 0, 0)
}

// rekey names the exceptions of a series, those from a date on, after the dates
// as they are in the changed series, and forgets those that fit none of them.
// The replies to single dates are forgotten where the dates are others.
func (s *Schedule) rekey(series string, changed *Series, shift time.Duration, from ical.Wall) error {
	kept := s.Exceptions[:0:0]
	for _, x := range s.Exceptions {
		if x.Series != series || x.Recurrence.Before(from) {
			kept = append(kept, x)
			continue
		}
		x.Series, x.Recurrence = changed.ID, x.Recurrence.Add(shift)
		has, err := changed.has(x.Recurrence)
		if err != nil {
			return err
		}
		if has && !(x.Start.IsZero() && x.Minutes == 0 && x.Title == "" && x.Agenda == "" && !x.Cancelled) {
			kept = append(kept, x)
		}
	}
	s.Exceptions = kept
	s.Replies = slices.DeleteFunc(s.Replies, func(r Reply) bool {
		of, recurrence, err := ParseOccurrenceID(r.Occurrence)
		if err != nil || of != series || recurrence.Before(from) {
			return false
		}
		has, err := changed.has(recurrence)
		return changed.ID != series || shift != 0 || err != nil || !has
	})
	return nil
}

// changeFollowing ends a series before one of its dates and begins another one
// there.
func (s *Schedule) changeFollowing(v *Series, recurrence ical.Wall, e Edit, zone *time.Location) error {
	before, err := v.before(recurrence)
	if err != nil {
		return err
	}
	if before == 0 {
		return s.changeAll(v, recurrence, e, zone)
	}
	next := *v
	if next.Start, err = recurrence, next.dropFirst(before); err != nil {
		return err
	}
	if err := next.edit(recurrence, e); err != nil {
		return err
	}
	id := v.ID
	if err := v.endBefore(recurrence); err != nil {
		return err
	}
	v.Sequence++
	s.post(Changed, v, ical.Wall{})
	if err := s.add(next, zone); err != nil { // v points into the old slice from here on
		return err
	}
	shift := time.Duration(0)
	if e.Start != nil {
		shift = e.Start.Sub(recurrence)
	}
	return s.rekey(id, &s.Series[len(s.Series)-1], shift, recurrence)
}

// before counts the dates of the rule before one of them. It returns
// ErrNoOccurrence if there is no such date.
func (s *Series) before(recurrence ical.Wall) (int, error) {
	has, err := s.has(recurrence)
	if err != nil {
		return 0, err
	}
	if !has {
		return 0, ErrNoOccurrence
	}
	rule, err := ical.ParseRule(s.Rule)
	if err != nil {
		return 0, err
	}
	n := 0
	for range rule.Expand(s.Start, s.Start, recurrence) {
		n++
	}
	return n, nil
}

// dropFirst takes so many dates from what the rule counts.
func (s *Series) dropFirst(n int) error {
	rule, err := ical.ParseRule(s.Rule)
	if err != nil {
		return err
	}
	if rule.Count > 0 {
		rule.Count -= n
		s.Rule = rule.String()
	}
	return nil
}

// endBefore ends the series before one of its dates, which is not the first.
func (s *Series) endBefore(recurrence ical.Wall) error {
	rule, err := ical.ParseRule(s.Rule)
	if err != nil {
		return err
	}
	rule.Count, rule.Until, rule.UntilUTC = 0, recurrence.Add(-time.Second), false
	s.Rule = rule.String()
	if last, ends := rule.Last(s.Start); ends {
		s.Ends = last
	}
	return nil
}

// cancel takes dates off.
func (s *Schedule) cancel(v *Series, recurrence ical.Wall, scope Scope) error {
	before, err := v.before(recurrence)
	if err != nil {
		return err
	}
	switch {
	case scope == One && v.Rule != "":
		x, err := s.except(v, recurrence)
		if err != nil {
			return err
		}
		if x.Cancelled {
			return ErrNoOccurrence
		}
		*x = Exception{Series: v.ID, Recurrence: recurrence, Cancelled: true}
		v.Sequence++
		s.post(Cancelled, v, recurrence)
	case scope == Following && before > 0:
		if err := v.endBefore(recurrence); err != nil {
			return err
		}
		s.Exceptions = slices.DeleteFunc(s.Exceptions, func(x Exception) bool {
			return x.Series == v.ID && !x.Recurrence.Before(recurrence)
		})
		v.Sequence++
		s.post(Changed, v, ical.Wall{})
	default:
		s.cancelSeries(v)
	}
	return nil
}

func (s *Schedule) cancelSeries(v *Series) {
	v.Cancelled = true
	v.Sequence++
	s.post(Cancelled, v, ical.Wall{})
}
