package store_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"partyline/signaling/store"
	"partyline/sip/billing"
)

// crashDSN tells the test binary to keep calls in that database until it is
// killed.
const crashDSN = "PARTYLINE_TEST_CRASH_DSN"

// TestKilledLedger kills a program that opens, extends and settles calls, again
// and again. What it was told is written is there, the sums agree, and
// everything can be settled.
func TestKilledLedger(t *testing.T) {
	if dsn := os.Getenv(crashDSN); dsn != "" {
		keepCalling(t, dsn)
	}
	eachConfig(t, func(t *testing.T, cfg store.Config, _ *sql.DB) {
		s, err := openStore(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		addBudgets(t, s, billing.Budget{ID: "b1", Period: billing.Month, Limit: 1e12, Hard: true}, billing.Budget{ID: "b2", Payer: ann, Period: billing.Day, Limit: 1e12})
		dsn := cfg.DSN
		if dsn == "" {
			dsn = "sqlite:" + cfg.Dir + "/partyline.db"
		}
		for run := range 2 {
			acknowledged := killed(t, dsn, fmt.Sprint("run", run), 20+30*run)
			if err := s.ProveLedger(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, line := range acknowledged {
				what, id, _ := strings.Cut(line, " ")
				c, err := s.Record(t.Context(), id)
				if err != nil || what == "settled" && (c.State != billing.Closed || c.Cost != 7) {
					t.Errorf("it was told that %s is %s: %+v, %v", id, what, c, err)
				}
			}
		}
		left, err := s.Unsettled(t.Context())
		if err != nil || len(left) == 0 {
			t.Fatalf("%d were cut off: %v", len(left), err)
		}
		for _, c := range left {
			if _, err := s.Settle(t.Context(), c, billing.Charge{Micro: 1}); err != nil {
				t.Error(err)
			}
		}
		balance(t, s, "b1", 0, spentBy(t, s))
	})
}

// spentBy is what all records together cost.
func spentBy(t *testing.T, s *store.Store) (sum billing.Micro) {
	t.Helper()
	err := s.EachRecord(t.Context(), billing.Search{}, func(c *billing.CDR) error { sum += c.Cost; return nil })
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// killed runs the test binary on a database until it has said so much, kills it
// and returns what it said.
func killed(t *testing.T, dsn, prefix string, lines int) (said []string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledLedger$")
	cmd.Env = append(os.Environ(), crashDSN+"="+prefix+" "+dsn)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lined := bufio.NewScanner(out); len(said) < lines && lined.Scan(); {
		said = append(said, lined.Text())
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	_, _ = io.Copy(io.Discard, out)
	_ = cmd.Wait() // that it was killed
	if len(said) < lines {
		t.Fatalf("it ended by itself: %q", said)
	}
	return said
}

// keepCalling places calls until somebody kills this process, and says what the
// ledger has acknowledged.
func keepCalling(t *testing.T, where string) {
	prefix, dsn, _ := strings.Cut(where, " ")
	s, err := openStore(t.Context(), store.Config{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	var callers sync.WaitGroup
	for caller := range 4 {
		callers.Go(func() {
			for n := 0; ; n++ {
				c := call(fmt.Sprintf("%s-%d-%d", prefix, caller, n))
				if err := placeCall(t.Context(), s, c); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	callers.Wait()
}

func placeCall(ctx context.Context, s *store.Store, c billing.CDR) error {
	if _, err := s.Open(ctx, c, holdOf(10, everybody, ann)); err != nil {
		return err
	}
	fmt.Println("opened", c.ID)
	if _, err := s.Extend(ctx, c.ID, 5, start); err != nil {
		return err
	}
	c.Answer, c.End = start, start.Add(time.Second)
	if _, err := s.Settle(ctx, c, billing.Charge{Micro: 7, Seconds: 1}); err != nil {
		return err
	}
	fmt.Println("settled", c.ID)
	return nil
}
