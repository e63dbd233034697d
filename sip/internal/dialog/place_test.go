package dialog

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

// placed calls a raw peer in the background.
func placed(t *testing.T, ctx context.Context, peer *raw, who Invitee) (<-chan *Dialog, <-chan error) {
	t.Helper()
	e := endpoint(t, Config{}, nil)
	who.Target, who.Offer = "sip:100@"+peer.address(), sdp("offer")
	dialogs, errs := make(chan *Dialog, 1), make(chan error, 1)
	go func() {
		d, err := e.Invite(ctx, who)
		dialogs <- d
		errs <- err
	}()
	return dialogs, errs
}

// TestCancelCrossesAnswer is trap D1: the answer that came all the same is
// acknowledged and ended.
func TestCancelCrossesAnswer(t *testing.T) {
	peer := newRaw(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	noted, settled := make(chan bool), make(chan struct{})
	_, errs := placed(t, ctx, peer, Invitee{Answering: func() { noted <- true }, Settled: func() { close(settled) }})
	invite := peer.await(sip.INVITE)
	peer.respond(invite, 180, "callee", "", "")
	cancel()
	peer.await(sip.CANCEL)
	peer.respond(invite, 200, "callee", "", "answer")
	if msg := peer.poll(50 * time.Millisecond); msg != nil {
		t.Errorf("sent before the answer was noted: %v", msg)
	}
	within(t, "Answering", noted)
	if ack := peer.await(sip.ACK); tagOf(ack) != "callee" {
		t.Errorf("ACK to tag %q", tagOf(ack))
	}
	bye := peer.await(sip.BYE)
	peer.respond(bye, 100, "", "", "") // trap D8
	peer.respond(bye, 200, "", "", "")
	within(t, "Settled", settled)
	if err := within(t, "Invite", errs); !errors.Is(err, context.Canceled) {
		t.Errorf("Invite: %v", err)
	}
}

// TestCancelWaitsForAProvisionalResponse: RFC 3261 section 9.1.
func TestCancelWaitsForAProvisionalResponse(t *testing.T) {
	peer := newRaw(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	_, errs := placed(t, ctx, peer, Invitee{})
	invite := peer.await(sip.INVITE)
	cancel()
	if msg := peer.poll(150 * time.Millisecond); msg != nil {
		t.Errorf("sent before anything came: %v", msg)
	}
	peer.respond(invite, 100, "", "", "")
	got := peer.await(sip.CANCEL)
	if got.Via().Params.String() != invite.Via().Params.String() {
		t.Errorf("CANCEL with another branch: %v", got.Via())
	}
	peer.respond(invite, 487, "callee", "", "")
	peer.await(sip.ACK)
	if err := within(t, "Invite", errs); !errors.Is(err, context.Canceled) {
		t.Errorf("Invite: %v", err)
	}
}

// TestGivingUpTakesNoTime has a peer that says nothing, or only that it rings:
// Invite and Close wait for it no longer than they say, and far less than the
// 64*T1 after which a transaction is given up.
func TestGivingUpTakesNoTime(t *testing.T) {
	const t1 = 200 * time.Millisecond
	for _, rings := range []bool{false, true} {
		t.Run(fmt.Sprintf("rings %v", rings), func(t *testing.T) {
			t.Parallel()
			peer := newRaw(t, nil)
			rung := make(chan struct{}, 1)
			e := endpoint(t, Config{T1: t1, T2: t1}, nil)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			errs := make(chan error, 1)
			go func() {
				_, err := e.Invite(ctx, Invitee{
					Target: "sip:100@" + peer.address(), Offer: sdp("offer"),
					Progress: func(int, string, []byte) { rung <- struct{}{} },
				})
				errs <- err
			}()
			invite := peer.await(sip.INVITE)
			if rings {
				peer.respond(invite, 180, "callee", "", "")
				within(t, "ringing", rung)
			}
			begin := time.Now()
			cancel()
			if err := within(t, "Invite", errs); !errors.Is(err, context.Canceled) {
				t.Errorf("Invite: %v", err)
			}
			if took := time.Since(begin); took > 10*t1 {
				t.Errorf("Invite returned after %v", took)
			}
			if rings {
				peer.await(sip.CANCEL)
			}
			begin = time.Now()
			if err := e.Close(); err != nil {
				t.Error(err)
			}
			if took := time.Since(begin); took > 40*t1 {
				t.Errorf("Close returned after %v", took)
			}
		})
	}
}

// TestCloseCancels has an endpoint close while a call of its rings, and the
// answer cross its CANCEL.
func TestCloseCancels(t *testing.T) {
	peer := newRaw(t, nil)
	e := endpoint(t, Config{}, nil)
	errs, closed := make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := e.Invite(t.Context(), Invitee{Target: "sip:100@" + peer.address(), Offer: sdp("offer")})
		errs <- err
	}()
	invite := peer.await(sip.INVITE)
	peer.respond(invite, 180, "callee", "", "")
	go func() { closed <- e.Close() }()
	peer.await(sip.CANCEL)
	peer.respond(invite, 200, "callee", "", "answer")
	peer.await(sip.ACK)
	peer.respond(peer.await(sip.BYE), 200, "", "", "")
	if err := within(t, "Invite", errs); !errors.Is(err, ErrEnded) {
		t.Errorf("Invite: %v", err)
	}
	if err := within(t, "Close", closed); err != nil {
		t.Error(err)
	}
	if _, err := e.Invite(t.Context(), Invitee{Target: "sip:100@" + peer.address(), Offer: sdp("offer")}); !errors.Is(err, ErrEnded) {
		t.Errorf("Invite of a closed endpoint: %v", err)
	}
}

// TestManyProvisionalResponses is trap D2.
func TestManyProvisionalResponses(t *testing.T) {
	peer := newRaw(t, nil)
	var progress []string
	dialogs, errs := placed(t, limited(t), peer, Invitee{
		Progress: func(status int, reason string, body []byte) {
			progress = append(progress, fmt.Sprintf("%d %s %s", status, reason, body))
		},
	})
	invite := peer.await(sip.INVITE)
	for i := range 30 {
		peer.respond(invite, 180+3*(i%2), "callee", "", fmt.Sprint(i))
	}
	peer.respond(invite, 200, "callee", "", "answer")
	peer.await(sip.ACK)
	if err := within(t, "Invite", errs); err != nil {
		t.Fatal(err)
	}
	if len(progress) != 30 || progress[0] != "180 Ringing 0" || progress[29] != "183 Session Progress 29" {
		t.Errorf("progress in order: %q", progress)
	}
	go func() { peer.respond(peer.await(sip.BYE), 200, "", "", "") }()
	if err := (<-dialogs).Bye(limited(t), Cause{}); err != nil {
		t.Error(err)
	}
}

// TestForkedAnswers is trap D3: the second fork is acknowledged with its own
// tag and ended; repetitions of either are acknowledged again.
func TestForkedAnswers(t *testing.T) {
	peer := newRaw(t, nil)
	dialogs, errs := placed(t, limited(t), peer, Invitee{})
	invite := peer.await(sip.INVITE)
	peer.respond(invite, 200, "one", "", "answer of one")
	acks := map[string]int{tagOf(peer.await(sip.ACK)): 1}
	for _, tag := range []string{"two", "one", "two"} {
		peer.respond(invite, 200, tag, "", "answer of "+tag)
	}
	byes := map[string]int{}
	for acks["one"] < 2 || acks["two"] < 2 || byes["two"] < 1 {
		req, ok := peer.receive().(*sip.Request)
		if !ok {
			continue
		}
		switch req.Method {
		case sip.ACK:
			acks[tagOf(req)]++
		case sip.BYE:
			byes[tagOf(req)]++
			peer.respond(req, 200, "", "", "")
		}
	}
	if byes["one"] != 0 {
		t.Error("the wanted call was ended")
	}
	if err := within(t, "Invite", errs); err != nil {
		t.Fatal(err)
	}
	d := <-dialogs
	if string(d.RemoteAnswer()) != "answer of one" {
		t.Errorf("answer %q", d.RemoteAnswer())
	}
	go func() { peer.respond(peer.await(sip.BYE), 200, "", "", "") }()
	if err := d.Bye(limited(t), Cause{}); err != nil {
		t.Error(err)
	}
}

// TestDisplayName is whatever somebody calls a meeting; it stays within its
// quotes.
func TestDisplayName(t *testing.T) {
	peer := newRaw(t, nil)
	_, errs := placed(t, limited(t), peer, Invitee{Display: "The \"A\" \\ \r\nX-Injected: yes\xff 会"})
	invite := peer.await(sip.INVITE)
	if from := invite.From(); from.DisplayName != `The \"A\" \\ X-Injected: yes 会` || invite.GetHeader("X-Injected") != nil {
		t.Errorf("From %q in\n%s", from.DisplayName, invite)
	}
	peer.respond(invite, 486, "callee", "", "")
	peer.await(sip.ACK)
	within(t, "Invite", errs)
}

func TestRefusedCall(t *testing.T) {
	peer := newRaw(t, nil)
	_, errs := placed(t, limited(t), peer, Invitee{})
	peer.respond(peer.await(sip.INVITE), 486, "callee", "Reason: Q.850;cause=17\r\n", "")
	peer.await(sip.ACK)
	err := within(t, "Invite", errs)
	var r *Rejected
	if !errors.As(err, &r) || r.Status != 486 || r.Cause.Code != 17 {
		t.Errorf("Invite: %v", err)
	}
}

// TestChallenges are answered on INVITE and on BYE, the strongest first.
func TestChallenges(t *testing.T) {
	peer := newRaw(t, nil)
	dialogs, errs := placed(t, limited(t), peer, Invitee{User: "alice", Password: "secret"})
	challenge := func(header, nonce string) string {
		return header + `: Digest realm="r", nonce="` + nonce + `", algorithm=MD5, qop="auth"` + "\r\n" +
			header + `: Digest realm="r", nonce="` + nonce + `", algorithm=SHA-256, qop="auth"` + "\r\n"
	}
	first := peer.await(sip.INVITE)
	peer.respond(first, 407, "proxy", challenge("Proxy-Authenticate", "n1"), "")
	peer.await(sip.ACK)
	second := peer.await(sip.INVITE)
	auth := second.GetHeader("Proxy-Authorization")
	if auth == nil || !strings.Contains(auth.Value(), "SHA-256") || !strings.Contains(auth.Value(), `username="alice"`) ||
		strings.Contains(auth.Value(), "secret") {
		t.Fatalf("authorization %v", auth)
	}
	if second.CSeq().SeqNo != first.CSeq().SeqNo+1 || second.CallID().Value() != first.CallID().Value() {
		t.Errorf("the second INVITE: %v", second)
	}
	peer.respond(second, 200, "callee", "", "answer")
	peer.await(sip.ACK)
	if err := within(t, "Invite", errs); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	d := <-dialogs
	go func() { done <- d.Bye(limited(t), Cause{}) }()
	peer.respond(peer.await(sip.BYE), 401, "", challenge("WWW-Authenticate", "n2"), "")
	bye := peer.await(sip.BYE)
	if auth := bye.GetHeader("Authorization"); auth == nil || !strings.Contains(auth.Value(), `nonce="n2"`) {
		t.Errorf("authorization of BYE: %v", auth)
	}
	peer.respond(bye, 200, "", "", "")
	if err := within(t, "Bye", done); err != nil {
		t.Error(err)
	}
}

// TestRoutes has the dialog go through two proxies: RFC 3261 section 12.1.2.
func TestRoutes(t *testing.T) {
	peer := newRaw(t, nil)
	dialogs, errs := placed(t, limited(t), peer, Invitee{})
	routes := fmt.Sprintf("Record-Route: <sip:far.example;lr>\r\nRecord-Route: <sip:%s;lr>\r\n", peer.address())
	peer.respond(peer.await(sip.INVITE), 200, "callee", routes, "answer")
	ack := peer.await(sip.ACK)
	got := ack.GetHeaders("Route")
	if len(got) != 2 || !strings.Contains(got[0].Value(), peer.address()) || !strings.Contains(got[1].Value(), "far.example") {
		t.Errorf("routes %v", got)
	}
	if err := within(t, "Invite", errs); err != nil {
		t.Fatal(err)
	}
	go func() { peer.respond(peer.await(sip.BYE), 481, "", "", "") }()
	d := <-dialogs
	if err := d.Bye(limited(t), Cause{}); err == nil {
		t.Error("481 to BYE went unnoticed")
	}
}

func TestCauses(t *testing.T) {
	for _, c := range []Cause{{}, {"SIP", 486, ""}, {"Q.850", 16, `said "bye; bye" \ left`}} {
		if got := parseCause(c.String()); got != c {
			t.Errorf("%q came back as %+v", c.String(), got)
		}
	}
	if got := parseCause(` Q.850 ; Cause = 31 ;text="x"`); got != (Cause{"Q.850", 31, "x"}) {
		t.Errorf("%+v", got)
	}
}

func FuzzParseCause(f *testing.F) {
	f.Add(`Q.850;cause=16;text="Normal \"call\" clearing"`)
	f.Add(`SIP;;cause=99999999;text="`)
	f.Fuzz(func(t *testing.T, value string) {
		if c := parseCause(value); c.Code < 0 || c.Code > 65535 {
			t.Fatalf("%+v", c)
		}
	})
}
