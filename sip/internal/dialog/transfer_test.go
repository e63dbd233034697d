package dialog

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// referring takes calls and hands their referrals to the test.
func referring(dialogs chan<- *Dialog, referrals chan<- *Referral) Answering {
	return func(ctx context.Context, d *Dialog) {
		d.Handle(Handlers{Referred: func(r *Referral) error {
			switch r.To.User {
			case "nobody":
				return errors.New("nobody is called")
			case "busy":
				return &Rejected{Status: 486, Cause: Cause{Protocol: "Q.850", Code: 17}}
			}
			referrals <- r
			return nil
		}})
		_, _ = d.Accept(ctx, []byte("answer"))
		dialogs <- d
		<-ctx.Done()
	}
}

// TestReferral is a transfer that is asked of us, with reports in order, which
// go on after the BYE that most phones send right after the 202.
func TestReferral(t *testing.T) {
	dialogs, referrals := make(chan *Dialog, 1), make(chan *Referral, 1)
	e := endpoint(t, Config{}, referring(dialogs, referrals))
	peer := newRaw(t, e)
	tag := established(t, peer)
	within(t, "the call", dialogs)
	replaces := "abc@host;to-tag=t1;from-tag=f1"
	peer.send(peer.request("REFER", 2, tag, "Refer-To: \"Mei\" <sip:123@example.org?Replaces="+url.QueryEscape(replaces)+">\r\nReferred-By: <sip:bob@example.org>\r\n", ""))
	if res := peer.final(sip.REFER); res.StatusCode != 202 {
		t.Fatalf("REFER answered\n%v", res)
	}
	peer.send(peer.request("BYE", 3, tag, "", "")) // before any report is answered
	r := within(t, "the referral", referrals)
	if r.To.String() != "sip:123@example.org" || r.Replaces != replaces || r.By != "<sip:bob@example.org>" {
		t.Errorf("referral to %s, Replaces %q, by %q", r.To.String(), r.Replaces, r.By)
	}
	if headers := fmt.Sprint(r.Headers()); !strings.Contains(headers, replaces) || !strings.Contains(headers, "bob") {
		t.Errorf("headers of the new call: %s", headers)
	}
	for _, status := range []int{180, 200, 486} { // nothing comes after the final one
		r.Report(status)
	}
	for _, want := range []string{"100 Trying active;expires=60", "180 Ringing active;expires=60", "200 OK terminated;reason=noresource"} {
		notify := peer.await(sip.NOTIFY)
		got := strings.TrimSuffix(strings.TrimPrefix(string(notify.Body()), "SIP/2.0 "), "\r\n") + " " + value(notify, "Subscription-State")
		if got != want || value(notify, "Event") != "refer" || contentType(notify) != "message/sipfrag" {
			t.Errorf("reported %q, want %q", got, want)
		}
		peer.respond(notify, 200, "", "", "")
	}
	if msg := peer.poll(0); msg != nil {
		if _, ok := msg.(*sip.Request); ok {
			t.Errorf("and then\n%v", msg)
		}
	}
}

func TestReferralsThatAreRefused(t *testing.T) {
	dialogs, referrals := make(chan *Dialog, 1), make(chan *Referral, 10)
	e := endpoint(t, Config{}, referring(dialogs, referrals))
	peer := newRaw(t, e)
	tag := established(t, peer)
	within(t, "the call", dialogs)
	for i, c := range []struct {
		headers string
		status  int
	}{
		{"", 400},
		{"Refer-To: <sip:a@b>\r\nRefer-To: <sip:c@d>\r\n", 400},
		{"Refer-To: <http://example.org>\r\n", 416},
		{"Refer-To: <sip:a@b;method=BYE>\r\n", 603},
		{"Refer-To: <sip:nobody@b>\r\n", 603},
		{"Refer-To: <sip:busy@b>\r\n", 486},
		{"Refer-To: <sip:a@b>\r\nRefer-Sub: false\r\n", 202},
	} {
		peer.send(peer.request("REFER", 2+i, tag, c.headers, ""))
		res := peer.final(sip.REFER)
		if res.StatusCode != c.status || c.status == 202 && value(res, "Refer-Sub") != "false" || c.status == 486 && causeOf(res).Code != 17 {
			t.Errorf("%q answered\n%v", c.headers, res)
		}
	}
	within(t, "the silent referral", referrals).Report(200)
	peer.send(peer.request("BYE", 20, tag, "", ""))
	for { // no NOTIFY comes before the answer to BYE
		msg := peer.receive()
		if req, ok := msg.(*sip.Request); ok {
			t.Fatalf("reported, though not wanted: %v", req)
		}
		if res, ok := msg.(*sip.Response); ok && res.CSeq().MethodName == sip.BYE {
			break
		}
	}
}

// TestRefer is a transfer that we ask for, attended, and hear of.
func TestRefer(t *testing.T) {
	dialogs, other := make(chan *Dialog, 1), make(chan *Dialog, 1)
	e := endpoint(t, Config{}, referring(dialogs, nil))
	peer := newRaw(t, e)
	tag := established(t, peer)
	d := within(t, "the call", dialogs)
	third := newRaw(t, e)
	thirdTag := established(t, third)
	other <- within(t, "the other call", dialogs)
	reports, done := make(chan int, 10), make(chan error, 1)
	go func() {
		done <- d.Refer(limited(t), Transfer{
			To: "sip:" + third.address(), Replaces: <-other, By: "<sip:us@here>", Report: func(status int) { reports <- status },
		})
	}()
	refer := peer.await(sip.REFER)
	want := fmt.Sprintf("<sip:%s?Replaces=%s>", third.address(), url.QueryEscape(third.address()+";to-tag=rawtag;from-tag="+thirdTag))
	if got := value(refer, "Refer-To"); got != want || value(refer, "Referred-By") != "<sip:us@here>" {
		t.Errorf("Refer-To %s, want %s", got, want)
	}
	notify := func(sequence int, event, state, line string) int {
		peer.send(peer.request("NOTIFY", sequence, tag, "Event: "+event+"\r\nSubscription-State: "+state+"\r\nContent-Type: message/sipfrag\r\n", line))
		return peer.final(sip.NOTIFY).StatusCode
	}
	if status := notify(2, "refer", "active", "SIP/2.0 100 Trying\r\n"); status != 200 { // faster than the 202
		t.Errorf("NOTIFY answered %d", status)
	}
	peer.respond(refer, 202, "", "", "")
	if err := within(t, "Refer", done); err != nil {
		t.Error(err)
	}
	if status := notify(3, "message-summary", "active", ""); status != 489 {
		t.Errorf("NOTIFY of another event answered %d", status)
	}
	notify(4, "refer;id=1", "active", "SIP/2.0 180 Ringing\r\n")
	notify(5, "refer", "terminated;reason=noresource", "SIP/2.0 200 OK\r\n")
	if status := notify(6, "refer", "terminated", "SIP/2.0 200 OK\r\n"); status != 481 {
		t.Errorf("NOTIFY after the last one answered %d", status)
	}
	for _, want := range []int{100, 180, 200} {
		if got := within(t, "a report", reports); got != want {
			t.Errorf("reported %d, want %d", got, want)
		}
	}
	go func() { done <- d.Refer(limited(t), Transfer{To: "sip:a@b"}) }()
	refer = peer.await(sip.REFER)
	if value(refer, "Refer-Sub") != "false" {
		t.Errorf("REFER\n%v", refer)
	}
	peer.respond(refer, 603, "", "Reason: Q.850;cause=21\r\n", "")
	var refused *Rejected
	if err := within(t, "Refer", done); !errors.As(err, &refused) || refused.Status != 603 || refused.Cause.Code != 21 {
		t.Errorf("a refused REFER: %v", err)
	}
	for _, p := range []struct {
		r   *raw
		tag string
	}{{peer, tag}, {third, thirdTag}} {
		p.r.send(p.r.request("BYE", 30, p.tag, "", ""))
		p.r.final(sip.BYE)
	}
}

// TestReplaces has an INVITE take the place of a call, or not: RFC 3891 section 3.
func TestReplaces(t *testing.T) {
	dialogs := make(chan *Dialog, 10)
	e := endpoint(t, Config{}, func(ctx context.Context, d *Dialog) {
		if d.Invitation().Recipient.User == "early" {
			d.Ring()
		} else if _, err := d.Accept(ctx, []byte("answer")); err != nil {
			return
		}
		if old := d.Replaces(); old != nil {
			_ = old.Bye(limited(t), Cause{Protocol: "SIP", Code: 200, Text: "replaced"})
		}
		dialogs <- d
		<-ctx.Done()
	})
	first := newRaw(t, e)
	tag := established(t, first)
	old := within(t, "the call", dialogs)
	ringing := newRaw(t, e)
	ringing.send(strings.Replace(ringing.invite(1, ""), "sip:100@", "sip:early@", 1))
	early := tagOf(ringing.provisional(180))
	within(t, "the early call", dialogs)
	header := func(call, to, from, more string) string {
		return fmt.Sprintf("Content-Type: application/sdp\r\nRequire: replaces\r\nReplaces: %s;to-tag=%s;from-tag=%s%s\r\n", call, to, from, more)
	}
	for _, c := range []struct {
		name, headers string
		status        int
	}{
		{"a call that is not", header("nothing", tag, "rawtag", ""), 481},
		{"tags the wrong way", header(first.address(), "rawtag", tag, ""), 481},
		{"an early call that is not ours to give", header(ringing.address(), early, "rawtag", ""), 481},
		{"an answered call, if early", header(first.address(), tag, "rawtag", ";early-only"), 486},
		{"two calls", header(first.address(), tag, "rawtag", "") + "Replaces: x;to-tag=a;from-tag=b\r\n", 400},
		{"no tags", "Content-Type: application/sdp\r\nReplaces: x\r\n", 400},
	} {
		peer := newRaw(t, e)
		peer.send(peer.request("INVITE", 1, "", c.headers, "offer"))
		if res := peer.final(sip.INVITE); res.StatusCode != c.status {
			t.Errorf("%s: answered %d, want %d", c.name, res.StatusCode, c.status)
		}
	}
	second := newRaw(t, e)
	second.send(second.request("INVITE", 1, "", header(first.address(), tag, "rawtag", ""), "offer"))
	res := second.final(sip.INVITE)
	if res.StatusCode != 200 {
		t.Fatalf("answered\n%v", res)
	}
	second.send(second.request("ACK", 1, tagOf(res), "", ""))
	bye := first.await(sip.BYE)
	first.respond(bye, 200, "", "", "")
	if d := within(t, "the new call", dialogs); d.Replaces() != old || old.Ending().How != WeHungUp {
		t.Errorf("replaces %v", d.Replaces())
	}
	late := newRaw(t, e)
	late.send(late.request("INVITE", 1, "", header(first.address(), tag, "rawtag", ""), "offer"))
	if res := late.final(sip.INVITE); res.StatusCode != 603 {
		t.Errorf("a call that has ended: answered %d", res.StatusCode)
	}
	second.send(second.request("BYE", 2, tagOf(res), "", ""))
	second.final(sip.BYE)
	ringing.send(ringing.request("BYE", 2, early, "", ""))
	ringing.final(sip.BYE)
}

func FuzzParseReplaces(f *testing.F) {
	f.Add("12345@host;to-tag=a;from-tag=b;early-only")
	f.Add(";to-tag==;from-tag=\"")
	f.Fuzz(func(t *testing.T, text string) {
		if r, ok := parseReplaces(text); ok && (r.call == "" || r.toTag == "" || r.fromTag == "") {
			t.Fatalf("%+v", r)
		}
	})
}

func FuzzParseAddress(f *testing.F) {
	f.Add(`"Mei <3" <sip:100@host:5060;lr?Replaces=a%3Bto-tag%3Db>;x=y`)
	f.Add("tel:+8613800138000;phone-context=x")
	f.Fuzz(func(t *testing.T, text string) {
		if uri, ok := parseAddress(text); ok && uri.Scheme == "" {
			t.Fatalf("%q", text)
		}
		fragmentStatus([]byte(text))
	})
}
