package billing_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/sip/billing"
	"partyline/sip/billing/ledgertest"
	"partyline/sip/dialplan"
)

// The numbers that tests call.
var (
	beijing = dialplan.Dialled{Number: "+861065529988", Class: dialplan.Domestic, Country: "CN", Code: "86"}
	mobile  = dialplan.Dialled{Number: "+8613800138000", Class: dialplan.Mobile, Country: "CN", Code: "86"}
	london  = dialplan.Dialled{Number: "+442079460000", Class: dialplan.International, Country: "GB", Code: "44"}
	kenya   = dialplan.Dialled{Number: "+254202222222", Class: dialplan.International, Country: "KE", Code: "254"}
	hotline = dialplan.Dialled{Number: "+8690012345678", Class: dialplan.Premium, Country: "CN", Code: "86"}
)

// rates are those of trunks a and b: a minute to Beijing costs one unit, whole
// minutes only, by b half as much.
var rates = []billing.Rate{
	{Prefix: "86", Destination: "China", PerMinute: billing.Unit, Initial: 60, Increment: 60},
	{Prefix: "86", Destination: "China", PerMinute: billing.Unit / 2, Initial: 60, Increment: 60, Trunk: "b"},
	{Prefix: "8613", Destination: "China mobile", PerMinute: 180_000, Initial: 60, Increment: 6},
	{Prefix: "8690", Destination: "China premium", PerMinute: 10 * billing.Unit, Increment: 1},
	{Prefix: "44", Destination: "United Kingdom", PerMinute: 300_000, Connect: 50_000, Initial: 1, Increment: 1},
	{Prefix: "254", Destination: "Kenya", PerMinute: billing.Unit, Initial: 1, Increment: 1},
	{Prefix: "86", Destination: "own toll-free number", PerMinute: 60_000, Initial: 1, Increment: 1, Direction: billing.Inbound, Trunk: "free"},
}

var home = billing.Home{Country: "CN", Zone: time.FixedZone("CST", 8*3600), Currency: billing.Currency{Code: "CNY", Exponent: 2}}

func deck(t testing.TB, version string, from time.Time, rates ...billing.Rate) *billing.Deck {
	t.Helper()
	d, err := billing.NewDeck(version, "", from, rates)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// company is a hard budget of the whole company for the month.
func company(limit billing.Micro) billing.Budget {
	return billing.Budget{ID: "company", Limit: limit, Hard: true}
}

// newDesk makes a desk over a ledger in memory.
func newDesk(t testing.TB, budgets ...billing.Budget) (*billing.Desk, *ledgertest.Memory) {
	t.Helper()
	ledger := ledgertest.NewMemory(budgets...)
	return deskOver(t, ledger), ledger
}

func deskOver(t testing.TB, ledger billing.Ledger) *billing.Desk {
	t.Helper()
	d := billing.NewDesk(billing.Config{Ledger: ledger, Home: home})
	d.SetDecks(billing.NewDecks(deck(t, "1", time.Time{}, rates...)))
	return d
}

// keep runs the desk until the test is over.
func keep(t *testing.T, d *billing.Desk) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		d.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
}

var viaA = []billing.Route{{Trunk: "a", Why: "cheapest"}}

func call(id string, to dialplan.Dialled) billing.Request {
	return billing.Request{Call: id, Person: "ann", Department: "sales", CostCentre: "100", To: to, Payer: billing.Payer{Kind: billing.Person, ID: "ann"}}
}

// open opens a call that must be allowed.
func open(t testing.TB, d *billing.Desk, r billing.Request, routes ...billing.Route) *billing.Tab {
	t.Helper()
	if routes == nil {
		routes = viaA
	}
	tab, err := d.Open(t.Context(), r, routes)
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func answer(t testing.TB, tab *billing.Tab) {
	t.Helper()
	if err := tab.Answered(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
}

func hangUp(t testing.TB, tab *billing.Tab) billing.CDR {
	t.Helper()
	c, err := tab.Close(t.Context(), billing.Result{Status: 200, Cause: billing.CauseHungUp, Side: billing.SideThem})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// expect waits until the next warning, and tells its kind and when it came.
func expect(t *testing.T, tab *billing.Tab, begin time.Time, kind billing.WarningKind, at time.Duration) billing.Warning {
	t.Helper()
	select {
	case w := <-tab.Warnings():
		if w.Kind != kind || time.Since(begin) != at {
			t.Errorf("%s after %s, want %s after %s", w.Kind, time.Since(begin), kind, at)
		}
		return w
	case <-time.After(24 * time.Hour):
		t.Fatalf("no warning, want %s after %s", kind, at)
		return billing.Warning{}
	}
}

func TestQuote(t *testing.T) {
	d, _ := newDesk(t, company(100*billing.Unit), billing.Budget{ID: "ann", Payer: billing.Payer{Kind: billing.Person, ID: "ann"}, Limit: 5 * billing.Unit, Hard: true},
		billing.Budget{ID: "soft", Payer: billing.Payer{Kind: billing.Department, ID: "sales"}, Limit: 1})
	q, err := d.Quote(t.Context(), call("", beijing), []billing.Route{{Trunk: "b", Why: "cheapest"}, {Trunk: "a", Why: "next"}})
	if err != nil {
		t.Fatal(err)
	}
	if q.Rate.PerMinute != billing.Unit/2 || q.Trunk != "b" || q.Why != "cheapest" || q.Deck != "1" || q.Payer.ID != "ann" || q.Currency.Code != "CNY" {
		t.Errorf("%+v", q)
	}
	if q.Hold != 2*billing.Unit { // the dearer trunk's
		t.Errorf("holds %s", q.Hold)
	}
	if q.Tightest == nil || q.Tightest.Budget.ID != "ann" || q.Lasts != 10*time.Minute || q.Longest != 4*time.Hour {
		t.Errorf("%+v lasts %s, at most %s", q.Tightest, q.Lasts, q.Longest)
	}
}

// TestACall goes from hold to charge, in the order in which a record is written.
func TestACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, ledger := newDesk(t, company(100*billing.Unit))
		tab := open(t, d, call("c1", mobile))
		if s := ledger.Standing("company", "2000-01"); s.Held != 360_000 || s.Spent != 0 {
			t.Errorf("before anything is sent: %+v", s)
		}
		tab.Trying("a", "cheapest")
		time.Sleep(time.Second)
		tab.Ringing(time.Now())
		time.Sleep(time.Second)
		tab.Ringing(time.Now())
		answer(t, tab)
		if c := ledger.Records()[0]; c.State != billing.Answered || c.Answer.IsZero() {
			t.Errorf("when Answered has returned: %+v", c)
		}
		time.Sleep(61 * time.Second)
		if got := tab.Spent(time.Now()); got != 198_000 {
			t.Errorf("the burn meter says %s", got)
		}
		c, err := tab.Close(t.Context(), billing.Result{Status: 200, Cause: billing.CauseHungUp, Side: billing.SideThem, CallID: "x@y", Keys: 2})
		if err != nil {
			t.Fatal(err)
		}
		stored := ledger.Records()[0]
		if diff := cmp.Diff(c, stored, ledgertest.InClear()); diff != "" {
			t.Error(diff)
		}
		if c.Cost != 198_000 || c.BilledSeconds != 66 || c.PDD() != time.Second || c.Duration() != 61*time.Second || c.Q850 != 16 || c.Deck != "1" ||
			c.State != billing.Closed || c.Trunk != "a" || c.Why != "cheapest" || c.CallID != "x@y" || c.Kind != billing.PhoneOut {
			t.Errorf("%+v", c)
		}
		if s := ledger.Standing("company", "2000-01"); s.Held != 0 || s.Spent != 198_000 {
			t.Errorf("after it: %+v", s)
		}
		if again, err := tab.Close(t.Context(), billing.Result{}); err != nil || again.Cost != c.Cost || len(ledger.Entries()) != 3 {
			t.Errorf("closed twice: %v, %v", again.Cost, err)
		}
	})
}

func TestWhatIsNotAnsweredCostsNothing(t *testing.T) {
	d, ledger := newDesk(t, company(100*billing.Unit))
	tab := open(t, d, call("c1", mobile))
	c, err := tab.Close(t.Context(), billing.Result{Status: 486, Cause: billing.CauseOf(486, 0)})
	if err != nil || c.Cost != 0 || c.Cause != billing.CauseBusy || c.Q850 != 17 || c.PDD() != 0 {
		t.Errorf("%+v, %v", c, err)
	}
	if s := ledger.Standing("company", billing.DatesAt(time.Now(), home.Zone).Month); s.Held != 0 || s.Spent != 0 {
		t.Errorf("%+v", s)
	}
}

// TestMoneyRunsOut for one leg: 3 are left at 1 a minute. The hold is 2 (the
// first minute and the last), at 40 s it takes the third, at 100 s there is no
// fourth, so at 120 s one minute is left.
func TestMoneyRunsOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, ledger := newDesk(t, billing.Budget{ID: "ann", Payer: billing.Payer{Kind: billing.Person, ID: "ann"}, Limit: 3 * billing.Unit, Hard: true})
		keep(t, d)
		other := call("other", beijing)
		other.Person, other.Payer.ID = "bob", "bob"
		goesOn := open(t, d, other)
		answer(t, goesOn)
		tab := open(t, d, call("c1", beijing))
		begin := time.Now()
		answer(t, tab)
		time.Sleep(45 * time.Second)
		synctest.Wait()
		if s := ledger.Standing("ann", "2000-01"); s.Held != 3*billing.Unit {
			t.Errorf("after 45 s %s are held", s.Held)
		}
		w := expect(t, tab, begin, billing.OneMinuteLeft, 2*time.Minute)
		if w.Left != time.Minute || w.Rule == nil || w.Rule.Rule != billing.NoMoney || w.Rule.Detail["budget"] != "ann" {
			t.Errorf("%+v", w)
		}
		expect(t, tab, begin, billing.OutOfMoney, 3*time.Minute-2*time.Second)
		c, err := tab.Close(t.Context(), billing.Result{Status: 200, Cause: billing.CauseNoMoney, Rule: billing.NoMoney, Side: billing.SideUs})
		if err != nil || c.Cost != 3*billing.Unit {
			t.Errorf("cost %s, %v", c.Cost, err)
		}
		time.Sleep(time.Hour)
		select {
		case w := <-goesOn.Warnings():
			t.Errorf("the other leg: %+v", w)
		default:
		}
		hangUp(t, goesOn)
		if s := ledger.Standing("ann", "2000-01"); s.Spent != 3*billing.Unit || s.Held != 0 {
			t.Errorf("%+v", s)
		}
	})
}

func TestMoneyComesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, ledger := newDesk(t, company(2*billing.Unit))
		keep(t, d)
		tab := open(t, d, call("c1", beijing))
		begin := time.Now()
		answer(t, tab)
		expect(t, tab, begin, billing.OneMinuteLeft, time.Minute)
		time.Sleep(11 * time.Second) // between two attempts
		ledger.SetBudget(company(3 * billing.Unit))
		w := expect(t, tab, begin, billing.MoneyAgain, 75*time.Second)
		if w.Left != 105*time.Second {
			t.Errorf("%s are left", w.Left)
		}
		expect(t, tab, begin, billing.OneMinuteLeft, 2*time.Minute)
		expect(t, tab, begin, billing.OutOfMoney, 3*time.Minute-2*time.Second)
		hangUp(t, tab)
	})
}

// TestLedgerAway: calls go on as far as their holds reach, and are settled when
// it is back.
func TestLedgerAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, ledger := newDesk(t, company(1000*billing.Unit))
		keep(t, d)
		tab := open(t, d, call("c1", beijing))
		answer(t, tab)
		begin := time.Now()
		ledger.FailWith(func(string) error { return errors.New("the disk is full") })
		if w := expect(t, tab, begin, billing.OneMinuteLeft, time.Minute); w.Rule != nil {
			t.Errorf("refused by %v", w.Rule)
		}
		expect(t, tab, begin, billing.OutOfMoney, 118*time.Second)
		if _, err := tab.Close(t.Context(), billing.Result{Status: 200}); err == nil {
			t.Error("settled without a ledger")
		}
		ledger.FailWith(nil)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if c := ledger.Records()[0]; c.State != billing.Closed || c.Cost != 2*billing.Unit {
			t.Errorf("%+v", c)
		}
	})
}

// TestOpenThatFailsLeavesNothing: not even where it was written all the same.
func TestOpenThatFailsLeavesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory := ledgertest.NewMemory(company(1000 * billing.Unit))
		d := deskOver(t, losesAnswers{memory})
		keep(t, d)
		if _, err := d.Open(t.Context(), call("c1", beijing), viaA); err == nil {
			t.Fatal("opened")
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if c := memory.Records()[0]; c.State != billing.Closed || c.Cost != 0 || memory.Standing("company", "2000-01").Held != 0 {
			t.Errorf("%+v", c)
		}
	})
}

// losesAnswers is a ledger whose Open works, and nobody hears of it.
type losesAnswers struct{ *ledgertest.Memory }

func (l losesAnswers) Open(ctx context.Context, c billing.CDR, h billing.Hold) ([]billing.Notice, error) {
	_, _ = l.Memory.Open(ctx, c, h)
	return nil, context.DeadlineExceeded
}

func TestMaxDuration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := newDesk(t)
		keep(t, d)
		r := call("c1", beijing)
		r.Limit = 90 * time.Minute
		tab := open(t, d, r)
		begin := time.Now()
		answer(t, tab)
		expect(t, tab, begin, billing.MaxDuration, 90*time.Minute)
		hangUp(t, tab)

		tab = open(t, d, call("c2", beijing))
		begin = time.Now()
		answer(t, tab)
		expect(t, tab, begin, billing.MaxDuration, 4*time.Hour)
		hangUp(t, tab)
	})
}

// TestFailover charges the trunk that answered.
func TestFailover(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := newDesk(t, company(100*billing.Unit))
		tab := open(t, d, call("c1", beijing), billing.Route{Trunk: "a", Why: "best"}, billing.Route{Trunk: "b", Why: "next"})
		tab.Trying("a", "best")
		tab.Trying("b", "a did not answer")
		tab.Inviting("at-b", "+861065529988")
		answer(t, tab)
		tab.Trying("a", "late") // an INVITE that crossed the answer
		tab.Inviting("at-a", "+861000000000")
		if tab.Rate().PerMinute != billing.Unit/2 {
			t.Errorf("%+v", tab.Rate())
		}
		time.Sleep(30 * time.Second)
		if c := hangUp(t, tab); c.Cost != billing.Unit/2 || c.Trunk != "b" || c.Why != "a did not answer" || c.CallID != "at-b" || c.From != "+861065529988" {
			t.Errorf("%+v", c)
		}
	})
}

// TestDeckInForceAtTheAnswer: dialled under one deck, answered under the next.
func TestDeckInForceAtTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := newDesk(t, company(100*billing.Unit))
		dearer := rates[0]
		dearer.PerMinute *= 3
		d.SetDecks(billing.NewDecks(deck(t, "1", time.Time{}, rates...), deck(t, "2", time.Now().Add(10*time.Second), dearer)))
		before := open(t, d, call("before", beijing))
		answer(t, before)
		tab := open(t, d, call("c1", beijing))
		time.Sleep(10 * time.Second)
		answer(t, tab)
		time.Sleep(time.Second)
		if c := hangUp(t, tab); c.Cost != 3*billing.Unit || c.Deck != "2" {
			t.Errorf("cost %s by deck %s", c.Cost, c.Deck)
		}
		if c := hangUp(t, before); c.Cost != billing.Unit || c.Deck != "1" {
			t.Errorf("the one answered before cost %s by deck %s", c.Cost, c.Deck)
		}
	})
}

// TestCallsIn cost what the deck says for the number dialled, or nothing, and no
// budget or brake ends them.
func TestCallsIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, ledger := newDesk(t, company(1))
		keep(t, d)
		in := func(trunk string) billing.CDR {
			tab := open(t, d, billing.Request{Direction: billing.Inbound, To: beijing, From: "+8613900000000"}, billing.Route{Trunk: trunk})
			answer(t, tab)
			time.Sleep(5 * time.Hour)
			synctest.Wait()
			if len(tab.Warnings()) > 0 {
				t.Errorf("%+v", <-tab.Warnings())
			}
			return hangUp(t, tab)
		}
		if c := in("free"); c.Cost != 300*60_000 || c.Kind != billing.PhoneIn || c.ID == "" {
			t.Errorf("%+v", c)
		}
		if s := ledger.Standing("company", "2000-01"); s.Spent != 300*60_000 {
			t.Errorf("the company's budget: %+v", s)
		}
		if c := in("a"); c.Cost != 0 || c.Deck != "" {
			t.Errorf("a number of our own: %+v", c)
		}
	})
}

func TestNoticesAt80And100Percent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ledger := ledgertest.NewMemory(billing.Budget{ID: "soft", Limit: 10 * billing.Unit})
		var got []int
		d := billing.NewDesk(billing.Config{Ledger: ledger, Home: home, Notices: func(n billing.Notice) { got = append(got, n.Percent) }})
		d.SetDecks(billing.NewDecks(deck(t, "1", time.Time{}, rates...)))
		for range 7 { // two units each, as a hold and then for good
			tab := open(t, d, call("", beijing))
			answer(t, tab)
			time.Sleep(61 * time.Second)
			hangUp(t, tab)
		}
		if diff := cmp.Diff([]int{80, 100}, got); diff != "" {
			t.Error(diff)
		}
		if s := ledger.Standing("soft", "2000-01"); s.Spent != 14*billing.Unit || s.Left() != -4*billing.Unit {
			t.Errorf("a soft budget is overrun: %+v", s)
		}
	})
}

// TestMeter is what the burn meter of a leg shows.
func TestMeter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := newDesk(t, company(10*billing.Unit))
		keep(t, d)
		tab := open(t, d, call("c1", beijing))
		if found, ok := d.Tab("c1"); !ok || found != tab {
			t.Fatal("not found by its call")
		}
		if m := tab.Meter(time.Now()); !m.Answered.IsZero() || m.Spent != 0 || m.Held != 2*billing.Unit || m.Tightest == nil {
			t.Errorf("%+v", m)
		}
		answer(t, tab)
		time.Sleep(90 * time.Second)
		synctest.Wait()
		m := tab.Meter(time.Now())
		if m.Spent != 2*billing.Unit || m.Held != 3*billing.Unit || m.Tightest.Left() != 7*billing.Unit || m.Lasts != 10*time.Minute-90*time.Second {
			t.Errorf("%+v, %+v", m, m.Tightest)
		}
		hangUp(t, tab)
		if _, ok := d.Tab("c1"); ok {
			t.Error("a closed tab is still there")
		}
	})
}

// TestInviting has a call that nobody answers be found by its Call-ID, with the
// number that was shown and not the one that was asked for.
func TestInviting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := newDesk(t)
		r := call("c1", beijing)
		r.From = "+4420"
		tab := open(t, d, r)
		tab.Inviting("x@y", "+861065520000")
		c, err := tab.Close(t.Context(), billing.Result{Status: 486, Cause: billing.CauseBusy})
		if err != nil || c.CallID != "x@y" || c.From != "+861065520000" {
			t.Errorf("record: %+v, %v", c, err)
		}
	})
}
