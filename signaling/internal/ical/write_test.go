package ical

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// heard is what the other reader makes of a calendar.
type heard struct {
	Method string
	Name   string
	Events []struct {
		UID, Summary, Description, Location, URL, Status, Stamp, Day string

		Sequence   int
		Minutes    int
		Recurrence string
		Dates      []string // in UTC, by the file's own VTIMEZONE
		Organiser  []string
		Guests     [][]string
		Alarms     []int
	}
}

// readElsewhere has Debian's python3-icalendar read a calendar: another reader
// than ours, by another hand than the writer's.
func readElsewhere(t *testing.T, text []byte) heard {
	t.Helper()
	const python = "/usr/bin/python3"
	if err := exec.CommandContext(t.Context(), python, "-c", "import icalendar, dateutil").Run(); err != nil {
		if os.Getenv("PARTYLINE_REQUIRE_TOOLS") != "" {
			t.Fatal("icalendar cannot be imported:", err)
		}
		t.Skip("icalendar is not installed (Debian packages python3-icalendar, python3-dateutil)")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, python, "testdata/read.py")
	cmd.Stdin = bytes.NewReader(text)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("the other reader refuses it: %v\n%s\n%s", err, stderr.Bytes(), text)
	}
	var h heard
	if err := json.Unmarshal(out, &h); err != nil {
		t.Fatal(err)
	}
	return h
}

func written(t testing.TB, c Calendar) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, c); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var stamp = time.Date(2026, 1, 15, 8, 30, 0, 0, time.UTC)

func invitation() Event {
	return Event{
		UID: "0198-abc@meet.example.com", Sequence: 3, Stamp: stamp,
		Start: NewWall(2026, time.March, 2, 9, 0, 0), Zone: "Europe/Berlin", Minutes: 45,
		Rule: Rule{
			Frequency: Weekly, ByDay: []Day{{Weekday: time.Monday}, {Weekday: time.Thursday}},
			Until: NewWall(2026, time.December, 31, 23, 59, 59), WeekStart: time.Monday,
		},
		Except: []Wall{NewWall(2026, time.March, 30, 9, 0, 0), NewWall(2026, time.November, 2, 9, 0, 0)},
		Extra:  []Wall{NewWall(2026, time.April, 1, 14, 0, 0)},
		Title:  `周会; Planung, "Q2" \ Budget`,
		Text:   "Join: https://meet.example.com/m/abc\nNumber: +86 10 5555 0100, code 123456#\n" + strings.Repeat("各位同事请准时参加。", 20),
		Place:  "tel:+861055550100,,123456%23", Link: "https://meet.example.com/m/abc", Status: "CONFIRMED",
		Organiser: Party{Name: `Li "Wei"; ops`, Email: "reply+abc@meet.example.com"},
		Attendees: []Party{{Name: "Zoë, Dr.", Email: "zoe@example.com", Role: "REQ-PARTICIPANT", Status: "NEEDS-ACTION", RSVP: true}},
		Alarm:     10 * time.Minute,
	}
}

func TestAnotherReaderUnderstands(t *testing.T) {
	e := invitation()
	got := readElsewhere(t, written(t, Calendar{Method: "REQUEST", Name: "Anns Kalender, privat", Events: []Event{e}}))
	if got.Method != "REQUEST" || got.Name != "Anns Kalender, privat" || len(got.Events) != 1 {
		t.Fatalf("got %+v", got)
	}
	o := got.Events[0]
	type texts struct {
		UID, Title, Text, Place, Link, Status, Stamp string
		Sequence, Minutes                            int
	}
	if diff := cmp.Diff(
		texts{e.UID, e.Title, e.Text, e.Place, e.Link, e.Status, "2026-01-15T08:30:00Z", e.Sequence, e.Minutes},
		texts{o.UID, o.Summary, o.Description, o.Location, o.URL, o.Status, o.Stamp, o.Sequence, o.Minutes}); diff != "" {
		t.Errorf("texts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{`Li 'Wei'; ops`, "mailto:reply+abc@meet.example.com"}, o.Organiser, sameQuotes); diff != "" {
		t.Errorf("organiser (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([][]string{{"Zoë, Dr.", "mailto:zoe@example.com", "NEEDS-ACTION", "TRUE"}}, o.Guests); diff != "" {
		t.Errorf("guests (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{-10}, o.Alarms); diff != "" {
		t.Errorf("alarms (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(instants(t, e), o.Dates); diff != "" {
		t.Errorf("dates (-want +got):\n%s", diff)
	}
}

// sameQuotes: RFC 6868 is younger than that reader, which leaves ^' as it is.
var sameQuotes = cmp.Transformer("quotes", func(s string) string { return strings.ReplaceAll(s, "^'", "'") })

// instants are the dates of an event in UTC, by our own rules and Go's zones.
func instants(t *testing.T, e Event) []string {
	t.Helper()
	s := Series{Start: e.Start, Rule: e.Rule}
	for _, w := range e.Except {
		s.Exceptions = append(s.Exceptions, Exception{Recurrence: w, Cancelled: true})
	}
	for _, w := range e.Extra {
		s.Exceptions = append(s.Exceptions, Exception{Recurrence: w})
	}
	loc := mustZone(t, e.Zone)
	var all []string
	for _, d := range s.Between(loc, e.Start.AddDays(-2).UTC(), e.Start.AddDays(20*366).UTC()) {
		all = append(all, d.Start.UTC().Format(time.RFC3339))
	}
	slices.Sort(all)
	return all
}

// TestZonesElsewhere: whoever knows only the VTIMEZONE that we write finds the
// same instants for years, wherever clocks are set by a rule, by none, in the
// other half of the year, by half an hour, or never.
func TestZonesElsewhere(t *testing.T) {
	c := Calendar{}
	for i, name := range []string{
		"America/New_York", "Europe/Berlin", "Europe/London", "Europe/Dublin", "Australia/Lord_Howe", "America/Santiago",
		"Asia/Shanghai", "Africa/Casablanca", "Asia/Gaza", "Asia/Kolkata", "Pacific/Apia", "America/Sao_Paulo", "Asia/Tehran",
	} {
		e := Event{
			UID: name, Stamp: stamp, Title: name, Zone: name, Minutes: 30,
			Start: NewWall(2010+i%3*8, time.January, 1, 12, 0, 0),
			Rule:  Rule{Frequency: Weekly, Count: 400, WeekStart: time.Monday},
		}
		c.Events = append(c.Events, e)
	}
	got := readElsewhere(t, written(t, c))
	for i, e := range c.Events {
		if diff := cmp.Diff(instants(t, e), got.Events[i].Dates); diff != "" {
			t.Errorf("%s (-want +got):\n%s", e.Zone, diff)
		}
	}
}

// TestWrittenIsRead: what is written is read back the same.
func TestWrittenIsRead(t *testing.T) {
	one := invitation()
	one.Rule, one.Except, one.Extra, one.Recurrence = Rule{}, nil, nil, one.Start
	one.Start = one.Start.AddDays(1)
	one.Alarm = 0
	series := invitation()
	series.Alarm = 0 // is not read: each has their own
	day := Event{UID: "d", Stamp: stamp, Title: "Off", Start: NewWall(2026, time.May, 1, 0, 0, 0), AllDay: true, Minutes: 2 * 24 * 60}
	utc := Event{UID: "u", Stamp: stamp, Title: "UTC", Start: NewWall(2026, time.May, 1, 10, 0, 0), Zone: UTC, Minutes: 30}
	floats := Event{UID: "f", Stamp: stamp, Title: "Tea", Start: NewWall(2026, time.May, 1, 16, 0, 0), Minutes: 15}
	want := Calendar{Method: "REQUEST", Product: product, Name: "a;b", Zone: "Asia/Shanghai", Events: []Event{series, one, day, utc, floats}}
	text := written(t, want)
	got, faults, err := Read(bytes.NewReader(text))
	if err != nil || len(faults) != 0 {
		t.Fatalf("%v, %+v\n%s", err, faults, text)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-written +read):\n%s\n%s", diff, text)
	}
}

func TestWriteRefusesUnknownZones(t *testing.T) {
	e := invitation()
	e.Zone = "Mars/Phobos"
	if err := Write(&bytes.Buffer{}, Calendar{Events: []Event{e}}); err == nil {
		t.Error("an event on Mars was written")
	}
}
