package main

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"partyline/cmd/internal/voice"
	"partyline/signaling/auth"
	"partyline/signaling/company"
	"partyline/signaling/dialout"
	"partyline/signaling/meeting"
	"partyline/signaling/wire"
	"partyline/sip/billing"
	"partyline/sip/carrier"
	"partyline/sip/dialplan"
)

// deckOfGermany has one price for all of Germany.
const deckOfGermany = "prefix,destination,rate_per_min,connect_fee,initial_s,increment_s\n49,Germany,0.6,0.05,1,1\n"

// payingHouse has phones, a simulated telephone company to call by, and a price.
func payingHouse(t *testing.T) (*house, *carrier.Carrier, auth.Person, dialout.Caller) {
	t.Helper()
	network, err := carrier.New(carrier.Config{NewCodec: voice.NewCodec})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := network.Close(); err != nil {
			t.Error(err)
		}
	})
	at := network.UDP()
	h := newHouse(t, func(cfg *Config) {
		cfg.SIP.UDP, cfg.SIP.TCP, cfg.SIP.HomeCountry, cfg.SIP.DemoTrunk = "127.0.0.1:0", "", "DE", false
		cfg.SIP.Trunks = []trunkConfig{{
			Name: "simulated", Outbound: outboundConfig{
				Targets: []target{{Target: dialplan.Target{Host: at.Addr().String(), Port: int(at.Port())}}},
				Owned:   []string{"+4930901820"}, Default: "+4930901820",
			},
		}}
	})
	if err := h.openPhones(t.Context()); err != nil {
		t.Fatal(err)
	}
	person, by := employee(t, h)
	preview, err := h.office.decks.Import(t.Context(), person, company.Upload{Name: "test"}, strings.NewReader(deckOfGermany))
	if err != nil || len(preview.Faults) > 0 {
		t.Fatalf("%v %v", preview.Faults, err)
	}
	if _, err := h.office.decks.Activate(t.Context(), person, preview.Deck.Version, company.Activation{Confirm: true}); err != nil {
		t.Fatal(err)
	}
	return h, network, person, by
}

// TestACallIsPlacedAndPaid calls somebody who answers and joins, takes them out
// of the meeting again, and holds record and ledger against what the telephone
// company saw.
func TestACallIsPlacedAndPaid(t *testing.T) {
	h, network, person, by := payingHouse(t)
	m, err := h.book.Create(t.Context(), person.ID, "Round", meeting.Named)
	if err != nil {
		t.Fatal(err)
	}
	order := dialout.Order{
		ID: "order-1", Call: "call-1", Batch: "batch-1", Attempt: 1, Kind: wire.DialInto, By: by, Meeting: m.ID,
		To: dialout.Callee{Name: "Sam", Numbers: []dialout.Number{"+493055550001"}}, Number: "+493055550001",
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	var mu sync.Mutex
	var states []wire.CallState
	outcome := h.office.dialer.Dial(ctx, order, func(p dialout.Progress) {
		mu.Lock()
		defer mu.Unlock()
		if p.State != "" {
			states = append(states, p.State)
		}
		if p.State == wire.CallJoined {
			if meter, ok := h.office.dialer.Meter(order.ID); !ok || meter.Rate != 600_000 {
				t.Errorf("the meter says %+v, %v", meter, ok)
			}
			time.AfterFunc(1500*time.Millisecond, func() { cancel(&dialout.Because{Cause: dialout.Removed}) })
		}
	})
	if outcome.Cause != dialout.Removed {
		t.Errorf("the call ended by %+v", outcome)
	}
	for _, state := range []wire.CallState{wire.CallTrying, wire.CallAnswered, wire.CallConfirmed, wire.CallJoined} {
		if !slices.Contains(states, state) {
			t.Errorf("nobody was told that it is %s: %v", state, states)
		}
	}
	record, err := h.store.Record(t.Context(), order.ID)
	if err != nil {
		t.Fatal(err)
	}
	seen := network.Records()
	if len(seen) != 1 || seen[0].From != "+4930901820" || string(seen[0].To) != "+493055550001" {
		t.Fatalf("the telephone company saw %+v", seen)
	}
	if apart := (record.Duration() - seen[0].Duration()).Abs(); apart > time.Second {
		t.Errorf("the call lasted %v, and for the telephone company %v", record.Duration(), seen[0].Duration())
	}
	if want := record.Rate.Charge(record.Duration()); record.State != billing.Closed || record.Cost != want.Micro || record.Cost < 60_000 || int64(record.Cost) != outcome.Spent {
		t.Errorf("%v cost %s, not %s; told was %d", record.Duration(), record.Cost, want.Micro, outcome.Spent)
	}
	if open, err := h.store.Unsettled(t.Context()); err != nil || len(open) > 0 {
		t.Errorf("records left open: %v %v", open, err)
	}
	if _, runs := h.office.dialer.Meter(order.ID); runs {
		t.Error("the meter goes on")
	}
}
