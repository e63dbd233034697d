package store_test

import (
	"testing"

	"partyline/signaling/store"
	"partyline/signaling/store/storetest"
	"partyline/sip/billing"
)

// TestNamesInAnyCase finds calls by a part of either name, in any script's upper
// and lower case, and as the name is once the call is over.
func TestNamesInAnyCase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		record := fullRecord(t, "c1")
		record.PersonName, record.Name = "Jürgen ÄNDERS", "nobody yet"
		if _, err := s.Open(t.Context(), record, billing.Hold{}); err != nil {
			t.Fatal(err)
		}
		record.Name = "Ольга 100%"
		if _, err := s.Settle(t.Context(), record, billing.Charge{}); err != nil {
			t.Fatal(err)
		}
		for query, want := range map[string]int{
			"änders": 1, "JÜRGEN": 1, "ольга": 1, "ОЛЬГА": 1, "100%": 1, "nobody": 0, "1_0": 0, "anders": 0, "ers ольга": 0,
		} {
			found, err := s.Records(t.Context(), billing.Search{Name: query}, billing.Place{}, 10)
			if err != nil || len(found) != want {
				t.Errorf("%q finds %d, %v", query, len(found), err)
			}
		}
	})
}
