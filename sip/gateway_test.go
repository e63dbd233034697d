package sip

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"partyline/sfu/audio"
	"partyline/sip/internal/dialog"
)

// What a caller may have to wait, as the product promises.
const (
	answerPromise  = 300 * time.Millisecond // INVITE to 200
	promptPromise  = 500 * time.Millisecond // 200 to the first sound
	confirmPromise = 400 * time.Millisecond // key to spoken confirmation
)

// joined brings a phone into the room.
func joined(t *testing.T, h *house) *phone {
	t.Helper()
	p := dial(t, h)
	expect(t, h.conference.events, "play en: welcome")
	p.press("1123456789##")
	expect(t, h.conference.events, "join room1 as 7", "play en: there-are numbers/3 other-people running-for numbers/12 minutes")
	return p
}

func TestGuestCalls(t *testing.T) {
	h := open(t, nil)
	p := dial(t, h)
	if took := p.answered.Sub(p.invited); took > answerPromise {
		t.Errorf("answered after %v", took)
	}
	expect(t, h.conference.events, "play en: welcome")
	if waited := p.heard().Sub(p.answered); waited > promptPromise {
		t.Errorf("first prompt %v after the answer", waited)
	}
	p.press("1")
	expect(t, h.conference.events, "play en: enter-number")
	p.press("123456789#")
	expect(t, h.conference.events, "find meeting for demo")
	expect(t, h.conference.events, "play en: enter-code")
	time.Sleep(1600 * time.Millisecond) // beyond the # that may belong to the number
	p.press("#")
	expect(t, h.conference.events, `enter m1 host=false name=""`)
	expect(t, h.conference.events, "join room1 as 7", "play en: there-are numbers/3 other-people running-for numbers/12 minutes")
	time.Sleep(300 * time.Millisecond) // the whisper is over

	for _, command := range []struct{ keys, act, spoken string }{
		{"*6", "muted true", "play en: muted"},
		{"*6", "muted false", "play en: unmuted"},
		{"*9", "hand true", "play en: hand-raised"},
		{"*5", "hand false", "play en: hand-lowered"},
		{"*#", "", "play en: there-are numbers/12 people-here"},
		{"*1", "", "play en: help"},
	} {
		time.Sleep(150 * time.Millisecond) // the last confirmation is over
		p.listen()
		pressed := time.Now()
		p.press(command.keys)
		if command.act != "" {
			expect(t, h.conference.events, command.act)
		}
		expect(t, h.conference.events, command.spoken)
		if waited := p.heard().Sub(pressed); waited > confirmPromise {
			t.Errorf("%s was confirmed after %v", command.keys, waited)
		}
	}
	p.hangUp()
	expect(t, h.conference.events, "seat left 1")
	expect(t, h.conference.events, "line closed")

	r := h.observer.record(t)
	if r.Cause != "hung-up" || r.Departure != HungUp || r.Status != 200 || r.Meeting != "m1" || r.Trunk != "demo" ||
		r.Codec != audio.PCMA || r.Language != "en" || r.Keys != 24 {
		t.Errorf("record = %+v", r)
	}
	if r.Began.IsZero() || r.Answered.Before(r.Began) || r.Entered.Before(r.Answered) || r.Ended.Before(r.Entered) {
		t.Errorf("times of the record are out of order: %+v", r)
	}
	if r.Quality.Received == 0 || r.Quality.Sent == 0 {
		t.Errorf("no packets counted: %+v", r.Quality)
	}
	if h.conference.lines[0].packets() == 0 {
		t.Error("nothing the phone sent reached its line")
	}
	if n, slowest := h.observer.slowest(); n < 8 || slowest > confirmPromise {
		t.Errorf("%d prompts, the slowest after %v", n, slowest)
	}
	if h.Calls() != 0 {
		t.Errorf("%d calls are still counted", h.Calls())
	}
}

func TestHostAndInviteeCodes(t *testing.T) {
	t.Parallel()
	for code, entered := range map[string]string{
		"654321": `enter m1 host=true name=""`,
		"111222": `enter m1 host=false name="Mei"`,
	} {
		h := open(t, nil)
		p := dial(t, h)
		p.press("1123456789" + code)
		expect(t, h.conference.events, entered)
		expect(t, h.conference.events, "join room1")
	}
}

func TestCallsThatDoNotGetIn(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		keys      string
		fail      error
		spoken    string
		cause     string
		departure Departure
	}{
		"wrong numbers": {"1111111111111111112111111113", nil, "play en: number-unknown digits/1 digits/1 digits/1 pause digits/1 digits/1 digits/1 pause digits/1 digits/1 digits/3 check-invitation goodbye", "out-of-tries", 0},
		"wrong codes":   {"1123456789000000000001000002", nil, "play en: code-wrong check-invitation goodbye", "out-of-tries", 0},
		"guessing":      {"1999999999", nil, "play en: too-many-guesses goodbye", "too-many-guesses", 0},
		"full":          {"1123456789##", ErrMeetingFull, "play en: meeting-full goodbye", "meeting-full", 0},
		"fault":         {"1123456789##", errors.New("the store is away"), "play en: fault goodbye", "fault", 0},
		"panic":         {"1777777777", nil, "play en: fault goodbye", "fault", 0},
		"ended":         {"1888888888888888888888888888", nil, "play en: meeting-ended check-invitation goodbye", "meeting-ended", 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, nil)
			h.directory.mu.Lock()
			h.directory.fail = test.fail
			h.directory.mu.Unlock()
			p := dial(t, h)
			for keys := range slices.Chunk([]byte(test.keys), 10) { // after the language, number by number
				p.press(string(keys))
				time.Sleep(50 * time.Millisecond)
			}
			expect(t, h.conference.events, test.spoken)
			p.hungUpOn()
			if r := h.observer.record(t); r.Cause != test.cause || r.Departure != test.departure || !r.Entered.IsZero() {
				t.Errorf("record = %+v", r)
			}
		})
	}
}

func TestDoor(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		notice Notice
		spoken string
	}{
		"admitted": {Admitted, "play en: admitted there-are numbers/3 other-people"},
		"refused":  {Refused, "play en: refused goodbye"},
		"ended":    {Ended, "play en: meeting-ended goodbye"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, nil)
			h.seat.arrival.Waiting = true
			p := dial(t, h)
			p.press("1123456789##")
			before := expect(t, h.conference.events, "play en: at-the-door")
			h.seat.notices <- test.notice
			want := []string{test.spoken}
			if test.notice == Admitted {
				want = append(want, "join room1")
			}
			before = append(before, expect(t, h.conference.events, want...)...)
			if slices.ContainsFunc(before, func(e string) bool { return strings.HasPrefix(e, "join") }) {
				t.Error("the caller heard the room before being admitted")
			}
			if test.notice != Admitted {
				p.hungUpOn()
				if r := h.observer.record(t); r.Departure != SentAway {
					t.Errorf("record = %+v", r)
				}
			}
		})
	}
}

func TestNotices(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	p := joined(t, h)
	for _, n := range []struct {
		notice Notice
		spoken string
	}{
		{MutedByHost, "play en: muted-by-host"},
		{UnmuteAsked, "play en: unmute-asked"},
		{HandLowered, "play en: hand-lowered-by-host"},
		{Locked, "play en: locked"},
		{Unlocked, "play en: unlocked"},
	} {
		h.seat.notices <- n.notice
		expect(t, h.conference.events, n.spoken)
	}
	h.seat.notices <- Removed
	before := expect(t, h.conference.events, "play en: removed goodbye")
	if !slices.Contains(before, "leave room") {
		t.Errorf("removed, but still in the room's sound: %q", before)
	}
	if how := p.hungUpOn(); how.How != dialog.PeerHungUp {
		t.Errorf("the call ended by %v", how.How)
	}
	expect(t, h.conference.events, "seat left 3")
	if r := h.observer.record(t); r.Cause != "removed" || r.Departure != SentAway {
		t.Errorf("record = %+v", r)
	}
}

func TestHold(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	p := joined(t, h)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for _, step := range []struct{ offered, answered, line, seat string }{
		{"sendonly", "recvonly", "hold true", "seat held true"},
		{"sendrecv", "sendrecv", "hold false", "seat held false"},
		{"inactive", "inactive", "hold true", "seat held true"},
		{"sendrecv", "sendrecv", "hold false", "seat held false"},
	} {
		answer, err := p.dialog.Reinvite(ctx, []byte(offerOf(p.port(), "a="+step.offered+"\r\n")))
		if err != nil {
			t.Fatal(err)
		}
		answeredSendrecv := step.answered == "sendrecv" && !strings.Contains(string(answer), "a=sendonly") &&
			!strings.Contains(string(answer), "a=recvonly") && !strings.Contains(string(answer), "a=inactive")
		if !strings.Contains(string(answer), "a="+step.answered) && !answeredSendrecv {
			t.Errorf("%s was answered so, want %s:\n%s", step.offered, step.answered, answer)
		}
		expect(t, h.conference.events, step.line)
		expect(t, h.conference.events, step.seat)
	}
	if _, err := p.dialog.Reinvite(ctx, []byte("v=0\r\nnonsense")); err == nil {
		t.Error("a broken offer within the call was accepted")
	}
	p.press("*6")
	expect(t, h.conference.events, "muted true")
}

// TestKeysCountOnce sends the same keys by RFC 4733 and by INFO, as some
// carriers do.
func TestKeysCountOnce(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	p := joined(t, h)
	time.Sleep(2 * time.Second) // no key pressed so far may pass for the other half of a later one
	p.press("*")
	p.info("*")
	p.press("6")
	p.info("6")
	expect(t, h.conference.events, "muted true")
	p.info("*#")
	before := expect(t, h.conference.events, "play en: there-are numbers/12 people-here")
	if slices.Contains(before, "muted false") {
		t.Error("a key was counted twice")
	}
	if n := h.observer.pressed("info"); n != 2 {
		t.Errorf("%d keys by INFO, want 2", n)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*Config)
		wreck  func(*house) // before a call comes; what it writes is guarded
		sdp    string
		status int
		reason string
		rule   string
	}{
		"number of no trunk": {change: func(c *Config) { c.Trunks[0].Numbers = []string{"862112345678"} }, status: 404, reason: `Q.850;cause=1;text="no trunk serves this number"`, rule: "number-not-served"},
		"no codec":           {sdp: "m=audio 4000 RTP/AVP 18\r\na=rtpmap:18 G729/8000\r\n", status: 488, reason: `Q.850;cause=88;text="none of PCMU, PCMA and Opus is offered"`, rule: "no-common-media"},
		"no audio":           {sdp: "m=video 4000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n", status: 488, reason: `Q.850;cause=88`, rule: "no-common-media"},
		"malformed":          {sdp: "m=audio nonsense\r\n", status: 400, reason: `Q.850;cause=100`, rule: "malformed-sdp"},
		"conference away":    {wreck: func(h *house) { h.conference.fail = errors.New("no room") }, status: 500, reason: `Q.850;cause=41`, rule: "fault"},
		"all lines taken":    {change: func(c *Config) { c.MaxCalls = 1 }, wreck: func(h *house) { h.calls = 1 }, status: 503, reason: `Q.850;cause=34;text="all lines are taken"`, rule: "too-many-calls"},
		"trunk's lines":      {change: func(c *Config) { c.Trunks[0].MaxCalls = 1 }, wreck: func(h *house) { h.onTrunk["demo"] = 1 }, status: 503, reason: `Q.850;cause=34;text="all lines of this trunk are taken"`, rule: "too-many-calls-on-trunk"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, test.change)
			if test.wreck != nil {
				h.mu.Lock()
				h.conference.mu.Lock()
				test.wreck(h)
				h.conference.mu.Unlock()
				h.mu.Unlock()
			}
			sdp := offerOf(4000, "")
			if test.sdp != "" {
				sdp, _, _ = strings.Cut(sdp, "m=audio")
				sdp += test.sdp
			}
			w := newWire(t, h)
			w.send(w.message("INVITE", "application/sdp", sdp))
			final := w.final()
			if !strings.HasPrefix(final, "SIP/2.0 "+strconv.Itoa(test.status)) || !strings.HasPrefix(header(final, "Reason"), test.reason) {
				t.Errorf("refused so, want %d and %s:\n%s", test.status, test.reason, final)
			}
			if (test.status == 503) != (header(final, "Retry-After") != "") {
				t.Errorf("Retry-After = %q", header(final, "Retry-After"))
			}
			if r := h.observer.record(t); r.Status != test.status || r.Cause != test.rule || !r.Answered.IsZero() {
				t.Errorf("record = %+v", r)
			}
			if !strings.Contains(h.log.String(), "rule="+test.rule) {
				t.Errorf("the log does not name the rule %s:\n%s", test.rule, h.log)
			}
		})
	}
}

// TestStrangersAreNotHeard sends an INVITE from an address of no trunk.
func TestStrangersAreNotHeard(t *testing.T) {
	t.Parallel()
	h := open(t, func(c *Config) { c.Trunks[0].Allow = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} })
	w := newWire(t, h)
	w.send(w.message("INVITE", "application/sdp", offerOf(4000, "")))
	if answer, ok := w.receive("SIP/2.0", 300*time.Millisecond); ok {
		t.Errorf("a stranger was answered:\n%s", answer)
	}
	if !strings.Contains(h.log.String(), "source not allowed") {
		t.Errorf("the log does not tell of the stranger:\n%s", h.log)
	}
}

func TestDrainAndClose(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	p := joined(t, h)
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if err := h.Drain(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Drain with a call running = %v", err)
	}
	w := newWire(t, h)
	w.send(w.message("INVITE", "application/sdp", offerOf(4000, "")))
	if final := w.final(); !strings.HasPrefix(final, "SIP/2.0 503") || header(final, "Retry-After") == "" {
		t.Errorf("a new call while draining was answered:\n%s", final)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if how := p.hungUpOn(); how.How != dialog.PeerHungUp || how.Cause.Text != "this server is stopping" {
		t.Errorf("the call ended by %+v", how)
	}
	if r := h.observer.record(t); r.Cause != "shutting-down" || r.Departure != ShutDown {
		t.Errorf("record = %+v", r)
	}
}

func TestDrainWaitsForCalls(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	p := joined(t, h)
	drained := make(chan error, 1)
	go func() { drained <- h.Drain(t.Context()) }()
	p.hangUp()
	select {
	case err := <-drained:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Error("Drain does not see that the last call has ended")
	}
}

func TestMediaTimeout(t *testing.T) {
	t.Parallel()
	h := open(t, func(c *Config) { c.MediaTimeout = 500 * time.Millisecond })
	p := joined(t, h)
	p.mute.Store(true)
	if how := p.hungUpOn(); how.Cause.Code != 31 {
		t.Errorf("the call ended by %+v", how)
	}
	expect(t, h.conference.events, "seat left 2")
	if r := h.observer.record(t); r.Cause != "media-timeout" || r.Departure != Dropped {
		t.Errorf("record = %+v", r)
	}
}

// TestAnswerIsRepeatedUntilACK guards against trap D4: a 200 without ACK is
// repeated after T1, 2*T1, 4*T1 … up to T2 apart, and then the call is ended.
func TestAnswerIsRepeatedUntilACK(t *testing.T) {
	h := open(t, nil) // T1 is 50 ms
	w := newWire(t, h)
	w.send(w.message("INVITE", "application/sdp", offerOf(4000, "")))
	var at []time.Time
	var answer string
	for len(at) < 5 {
		got, ok := w.receive("SIP/2.0 200", 2*time.Second)
		if !ok {
			t.Fatalf("only %d answers came", len(at))
		}
		answer = got
		at = append(at, time.Now())
	}
	for i, want := range []time.Duration{50, 100, 200, 400} {
		want *= time.Millisecond
		if gap := at[i+1].Sub(at[i]); gap < want*7/10 || gap > want+200*time.Millisecond {
			t.Errorf("answer %d came %v after the one before, want %v", i+2, gap, want)
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
