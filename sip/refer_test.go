package sip

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"partyline/sip/billing"
	"partyline/sip/internal/dialog"
)

// deskCall has a phone with alice's account call a number.
func deskCall(t *testing.T, h *house, number string) *phone {
	t.Helper()
	p := newPhone(t)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	d, err := p.endpoint.Invite(ctx, dialog.Invitee{
		Target: fmt.Sprintf("sip:%s@%s", number, h.UDP()), From: "sip:alice@127.0.0.1", User: "alice", Password: "alicealice",
		Offer: func(netip.Addr) ([]byte, error) { return []byte(offerOf(p.port(), "")), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	p.dialog, p.answered = d, time.Now()
	p.remote = remoteOf(t, string(d.RemoteAnswer()))
	p.work.Go(p.send)
	p.work.Go(p.receive)
	return p
}

// refer asks for a transfer and gives what is reported of it.
func (p *phone) refer(to string, replaces *dialog.Dialog) (<-chan int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	reports := make(chan int, 10)
	return reports, p.dialog.Refer(ctx, dialog.Transfer{To: to, Replaces: replaces, Report: func(status int) { reports <- status }})
}

func reported(t *testing.T, reports <-chan int, want ...int) {
	t.Helper()
	for _, status := range want {
		select {
		case got := <-reports:
			if got != status {
				t.Errorf("reported %d, want %d", got, status)
			}
		case <-time.After(5 * time.Second):
			t.Fatalf("%d was not reported", status)
		}
	}
}

// TestAPhoneHasATelephoneCalledIn: a colleague's own phone may, a caller's not,
// and only if whoever places calls agrees.
func TestAPhoneHasATelephoneCalledIn(t *testing.T) {
	t.Parallel()
	h := office(t)
	asked := make(chan string, 1)
	h.Refer(func(who Identity, meeting Meeting, number Number, report func(int)) error {
		asked <- who.Person + " into " + meeting.ID + " " + string(number)
		if number != theirs {
			return &billing.Refusal{Rule: billing.Night}
		}
		report(180)
		report(200)
		return nil
	})
	p := deskCall(t, h, "123456789")
	expect(t, h.conference.events, "join room1")
	reports, err := p.refer("sip:+8613900139000@carrier.example", nil)
	if err != nil {
		t.Fatal(err)
	}
	reported(t, reports, 100, 180, 200)
	if got := <-asked; got != "p-alice into m1 "+string(theirs) {
		t.Errorf("asked for %s", got)
	}
	if reports, err = p.refer("tel:+8613900139001", nil); err != nil {
		t.Fatal(err)
	}
	reported(t, reports, 100, 603)
	<-asked
	var refused *dialog.Rejected
	for _, to := range []string{"sip:202@127.0.0.1", "sip:112@127.0.0.1"} {
		if _, err := p.refer(to, nil); !errors.As(err, &refused) || refused.Status != 603 || refused.Cause.Text == "" {
			t.Errorf("%s: %v", to, err)
		}
	}
	p.hangUp()
	h.emptied(t)
}

// TestPutThroughToAMeeting: of two phones that talk, one puts the other through
// to a meeting by its number, and is let go.
func TestPutThroughToAMeeting(t *testing.T) {
	t.Parallel()
	h := office(t)
	bob := registered(t, h, "bob")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	go func() { _, _ = bob.Accept(ctx) }()
	alice := deskCall(t, h, "202")
	expect(t, h.conference.events, "join pair ", "join pair ")
	reports, err := alice.refer("sip:111111111@127.0.0.1", nil)
	if err != nil {
		t.Fatal(err)
	}
	reported(t, reports, 100, 404)
	if reports, err = alice.refer("sip:123456789@127.0.0.1", nil); err != nil {
		t.Fatal(err)
	}
	reported(t, reports, 100, 200)
	alice.hungUpOn()
	beside := expect(t, h.conference.events, "line closed", "line closed", "find meeting for phones", "play en: enter-code")
	if slices.ContainsFunc(beside, func(e string) bool { return strings.HasPrefix(e, "seat left") }) {
		t.Errorf("somebody left: %q", beside)
	}
	cancel()
	if err := bob.Close(); err != nil {
		t.Error(err)
	}
	h.emptied(t)
}

// TestPutThroughIntoACall: the one who talks to a colleague and is in a meeting
// puts the colleague into their own place there.
func TestPutThroughIntoACall(t *testing.T) {
	t.Parallel()
	h := office(t)
	bob := registered(t, h, "bob")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	there := deskCall(t, h, "123456789")
	expect(t, h.conference.events, "join room1", "play en: there-are")
	go func() { _, _ = bob.Accept(ctx) }()
	here := deskCall(t, h, "202")
	expect(t, h.conference.events, "join pair ", "join pair ")
	reports, err := here.refer("sip:123456789@127.0.0.1", there.dialog)
	if err != nil {
		t.Fatal(err)
	}
	reported(t, reports, 100, 200)
	there.hungUpOn()
	here.hungUpOn()
	h.seat.notices <- Notice{Kind: MutedByHost}
	expect(t, h.conference.events, "line closed", "line closed", "play en: muted-by-host")
	cancel()
	if err := bob.Close(); err != nil {
		t.Error(err)
	}
	expect(t, h.conference.events, "seat left")
	h.emptied(t)
}
