package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"partyline/cmd/internal/voice"
	"partyline/signaling/auth"
	"partyline/signaling/dialout"
	"partyline/signaling/meeting"
	"partyline/signaling/wire"
	"partyline/sip"
	"partyline/sip/billing"
	"partyline/sip/softphone"
)

// deskPhone is a softphone with somebody's account.
func deskPhone(t *testing.T, h *house, owner auth.Person) *softphone.Agent {
	t.Helper()
	e, password, err := h.accounts.NewExtension(t.Context(), owner)
	if err != nil {
		t.Fatal(err)
	}
	agent, err := softphone.New(softphone.Config{
		NewCodec: voice.NewCodec, Listen: "127.0.0.1:0", From: "sip:" + e.User + "@127.0.0.1", User: e.User, Password: string(password),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := agent.Close(); err != nil {
			t.Error(err)
		}
	})
	return agent
}

// refers asks for a transfer and gives what is reported of it, to the end.
func refers(ctx context.Context, t *testing.T, call *softphone.Call, to string) (statuses []int) {
	t.Helper()
	reports := make(chan int, 20)
	if err := call.Refer(ctx, to, func(status int) { reports <- status }); err != nil {
		t.Fatalf("%s: %v", to, err)
	}
	for {
		select {
		case status := <-reports:
			if statuses = append(statuses, status); status == 0 || status >= 200 {
				return statuses
			}
		case <-ctx.Done():
			t.Fatalf("%s: nothing came after %v", to, statuses)
		}
	}
}

// TestADeskPhoneHasATelephoneCalledIn: by REFER, into the meeting that it is in,
// at the company's cost and under its rules.
func TestADeskPhoneHasATelephoneCalledIn(t *testing.T) {
	h, network, person, _ := payingHouse(t)
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
	defer cancel()
	m, err := h.book.Create(ctx, person.ID, "Round", meeting.Named)
	if err != nil {
		t.Fatal(err)
	}
	desk, err := deskPhone(t, h, person).Dial(ctx, fmt.Sprintf("sip:%s@%v", string(m.Number), h.phones.UDP()))
	if err != nil {
		t.Fatal(err)
	}
	<-desk.Sounded()                             // it is asked for a code
	if err := desk.Press(ctx, "#"); err != nil { // no code
		t.Fatal(err)
	}
	got := refers(ctx, t, desk, "tel:+493055550001")
	for slices.Equal(got, []int{100, 480}) { // the phone has no seat yet
		time.Sleep(100 * time.Millisecond) // or its messages were too many
		got = refers(ctx, t, desk, "tel:+493055550001")
	}
	if got[0] != 100 || got[len(got)-1] != 200 {
		t.Errorf("of somebody who comes %v is reported", got)
	}
	if got := refers(ctx, t, desk, "sip:+493055550002@carrier.example"); got[len(got)-1] != 486 {
		t.Errorf("of somebody who is busy %v is reported", got)
	}
	if got := refers(ctx, t, desk, "tel:+442079460999"); got[len(got)-1] != 603 {
		t.Errorf("of a country that is off %v is reported", got)
	}
	seen := network.Records()
	if len(seen) != 2 {
		t.Errorf("the telephone company saw %+v", seen)
	}
	if err := desk.Hangup(ctx); err != nil {
		t.Error(err)
	}
	for _, b := range h.people.Calls().Of(person.ID) {
		if b.Meeting != m.ID {
			t.Errorf("somebody was called into %s", b.Meeting)
		}
		if err := h.people.Calls().Cancel(b.Batch, func(string, string) bool { return true }); err != nil {
			t.Error(err)
		}
	}
	h.everythingSettled(ctx, t)
	found, err := h.store.Records(ctx, billing.Search{Person: person.ID, Kind: billing.PhoneOut, Oldest: true}, billing.Place{}, 10)
	if err != nil {
		t.Fatal(err)
	}
	var causes []billing.Cause
	for _, c := range found {
		causes = append(causes, c.Cause)
		if c.Meeting != m.ID || c.Payer.Kind != billing.Company {
			t.Errorf("of %s it stands in the books: %+v", c.To, c)
		}
	}
	if want := []billing.Cause{billing.CauseCancelled, billing.CauseBusy, billing.CauseRefused}; !slices.Equal(causes, want) || found[0].Cost == 0 {
		t.Errorf("the records say %v", causes)
	}
}

// everythingSettled waits until no call is open.
func (h *house) everythingSettled(ctx context.Context, t *testing.T) {
	t.Helper()
	for ctx.Err() == nil {
		open, err := h.store.Unsettled(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if len(open) == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("calls stay open")
}

// TestWhoseWishesAreCarriedOut: of a phone that somebody else uses none are, and
// where only hosts have people called, a guest's colleague is none.
func TestWhoseWishesAreCarriedOut(t *testing.T) {
	h := newHouse(t)
	organiser, _ := employee(t, h)
	other, err := h.accounts.ByPhone(t.Context(), "+442079460102")
	if err != nil {
		t.Fatal(err)
	}
	m, err := h.book.Create(t.Context(), organiser.ID, "Round", meeting.Named)
	if err != nil {
		t.Fatal(err)
	}
	hosts := true
	if m, err = h.book.Change(t.Context(), organiser.ID, m.ID, meeting.Change{HostsDial: &hosts}); err != nil {
		t.Fatal(err)
	}
	r := &referrals{accounts: h.accounts, book: h.book, calls: h.people.Calls(), log: h.log}
	for name, test := range map[string]struct {
		who     sip.Identity
		allowed bool
	}{
		"organiser":     {sip.Identity{Person: organiser.ID, Owner: true}, true},
		"colleague":     {sip.Identity{Person: other.ID, Owner: true}, false},
		"by host code":  {sip.Identity{Person: other.ID, Owner: true, Host: true}, true},
		"of no account": {sip.Identity{Person: "gone", Owner: true}, false},
	} {
		_, err := r.dial(t.Context(), test.who, m.ID, "+493055550001")
		if (err == nil) != test.allowed || name == "colleague" && !errors.Is(err, meeting.ErrNotAllowed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestEveryStepOfAReferralHasAStatus, and every end a final one.
func TestEveryStepOfAReferralHasAStatus(t *testing.T) {
	for state, want := range map[wire.CallState]int{
		wire.CallQueued: 0, wire.CallTrying: 0, wire.CallRinging: 180, wire.CallApproval: 182, wire.CallRetrying: 182,
		wire.CallAnswered: 0, wire.CallConfirmed: 200, wire.CallJoined: 200,
	} {
		if got := referralStatus(wire.Call{State: state}); got != want {
			t.Errorf("%s is reported as %d", state, got)
		}
	}
	for _, cause := range dialout.Causes() {
		c := wire.Call{State: wire.CallEnded, Refusal: wire.Refusal{Cause: string(cause)}}
		if got := referralStatus(c); got < 300 {
			t.Errorf("%s is reported as %d", cause, got)
		}
	}
}
