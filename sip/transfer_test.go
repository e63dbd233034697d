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

	sipmsg "github.com/emiago/sipgo/sip"

	"partyline/sip/internal/dialog"
)

// TestAttendantPutsACallerThrough: the attendant calls the meeting, and the
// caller's telephone then takes over that call. Nobody in the room notices.
func TestAttendantPutsACallerThrough(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	attendant := joined(t, h)
	caller := newPhone(t)
	begin := time.Now()
	caller.place(h, "100", sipmsg.NewHeader("Replaces", attendant.dialog.Replacement()))
	how := attendant.hungUpOn()
	if how.How != dialog.PeerHungUp || how.Cause.Text != "replaced by another call" {
		t.Errorf("the attendant's call ended by %+v", how)
	}
	if r := h.observer.record(t); r.Cause != "replaced" || r.Departure != 0 {
		t.Errorf("record of the attendant = %+v", r)
	}
	for caller.frames.Load() < 10 { // sound reaches the new phone
		if time.Since(begin) > 10*time.Second {
			t.Fatal("the new phone hears nothing")
		}
		time.Sleep(5 * time.Millisecond)
	}
	caller.press("*6")
	happened := expect(t, h.conference.events, "muted true", "play en: muted")
	for _, e := range happened {
		if strings.HasPrefix(e, "seat left") || e == "line closed" || e == "leave room" || strings.HasPrefix(e, "join") {
			t.Errorf("the room noticed: %q", happened)
		}
	}
	if n := len(h.conference.lines); n != 1 {
		t.Errorf("%d lines were opened", n)
	}
	caller.hangUp()
	expect(t, h.conference.events, "seat left 1")
	expect(t, h.conference.events, "line closed")
	if r := h.observer.record(t); r.Cause != "hung-up" || r.Meeting != "m1" || r.Entered.IsZero() || r.Keys != 2 {
		t.Errorf("record of the caller = %+v", r)
	}
	if left := h.Standing(); h.Calls() != 0 || left.Dialogs != 0 || left.RTPPorts != 0 {
		t.Errorf("%d calls and %+v are left", h.Calls(), left)
	}
}

// place calls with headers and fails the test if refused.
func (p *phone) place(h *house, number string, headers ...sipmsg.Header) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	d, err := p.endpoint.Invite(ctx, dialog.Invitee{
		Target: fmt.Sprintf("sip:%s@%s", number, h.UDP()), From: "sip:+8613800138000@127.0.0.1", Headers: headers,
		Offer: func(netip.Addr) ([]byte, error) { return []byte(offerOf(p.port(), "")), nil },
	})
	if err != nil {
		p.t.Fatal(err)
	}
	p.dialog, p.answered = d, time.Now()
	p.remote = remoteOf(p.t, string(d.RemoteAnswer()))
	p.work.Go(p.send)
	p.work.Go(p.receive)
}

// TestTransferToAnotherMeeting: a caller who is referred to a meeting's number
// goes there, and one who is referred elsewhere stays.
func TestTransferToAnotherMeeting(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	p := joined(t, h)
	reports := make(chan int, 10)
	refer := func(to string) error {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		return p.dialog.Refer(ctx, dialog.Transfer{To: to, Report: func(status int) { reports <- status }})
	}
	var refused *dialog.Rejected
	if err := refer("sip:+8613900139000@carrier.example"); !errors.As(err, &refused) || refused.Status != 603 || refused.Cause.Text == "" {
		t.Errorf("a transfer to a telephone: %v", err)
	}
	told := func(want ...int) {
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
	if err := refer("sip:111111111@127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	told(100, 404)
	if err := refer("sip:123456789@127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	told(100, 200)
	happened := expect(t, h.conference.events, "seat left 1", "play en: enter-code")
	if !slices.Contains(happened, "leave room") {
		t.Errorf("put through, but still in the room's sound: %q", happened)
	}
	p.hangUp()
	if r := h.observer.record(t); r.Cause != "hung-up" {
		t.Errorf("record = %+v", r)
	}
}
