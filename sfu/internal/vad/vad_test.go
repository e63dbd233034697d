package vad

import (
	"testing"

	"partyline/sfu/audio"
)

// frames until a second of talk is found, or -1.
func found(levels func(i int) audio.Level) int {
	var d Detector
	var s Stretch
	for i := range 1500 {
		if s.Hear(d.Hear(levels(i))) {
			return i
		}
	}
	return -1
}

// syllables are four a second, with a pause for breath every two seconds.
func syllables(i int) audio.Level {
	if i%100 > 85 || i%12 > 8 {
		return 60
	}
	return 25
}

func TestWhoTalksForASecond(t *testing.T) {
	for _, c := range []struct {
		name        string
		levels      func(i int) audio.Level
		least, most int
	}{
		{"silence", func(int) audio.Level { return audio.Silence }, -1, -1},
		{"soft noise", func(i int) audio.Level { return audio.Level(58 + i%3) }, -1, -1},
		{"a loud fan", func(i int) audio.Level { return audio.Level(34 + i%3) }, -1, -1},
		{"a fan that is turned on", func(i int) audio.Level {
			if i < 100 {
				return 70
			}
			return 44
		}, -1, 400},
		{"speech", func(i int) audio.Level {
			if i < 200 {
				return 62
			}
			return syllables(i)
		}, 245, 300},
		{"speech from the first frame on", syllables, 49, 130},
		{"a cough every four seconds", func(i int) audio.Level {
			if i%200 < 15 {
				return 20
			}
			return 65
		}, -1, -1},
	} {
		if got := found(c.levels); got < c.least || got > c.most {
			t.Errorf("%s: talk after %d frames, want %d to %d", c.name, got, c.least, c.most)
		}
	}
}
