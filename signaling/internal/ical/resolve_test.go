package ical

import (
	"testing"
	"time"
)

// TestResolve has the cases of RFC 5545 §3.3.5 and one of each kind of change
// of clocks. time.Date has five of them wrong.
func TestResolve(t *testing.T) { checkResolve(t, Zone) }

func checkResolve(t *testing.T, zone func(string) (*time.Location, error)) {
	t.Helper()
	cases := []struct {
		zone, wall, want string
		fit              Fit
	}{
		{"America/New_York", "20070311T023000", "2007-03-11T03:30:00-04:00", Gap},
		{"America/New_York", "20071104T013000", "2007-11-04T01:30:00-04:00", Twice},
		{"America/New_York", "20260308T023000", "2026-03-08T03:30:00-04:00", Gap},
		{"America/New_York", "20260308T030000", "2026-03-08T03:00:00-04:00", Exact},
		{"America/New_York", "20261101T013000", "2026-11-01T01:30:00-04:00", Twice},
		{"America/New_York", "20261101T020000", "2026-11-01T02:00:00-05:00", Exact},
		{"Europe/Berlin", "20260329T023000", "2026-03-29T03:30:00+02:00", Gap},
		{"Europe/Berlin", "20261025T023000", "2026-10-25T02:30:00+02:00", Twice},
		{"Europe/London", "20260329T013000", "2026-03-29T02:30:00+01:00", Gap},
		{"Europe/London", "20261025T013000", "2026-10-25T01:30:00+01:00", Twice},
		{"Australia/Lord_Howe", "20261004T021500", "2026-10-04T02:45:00+11:00", Gap},
		{"Australia/Lord_Howe", "20260405T014500", "2026-04-05T01:45:00+11:00", Twice},
		{"America/Santiago", "20260906T003000", "2026-09-06T01:30:00-03:00", Gap},
		{"America/Santiago", "20260404T233000", "2026-04-04T23:30:00-03:00", Twice},
		{"Asia/Shanghai", "20260329T023000", "2026-03-29T02:30:00+08:00", Exact},
		{"Asia/Kolkata", "20260701T120000", "2026-07-01T12:00:00+05:30", Exact},
		{"Pacific/Apia", "20111230T120000", "2011-12-31T12:00:00+14:00", Gap}, // the day that Samoa left out
		{"Pacific/Apia", "20111231T120000", "2011-12-31T12:00:00+14:00", Exact},
		{"UTC", "20260329T023000", "2026-03-29T02:30:00Z", Exact},
		{"America/New_York", "20281231T120000", "2028-12-31T12:00:00-05:00", Exact}, // time.ZoneBounds ends leap years early
		{"America/New_York", "22000709T120000", "2200-07-09T12:00:00-04:00", Exact},
	}
	for _, c := range cases {
		loc, err := zone(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		wall, err := ParseWall(c.wall)
		if err != nil {
			t.Fatal(err)
		}
		at, fit := Resolve(wall, loc)
		if got := at.Format(time.RFC3339); got != c.want || fit != c.fit {
			t.Errorf("%s in %s is %s (%v), want %s (%v)", c.wall, c.zone, got, fit, c.want, c.fit)
		}
	}
}

// TestResolveTellsTheTruth goes through two years, one of them a leap year, in
// steps of 30 minutes in zones that change in different ways: an instant that shows the wall time is
// found, and none earlier shows it.
func TestResolveTellsTheTruth(t *testing.T) {
	for _, name := range []string{"America/New_York", "Australia/Lord_Howe", "America/Santiago", "Africa/Casablanca", "Asia/Gaza", "Asia/Shanghai"} {
		loc, err := Zone(name)
		if err != nil {
			t.Fatal(err)
		}
		first := map[Wall]time.Time{}
		times := map[Wall]int{}
		begin := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
		end := begin.AddDate(2, 0, 0)
		for at := begin; at.Before(end); at = at.Add(30 * time.Minute) {
			w := WallOf(at.In(loc))
			if times[w]++; times[w] == 1 {
				first[w] = at
			}
		}
		for w := WallOf(begin).AddDays(2); w.Before(WallOf(end).AddDays(-2)); w = w.Add(30 * time.Minute) {
			at, fit := Resolve(w, loc)
			want := Fit([]Fit{Gap, Exact, Twice}[times[w]])
			if fit != want {
				t.Fatalf("%v in %s: %v, want %v", w, name, fit, want)
			}
			if fit != Gap && !at.Equal(first[w]) {
				t.Fatalf("%v in %s: %v, want %v", w, name, at, first[w])
			}
		}
	}
}

func TestZonesThatAreNone(t *testing.T) {
	for _, name := range []string{
		"", "Local", "localtime", "Mars/Phobos", "../../etc/passwd", "/etc/localtime", "right/UTC", "posix/UTC",
		"Eastern Standard Time", "GMT+1:00 ", "Factory", "Europe\x00Berlin", "europe/berlin",
	} {
		if loc, err := Zone(name); err == nil {
			t.Errorf("%q is taken for %v", name, loc)
		}
	}
}

// TestZonesKeepWhatTheyFound: a zone is loaded once, whichever version of the
// database it came from.
func TestZonesKeepWhatTheyFound(t *testing.T) {
	loads := 0
	zones := Zones{Load: func(name string) (*time.Location, error) {
		loads++
		return Zone(name)
	}}
	for range 3 {
		if _, err := zones.Zone("Europe/Berlin"); err != nil {
			t.Fatal(err)
		}
		if _, err := zones.Zone("Mars/Phobos"); err == nil {
			t.Fatal("Mars has zones")
		}
	}
	if loads != 4 {
		t.Errorf("loaded %d times, want once for Berlin and thrice in vain", loads)
	}
}
