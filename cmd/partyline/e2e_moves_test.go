//go:build e2e

package main

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"partyline/cmd/internal/bridge"
	"partyline/cmd/internal/browser"
	"partyline/sfu/audio"
	"partyline/signaling/wire"
	"partyline/sip/softphone"
)

// TestE2EMoves moves a browser and a phone from one meeting to another and
// back: each hears who is where they are, and nobody else. Nobody dials again,
// and the phone is told and hears no gap.
func TestE2EMoves(t *testing.T) {
	s := startServer(t)
	from, to := s.meeting("Weekly"), s.meeting("Review")
	host := s.host(from)
	here := s.dialIn(from.Number, "", audio.PCMU)
	here.speak("lea")(true)
	there := s.dialIn(to.Number, "", audio.PCMA)
	there.speak("kal")(true)
	phone := s.dialIn(from.Number, "", audio.PCMA)
	page := openGuest(t, "Bob", browser.Options{Microphone: microphone(t, "slt")})
	page.joins(from.Link)
	page.setMuted(true)
	host.sees("everybody", func(r *bridge.Roster) bool { return len(r.Everybody()) == 4 })
	hearsOnly(t, "the page before", page.heardBetween, "lea")
	hearsOnly(t, "the phone before", phone.heard, "lea")

	there.Repeat(noise(2 * time.Second)) // what has no pauses, so that gaps show
	here.Repeat(noise(2 * time.Second))
	time.Sleep(time.Second)
	messages := signalling(phone)
	undo := movesWithoutGap(t, host, to, phone)

	here.speak("lea")(true)
	there.speak("kal")(true)
	hearsOnly(t, "the page after", page.heardBetween, "kal")
	hearsOnly(t, "the phone after", phone.heard, "kal")
	undone := time.Now()
	host.does(wire.Act{Action: wire.UndoMove, Value: undo})
	isTold(t, "the phone", phone.heard, "moving", undone)
	host.sees("everybody again", func(r *bridge.Roster) bool { return len(r.Everybody()) == 4 })
	hearsOnly(t, "the page back", page.heardBetween, "lea")
	hearsOnly(t, "the phone back", phone.heard, "lea")
	if now := signalling(phone); now != messages {
		t.Errorf("moves took SIP messages: %d and then %d", messages, now)
	}
}

// movesWithoutGap moves the third and the fourth who came to another meeting,
// the phone being one of them, and gives the number by which that is undone. A
// machine that stalls makes a gap now and then, and a bridge that is broken
// always: of five moves one must have none.
func movesWithoutGap(t *testing.T, h *seated, to bridge.Meeting, phone *caller) (undo string) {
	t.Helper()
	for try := range 5 {
		if try > 0 {
			undone := time.Now()
			h.does(wire.Act{Action: wire.UndoMove, Value: undo})
			isTold(t, "the phone", phone.heard, "moving", undone)
			h.sees("everybody again", func(r *bridge.Roster) bool { return len(r.Everybody()) == 4 })
		}
		began := time.Now()
		done := h.does(wire.Act{Action: wire.Move, Participants: h.numbers(3, 4), To: &wire.Place{Meeting: to.ID}})
		for _, result := range done.Results {
			if result.As == 0 {
				t.Errorf("participant %d was not moved: %s", result.Participant, result.Code)
			}
		}
		if len(done.Results) != 2 {
			t.Errorf("%d results of a move of two", len(done.Results))
		}
		undo = done.Undo
		isTold(t, "the phone", phone.heard, "moving", began)
		heard := phone.heard(began, time.Now())
		gap := longestSilence(heard)
		if gap <= 200*time.Millisecond {
			t.Logf("longest silence at the phone: %v", gap)
			return undo
		}
		t.Logf("the phone heard nothing for %v while it was moved (%s)", gap, keep(t, "gap.wav", heard))
	}
	t.Error("the phone heard nothing for more than 200 ms whenever it was moved")
	return undo
}

// signalling counts the requests by which a call is made, changed or ended.
func signalling(c *caller) (n int) {
	for _, e := range c.Transcript() {
		switch method, _, _ := strings.Cut(e.Text, " "); method {
		case "INVITE", "UPDATE", "REFER", "BYE":
			n++
		}
	}
	return n
}

// noise is as loud as speech all the time, and no music.
func noise(length time.Duration) softphone.Sound {
	random := rand.New(rand.NewPCG(1, 2))
	sound := make(softphone.Sound, int(length.Seconds()*16000))
	for i := range sound {
		sound[i] = int16(random.NormFloat64() * 2500)
	}
	return sound
}

// seated is the first admin as host of a meeting, without a browser.
type seated struct {
	*bridge.Host
	t testing.TB
}

// host seats the first admin in a meeting.
func (s *server) host(m bridge.Meeting) *seated {
	s.t.Helper()
	h, err := s.Host(s.t.Context(), m.ID)
	if err != nil {
		s.t.Fatalf("%v\n%s", err, s.Log())
	}
	s.t.Cleanup(h.Close)
	return &seated{h, s.t}
}

// sees waits until the roster is as wanted.
func (h *seated) sees(what string, is func(*bridge.Roster) bool) {
	h.t.Helper()
	if err := h.WaitFor(h.t.Context(), what, is); err != nil {
		h.t.Fatal(err)
	}
}

// finds waits for somebody by their name, as is wanted of them.
func (h *seated) finds(name string, is func(wire.Participant) bool) wire.Participant {
	h.t.Helper()
	var found wire.Participant
	h.sees(name, func(r *bridge.Roster) bool {
		for _, p := range r.Everybody() {
			if p.Name == name && is(p) {
				found = p
				return true
			}
		}
		return false
	})
	return found
}

// does acts, and fails the test when that is refused.
func (h *seated) does(act wire.Act) *wire.Done {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), time.Minute)
	defer cancel()
	reply, err := h.Act(ctx, act)
	if err != nil {
		h.t.Fatalf("%s: %v", act.Action, err)
	}
	done, ok := reply.(*wire.Done)
	if !ok {
		h.t.Fatalf("%s: answered by %s", act.Action, reply.Kind())
	}
	return done
}

// numbers are the participants who came at these places, from 1.
func (h *seated) numbers(places ...int) (numbers []uint32) {
	all := h.Everybody()
	for _, place := range places {
		numbers = append(numbers, all[place-1].Participant)
	}
	return numbers
}
