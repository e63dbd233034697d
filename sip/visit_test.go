package sip

import (
	"slices"
	"strings"
	"testing"
	"time"

	"partyline/sfu/audio"
)

// speech is so many frames of it.
func speech(frames int) []audio.Frame { return make([]audio.Frame, frames) }

// mustNot fails when something has happened.
func mustNot(t *testing.T, happened []string, what string) {
	t.Helper()
	if i := slices.IndexFunc(happened, func(e string) bool { return strings.HasPrefix(e, what) }); i >= 0 {
		t.Errorf("%q happened among %q", happened[i], happened)
	}
}

// TestWaiting keeps a caller outside, for each reason there is, with music and
// without the room's sound, until they are let in.
func TestWaiting(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		arrival Arrival
		opens   time.Duration // from when they ring
		spoken  string
	}{
		"locked":   {Arrival{Waiting: true, Position: 2}, 0, "play en: at-the-door you-are-number numbers/2"},
		"no host":  {Arrival{Waiting: true, WaitsForHost: true}, 0, "play en: host-absent"},
		"not open": {Arrival{Waiting: true}, 12 * time.Minute, "play en: starts-in numbers/12 minutes wait-for-opening"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, nil)
			p := dial(t, h)
			if test.opens > 0 {
				test.arrival.OpensAt = time.Now().Add(test.opens)
			}
			h.seat.change(func(s *fakeSeat) { s.arrival = test.arrival })
			p.press("1123456789##")
			outside := expect(t, h.conference.events, test.spoken)
			outside = append(outside, expect(t, h.conference.events, "play en: music")...)
			h.seat.notices <- Notice{Kind: PositionChanged, Count: 1}
			outside = append(outside, expect(t, h.conference.events, "play en: you-are-number numbers/1")...)
			mustNot(t, outside, "join")
			h.seat.change(func(s *fakeSeat) { s.arrival = Arrival{Others: 1, Running: time.Minute} })
			h.seat.notices <- Notice{Kind: Admitted}
			expect(t, h.conference.events, "join room1 as 7", "play en: admitted", "play en: there-is numbers/1 other-person")
			p.hangUp()
			if r := h.observer.record(t); r.Waited <= 0 || r.Waited > r.Ended.Sub(r.Answered) || r.Entered.IsZero() {
				t.Errorf("record = %+v", r)
			}
		})
	}
}

// TestWaitIsOver has what the caller waits for come without another word.
func TestWaitIsOver(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]NoticeKind{"host": HostArrived, "open": Opened} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, nil)
			h.seat.change(func(s *fakeSeat) {
				s.arrival = Arrival{Waiting: true, WaitsForHost: true, OpensAt: time.Now().Add(time.Minute)}
			})
			p := dial(t, h)
			p.press("1123456789##")
			expect(t, h.conference.events, "play en: starts-soon wait-for-opening")
			h.seat.change(func(s *fakeSeat) { s.arrival.OpensAt = time.Time{} })
			h.seat.notices <- Notice{Kind: Opened}
			mustNot(t, expect(t, h.conference.events, "play en: host-absent"), "join")
			h.seat.change(func(s *fakeSeat) { s.arrival = Arrival{Others: 1} })
			h.seat.notices <- Notice{Kind: kind}
			expect(t, h.conference.events, "join room1 as 7")
		})
	}
}

// TestGivingUpOutside hangs up while waiting.
func TestGivingUpOutside(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	h.seat.change(func(s *fakeSeat) { s.arrival = Arrival{Waiting: true} })
	p := dial(t, h)
	p.press("1123456789##")
	expect(t, h.conference.events, "play en: at-the-door")
	p.hangUp()
	expect(t, h.conference.events, "seat left 1")
	if r := h.observer.record(t); r.Waited <= 0 || !r.Entered.IsZero() || r.Departure != HungUp {
		t.Errorf("record = %+v", r)
	}
}

// TestEndedMeeting tells when.
func TestEndedMeeting(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	p := dial(t, h)
	p.press("1666666666")
	expect(t, h.conference.events, "play en: meeting-ended-at numbers/")
}

// TestName has the caller say their name, and plays it back to them.
func TestName(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	h.seat.change(func(s *fakeSeat) { s.arrival.NamesWanted = true })
	p := dial(t, h)
	p.press("1123456789##")
	before := expect(t, h.conference.events, "play en: say-name")
	before = append(before, expect(t, h.conference.events, "play en: tone")...)
	before = append(before, expect(t, h.conference.events, "capture 5s")...)
	mustNot(t, before, "join")
	expect(t, h.conference.events, "name of 25 frames", "join room1 as 7", "play en: announced-as and 25 frames", "play en: there-are")
}

// TestReturning calls again within ten minutes.
func TestReturning(t *testing.T) {
	t.Parallel()
	mei := Identity{Host: true, Name: "Mei"}
	for name, test := range map[string]struct {
		before  Return
		spoken  string
		keys    string
		entered string
	}{
		"by key":      {Return{Meeting: Meeting{ID: "m2"}, Identity: mei}, "welcome-back to-return-press numbers/1", "1", `enter m2 host=true name="Mei" language=en`},
		"another":     {Return{Meeting: Meeting{ID: "m2"}, Identity: mei}, "welcome-back", "2", ""},
		"was dropped": {Return{Meeting: Meeting{ID: "m2"}, Dropped: true}, "welcome-back cut-off to-return-press", "", `enter m2 host=false`},
		"in Mandarin": {Return{Meeting: Meeting{ID: "m2"}, Language: "zh-CN"}, "welcome-back", "1", `enter m2 host=false name="" language=zh-CN`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, nil)
			h.directory.mu.Lock()
			h.directory.before = test.before
			h.directory.mu.Unlock()
			h.seat.change(func(s *fakeSeat) { s.arrival.Hand = true })
			language := "en"
			if test.before.Language != "" {
				language = test.before.Language
			}
			p := dial(t, h)
			expect(t, h.conference.events, "play "+language+": "+test.spoken)
			p.press(test.keys)
			if test.entered == "" {
				expect(t, h.conference.events, "play en: enter-number")
				return
			}
			expect(t, h.conference.events, test.entered)
			expect(t, h.conference.events, "join room1 as 7")
			p.press("*9") // the hand is still up
			expect(t, h.conference.events, "hand false")
			p.hangUp()
			if r := h.observer.record(t); !r.Returned || r.Meeting != "m2" {
				t.Errorf("record = %+v", r)
			}
		})
	}
}

// TestRecordingNotice starts and stops a recording around a caller who keeps
// pressing keys. The notice is confirmed only once it was heard to its end.
func TestRecordingNotice(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	p := joined(t, h)
	h.conference.speaks(300 * time.Millisecond)
	h.seat.notices <- Notice{Kind: RecordingNotice}
	expect(t, h.conference.events, "play en: recording-notice to-object keys/star numbers/3")
	began := time.Now()
	p.press("*9")
	expect(t, h.conference.events, "hand true")
	if time.Since(began) < time.Second { // else the machine was too slow to show it
		mustNot(t, expect(t, h.conference.events, "play en: hand-raised"), "play")
		if whole := time.Since(began); whole < time.Second {
			t.Errorf("the notice was cut short after %v", whole)
		}
	}
	expect(t, h.conference.events, "heard notice")
	h.seat.notices <- Notice{Kind: RecordingStopped}
	expect(t, h.conference.events, "play en: recording-stopped")
	p.hangUp()
	if r := h.observer.record(t); r.RecordingHeard.IsZero() {
		t.Errorf("record = %+v", r)
	}
}

// TestHeardAsTheyHungUp hangs up while it is still being written down that the
// caller heard the notice: the record tells of it all the same.
func TestHeardAsTheyHungUp(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	p := joined(t, h)
	h.seat.change(func(s *fakeSeat) { s.lingers = true })
	h.seat.notices <- Notice{Kind: RecordingNotice}
	expect(t, h.conference.events, "heard notice")
	p.hangUp()
	if r := h.observer.record(t); r.RecordingHeard.IsZero() || r.Cause != "hung-up" {
		t.Errorf("record = %+v", r)
	}
}

// TestNewcomerIsWarned calls into a meeting that is being recorded.
func TestNewcomerIsWarned(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	h.seat.change(func(s *fakeSeat) { s.arrival.Recording = true })
	p := dial(t, h)
	p.press("1123456789##")
	before := expect(t, h.conference.events, "play en: recording-notice")
	before = append(before, expect(t, h.conference.events, "heard notice")...)
	mustNot(t, before, "join")
	expect(t, h.conference.events, "join room1 as 7")
}

// TestMoves moves a caller about: the call and its sound go on, and the caller
// is told.
func TestMoves(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	p := joined(t, h)
	h.seat.notices <- Notice{Kind: Moving, Text: "Room 2", Count: 2}
	expect(t, h.conference.events, "play en: moving-to-breakout numbers/2")
	h.seat.notices <- Notice{Kind: MovedBack}
	expect(t, h.conference.events, "play en: moved-back")
	h.seat.notices <- Notice{Kind: Moving, Text: "Budget"}
	expect(t, h.conference.events, "play en: moving")
	h.seat.notices <- Notice{Kind: HandedOver}
	expect(t, h.conference.events, "leave room", "play en: handed-over goodbye")
	p.hungUpOn()
	if r := h.observer.record(t); r.Moves != 3 || r.Cause != "handed-over" || r.Departure != HungUp {
		t.Errorf("record = %+v", r)
	}
}

// TestMovedWhileJoining moves a caller who is about to be put into the sound of
// the room that they are moved from.
func TestMovedWhileJoining(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	h.conference.mu.Lock()
	h.conference.joining = func(string) { h.seat.change(func(s *fakeSeat) { s.moved = "room1/2" }) }
	h.conference.mu.Unlock()
	p := dial(t, h)
	p.press("1123456789##")
	expect(t, h.conference.events, "join room1 as 7")
	expect(t, h.conference.events, "join room1/2 as 9")
}

// TestWhatHostsHear tells hosts who wants something of them, and everybody what
// was done to their line.
func TestWhatHostsHear(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	joined(t, h)
	for _, n := range []struct {
		notice Notice
		spoken string
	}{
		{Notice{Kind: SomebodyWaits, Count: 1}, "somebody-waits to-let-in-press keys/star numbers/8"},
		{Notice{Kind: SomebodyWaits, Count: 3}, "numbers/3 people-wait to-let-in-press"},
		{Notice{Kind: CalledHost, Count: 4}, "caller numbers/4 asks-for-you"},
		{Notice{Kind: CalledHost}, "somebody-asks-for-you"},
		{Notice{Kind: MadeHost}, "you-are-host for-help-press keys/star numbers/1"},
		{Notice{Kind: MutedByGuard}, "muted-by-guard to-speak-press keys/star numbers/6"},
		{Notice{Kind: TalkingMuted}, "muted-by-guard to-speak-press"},
		{Notice{Kind: UnmutedByGuard}, "unmuted-by-guard"},
		{Notice{Kind: MutedByHost}, "muted-by-host"},
		{Notice{Kind: TalkingMuted}, "you-are-muted to-speak-press keys/star numbers/6"},
	} {
		h.seat.notices <- n.notice
		expect(t, h.conference.events, "play en: "+n.spoken)
	}
}
