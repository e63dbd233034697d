package sip

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"partyline/sfu/audio"
	"partyline/sip/billing"
	"partyline/sip/dialplan"
	"partyline/sip/internal/dialog"
)

// TestEarlyMedia: what the network plays before the answer is heard by whoever
// dialled, and by nobody afterwards; the room hears none of it.
func TestEarlyMedia(t *testing.T) {
	t.Parallel()
	rang := make(chan struct{})
	callee := newCallee(t, func(p *phone, ctx context.Context, d *dialog.Dialog) {
		p.remote = remoteOf(t, string(d.Offer()))
		d.Progress([]byte(offerOf(p.port(), "")))
		p.work.Go(p.send)
		select {
		case <-rang:
		case <-ctx.Done():
			return
		}
		if _, err := d.Accept(ctx, []byte(offerOf(p.port(), ""))); err == nil {
			p.dialog = d
			p.picked <- struct{}{}
			<-ctx.Done()
		}
	})
	h := openDialling(t, nil, trunkTo("out", callee.endpoint.UDP()))
	var early atomic.Int64
	o := orderOf("call-1")
	o.Early = func(p audio.Packet) {
		if p.Codec == audio.PCMA && early.Add(1) == 10 {
			close(rang)
		}
	}
	call := h.dial(t, o)
	call.until(CallEarly)
	callee.answers()
	call.until(CallAnswered)
	before := early.Load()
	line := func() *fakeLine {
		h.conference.mu.Lock()
		defer h.conference.mu.Unlock()
		if len(h.conference.lines) == 0 {
			return nil
		}
		return h.conference.lines[0]
	}
	for begin := time.Now(); line() == nil || line().packets() < 5; time.Sleep(5 * time.Millisecond) {
		if time.Since(begin) > 10*time.Second {
			t.Fatal("nothing is heard after the answer")
		}
	}
	if after := early.Load(); after > before+1 {
		t.Errorf("%d packets went to whoever dialled after the answer", after-before)
	}
	callee.hangUp()
	call.over()
}

// TestSRTPOfCallsWePlace is TestSRTPByTrunk the other way round.
func TestSRTPOfCallsWePlace(t *testing.T) {
	t.Parallel()
	off, offered, required := dialplan.SRTPOff, dialplan.SRTPOffered, dialplan.SRTPRequired
	for _, c := range []struct {
		trunk, phone dialplan.SRTP
		secure, ends bool
	}{
		{off, off, false, false},
		{offered, off, false, false},
		{offered, offered, true, false},
		{offered, required, true, false},
		{required, offered, true, false},
		{required, off, false, true},
		{off, required, false, true},
	} {
		t.Run(fmt.Sprintf("%v trunk, %v phone", c.trunk, c.phone), func(t *testing.T) {
			t.Parallel()
			agent := softPhone(t, c.phone)
			trunk := trunkTo("out", agent.UDP())
			trunk.SRTP = c.trunk
			h := openDialling(t, nil, trunk)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			call := h.dial(t, orderOf("call-1"))
			theirs, err := agent.Accept(ctx)
			if c.ends {
				if out := call.over(); out.Cause != billing.CauseUnreachable {
					t.Errorf("%+v", out)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if secure := theirs.Suite() != ""; secure != c.secure {
				t.Errorf("suite %q", theirs.Suite())
			}
			if err := theirs.Press(ctx, "1"); err != nil {
				t.Fatal(err)
			}
			call.until(CallJoined)
			if err := theirs.Hangup(ctx); err != nil {
				t.Error(err)
			}
			if out := call.over(); out.Cause != billing.CauseHungUp {
				t.Errorf("%+v", out)
			}
		})
	}
}

// TestExtension is pressed before anything is said.
func TestExtension(t *testing.T) {
	t.Parallel()
	agent := softPhone(t, dialplan.SRTPOff)
	h := openDialling(t, nil, trunkTo("out", agent.UDP()))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	o := orderOf("call-1")
	o.Bill.To.Extension = "4#"
	call := h.dial(t, o)
	theirs, err := agent.Accept(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []byte("4#") {
		select {
		case got := <-theirs.Keys():
			if got != want {
				t.Errorf("%c was pressed, want %c", got, want)
			}
		case <-ctx.Done():
			t.Fatalf("%c was not pressed", want)
		}
	}
	expect(t, h.conference.events, "play en: hello you-are-invited")
	if err := theirs.Press(ctx, "1"); err != nil {
		t.Fatal(err)
	}
	call.until(CallConfirmed)
	if err := theirs.Hangup(ctx); err != nil {
		t.Error(err)
	}
	call.over()
}
