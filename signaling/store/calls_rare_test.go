package store_test

import (
	"strings"
	"testing"
	"time"

	"partyline/signaling/store"
	"partyline/signaling/store/storetest"
	"partyline/sip/billing"
)

// TestRareSearches finds one call of two by what the other has not: as it was
// when it was opened, and as it is when it is over.
func TestRareSearches(t *testing.T) {
	longCallID := strings.Repeat("0123456789abcdef", 1000) + "@host"
	least := func(n int64) billing.Range { return billing.Range{Least: &n} }
	searches := map[string]billing.Search{
		"occurrence": {Occurrence: "m1/2026-11-23"}, "batch": {Batch: "batch"}, "parent": {Parent: "parent"}, "deck": {Deck: "7"}, "Call-ID": {CallID: longCallID}, "rate": {RatePrefix: "86138"},
		"attempt": {Attempt: least(2)}, "keys": {Keys: least(1)}, "delay": {PDD: least(2000)},
		"loss": {Loss: least(34)}, "jitter": {Jitter: least(6000)}, "round trip": {RTT: least(40_000)},
		"several": {Occurrence: "m1/2026-11-23", Loss: least(1), Country: "CN"},
	}
	worse := map[string]billing.Search{
		"batch": {Batch: "other"}, "Call-ID": {CallID: longCallID + "x"}, "a Call-ID's beginning": {CallID: longCallID[:64]}, "occurrence of before": {Occurrence: "elsewhere"}, "attempt": {Attempt: least(3)}, "loss": {Loss: least(35)}, "jitter": {Jitter: least(6001)},
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		full := fullRecord(t, "full")
		full.CallID = longCallID
		opened := full
		opened.Occurrence, opened.Quality, opened.Keys, opened.Ring = "elsewhere", billing.Quality{}, 0, time.Time{}
		for _, c := range []billing.CDR{opened, call("bare")} {
			if _, err := s.Open(t.Context(), c, billing.Hold{}); err != nil {
				t.Fatal(err)
			}
			if c.ID == full.ID {
				c = full
			}
			if _, err := s.Settle(t.Context(), c, billing.Charge{}); err != nil {
				t.Fatal(err)
			}
		}
		find := func(name string, q billing.Search, want int) {
			t.Helper()
			for _, to := range []time.Time{{}, start.Add(time.Hour)} {
				q.To = to
				found, err := s.Records(t.Context(), q, billing.Place{}, 10)
				if err != nil || len(found) != want || want == 1 && found[0].ID != "full" {
					t.Errorf("by %s: %d calls, %v", name, len(found), err)
				}
			}
		}
		for name, q := range searches {
			find(name, q, 1)
		}
		for name, q := range worse {
			find(name, q, 0)
		}
	})
}
