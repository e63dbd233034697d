package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/signaling/store"
	"partyline/signaling/store/storetest"
	"partyline/sip/billing"
)

// TestWaitingCalls are kept as they are until they are dropped, however many.
func TestWaitingCalls(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
		var all []billing.Waiting
		var ids []string
		for i := range 500 {
			c := billing.Waiting{
				Call: fmt.Sprintf("c%03d", i), Batch: "b1", Meeting: "m1", Person: "ann", Number: "+861065529988,12", Name: "韩梅梅", Known: i%2 == 0, At: at,
			}
			all, ids = append(all, c), append(ids, c.Call)
		}
		if err := s.AddWaiting(t.Context(), all); err != nil {
			t.Fatal(err)
		}
		if err := s.AddWaiting(t.Context(), all[:1]); err == nil {
			t.Error("the same call waits twice")
		}
		if err := s.DropWaiting(t.Context(), append(ids[3:], "unknown")...); err != nil {
			t.Fatal(err)
		}
		left, err := s.Waiting(t.Context())
		if diff := cmp.Diff(all[:3], left); diff != "" || err != nil {
			t.Errorf("%v\n%s", err, diff)
		}
	})
}

// TestWhoHasARecordDoesNotWait: the program may stop between a call's record and
// the end of its waiting. Others of the batch wait on.
func TestWhoHasARecordDoesNotWait(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		placed := call("attempt-1")
		placed.Batch, placed.To = "b1", "+861065529988"
		at := placed.Setup.Add(-time.Second)
		wait := func(id, batch, number string) billing.Waiting {
			return billing.Waiting{Call: id, Batch: batch, Meeting: "m1", Person: "ann", Number: number, At: at}
		}
		other, later := wait("c2", "b1", "+861065529989"), wait("c3", "b2", "+861065529988")
		if err := s.AddWaiting(t.Context(), []billing.Waiting{wait("c1", "b1", "+861065529988,12"), other, later}); err != nil {
			t.Fatal(err)
		}
		if err := s.AddRecords(t.Context(), []billing.CDR{placed}); err != nil {
			t.Fatal(err)
		}
		left, err := s.Waiting(t.Context())
		if diff := cmp.Diff([]billing.Waiting{other, later}, left); diff != "" || err != nil {
			t.Errorf("%v\n%s", err, diff)
		}
	})
}
