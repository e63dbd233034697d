package main

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"partyline/signaling"
	"partyline/signaling/meeting"
	"partyline/signaling/wire"
	"partyline/sip"
	"partyline/sip/billing"
	"partyline/sip/billing/ledgertest"
	"partyline/sip/dialplan"
)

// TestEveryLegHasItsRecord: a call in that is charged, one that is refused, a
// browser that moves, and none for a call that was placed, which has its own.
func TestEveryLegHasItsRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ledger := ledgertest.NewMemory()
		journal := billing.NewJournal(ledger, nil, nil)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go journal.Run(ctx)
		desk := billing.NewDesk(billing.Config{Ledger: ledger})
		began := time.Now()
		deck, err := billing.NewDeck("7", "", began.Add(-time.Hour), []billing.Rate{{Prefix: "86", PerMinute: 60, Increment: 1, Direction: billing.Inbound}})
		if err != nil {
			t.Fatal(err)
		}
		desk.SetDecks(billing.NewDecks(deck))
		home, err := dialplan.Home("CN")
		if err != nil {
			t.Fatal(err)
		}
		l := newLegs(journal, desk, billing.Currency{Code: "CNY", Exponent: 2}, home)

		call := sip.Record{Call: "a@b", Trunk: "carrier", From: "+8613800138000", To: "861065529988", Began: began}
		l.rings(&call)
		refused := sip.Record{Call: "c@d", Trunk: "carrier", From: "+1", Began: began, Ended: began, Status: 403, Cause: "unknown-number"}
		l.rings(&refused)
		l.ends(&refused)
		placed := sip.Record{Call: "e@f", Order: "order", Began: began, Answered: began, Ended: began}
		l.rings(&placed)
		l.changes(&placed)
		l.ends(&placed)
		call.Answered, call.Status, call.Meeting, call.Person, call.Name = began, 200, "m1", "ann", "Ann"
		l.changes(&call)
		visit := signaling.Visit{ID: "v", Kind: meeting.Browser, Meeting: "m1", Person: "bob", Name: "Bob", At: began}
		l.Seated(visit)
		visit.Meeting = "m2"
		l.Seated(visit)
		l.Seated(signaling.Visit{ID: "p", Kind: meeting.Phone, Meeting: "m1", Name: "Ann", At: began})
		time.Sleep(61 * time.Second)
		call.Ended, call.Cause, call.Keys = time.Now(), "hung-up", 10
		l.ends(&call)
		l.Left("v", signaling.Leaving{At: time.Now(), Reason: wire.LeftByThemselves, Quality: "good"})
		l.Left("p", signaling.Leaving{At: time.Now(), Reason: wire.LeftByThemselves})
		synctest.Wait()

		all := map[billing.Kind][]billing.CDR{}
		for _, c := range ledger.Records() {
			if c.State != billing.Closed {
				t.Errorf("not closed: %+v", c)
			}
			all[c.Kind] = append(all[c.Kind], c)
		}
		if len(all[billing.PhoneIn]) != 2 || len(all[billing.Web]) != 1 || len(all) != 2 {
			t.Fatalf("%+v", all)
		}
		for _, c := range all[billing.PhoneIn] {
			switch {
			case c.CallID == "a@b" && c.Cost == 61 && c.Deck == "7" && c.Person == "ann" && c.Meeting == "m1" && string(c.To) == "+861065529988" && c.Side == billing.SideThem && c.Q850 == 16 && c.Keys == 10:
			case c.CallID == "c@d" && c.Cost == 0 && c.Cause == "unknown-number" && c.Q850 == 21 && c.Side == billing.SideUs:
			default:
				t.Errorf("%+v", c)
			}
		}
		if web := all[billing.Web][0]; web.Meeting != "m2" || web.Person != "bob" || web.Duration() != 61*time.Second || web.Cause != billing.CauseHungUp || web.Quality.Class != "good" {
			t.Errorf("%+v", web)
		}
	})
}
