package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/signaling/dialout"
	"partyline/signaling/meeting"
	"partyline/sip/billing"
)

// TestWhomNobodyCalled: a program that was killed tells, when it starts again,
// who still waited to be called; once, and also where whoever dialled is gone.
func TestWhomNobodyCalled(t *testing.T) {
	h := newHouse(t, func(cfg *Config) { cfg.SIP.HomeCountry = "DE" })
	ada, by := employee(t, h)
	m, err := h.book.Create(t.Context(), ada.ID, "Round", meeting.Named)
	if err != nil {
		t.Fatal(err)
	}
	d := h.office.dialer
	sam := dialout.Order{Call: "c1", Batch: "b1", By: by, Meeting: m.ID, Number: "+493055550001", To: dialout.Callee{Name: "Sam"}}
	kim, placed := sam, sam
	kim.Call, kim.By.Person, placed.Call = "c2", "gone", "c3"
	if err := d.Keep(t.Context(), []dialout.Order{sam, kim, placed}); err != nil {
		t.Fatal(err)
	}
	if err := d.Drop(t.Context(), placed.Call); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{2, 0} {
		if n, err := d.recordUncalled(t.Context()); n != want || err != nil {
			t.Errorf("%d were not called: %v", n, err)
		}
	}
	if err := d.Keep(t.Context(), []dialout.Order{sam}); err != nil { // the next program was killed just there
		t.Fatal(err)
	}
	if n, err := d.recordUncalled(t.Context()); n != 1 || err != nil {
		t.Errorf("%d were not called: %v", n, err)
	}
	found, err := h.store.Records(t.Context(), billing.Search{Batch: "b1", Oldest: true}, billing.Place{}, 10)
	if err != nil || len(found) != 2 {
		t.Fatalf("%v %v", found, err)
	}
	type row struct {
		ID, Person, To, Name, Country string
		State                         billing.State
		Cause                         billing.Cause
	}
	var rows []row
	for _, c := range found {
		rows = append(rows, row{c.ID, c.Person, string(c.To), c.Name, c.Country, c.State, c.Cause})
		if time.Since(c.Setup) > time.Minute || c.Cost != 0 || c.End != c.Setup {
			t.Errorf("%+v", c)
		}
	}
	want := []row{
		{"c1", ada.ID, "+493055550001", "Sam", "DE", billing.Closed, billing.CauseNotCalled},
		{"c2", "gone", "", "Sam", "", billing.Closed, billing.CauseNotCalled},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
}
