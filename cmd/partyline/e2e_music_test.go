//go:build e2e

package main

import (
	"math"
	"testing"
	"time"

	"partyline/cmd/internal/browser"
	"partyline/sfu/audio"
	"partyline/sip/softphone"
)

// TestE2EHoldMusic has a phone play music into the meeting without a word of
// warning, as an exchange does that holds a call: after some seconds nobody
// hears it any more, and the host can undo that.
func TestE2EHoldMusic(t *testing.T) {
	s := startServer(t)
	m := s.meeting("Weekly", "Lea")
	ada := openGuest(t, "Ada Lovelace", browser.Options{Microphone: microphone(t, "rms")})
	ada.logIn(s)
	ada.joins(m.Link)
	ada.setMuted(true)
	listener := s.dialIn(m.Number, "", audio.PCMU)
	lea := s.dialIn(m.Number, m.Invitees[0].Code, audio.PCMA)
	ada.sees(15*time.Second, "Lea", "[data-muted=false]")
	ada.findsGuestCaller()
	time.Sleep(3 * time.Second) // until the whispers are over

	began, stood := time.Now(), stalled()
	lea.Repeat(chords(16 * time.Second))
	ada.sees(15*time.Second, "Lea", "[data-guarded=true]")
	time.Sleep(time.Second)
	if !ofThree(listener.heard, 3*time.Second, func(recording []int16) bool { return loudness(recording) <= -50 }) {
		t.Error("the meeting hears the guarded phone")
	}
	heard := loudFor(listener.heard(began, time.Now()))
	t.Logf("the meeting heard music for %v", heard)
	if heard > 4*time.Second+stalled()-stood || heard < 500*time.Millisecond {
		t.Errorf("the meeting heard music for %v, want some, and about 3 s at most", heard)
	}

	ada.click(entry("Lea", "") + " " + id("unguard"))
	ada.sees(5*time.Second, "Lea", "[data-guarded=false]")
	ada.sees(10*time.Second, "Lea", "[data-talking=true]")
	if !ofThree(listener.heard, 5*time.Second, func(recording []int16) bool { return loudFor(recording) >= 2*time.Second }) {
		t.Error("once the host has undone it, the meeting hears less than 2 of 5 s")
	}
	ada.sees(time.Second, "Lea", "[data-guarded=false]")
}

// chords is music as exchanges play it: an organ that goes from chord to chord.
func chords(length time.Duration) softphone.Sound {
	const rate, beat = 16000, 16000 // a chord a second
	progression := [][]float64{{220, 277.2, 329.6}, {246.9, 293.7, 370}, {174.6, 220, 261.6}, {196, 246.9, 293.7}}
	sound := make(softphone.Sound, int(length.Seconds()*rate))
	for i := range sound {
		chord := progression[i/beat%len(progression)]
		edge := math.Min(float64(i%beat), float64(beat-i%beat)) / 400
		v := 0.0
		for _, f := range chord {
			for h, a := range []float64{1, 0.5, 0.3, 0.2} {
				v += a * math.Sin(2*math.Pi*f*float64(h+1)*float64(i)/rate)
			}
		}
		sound[i] = int16(1500 * v * math.Min(edge, 1))
	}
	return sound
}

// loudFor is how much of a recording is sound.
func loudFor(recording []int16) time.Duration {
	return time.Duration(loudSeconds(recording, 16000) * float64(time.Second))
}
