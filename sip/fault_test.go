package sip

import (
	"context"
	"strings"
	"testing"
	"time"
)

// breakFirst has the first line panic at the next packet.
func (f *fakeConference) breakFirst() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lines[0].breaks = true
}

// TestAFaultEndsOneCall: a line that panics ends its call, and no other.
func TestAFaultEndsOneCall(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	broken := dial(t, h)
	other := dial(t, h)
	h.conference.breakFirst()
	if how := broken.hungUpOn(); how.Cause.Code != 41 {
		t.Errorf("the call ended by %+v", how)
	}
	if r := h.observer.record(t); r.Cause != "media-fault" {
		t.Errorf("record = %+v", r)
	}
	if !strings.Contains(h.log.String(), "a broken line") {
		t.Errorf("the log does not tell of the fault:\n%s", h.log)
	}
	other.press("1123456789##")
	expect(t, h.conference.events, "enter m1")
	other.hangUp()
	if r := h.observer.record(t); r.Cause != "hung-up" {
		t.Errorf("record of the other call = %+v", r)
	}
	h.emptied(t)
}

// TestAFaultBetweenPhones ends their call, and leaves nothing.
func TestAFaultBetweenPhones(t *testing.T) {
	t.Parallel()
	h := office(t)
	alice, bob := registered(t, h, "alice"), registered(t, h, "bob")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	go func() { _, _ = bob.Accept(ctx) }()
	call, err := alice.Dial(ctx, "sip:202@"+h.UDP().String())
	if err != nil {
		t.Fatal(err)
	}
	expect(t, h.conference.events, "join pair ", "join pair ")
	h.conference.breakFirst()
	select {
	case <-call.Done():
	case <-ctx.Done():
		t.Fatal("the call goes on without sound")
	}
	if r := h.observer.record(t); r.Cause != "media-fault" {
		t.Errorf("record = %+v", r)
	}
	h.emptied(t)
}
