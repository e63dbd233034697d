package main

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/company"
	"partyline/signaling/meeting"
	"partyline/signaling/store"
	"partyline/sip/billing"
	"partyline/sip/dialplan"
)

// TestDemoCanCall: the demo's number is one of the home country, its prices know
// it, and its trunk is one that calls.
func TestDemoCanCall(t *testing.T) {
	cfg := defaultConfig()
	simulated, err := openDemoCarrier(&cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer simulated.Close()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	plan, err := dialplan.NewPlan(cfg.gateway().Trunks)
	if err != nil || len(plan.Outbound()) != 1 {
		t.Fatalf("%d trunks call: %v", len(plan.Outbound()), err)
	}
	if shown := plan.Outbound()[0].Outbound.Caller.For(""); shown != "+493055550000" {
		t.Errorf("callees are shown %q", string(shown))
	}
	for _, iso := range []string{"DE", "CN", "GB", "US", "HK", "SG", "JP", "FR", "AU", "BR", ""} {
		home, err := dialplan.Home(iso)
		if err != nil {
			t.Fatal(err)
		}
		d, err := dialplan.Numbering{Home: home}.Classify(demoNumber(home))
		if err != nil || !strings.HasSuffix(string(d.Number), "001") {
			t.Errorf("%s: %q is %v, %v", iso, demoNumber(home), d.Class, err)
		}
		if iso != "" && iso != "BR" && d.Class != dialplan.Domestic {
			t.Errorf("%s: %q is %v", iso, demoNumber(home), d.Class)
		}
	}
	sheet, faults := billing.ParseDeck(strings.NewReader(demoPrices), billing.Reading{Currency: cfg.money().Currency, Zone: time.UTC, Faults: 10})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	deck, err := billing.NewDeck("1", "", time.Time{}, sheet.Rates)
	if err != nil {
		t.Fatal(err)
	}
	for _, number := range []dialplan.Number{"+4930555500001", "+4915112345678", "+8613800138000", "+442079460102"} {
		if _, ok := deck.Find(number, "simulated", billing.Outbound, time.Now()); !ok {
			t.Errorf("%s has no price", string(number))
		}
	}
}

// TestDemoHasMoney after its first start, and as much after the second.
func TestDemoHasMoney(t *testing.T) {
	cfg := defaultConfig()
	cfg.DataDir, cfg.SIP.HomeCountry = t.TempDir(), "DE"
	log := slog.New(slog.DiscardHandler)
	data, err := store.Open(t.Context(), cfg.database(), log)
	if err != nil {
		t.Fatal(err)
	}
	defer data.Close()
	accounts := auth.New(auth.DefaultConfig(), data, time.Now, log)
	book := meeting.NewBook(meeting.DefaultConfig(), data, time.Now)
	home := cfg.money()
	var inForce *billing.Decks
	h := &house{cfg: cfg, accounts: accounts, book: book}
	h.office.decks = company.NewDecks(data, home, func(d *billing.Decks) { inForce = d }, nil, log)
	h.office.budgets = company.NewBudgets(data, home.Zone, nil)
	for range 2 {
		if err := h.seed(t.Context(), new(screen)); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, ok := inForce.Find("+4930555500001", "simulated", billing.Outbound, time.Now()); !ok {
		t.Error("no price is in force")
	}
	standings, err := h.office.budgets.List(t.Context(), auth.Person{Admin: true})
	if err != nil || len(standings) != 1 || standings[0].Left() != demoBudget {
		t.Errorf("budgets: %+v, %v", standings, err)
	}
}
