package dialog

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

// TestBackOff: RFC 3261 section 14.1.
func TestBackOff(t *testing.T) {
	for _, c := range []struct {
		ours        bool
		least, most time.Duration
	}{{true, 2100 * time.Millisecond, 4 * time.Second}, {false, 0, 2 * time.Second}} {
		low := backOff(c.ours, 500*time.Millisecond, func(int) int { return 0 })
		high := backOff(c.ours, 500*time.Millisecond, func(n int) int { return n - 1 })
		if low != c.least || high != c.most {
			t.Errorf("ours %v: between %v and %v, want %v and %v", c.ours, low, high, c.least, c.most)
		}
	}
}

// TestGlareBacksOff has the peer answer 491: we wait, let their offer through,
// and make ours again.
func TestGlareBacksOff(t *testing.T) {
	dialogs := make(chan *Dialog, 1)
	e := endpoint(t, Config{}, referring(dialogs, nil))
	peer := newRaw(t, e)
	tag := established(t, peer)
	d := within(t, "the call", dialogs)
	d.Handle(Handlers{Offered: func([]byte) ([]byte, error) { return []byte("our answer"), nil }})
	for sequence, method := range []sip.RequestMethod{sip.INVITE, sip.UPDATE} {
		done := make(chan error, 1)
		go func() {
			offer := d.Reinvite
			if method == sip.UPDATE {
				offer = d.Update
			}
			answer, err := offer(limited(t), []byte("our offer"))
			if string(answer) != "their answer" {
				t.Errorf("answer %q", answer)
			}
			done <- err
		}()
		ours := peer.await(method)
		peer.respond(ours, 491, "", "", "")
		peer.send(peer.request("UPDATE", 10+sequence, tag, "Content-Type: application/sdp\r\n", "theirs"))
		status := peer.final(sip.UPDATE)
		if status.StatusCode != 200 && status.StatusCode != 491 { // 491 where our 2 s were 0
			t.Errorf("their offer meanwhile answered %d", status.StatusCode)
		}
		again := peer.await(method)
		for again.CSeq().SeqNo == ours.CSeq().SeqNo { // a repetition that was on its way
			again = peer.await(method)
		}
		peer.respond(again, 200, "", "", "their answer")
		if err := within(t, "our offer", done); err != nil {
			t.Error(err)
		}
	}
	peer.send(peer.request("BYE", 20, tag, "", ""))
	peer.final(sip.BYE)
}

// TestOffersOfOurs are refused without harm, come late, and move the target.
func TestOffersOfOurs(t *testing.T) {
	dialogs := make(chan *Dialog, 1)
	e := endpoint(t, Config{}, referring(dialogs, nil))
	peer := newRaw(t, e)
	tag := established(t, peer)
	d := within(t, "the call", dialogs)
	d.Handle(Handlers{Offered: func(offer []byte) ([]byte, error) { return append([]byte("answer to "), offer...), nil }})
	done := make(chan error, 1)
	reinvite := func(offer []byte) { _, err := d.Reinvite(limited(t), offer); done <- err }
	go reinvite([]byte("bad"))
	peer.respond(peer.await(sip.INVITE), 488, "", "", "")
	var refused *Rejected
	if err := within(t, "Reinvite", done); !errors.As(err, &refused) || refused.Status != 488 || !d.at(standing) {
		t.Errorf("a refused offer: %v", err)
	}
	go reinvite(nil)
	invite := peer.await(sip.INVITE)
	for len(invite.Body()) > 0 || invite.CSeq().SeqNo < 2 {
		invite = peer.await(sip.INVITE)
	}
	moved := newRaw(t, e)
	text := "Contact: <sip:moved@" + moved.address() + ">\r\nX: "
	peer.respond(invite, 200, "", "", "their offer")
	if ack := peer.await(sip.ACK); string(ack.Body()) != "answer to their offer" {
		t.Errorf("ACK\n%v", ack)
	}
	if err := within(t, "Reinvite", done); err != nil {
		t.Error(err)
	}
	update := strings.Replace(peer.request("UPDATE", 2, tag, "", ""), "Contact: <sip:raw@"+peer.address()+">\r\n", text+"\r\n", 1)
	peer.send(update)
	peer.final(sip.UPDATE)
	go func() { done <- d.Bye(limited(t), Cause{Protocol: "Q.850", Code: 16, Text: "bye"}) }()
	bye := moved.await(sip.BYE)
	if bye.Recipient.User != "moved" || causeOf(bye).Text != "bye" {
		t.Errorf("BYE\n%v", bye)
	}
	moved.respond(bye, 200, "", "", "")
	if err := within(t, "Bye", done); err != nil {
		t.Error(err)
	}
}

// TestCredentialsLast: a nonce once learnt serves again with the next count, a
// stale one is replaced, every method may be challenged, and a wrong password
// is not tried twice.
func TestCredentialsLast(t *testing.T) {
	peer := newRaw(t, nil)
	dialogs, errs := placed(t, limited(t), peer, Invitee{User: "alice", Password: "secret"})
	ask := func(nonce, more string) string {
		return `Proxy-Authenticate: Digest realm="r", nonce="` + nonce + `", algorithm=MD5, qop="auth"` + more + "\r\n"
	}
	peer.respond(peer.await(sip.INVITE), 407, "proxy", ask("n1", ""), "")
	peer.await(sip.ACK)
	peer.respond(peer.await(sip.INVITE), 200, "callee", "Allow: INVITE, UPDATE\r\n", "answer")
	peer.await(sip.ACK)
	if err := within(t, "Invite", errs); err != nil {
		t.Fatal(err)
	}
	d := <-dialogs
	done := make(chan error, 1)
	proof := func(req *sip.Request, nonce, count string) {
		t.Helper()
		if got := value(req, "Proxy-Authorization"); !strings.Contains(got, `nonce="`+nonce+`"`) || !strings.Contains(got, "nc="+count) {
			t.Errorf("%s with %s, want nonce %s and count %s", req.Method, got, nonce, count)
		}
	}
	go func() { _, err := d.Update(limited(t), nil); done <- err }()
	update := peer.await(sip.UPDATE)
	proof(update, "n1", "00000002")
	peer.respond(update, 407, "", ask("n2", ", stale=true"), "")
	again := peer.await(sip.UPDATE)
	for again.CSeq().SeqNo == update.CSeq().SeqNo {
		again = peer.await(sip.UPDATE)
	}
	proof(again, "n2", "00000001")
	peer.respond(again, 200, "", "", "")
	if err := within(t, "Update", done); err != nil {
		t.Error(err)
	}
	go func() { done <- d.Refer(limited(t), Transfer{To: "sip:a@b"}) }()
	refer := peer.await(sip.REFER)
	proof(refer, "n2", "00000002")
	peer.respond(refer, 407, "", ask("n3", ""), "")
	second := peer.await(sip.REFER)
	proof(second, "n3", "00000001")
	peer.respond(second, 407, "", ask("n4", ""), "") // a new nonce, and not stale: the password is wrong
	var refused *Rejected
	if err := within(t, "Refer", done); !errors.As(err, &refused) || refused.Status != 407 {
		t.Errorf("Refer: %v", err)
	}
	hangUp(t, peer, d)
}

// TestStrictRoute has a proxy that does not know loose routing: RFC 3261
// section 12.2.1.1.
func TestStrictRoute(t *testing.T) {
	peer := newRaw(t, nil)
	dialogs, errs := placed(t, limited(t), peer, Invitee{})
	peer.respond(peer.await(sip.INVITE), 200, "callee", "Record-Route: <sip:far.example;lr>\r\nRecord-Route: <sip:"+peer.address()+">\r\n", "answer")
	ack := peer.await(sip.ACK)
	routes := values(ack, "Route")
	if ack.Recipient.String() != "sip:"+peer.address() || len(routes) != 2 || !strings.Contains(routes[0], "far.example") || !strings.Contains(routes[1], "raw@"+peer.address()) {
		t.Errorf("ACK\n%v", ack)
	}
	if err := within(t, "Invite", errs); err != nil {
		t.Fatal(err)
	}
	hangUp(t, peer, <-dialogs)
}

// TestAnswerAfterAllIsOver comes when its transaction is gone: it is
// acknowledged with its own tag and ended, unless we never called there.
func TestAnswerAfterAllIsOver(t *testing.T) {
	peer := newRaw(t, nil)
	dialogs, errs := placed(t, limited(t), peer, Invitee{})
	invite := peer.await(sip.INVITE)
	peer.respond(invite, 200, "callee", "", "answer")
	peer.await(sip.ACK)
	if err := within(t, "Invite", errs); err != nil {
		t.Fatal(err)
	}
	d := <-dialogs
	stray := func(call, tag string) {
		res := sip.NewResponseFromRequest(invite, 200, "OK", nil)
		res.Via().Params.Remove("branch")
		res.Via().Params.Add("branch", "z9hG4bK-of-a-transaction-that-is-gone")
		res.To().Params.Add("tag", tag)
		var text strings.Builder
		res.StringWrite(&text)
		peer.send(strings.Replace(strings.Replace(text.String(), callID(invite), call, 1), "Content-Length: 0\r\n", "Contact: <sip:raw@"+peer.address()+">\r\nContent-Length: 0\r\n", 1))
	}
	stray("somebody-elses-call", "x") // gets nothing
	stray(callID(invite), "callee")
	if ack := peer.await(sip.ACK); tagOf(ack) != "callee" || callID(ack) != callID(invite) {
		t.Errorf("ACK\n%v", ack)
	}
	stray(callID(invite), "late")
	if ack := peer.await(sip.ACK); tagOf(ack) != "late" {
		t.Errorf("ACK\n%v", ack)
	}
	bye := peer.await(sip.BYE)
	if tagOf(bye) != "late" {
		t.Errorf("BYE\n%v", bye)
	}
	peer.respond(bye, 200, "", "", "")
	hangUp(t, peer, d)
}
