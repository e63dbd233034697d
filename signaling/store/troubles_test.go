package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/signaling/alert"
	"partyline/signaling/store"
	"partyline/signaling/store/storetest"
)

// TestTroubles: a trouble has one keeper until that one does not come again, and
// whoever comes then knows what was told.
func TestTroubles(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		down := alert.Trouble{Kind: alert.TrunkDown, Of: "carrier", Figure: 1, Began: start}
		disk := alert.Trouble{Kind: alert.DiskLow, Figure: 0.5, Began: start.Add(time.Minute)}
		take := func(keeper string, lease time.Duration, found []alert.Trouble, want ...alert.Trouble) {
			t.Helper()
			got, err := s.TakeTroubles(ctx, keeper, found, lease)
			if diff := cmp.Diff(want, got); err != nil || diff != "" && len(want)+len(got) > 0 {
				t.Fatalf("%s has (%v):\n%s", keeper, err, diff)
			}
		}
		take("a", time.Hour, nil)
		take("a", time.Hour, []alert.Trouble{down}, down)
		take("b", time.Hour, []alert.Trouble{down, disk}, disk) // the other is a's
		if err := s.TroubleTold(ctx, "b", down); err != nil {   // who has no say
			t.Fatal(err)
		}
		take("a", time.Hour, nil, down)
		if err := s.TroubleTold(ctx, "a", down); err != nil {
			t.Fatal(err)
		}
		later := down
		later.Figure, later.Began = 2, start.Add(time.Hour)
		down.Figure, down.Told = 2, true
		take("a", 0, []alert.Trouble{later}, down) // it began when it did, and is not told again
		take("c", time.Hour, nil, down)            // a did not come in time
		if err := s.ForgetTrouble(ctx, "a", down); err != nil {
			t.Fatal(err)
		}
		take("c", time.Hour, nil, down)
		if err := s.ForgetTrouble(ctx, "c", down); err != nil {
			t.Fatal(err)
		}
		take("c", time.Hour, nil)
	})
}
