package sip

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/metrics/quality"
	"partyline/sfu/audio"
	"partyline/sip/evidence"
	"partyline/sip/internal/dialog"
)

// trace waits for what is kept of a call, and unpacks it.
func (f *fakeObserver) trace(t *testing.T) (traced, *evidence.Capture) {
	t.Helper()
	select {
	case kept := <-f.traces:
		c, err := evidence.Unpack(kept.Evidence)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := len(c.Messages), len(kept.Messages); got != want || c.Missing != kept.Missing {
			t.Errorf("%d messages in the evidence and %d on the ladder", got, want)
		}
		return kept, c
	case <-time.After(20 * time.Second):
		t.Fatal("nothing came of what is kept of a call")
		return traced{}, nil
	}
}

// arrows are the messages of a ladder, as it would be drawn; what was sent again is
// marked with a star.
func arrows(messages []quality.Message) (drawn []string) {
	for _, m := range messages {
		arrow := "<" + m.Sort
		if m.Out {
			arrow = m.Sort + ">"
		}
		if m.Again {
			arrow += "*"
		}
		drawn = append(drawn, arrow)
	}
	return drawn
}

// once leaves out what was sent again, and 100: both come where a machine is busy.
func once(messages []quality.Message) []quality.Message {
	return slices.DeleteFunc(slices.Clone(messages), func(m quality.Message) bool { return m.Again || m.Sort == "100" })
}

// wantLadder compares the arrows of a ladder, and sees to it that no number is on it.
func wantLadder(t *testing.T, kept traced, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, arrows(once(kept.Messages))); diff != "" {
		t.Errorf("the ladder is another one:\n%s", diff)
	}
	for _, m := range kept.Messages {
		if text := m.Line + m.Headers; strings.Contains(text, "13800138000") || strings.Contains(text, "13900139000") || strings.Contains(text, "1065529988") {
			t.Errorf("a number is on the ladder: %s", text)
		}
	}
	if !slices.IsSortedFunc(kept.Messages, func(a, b quality.Message) int { return a.At.Compare(b.At) }) {
		t.Error("the ladder is out of order")
	}
}

// attempt waits for the only INVITE that was counted.
func (f *fakeObserver) attempt(t *testing.T) Attempt {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.attempts) != 1 {
		t.Fatalf("%d attempts were counted: %+v", len(f.attempts), f.attempts)
	}
	return f.attempts[0]
}

func TestSippCallLeavesATrace(t *testing.T) {
	overBoth(t, func(t *testing.T, transport string) {
		h := open(t, nil)
		sipp(t, h, "hold", transport)
		kept, capture := h.observer.trace(t)
		wantLadder(t, kept, "<INVITE", "200>", "<ACK", "<INVITE", "200>", "<ACK", "<INVITE", "200>", "<ACK", "<BYE", "200>")
		s := kept.Signalling
		if s.Status != 200 || s.Q850 != 16 || s.Bye != quality.Them || s.Holds != 1 || s.Held <= 0 || s.PDD <= 0 || s.Answer != s.PDD || s.Challenges != 0 {
			t.Errorf("signalling %+v", s)
		}
		if a := h.observer.attempt(t); a.Trunk != "demo" || a.Outbound || a.Setup != quality.SetupAnswered || a.PDD != s.PDD {
			t.Errorf("attempt %+v", a)
		}
		h.observer.mu.Lock()
		happened := slices.Clone(h.observer.happened)
		h.observer.mu.Unlock()
		if diff := cmp.Diff([]quality.What{quality.EventHeld, quality.EventResumed}, happened); diff != "" {
			t.Error(diff)
		}
		first := kept.Messages[0]
		if !strings.HasPrefix(first.Media, "PCMU 127.0.0.1:") || !strings.HasPrefix(first.Peer, transport+" 127.0.0.1:") || first.CSeq != "1 INVITE" {
			t.Errorf("the first message is %+v", first)
		}
		if m := capture.Messages[0]; m.Network != transport || m.Local.Addr() != netip.MustParseAddr("127.0.0.1") || m.Local.Port() == 0 {
			t.Errorf("the first message came to %v by %s", m.Local, m.Network)
		}
		if !slices.ContainsFunc(capture.Packets, func(p evidence.Packet) bool { return p.Out && !p.Control && p.Size == 172 && len(p.Header) == 12 }) {
			t.Errorf("none of %d packets is what we sent", len(capture.Packets))
		}
	})
}

// TestSippThatNeverAcknowledgesIsSeen: what was sent again is on the ladder, and
// counted.
func TestSippThatNeverAcknowledgesIsSeen(t *testing.T) {
	h := open(t, nil)
	sipp(t, h, "no-ack", "udp")
	kept, _ := h.observer.trace(t)
	again := slices.DeleteFunc(arrows(kept.Messages), func(a string) bool { return a != "200>*" })
	if s := kept.Signalling; len(again) < 3 || s.Retransmissions < len(again) || s.Bye != quality.Us {
		t.Errorf("%d were sent again, signalling %+v, ladder %q", len(again), s, arrows(kept.Messages))
	}
}

// TestRefusalIsTraced with its ACK, which comes after the call has ended.
func TestRefusalIsTraced(t *testing.T) {
	t.Parallel()
	h := open(t, func(c *Config) { c.Trunks[0].Numbers = []string{"200"} })
	if err := newPhone(t).call(h, "100", offerOf(4000, "")); err == nil {
		t.Fatal("it was answered")
	}
	kept, _ := h.observer.trace(t)
	wantLadder(t, kept, "<INVITE", "404>", "<ACK")
	if s := kept.Signalling; s.Status != 404 || s.Q850 != 1 || s.PDD != 0 || s.Bye != "" {
		t.Errorf("signalling %+v", s)
	}
	if a := h.observer.attempt(t); a.Setup != quality.SetupWrongNumber || a.PDD != 0 {
		t.Errorf("attempt %+v", a)
	}
}

// TestCallsOfOursLeaveATrace: each INVITE is counted by itself, and one ladder has
// them all.
func TestCallsOfOursLeaveATrace(t *testing.T) {
	t.Parallel()
	full := newCallee(t, func(_ *phone, _ context.Context, d *dialog.Dialog) {
		d.Reject(503, dialog.Cause{Protocol: "Q.850", Code: 34})
	})
	callee := newCallee(t, func(p *phone, ctx context.Context, d *dialog.Dialog) {
		time.Sleep(100 * time.Millisecond)
		d.Ring()
		time.Sleep(200 * time.Millisecond)
		p.pickUp(ctx, d)
	})
	h := openDialling(t, nil, trunkTo("out", full.endpoint.UDP(), callee.endpoint.UDP()))
	call := h.dial(t, orderOf("call-1"))
	call.until(CallAnswered)
	callee.answers()
	for begin := time.Now(); h.conference.heard() == 0 && time.Since(begin) < 10*time.Second; time.Sleep(10 * time.Millisecond) {
	}
	callee.hangUp()
	out := call.over()
	kept, capture := h.observer.trace(t)
	wantLadder(t, kept, "INVITE>", "<503", "ACK>", "INVITE>", "<180", "<200", "ACK>", "<BYE", "200>")
	s := kept.Signalling
	if s.Status != 200 || s.Q850 != 16 || s.Bye != quality.Them || s.PDD < 100*time.Millisecond || s.Answer <= s.PDD {
		t.Errorf("signalling %+v", s)
	}
	if diff := cmp.Diff(s, out.Signalling); diff != "" {
		t.Errorf("the outcome tells otherwise:\n%s", diff)
	}
	h.observer.mu.Lock()
	attempts := slices.Clone(h.observer.attempts)
	h.observer.mu.Unlock()
	want := []Attempt{
		{Trunk: "out", Outbound: true, Setup: quality.SetupIneffective},
		{Trunk: "out", Outbound: true, Setup: quality.SetupAnswered, PDD: s.PDD},
	}
	if diff := cmp.Diff(want, attempts); diff != "" {
		t.Error(diff)
	}
	if kept.Agent != "Partyline" || kept.Media != netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(callee.port())) || kept.Codec != audio.PCMA {
		t.Errorf("record of %q, by %v from %v", kept.Agent, kept.Codec, kept.Media)
	}
	if kept.Order != "call-1" {
		t.Errorf("it is of the order %q", kept.Order)
	}
	ways := make(map[bool]int)
	for _, p := range capture.Packets {
		ways[p.Out]++
	}
	if ways[true] == 0 || ways[false] == 0 {
		t.Errorf("packets kept: %v", ways)
	}
}

// TestWhatBecomesOfInvites counts each as SER, SEER and NER want it.
func TestWhatBecomesOfInvites(t *testing.T) {
	t.Parallel()
	rejects := func(status int, rings bool) func(*phone, context.Context, *dialog.Dialog) {
		return func(_ *phone, _ context.Context, d *dialog.Dialog) {
			if rings {
				d.Ring()
			}
			d.Reject(status, dialog.Cause{})
		}
	}
	for name, test := range map[string]struct {
		callee func(*phone, context.Context, *dialog.Dialog)
		ring   time.Duration
		want   quality.Setup
		bye    quality.Side
		q850   int
	}{
		"busy":     {rejects(486, true), 20 * time.Second, quality.SetupBusy, "", 17},
		"declined": {rejects(603, true), 20 * time.Second, quality.SetupDeclined, "", 21},
		"wrong":    {rejects(404, false), 20 * time.Second, quality.SetupWrongNumber, "", 1},
		"rings on": {func(_ *phone, ctx context.Context, d *dialog.Dialog) { d.Ring(); <-ctx.Done() }, 3 * time.Second, quality.SetupUnanswered, quality.Us, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openDialling(t, nil, trunkTo("out", newCallee(t, test.callee).endpoint.UDP()))
			order := orderOf("call-1")
			order.Ring = test.ring
			h.dial(t, order).over()
			kept, _ := h.observer.trace(t)
			a := h.observer.attempt(t)
			if a.Setup != test.want || (a.PDD > 0) != (name != "wrong") {
				t.Errorf("attempt %+v", a)
			}
			if s := kept.Signalling; s.Bye != test.bye || test.q850 != 0 && s.Q850 != test.q850 {
				t.Errorf("signalling %+v", s)
			}
		})
	}
}

// TestPhonesLeaveOneTrace: a call between two phones is one ladder with both sides,
// and one INVITE for the ratios, though it was challenged.
func TestPhonesLeaveOneTrace(t *testing.T) {
	t.Parallel()
	h := office(t)
	alice, bob := registered(t, h, "alice"), registered(t, h, "bob")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	go func() {
		if _, err := bob.Accept(ctx); err != nil {
			t.Errorf("bob's phone: %v", err)
		}
	}()
	call, err := alice.Dial(ctx, "sip:202@"+h.UDP().String())
	if err != nil {
		t.Fatal(err)
	}
	expect(t, h.conference.events, "join pair ", "join pair ")
	if err := call.Hold(ctx); err != nil {
		t.Error(err)
	}
	expect(t, h.conference.events, "hold true")
	if err := call.Hangup(ctx); err != nil {
		t.Fatal(err)
	}
	kept, capture := h.observer.trace(t)
	drawn := strings.Join(arrows(once(kept.Messages)), " ")
	for _, part := range []string{"<INVITE 401> <ACK", "INVITE>", "<BYE", "BYE>"} {
		if !strings.Contains(drawn, part) {
			t.Errorf("%q is not on the ladder %q", part, drawn)
		}
	}
	if s := kept.Signalling; s.Challenges != 1 || s.Holds != 1 || s.Held <= 0 {
		t.Errorf("signalling %+v", s)
	}
	if a := h.observer.attempt(t); a.Outbound || a.Setup != quality.SetupAnswered {
		t.Errorf("attempt %+v", a)
	}
	if len(capture.Packets) == 0 {
		t.Error("no packets are kept")
	}
	for _, m := range kept.Messages {
		if strings.Contains(m.Headers, `response="`) && !strings.Contains(m.Headers, `response="masked"`) {
			t.Errorf("an answer to a challenge is on the ladder:\n%s", m.Headers)
		}
	}
}

// TestCollectorIsShownEverything by HEP, numbers masked unless they are wished for.
func TestCollectorIsShownEverything(t *testing.T) {
	t.Parallel()
	for _, numbers := range []bool{false, true} {
		collector, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer collector.Close()
		h := open(t, func(c *Config) { c.HEP = HEP{Collector: collector.LocalAddr().String(), Agent: 9, Numbers: numbers} })
		p := dial(t, h)
		p.hangUp()
		var shown strings.Builder
		buf := make([]byte, 1<<16)
		for !strings.Contains(shown.String(), "CSeq: 2 BYE") || !strings.Contains(shown.String(), "SIP/2.0 200 OK") {
			_ = collector.SetReadDeadline(time.Now().Add(10 * time.Second))
			n, _, err := collector.ReadFrom(buf)
			if err != nil {
				t.Fatal(err)
			}
			shown.Write(buf[:n])
		}
		if got := strings.Contains(shown.String(), "+8613800138000"); got != numbers {
			t.Errorf("the number is shown: %v, want %v", got, numbers)
		}
		if counts := h.Standing().Shown; counts["sent"] == 0 || counts["queue-full"]+counts["unreachable"]+counts["write-failed"] > 0 {
			t.Errorf("counted %v", counts)
		}
		user := map[bool]string{true: "100", false: "xxx"}[numbers]
		if !strings.Contains(shown.String(), fmt.Sprintf("INVITE sip:%s@%s SIP/2.0", user, h.UDP())) {
			t.Error("the INVITE is not shown")
		}
	}
}

// TestAnotherCodecIsTold while the call goes on, and the record has where its sound
// came from in the end.
func TestAnotherCodecIsTold(t *testing.T) {
	h := open(t, nil)
	p := dial(t, h)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	elsewhere := newPhone(t)
	other := strings.NewReplacer("RTP/AVP 8 101", "RTP/AVP 0 101", "a=rtpmap:8 PCMA", "a=rtpmap:0 PCMU").Replace(offerOf(elsewhere.port(), ""))
	if _, err := p.dialog.Reinvite(ctx, []byte(other)); err != nil {
		t.Fatal(err)
	}
	p.mute.Store(true)
	elsewhere.remote = p.remote
	for stamp := uint32(160); stamp < 25*160; stamp += 160 {
		elsewhere.sending.Lock()
		elsewhere.packet(0, stamp, false, make([]byte, 160))
		elsewhere.sending.Unlock()
		time.Sleep(20 * time.Millisecond)
	}
	p.hangUp()
	if kept, _ := h.observer.trace(t); kept.Codec != audio.PCMU || int(kept.Media.Port()) != elsewhere.port() {
		t.Errorf("record of %v from %v", kept.Codec, kept.Media)
	}
	h.observer.mu.Lock()
	defer h.observer.mu.Unlock()
	if diff := cmp.Diff([]quality.What{quality.EventCodec}, h.observer.happened); diff != "" {
		t.Error(diff)
	}
}

// TestTcpdumpReadsARealCall: every message of a call with sipp is in the file that a
// carrier would get, and tcpdump has nothing to say against it.
func TestTcpdumpReadsARealCall(t *testing.T) {
	switch _, err := exec.LookPath("tcpdump"); {
	case err != nil && os.Getenv("PARTYLINE_REQUIRE_TOOLS") != "":
		t.Fatal(err)
	case err != nil:
		t.Skip("tcpdump is not installed (Debian package tcpdump)")
	}
	h := open(t, nil)
	sipp(t, h, "plain", "tcp")
	kept, capture := h.observer.trace(t)
	file := filepath.Join(t.TempDir(), "call.pcapng")
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if err := capture.WritePCAPNG(out); err != nil {
		t.Fatal(err)
	}
	said, err := exec.CommandContext(t.Context(), "tcpdump", "-r", file, "-nn", "-vv", "-A").Output() // -A, for the ports are not those of SIP
	if err != nil {
		t.Fatal(err)
	}
	text := string(said)
	if n := strings.Count(text, "Call-ID: "+kept.Call); n != len(kept.Messages) {
		t.Errorf("tcpdump sees %d of %d messages:\n%s", n, len(kept.Messages), tail(text))
	}
	for _, bad := range []string{"bad", "truncated", "invalid", "13800138000"} {
		if strings.Contains(text, bad) {
			t.Errorf("tcpdump says %q:\n%s", bad, tail(text))
		}
	}
}
