package store_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"partyline/metrics/quality"
	"partyline/signaling/health"
	"partyline/signaling/store"
	"partyline/signaling/store/storetest"
)

const day = 24 * time.Hour

// TestSweep keeps the same of a day long ago and of a later one, and lets the
// time pass.
func TestSweep(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		legs := someLegs(2)
		later := start.Add(10 * day)
		legs[1].Leg.Began, legs[1].Leg.Ended, legs[1].Leg.Name = later, later.Add(time.Hour), "Somebody Else"
		b := quality.Batch{Legs: legs}
		for i := range 1200 { // more than one step
			b.Chunks = append(b.Chunks, quality.NewChunk(legs[0].Leg.ID, []quality.Sample{{At: start.Add(time.Duration(i) * time.Second), Span: time.Second}}))
		}
		b.Chunks = append(b.Chunks, quality.NewChunk(legs[1].Leg.ID, []quality.Sample{{At: later, Span: time.Second}}))
		for i, at := range []time.Time{start, later} {
			b.Events = append(b.Events, quality.Happening{Leg: legs[i].Leg.ID, Number: 1, Event: quality.Event{At: at, What: quality.EventJoined}})
			b.Joins = append(b.Joins, quality.Join{Leg: legs[i].Leg.ID, Kind: quality.Browser, Began: at, Failed: quality.StageICE})
			if err := s.Rate(t.Context(), health.Rating{Leg: legs[i].Leg.ID, At: at, Stars: 3}); err != nil {
				t.Fatal(err)
			}
		}
		keep(t, s, b)
		if err := s.AddRecords(t.Context(), placed(t)); err != nil {
			t.Fatal(err)
		}
		sweep := func(r store.Retention, age time.Duration) int {
			t.Helper()
			n, err := s.Sweep(t.Context(), r, start.Add(age))
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		keepAll := store.Retention{Samples: 30 * day, Evidence: 14 * day, Legs: 40 * day, RollUps: 80 * day}
		if n := sweep(keepAll, 25*day) + sweep(store.Retention{}, 1000*day); n != 0 {
			t.Errorf("%d rows deleted too early", n)
		}
		if n := sweep(keepAll, 35*day); n != 1202 {
			t.Errorf("%d rows deleted of samples", n)
		}
		courses, err := s.Courses(t.Context(), []string{legs[0].Leg.ID, legs[1].Leg.ID})
		if _, old := courses[legs[0].Leg.ID]; err != nil || old || len(courses) != 1 {
			t.Errorf("samples of %d legs, %v", len(courses), err)
		}
		if failed, err := s.FailedJoins(t.Context(), start, later.Add(day), "", 10); err != nil || len(failed) != 1 {
			t.Errorf("%d joins, %v", len(failed), err)
		}
		sweep(keepAll, 45*day)
		if _, err := s.Leg(t.Context(), legs[0].Leg.ID); !errors.Is(err, health.ErrNoLeg) {
			t.Errorf("the old leg: %v", err)
		}
		if _, err := s.Leg(t.Context(), legs[1].Leg.ID); err != nil {
			t.Errorf("the later leg: %v", err)
		}
		if all, err := s.Sessions(t.Context(), always(), health.Newest, health.Place{}, 10); err != nil || len(all) != 1 {
			t.Errorf("%d sittings, %v", len(all), err)
		}
		sums := func() (n int) {
			groups, err := s.Groups(t.Context(), health.Filter{From: start.Add(-day).Truncate(time.Hour), To: later.Add(day).Truncate(time.Hour), Zone: time.UTC}, health.ByKind, 9)
			if err != nil {
				t.Fatal(err)
			}
			for _, g := range groups {
				n += g.Legs
			}
			return n
		}
		if n := sums(); n != 2 {
			t.Errorf("sums of %d legs", n)
		}
		sweep(keepAll, 85*day)
		if n, trunks := sums(), trunkSums(t, s); n != 1 || len(trunks) != 0 {
			t.Errorf("later, sums of %d legs and %d trunks", n, len(trunks))
		}
	})
}

// TestSweepEndsLost ends a leg whose server has stopped.
func TestSweepEndsLost(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		live := someLegs(1)[0]
		live.Leg.Ended, live.Leg.Dropped = time.Time{}, false
		keep(t, s, quality.Batch{Legs: []quality.Record{live}})
		if _, err := s.Sweep(t.Context(), store.DefaultRetention(), time.Now().Add(14*time.Minute)); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Leg(t.Context(), live.Leg.ID); err != nil || !got.Leg.Ended.IsZero() {
			t.Errorf("while somebody writes about it: %+v, %v", got.Leg, err)
		}
		if _, err := s.Sweep(t.Context(), store.Retention{}, time.Now().Add(16*time.Minute)); err != nil {
			t.Fatal(err)
		}
		got, err := s.Leg(t.Context(), live.Leg.ID)
		if err != nil || got.Leg.Ended.IsZero() || got.Leg.Cause != "lost" || !got.Leg.Dropped || got.Summary.Samples != live.Summary.Samples {
			t.Errorf("%+v, %v", got.Leg, err)
		}
		if groups, err := s.Groups(t.Context(), always(), health.ByKind, 9); err != nil || len(groups) != 1 || groups[0].Dropped != 1 {
			t.Errorf("%+v, %v", groups, err)
		}
	})
}

// TestSweepForReal looks for what was deleted in the files of the database.
func TestSweepForReal(t *testing.T) {
	dir := t.TempDir()
	s, err := openStore(t.Context(), store.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	all := someLegs(300)
	for i := range all {
		all[i].Leg.Name, all[i].Leg.Number = "Very Secret Name", "+4930999888777"
	}
	keep(t, s, quality.Batch{Legs: all})
	if _, err := s.Sweep(t.Context(), store.DefaultRetention(), start.Add(500*day)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"Very Secret Name", "very secret name", "+4930999888777"} {
			if n := bytes.Count(data, []byte(secret)); n > 0 {
				t.Errorf("%s has %q %d times", filepath.Base(file), secret, n)
			}
		}
	}
}
