package sip

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"partyline/sip/internal/dtmf"
)

// as brings a phone into the room with a code.
func as(t *testing.T, h *house, code string) *phone {
	t.Helper()
	p := dial(t, h)
	expect(t, h.conference.events, "play en: welcome")
	p.press("1123456789" + code)
	expect(t, h.conference.events, "join room1 as 7")
	return p
}

// command is keys, what the meeting is asked for, and what the caller hears.
type command struct{ keys, act, spoken string }

var (
	everybodysKeys = []command{
		{"*6", "muted true", "muted"},
		{"*6", "muted false", "unmuted"},
		{"*9", "hand true", "hand-raised"},
		{"*5", "hand false", "hand-lowered"},
		{"*#", "", "there-are numbers/12 people-here for-names-press numbers/1"},
		{"1", "", "the-host pause"},
		{"*4", "", "volume quieter-press numbers/1 louder-press numbers/2"},
		{"2", "volume 1", "louder"},
		{"1", "volume 0", "volume-normal"},
		{"1", "volume -1", "quieter"},
		{"*0", "call host", "host-called"},
	}
	participantsKeys = []command{
		{"*1", "", "to-mute keys/star numbers/6 pause to-raise-hand keys/star numbers/9"},
		{"*3", "object true", "objected"},
	}
	hostsKeys = []command{
		{"*1", "", "to-mute keys/star numbers/6 pause to-count"},
		{"*2", "mute all true", "all-muted"},
		{"*7", "lock true", "locked"},
		{"*7", "lock false", "unlocked"},
		{"*8", "admit", "let-in"},
		{"*3", "record true", "recording-begins"},
	}
)

// TestKeysAreConfirmed presses every key there is, as a participant and as a
// host. Each does what it should and is confirmed, to this caller alone, within
// the promised time, as the answer and the welcome come. A machine that stalls
// gets three chances for each.
func TestKeysAreConfirmed(t *testing.T) {
	for who, test := range map[string]struct {
		code     string
		commands []command
	}{
		"participant": {"111222", append(slices.Clone(participantsKeys), everybodysKeys...)},
		"host":        {"654321", append(slices.Clone(hostsKeys), everybodysKeys...)},
	} {
		t.Run(who, func(t *testing.T) {
			slow := make(map[string]int)
			for try := range 3 {
				late := pressAll(t, test.code, test.commands)
				for key, waited := range late {
					if slow[key]++; slow[key] == 3 {
						t.Errorf("%s came after %v", key, waited)
					}
				}
				if len(late) == 0 {
					return
				}
				t.Logf("try %d: late were %v", try+1, late)
			}
		})
	}
}

// pressAll gives every command once in a call of its own, and tells which were
// confirmed too late: from the end of the last key to the first frame.
func pressAll(t *testing.T, code string, commands []command) map[string]time.Duration {
	t.Helper()
	h := open(t, nil)
	h.seat.change(func(s *fakeSeat) {
		s.there.Waiting = 1
		s.there.Names = []Attendee{{Kind: InBrowser, Host: true}, {Kind: OnPhone, Caller: 3}}
	})
	p := as(t, h, code)
	h.conference.speaks(10 * time.Millisecond)
	late := make(map[string]time.Duration)
	if took := p.answered.Sub(p.invited); took > answerPromise {
		late["the answer"] = took
	}
	if took := p.heard().Sub(p.answered); took > promptPromise {
		late["the welcome"] = took
	}
	for _, c := range commands {
		h.conference.quiet()
		p.listen()
		p.press(c.keys)
		ended := time.Now()
		want := []string{"play en: " + c.spoken}
		if c.act != "" {
			want = append(want, c.act)
		}
		expect(t, h.conference.events, want...)
		if waited := p.heard().Sub(ended); waited > confirmPromise {
			late[c.keys+" "+c.spoken] = waited
		}
	}
	p.hangUp()
	if r := h.observer.record(t); r.Cause != "hung-up" || r.Departure != HungUp || r.Objected != (code == "111222") {
		t.Errorf("record = %+v", r)
	}
	return late
}

// TestHostEndsTheMeeting presses the key for admitting with nobody at the door.
func TestHostEndsTheMeeting(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	p := as(t, h, "654321")
	p.press("*8")
	expect(t, h.conference.events, "play en: nobody-waits to-end-press numbers/1")
	p.press("1")
	expect(t, h.conference.events, "end false")
	h.seat.notices <- Notice{Kind: Ended}
	expect(t, h.conference.events, "play en: meeting-ended goodbye")
	p.hungUpOn()
	h.observer.record(t)
}

// TestRollCall hears who is there, each as they can be spoken of.
func TestRollCall(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	h.seat.change(func(s *fakeSeat) {
		s.there = Attendance{People: 4, Names: []Attendee{
			{Kind: OnPhone, Host: true, Spoken: speech(30)}, {Kind: OnPhone, Caller: 3}, {Kind: InBrowser}, {Kind: OnPhone},
		}}
	})
	p := joined(t, h)
	p.press("*#")
	expect(t, h.conference.events, "play en: there-are numbers/4 people-here for-names-press numbers/1")
	p.press("1")
	for _, said := range []string{"pause the-host and 30 frames", "caller numbers/3 pause", "somebody-by-phone pause", "a-colleague"} {
		expect(t, h.conference.events, "play en: "+said)
	}
}

// TestOwnKeys gives a company its own keys. The usual ones mean nothing then,
// and the help tells the new ones.
func TestOwnKeys(t *testing.T) {
	t.Parallel()
	h := open(t, func(cfg *Config) { cfg.Keys = Keys{"0": "mute", "##": "help"} })
	p := joined(t, h)
	p.press("*6")
	p.press("0")
	if beside := expect(t, h.conference.events, "muted true", "play en: muted"); slices.Contains(beside, "muted false") {
		t.Error("the usual key still works")
	}
	p.press("##")
	expect(t, h.conference.events, "play en: to-mute numbers/0 pause to-repeat keys/pound keys/pound")
}

func TestBadKeys(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Keys = Keys{"*6": "mute", "*66": "hand", "9": "dance"}
	err := cfg.Validate()
	for _, want := range []string{`"*66" begin like "*6"`, `"9" are to do "dance"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Validate = %v, want %q in it", err, want)
		}
	}
}

// TestKeysRefused has the seat refuse.
func TestKeysRefused(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	h.seat.change(func(s *fakeSeat) { s.refuse = fmt.Errorf("a rule: %w", ErrNotAllowed) })
	p := joined(t, h)
	for _, c := range []command{
		{"*6", "", "unmute-refused"},
		{"*2", "", "host-only"},
		{"*7", "", "host-only"},
		{"*8", "", "host-only"},
		{"*3", "", "not-recorded"},
		{"*0", "", "no-host"},
	} {
		p.press(c.keys)
		expect(t, h.conference.events, "play en: "+c.spoken)
	}
}

// TestKeysAreCountedByMethod, those that come as tones too.
func TestKeysAreCountedByMethod(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	p := dial(t, h)
	p.press("1")
	p.info("2")
	h.mu.Lock()
	for _, c := range h.carried {
		c.media.leg.Press(dtmf.Digit{Key: '3', Method: dtmf.InBand})
	}
	h.mu.Unlock()
	for deadline := time.Now().Add(10 * time.Second); h.observer.pressed("rtp") != 1 || h.observer.pressed("info") != 1 || h.observer.pressed("tone") != 1; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d keys by RTP, %d by INFO, %d as tones", h.observer.pressed("rtp"), h.observer.pressed("info"), h.observer.pressed("tone"))
		}
	}
	p.hangUp()
	if r := h.observer.record(t); r.Keys != 3 {
		t.Errorf("%d keys are on record", r.Keys)
	}
}
