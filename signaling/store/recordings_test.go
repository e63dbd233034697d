package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/signaling/meeting"
	"partyline/signaling/store"
	"partyline/signaling/store/storetest"
)

func TestRecordings(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		r1 := meeting.Recording{ID: "r1", Meeting: "m1", Room: "m1", Person: "ann", Name: "Ann", StartedAt: start}
		r2 := meeting.Recording{ID: "r2", Meeting: "m1", Room: "m1/2", Name: "Caller 3", StartedAt: start.Add(time.Hour)}
		r3 := meeting.Recording{ID: "r3", Meeting: "m2", Room: "m2", Name: "x", StartedAt: start.Add(2 * time.Hour)}
		for _, r := range []meeting.Recording{r1, r2, r3} {
			if err := s.AddRecording(ctx, r); err != nil {
				t.Fatal(err)
			}
		}
		ended, removed := start.Add(30*time.Minute), start.Add(24*time.Hour)
		for range 2 { // the first word counts
			if err := s.EndRecording(ctx, "r1", ended); err != nil {
				t.Fatal(err)
			}
			ended = ended.Add(time.Minute)
		}
		r1.EndedAt = start.Add(30 * time.Minute)
		got, err := s.Recording(ctx, "r1")
		if diff := cmp.Diff(r1, got); err != nil || diff != "" {
			t.Errorf("read: %v\n%s", err, diff)
		}
		of := func(want ...meeting.Recording) {
			t.Helper()
			got, err := s.RecordingsOf(ctx, "m1")
			if diff := cmp.Diff(append([]meeting.Recording{}, want...), got); err != nil || diff != "" {
				t.Errorf("of m1: %v\n%s", err, diff)
			}
		}
		of(r2, r1)
		old, err := s.RecordingsBefore(ctx, start.Add(2*time.Hour))
		if diff := cmp.Diff([]meeting.Recording{r1, r2}, old); err != nil || diff != "" {
			t.Errorf("old ones: %v\n%s", err, diff)
		}
		if err := s.RemoveRecording(ctx, "r2", "ann", removed); err != nil {
			t.Fatal(err)
		}
		of(r1)
		r2.RemovedAt, r2.RemovedBy = removed, "ann"
		if got, err = s.Recording(ctx, "r2"); err != nil || cmp.Diff(r2, got) != "" {
			t.Errorf("what was removed is noted as %+v, %v", got, err)
		}
		for what, err := range map[string]error{
			"end":    s.EndRecording(ctx, "none", ended),
			"remove": s.RemoveRecording(ctx, "none", "", removed),
			"read":   func() error { _, err := s.Recording(ctx, "none"); return err }(),
		} {
			if !errors.Is(err, meeting.ErrNoRecording) {
				t.Errorf("%s what is not there: %v", what, err)
			}
		}
	})
}
