package store_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/signaling/company"
	"partyline/signaling/store"
	"partyline/signaling/store/storetest"
	"partyline/sip/billing"
	"partyline/sip/dialplan"
)

// fullRecord has something in every field.
func fullRecord(t testing.TB, id string) billing.CDR {
	t.Helper()
	cny, err := billing.ParseCurrency("CNY")
	if err != nil {
		t.Fatal(err)
	}
	at := func(s int) time.Time { return start.Add(time.Duration(s)*time.Second + 123*time.Millisecond) }
	return billing.CDR{
		ID: id, Parent: "parent", Kind: billing.PhoneOut, Direction: billing.Inbound, State: billing.Ringing,
		Meeting: "m1", Occurrence: "m1/2026-11-23", Batch: "batch", Attempt: 2,
		From: "+861012345678", To: "+8613800138000", Name: "张伟, \"Bob\"", Known: true,
		Person: "ann", PersonName: "Ann", Department: "Sales", CostCentre: "4711", Payer: billing.Payer{Kind: billing.CostCentre, ID: "4711"},
		Class: dialplan.Mobile, Country: "CN", Trunk: "carrier-a", Why: "price 0.18", Destination: "China mobile",
		Setup: at(0), Ring: at(2), Answer: at(5), End: at(66), Beat: at(60),
		Deck: "7", Rate: billing.Rate{
			Prefix: "86138", Destination: "China mobile", PerMinute: 180_000, Connect: 10_000, Initial: 60, Increment: 6, Minimum: 1, Grace: 2,
			From: start.Add(-time.Hour), To: start.Add(time.Hour), Trunk: "carrier-a", Direction: billing.Inbound, Class: "mobile", Weight: 3,
		},
		Currency: cny, Hold: "hold", Cost: 208_000, BilledSeconds: 66,
		CallID: "abc@host", Status: 200, Q850: 16, Cause: billing.CauseHungUp, Rule: billing.Night, Side: billing.SideThem,
		Quality: billing.Quality{
			Codec: "PCMA", MOSIn: 431, MOSOut: 420, LossIn: 12, LossOut: 34, JitterIn: 5 * time.Millisecond, JitterOut: 6 * time.Millisecond,
			RTT: 40 * time.Millisecond, Class: "good",
		},
		Notice: at(10), Join: "confirm", Keys: 1,
	}
}

// call is a record that is opened.
func call(id string) billing.CDR {
	return billing.CDR{ID: id, Kind: billing.PhoneOut, Setup: start, To: "+8613800138000", Person: "ann", Trunk: "carrier-a"}
}

var (
	everybody = billing.Payer{} // the company
	ann       = billing.Payer{Kind: billing.Person, ID: "ann"}
	today     = billing.Dates{Day: "2026-03-02", Month: "2026-03"}
)

func holdOf(amount billing.Micro, payers ...billing.Payer) billing.Hold {
	return billing.Hold{ID: "h", Payers: payers, Dates: today, Amount: amount, Expires: start.Add(time.Minute)}
}

func addBudgets(t testing.TB, s *store.Store, all ...billing.Budget) {
	t.Helper()
	for _, b := range all {
		if err := s.AddBudget(t.Context(), b, company.Entry{ID: "e" + b.ID}); err != nil {
			t.Fatal(err)
		}
	}
}

func orError(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

func standing(t *testing.T, s *store.Store, id string) (billing.Standing, error) {
	t.Helper()
	all, err := s.Budgets(t.Context(), today)
	for _, b := range all {
		if b.Budget.ID == id {
			return b, err
		}
	}
	return billing.Standing{}, orError(err, errors.New("no such budget"))
}

// balance fails the test unless a budget stands so.
func balance(t *testing.T, s *store.Store, id string, held, spent billing.Micro) {
	t.Helper()
	b, err := standing(t, s, id)
	if err != nil || b.Held != held || b.Spent != spent {
		t.Errorf("budget %s holds %v and has spent %v, want %v and %v: %v", id, b.Held, b.Spent, held, spent, err)
	}
	if err := s.ProveLedger(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestRecordKeepsEveryField(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		want := fullRecord(t, "c1")
		if _, err := s.Open(t.Context(), want, billing.Hold{}); err != nil {
			t.Fatal(err)
		}
		got, err := s.Record(t.Context(), "c1")
		if diff := cmp.Diff(want, got, exact()); err != nil || diff != "" {
			t.Errorf("read: %v\n%s", err, diff)
		}
		if _, err := s.Record(t.Context(), "none"); !errors.Is(err, billing.ErrNoCall) {
			t.Errorf("what is not there: %v", err)
		}
	})
}

// exact compares numbers, which print masked, by their digits.
func exact() cmp.Option {
	return cmp.Comparer(func(a, b dialplan.Number) bool { return string(a) == string(b) })
}

// TestTextFromOutside must not keep a record from being written.
func TestTextFromOutside(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		c := call("c1")
		c.Name, c.CallID = "a\x1fb\x00c\xffd", "\r\n\x1f"
		if _, err := s.Open(t.Context(), c, billing.Hold{}); err != nil {
			t.Fatal(err)
		}
		got, err := s.Record(t.Context(), "c1")
		if err != nil || got.Name != "a b c\uFFFDd" || got.CallID != "   " {
			t.Errorf("%q, %q, %v", got.Name, got.CallID, err)
		}
	})
}

func TestMoneyGoesRound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		addBudgets(t, s,
			billing.Budget{ID: "b1", Payer: everybody, Period: billing.Month, Limit: 1000, Hard: true},
			billing.Budget{ID: "b2", Payer: ann, Period: billing.Day, Limit: 500, Hard: true},
			billing.Budget{ID: "b3", Payer: ann, Period: billing.Once, Limit: 10},
			billing.Budget{ID: "b4", Payer: billing.Payer{Kind: billing.Person, ID: "bob"}, Period: billing.Day, Limit: 10, Hard: true})
		notices, err := s.Open(ctx, call("c1"), holdOf(300, everybody, ann))
		if err != nil || len(notices) != 2 { // the soft budget is at 80 and 100 %
			t.Fatalf("open: %v, %v", notices, err)
		}
		if _, err := s.Open(ctx, call("c1"), holdOf(1, everybody)); err == nil {
			t.Error("opened twice")
		}
		balance(t, s, "b1", 300, 0)
		balance(t, s, "b2", 300, 0)
		balance(t, s, "b3", 300, 0)
		var refusal *billing.Refusal
		if _, err := s.Open(ctx, call("c2"), holdOf(201, everybody, ann)); !errors.As(err, &refusal) || refusal.Rule != billing.NoMoney || refusal.Detail["budget"] != "b2" {
			t.Errorf("more than is left: %v", err)
		}
		if _, err := s.Record(ctx, "c2"); !errors.Is(err, billing.ErrNoCall) {
			t.Errorf("a refused one has a record: %v", err)
		}
		if notices, err = s.Extend(ctx, "c1", 100, start); err != nil || len(notices) != 1 || notices[0].Standing.Budget.ID != "b2" || notices[0].Percent != 80 {
			t.Errorf("extend: %v, %v", notices, err)
		}
		if _, err := s.Extend(ctx, "c1", 101, start); !errors.As(err, &refusal) {
			t.Errorf("extended beyond: %v", err)
		}
		balance(t, s, "b2", 400, 0)
		c := call("c1")
		c.State, c.End = billing.Answered, start.Add(time.Minute) // Settle closes whatever it says
		if _, err := s.Settle(ctx, c, billing.Charge{Micro: 250, Seconds: 60}); err != nil {
			t.Error(err)
		}
		for range 2 {
			if _, err := s.Settle(ctx, c, billing.Charge{Micro: 400}); !errors.Is(err, billing.ErrSettled) {
				t.Errorf("settled twice: %v", err)
			}
		}
		balance(t, s, "b1", 0, 250)
		balance(t, s, "b2", 0, 250)
		got, err := s.Record(ctx, "c1")
		if err != nil || got.State != billing.Closed || got.Cost != 250 || got.BilledSeconds != 60 {
			t.Errorf("closed: %+v, %v", got, err)
		}
		for what, err := range map[string]error{
			"extend": func() error { _, err := s.Extend(ctx, "c1", 1, start); return err }(),
			"update": s.Update(ctx, c),
		} {
			if !errors.Is(err, billing.ErrSettled) {
				t.Errorf("%s after the end: %v", what, err)
			}
		}
		if err := s.Update(ctx, call("none")); !errors.Is(err, billing.ErrNoCall) {
			t.Errorf("update nothing: %v", err)
		}
	})
}

// TestCostBeyondHold: the record tells the truth, and the budget is overrun.
func TestCostBeyondHold(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		addBudgets(t, s, billing.Budget{ID: "b1", Period: billing.Month, Limit: 100, Hard: true})
		if _, err := s.Open(t.Context(), call("c1"), holdOf(100, everybody)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Settle(t.Context(), call("c1"), billing.Charge{Micro: 130}); err != nil {
			t.Fatal(err)
		}
		balance(t, s, "b1", 0, 130)
	})
}

// TestManyLegsNeverOverspend is about legs that hold, hold more and settle at
// the same time.
func TestManyLegsNeverOverspend(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const limit, legs = 1000, 40
		addBudgets(t, s,
			billing.Budget{ID: "b1", Period: billing.Month, Limit: limit, Hard: true},
			billing.Budget{ID: "b2", Payer: ann, Period: billing.Day, Limit: limit - 90, Hard: true})
		var wg sync.WaitGroup
		for i := range legs {
			wg.Go(func() {
				c := call(fmt.Sprint("c", i))
				payers := []billing.Payer{everybody, ann}
				if i%2 == 0 {
					payers = payers[:1]
				}
				var refusal *billing.Refusal
				_, err := s.Open(t.Context(), c, holdOf(70, payers...))
				if errors.As(err, &refusal) {
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := s.Extend(t.Context(), c.ID, 30, start); err != nil && !errors.As(err, &refusal) {
					t.Error(err)
				}
				if err := s.Beat(t.Context(), []billing.Beat{{Call: c.ID, At: start.Add(time.Second)}, {Call: "none"}}); err != nil {
					t.Error(err)
				}
				var settled sync.WaitGroup
				for range 2 { // the call's end, and a recovery that thinks it crashed
					settled.Go(func() {
						if _, err := s.Settle(t.Context(), c, billing.Charge{Micro: 55}); err != nil && !errors.Is(err, billing.ErrSettled) {
							t.Error(err)
						}
					})
				}
				settled.Wait()
			})
		}
		wg.Wait()
		for _, id := range []string{"b1", "b2"} {
			b, err := standing(t, s, id)
			if err != nil || b.Held != 0 || b.Spent == 0 || b.Spent > b.Budget.Limit || b.Spent%55 != 0 {
				t.Errorf("%+v, %v", b, err)
			}
		}
		if err := s.ProveLedger(t.Context()); err != nil {
			t.Error(err)
		}
		if left, err := s.Unsettled(t.Context()); err != nil || len(left) != 0 {
			t.Errorf("%d are not settled: %v", len(left), err)
		}
	})
}
