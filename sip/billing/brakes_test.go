package billing_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/sip/billing"
	"partyline/sip/billing/ledgertest"
	"partyline/sip/dialplan"
)

// refused opens a call that must be refused, and returns by what. It looks that
// the refusal is on record and holds nothing.
func refused(t *testing.T, d *billing.Desk, ledger *ledgertest.Memory, r billing.Request, routes ...billing.Route) billing.Refusal {
	t.Helper()
	if routes == nil {
		routes = viaA
	}
	tab, err := d.Open(t.Context(), r, routes)
	var refusal *billing.Refusal
	if !errors.As(err, &refusal) || tab != nil {
		t.Fatalf("not refused: %v", err)
	}
	if _, err := d.Quote(t.Context(), r, routes); !errors.As(err, new(*billing.Refusal)) {
		t.Errorf("the quote says %v", err)
	}
	records := ledger.Records()
	i := len(records) - 1
	for ; i >= 0 && records[i].ID != r.Call; i-- {
	}
	if i < 0 || records[i].State != billing.Closed || records[i].Rule != refusal.Rule || records[i].Cost != 0 || records[i].Cause == "" {
		t.Errorf("the refused call's record: %+v", records)
	}
	want := billing.CauseRefused
	if refusal.Rule == billing.NoMoney {
		want = billing.CauseNoMoney
	}
	if got := records[i].Cause; got != want {
		t.Errorf("the refused call's cause: %s, want %s", got, want)
	}
	return *refusal
}

// braked is a call, and what the brakes make of it.
type braked struct {
	name    string
	to      dialplan.Dialled
	brakes  func(*billing.Brakes)
	request func(*billing.Request)
	routes  []billing.Route
	want    string // rule and details; empty: it is placed
}

// brakedCalls are for each brake a call that it must refuse, and the same
// without what was wrong.
func brakedCalls() []braked {
	abroad := func(b *billing.Brakes) { b.Countries, b.FirstCountry, b.Night = []string{"GB"}, false, false }
	nightly := func(b *billing.Brakes) {
		abroad(b)
		b.Night, b.NightFrom, b.NightTo = true, 8*time.Hour, 9*time.Hour // synctest begins at 8 in the morning
	}
	unknown := func(r *billing.Request) { r.MayCall = billing.Known }
	return []braked{
		{name: "a call to the home country", to: beijing},
		{name: "a mobile", to: mobile},
		{name: "an emergency number", to: dialplan.Dialled{Number: "110", Class: dialplan.Emergency, Country: "CN"}, want: "emergency map[country:CN number:110]"},
		{
			name: "a satellite telephone", to: dialplan.Dialled{Number: "+881612345678", Class: dialplan.Denied, Service: "Iridium"},
			brakes: func(b *billing.Brakes) { b.Countries = []string{"*"}; b.Premium = true }, want: "denied map[service:Iridium]",
		},
		{name: "a guest", to: beijing, request: func(r *billing.Request) { r.Guest = true }, want: "guest map[]"},
		{name: "somebody who may call nobody", to: beijing, request: func(r *billing.Request) { r.MayCall = billing.Nobody }, want: "may-not-call map[]"},
		{name: "an unknown number for a restricted person", to: beijing, request: unknown, want: "unknown-number map[]"},
		{name: "a saved contact of a restricted person", to: beijing, request: func(r *billing.Request) { unknown(r); r.Known = true }},
		{
			name: "a colleague's desk", to: dialplan.Dialled{Number: "+861065520001", Class: dialplan.Internal, Country: "CN"}, request: unknown,
		},
		{name: "abroad by default", to: london, want: "class-off map[class:international country:GB]"},
		{name: "a country that is allowed", to: london, brakes: abroad},
		{name: "another one", to: kenya, brakes: abroad, want: "class-off map[class:international country:KE]"},
		{name: "premium by default", to: hotline, want: "class-off map[class:premium country:CN]"},
		{name: "mobiles turned off", to: mobile, brakes: func(b *billing.Brakes) { b.Mobile = false }, want: "class-off map[class:mobile country:CN]"},
		{name: "home turned off", to: beijing, brakes: func(b *billing.Brakes) { b.Domestic = false }, want: "class-off map[class:domestic country:CN]"},
		{
			name: "a number without a country", to: dialplan.Dialled{Number: "+8001234567", Class: dialplan.International},
			brakes: abroad, want: "class-off map[class:international country:]",
		},
		{
			name: "premium by the deck alone", to: dialplan.Dialled{Number: "+8610999", Class: dialplan.Domestic, Country: "CN"},
			want: "class-off map[class:premium country:CN]",
		},
		{
			name: "into a meeting without anybody there", to: london, brakes: func(b *billing.Brakes) { abroad(b); b.Invitees = true },
			request: func(r *billing.Request) { r.Meeting, r.Countries = "m1", []string{"CN", "FR"} }, want: "meeting-country map[country:GB]",
		},
		{
			name: "into a meeting with somebody there", to: london, brakes: func(b *billing.Brakes) { abroad(b); b.Invitees = true },
			request: func(r *billing.Request) { r.Meeting, r.Countries = "m1", []string{"GB"} },
		},
		{name: "at night", to: london, brakes: nightly, want: "night map[class:international from:08:00 to:09:00]"},
		{name: "at night to a contact", to: london, brakes: nightly, request: func(r *billing.Request) { r.Known = true }},
		{name: "at night at home", to: beijing, brakes: nightly},
		{
			name: "the first call to a country", to: london, brakes: func(b *billing.Brakes) { abroad(b); b.FirstCountry = true },
			want: "first-country map[country:GB]",
		},
		{
			name: "an approved country", to: london, brakes: func(b *billing.Brakes) { abroad(b); b.FirstCountry = true },
			request: func(r *billing.Request) { r.Approved = true },
		},
		{name: "a number without a price", to: dialplan.Dialled{Number: "+85223456789", Class: dialplan.Domestic, Country: "CN"}, want: "no-rate map[]"},
		{name: "no trunk at all", to: beijing, routes: []billing.Route{}, want: "no-rate map[]"},
		{
			name: "dearer than the ceiling", to: beijing, brakes: func(b *billing.Brakes) { b.Ceiling = billing.Unit - 1 },
			want: "price-ceiling map[ceiling:0.999999 price:1]",
		},
		{name: "at the ceiling", to: beijing, brakes: func(b *billing.Brakes) { b.Ceiling = billing.Unit }},
		{
			name: "dearer than was shown", to: beijing, request: func(r *billing.Request) { r.Shown = billing.Unit / 2 },
			want: "max-price map[price:1 shown:0.5]",
		},
		{
			name: "dearer by the second trunk", to: beijing, request: func(r *billing.Request) { r.Shown = billing.Unit / 2 },
			routes: []billing.Route{{Trunk: "b"}, {Trunk: "a"}},
		},
	}
}

// TestBrakes has each of them refuse a call that it must, with its own true
// reason, and let pass the same call without what was wrong.
func TestBrakes(t *testing.T) {
	for _, c := range brakedCalls() {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, ledger := newDesk(t)
				d.SetDecks(billing.NewDecks(deck(t, "1", time.Time{}, append([]billing.Rate{
					{Prefix: "8610999", PerMinute: 1, Increment: 1, Class: "premium"},
				}, rates...)...)))
				brakes := billing.DefaultBrakes()
				if c.brakes != nil {
					c.brakes(&brakes)
				}
				d.SetBrakes(brakes)
				r := call("c1", c.to)
				if c.request != nil {
					c.request(&r)
				}
				if c.want == "" {
					if c.routes == nil {
						c.routes = viaA
					}
					hangUp(t, open(t, d, r, c.routes...))
					return
				}
				got := refused(t, d, ledger, r, c.routes...)
				if text := fmt.Sprint(got.Rule, " ", got.Detail); text != c.want {
					t.Errorf("refused by %s, want %s", text, c.want)
				}
			})
		})
	}
}

// TestVelocityOfKnownNumbers: to save a number first is no way round a limit.
func TestVelocityOfKnownNumbers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, ledger := newDesk(t)
		brakes := billing.DefaultBrakes()
		brakes.PerPerson = 2
		d.SetBrakes(brakes)
		saved := func(id string) billing.Request {
			r := call(id, beijing)
			r.Known = true
			return r
		}
		for i := range 20 {
			hangUp(t, open(t, d, saved(fmt.Sprint("c", i))))
		}
		got := refused(t, d, ledger, saved("one more"))
		if text := fmt.Sprint(got.Rule, " ", got.Detail); text != "velocity-person map[calls:20 limit:20 minutes:10]" {
			t.Errorf("refused by %s", text)
		}
		refused(t, d, ledger, call("a stranger", beijing)) // of whom there were none
	})
}

// TestVelocity: six calls in ten minutes, and again when they are past.
func TestVelocity(t *testing.T) {
	for _, c := range []struct {
		name   string
		set    func(*billing.Brakes)
		change func(*billing.Request) // what is not counted together
		want   string
	}{
		{
			"person", func(b *billing.Brakes) { b.PerPerson = 6 }, func(r *billing.Request) { r.Person = "bob" },
			"velocity-person map[calls:6 limit:6 minutes:10]",
		},
		{
			"prefix", func(b *billing.Brakes) { b.PerPrefix = 6 }, func(r *billing.Request) { r.To.Number = "+861065530000" },
			"velocity-prefix map[calls:6 limit:6 minutes:10 prefix:86106552]",
		},
		{"trunk", func(b *billing.Brakes) { b.PerTrunk = 6 }, nil, "velocity-trunk map[calls:6 limit:6 minutes:10 trunk:a]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, ledger := newDesk(t)
				brakes := billing.DefaultBrakes()
				c.set(&brakes)
				d.SetBrakes(brakes)
				for i := range 6 {
					hangUp(t, open(t, d, call(fmt.Sprint("c", i), beijing)))
					time.Sleep(time.Second)
				}
				got := refused(t, d, ledger, call("more", beijing))
				if text := fmt.Sprint(got.Rule, " ", got.Detail); text != c.want {
					t.Errorf("refused by %s, want %s", text, c.want)
				}
				if c.change != nil {
					other, known := call("other", beijing), call("known", beijing)
					c.change(&other)
					known.Known = true
					hangUp(t, open(t, d, other))
					hangUp(t, open(t, d, known))
				} else {
					hangUp(t, open(t, d, call("other", beijing), viaA[0], billing.Route{Trunk: "b"}))
				}
				again := deskOver(t, ledger) // a restart forgets nothing
				again.SetBrakes(brakes)
				refused(t, again, ledger, call("after a restart", beijing))
				time.Sleep(10 * time.Minute)
				hangUp(t, open(t, d, call("later", beijing)))
			})
		})
	}
}

// together is a ledger that answers when everybody has asked.
type together struct {
	*ledgertest.Memory
	asking sync.WaitGroup
}

func (l *together) Facts(ctx context.Context, q billing.Query) (billing.Facts, error) {
	f, err := l.Memory.Facts(ctx, q)
	l.asking.Done()
	l.asking.Wait()
	return f, err
}

// TestConcurrency: of many calls opened at the same moment exactly as many are
// placed as may be.
func TestConcurrency(t *testing.T) {
	for _, c := range []struct {
		of  string
		set func(*billing.Brakes)
	}{
		{"person", func(b *billing.Brakes) { b.AtOncePerson = 5 }},
		{"company", func(b *billing.Brakes) { b.AtOnce = 5 }},
	} {
		ledger := &together{Memory: ledgertest.NewMemory()}
		ledger.asking.Add(20)
		d := deskOver(t, ledger)
		brakes := billing.DefaultBrakes()
		c.set(&brakes)
		d.SetBrakes(brakes)
		var mu sync.Mutex
		var opened []*billing.Tab
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				tab, err := d.Open(t.Context(), call(fmt.Sprint("c", i), beijing), viaA)
				mu.Lock()
				defer mu.Unlock()
				var refusal *billing.Refusal
				switch {
				case err == nil:
					opened = append(opened, tab)
				case !errors.As(err, &refusal) || refusal.Rule != billing.Concurrency || refusal.Detail["of"] != c.of || refusal.Detail["limit"] != "5":
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if len(opened) != 5 {
			t.Fatalf("%s: %d calls at once", c.of, len(opened))
		}
		hangUp(t, opened[0])
		ledger.asking.Add(1)
		hangUp(t, open(t, d, call("next", beijing)))
	}
}

// country is the admins' answer.
type country struct {
	approved map[string]bool
	asked    []string
}

func (c *country) Approved(_ context.Context, iso string) (bool, error) { return c.approved[iso], nil }
func (c *country) Ask(_ context.Context, r billing.Request) error {
	c.asked = append(c.asked, r.To.Country)
	return nil
}

func TestApprovals(t *testing.T) {
	ledger, admins := ledgertest.NewMemory(), &country{approved: map[string]bool{}}
	d := billing.NewDesk(billing.Config{Ledger: ledger, Approvals: admins, Home: home})
	d.SetDecks(billing.NewDecks(deck(t, "1", time.Time{}, rates...)))
	brakes := billing.DefaultBrakes()
	brakes.Countries, brakes.Night = []string{"GB"}, false
	d.SetBrakes(brakes)
	if got := refused(t, d, ledger, call("c1", london)); got.Rule != billing.FirstCountry {
		t.Errorf("refused by %s", got.Rule)
	}
	if diff := cmp.Diff([]string{"GB"}, admins.asked); diff != "" { // once, and not by a quote
		t.Error(diff)
	}
	admins.approved["GB"] = true
	hangUp(t, open(t, d, call("c2", london)))
	hangUp(t, open(t, d, call("c3", beijing))) // nobody is asked for the home country
}

func TestNoMoney(t *testing.T) {
	d, ledger := newDesk(t, company(100*billing.Unit), billing.Budget{
		ID: "m", Payer: billing.Payer{Kind: billing.Meeting, ID: "m1"}, Period: billing.Once, Limit: 3 * billing.Unit, Hard: true,
	})
	r := call("c1", beijing)
	r.Meeting = "m1"
	tab := open(t, d, r)
	r.Call = "c2"
	got := refused(t, d, ledger, r)
	want := "no-money map[budget:m left:1 limit:3 needed:2 payer:meeting payer_id:m1 period:once]"
	if text := fmt.Sprint(got.Rule, " ", got.Detail); text != want {
		t.Errorf("refused by %s", text)
	}
	hangUp(t, tab)
	hangUp(t, open(t, d, call("c3", beijing))) // outside of that meeting
}

// TestNight in the company's zone, over midnight and not.
func TestNight(t *testing.T) {
	b := billing.DefaultBrakes()
	at := func(text string) time.Time {
		when, err := time.ParseInLocation(time.DateTime, "2026-11-23 "+text, home.Zone)
		if err != nil {
			t.Fatal(err)
		}
		return when.UTC()
	}
	for text, want := range map[string]bool{
		"21:59:59": false, "22:00:00": true, "23:59:59": true, "00:00:00": true, "05:59:59": true, "06:00:00": false, "12:00:00": false,
	} {
		if b.AtNight(at(text), home.Zone) != want {
			t.Errorf("%s is night: %v", text, !want)
		}
	}
	b.NightFrom, b.NightTo = time.Hour, 5*time.Hour
	for text, want := range map[string]bool{"00:59:59": false, "01:00:00": true, "05:00:00": false} {
		if b.AtNight(at(text), home.Zone) != want {
			t.Errorf("%s is night: %v", text, !want)
		}
	}
	b.NightTo = b.NightFrom
	if b.AtNight(at("01:00:00"), home.Zone) {
		t.Error("a night that ends when it begins")
	}
}

// TestRulesAreAllDistinct, and words that a page can be keyed by.
func TestRulesAreAllDistinct(t *testing.T) {
	seen := map[billing.Rule]bool{}
	for _, rule := range billing.Rules() {
		if seen[rule] || string(rule) != strings.ToLower(string(rule)) || strings.Contains(string(rule), "_") {
			t.Errorf("%s", rule)
		}
		seen[rule] = true
	}
}

// TestDearerTrunksAreLeftOut of a call at the price that the caller was shown.
func TestDearerTrunksAreLeftOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := newDesk(t)
		r := call("c1", beijing)
		r.Shown = billing.Unit / 2
		both := []billing.Route{{Trunk: "a", Why: "better"}, {Trunk: "b", Why: "cheaper"}}
		quote, err := d.Quote(t.Context(), r, both)
		if err != nil || quote.Trunk != "b" || quote.Rate.PerMinute != billing.Unit/2 || quote.Hold != billing.Unit {
			t.Errorf("quote: %+v, %v", quote, err)
		}
		tab := open(t, d, r, both...)
		if !tab.Covers("b") || tab.Covers("a") || tab.Covers("none") {
			t.Error("covers other trunks than the one at the price")
		}
		if c := hangUp(t, tab); c.Trunk != "b" || c.Rate.PerMinute != billing.Unit/2 {
			t.Errorf("record: %+v", c)
		}
	})
}
