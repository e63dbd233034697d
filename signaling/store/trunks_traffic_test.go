package store_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/metrics/quality"
	"partyline/signaling/health"
	"partyline/signaling/store"
	"partyline/signaling/store/storetest"
	"partyline/sip/billing"
)

// placed are calls over a trunk as they end, one of them over another trunk.
func placed(t testing.TB) []billing.CDR {
	end := func(id string, status int, cause billing.Cause, rang, answered bool) billing.CDR {
		c := fullRecord(t, id)
		c.Direction, c.Status, c.Q850, c.Cause, c.Cost = billing.Outbound, status, billing.Q850(status), cause, 0
		if !answered {
			c.Answer = time.Time{}
		} else {
			c.Cost = 208_000
		}
		if !rang {
			c.Ring = time.Time{}
		}
		return c
	}
	all := []billing.CDR{
		end("a", 200, billing.CauseHungUp, true, true),
		end("b", 200, billing.CauseNoMoney, true, true),
		end("c", 486, billing.CauseBusy, false, false),
		end("d", 487, billing.CauseNoAnswer, true, false),
		end("e", 503, billing.CauseUnreachable, false, false),
		end("f", 0, billing.CauseTrunkDown, false, false),
		end("g", 0, billing.CauseNoMoney, false, false), // no INVITE left
		end("h", 0, billing.CauseRefused, false, false),
		end("i", 200, billing.CauseHungUp, false, true),
		end("j", 404, billing.CauseWrongNumber, false, false),
		end("k", 200, billing.CauseHungUp, true, true),
	}
	all[9].Trunk = "carrier-b"
	all[10].Direction = billing.Inbound
	return all
}

func wantTrunks() []health.TrunkSum {
	return []health.TrunkSum{
		{
			Trunk:  "carrier-a",
			Setups: map[quality.Setup]int{quality.SetupAnswered: 3, quality.SetupBusy: 1, quality.SetupUnanswered: 1, quality.SetupIneffective: 2},
			PDD:    1833 * time.Millisecond, PDD95: 4600 * time.Millisecond, Talked: 183 * time.Second, Cost: 624_000,
			Outcomes: []health.Outcome{{Status: 200, Q850: 16, Calls: 3}, {Status: 0, Q850: 0, Calls: 1}, {Status: 486, Q850: 17, Calls: 1}, {Status: 487, Q850: 16, Calls: 1}, {Status: 503, Q850: 41, Calls: 1}},
		},
		{Trunk: "carrier-b", Setups: map[quality.Setup]int{quality.SetupWrongNumber: 1}, Outcomes: []health.Outcome{{Status: 404, Q850: 1, Calls: 1}}},
	}
}

func trunkSums(t *testing.T, s *store.Store) []health.TrunkSum {
	t.Helper()
	got, err := s.TrunkSums(t.Context(), start.AddDate(0, 0, -1), start.AddDate(0, 0, 1))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestTrunkSums(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if err := s.AddRecords(t.Context(), placed(t)); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(wantTrunks(), trunkSums(t, s)); d != "" {
			t.Error(d)
		}
		keep(t, s, quality.Batch{Legs: someLegs(20)})
		if got := trunkSums(t, s); got[0].Trunk != "carrier-0" || got[0].Legs != 2 || got[2].Trunk != "carrier-a" {
			t.Errorf("with legs: %+v", got)
		}
		f := always()
		days, _, err := s.Days(t.Context(), f)
		if err != nil || days[0].Calls != 8 || days[0].FailedCalls != 2 {
			t.Errorf("by day: %+v, %v", days, err)
		}
		f.Where = where("kind", "browser")
		if days, _, err = s.Days(t.Context(), f); err != nil || days[0].Calls != 0 {
			t.Errorf("of browsers: %+v, %v", days, err)
		}
	})
}

// TestTrafficOfSettledCalls closes a call as the desk does.
func TestTrafficOfSettledCalls(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		c := placed(t)[0]
		if _, err := s.Open(t.Context(), c, holdOf(0)); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second time it is settled already
			_, _ = s.Settle(t.Context(), c, billing.Charge{Micro: 208_000, Seconds: 66})
		}
		got := trunkSums(t, s)
		if len(got) != 1 || got[0].Setups[quality.SetupAnswered] != 1 || got[0].Cost != 208_000 {
			t.Errorf("%+v", got)
		}
	})
}

// TestTrafficOfOldCalls sums up what was recorded before there were sums.
func TestTrafficOfOldCalls(t *testing.T) {
	eachConfig(t, func(t *testing.T, cfg store.Config, raw *sql.DB) {
		s, err := openStore(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.AddRecords(t.Context(), placed(t)); err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if _, err := raw.Exec(`DELETE FROM trunk_hour; DELETE FROM trunk_outcome`); err != nil {
			t.Fatal(err)
		}
		migrateFrom(t, raw, "00016_quality.sql", "INSERT INTO trunk_hour")
		if d := cmp.Diff(wantTrunks(), trunkSums(t, s)); d != "" {
			t.Error(d)
		}
	})
}

// migrateFrom runs the statements of a migration from one on, as if the database
// had not seen them.
func migrateFrom(t *testing.T, raw *sql.DB, file, first string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("migrations", file))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), first)
	if !ok {
		t.Fatalf("%s has no %q", file, first)
	}
	if _, err := raw.Exec(first + rest); err != nil {
		t.Fatal(err)
	}
}
