package ical

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestQuirks reads what well-known programs write and compares it with what
// somebody has found to be meant; -update writes that anew.
func TestQuirks(t *testing.T) {
	files, err := filepath.Glob("testdata/quirks/*.ics")
	if err != nil || len(files) < 6 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			c, faults, err := Read(bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			got := show(t, c, faults)
			golden := strings.TrimSuffix(file, ".ics") + ".json"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// show is a calendar as the golden files have it: what is not said is left out.
func show(t *testing.T, c Calendar, faults []Fault) string {
	t.Helper()
	all := []any{map[string]any{"product": c.Product, "method": c.Method, "name": c.Name, "zone": c.Zone}}
	for _, e := range c.Events {
		m := map[string]any{}
		set := func(name string, v any, zero bool) {
			if !zero {
				m[name] = v
			}
		}
		set("uid", e.UID, e.UID == "")
		set("sequence", e.Sequence, e.Sequence == 0)
		set("recurrence", e.Recurrence, e.Recurrence.IsZero())
		set("start", e.Start.String()+" "+e.Zone, false)
		set("allDay", true, !e.AllDay)
		set("minutes", e.Minutes, false)
		set("rule", e.Rule.String(), e.Rule.Frequency == Once)
		set("except", e.Except, len(e.Except) == 0)
		set("extra", e.Extra, len(e.Extra) == 0)
		set("title", e.Title, false)
		set("text", e.Text, e.Text == "")
		set("place", e.Place, e.Place == "")
		set("status", e.Status, e.Status == "")
		set("organiser", e.Organiser, e.Organiser == Party{})
		set("attendees", e.Attendees, len(e.Attendees) == 0)
		all = append(all, m)
	}
	for _, f := range faults {
		all = append(all, fmt.Sprintf("line %d: %s %q in %q, dropped: %v", f.Line, f.Kind, f.Detail, f.Title, f.Dropped))
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(all); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func eventOf(lines ...string) string {
	return "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:S\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
}

// TestBadCalendars: what cannot be a meeting is told, with where and why.
func TestBadCalendars(t *testing.T) {
	const start = "DTSTART:20260301T090000Z"
	cases := []struct {
		name, text string
		events     int
		fault      FaultKind
	}{
		{"nothing", "", 0, NotCalendar},
		{"a picture", "\x89PNG\r\n\x1a\n\x00\x00", 0, NotCalendar},
		{"every second", eventOf(start, "RRULE:FREQ=SECONDLY"), 0, BadRule},
		{"never", eventOf(start, "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"), 0, NoDates},
		{"over before it begins", eventOf(start, "RRULE:FREQ=DAILY;UNTIL=20200101T000000Z"), 0, NoDates},
		{"two rules", eventOf(start, "RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY"), 0, BadRule},
		{"a rule of exceptions", eventOf(start, "EXRULE:FREQ=DAILY"), 0, BadRule},
		{"no start", eventOf(), 0, BadStart},
		{"no date", eventOf("DTSTART:tomorrow"), 0, BadStart},
		{"the year 1", eventOf("DTSTART:00010101T000000"), 0, BadStart},
		{"30 February", eventOf("DTSTART:20260230T090000"), 0, BadStart},
		{"on Mars", eventOf("DTSTART;TZID=Mars/Phobos:20260301T090000"), 0, UnknownZone},
		{"a file's name for a zone", eventOf("DTSTART;TZID=../../etc/passwd:20260301T090000"), 0, UnknownZone},
		{"an end before the start", eventOf(start, "DTEND:20260301T080000Z"), 0, BadEnd},
		{"an end in ten thousand years", eventOf("DTSTART:19000101T000000", "DTEND:98991231T235959"), 0, BadEnd},
		{"less than no time", eventOf(start, "DURATION:-PT5M"), 0, BadEnd},
		{"a long time", eventOf(start, "DURATION:P9999999W"), 0, BadEnd},
		{"a start off its rule", eventOf(start, "RRULE:FREQ=WEEKLY;BYDAY=TU"), 1, StartMoved},
		{"an exception that is none", eventOf(start, "RRULE:FREQ=DAILY", "EXDATE:never"), 1, BadException},
		{"from here on", eventOf(start, "RECURRENCE-ID;RANGE=THISANDFUTURE:20260301T090000Z"), 1, FromHereOn},
		{"a line that is none", eventOf(start, "hello"), 1, Malformed},
		{"a quote that does not end", eventOf(start, `X;Y="a:b`), 1, Malformed},
		{"deep", strings.Repeat("BEGIN:VCALENDAR\r\n", 50), 0, Malformed},
		{"a line that does not end", eventOf(start, "DESCRIPTION:"+strings.Repeat("x", 200_000)), 1, Malformed},
		{"many events", strings.Repeat(eventOf(start), MaxEvents+1), MaxEvents, TooLarge},
		{"a large file", eventOf(start) + strings.Repeat("X:"+strings.Repeat("x", 60_000)+"\r\n", 200), 1, TooLarge},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			calendar, faults, err := Read(strings.NewReader(c.text))
			if err != nil {
				t.Fatal(err)
			}
			if len(calendar.Events) != c.events {
				t.Errorf("%d events, want %d", len(calendar.Events), c.events)
			}
			if len(faults) == 0 || faults[0].Kind != c.fault || faults[0].Dropped != (c.events == 0 && faults[0].Line > 0 && c.fault != Malformed) {
				t.Errorf("faults %+v, want %s", faults, c.fault)
			}
		})
	}
}

// TestReadIsBounded: a file made to cost much costs little.
func TestReadIsBounded(t *testing.T) {
	begun := time.Now()
	for _, text := range []string{
		"BEGIN:VCALENDAR\r\n" + strings.Repeat("BEGIN:VEVENT\r\nDTSTART:20260301T090000\r\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30\r\nEND:VEVENT\r\n", 2000),
		"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20260301T090000\r\n" + strings.Repeat("EXDATE:"+strings.Repeat("20260301T090000,", 4000)+"20260301T090000\r\n", 100) + "END:VEVENT\r\n",
		"BEGIN:VCALENDAR\r\n" + strings.Repeat("BEGIN:VEVENT\r\nDTSTART;TZID="+strings.Repeat("A/", 100)+":20260301T090000\r\nEND:VEVENT\r\n", 5000),
		"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" + strings.Repeat(" x\r\n", 1_000_000),
	} {
		if _, _, err := Read(strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(begun); took > 30*time.Second {
		t.Errorf("took %v", took)
	}
}

func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/quirks/*.ics")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(eventOf("DTSTART:20260301T090000Z", "RRULE:FREQ=YEARLY;BYDAY=53MO", "DURATION:P1DT1H")))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, _, err := Read(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		// What was read can be written, and is then the same.
		c.Product = product
		for i := range c.Events {
			c.Events[i].Alarm = 0
		}
		var b bytes.Buffer
		if err := Write(&b, c); err != nil {
			t.Fatalf("%v: %+v", err, c)
		}
		again, _, err := Read(bytes.NewReader(b.Bytes()))
		if err != nil || len(again.Events) != len(c.Events) {
			t.Fatalf("%d events are read back as %d\n%s", len(c.Events), len(again.Events), b.Bytes())
		}
	})
}
