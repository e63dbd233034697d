//go:build e2e

package main

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"partyline/cmd/internal/bridge"
	"partyline/cmd/internal/browser"
	"partyline/sfu/audio"
	"partyline/sip/softphone"
)

// TestE2EHostControls has a host lead a meeting of a browser and a phone: what
// is done to one kind works for the other.
func TestE2EHostControls(t *testing.T) {
	s := startServer(t)
	m := s.meeting("Weekly", "Lea")
	ada := openGuest(t, "Ada Lovelace", browser.Options{Microphone: microphone(t, "rms")})
	bob := openGuest(t, "Bob", browser.Options{Microphone: microphone(t, "slt")})
	ada.logIn(s)
	ada.joins(m.Link)
	ada.setMuted(true)
	bob.joins(m.Link)
	lea := s.dialIn(m.Number, m.Invitees[0].Code, audio.PCMU)
	ada.sees(10*time.Second, "Lea", "[data-muted=false]")
	bob.setMuted(true)
	lea.speak("lea")(true)
	ada.sees(5*time.Second, "Lea", "[data-talking=true]")

	muting(t, ada, bob, lea)
	hands(ada, bob, lea)
	holding(t, ada, lea)
	eve := atTheDoor(t, s, m, ada)
	removing(t, s, m, ada, bob, lea)

	last := s.dialIn(m.Number, "", audio.Opus)
	ada.findsGuestCaller()
	ada.click(id("end"))
	ada.click(id("confirm"))
	last.ended(10 * time.Second)
	for _, g := range []*guest{ada, eve} {
		g.must(10*time.Second, fmt.Sprintf("document.querySelector('%s[data-why=ended]')", id("over")))
	}
}

// act does something to somebody by their menu.
func (g *guest) act(name, action string) {
	g.t.Helper()
	g.click(entry(name, "") + " " + id("participant-menu"))
	g.click(id("act-" + action))
}

// muting: a host mutes a phone, which hears of it and is heard no more, until
// the caller unmutes with a key.
func muting(t *testing.T, ada, bob *guest, lea *caller) {
	t.Helper()
	muted := time.Now()
	ada.act("Lea", "mute")
	ada.sees(2*time.Second, "Lea", "[data-muted=true][data-talking=false]")
	isSpokenTo(t, lea, "is muted", muted)
	hearsOnly(t, "while Lea is muted, Bob", bob.heardBetween)
	pressed := time.Now()
	lea.press("*6")
	ada.sees(3*time.Second, "Lea", "[data-muted=false]")
	isSpokenTo(t, lea, "has pressed a key", pressed)
	hearsOnly(t, "after Lea unmuted, Bob", bob.heardBetween, "lea")
}

// isSpokenTo waits until a caller to whom something happened is told so. How
// fast that is, is measured by the load test; here it must come at all.
func isSpokenTo(t *testing.T, c *caller, why string, since time.Time) {
	t.Helper()
	for limit := patient(2500 * time.Millisecond); loudness(c.heard(since, time.Now())) < -40; time.Sleep(100 * time.Millisecond) {
		if limit.over() {
			t.Errorf("%v: a caller who %s heard %.0f dBFS, want words", limit, why, loudness(c.heard(since, time.Now())))
			return
		}
	}
}

func hands(ada, bob *guest, lea *caller) {
	lea.press("*9")
	ada.sees(3*time.Second, "Lea", "[data-hand=true]")
	bob.click(id("hand"))
	ada.sees(3*time.Second, "Bob", "[data-hand=true]")
	ada.act("Lea", "lower-hand")
	bob.sees(3*time.Second, "Lea", "[data-hand=false]")
	bob.click(id("hand"))
	ada.sees(3*time.Second, "Bob", "[data-hand=false]")
}

// holding: a phone that signals hold is shown so and leaves the mix.
func holding(t *testing.T, ada *guest, lea *caller) {
	t.Helper()
	lea.signals("hold", lea.Hold)
	ada.sees(3*time.Second, "Lea", "[data-held=true][data-talking=false]")
	hearsOnly(t, "while Lea is on hold, Ada", ada.heardBetween)
	lea.signals("resume", lea.Resume)
	ada.sees(3*time.Second, "Lea", "[data-held=false]")
	ada.sees(5*time.Second, "Lea", "[data-talking=true]")
}

// signals has a phone do something that the bridge must answer.
func (c *caller) signals(what string, do func(context.Context) error) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 30*time.Second)
	defer cancel()
	if err := do(ctx); err != nil {
		c.t.Fatalf("%s: %v", what, err)
	}
}

// atTheDoor: into a locked meeting nobody comes unasked, by browser or phone.
func atTheDoor(t *testing.T, s *server, m bridge.Meeting, ada *guest) *guest {
	t.Helper()
	ada.click(id("lock"))
	eve := openGuest(t, "Eve", browser.Options{Microphone: microphone(t, "awb")})
	eve.enter(m.Link)
	eve.phase(10*time.Second, "waiting")
	caller := s.dialIn(m.Number, "", audio.Opus)
	ada.must(15*time.Second, fmt.Sprintf("document.querySelectorAll('%s').length === 2", id("visitor")))
	visitor := func(n int, button string) string {
		return fmt.Sprintf("%s:nth-of-type(%d) %s", id("visitor"), n, id(button))
	}
	ada.click(visitor(2, "refuse"))
	caller.ended(10 * time.Second)
	ada.click(visitor(1, "admit"))
	eve.phase(10*time.Second, "in")
	ada.click(id("lock"))
	return eve
}

// removing: whoever is removed is out at once and does not come back.
func removing(t *testing.T, s *server, m bridge.Meeting, ada, bob *guest, lea *caller) {
	t.Helper()
	ada.act("Bob", "remove")
	ada.click(id("confirm"))
	bob.must(5*time.Second, fmt.Sprintf("document.querySelector('%s[data-why=removed]')", id("over")))
	ada.missing(5*time.Second, "Bob")
	ada.act("Lea", "remove")
	ada.click(id("confirm"))
	lea.ended(10 * time.Second)
	ada.missing(5*time.Second, "Lea")
	bob.enter(m.Link)
	bob.must(10*time.Second, fmt.Sprintf("document.querySelector('%s[data-why=removed]')", id("over")))
	again := s.dialIn(m.Number, m.Invitees[0].Code, audio.PCMU)
	again.ended(20 * time.Second)
}

// loudness is the RMS level of samples in dBFS.
func loudness(samples []int16) float64 {
	var sum float64
	for _, s := range samples {
		sum += float64(s) * float64(s)
	}
	if sum == 0 {
		return -96
	}
	return 10 * math.Log10(sum/float64(len(samples))/(32768*32768))
}

// TestE2EPhonesThatMisbehave: calls that do not go as they should end, and
// disturb nobody.
func TestE2EPhonesThatMisbehave(t *testing.T) {
	t.Parallel() // it does little but wait
	s := startServer(t, "sip.media_timeout=5s")
	m := s.meeting("Weekly")
	steady := s.dialIn(m.Number, "", audio.PCMA)
	steady.speak("awb")(true)

	unconfirmed := s.dial(audio.PCMA, softphone.Faults{OmitACK: true}) // for 32 s: RFC 3261 section 13.3.1.4
	silent := s.dialIn(m.Number, "", audio.PCMA)
	time.Sleep(5 * time.Second) // until it is in the meeting
	silent.StopSending(true)
	silent.ended(15 * time.Second)

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	answers, err := steady.Stray(ctx, 100)
	if err != nil || answers != 0 {
		t.Errorf("a stranger's RTP was answered %d times (%v)", answers, err)
	}
	wrong := s.dial(audio.PCMU, softphone.Faults{})
	wrong.press("1")
	for range 3 {
		wrong.press("000000001,,,,,")
	}
	wrong.ended(40 * time.Second)
	unconfirmed.ended(40 * time.Second)
	select {
	case <-steady.Done():
		t.Error("the steady call ended with the others")
	default:
	}
}
