package ical

import (
	"archive/zip"
	"fmt"
	"io"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestRulesElsewhere: dateutil, which shares nothing with our expander, finds
// the same dates for rules of every kind.
func TestRulesElsewhere(t *testing.T) {
	draw := rand.New(rand.NewPCG(5545, 1))
	var c Calendar
	for len(c.Events) < 300 {
		text := randomRule(draw)
		rule, err := ParseRule(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		start, ok := rule.First(NewWall(2024, time.January, 1+draw.IntN(400), 9, 30, 0))
		if !ok {
			continue
		}
		c.Events = append(c.Events, Event{UID: text, Stamp: stamp, Title: "x", Start: start, Minutes: 30, Rule: rule})
	}
	got := readElsewhere(t, written(t, c))
	for i, e := range c.Events {
		var want []string
		for w := range e.Rule.Expand(e.Start, e.Start, Wall{maxWall}) {
			if want = append(want, w.UTC().Format("2006-01-02T15:04:05")); len(want) == 60 {
				break
			}
		}
		dates := got.Events[i].Dates
		if len(dates) > 60 {
			dates = dates[:60]
		}
		if diff := cmp.Diff(dates, want); diff != "" {
			t.Errorf("%s from %v (-dateutil +ours):\n%s", e.Rule, e.Start, diff)
		}
	}
}

// randomRule is a rule with dates not too far apart.
func randomRule(draw *rand.Rand) string {
	some := func(n int, values ...string) string {
		draw.Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })
		return strings.Join(values[:n], ",")
	}
	weekdays := func() []string { return []string{"MO", "TU", "WE", "TH", "FR", "SA", "SU"} }
	rule := fmt.Sprintf("INTERVAL=%d;COUNT=%d", 1+draw.IntN(4), 1+draw.IntN(40))
	if draw.IntN(2) == 0 {
		rule += ";WKST=SU"
	}
	month := ""
	if draw.IntN(3) == 0 {
		month = ";BYMONTH=" + some(1+draw.IntN(3), "1", "2", "3", "6", "11", "12")
	}
	switch draw.IntN(8) {
	case 0:
		return "FREQ=DAILY;" + rule + month
	case 1:
		return "FREQ=DAILY;" + rule + month + ";BYDAY=" + some(2, weekdays()...)
	case 2:
		return "FREQ=WEEKLY;" + rule + month + ";BYDAY=" + some(1+draw.IntN(5), weekdays()...)
	case 3:
		return "FREQ=MONTHLY;" + rule + month + ";BYMONTHDAY=" + some(1+draw.IntN(4), "1", "13", "28", "31", "-1", "-3")
	case 4:
		return "FREQ=MONTHLY;" + rule + month + ";BYDAY=" + some(1+draw.IntN(2), "1MO", "-1FR", "2TU", "3WE", "5TH", "-5SA")
	case 5:
		return "FREQ=MONTHLY;" + rule + ";BYDAY=" + some(1+draw.IntN(5), weekdays()...) + ";BYSETPOS=" + some(1+draw.IntN(2), "1", "-1", "3", "-2")
	case 6:
		return "FREQ=YEARLY;" + rule + month + ";BYDAY=" + some(1+draw.IntN(2), "1MO", "-1SU", "2TH")
	}
	return "FREQ=YEARLY;" + rule + month + ";BYMONTHDAY=" + some(1+draw.IntN(3), "1", "15", "29", "-1") + ";BYDAY=" + some(4, weekdays()...)
}

// TestResolveWithAnotherDatabase: the golden cases hold with the database of the
// Go distribution as well as with that of the system, which Zone prefers.
func TestResolveWithAnotherDatabase(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Skip("no Go distribution:", err)
	}
	database, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(out)), "lib/time/zoneinfo.zip"))
	if err != nil {
		t.Skip("the Go distribution has no time zones:", err)
	}
	defer database.Close()
	zones := Zones{Load: func(name string) (*time.Location, error) {
		file, err := database.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		text, err := io.ReadAll(file)
		if err != nil {
			return nil, err
		}
		return time.LoadLocationFromTZData(name, text)
	}}
	checkResolve(t, zones.Zone)
}

// TestRulesOfClocksChange: when a country gives up summer time, the same wall
// times are other instants and nothing else changes.
func TestRulesOfClocksChange(t *testing.T) {
	series := Series{Start: NewWall(2030, time.January, 7, 9, 0, 0), Rule: mustRule(t, "FREQ=MONTHLY;BYDAY=1MO;COUNT=12")}
	all := func(rule string) []Date {
		zones := Zones{Load: func(name string) (*time.Location, error) { return time.LoadLocationFromTZData(name, compiled(rule)) }}
		berlin, err := zones.Zone("Europe/Berlin")
		if err != nil {
			t.Fatal(err)
		}
		return series.Between(berlin, time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC))
	}
	before, after := all("CET-1CEST,M3.5.0,M10.5.0/3"), all("CET-1")
	if len(before) != 12 || len(after) != 12 {
		t.Fatalf("%d dates before, %d after", len(before), len(after))
	}
	for i, d := range before {
		summer := d.Wall.UTC().Month() >= time.April && d.Wall.UTC().Month() <= time.October
		shift := after[i].Start.Sub(d.Start)
		if after[i].Wall != d.Wall || (shift == time.Hour) != summer || !summer && shift != 0 {
			t.Errorf("%v is %v later", d.Wall, shift)
		}
	}
}

// compiled is a zone of one rule, as a time zone compiler writes it (RFC 8536).
func compiled(rule string) []byte {
	var b strings.Builder
	for range 2 { // version 1 and version 2
		b.WriteString("TZif2" + strings.Repeat("\x00", 15))
		b.WriteString("\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x04")
		b.WriteString("\x00\x00\x0e\x10\x00\x00CET\x00") // one hour east, no summer time, abbreviation 0
	}
	b.WriteString("\n" + rule + "\n")
	return []byte(b.String())
}

// BenchmarkMonth expands 10,000 series for a month, as the calendar of a whole
// company is.
func BenchmarkMonth(b *testing.B) {
	rules := []string{
		"", "FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH", "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR",
		"FREQ=MONTHLY;BYDAY=-1FR", "FREQ=MONTHLY;BYMONTHDAY=31", "FREQ=WEEKLY;BYDAY=WE;COUNT=500", "FREQ=YEARLY",
		"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
	}
	names := []string{"Europe/Berlin", "Asia/Shanghai", "America/New_York", "America/Santiago"}
	type planned struct {
		Series
		loc *time.Location
	}
	var all []planned
	for i := range 10_000 {
		s := Series{Start: NewWall(2020+i%7, time.January, 1+i%28, 8+i%10, 0, 0)}
		s.Rule = mustRule(b, rules[i%len(rules)])
		all = append(all, planned{s, mustZone(b, names[i%len(names)])})
	}
	from := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	b.ResetTimer()
	for b.Loop() {
		dates := 0
		for _, s := range all {
			dates += len(s.Between(s.loc, from, from.AddDate(0, 1, 0)))
		}
		b.ReportMetric(float64(dates), "dates")
	}
}
