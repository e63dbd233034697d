package meeting

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/internal/ical"
)

func wallAt(t testing.TB, text string) ical.Wall {
	t.Helper()
	w, err := ical.ParseWall(text)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// daily is a schedule with one series in Berlin from Monday, 2 March 2026, on.
func daily(t testing.TB, rule string) *Schedule {
	t.Helper()
	s := &Schedule{Meeting: Meeting{ID: "m", Organiser: "ann", Invitees: []Invitee{{ID: "i", Name: "Zoe", Reach: auth.Reach{Email: "zoe@example.org"}}}}}
	v := Series{Title: "Weekly", Zone: "Europe/Berlin", Start: wallAt(t, "2026-03-02T09:00"), Minutes: 30, Rule: rule}
	if err := s.add(v, berlin(t)); err != nil {
		t.Fatal(err)
	}
	s.Letters = nil
	return s
}

func berlin(t testing.TB) *time.Location {
	t.Helper()
	zone, err := ical.Zone("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// listed are all dates of March and April 2026, as "02T09 03T09=04T11 …", moved
// ones with where they are.
func (s *Schedule) listed(t testing.TB) string {
	t.Helper()
	from := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	var all []string
	for i := range s.Series {
		dates, err := s.Series[i].Between(s.Exceptions, berlin(t), from, from.AddDate(0, 2, 0))
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range dates {
			text := short(o.Recurrence)
			if o.Moved {
				text += "=" + short(o.Wall)
			}
			if o.Title != "Weekly" {
				text += "(" + o.Title + ")"
			}
			all = append(all, text)
		}
	}
	return strings.Join(all, " ")
}

func short(w ical.Wall) string { return w.UTC().Format("0102T15") }

func (s *Schedule) letters() string {
	var all []string
	for _, l := range s.Letters {
		all = append(all, fmt.Sprintf("%s/%s/%d/%s", l.Method, l.Reason, l.Sequence, l.Recurrence))
	}
	return strings.Join(all, " ")
}

// TestChangeScopes is the table of what a change of one date, of it and later
// ones, and of all makes of a schedule.
func TestChangeScopes(t *testing.T) {
	at := func(text string) *ical.Wall { w := wallAt(t, text); return &w }
	text := func(s string) *string { return &s }
	for _, tt := range []struct {
		name    string
		rule    string
		date    string
		scope   Scope
		edit    Edit
		want    string
		letters string
	}{
		{
			"one date moved", "FREQ=WEEKLY;COUNT=4", "2026-03-09T09:00", One,
			Edit{Start: at("2026-03-10T11:00")},
			"0302T09 0309T09=0310T11 0316T09 0323T09", "REQUEST/changed/1/20260309T090000",
		},
		{
			"one date named", "FREQ=WEEKLY;COUNT=4", "2026-03-09T09:00", One,
			Edit{Title: text("Guests")},
			"0302T09 0309T09(Guests) 0316T09 0323T09", "REQUEST/changed/1/20260309T090000",
		},
		{
			"all an hour later", "FREQ=WEEKLY;COUNT=3", "2026-03-09T09:00", All,
			Edit{Start: at("2026-03-09T10:00")},
			"0302T10 0309T10 0316T10", "REQUEST/changed/1/",
		},
		{
			"all to another weekday", "FREQ=WEEKLY;BYDAY=MO;COUNT=3", "2026-03-09T09:00", All,
			Edit{Start: at("2026-03-11T09:00")},
			"0304T09 0311T09 0318T09", "REQUEST/changed/1/",
		},
		{
			"all, with an end by date", "FREQ=WEEKLY;UNTIL=20260316", "2026-03-02T09:00", All,
			Edit{Start: at("2026-03-02T23:30")},
			"0302T23 0309T23 0316T23", "REQUEST/changed/1/",
		},
		{
			"all by another rule", "FREQ=WEEKLY;COUNT=3", "2026-03-02T09:00", All,
			Edit{Rule: text("FREQ=DAILY;COUNT=3")},
			"0302T09 0303T09 0304T09", "REQUEST/changed/1/",
		},
		{
			"all to once", "FREQ=WEEKLY;COUNT=3", "2026-03-02T09:00", All,
			Edit{Rule: text("")},
			"0302T09", "REQUEST/changed/1/",
		},
		{
			"nothing changed", "FREQ=WEEKLY;COUNT=3", "2026-03-02T09:00", All,
			Edit{Title: text("Weekly")},
			"0302T09 0309T09 0316T09", "",
		},
		{
			"following, counted", "FREQ=WEEKLY;COUNT=4", "2026-03-16T09:00", Following,
			Edit{Start: at("2026-03-16T10:00")},
			"0302T09 0309T09 0316T10 0323T10", "REQUEST/changed/1/ REQUEST/invited/0/",
		},
		{
			"following, by date", "FREQ=WEEKLY;UNTIL=20260323T090000", "2026-03-16T09:00", Following,
			Edit{Title: text("New")},
			"0302T09 0309T09 0316T09(New) 0323T09(New)", "REQUEST/changed/1/ REQUEST/invited/0/",
		},
		{
			"following from the first", "FREQ=WEEKLY;COUNT=2", "2026-03-02T09:00", Following,
			Edit{Title: text("New")},
			"0302T09(New) 0309T09(New)", "REQUEST/changed/1/",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := daily(t, tt.rule)
			v := &s.Series[0]
			var err error
			switch tt.scope {
			case One:
				err = s.changeOne(v, wallAt(t, tt.date), tt.edit)
			case Following:
				err = s.changeFollowing(v, wallAt(t, tt.date), tt.edit, berlin(t))
			default:
				err = s.changeAll(v, wallAt(t, tt.date), tt.edit, berlin(t))
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := s.listed(t); got != tt.want {
				t.Errorf("dates %s, want %s", got, tt.want)
			}
			if got := s.letters(); got != tt.letters {
				t.Errorf("letters %q, want %q", got, tt.letters)
			}
		})
	}
}

// TestExceptionsFollow has exceptions stay with their dates when the series
// changes, or go when there is no such date any more.
func TestExceptionsFollow(t *testing.T) {
	make3 := func() *Schedule {
		s := daily(t, "FREQ=WEEKLY;COUNT=4")
		v := &s.Series[0]
		moved := wallAt(t, "2026-03-18T15:00")
		if err := errors.Join(
			s.cancel(v, wallAt(t, "2026-03-09T09:00"), One),
			s.changeOne(v, wallAt(t, "2026-03-16T09:00"), Edit{Start: &moved}),
		); err != nil {
			t.Fatal(err)
		}
		return s
	}
	later, rule := wallAt(t, "2026-03-02T10:00"), "FREQ=DAILY;INTERVAL=14;COUNT=2"
	for _, tt := range []struct {
		name   string
		change func(s *Schedule) error
		want   string
	}{
		{"an hour later", func(s *Schedule) error {
			return s.changeAll(&s.Series[0], wallAt(t, "2026-03-02T09:00"), Edit{Start: &later}, berlin(t))
		}, "0302T10 0316T10=0318T15 0323T10"},
		{"every other week", func(s *Schedule) error {
			return s.changeAll(&s.Series[0], wallAt(t, "2026-03-02T09:00"), Edit{Rule: &rule}, berlin(t))
		}, "0302T09 0316T09=0318T15"},
		{"from the third on", func(s *Schedule) error {
			to := wallAt(t, "2026-03-16T11:00")
			return s.changeFollowing(&s.Series[0], wallAt(t, "2026-03-16T09:00"), Edit{Start: &to}, berlin(t))
		}, "0302T09 0316T11=0318T15 0323T11"},
		{"cancelled from the third on", func(s *Schedule) error {
			return s.cancel(&s.Series[0], wallAt(t, "2026-03-16T09:00"), Following)
		}, "0302T09"},
		{"cancelled as a whole", func(s *Schedule) error {
			return s.cancel(&s.Series[0], wallAt(t, "2026-03-16T09:00"), All)
		}, ""},
	} {
		s := make3()
		if err := tt.change(s); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if got := s.listed(t); got != tt.want {
			t.Errorf("%s: dates %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestChangeRefuses(t *testing.T) {
	text := func(s string) *string { return &s }
	at := func(text string) *ical.Wall { w := wallAt(t, text); return &w }
	no, day := 0, 25*60
	for _, tt := range []struct {
		name  string
		rule  string
		date  string
		scope Scope
		edit  Edit
		want  error
	}{
		{"no such date", "FREQ=WEEKLY", "2026-03-03T09:00", One, Edit{Minutes: &day}, ErrNoOccurrence},
		{"no such date from on", "FREQ=WEEKLY", "2026-03-03T09:00", Following, Edit{}, ErrNoOccurrence},
		{"a zone for one", "FREQ=WEEKLY", "2026-03-02T09:00", One, Edit{Zone: text("UTC")}, auth.ErrInvalid},
		{"a rule for one", "FREQ=WEEKLY", "2026-03-02T09:00", One, Edit{Rule: text("FREQ=DAILY")}, auth.ErrInvalid},
		{"too long", "FREQ=WEEKLY", "2026-03-02T09:00", One, Edit{Minutes: &day}, auth.ErrInvalid},
		{"no length", "FREQ=WEEKLY", "2026-03-02T09:00", All, Edit{Minutes: &no}, auth.ErrInvalid},
		{"other days need another rule", "FREQ=WEEKLY;BYDAY=MO,TH", "2026-03-02T09:00", All, Edit{Start: at("2026-03-03T09:00")}, auth.ErrInvalid},
		{"no name", "FREQ=WEEKLY", "2026-03-02T09:00", All, Edit{Title: text(" ")}, auth.ErrInvalid},
	} {
		s := daily(t, tt.rule)
		v, recurrence := &s.Series[0], wallAt(t, tt.date)
		var err error
		switch tt.scope {
		case One:
			err = s.changeOne(v, recurrence, tt.edit)
		case Following:
			err = s.changeFollowing(v, recurrence, tt.edit, berlin(t))
		default:
			err = s.changeAll(v, recurrence, tt.edit, berlin(t))
		}
		if !errors.Is(err, tt.want) || err == nil {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

// TestFollowingKeepsDates splits series at each of their dates: together the
// two have the dates that the one had.
func TestFollowingKeepsDates(t *testing.T) {
	for _, rule := range []string{
		"FREQ=DAILY;COUNT=9", "FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=8", "FREQ=WEEKLY;INTERVAL=2;UNTIL=20260430",
		"FREQ=DAILY;INTERVAL=3;UNTIL=20260320T120000", "FREQ=MONTHLY;BYDAY=1MO;COUNT=2", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=2",
		"FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU;COUNT=6", "FREQ=DAILY",
	} {
		want := daily(t, rule).listed(t)
		start := daily(t, rule).Series[0].Start
		parsed, err := ical.ParseRule(rule)
		if err != nil {
			t.Fatal(err)
		}
		for w := range parsed.Expand(start, start, start.AddDays(30)) {
			s := daily(t, rule)
			agenda := "anew"
			if err := s.changeFollowing(&s.Series[0], w, Edit{Agenda: &agenda}, berlin(t)); err != nil {
				t.Fatalf("%s at %s: %v", rule, w, err)
			}
			if got := s.listed(t); got != want {
				t.Errorf("%s split at %s: %s, want %s", rule, w, got, want)
			}
		}
	}
}

// TestSpan holds that no date of a series is outside of its span, by which the
// store finds it.
func TestSpan(t *testing.T) {
	s := daily(t, "FREQ=WEEKLY;COUNT=3")
	early, late := wallAt(t, "2026-02-20T09:00"), wallAt(t, "2026-06-01T09:00")
	v := &s.Series[0]
	if first, last := v.Span(s.Exceptions); first != v.Start || last != wallAt(t, "2026-03-16T09:30") {
		t.Errorf("span %s to %s", first, last)
	}
	if err := errors.Join(
		s.changeOne(v, wallAt(t, "2026-03-09T09:00"), Edit{Start: &early}),
		s.changeOne(v, wallAt(t, "2026-03-16T09:00"), Edit{Start: &late}),
	); err != nil {
		t.Fatal(err)
	}
	if first, last := v.Span(s.Exceptions); first != early || last != late.Add(30*time.Minute) {
		t.Errorf("span %s to %s", first, last)
	}
	if _, last := daily(t, "FREQ=WEEKLY").Series[0].Span(nil); !last.IsZero() {
		t.Errorf("a series without an end ends at %s", last)
	}
}

// TestGapsAndTwice has dates fall on the changes of the clocks.
func TestGapsAndTwice(t *testing.T) {
	v := Series{ID: "s", Title: "Night", Zone: "Europe/Berlin", Start: wallAt(t, "2026-03-28T02:30"), Minutes: 60, Rule: "FREQ=DAILY;COUNT=3"}
	if err := v.settle(berlin(t)); err != nil {
		t.Fatal(err)
	}
	from := time.Date(2026, 3, 27, 0, 0, 0, 0, time.UTC)
	dates, err := v.Between(nil, berlin(t), from, from.AddDate(0, 0, 5))
	if err != nil || len(dates) != 3 {
		t.Fatalf("%d dates, %v", len(dates), err)
	}
	gap := dates[1]
	if gap.Fit != ical.Gap || !gap.Start.Equal(time.Date(2026, 3, 29, 1, 30, 0, 0, time.UTC)) || gap.Wall.String() != "20260329T023000" {
		t.Errorf("in the gap: %+v", gap)
	}
	if dates[2].Start.Sub(dates[1].Start) != 23*time.Hour {
		t.Errorf("after the gap: %v", dates[2].Start)
	}
}

func TestCoHostsAreHosts(t *testing.T) {
	m := Meeting{Organiser: "ann", Invitees: []Invitee{{ID: "1", Person: "bob", CoHost: true}, {ID: "2", Person: "cyd"}, {ID: "3", Name: "Zoe"}}}
	for person, want := range map[string]Role{"ann": Host, "bob": Host, "cyd": Participant, "eve": Participant} {
		if got := RoleFor(m.CredentialOf(person)); got != want {
			t.Errorf("%s is %s, want %s", person, got, want)
		}
	}
	if m.Leads("") || m.MayLead("", false) {
		t.Error("guests lead")
	}
}

func FuzzOccurrenceID(f *testing.F) {
	f.Add("0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b_20260302T090000")
	f.Add("_20260302T090000")
	f.Add("x_2026-03-02T09:00")
	f.Add("x_y_00010101T000000")
	f.Fuzz(func(t *testing.T, id string) {
		series, recurrence, err := ParseOccurrenceID(id)
		if err != nil {
			if !errors.Is(err, ErrNoOccurrence) {
				t.Fatalf("%q: %v", id, err)
			}
			return
		}
		if again := OccurrenceID(series, recurrence); again != id {
			t.Fatalf("%q is read as %q", id, again)
		}
	})
}
