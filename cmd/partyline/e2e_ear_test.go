//go:build e2e

package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"partyline/cmd/internal/speech"
)

// This file is about who hears what.

// ear is what somebody heard between two moments, at 16 kHz.
type ear func(from, to time.Time) []int16

// voicesIn tells which of the test voices are in a recording.
func voicesIn(t *testing.T, recording []int16) []string {
	t.Helper()
	var known []speech.Known
	for _, name := range speech.VoiceNames() {
		known = append(known, speech.Known{Name: name, Samples: testVoice(t, name)})
	}
	var who []string
	for _, p := range speech.Identify(recording, speech.VoiceRate, known) {
		if p.Heard {
			who = append(who, p.Name)
		}
	}
	slices.Sort(who)
	return who
}

// hearsOnly checks that somebody comes to hear the given voices and no others.
// A machine that stalls for a moment spoils a stretch: one of several must do.
func hearsOnly(t *testing.T, who string, heard ear, want ...string) {
	t.Helper()
	slices.Sort(want)
	var got []string
	var last []int16
	for range 5 {
		last = heard(stretch(4 * time.Second))
		if got = voicesIn(t, last); slices.Equal(got, want) {
			return
		}
	}
	t.Errorf("%s hears %v, want %v (%s)", who, got, want, keep(t, who+".wav", last))
}

// ofThree tells whether one of three stretches of what somebody hears is as
// wanted. A machine that stalls for a moment spoils one, and a bridge that is
// broken each of them.
func ofThree(heard ear, span time.Duration, is func([]int16) bool) bool {
	for range 3 {
		if is(heard(stretch(span))) {
			return true
		}
	}
	return false
}

// isTold waits until somebody was spoken a clip of ours, in English, since a
// moment.
func isTold(t *testing.T, who string, heard ear, clip string, since time.Time) {
	t.Helper()
	samples, rate, err := speech.ReadWAV(filepath.Join("..", "..", "sfu", "prompts", "en", clip+".wav"))
	if err != nil {
		t.Fatal(err)
	}
	known := []speech.Known{{Name: clip, Samples: speech.Resample(samples, rate, speech.VoiceRate)}}
	var last []int16
	for limit := patient(15 * time.Second); !limit.over(); time.Sleep(500 * time.Millisecond) {
		last = heard(since, time.Now())
		// Two seconds that agree are chance for no clip; many last no third.
		if speech.Identify(last, speech.VoiceRate, known)[0].Windows >= 2 {
			return
		}
	}
	t.Errorf("%s was not told %q (%s)", who, clip, keep(t, fmt.Sprintf("%s-%s.wav", who, clip), last))
}

// longestSilence is the longest time within a recording in which nothing was
// heard.
func longestSilence(recording []int16) time.Duration {
	const window = speech.VoiceRate / 100
	longest, now := 0, 0
	for part := range slices.Chunk(recording, window) {
		if now++; loudness(part) > -60 {
			now = 0
		}
		longest = max(longest, now)
	}
	return time.Duration(longest) * 10 * time.Millisecond
}
