package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"partyline/signaling/company"
	"partyline/signaling/store"
	"partyline/sip/billing"
	"partyline/sip/dialplan"
)

// telephone has calls of three minutes made and charged in a data directory, a
// cost centre each.
func telephone(t *testing.T, dir string, centres ...string) {
	t.Helper()
	cfg := defaultConfig()
	cfg.DataDir, cfg.Calls.Currency, cfg.Calls.TimeZone = dir, "CNY", "UTC"
	data, err := store.Open(t.Context(), cfg.database(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer data.Close()
	decks, err := company.NewDecks(data, cfg.money(), nil, nil, slog.New(slog.DiscardHandler)).Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	home := cfg.money()
	home.Country = "CN"
	desk := billing.NewDesk(billing.Config{Ledger: data, Home: home})
	desk.SetDecks(decks)
	begin := time.Now()
	for i, centre := range centres {
		tab, err := desk.Open(t.Context(), billing.Request{
			Call: fmt.Sprint("call", i), Person: "ann", CostCentre: centre, Payer: billing.Payer{Kind: billing.CostCentre, ID: centre},
			To: dialplan.Dialled{Number: "+8613800138000", Class: dialplan.Mobile, Country: "CN"}, At: begin,
		}, []billing.Route{{Trunk: "a"}})
		if err != nil {
			t.Fatal(err)
		}
		if err := tab.Answered(t.Context(), begin); err != nil {
			t.Fatal(err)
		}
		if _, err := tab.Close(t.Context(), billing.Result{Status: 200, Cause: billing.CauseHungUp, Ended: begin.Add(3 * time.Minute)}); err != nil {
			t.Fatal(err)
		}
	}
}

// rates runs a command about rates in a company that counts in yuan.
func rates(t *testing.T, dir string, args ...string) (status int, out string) {
	t.Helper()
	return partyline(t, dir, "", append([]string{"--set", "calls.currency=CNY", "--set", "calls.time_zone=UTC", "rates"}, args...)...)
}

// TestRatesChargePastCalls: the records cost what their deck says, and a replay
// what another one would.
func TestRatesChargePastCalls(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		name = filepath.Join(dir, name)
		writeFile(t, name, "prefix,rate_per_min,initial_s,increment_s\n"+text)
		return name
	}
	data := filepath.Join(dir, "data")
	if status, out := rates(t, data, "import", file("now.csv", "86,0.1,60,60\n")); status != 0 {
		t.Fatal(out)
	}
	telephone(t, data, "100", "100", "200", "")
	status, out := rates(t, data, "verify")
	if status != 0 || !strings.Contains(out, "4 records, 4 answered, 1.20 CNY in all") || !strings.Contains(out, "The ledger adds up.") ||
		!strings.Contains(out, "Each record costs what its deck says") {
		t.Errorf("exit status %d: %s", status, out)
	}
	month := time.Now().UTC().Format("2006-01")
	other := file("other.csv", "86,0.3,60,60\n")
	for deck, want := range map[string]string{
		other:                                "100 2 0.6 1.8 +1.2 0\n(none) 1 0.3 0.9 +0.6 0\n200 1 0.3 0.9 +0.6 0\nall 4 1.2 3.6 +2.4 0\n",
		"0001":                               "(none) 1 0.3 0.3 0 0\n100 2 0.6 0.6 0 0\n200 1 0.3 0.3 0 0\nall 4 1.2 1.2 0 0\n",
		file("abroad.csv", "44,0.3,60,60\n"): "(none) 1 0 0 0 1\n100 2 0 0 0 2\n200 1 0 0 0 1\nall 4 0 0 0 4\n",
	} {
		status, out := rates(t, data, "replay", "--deck", deck, "--month", month)
		_, table, _ := strings.Cut(out, "\n")
		var got strings.Builder
		for line := range strings.Lines(table) {
			fmt.Fprintln(&got, strings.Join(strings.Fields(line), " "))
		}
		if status != 0 || got.String() != want {
			t.Errorf("exit status %d, %s:\n%s", status, filepath.Base(deck), out)
		}
	}
	if _, out := rates(t, data, "replay", "--deck", other, "--month", "2020-01"); !strings.Contains(out, "all          0 ") {
		t.Errorf("another month: %s", out)
	}
	tamper(t, data)
	status, out = rates(t, data, "verify")
	if status != 1 || !strings.Contains(out, "deck 0001 says 0.3 for 180 s") || !strings.Contains(out, "1 records do not cost what their deck says") {
		t.Errorf("a record that costs another price passes with exit status %d: %s", status, out)
	}
}

// tamper charges a call by a price that no deck has.
func tamper(t *testing.T, dir string) {
	t.Helper()
	cfg := defaultConfig()
	cfg.DataDir = dir
	data, err := store.Open(t.Context(), cfg.database(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer data.Close()
	begin := time.Now()
	c := billing.CDR{
		ID: "dear", Kind: billing.PhoneOut, Setup: begin, Beat: begin, Answer: begin, End: begin.Add(3 * time.Minute), To: "+8613800138000", Deck: "0001",
		Attempt: 1, Trunk: "a",
	}
	if _, err := data.Open(context.Background(), c, billing.Hold{ID: "h"}); err != nil {
		t.Fatal(err)
	}
	c.State = billing.Closed
	if _, err := data.Settle(context.Background(), c, billing.Charge{Micro: 5, Seconds: 180}); err != nil {
		t.Fatal(err)
	}
}
