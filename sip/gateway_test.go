package sip

import (
	"context"
	"errors"
	"fmt"
	"slices"
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

// heardKeys waits until the gateway has heard so many keys as events.
func (h *house) heardKeys(t *testing.T, want int) {
	t.Helper()
	for begin := time.Now(); h.observer.pressed("rtp") < want; time.Sleep(5 * time.Millisecond) {
		if time.Since(begin) > 10*time.Second {
			t.Fatalf("%d keys were heard, want %d", h.observer.pressed("rtp"), want)
		}
	}
}

func TestGuestCalls(t *testing.T) {
	h := open(t, nil)
	p := dial(t, h)
	expect(t, h.conference.events, "play en: welcome")
	p.press("1")
	expect(t, h.conference.events, "play en: enter-number")
	p.press("123456789#")
	expect(t, h.conference.events, "find meeting for demo")
	expect(t, h.conference.events, "play en: enter-code")
	time.Sleep(1600 * time.Millisecond) // beyond the # that may belong to the number
	p.press("#")
	expect(t, h.conference.events, `enter m1 host=false name="" language=en`)
	expect(t, h.conference.events, "join room1 as 7", "play en: there-are numbers/3 other-people running-for numbers/12 minutes")
	p.press("*6")
	expect(t, h.conference.events, "muted true", "play en: muted")
	p.hangUp()
	expect(t, h.conference.events, "seat left 1")
	expect(t, h.conference.events, "line closed")

	r := h.observer.record(t)
	if r.Cause != "hung-up" || r.Departure != HungUp || r.Status != 200 || r.Meeting != "m1" || r.Trunk != "demo" ||
		r.Codec != audio.PCMA || r.Language != "en" || r.Keys != 14 {
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
	if n := h.observer.prompts(); n < 4 {
		t.Errorf("the time of %d prompts was taken", n)
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
			pressed := 0
			for keys := range slices.Chunk([]byte(test.keys), 10) { // after the language, number by number
				p.press(string(keys))
				pressed += len(keys)
				h.heardKeys(t, pressed)
				time.Sleep(100 * time.Millisecond) // what was looked for with them is found, or not
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
		notice NoticeKind
		spoken string
	}{
		"admitted": {Admitted, "play en: there-are numbers/3 other-people"},
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
			h.seat.notices <- Notice{Kind: test.notice}
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
		notice NoticeKind
		spoken string
	}{
		{MutedByHost, "play en: muted-by-host"},
		{UnmuteAsked, "play en: unmute-asked"},
		{HandLowered, "play en: hand-lowered-by-host"},
		{Locked, "play en: locked"},
		{Unlocked, "play en: unlocked"},
	} {
		h.seat.notices <- Notice{Kind: n.notice}
		expect(t, h.conference.events, n.spoken)
	}
	h.seat.notices <- Notice{Kind: Removed}
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
	const here, nowhere = "127.0.0.1", "0.0.0.0"
	for _, step := range []struct {
		offered, address, answered string
		held                       bool
	}{
		{"sendonly", here, "recvonly", true},
		{"sendrecv", here, "sendrecv", false},
		{"inactive", here, "inactive", true},
		{"sendrecv", here, "sendrecv", false},
		{"sendrecv", nowhere, "recvonly", true}, // as RFC 2543 had it
		{"sendrecv", here, "sendrecv", false},
		{"inactive", nowhere, "inactive", true},
		{"recvonly", here, "sendonly", false}, // a phone that only listens is no hold
	} {
		sdp := strings.Replace(offerOf(p.port(), "a="+step.offered+"\r\n"), "c=IN IP4 "+here, "c=IN IP4 "+step.address, 1)
		answer, err := p.dialog.Reinvite(ctx, []byte(sdp))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(answer), "a="+step.answered+"\r\n") || strings.Contains(string(answer), nowhere) {
			t.Errorf("%s at %s was answered so, want %s:\n%s", step.offered, step.address, step.answered, answer)
		}
		expect(t, h.conference.events, fmt.Sprintf("hold %v", step.held))
		expect(t, h.conference.events, fmt.Sprintf("seat held %v", step.held))
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
	h.heardKeys(t, 12)
	time.Sleep(3 * time.Second) // no key pressed so far may pass for the other half of a later one
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

// TestCallsAreRefreshed as often as the configuration says.
func TestCallsAreRefreshed(t *testing.T) {
	t.Parallel()
	h := open(t, func(c *Config) { c.SessionExpires = 10 * time.Minute })
	w := newWire(t, h)
	w.send(strings.Replace(w.message("INVITE", "application/sdp", offerOf(4000, "")), "Max-Forwards", "Supported: timer\r\nMax-Forwards", 1))
	if interval := header(w.final(), "Session-Expires"); !strings.HasPrefix(interval, "600") {
		t.Errorf("Session-Expires: %s", interval)
	}
}
