package sip

import (
	"strings"
	"testing"
	"time"
)

// TestAnswerIsRepeatedUntilACK guards against trap D4: a 200 without ACK is
// repeated after T1, 2*T1, 4*T1 … up to T2 apart, and then the call is ended.
func TestAnswerIsRepeatedUntilACK(t *testing.T) {
	h := open(t, nil) // T1 is 50 ms
	w := newWire(t, h)
	begin := time.Now()
	w.send(w.message("INVITE", "application/sdp", offerOf(4000, "")))
	var answer string
	for i, due := range []time.Duration{0, 50, 150, 350, 750} {
		due *= time.Millisecond
		got, ok := w.receive("SIP/2.0 200", 10*time.Second)
		if !ok {
			t.Fatalf("only %d answers came", i)
		}
		answer = got
		// The machine may be late, but nothing comes too early.
		if came := time.Since(begin); came < due || came > due+2*time.Second {
			t.Errorf("answer %d came after %v, want %v", i+1, came, due)
		}
	}
	bye, ok := w.receive("BYE", 5*time.Second)
	if !ok {
		t.Fatal("the call was not ended, though no ACK came")
	}
	w.send(respond(bye))
	if !strings.Contains(header(bye, "Reason"), "ACK") || header(bye, "To") == "" || header(answer, "Call-ID") != header(bye, "Call-ID") {
		t.Errorf("BYE = \n%s", bye)
	}
	if r := h.observer.record(t); r.Cause != "no-ack" {
		t.Errorf("record = %+v", r)
	}
}

// TestKeysKeepTheirOrder guards against trap D5: keys by INFO, sent back to
// back, arrive as the number that was typed.
func TestKeysKeepTheirOrder(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	for range 20 {
		w := newWire(t, h)
		w.send(w.message("INVITE", "application/sdp", offerOf(4000, "")))
		answer, ok := w.receive("SIP/2.0 200", 2*time.Second)
		if !ok {
			t.Fatal("no answer")
		}
		_, w.toTag, _ = strings.Cut(header(answer, "To"), "tag=")
		w.send(w.message("ACK", "", ""))
		for _, key := range "1123456789" {
			w.send(w.message("INFO", "application/dtmf", string(key)))
		}
		expect(t, h.conference.events, "play en: enter-code")
		w.send(w.message("BYE", "", ""))
		if r := h.observer.record(t); r.Keys != 10 || r.Meeting != "m1" {
			t.Fatalf("the keys 1123456789 did not find their meeting: %+v", r)
		}
	}
}

// TestNoiseIsForgotten guards against trap D7: what scanners send leaves no
// trace but one line in the log, and calls go on.
func TestNoiseIsForgotten(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	w := newWire(t, h)
	for i := range 5000 {
		w.send(string(junk(i)))
	}
	p := joined(t, h)
	p.hangUp()
	h.observer.record(t)
	if lines := strings.Count(h.log.String(), "dropping"); lines != 1 {
		t.Errorf("%d lines about noise in the log", lines)
	}
	if strings.Contains(h.log.String(), "scanner") {
		t.Error("the noise itself is in the log")
	}
}

// TestLateOffer calls without SDP: the offer is then ours, and the ACK brings
// the answer.
func TestLateOffer(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	p := newPhone(t)
	w := newWire(t, h)
	w.send(w.message("INVITE", "", ""))
	answer, ok := w.receive("SIP/2.0 200", 2*time.Second)
	if !ok || !strings.Contains(answer, "m=audio") {
		t.Fatalf("no offer in the answer:\n%s", answer)
	}
	_, w.toTag, _ = strings.Cut(header(answer, "To"), "tag=")
	p.work.Go(p.receive)
	w.send(w.message("ACK", "application/sdp", offerOf(p.port(), "")))
	expect(t, h.conference.events, "play en: welcome")
	p.heard()
	w.send(w.message("BYE", "", ""))
	h.observer.record(t)
}

// TestLateOfferWithoutAnswer sends an ACK that does not answer our offer.
func TestLateOfferWithoutAnswer(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	w := newWire(t, h)
	w.send(w.message("INVITE", "", ""))
	answer, ok := w.receive("SIP/2.0 200", 2*time.Second)
	if !ok {
		t.Fatal("no answer")
	}
	_, w.toTag, _ = strings.Cut(header(answer, "To"), "tag=")
	w.send(w.message("ACK", "", ""))
	bye, ok := w.receive("BYE", 2*time.Second)
	if !ok {
		t.Fatal("the call was not ended")
	}
	w.send(respond(bye))
	if r := h.observer.record(t); r.Cause != "no-common-media" {
		t.Errorf("record = %+v", r)
	}
}
