package dialog

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/google/go-cmp/cmp"
)

// TestAnswerIsRepeatedByTheRFCsTimer is trap D4 on the clock of the RFC.
func TestAnswerIsRepeatedByTheRFCsTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var sent []time.Duration
		w := ackWait{acked: make(chan []byte), ended: make(chan struct{})}
		_, err := w.repeat(500*time.Millisecond, 4*time.Second, func() { sent = append(sent, time.Since(start)) })
		if !errors.Is(err, ErrNoACK) || time.Since(start) != 32*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		var want []time.Duration
		for _, s := range []float64{0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5} {
			want = append(want, time.Duration(s*float64(time.Second)))
		}
		if diff := cmp.Diff(want, sent); diff != "" {
			t.Errorf("repeated at (-want +got):\n%s", diff)
		}
	})
}

// accepting answers every call and reports how Accept and the call ended.
func accepting(results chan<- error, endings chan<- Ending) Answering {
	return func(ctx context.Context, d *Dialog) {
		d.Handle(Handlers{
			Offered: func(offer []byte) ([]byte, error) {
				if string(offer) == "bad" {
					return nil, errors.New("bad offer")
				}
				return append([]byte("answer to "), offer...), nil
			},
			Info: func(contentType string, body []byte) error {
				if contentType != "application/dtmf-relay" {
					return errors.New("not DTMF")
				}
				return nil
			},
		})
		_, err := d.Accept(ctx, []byte("answer"))
		results <- err
		<-ctx.Done()
		endings <- d.Ending()
	}
}

func TestNoACKEndsInBye(t *testing.T) {
	results, endings := make(chan error, 1), make(chan Ending, 1)
	e := endpoint(t, Config{T1: 10 * time.Millisecond, T2: 40 * time.Millisecond}, accepting(results, endings))
	peer := newRaw(t, e)
	peer.send(peer.invite(1, ""))
	answers := 0
	for {
		switch msg := peer.receive().(type) {
		case *sip.Response:
			if msg.StatusCode == 200 {
				answers++
			}
			continue
		case *sip.Request:
			if msg.Method != sip.BYE || !strings.Contains(msg.GetHeader("Reason").Value(), "408") {
				t.Errorf("got %v", msg)
			}
			peer.respond(msg, 200, "", "", "")
		}
		break
	}
	// 10, 30, 70 ms and then every 40 up to 640: 17 repetitions of the first, or
	// fewer where the machine is slow.
	if answers < 4 || answers > 20 {
		t.Errorf("the answer came %d times, want about 18", answers)
	}
	if err := within(t, "Accept", results); !errors.Is(err, ErrNoACK) {
		t.Errorf("Accept: %v", err)
	}
	if end := within(t, "the end", endings); end.How != Unconfirmed {
		t.Errorf("ending %v", end.How)
	}
}

func TestEarlyCancel(t *testing.T) {
	ending := make(chan Ending, 1)
	e := endpoint(t, Config{}, func(ctx context.Context, d *Dialog) {
		d.Ring()
		<-ctx.Done()
		if _, err := d.Accept(context.Background(), nil); !errors.Is(err, ErrCancelled) {
			t.Errorf("Accept after CANCEL: %v", err)
		}
		ending <- d.Ending()
	})
	peer := newRaw(t, e)
	invite := peer.invite(1, "")
	peer.send(invite)
	var ringing string
	for ringing == "" {
		if res, ok := peer.receive().(*sip.Response); ok && res.StatusCode == 180 {
			ringing = tagOf(res)
		}
	}
	cancel := strings.ReplaceAll(peer.request("CANCEL", 1, "", "Reason: SIP;cause=200\r\n", ""), "1-CANCEL-23", branch(t, invite))
	peer.send(cancel)
	if res := peer.final(sip.CANCEL); res.StatusCode != 200 {
		t.Errorf("CANCEL answered %d", res.StatusCode)
	}
	res := peer.final(sip.INVITE)
	if res.StatusCode != 487 || tagOf(res) != ringing {
		t.Errorf("INVITE answered %d with tag %q, was ringing with %q", res.StatusCode, tagOf(res), ringing)
	}
	if end := within(t, "the end", ending); end != (Ending{Cancelled, Cause{Protocol: "SIP", Code: 200}}) {
		t.Errorf("ending %+v", end)
	}
}

// branch is the part of an INVITE's branch that tells it from other requests.
func branch(t *testing.T, text string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, "z9hG4bK-")
	value, _, _ := strings.Cut(rest, ";")
	if !ok {
		t.Fatal("no branch")
	}
	return value
}

// established calls an endpoint from a raw peer and returns the call's tag.
func established(t *testing.T, peer *raw) string {
	t.Helper()
	peer.send(peer.invite(1, ""))
	res := peer.final(sip.INVITE)
	if res.StatusCode != 200 || string(res.Body()) != "answer" {
		t.Fatalf("INVITE answered %v", res)
	}
	peer.send(peer.request("ACK", 1, tagOf(res), "", ""))
	return tagOf(res)
}

func TestWithinACall(t *testing.T) {
	results, endings := make(chan error, 1), make(chan Ending, 1)
	e := endpoint(t, Config{}, accepting(results, endings))
	peer := newRaw(t, e)
	tag := established(t, peer)
	if err := within(t, "Accept", results); err != nil {
		t.Fatal(err)
	}
	const sdpType = "Content-Type: application/sdp\r\n"
	steps := []struct {
		name, text   string
		method       sip.RequestMethod
		status       int
		body, header string // of the response
	}{
		{"re-INVITE", peer.request("INVITE", 2, tag, sdpType, "hold"), sip.INVITE, 200, "answer to hold", ""},
		{"late offer", peer.request("INVITE", 3, tag, "", ""), sip.INVITE, 200, "answer to ", ""},
		{"bad offer", peer.request("INVITE", 4, tag, sdpType, "bad"), sip.INVITE, 488, "", ""},
		{"UPDATE", peer.request("UPDATE", 5, tag, sdpType, "more"), sip.UPDATE, 200, "answer to more", ""},
		{"UPDATE that refreshes", peer.request("UPDATE", 6, tag, "", ""), sip.UPDATE, 200, "", ""},
		{"INFO", peer.request("INFO", 7, tag, "Content-Type: application/dtmf-relay\r\n", "Signal=5"), sip.INFO, 200, "", ""},
		{"INFO of another kind", peer.request("INFO", 8, tag, "Content-Type: text/plain\r\n", "hi"), sip.INFO, 415, "", "Accept"},
		{"INFO without body", peer.request("INFO", 9, tag, "", ""), sip.INFO, 200, "", ""},
		{"OPTIONS", peer.request("OPTIONS", 10, tag, "", ""), sip.OPTIONS, 200, "", "Allow"},
		{"REFER", peer.request("REFER", 11, tag, "Refer-To: <sip:x@y>\r\n", ""), sip.REFER, 405, "", "Allow"},
		{"an old CSeq", peer.request("INFO", 4, tag, "", ""), sip.INFO, 500, "", ""},
		{"a tag of no call", peer.request("INFO", 12, "nobody", "", ""), sip.INFO, 481, "", ""},
		{"BYE", peer.request("BYE", 13, tag, "Reason: Q.850;cause=16;text=\"bye\"\r\n", ""), sip.BYE, 200, "", ""},
		{"BYE once more", peer.request("BYE", 14, tag, "", ""), sip.BYE, 481, "", ""},
	}
	for i, s := range steps {
		peer.send(s.text)
		res := peer.final(s.method)
		if res.StatusCode != s.status || string(res.Body()) != s.body || s.header != "" && res.GetHeader(s.header) == nil {
			t.Errorf("%s: answered\n%v", s.name, res)
		}
		if s.method == sip.INVITE {
			peer.send(peer.request("ACK", i+2, tag, sdpType, "fine"))
		}
	}
	if end := within(t, "the end", endings); end != (Ending{PeerHungUp, Cause{"Q.850", 16, "bye"}}) {
		t.Errorf("ending %+v", end)
	}
}

// TestGlare has both sides offer at once: RFC 3261 section 14.2.
func TestGlare(t *testing.T) {
	dialogs := make(chan *Dialog, 1)
	e := endpoint(t, Config{}, func(ctx context.Context, d *Dialog) {
		_, _ = d.Accept(ctx, []byte("answer"))
		dialogs <- d
		<-ctx.Done()
	})
	peer := newRaw(t, e)
	tag := established(t, peer)
	d := within(t, "the call", dialogs)
	done := make(chan error, 1)
	go func() {
		answer, err := d.Reinvite(limited(t), []byte("our offer"))
		if string(answer) != "their answer" {
			t.Errorf("answer %q", answer)
		}
		done <- err
	}()
	ours := peer.await(sip.INVITE)
	peer.send(peer.invite(2, tag))
	if res := peer.final(sip.INVITE); res.StatusCode != 491 {
		t.Errorf("our offer under way, theirs answered %d", res.StatusCode)
	}
	if _, err := d.Reinvite(limited(t), []byte("another")); !errors.Is(err, ErrPending) {
		t.Errorf("a second offer of ours: %v", err)
	}
	peer.respond(ours, 200, "", "", "their answer") // To already has its tag
	peer.respond(ours, 200, "", "", "their answer")
	peer.await(sip.ACK)
	peer.await(sip.ACK) // each 2xx is acknowledged
	if err := within(t, "our offer", done); err != nil {
		t.Error(err)
	}
}

func TestLateOffer(t *testing.T) {
	answered := make(chan string, 1)
	e := endpoint(t, Config{}, func(ctx context.Context, d *Dialog) {
		if d.Offer() != nil {
			t.Errorf("offer %q", d.Offer())
		}
		ack, err := d.Accept(ctx, []byte("our offer"))
		if err != nil {
			t.Error(err)
		}
		answered <- string(ack)
	})
	peer := newRaw(t, e)
	peer.send(peer.request("INVITE", 1, "", "", ""))
	res := peer.final(sip.INVITE)
	peer.send(peer.request("ACK", 1, tagOf(res), "Content-Type: application/sdp\r\n", "their answer"))
	if got := within(t, "the ACK's SDP", answered); got != "their answer" {
		t.Errorf("answer %q", got)
	}
	peer.respond(peer.await(sip.BYE), 200, "", "", "") // the function returned
}

// TestStatuses sends what is not to be served: each gets its status, and only
// one.
func TestStatuses(t *testing.T) {
	e := endpoint(t, Config{}, func(_ context.Context, d *Dialog) {
		d.Reject(404, Cause{Protocol: "Q.850", Code: 1, Text: "no such trunk"})
	})
	edit := func(text, old, new string) string {
		t.Helper()
		if !strings.Contains(text, old) {
			t.Fatalf("no %q in %q", old, text)
		}
		return strings.Replace(text, old, new, 1)
	}
	cases := []struct {
		name   string
		text   func(r *raw) string
		method sip.RequestMethod
		status int
		header string
	}{
		{"rejected by the owner", func(r *raw) string { return r.invite(1, "") }, sip.INVITE, 404, "Reason"},
		{"OPTIONS", func(r *raw) string { return r.request("OPTIONS", 1, "", "", "") }, sip.OPTIONS, 200, "Allow"},
		{"REGISTER", func(r *raw) string { return r.request("REGISTER", 1, "", "", "") }, "REGISTER", 405, "Allow"},
		{"an unknown method", func(r *raw) string { return r.request("DANCE", 1, "", "", "") }, "DANCE", 501, ""},
		{"BYE of no call", func(r *raw) string { return r.request("BYE", 1, "x", "", "") }, sip.BYE, 481, ""},
		{"BYE without tag", func(r *raw) string { return r.request("BYE", 1, "", "", "") }, sip.BYE, 481, ""},
		{"CANCEL of nothing", func(r *raw) string { return r.request("CANCEL", 1, "", "", "") }, sip.CANCEL, 481, ""},
		{"re-INVITE of no call", func(r *raw) string { return r.invite(1, "gone") }, sip.INVITE, 481, ""},
		{"an unknown extension required", func(r *raw) string { return r.request("INVITE", 1, "", "Require: 100rel, teleport\r\n", "") }, sip.INVITE, 420, "Unsupported"},
		{"no hops left", func(r *raw) string { return edit(r.invite(1, ""), "Max-Forwards: 70", "Max-Forwards: 0") }, sip.INVITE, 483, ""},
		{"an unknown URI scheme", func(r *raw) string { return edit(r.invite(1, ""), "INVITE sip:100@127.0.0.1", "INVITE name:whoever") }, sip.INVITE, 416, ""},
		{"no From tag", func(r *raw) string { return edit(r.invite(1, ""), ";tag=rawtag", "") }, sip.INVITE, 400, ""},
		{"no Contact", func(r *raw) string { return edit(r.invite(1, ""), "Contact: <sip:raw@", "X-Contact: <sip:raw@") }, sip.INVITE, 400, ""},
		{"CSeq of another method", func(r *raw) string { return edit(r.invite(1, ""), "CSeq: 1 INVITE", "CSeq: 1 OPTIONS") }, sip.OPTIONS, 400, ""},
		{"a body that is no SDP", func(r *raw) string { return r.request("INVITE", 1, "", "Content-Type: text/plain\r\n", "hello") }, sip.INVITE, 415, "Accept"},
		{"a compressed body", func(r *raw) string {
			return r.request("INVITE", 1, "", "Content-Type: application/sdp\r\nContent-Encoding: gzip\r\n", "hello")
		}, sip.INVITE, 415, ""},
		{"another version", func(r *raw) string { return edit(r.invite(1, ""), "SIP/2.0\r\nVia", "SIP/7.0\r\nVia") }, sip.INVITE, 505, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			peer := newRaw(t, e)
			peer.send(c.text(peer))
			res := peer.final(c.method)
			if res.StatusCode != c.status || c.header != "" && res.GetHeader(c.header) == nil {
				t.Errorf("answered\n%v", res)
			}
			if res.SipVersion != "SIP/2.0" {
				t.Errorf("version %s", res.SipVersion)
			}
		})
	}
}

func TestMergedAndRefusedInvites(t *testing.T) {
	e := endpoint(t, Config{}, func(ctx context.Context, d *Dialog) {
		d.Ring()
		<-ctx.Done()
	})
	peer := newRaw(t, e)
	first := peer.invite(1, "")
	peer.send(first)
	for {
		if res, ok := peer.receive().(*sip.Response); ok && res.StatusCode == 180 {
			break
		}
	}
	peer.send(strings.Replace(first, "z9hG4bK-", "z9hG4bK-other-path-", 1))
	if res := peer.final(sip.INVITE); res.StatusCode != 482 {
		t.Errorf("a merged INVITE was answered %d", res.StatusCode)
	}
	e.Refuse(30 * time.Second)
	other := newRaw(t, e)
	other.send(other.invite(1, ""))
	if res := other.final(sip.INVITE); res.StatusCode != 503 || res.GetHeader("Retry-After").Value() != "30" {
		t.Errorf("while draining:\n%v", res)
	}
}

func TestAPanicRefusesItsCallOnly(t *testing.T) {
	e := endpoint(t, Config{}, func(context.Context, *Dialog) { panic("on purpose") })
	for range 2 {
		peer := newRaw(t, e)
		peer.send(peer.invite(1, ""))
		if res := peer.final(sip.INVITE); res.StatusCode != 500 {
			t.Errorf("answered %d", res.StatusCode)
		}
	}
}

// TestCallIsOverBeforeItsByeIsAnswered: whoever closes the endpoint on seeing
// the 200 must not find a call that it would end once more.
func TestCallIsOverBeforeItsByeIsAnswered(t *testing.T) {
	for _, phase := range []string{"early", "answered"} {
		t.Run(phase, func(t *testing.T) {
			var e *Endpoint
			calls := make(chan int, 1)
			ready := make(chan struct{})
			e = endpoint(t, Config{Observe: func(m Message) {
				if <-ready; m.Sent && m.Summary == "200 OK (BYE)" {
					calls <- e.Calls()
				}
			}}, func(ctx context.Context, d *Dialog) {
				if d.Ring(); phase == "answered" {
					_, _ = d.Accept(ctx, []byte("answer"))
				}
				<-ctx.Done()
			})
			close(ready)
			peer := newRaw(t, e)
			peer.send(peer.invite(1, ""))
			var tag string
			for tag == "" {
				if res, ok := peer.receive().(*sip.Response); ok && res.StatusCode >= 180 {
					tag = tagOf(res)
				}
			}
			if phase == "answered" {
				peer.final(sip.INVITE)
				peer.send(peer.request("ACK", 1, tag, "", ""))
			}
			peer.send(peer.request("BYE", 2, tag, "", ""))
			if n := within(t, "the answer to BYE", calls); n != 0 {
				t.Errorf("%d calls stand as their BYE is answered", n)
			}
		})
	}
}
