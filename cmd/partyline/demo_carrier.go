package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"strings"

	"partyline/cmd/internal/voice"
	"partyline/signaling/auth"
	"partyline/signaling/company"
	"partyline/sip/billing"
	"partyline/sip/carrier"
	"partyline/sip/dialplan"
)

// demoPrices is the demo's rate deck, in whatever currency the company has.
//
//go:embed demo_prices.csv
var demoPrices string

// demoHome is the country of a demo that has not been told of another: where its
// admin lives.
const demoHome = "DE"

// demoBudget is what the demo's company may spend in a month.
const demoBudget billing.Micro = 50 * 1_000_000

// openDemoCarrier starts the simulated telephone company on this machine, and
// has the configuration call over it.
func openDemoCarrier(cfg *Config) (*carrier.Carrier, error) {
	simulated, err := carrier.New(carrier.Config{NewCodec: voice.NewCodec})
	if err != nil {
		return nil, err
	}
	at := simulated.UDP()
	if cfg.SIP.HomeCountry == "" {
		cfg.SIP.HomeCountry = demoHome
	}
	cfg.DemoCarrier = at.String()
	trunk := trunkConfig{Name: "simulated", Label: "Demo"}
	trunk.Outbound.Targets = []target{{Target: dialplan.Target{Host: at.Addr().String(), Port: int(at.Port()), Transport: "udp"}}}
	trunk.Outbound.Register, trunk.Outbound.Registrar = true, at.String()
	trunk.Outbound.Accounts = []accountConfig{{User: "demo", Password: dialplan.Password(demoPassword)}}
	trunk.Outbound.Owned, trunk.Outbound.Default = []string{"+493055550000"}, "+493055550000"
	cfg.SIP.Trunks = append(cfg.SIP.Trunks, trunk)
	return simulated, nil
}

// demoNumbers tells of a few that one can call.
func demoNumbers(n dialplan.Numbering) string {
	return fmt.Sprintf("%s answers, …002 is busy, …004 is voicemail (`partyline simulate --print` lists them)", demoNumber(n.Home))
}

// demoNumber is a number of a country that ends in 001.
func demoNumber(home dialplan.Country) string {
	for _, n := range []string{"+4930555500", "+861055550", "+442079460", "+12125550", "+85225550", "+6562220", "+81355550", "+33144555", "+61295555"} {
		if rest, ok := strings.CutPrefix(n, "+"+home.Code); ok && home.Code != "" {
			return home.Trunk + rest + "001"
		}
	}
	return "+4930555500001"
}

// seed fills an empty installation with demo data.
func (h *house) seed(ctx context.Context, out io.Writer) error {
	admin, err := seedDemo(ctx, h.accounts, h.book, h.cfg.address(), out)
	if err != nil || admin == nil {
		return err
	}
	return seedMoney(ctx, h.office.decks, h.office.budgets, *admin)
}

// seedMoney gives the demo's company prices and a budget.
func seedMoney(ctx context.Context, decks *company.Decks, budgets *company.Budgets, admin auth.Person) error {
	preview, err := decks.Import(ctx, admin, company.Upload{Name: "Demo prices"}, strings.NewReader(demoPrices))
	if err != nil {
		return fmt.Errorf("the demo's prices: %w", err)
	}
	for _, fault := range preview.Faults {
		err = errors.Join(err, fmt.Errorf("the demo's prices: %s", fault))
	}
	if err != nil {
		return err
	}
	if _, err := decks.Activate(ctx, admin, preview.Deck.Version, company.Activation{Confirm: true}); err != nil {
		return fmt.Errorf("the demo's prices: %w", err)
	}
	budget := billing.Budget{Payer: billing.Payer{Kind: billing.Company}, Period: billing.Month, Limit: demoBudget, Hard: true}
	if _, err := budgets.Add(ctx, admin, budget); err != nil {
		return fmt.Errorf("the demo's budget: %w", err)
	}
	return nil
}
