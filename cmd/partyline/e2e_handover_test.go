//go:build e2e

package main

import (
	"fmt"
	"testing"
	"time"

	"partyline/cmd/internal/bridge"
	"partyline/cmd/internal/browser"
	"partyline/sfu/audio"
	"partyline/signaling/wire"
	"partyline/sip/softphone"
)

// TestE2EHandOver has somebody go on by phone: when the phone is in, the page
// is out; name and hand stay, and the room hears them once.
func TestE2EHandOver(t *testing.T) {
	s := startServer(t)
	m := s.meeting("Weekly")
	host := s.host(m)
	listener := s.dialIn(m.Number, "", audio.PCMU)
	bob := openGuest(t, "Bob", browser.Options{Microphone: microphone(t, "slt")})
	bob.joins(m.Link)
	bob.click(id("hand"))
	hearsOnly(t, "the listener before", listener.heard, "slt")

	bob.click(id("more"))
	bob.click(id("more-hand-over"))
	code := id("phone-code")
	bob.must(10*time.Second, fmt.Sprintf("document.querySelector('%s').dataset.value", code))
	var digits string
	if err := bob.Eval(fmt.Sprintf("document.querySelector('%s').dataset.value", code), &digits); err != nil {
		t.Fatal(err)
	}
	phone := s.dialIn(m.Number, digits, audio.PCMA)
	phone.speak("kal")(true)
	bob.must(20*time.Second, fmt.Sprintf("document.querySelector('%s[data-why=handed-over]')", id("over")))
	host.finds("Bob", func(p wire.Participant) bool { return p.Via == wire.Phone && p.Hand })
	if n := host.Count(func(p wire.Participant) bool { return p.Name == "Bob" }); n != 1 {
		t.Errorf("Bob is in the room %d times", n)
	}
	hearsOnly(t, "the listener after", listener.heard, "kal")
}

// TestE2ERedial loses a phone and has its owner call again: they are told, and
// have their name, hand and role back without a key.
func TestE2ERedial(t *testing.T) {
	s := startServer(t, "sip.media_timeout=5s", "sip.languages=en")
	m := s.meeting("Weekly", "Lea")
	host := s.host(m)
	first := s.dial(audio.PCMU, softphone.Faults{})
	first.press(m.Number + ",," + m.Invitees[0].Code + "#")
	host.finds("Lea", func(p wire.Participant) bool { return p.Role == wire.RoleParticipant })
	first.press("*9")
	host.finds("Lea", func(p wire.Participant) bool { return p.Hand })
	first.StopSending(true)
	host.sees("Lea gone", func(r *bridge.Roster) bool {
		return r.Count(func(p wire.Participant) bool { return p.Name == "Lea" }) == 0
	})
	first.ended(20 * time.Second)

	s.calls-- // from the same number
	called := time.Now()
	again := s.dial(audio.PCMU, softphone.Faults{})
	isTold(t, "Lea", again.heard, "cut-off", called)
	host.finds("Lea", func(p wire.Participant) bool { return p.Hand && p.Role == wire.RoleParticipant && p.Via == wire.Phone })
}
