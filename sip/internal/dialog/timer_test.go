package dialog

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

// quick makes the seconds of session timers 20 ms long.
const quick = 20 * time.Millisecond

func TestSessionTimerOfACallThatCameIn(t *testing.T) {
	for name, c := range map[string]struct {
		headers  string
		status   int
		expires  string // of the 2xx
		required bool
	}{
		"theirs":               {"Supported: timer\r\nSession-Expires: 600;refresher=uac\r\n", 200, "600;refresher=uac", true},
		"ours":                 {"Supported: timer\r\nSession-Expires: 600;refresher=uas\r\n", 200, "600;refresher=uas", true},
		"nobody's":             {"Supported: timer\r\nSession-Expires: 600\r\n", 200, "600;refresher=uac", true},
		"longer than ours":     {"Supported: timer\r\nSession-Expires: 7200\r\n", 200, "1800;refresher=uac", true},
		"not shorter than may": {"Supported: timer\r\nMin-SE: 3600\r\nSession-Expires: 7200\r\n", 200, "3600;refresher=uac", true},
		"not asked for":        {"Supported: timer\r\n", 200, "1800;refresher=uas", true},
		"too short":            {"Supported: timer\r\nSession-Expires: 60\r\n", 422, "", false},
		"put in by a proxy":    {"Session-Expires: 60\r\n", 200, "90;refresher=uas", false},
		"unknown to them":      {"", 200, "", false},
		"nonsense":             {"Supported: timer\r\nSession-Expires: soon\r\n", 200, "1800;refresher=uas", true},
	} {
		t.Run(name, func(t *testing.T) {
			e := endpoint(t, Config{}, accepting(make(chan error, 1), make(chan Ending, 1)))
			peer := newRaw(t, e)
			peer.send(peer.request("INVITE", 1, "", "Content-Type: application/sdp\r\n"+c.headers, "offer"))
			res := peer.final(sip.INVITE)
			if res.StatusCode != c.status || value(res, "Session-Expires") != c.expires || lists(res, "Require", "timer") != c.required {
				t.Errorf("answered\n%v", res)
			}
			if c.status == 422 {
				if value(res, "Min-SE") != "90" {
					t.Errorf("no Min-SE in\n%v", res)
				}
				return
			}
			peer.send(peer.request("ACK", 1, tagOf(res), "", ""))
			peer.send(peer.request("BYE", 2, tagOf(res), "", ""))
			peer.final(sip.BYE)
		})
	}
}

// TestPeerThatForgetsToRefreshIsHungUpOn: at two thirds of 90 s.
func TestPeerThatForgetsToRefreshIsHungUpOn(t *testing.T) {
	endings := make(chan Ending, 1)
	e := endpoint(t, Config{second: quick}, accepting(make(chan error, 1), endings))
	peer := newRaw(t, e)
	peer.send(peer.request("INVITE", 1, "", "Content-Type: application/sdp\r\nSupported: timer\r\nSession-Expires: 90;refresher=uac\r\n", "offer"))
	begin := time.Now()
	res := peer.final(sip.INVITE)
	peer.send(peer.request("ACK", 1, tagOf(res), "", ""))
	// A refresh gives another whole interval.
	if msg := peer.poll(20 * quick); msg != nil {
		t.Fatalf("%v", msg)
	}
	peer.send(peer.request("UPDATE", 2, tagOf(res), "Supported: timer\r\nSession-Expires: 90;refresher=uac\r\n", ""))
	if res := peer.final(sip.UPDATE); value(res, "Session-Expires") != "90;refresher=uac" {
		t.Errorf("the refresh was answered\n%v", res)
	}
	bye := peer.await(sip.BYE)
	if took := time.Since(begin); took < 79*quick {
		t.Errorf("hung up after %v", took)
	}
	peer.respond(bye, 200, "", "", "")
	if !strings.Contains(value(bye, "Reason"), "session expired") {
		t.Errorf("BYE %v", bye)
	}
	if end := within(t, "the end", endings); end.How != Expired {
		t.Errorf("ending %v", end.How)
	}
}

// TestWeRefresh by what the peer has, and hang up when it no longer answers.
func TestWeRefresh(t *testing.T) {
	for name, c := range map[string]struct {
		allow  string
		method sip.RequestMethod
	}{
		"by UPDATE":    {"Allow: INVITE, UPDATE, BYE\r\n", sip.UPDATE},
		"by re-INVITE": {"Allow: INVITE, BYE\r\n", sip.INVITE},
	} {
		t.Run(name, func(t *testing.T) {
			endings := make(chan Ending, 1)
			e := endpoint(t, Config{second: quick, T1: 20 * time.Millisecond, T2: 80 * time.Millisecond}, accepting(make(chan error, 1), endings))
			peer := newRaw(t, e)
			peer.send(peer.request("INVITE", 1, "", "Content-Type: application/sdp\r\nSupported: timer\r\nSession-Expires: 90;refresher=uas\r\n"+c.allow, "offer"))
			res := peer.final(sip.INVITE)
			peer.send(peer.request("ACK", 1, tagOf(res), "", ""))
			refresh := peer.await(c.method)
			if value(refresh, "Session-Expires") != "90;refresher=uac" || c.method == sip.INVITE && string(refresh.Body()) != "answer" {
				t.Errorf("refreshed by\n%v", refresh)
			}
			peer.respond(refresh, 422, "", "Min-SE: 100\r\n", "")
			refresh = peer.await(c.method)
			for refresh.CSeq().SeqNo < 2 || value(refresh, "Min-SE") == "" {
				refresh = peer.await(c.method)
			}
			if value(refresh, "Session-Expires") != "100;refresher=uac" || value(refresh, "Min-SE") != "100" {
				t.Errorf("refreshed, after 422, by\n%v", refresh)
			}
			peer.respond(refresh, 200, "", "Session-Expires: 100;refresher=uac\r\nRequire: timer\r\n", "")
			if c.method == sip.INVITE {
				peer.await(sip.ACK)
			}
			bye := peer.await(sip.BYE) // the next refresh goes unanswered
			peer.respond(bye, 200, "", "", "")
			if end := within(t, "the end", endings); end.How != Expired {
				t.Errorf("ending %v", end.How)
			}
		})
	}
}

// TestSessionTimerOfACallWePlace: 422 is honoured, and who refreshes is the
// peer's to choose.
func TestSessionTimerOfACallWePlace(t *testing.T) {
	peer := newRaw(t, nil)
	dialogs, errs := placed(t, limited(t), peer, Invitee{})
	first := peer.await(sip.INVITE)
	if value(first, "Session-Expires") != "1800" || !lists(first, "Supported", "timer") {
		t.Errorf("INVITE\n%v", first)
	}
	peer.respond(first, 422, "callee", "Min-SE: 3600\r\n", "")
	peer.await(sip.ACK)
	second := peer.await(sip.INVITE)
	if value(second, "Session-Expires") != "3600" || value(second, "Min-SE") != "3600" || second.CSeq().SeqNo != 2 {
		t.Errorf("INVITE after 422\n%v", second)
	}
	peer.respond(second, 200, "callee", "Session-Expires: 3600;refresher=uas\r\n", "answer")
	peer.await(sip.ACK)
	if err := within(t, "Invite", errs); err != nil {
		t.Fatal(err)
	}
	d := <-dialogs
	d.mu.Lock()
	s := d.session
	d.mu.Unlock()
	if s.seconds != 3600 || s.ours || s.timer == nil {
		t.Errorf("session %+v", s)
	}
	hangUp(t, peer, d)
	if d.mu.Lock(); d.session.timer != nil {
		t.Error("a timer outlives its call")
	}
	d.mu.Unlock()
}

// hangUp ends a call of ours with a raw peer.
func hangUp(t *testing.T, peer *raw, d *Dialog) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- d.Bye(limited(t), Cause{}) }()
	peer.respond(peer.await(sip.BYE), 200, "", "", "")
	if err := within(t, "Bye", done); err != nil {
		t.Error(err)
	}
}

func TestMargin(t *testing.T) {
	for interval, want := range map[int]int{90: 30, 96: 32, 1800: 32} {
		if got := margin(time.Duration(interval)*time.Second, time.Second); got != time.Duration(want)*time.Second {
			t.Errorf("%d s are given up %v before their end, want %d s", interval, got, want)
		}
	}
}

func FuzzExpiry(f *testing.F) {
	f.Add("1800;refresher=uac")
	f.Add(`90 ; refresher = "uas";x`)
	f.Fuzz(func(t *testing.T, text string) {
		req := sip.NewRequest(sip.INVITE, sip.Uri{Host: "x"})
		req.AppendHeader(sip.NewHeader("Session-Expires", text))
		req.AppendHeader(sip.NewHeader("Min-SE", text))
		if x := expiryOf(req); x.seconds < 0 || x.seconds > 86400 || minimumOf(req) != x.seconds {
			t.Fatalf("%+v", x)
		}
	})
}

// waiting leaves a call ringing until it ends and hands it to the test.
func waiting(dialogs chan<- *Dialog) Answering {
	return func(ctx context.Context, d *Dialog) {
		dialogs <- d
		<-ctx.Done()
	}
}
