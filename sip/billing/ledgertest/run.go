package ledgertest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"partyline/sip/billing"
	"partyline/sip/dialplan"
)

// Make makes an empty ledger with budgets, which the test may close when it is
// over.
type Make func(t *testing.T, budgets ...billing.Budget) billing.Ledger

// Run is the test that every ledger passes.
func Run(t *testing.T, create Make) {
	for name, test := range map[string]func(*testing.T, Make){
		"records come back as they were":   recordsComeBack,
		"a hold is of all payers or none":  allOrNone,
		"holds grow":                       holdsGrow,
		"what is settled stays":            settledStays,
		"more than the hold":               overrun,
		"heartbeats":                       heartbeats,
		"periods":                          periods,
		"notices once":                     noticesOnce,
		"what the brakes ask":              brakesAsk,
		"many at once":                     manyAtOnce,
		"whatever happens, the sums agree": sumsAgree,
	} {
		t.Run(name, func(t *testing.T) { test(t, create) })
	}
}

// start is when the test's calls are set up.
var start = time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)

// today is its day and month.
var today = billing.Dates{Day: "2026-11-30", Month: "2026-11"}

// The payers of the test's calls, of all five levels.
var payers = []billing.Payer{
	{Kind: billing.Company},
	{Kind: billing.CostCentre, ID: "100"},
	{Kind: billing.Department, ID: "sales"},
	{Kind: billing.Person, ID: "ann"},
	{Kind: billing.Meeting, ID: "m1"},
}

// budgets are one of each level.
func budgets(limit billing.Micro, hard bool) (all []billing.Budget) {
	for i, p := range payers {
		all = append(all, billing.Budget{ID: "b" + p.Kind.String(), Payer: p, Period: billing.Period(i % 3), Limit: limit, Hard: hard})
	}
	return all
}

func record(id string) billing.CDR {
	return billing.CDR{
		ID: id, Kind: billing.PhoneOut, Direction: billing.Outbound, Setup: start, Beat: start, Attempt: 1, Person: "ann", To: "+861065529988",
		Trunk: "a", Class: dialplan.Domestic, Currency: billing.Currency{Code: "CNY", Exponent: 2}, Hold: "h" + id, Rate: billing.Rate{Increment: 1},
	}
}

func hold(id string, amount billing.Micro) billing.Hold {
	return billing.Hold{ID: "h" + id, Payers: payers, Dates: today, Amount: amount, Expires: start.Add(time.Minute)}
}

// must fails the test on an error.
func must[T any](t testing.TB, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// open opens a call that must be covered.
func open(t testing.TB, l billing.Ledger, id string, amount billing.Micro) []billing.Notice {
	t.Helper()
	notices, err := l.Open(t.Context(), record(id), hold(id, amount))
	return must(t, notices, err)
}

// settle closes a call.
func settle(t testing.TB, l billing.Ledger, id string, cost billing.Micro) []billing.Notice {
	t.Helper()
	c := record(id)
	c.State, c.End = billing.Closed, start.Add(time.Minute)
	notices, err := l.Settle(t.Context(), c, billing.Charge{Micro: cost, Seconds: 60})
	return must(t, notices, err)
}

// standings are how budgets stand, "id period spent held", sorted.
func standings(t testing.TB, l billing.Ledger, dates billing.Dates) (all []string) {
	t.Helper()
	facts, err := l.Facts(t.Context(), billing.Query{Payers: payers, Dates: dates, Since: start})
	for _, s := range must(t, facts, err).Standings {
		all = append(all, fmt.Sprint(s.Budget.ID, " ", s.Period, " ", int64(s.Spent), " ", int64(s.Held)))
	}
	slices.Sort(all)
	return all
}

// expect compares how all budgets stand with the same for each.
func expect(t testing.TB, l billing.Ledger, dates billing.Dates, spent, held billing.Micro) {
	t.Helper()
	var want []string
	for i, p := range payers {
		want = append(want, fmt.Sprint("b", p.Kind, " ", dates.Key(billing.Period(i%3)), " ", int64(spent), " ", int64(held)))
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, standings(t, l, dates)); diff != "" {
		t.Error(diff)
	}
}

// unsettled are the open records by id.
func unsettled(t testing.TB, l billing.Ledger) map[string]billing.CDR {
	t.Helper()
	records, err := l.Unsettled(t.Context())
	byID := make(map[string]billing.CDR)
	for _, c := range must(t, records, err) {
		byID[c.ID] = c
	}
	return byID
}

// full is a record with something in each field.
func full() billing.CDR {
	at := func(s int) time.Time { return start.Add(time.Duration(s)*time.Second + 7*time.Millisecond) }
	return billing.CDR{
		ID: "c1", Parent: "c0", Kind: billing.PhoneIn, Direction: billing.Inbound, State: billing.Answered, Meeting: "m1", Occurrence: "o1", Batch: "b1", Attempt: 2,
		From: "+4930901820", To: "+861065529988", Name: "Bob \"O'Neil\" 鲍勃", Known: true, Person: "ann", PersonName: "Ann", Department: "sales", CostCentre: "100",
		Payer: billing.Payer{Kind: billing.Department, ID: "sales"}, Class: dialplan.Mobile, Country: "CN", Trunk: "a", Why: "cheapest", Destination: "China",
		Setup: at(0), Ring: at(1), Answer: at(2), End: at(3), Beat: at(4), Deck: "7",
		Rate: billing.Rate{
			Prefix: "86", Destination: "China", PerMinute: 180_001, Connect: 3, Initial: 60, Increment: 6, Minimum: 12, Grace: 2, From: at(-9), To: at(9),
			Trunk: "a", Direction: billing.Inbound, Class: "mobile", Weight: 4,
		},
		Currency: billing.Currency{Code: "KWD", Exponent: 3}, Hold: "hc1", Cost: 0, BilledSeconds: 0, CallID: "x@y", Status: 183, Q850: 16,
		Cause: billing.CauseHungUp, Rule: billing.NoMoney, Side: billing.SideThem,
		Quality: billing.Quality{
			Codec: "PCMA", MOSIn: 431, MOSOut: 420, LossIn: 12, LossOut: 13, JitterIn: 3 * time.Millisecond, JitterOut: 4 * time.Millisecond,
			RTT: 5 * time.Millisecond, Class: "good",
		},
		Notice: at(5), Join: "pin", Keys: 3,
	}
}

// recordsComeBack with every field, and fails to compile, or to pass, when one
// is added and forgotten.
func recordsComeBack(t *testing.T, create Make) {
	l := create(t)
	c := full()
	for v, i := reflect.ValueOf(c), 0; i < v.NumField(); i++ {
		if name := v.Type().Field(i).Name; v.Field(i).IsZero() && name != "Cost" && name != "BilledSeconds" {
			t.Errorf("the test's record has no %s", name)
		}
	}
	opened := record("c1")
	opened.Setup = c.Setup // which stays
	_, err := l.Open(t.Context(), opened, hold("c1", 0))
	must(t, 0, err)
	if diff := cmp.Diff(opened, unsettled(t, l)["c1"], InClear()); diff != "" {
		t.Error(diff)
	}
	must(t, 0, l.Update(t.Context(), c))
	if diff := cmp.Diff(c, unsettled(t, l)["c1"], InClear()); diff != "" {
		t.Error(diff)
	}
	if _, err := l.Open(t.Context(), opened, hold("c1", 0)); err == nil {
		t.Error("opened twice")
	}
	other := full()
	other.ID = "c2"
	if err := l.Update(t.Context(), other); !errors.Is(err, billing.ErrNoCall) {
		t.Errorf("an unknown record: %v", err)
	}
}

func allOrNone(t *testing.T, create Make) {
	for i := range payers {
		all := budgets(100, true)
		all[i].Limit = 99
		l := create(t, all...)
		_, err := l.Open(t.Context(), record("c1"), hold("c1", 100))
		var refusal *billing.Refusal
		if !errors.As(err, &refusal) || refusal.Rule != billing.NoMoney || refusal.Detail["budget"] != all[i].ID {
			t.Errorf("%s: %v", all[i].ID, err)
		}
		expect(t, l, today, 0, 0)
		if len(unsettled(t, l)) != 0 {
			t.Error("a record without its hold")
		}
		open(t, l, "c1", 99)
		expect(t, l, today, 0, 99)
	}
	l := create(t, budgets(10, false)...)
	open(t, l, "soft", 100)
	expect(t, l, today, 0, 100)
}

func holdsGrow(t *testing.T, create Make) {
	l := create(t, budgets(100, true)...)
	open(t, l, "c1", 60)
	_, err := l.Extend(t.Context(), "c1", 40, start.Add(time.Hour))
	must(t, 0, err)
	expect(t, l, today, 0, 100)
	_, err = l.Extend(t.Context(), "c1", 1, start.Add(time.Hour))
	if refusal := (*billing.Refusal)(nil); !errors.As(err, &refusal) || refusal.Rule != billing.NoMoney {
		t.Errorf("beyond the budget: %v", err)
	}
	expect(t, l, today, 0, 100)
	settle(t, l, "c1", 70)
	expect(t, l, today, 70, 0)
	if _, err := l.Extend(t.Context(), "c1", 1, start); !errors.Is(err, billing.ErrSettled) {
		t.Errorf("after the end: %v", err)
	}
	if _, err := l.Extend(t.Context(), "c9", 1, start); !errors.Is(err, billing.ErrNoCall) {
		t.Errorf("an unknown call: %v", err)
	}
}

func settledStays(t *testing.T, create Make) {
	l := create(t, budgets(100, true)...)
	open(t, l, "c1", 60)
	settle(t, l, "c1", 0)
	expect(t, l, today, 0, 0)
	c := record("c1")
	for range 2 {
		if _, err := l.Settle(t.Context(), c, billing.Charge{Micro: 50}); !errors.Is(err, billing.ErrSettled) {
			t.Errorf("settled again: %v", err)
		}
	}
	if err := l.Update(t.Context(), c); !errors.Is(err, billing.ErrSettled) {
		t.Errorf("changed after the end: %v", err)
	}
	must(t, 0, l.Beat(t.Context(), []billing.Beat{{Call: "c1", At: start.Add(time.Hour)}}))
	expect(t, l, today, 0, 0)
	if len(unsettled(t, l)) != 0 {
		t.Error("it is open again")
	}
	if _, err := l.Settle(t.Context(), record("c9"), billing.Charge{}); !errors.Is(err, billing.ErrNoCall) {
		t.Errorf("an unknown call: %v", err)
	}
}

func overrun(t *testing.T, create Make) {
	l := create(t, budgets(100, true)...)
	open(t, l, "c1", 60)
	settle(t, l, "c1", 130)
	expect(t, l, today, 130, 0)
	if _, err := l.Open(t.Context(), record("c2"), hold("c2", 1)); err == nil {
		t.Error("a budget that is overrun pays")
	}
	open(t, l, "free", 0)
}

func heartbeats(t *testing.T, create Make) {
	l := create(t)
	open(t, l, "c1", 0)
	open(t, l, "c2", 0)
	later := start.Add(10 * time.Second)
	must(t, 0, l.Beat(t.Context(), []billing.Beat{{Call: "c1", At: later}, {Call: "unknown", At: later}}))
	must(t, 0, l.Beat(t.Context(), []billing.Beat{{Call: "c1", At: start.Add(time.Second)}}))
	must(t, 0, l.Beat(t.Context(), nil))
	left := unsettled(t, l)
	if !left["c1"].Beat.Equal(later) || !left["c2"].Beat.Equal(start) {
		t.Errorf("%v and %v", left["c1"].Beat, left["c2"].Beat)
	}
	must(t, 0, l.Update(t.Context(), record("c1")))
	if got := unsettled(t, l)["c1"].Beat; !got.Equal(later) {
		t.Errorf("an update takes the heartbeat back to %v", got)
	}
}

// periods: money belongs to the day and month of its hold.
func periods(t *testing.T, create Make) {
	l := create(t, budgets(100, true)...)
	tomorrow := billing.Dates{Day: "2026-12-01", Month: "2026-12"}
	open(t, l, "c1", 60)
	h := hold("c2", 50)
	h.Dates, h.Payers = tomorrow, payers[:2] // month and day, not once
	_, err := l.Open(t.Context(), record("c2"), h)
	must(t, 0, err)
	_, err = l.Extend(t.Context(), "c1", 40, start.Add(24*time.Hour))
	must(t, 0, err)
	settle(t, l, "c1", 90)
	expect(t, l, today, 90, 0)
	want := []string{
		"bcompany 2026-12 0 50", "bcost_centre 2026-12-01 0 50", "bdepartment once 90 0", "bmeeting 2026-12-01 0 0", "bperson 2026-12 0 0",
	}
	if diff := cmp.Diff(want, standings(t, l, tomorrow)); diff != "" {
		t.Error(diff)
	}
}

func noticesOnce(t *testing.T, create Make) {
	b := billing.Budget{ID: "b", Limit: 100}
	l := create(t, b)
	var got []int
	note := func(notices []billing.Notice) {
		for _, n := range notices {
			if n.Standing.Budget != b || n.Standing.Period != "2026-11" || n.Standing.Spent+n.Standing.Held < billing.Micro(n.Percent) {
				t.Errorf("%+v", n)
			}
			got = append(got, n.Percent)
		}
	}
	note(open(t, l, "c1", 79))
	note(open(t, l, "c2", 1))
	note(settle(t, l, "c1", 0))
	note(open(t, l, "c3", 98))
	more, err := l.Extend(t.Context(), "c3", 1, start)
	note(must(t, more, err))
	note(settle(t, l, "c3", 200))
	note(settle(t, l, "c2", 1))
	if diff := cmp.Diff([]int{80, 100}, got); diff != "" {
		t.Error(diff)
	}
}

func brakesAsk(t *testing.T, create Make) {
	l := create(t)
	add := func(id string, ago time.Duration, change func(*billing.CDR), closed bool) {
		c := record(id)
		c.Setup = start.Add(-ago)
		change(&c)
		_, err := l.Open(t.Context(), c, hold(id, 0))
		must(t, 0, err)
		if closed {
			c.State = billing.Closed
			_, err = l.Settle(t.Context(), c, billing.Charge{})
			must(t, 0, err)
		}
	}
	same := func(*billing.CDR) {}
	add("1", time.Minute, same, true)
	add("2", time.Minute, same, false)
	add("long ago", time.Hour, same, false)
	add("another person", 0, func(c *billing.CDR) { c.Person = "bob" }, false)
	add("another number of the block", 0, func(c *billing.CDR) { c.Person, c.To = "bob", "+861065520000" }, true)
	add("another block", 0, func(c *billing.CDR) { c.Person, c.To, c.Trunk = "bob", "+861065530000", "b" }, true)
	add("known", 0, func(c *billing.CDR) { c.Known = true }, true)
	add("refused", 0, func(c *billing.CDR) { c.Rule, c.Cause = billing.Night, billing.CauseRefused }, true)
	add("not called", 0, func(c *billing.CDR) { c.Cause = billing.CauseNotCalled }, true)
	add("call in", 0, func(c *billing.CDR) { c.Direction, c.Kind = billing.Inbound, billing.PhoneIn }, false)
	f, err := l.Facts(t.Context(), billing.Query{
		Person: "ann", Prefix: "86106552", Trunks: []string{"a", "b", "c"}, Since: start.Add(-10 * time.Minute), Dates: today,
	})
	must(t, f, err)
	got := fmt.Sprint(f.ByPerson, f.ToPrefix, f.ByTrunk["a"], f.ByTrunk["b"], f.ByTrunk["c"], f.OpenPerson, f.Open)
	if got != "3 5 5 1 0 2 3" {
		t.Errorf("%s of the person, to the block, by a, b and c, of the person now, now", got)
	}
	nobody, err := l.Facts(t.Context(), billing.Query{Since: start.Add(-10 * time.Minute), Dates: today})
	if must(t, nobody, err); nobody.ByPerson != 0 || nobody.OpenPerson != 0 || nobody.Open != 3 {
		t.Errorf("of nobody: %+v", nobody)
	}
}

// manyAtOnce has more calls than a budget covers take of it together.
func manyAtOnce(t *testing.T, create Make) {
	const limit, each = 1000, 100
	l := create(t, budgets(limit, true)...)
	var wg sync.WaitGroup
	var opened, extended, cost atomic.Int64
	for i := range 24 {
		wg.Go(func() {
			id := fmt.Sprint("c", i)
			if _, err := l.Open(t.Context(), record(id), hold(id, each)); err != nil {
				if !errors.As(err, new(*billing.Refusal)) {
					t.Error(err)
				}
				return
			}
			opened.Add(1)
			amount := int64(each)
			if _, err := l.Extend(t.Context(), id, each, start); err == nil {
				amount += each
				extended.Add(1)
			} else if !errors.As(err, new(*billing.Refusal)) {
				t.Error(err)
			}
			if i%2 == 0 {
				return // it goes on
			}
			for range 2 { // its end, and a recovery that thinks it crashed
				c := record(id)
				c.State = billing.Closed
				_, err := l.Settle(t.Context(), c, billing.Charge{Micro: billing.Micro(amount - 1)})
				switch {
				case err == nil:
					cost.Add(amount - 1)
				case !errors.Is(err, billing.ErrSettled):
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	facts, err := l.Facts(t.Context(), billing.Query{Payers: payers, Dates: today, Since: start})
	for _, s := range must(t, facts, err).Standings {
		if s.Spent != billing.Micro(cost.Load()) || s.Left() < 0 {
			t.Errorf("%+v: %d were spent", s, cost.Load())
		}
	}
	if opened.Load() == 0 || opened.Load()+extended.Load() < limit/each {
		t.Errorf("%d opened, %d extended", opened.Load(), extended.Load())
	}
}

// sumsAgree does anything in any order, and compares with a model that knows
// sums alone.
func sumsAgree(t *testing.T, create Make) {
	all := budgets(500, true)
	for i := range all {
		all[i].Period = billing.Period(i % 2) // months and days, of which each round has its own
	}
	l, round, left := create(t, all...), 0, 25 // of rapid's checks: each step is transactions on a disk
	rapid.Check(t, func(rt *rapid.T) {
		if left == 0 {
			return
		}
		left--
		passed := false
		defer func() {
			if !passed {
				left = -1 // as many as it takes to make the failure small
			}
		}()
		round++
		m := &model{Ledger: l, t: t, limit: 500, round: round, calls: map[string]billing.Micro{}, settled: map[string]bool{}}
		m.dates = billing.Dates{Day: fmt.Sprint("day", round), Month: fmt.Sprint("month", round)}
		m.before = len(unsettled(t, l))
		rt.Repeat(map[string]func(*rapid.T){"open": m.open, "extend": m.extend, "settle": m.settle, "": m.check})
		if open := len(unsettled(t, l)) - m.before; open != len(m.calls) {
			rt.Fatalf("%d calls are open, want %d", open, len(m.calls))
		}
		passed = true
	})
}

// model is a ledger beside what its sums must be.
type model struct {
	billing.Ledger
	t       *testing.T
	limit   billing.Micro
	round   int
	dates   billing.Dates
	before  int // calls left open by other rounds
	spent   billing.Micro
	held    billing.Micro
	calls   map[string]billing.Micro // open ones, and what they hold
	settled map[string]bool
}

// draw makes up a call and an amount.
func (m *model) draw(rt *rapid.T) (id string, amount billing.Micro) {
	id = fmt.Sprint(m.round, "-", rapid.IntRange(1, 4).Draw(rt, "call"))
	return id, billing.Micro(rapid.IntRange(0, 400).Draw(rt, "amount"))
}

func (m *model) covers(amount billing.Micro) bool {
	return amount <= max(m.limit-m.spent-m.held, 0)
}

func (m *model) open(rt *rapid.T) {
	id, amount := m.draw(rt)
	_, known := m.calls[id]
	h := hold(id, amount)
	h.Dates = m.dates
	_, err := m.Open(m.t.Context(), record(id), h)
	want := !known && !m.settled[id] && m.covers(amount)
	if (err == nil) != want {
		rt.Fatalf("opened: %v", err)
	}
	if want {
		m.calls[id] = amount
		m.held += amount
	}
}

func (m *model) extend(rt *rapid.T) {
	id, amount := m.draw(rt)
	_, known := m.calls[id]
	_, err := m.Extend(m.t.Context(), id, amount, start)
	want := known && m.covers(amount)
	if (err == nil) != want {
		rt.Fatalf("extended: %v", err)
	}
	if want {
		m.calls[id] += amount
		m.held += amount
	}
}

func (m *model) settle(rt *rapid.T) {
	id, cost := m.draw(rt)
	_, known := m.calls[id]
	c := record(id)
	c.State = billing.Closed
	_, err := m.Settle(m.t.Context(), c, billing.Charge{Micro: cost})
	if (err == nil) != known || err != nil && errors.Is(err, billing.ErrSettled) != m.settled[id] {
		rt.Fatalf("settled: %v", err)
	}
	if known {
		m.held -= m.calls[id]
		m.spent += cost
		delete(m.calls, id)
		m.settled[id] = true
	}
}

// check is that no sum is another than the model's.
func (m *model) check(rt *rapid.T) {
	facts, err := m.Facts(m.t.Context(), billing.Query{Payers: payers, Dates: m.dates, Since: start})
	if err != nil || len(facts.Standings) != len(payers) || facts.Open != m.before+len(m.calls) {
		rt.Fatalf("%d budgets, %d calls, %v", len(facts.Standings), facts.Open, err)
	}
	for _, s := range facts.Standings {
		if s.Spent != m.spent || s.Held != m.held {
			rt.Fatalf("%+v, want %d spent and %d held", s, m.spent, m.held)
		}
	}
}
