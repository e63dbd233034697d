package ical

import (
	"encoding/json"
	"testing"
	"time"
)

func TestWall(t *testing.T) {
	w, err := ParseWall("20260301T090000")
	if err != nil {
		t.Fatal(err)
	}
	if w != NewWall(2026, time.March, 1, 9, 0, 0) {
		t.Errorf("parsed as %v", w)
	}
	if got := w.String(); got != "20260301T090000" {
		t.Errorf("String() = %q", got)
	}
	if got := w.Weekday(); got != time.Sunday {
		t.Errorf("2026-03-01 is a %v", got)
	}
	if got := w.AddDays(-1).String(); got != "20260228T090000" {
		t.Errorf("the day before is %q", got)
	}
	if !(Wall{}).Before(w) || !w.After(Wall{}) || w.Compare(w) != 0 {
		t.Error("the order of walls is wrong")
	}
	var zero Wall
	if !zero.IsZero() || w.IsZero() || zero.String() != "" {
		t.Error("the zero wall is no time at all")
	}
	newYork, _ := Zone("America/New_York")
	if got := WallOf(time.Date(2026, 3, 1, 14, 0, 0, 0, time.UTC).In(newYork)); got != w {
		t.Errorf("clocks in New York show %v", got)
	}
}

func TestWallJSON(t *testing.T) {
	for text, want := range map[string]Wall{
		`"2026-03-01T09:00"`:    NewWall(2026, time.March, 1, 9, 0, 0),
		`"2026-12-31T23:59:59"`: NewWall(2026, time.December, 31, 23, 59, 59),
		`""`:                    {},
	} {
		var w Wall
		if err := json.Unmarshal([]byte(text), &w); err != nil || w != want {
			t.Errorf("%s is read as %v (%v)", text, w, err)
		}
		if back, _ := json.Marshal(w); string(back) != text {
			t.Errorf("%s is written as %s", text, back)
		}
	}
}

func TestWallsThatAreNone(t *testing.T) {
	for _, text := range []string{
		"", "today", "20260229T090000", "2026-02-30T09:00", "20260301T240000", "20260301T090060",
		"20260301T090000Z", "2026-03-01", "2026-03-01 09:00", "00000101T000000", "2026-3-1T9:00",
	} {
		if w, err := ParseWall(text); err == nil {
			t.Errorf("%q is read as %v", text, w)
		}
	}
}

func FuzzParseWall(f *testing.F) {
	f.Add("20260301T090000")
	f.Add("2026-03-01T09:00")
	f.Add("2026-03-01T09:00:01")
	f.Fuzz(func(t *testing.T, text string) {
		w, err := ParseWall(text)
		if err != nil {
			return
		}
		if back, err := ParseWall(w.String()); !w.IsZero() && (err != nil || back != w) {
			t.Errorf("%q → %v → %v (%v)", text, w, back, err)
		}
	})
}
