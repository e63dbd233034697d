package dialog

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/google/go-cmp/cmp"
)

// TestProvisionalIsRepeatedByTheRFCsTimer: RFC 3262 section 3, without the
// limit that 2xx have.
func TestProvisionalIsRepeatedByTheRFCsTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var sent []time.Duration
		err := prackWait{}.repeat(500*time.Millisecond, func() { sent = append(sent, time.Since(start)) })
		if !errors.Is(err, ErrNoACK) || time.Since(start) != 32*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		var want []time.Duration
		for _, s := range []float64{0.5, 1.5, 3.5, 7.5, 15.5, 31.5} {
			want = append(want, time.Duration(s*float64(time.Second)))
		}
		if diff := cmp.Diff(want, sent); diff != "" {
			t.Errorf("repeated at (-want +got):\n%s", diff)
		}
	})
}

// provisional reads up to a provisional response with a status.
func (r *raw) provisional(status int) *sip.Response {
	r.t.Helper()
	for {
		if res, ok := r.receive().(*sip.Response); ok && res.StatusCode == status {
			return res
		}
	}
}

const reliably = "Require: 100rel\r\nContent-Type: application/sdp\r\n"

// TestReliableProvisionals gives a caller who insists each response until its
// PRACK, one after the other, and the answer in one of them.
func TestReliableProvisionals(t *testing.T) {
	dialogs := make(chan *Dialog, 1)
	e := endpoint(t, Config{T1: 20 * time.Millisecond, T2: 80 * time.Millisecond}, waiting(dialogs))
	peer := newRaw(t, e)
	peer.send(peer.request("INVITE", 1, "", reliably, "offer"))
	d := within(t, "the call", dialogs)
	d.Handle(Handlers{Offered: func(offer []byte) ([]byte, error) { return append([]byte("answer to "), offer...), nil }})
	d.Ring()
	d.Progress([]byte("early answer"))
	ringing := peer.provisional(180)
	if again := peer.provisional(180); value(again, "RSeq") != value(ringing, "RSeq") || !lists(again, "Require", "100rel") {
		t.Errorf("repeated as\n%v", again)
	}
	tag := tagOf(ringing)
	prack := func(sequence int, res *sip.Response, rack, extra, body string) *sip.Response {
		peer.send(peer.request("PRACK", sequence, tag, "RAck: "+rack+"\r\n"+extra, body))
		return peer.final("PRACK")
	}
	var rseq int
	fmt.Sscan(value(ringing, "RSeq"), &rseq)
	for i, wrong := range []string{fmt.Sprintf("%d 1 INVITE", rseq+1), fmt.Sprintf("%d 2 INVITE", rseq), fmt.Sprintf("%d 1 UPDATE", rseq)} {
		if res := prack(2+i, ringing, wrong, "", ""); res.StatusCode != 481 {
			t.Errorf("PRACK with RAck %s answered %d", wrong, res.StatusCode)
		}
	}
	if res := prack(5, ringing, "nonsense", "", ""); res.StatusCode != 400 {
		t.Errorf("PRACK with nonsense answered %d", res.StatusCode)
	}
	if res := prack(6, ringing, fmt.Sprintf("%d 1 INVITE", rseq), "", ""); res.StatusCode != 200 {
		t.Errorf("PRACK answered %d", res.StatusCode)
	}
	peer.send(peer.request("UPDATE", 7, tag, "Content-Type: application/sdp\r\n", "too early"))
	if res := peer.final(sip.UPDATE); res.StatusCode != 500 || res.GetHeader("Retry-After") == nil {
		t.Errorf("UPDATE before the answer answered\n%v", res)
	}
	progress := peer.provisional(183)
	if string(progress.Body()) != "early answer" || value(progress, "RSeq") != fmt.Sprint(rseq+1) {
		t.Errorf("progress\n%v", progress)
	}
	accepted := make(chan error, 1)
	go func() {
		_, err := d.Accept(limited(t), []byte("answer"))
		accepted <- err
	}()
	res := prack(8, progress, fmt.Sprintf("%d 1 INVITE", rseq+1), "Content-Type: application/sdp\r\n", "another offer")
	if res.StatusCode != 200 || string(res.Body()) != "answer to another offer" {
		t.Errorf("PRACK with an offer answered\n%v", res)
	}
	final := peer.final(sip.INVITE)
	if final.StatusCode != 200 || len(final.Body()) > 0 {
		t.Errorf("answered, a second time, with\n%v", final)
	}
	peer.send(peer.request("ACK", 1, tag, "", ""))
	if err := within(t, "Accept", accepted); err != nil {
		t.Error(err)
	}
	peer.send(peer.request("BYE", 9, tag, "", ""))
	peer.final(sip.BYE)
}

// TestUpdateBeforeTheAnswer goes both ways once the INVITE's offer is settled.
func TestUpdateBeforeTheAnswer(t *testing.T) {
	dialogs := make(chan *Dialog, 1)
	e := endpoint(t, Config{}, waiting(dialogs))
	peer := newRaw(t, e)
	peer.send(peer.request("INVITE", 1, "", "Require: 100rel\r\n", ""))
	d := within(t, "the call", dialogs)
	answers := make(chan string, 1)
	d.Handle(Handlers{
		Offered:  func(offer []byte) ([]byte, error) { return append([]byte("answer to "), offer...), nil },
		Answered: func(answer []byte) { answers <- string(answer) },
	})
	if _, err := d.Update(limited(t), []byte("too early")); !errors.Is(err, ErrPending) {
		t.Errorf("UPDATE before the first answer: %v", err)
	}
	d.Progress([]byte("our offer"))
	progress := peer.provisional(183)
	tag := tagOf(progress)
	peer.send(peer.request("PRACK", 2, tag, "RAck: "+value(progress, "RSeq")+" 1 INVITE\r\nContent-Type: application/sdp\r\n", "their answer"))
	peer.final("PRACK")
	if got := within(t, "the answer", answers); got != "their answer" {
		t.Errorf("answer %q", got)
	}
	peer.send(peer.request("UPDATE", 3, tag, "Content-Type: application/sdp\r\n", "their update"))
	if res := peer.final(sip.UPDATE); string(res.Body()) != "answer to their update" {
		t.Errorf("UPDATE answered\n%v", res)
	}
	done := make(chan error, 1)
	go func() {
		answer, err := d.Update(limited(t), []byte("our update"))
		if string(answer) != "fine" {
			t.Errorf("answer %q", answer)
		}
		done <- err
	}()
	peer.respond(peer.await(sip.UPDATE), 200, tagless, "", "fine")
	if err := within(t, "Update", done); err != nil {
		t.Error(err)
	}
	peer.send(peer.request("BYE", 4, tag, "", ""))
	if res := peer.final(sip.INVITE); res.StatusCode != 487 {
		t.Errorf("after BYE the INVITE was answered %d", res.StatusCode)
	}
}

// tagless leaves the To of a response as the request had it.
const tagless = ""

// TestCallerWhoNeverConfirmsIsRefused: RFC 3262 section 3.
func TestCallerWhoNeverConfirmsIsRefused(t *testing.T) {
	dialogs := make(chan *Dialog, 1)
	e := endpoint(t, Config{T1: 5 * time.Millisecond, T2: 20 * time.Millisecond}, waiting(dialogs))
	peer := newRaw(t, e)
	peer.send(peer.request("INVITE", 1, "", reliably, "offer"))
	within(t, "the call", dialogs).Ring()
	if res := peer.final(sip.INVITE); res.StatusCode != 504 {
		t.Errorf("answered %d", res.StatusCode)
	}
}

// TestPeerThatOnlySupportsIsNotBothered: RFC 3262 leaves the choice to us.
func TestPeerThatOnlySupportsIsNotBothered(t *testing.T) {
	dialogs := make(chan *Dialog, 1)
	e := endpoint(t, Config{}, waiting(dialogs))
	peer := newRaw(t, e)
	peer.send(peer.request("INVITE", 1, "", "Supported: 100rel\r\nContent-Type: application/sdp\r\n", "offer"))
	within(t, "the call", dialogs).Ring()
	ringing := peer.provisional(180)
	if ringing.GetHeader("RSeq") != nil || ringing.GetHeader("Require") != nil {
		t.Errorf("ringing reliably\n%v", ringing)
	}
	peer.send(peer.request("PRACK", 2, tagOf(ringing), "RAck: 1 1 INVITE\r\n", ""))
	if res := peer.final("PRACK"); res.StatusCode != 481 {
		t.Errorf("PRACK for nothing answered %d", res.StatusCode)
	}
	peer.send(peer.request("BYE", 3, tagOf(ringing), "", ""))
	peer.final(sip.BYE)
}

// TestEarlyDialogs has two branches of a fork ring reliably; each gets its own
// PRACK, one is answered, and the other's dialog is gone.
func TestEarlyDialogs(t *testing.T) {
	peer := newRaw(t, nil)
	var rings []int
	dialogs, errs := placed(t, limited(t), peer, Invitee{
		Reliable: true, Progress: func(status int, _ string, _ []byte) { rings = append(rings, status) },
		Handlers: Handlers{Offered: func(offer []byte) ([]byte, error) { return append([]byte("answer to "), offer...), nil }},
	})
	invite := peer.await(sip.INVITE)
	if !lists(invite, "Supported", "100rel") {
		t.Errorf("INVITE\n%v", invite)
	}
	proxy := fmt.Sprintf("Record-Route: <sip:%s;lr>\r\n", peer.address())
	reliable := func(rseq int) string { return fmt.Sprintf("Require: 100rel\r\nRSeq: %d\r\n%s", rseq, proxy) }
	peer.respond(invite, 183, "one", reliable(7), "answer of one")
	prack := peer.await("PRACK")
	if tagOf(prack) != "one" || value(prack, "RAck") != "7 1 INVITE" || prack.CSeq().SeqNo != 2 || !strings.Contains(value(prack, "Route"), peer.address()) {
		t.Errorf("PRACK\n%v", prack)
	}
	peer.respond(prack, 200, "", "", "")
	peer.respond(invite, 183, "one", reliable(7), "answer of one") // a repetition
	peer.respond(invite, 180, "one", reliable(9), "")              // out of order: one is missing
	peer.respond(invite, 180, "two", reliable(1), "")
	if prack = peer.await("PRACK"); tagOf(prack) != "two" || value(prack, "RAck") != "1 1 INVITE" {
		t.Errorf("PRACK\n%v", prack)
	}
	peer.respond(prack, 200, "", "", "")
	peer.respond(invite, 180, "one", reliable(8), "")
	if prack = peer.await("PRACK"); tagOf(prack) != "one" || value(prack, "RAck") != "8 1 INVITE" || prack.CSeq().SeqNo != 3 {
		t.Errorf("PRACK\n%v", prack)
	}
	peer.respond(prack, 200, "", "", "")
	from := fromTag(invite)
	update := func(tag string, sequence int) *sip.Response {
		text := peer.request("UPDATE", sequence, from, "Content-Type: application/sdp\r\n", "news")
		text = strings.Replace(text, "tag=rawtag", "tag="+tag, 1)
		text = strings.Replace(text, "Call-ID: "+peer.address(), "Call-ID: "+callID(invite), 1)
		peer.send(text)
		return peer.final(sip.UPDATE)
	}
	if res := update("one", 1); res.StatusCode != 200 || string(res.Body()) != "answer to news" {
		t.Errorf("UPDATE of an early dialog answered\n%v", res)
	}
	if res := update("two", 2); res.StatusCode != 491 { // our offer has no answer there
		t.Errorf("UPDATE with our offer unanswered: %d", res.StatusCode)
	}
	if res := update("three", 3); res.StatusCode != 481 {
		t.Errorf("UPDATE of no early dialog: %d", res.StatusCode)
	}
	peer.respond(invite, 200, "one", proxy, "")
	peer.await(sip.ACK)
	if err := within(t, "Invite", errs); err != nil {
		t.Fatal(err)
	}
	d := <-dialogs
	if string(d.RemoteAnswer()) != "answer of one" {
		t.Errorf("answer %q", d.RemoteAnswer())
	}
	if res := update("two", 4); res.StatusCode != 481 || d.e.Calls() != 1 {
		t.Errorf("UPDATE of a branch that lost: %d; %d dialogs", res.StatusCode, d.e.Calls())
	}
	hangUp(t, peer, d)
	if d.e.Calls() != 0 {
		t.Errorf("%d dialogs are left", d.e.Calls())
	}
}

func fromTag(msg sip.Message) string {
	tag, _ := tags(msg)
	return tag
}

// TestLateOfferOfACallWePlace leaves the offer to the peer, which makes it in a
// reliable response or in the answer.
func TestLateOfferOfACallWePlace(t *testing.T) {
	for _, reliable := range []bool{true, false} {
		t.Run(fmt.Sprintf("reliable %v", reliable), func(t *testing.T) {
			peer := newRaw(t, nil)
			e := endpoint(t, Config{}, nil)
			dialogs, errs := make(chan *Dialog, 1), make(chan error, 1)
			go func() {
				d, err := e.Invite(limited(t), Invitee{
					Target:   "sip:100@" + peer.address(),
					Handlers: Handlers{Offered: func(offer []byte) ([]byte, error) { return append([]byte("answer to "), offer...), nil }},
				})
				dialogs <- d
				errs <- err
			}()
			invite := peer.await(sip.INVITE)
			offer := "their offer"
			if reliable {
				peer.respond(invite, 183, "callee", "Require: 100rel\r\nRSeq: 1\r\n", offer)
				prack := peer.await("PRACK")
				if string(prack.Body()) != "answer to their offer" {
					t.Errorf("PRACK\n%v", prack)
				}
				peer.respond(prack, 200, "", "", "")
				offer = ""
			}
			peer.respond(invite, 200, "callee", "", offer)
			if ack := peer.await(sip.ACK); (string(ack.Body()) == "answer to their offer") == reliable {
				t.Errorf("ACK\n%v", ack)
			}
			if err := within(t, "Invite", errs); err != nil {
				t.Fatal(err)
			}
			hangUp(t, peer, <-dialogs)
		})
	}
}

func FuzzParseRAck(f *testing.F) {
	f.Add("776656 1 INVITE")
	f.Add("99999999999 1 INVITE")
	f.Fuzz(func(t *testing.T, text string) {
		if r, ok := parseRAck(text); ok && r.method == "" {
			t.Fatalf("%+v", r)
		}
	})
}
