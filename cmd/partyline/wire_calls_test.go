package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/signaling/auth"
	"partyline/signaling/dialout"
	"partyline/signaling/meeting"
	"partyline/signaling/wire"
	"partyline/sip"
	"partyline/sip/billing"
	"partyline/sip/dialplan"
)

// TestEveryCauseIsKnown: what ends a call is told to whoever dialled as it
// stands in the record.
func TestEveryCauseIsKnown(t *testing.T) {
	for _, cause := range []billing.Cause{
		billing.CauseHungUp, billing.CauseBusy, billing.CauseNoAnswer, billing.CauseDeclined, billing.CauseWrongNumber,
		billing.CauseUnreachable, billing.CauseVoicemail, billing.CauseFax, billing.CauseCancelled, billing.CauseNoMoney,
		billing.CauseRefused, billing.CauseTrunkDown, billing.CauseMaxDuration, billing.CauseNotJoined,
		sip.CauseDropped, sip.CauseRemoved, sip.CauseMeetingEnded, sip.CauseShuttingDown, sip.CauseReplaced, sip.CauseFault,
	} {
		if got := causeOf(cause); string(got) != string(cause) {
			t.Errorf("%s is told as %s", cause, got)
		}
	}
	if got := causeOf(billing.CauseLost); got != dialout.Fault {
		t.Errorf("a call that a crash cut off is told as %s", got)
	}
}

// employee is the demo's first person, as whoever dials.
func employee(t *testing.T, h *house) (auth.Person, dialout.Caller) {
	t.Helper()
	visitor, _, err := h.accounts.LogIn(t.Context(), demoPeople[0].Email, demoPassword, auth.Client{Address: "192.0.2.1"})
	if err != nil {
		t.Fatal(err)
	}
	return visitor.Person, dialout.Caller{Person: visitor.Person.ID, Name: visitor.Person.Name}
}

// TestWhomSomebodyMeans finds colleagues, contacts and numbers.
func TestWhomSomebodyMeans(t *testing.T) {
	h := newHouse(t)
	ada, by := employee(t, h)
	saved, err := h.office.contacts.Add(t.Context(), ada, "Taxi", "+4930210210")
	if err != nil {
		t.Fatal(err)
	}
	grace, err := h.accounts.ByPhone(t.Context(), "+442079460102")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		who  wire.Callee
		want dialout.Callee
		err  error
	}{
		"colleague":          {wire.Callee{Person: grace.ID}, dialout.Callee{Person: grace.ID, Name: "Grace Okafor", Language: "en", Known: true, Numbers: []dialout.Number{"+442079460102"}}, nil},
		"colleague's number": {wire.Callee{Numbers: []string{"+44 20 7946 0102"}}, dialout.Callee{Person: grace.ID, Name: "Grace Okafor", Language: "en", Known: true, Numbers: []dialout.Number{"+442079460102"}}, nil},
		"contact":            {wire.Callee{Contact: saved.ID}, dialout.Callee{Name: "Taxi", Known: true, Numbers: []dialout.Number{"+4930210210"}}, nil},
		"stranger":           {wire.Callee{Numbers: []string{"+1 212 555 0100"}, Name: "Sam"}, dialout.Callee{Name: "Sam", Numbers: []dialout.Number{"+12125550100"}}, nil},
		"one of two known":   {wire.Callee{Numbers: []string{"+4930210210", "+12125550100"}}, dialout.Callee{Name: "Taxi", Numbers: []dialout.Number{"+4930210210", "+12125550100"}}, nil},
		"nobody":             {wire.Callee{Person: "no such"}, dialout.Callee{}, dialout.ErrNobody},
		"no contact":         {wire.Callee{Contact: "no such"}, dialout.Callee{}, dialout.ErrNobody},
		"no number":          {wire.Callee{Numbers: []string{"call me"}}, dialout.Callee{Known: true}, dialout.ErrBadNumber},
	} {
		got, err := h.office.dialer.Find(t.Context(), by, test.who)
		if diff := cmp.Diff(test.want, got); diff != "" || !errors.Is(err, test.err) || (err == nil) != (test.err == nil) {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
}

// TestWhoPays: the cost centre, else the department, else the company; and
// nobody has others pay.
func TestWhoPays(t *testing.T) {
	order := dialout.Order{Meeting: "m1", MeetingName: "Round"}
	ada := auth.Person{ID: "p1", Name: "Ada"}
	for _, test := range []struct {
		standing auth.Standing
		want     billing.Payer
	}{
		{auth.Standing{}, billing.Payer{Kind: billing.Company}},
		{auth.Standing{Department: "Sales"}, billing.Payer{Kind: billing.Department, ID: "Sales"}},
		{auth.Standing{Department: "Sales", CostCentre: "4711"}, billing.Payer{Kind: billing.CostCentre, ID: "4711"}},
	} {
		ada.Standing = test.standing
		if got := payerByRule(ada); got != test.want {
			t.Errorf("of %+v %v pays", test.standing, got)
		}
	}
	for _, p := range payersOf(ada, order) {
		got, err := payerFrom(p, ada, order)
		if err != nil || got.Kind.String() != string(p.Kind) || got.ID != p.ID {
			t.Errorf("%+v becomes %v, %v", p, got, err)
		}
	}
	for _, p := range []wire.Payer{
		{Kind: wire.PayerPerson, ID: "p2"}, {Kind: wire.PayerCostCentre, ID: "4712"}, {Kind: wire.PayerMeeting, ID: "m2"}, {Kind: "boss"},
	} {
		if _, err := payerFrom(p, ada, order); !errors.Is(err, dialout.ErrPayer) {
			t.Errorf("%+v may pay: %v", p, err)
		}
	}
}

// TestWhereInviteesAre tells the brake that looks at it, by their numbers.
func TestWhereInviteesAre(t *testing.T) {
	h := newHouse(t, func(cfg *Config) { cfg.SIP.HomeCountry = "DE" })
	ada, by := employee(t, h)
	grace, err := h.accounts.ByPhone(t.Context(), "+442079460102")
	if err != nil {
		t.Fatal(err)
	}
	m, err := h.book.Create(t.Context(), ada.ID, "Round", meeting.Named)
	if err == nil {
		m, err = h.book.Invite(t.Context(), ada.ID, m.ID, grace.ID, "")
	}
	if err != nil {
		t.Fatal(err)
	}
	for number, want := range map[dialout.Number][]string{"+442079460102": {"DE", "GB"}, "+493055550199": nil} {
		r, _, err := h.office.dialer.request(t.Context(), dialout.Order{By: by, Number: number, Meeting: m.ID})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, r.Countries); diff != "" {
			t.Errorf("%s: %s", number, diff)
		}
	}
}

// TestWhichNumberIsShown: as somebody writes it, or none of their choice.
func TestWhichNumberIsShown(t *testing.T) {
	h := newHouse(t, func(cfg *Config) { cfg.SIP.HomeCountry = "DE" })
	_, by := employee(t, h)
	for wanted, want := range map[dialout.Number]dialplan.Number{
		"030 9018 20": "+4930901820", "+4930901820": "+4930901820", "": "", "my own": "",
	} {
		r, _, err := h.office.dialer.request(t.Context(), dialout.Order{By: by, Number: "+493055550199", Shown: wanted})
		if err != nil || r.From != want {
			t.Errorf("%q is shown as %q, %v", string(wanted), string(r.From), err)
		}
	}
}

// TestWithoutPhonesNobodyIsCalled: the price is refused by a rule and the call
// by the want of a trunk, and neither leaves a record or a hold.
func TestWithoutPhonesNobodyIsCalled(t *testing.T) {
	h := newHouse(t)
	_, by := employee(t, h)
	d := h.office.dialer
	order := dialout.Order{ID: "o1", By: by, Number: "+493055550199", To: dialout.Callee{Numbers: []dialout.Number{"+493055550199"}}, Meeting: "m1"}
	price, err := d.Quote(t.Context(), order)
	if err != nil || price.Refusal.Cause == "" || !strings.HasSuffix(price.Number, "199") || strings.Contains(price.Number, "3055") {
		t.Errorf("the price is %+v, %v", price, err)
	}
	out := d.Dial(t.Context(), order, func(dialout.Progress) { t.Error("the call goes on") })
	if out.Cause != dialout.TrunkDown || out.Ended.IsZero() {
		t.Errorf("the call ended by %+v", out)
	}
	open, err := h.store.Unsettled(t.Context())
	if err != nil || len(open) > 0 {
		t.Errorf("records left open: %v, %v", open, err)
	}
}

// TestWhyACallIsCalledOff carries the reason to the gateway.
func TestWhyACallIsCalledOff(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	calling, stop := explained(ctx)
	defer stop()
	cancel(&dialout.Because{Cause: dialout.LastEmployee})
	select {
	case <-calling.Done():
	case <-time.After(5 * time.Second):
		t.Fatal("the call goes on")
	}
	var why *sip.Because
	if !errors.As(context.Cause(calling), &why) || why.Cause != "last-employee" {
		t.Errorf("it was called off because of %v", context.Cause(calling))
	}
	plain, end := context.WithCancel(t.Context())
	calling, stop = explained(plain)
	defer stop()
	end()
	<-calling.Done()
	if !errors.Is(context.Cause(calling), context.Canceled) {
		t.Errorf("without a reason it was %v", context.Cause(calling))
	}
}

// TestWarningsAreShown, and taken back where there is money again.
func TestWarningsAreShown(t *testing.T) {
	for want, told := range map[dialout.Warning]*billing.Warning{
		{}:                                    nil,
		{About: "money", Within: time.Minute}: {Kind: billing.OneMinuteLeft, Left: time.Minute},
		{About: "money", Over: true}:          {Kind: billing.MoneyAgain, Left: time.Hour},
		{About: "money"}:                      {Kind: billing.OutOfMoney},
		{About: "duration", Within: 2 * time.Hour}: {Kind: billing.MaxDuration, Left: 2 * time.Hour},
	} {
		if got := warningOf(told); got != want {
			t.Errorf("%+v is shown as %+v", told, got)
		}
	}
}

// TestARulesNoIsShown with its figures, and money by a cause of its own.
func TestARulesNoIsShown(t *testing.T) {
	got := refusalOf(&billing.Refusal{Rule: billing.PriceCeiling, Detail: map[string]string{"ceiling": "2"}})
	if diff := cmp.Diff(wire.Refusal{Cause: "refused", Rule: "price-ceiling", Detail: map[string]string{"ceiling": "2"}}, got); diff != "" {
		t.Error(diff)
	}
	if got := refusalOf(&billing.Refusal{Rule: billing.NoMoney}); got.Cause != "no-money" {
		t.Errorf("no money is told as %s", got.Cause)
	}
	left := billing.Standing{Budget: billing.Budget{Limit: 10 * billing.Unit}, Spent: 4 * billing.Unit}
	price := priceOf(dialplan.Dialled{Number: "+493055550199", Class: dialplan.Domestic, Country: "DE"},
		billing.Quote{Rate: billing.Rate{PerMinute: 180_000, Connect: 20_000}, Tightest: &left, Lasts: 90 * time.Second})
	want := wire.Price{Number: "•••199", Class: "domestic", Country: "DE", Rate: 180_000, Connect: 20_000, Left: new(int64), Lasts: 90}
	*want.Left = 6_000_000
	if diff := cmp.Diff(want, price); diff != "" {
		t.Error(diff)
	}
}
