package billing_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"partyline/sip/billing"
	"partyline/sip/billing/ledgertest"
)

// TestRecover has the program end at each step of a call, and a new one settle
// what is left: to the last heartbeat, never to zero once it was answered, never
// twice.
func TestRecover(t *testing.T) {
	for _, c := range []struct {
		name   string
		before func(t *testing.T, tab *billing.Tab)
		cost   billing.Micro
		lasted time.Duration
		cause  billing.Cause
	}{
		{"before anything was sent", func(*testing.T, *billing.Tab) {}, 0, 0, billing.CauseLost},
		{"trying", func(_ *testing.T, tab *billing.Tab) { tab.Trying("a", "x"); time.Sleep(7 * time.Second) }, 0, 0, billing.CauseLost},
		{"ringing", func(_ *testing.T, tab *billing.Tab) { tab.Ringing(time.Now()); time.Sleep(20 * time.Second) }, 0, 0, billing.CauseLost},
		{"at the answer", answered(0), billing.Unit, time.Second, billing.CauseLost},
		{"before its first heartbeat", answered(1500 * time.Millisecond), billing.Unit, time.Second, billing.CauseLost},
		{"two minutes later", answered(124 * time.Second), 3 * billing.Unit, 123 * time.Second, billing.CauseLost},
		{"after the end", func(t *testing.T, tab *billing.Tab) { answered(30*time.Second)(t, tab); hangUp(t, tab) }, billing.Unit, 30 * time.Second, billing.CauseHungUp},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ledger := ledgertest.NewMemory(company(100 * billing.Unit))
				d := deskOver(t, ledger)
				keep(t, d)
				c.before(t, open(t, d, call("c1", beijing)))
				ledger.FailWith(func(string) error { return errors.New("this process is dead") })
				time.Sleep(time.Hour)
				synctest.Wait()
				ledger.FailWith(nil)
				for i := range 3 {
					n, err := deskOver(t, ledger).Recover(t.Context())
					if want := i == 0 && c.cause == billing.CauseLost; err != nil || (n == 1) != want {
						t.Errorf("%d recovered, %v", n, err)
					}
				}
				r := ledger.Records()[0]
				if r.Cost != c.cost || r.Duration() != c.lasted || r.Cause != c.cause || r.State != billing.Closed || r.End.IsZero() {
					t.Errorf("cost %s for %s, %s: %+v", r.Cost, r.Duration(), r.Cause, r)
				}
				if s := ledger.Standing("company", "2000-01"); s.Held != 0 || s.Spent != c.cost {
					t.Errorf("%+v", s)
				}
			})
		})
	}
}

// answered lets the call be answered and go on for a while.
func answered(long time.Duration) func(t *testing.T, tab *billing.Tab) {
	return func(t *testing.T, tab *billing.Tab) {
		answer(t, tab)
		time.Sleep(long)
		synctest.Wait()
	}
}

// slowLedger takes its time, as one on a busy machine does.
type slowLedger struct{ *ledgertest.Memory }

func (l slowLedger) Beat(ctx context.Context, beats []billing.Beat) error {
	time.Sleep(rand.N(time.Second))
	return l.Memory.Beat(ctx, beats)
}

func (l slowLedger) Update(ctx context.Context, c billing.CDR) error {
	time.Sleep(rand.N(time.Second))
	return l.Memory.Update(ctx, c)
}

func (l slowLedger) Extend(ctx context.Context, call string, more billing.Micro, until time.Time) ([]billing.Notice, error) {
	time.Sleep(rand.N(time.Second))
	return l.Memory.Extend(ctx, call, more, until)
}

// TestHeartbeatsAreYoung: a crash costs five seconds of a call at most, also
// where each word of the ledger takes up to a second.
func TestHeartbeatsAreYoung(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ledger := slowLedger{ledgertest.NewMemory(company(1000 * billing.Unit))}
		d := deskOver(t, ledger)
		keep(t, d)
		tab := open(t, d, call("c1", beijing))
		answer(t, tab)
		for range 6000 {
			time.Sleep(100 * time.Millisecond)
			if age := time.Since(ledger.Records()[0].Beat); age > 5*time.Second {
				t.Fatalf("the last heartbeat is %v old", age)
			}
		}
		hangUp(t, tab)
	})
}

// TestRecoverLeavesRunningCalls alone, where it is asked again by mistake.
func TestRecoverLeavesRunningCalls(t *testing.T) {
	d, ledger := newDesk(t)
	tab := open(t, d, call("c1", beijing))
	if n, err := d.Recover(t.Context()); n != 0 || err != nil {
		t.Errorf("%d recovered, %v", n, err)
	}
	hangUp(t, tab)
	ledger.FailWith(func(method string) error { return fmt.Errorf("no %s", method) })
	if _, err := d.Recover(t.Context()); err == nil {
		t.Error("no error")
	}
}
