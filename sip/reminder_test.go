package sip

import (
	"slices"
	"strings"
	"testing"
	"time"

	"partyline/sip/billing"
)

// TestReminders: whoever is rung for a reminder answers it by a key, which is
// told before the last words; 1 is the join, and a voicemail answers nothing.
func TestReminders(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, key string
		of        Occasion
		in        time.Duration // until what they are reminded of begins
		asked     string        // is heard
		reply     Reply
		heard     string // then
	}{
		{"again", "2", OfMeeting, 290 * time.Second, "play en: starts-in numbers/5 minutes", RemindAgain, "reminded-again"},
		{"late", "3", OfMeeting, -70 * time.Second, "play en: running-for numbers/1 minute", ComesLate, "late-told"},
		{"cannot", "9", OfMeeting, 5 * time.Minute, "play en: to-join-press", CannotCome, "decline-told"},
		{"todo", "1", OfTodo, 0, "play en: confirm-press", HasHeard, "thanks"},
		{"news", "1", OfNews, 0, "play en: confirm-press", HasHeard, "thanks"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h, callee := calling(t, nil)
			o := orderOf("call-1")
			o.Greeting.Of = &Reminder{Occasion: test.of, At: time.Now().Add(test.in)}
			if test.of != OfMeeting {
				o.Meeting = Meeting{}
			}
			call := h.dial(t, o)
			callee.answers()
			expect(t, h.conference.events, test.asked)
			callee.press(test.key)
			if p := call.until(CallReplied); p.Reply != test.reply {
				t.Errorf("replied %q, want %q", p.Reply, test.reply)
			}
			beside := expect(t, h.conference.events, "play en: "+test.heard)
			if out := call.over(); out.Cause != billing.CauseHungUp || slices.Contains(call.told, string(CallConfirmed)) {
				t.Errorf("%+v after %q", out, call.told)
			}
			for _, e := range beside {
				if strings.HasPrefix(e, "enter") || strings.HasPrefix(e, "join") {
					t.Errorf("in the room: %q", beside)
				}
			}
			h.nothingLeft(t)
		})
	}
}

// TestAReminderIsTheJoin: 1 seats whoever is reminded in the meeting at once.
func TestAReminderIsTheJoin(t *testing.T) {
	t.Parallel()
	h, callee := calling(t, nil)
	o := orderOf("call-1")
	o.Greeting.Of = &Reminder{At: time.Now()}
	call := h.dial(t, o)
	callee.answers()
	expect(t, h.conference.events, "play en: reminder-of-meeting")
	callee.press("1")
	pressed := time.Now()
	call.until(CallJoined)
	if took := time.Since(pressed); took > 2*time.Second {
		t.Errorf("in the meeting %v after the key", took)
	}
	call.cancel(nil)
	if out := call.over(); slices.Contains(call.told, string(CallReplied)) {
		t.Errorf("%+v after %q", out, call.told)
	}
	h.nothingLeft(t)
}
