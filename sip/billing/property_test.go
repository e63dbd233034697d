package billing_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"partyline/sip/billing"
	"partyline/sip/billing/ledgertest"
	"partyline/sip/dialplan"
)

func drawRate(t *rapid.T) billing.Rate {
	return billing.Rate{
		PerMinute: billing.Micro(rapid.Int64Range(0, 5_000_000).Draw(t, "per minute")), Connect: billing.Micro(rapid.Int64Range(0, 500_000).Draw(t, "connect")),
		Initial: rapid.IntRange(0, 120).Draw(t, "initial"), Increment: rapid.IntRange(1, 120).Draw(t, "increment"),
		Minimum: rapid.IntRange(0, 90).Draw(t, "minimum"), Grace: rapid.IntRange(0, 10).Draw(t, "grace"),
	}
}

// TestChargesAreFair: what is billed is never less than was talked, nor a step
// more; it never falls as the call goes on; its explanation adds up.
func TestChargesAreFair(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRate(t)
		d := time.Duration(rapid.Int64Range(0, int64(3*time.Hour)).Draw(t, "talked"))
		billed, talked := r.Billed(d), int((d+time.Second-1)/time.Second)
		switch {
		case talked <= r.Grace:
			if billed != 0 || r.Price(d) != 0 {
				t.Fatalf("%d s are billed within the grace", billed)
			}
		case billed < talked || billed >= max(talked, r.Initial, r.Minimum)+r.Increment:
			t.Fatalf("%d s are billed for %d", billed, talked)
		}
		longer := d + time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "more"))
		if r.Price(longer) < r.Price(d) {
			t.Fatalf("%s cost %s, and %s only %s", d, r.Price(d), longer, r.Price(longer))
		}
		c := r.Charge(d)
		var sum billing.Micro
		for _, step := range c.Steps {
			switch step.Key {
			case billing.StepMinutes, billing.StepConnect:
				amount, err := billing.ParseMicro(step.Values["amount"])
				if err != nil {
					t.Fatal(err)
				}
				sum += amount
			}
		}
		if c.Micro != r.Price(d) || c.Seconds != billed || sum != c.Micro || c.Steps[len(c.Steps)-1].Values["amount"] != c.Micro.String() {
			t.Fatalf("%+v, %s in all", c, sum)
		}
	})
}

// TestHoldsCoverWhatTheySay: a call that ends in time costs no more than its
// hold, a second later it does, and a first hold covers the initial block and a
// minute.
func TestHoldsCoverWhatTheySay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRate(t)
		held := billing.Micro(rapid.Int64Range(0, 100_000_000).Draw(t, "held"))
		covers := r.Covers(held)
		if covers < 100*24*time.Hour && (r.Price(covers) > held || r.Price(covers+time.Second) <= held) {
			t.Fatalf("%s is said to last %s, which costs %s", held, covers, r.Price(covers))
		}
		if got := r.Covers(r.Reserve()); got < time.Duration(max(r.Initial, r.Minimum))*time.Second+billing.Slice {
			t.Fatalf("the first hold lasts %s", got)
		}
	})
}

// leg is what one of many calls does.
type leg struct {
	id           string
	rate         int // which of the rates
	begins       time.Duration
	rings, lasts time.Duration
	answered     bool
}

func drawLeg(t *rapid.T, i int) leg {
	second := func(most int, what string) time.Duration {
		return time.Duration(rapid.IntRange(0, most*10).Draw(t, what)) * time.Second / 10
	}
	return leg{
		id: fmt.Sprint("c", i), rate: rapid.IntRange(0, 3).Draw(t, "rate"), begins: second(120, "begins"), rings: second(20, "rings"),
		lasts: second(600, "lasts"), answered: rapid.IntRange(0, 4).Draw(t, "answered") > 0,
	}
}

// callees are one for each of the rates of a desk of properties.
var callees = []dialplan.Number{"+861065529988", "+8613800138000", "+862187654321", "+8675587654321"}

// drawDeck makes up a rate for each of the callees.
func drawDeck(t *rapid.T) *billing.Deck {
	var rates []billing.Rate
	for _, prefix := range []string{"8610", "8613", "8621", "86755"} {
		r := drawRate(t)
		r.Prefix = prefix
		rates = append(rates, r)
	}
	deck, err := billing.NewDeck("1", "", time.Time{}, rates)
	if err != nil {
		t.Fatal(err)
	}
	return deck
}

// run is one call from its beginning to its end, as sip would do it.
func (l leg) run(d *billing.Desk) error {
	time.Sleep(l.begins)
	r := call(l.id, dialplan.Dialled{Number: callees[l.rate], Class: dialplan.Domestic, Country: "CN"})
	r.Known = true
	tab, err := d.Open(context.Background(), r, viaA)
	if errors.As(err, new(*billing.Refusal)) {
		return nil
	}
	if err != nil {
		return err
	}
	time.Sleep(l.rings)
	if !l.answered {
		_, err = tab.Close(context.Background(), billing.Result{Status: 480, Cause: billing.CauseNoAnswer})
		return err
	}
	if err := tab.Answered(context.Background(), time.Now()); err != nil {
		return err
	}
	end := time.After(l.lasts)
	for {
		select {
		case <-end:
			_, err = tab.Close(context.Background(), billing.Result{Status: 200, Cause: billing.CauseHungUp})
			return err
		case w := <-tab.Warnings():
			if w.Kind == billing.OutOfMoney {
				time.Sleep(500 * time.Millisecond) // for the last prompt and the BYE
				_, err = tab.Close(context.Background(), billing.Result{Status: 200, Cause: billing.CauseNoMoney, Rule: billing.NoMoney})
				return err
			}
		}
	}
}

// noDeadline is a test of which rapid does not ask how long it may take, which
// nobody may in a bubble.
type noDeadline struct{ rapid.TB }

// TestManyLegsNeverOverspend has calls of all sorts go on at once over budgets
// that do not suffice, and looks at every entry of the ledger afterwards.
func TestManyLegsNeverOverspend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rapid.Check(noDeadline{t}, func(rt *rapid.T) {
			limit := billing.Micro(rapid.Int64Range(0, 40_000_000).Draw(rt, "limit"))
			ledger := ledgertest.NewMemory(company(limit),
				billing.Budget{ID: "sales", Payer: billing.Payer{Kind: billing.Department, ID: "sales"}, Period: billing.Day, Limit: limit * 3 / 4, Hard: true},
				billing.Budget{ID: "soft", Payer: billing.Payer{Kind: billing.Person, ID: "ann"}, Limit: limit / 2})
			decks := billing.NewDecks(drawDeck(rt))
			d := billing.NewDesk(billing.Config{Ledger: ledger, Home: home})
			d.SetDecks(decks)
			brakes := billing.DefaultBrakes()
			brakes.Ceiling = 0
			d.SetBrakes(brakes)
			legs := make([]leg, rapid.IntRange(1, 12).Draw(rt, "legs"))
			for i := range legs {
				legs[i] = drawLeg(rt, i)
			}
			runAll(rt, d, legs)
			inspect(rt, ledger, decks, limit)
		})
	})
}

// runAll has the legs run at once, and the desk meanwhile.
func runAll(t *rapid.T, d *billing.Desk, legs []leg) {
	running, stop := context.WithCancel(context.Background())
	defer stop()
	var desk, calls sync.WaitGroup
	desk.Go(func() { d.Run(running) })
	for _, l := range legs {
		calls.Go(func() {
			if err := l.run(d); err != nil {
				t.Error(err)
			}
		})
	}
	calls.Wait()
	stop()
	desk.Wait()
}

// inspect looks at all records and entries when every call is over.
func inspect(t *rapid.T, ledger *ledgertest.Memory, decks *billing.Decks, limit billing.Micro) {
	var cost billing.Micro
	for _, c := range ledger.Records() {
		charge, err := billing.Recompute(&c, decks)
		if err != nil || charge.Micro != c.Cost || charge.Seconds != c.BilledSeconds || c.State != billing.Closed {
			t.Fatalf("%s cost %s and now %s (%v): %+v", c.ID, c.Cost, charge.Micro, err, c)
		}
		if !c.Answer.IsZero() && c.Duration() > time.Duration(c.Rate.Grace)*time.Second && c.Rate.PerMinute > 0 && c.Rate.Initial > 0 && c.Cost == 0 {
			t.Fatalf("an answered call for nothing: %+v", c)
		}
		cost += c.Cost
	}
	accounts := map[string]billing.Micro{}
	settled := map[string]int{}
	limits := map[string]billing.Micro{"company": limit, "sales": limit * 3 / 4}
	for _, e := range ledger.Entries() {
		accounts[e.Budget+" "+string(e.From)] -= e.Amount
		accounts[e.Budget+" "+string(e.To)] += e.Amount
		if e.To == ledgertest.Spent {
			settled[e.Budget+" "+e.Call]++
		}
		if used := -accounts[e.Budget+" free"]; limits[e.Budget] > 0 && used > limits[e.Budget] {
			t.Fatalf("%s of %s are spent or held: %+v", used, limits[e.Budget], e)
		}
		if accounts[e.Budget+" held"] < 0 {
			t.Fatalf("less than nothing is held: %+v", e)
		}
	}
	for call, n := range settled {
		if n != 1 {
			t.Fatalf("%s is settled %d times", call, n)
		}
	}
	for account, sum := range accounts {
		switch {
		case strings.HasSuffix(account, " held") && sum != 0, strings.HasSuffix(account, " spent") && sum != cost, strings.HasSuffix(account, " free") && sum != -cost:
			t.Fatalf("%s stands at %s, and the calls cost %s", account, sum, cost)
		}
	}
}

// TestHundredLegs is one large case, for the race detector.
func TestHundredLegs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, ledger := newDesk(t, company(40*billing.Unit))
		keep(t, d)
		random := rand.New(rand.NewPCG(1, 2))
		var wg sync.WaitGroup
		for i := range 100 {
			l := leg{
				id: fmt.Sprint("c", i), rate: random.IntN(2), begins: time.Duration(random.IntN(60)) * time.Second,
				lasts: time.Duration(random.IntN(300)) * time.Second, answered: true,
			}
			wg.Go(func() {
				if err := l.run(d); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		refused := 0
		var cost billing.Micro
		for _, c := range ledger.Records() {
			if c.Rule == billing.NoMoney {
				refused++
			}
			cost += c.Cost
		}
		s := ledger.Standing("company", "2000-01")
		if s.Spent != cost || s.Held != 0 || s.Left() < 0 || refused == 0 {
			t.Errorf("%+v, the calls cost %s, %d without money", s, cost, refused)
		}
	})
}
