package ivr

import (
	"strings"
	"testing"
	"time"
)

// said is clips as a line to compare, numbers without their folder.
func said(clips []string) string {
	return strings.ReplaceAll(strings.Join(clips, " "), numberClips, "")
}

func TestTimesOfDay(t *testing.T) {
	for _, test := range []struct {
		hour, minute      int
		english, mandarin string
	}{
		{0, 0, "12 a-m", "0 o-clock"},
		{0, 7, "12 oh 7 a-m", "0 o-clock 0 7 minutes-past"},
		{2, 0, "2 a-m", "liang o-clock"},
		{10, 40, "10 40 a-m", "10 o-clock 4 10 minutes-past"},
		{12, 0, "12 p-m", "10 2 o-clock"},
		{14, 5, "2 oh 5 p-m", "10 4 o-clock 0 5 minutes-past"},
		{22, 22, "10 20 2 p-m", "2 10 2 o-clock 2 10 2 minutes-past"},
	} {
		if got := said(hour(English, test.hour, test.minute)); got != test.english {
			t.Errorf("English %d:%02d is %q, want %q", test.hour, test.minute, got, test.english)
		}
		if got := said(hour(Mandarin, test.hour, test.minute)); got != test.mandarin {
			t.Errorf("Mandarin %d:%02d is %q, want %q", test.hour, test.minute, got, test.mandarin)
		}
	}
}

// TestEnded tells the time in the zone of the meeting, and only of a day which
// is today there.
func TestEnded(t *testing.T) {
	shanghai := time.FixedZone("Asia/Shanghai", 8*3600)
	at := time.Date(2026, 5, 1, 0, 30, 0, 0, shanghai)
	for now, want := range map[time.Time]string{
		at.Add(time.Hour).UTC(): "meeting-ended-at 12 30 a-m",
		at.Add(23 * time.Hour):  "meeting-ended-at 12 30 a-m",
		at.Add(24 * time.Hour):  "meeting-ended",
		at.AddDate(1, 0, 0):     "meeting-ended",
	} {
		if got := said(ended(English, at, now)); got != want {
			t.Errorf("at %v: %q, want %q", now, got, want)
		}
	}
	if got := said(ended(English, time.Time{}, at)); got != "meeting-ended" {
		t.Errorf("of an unknown time: %q", got)
	}
}

func TestOpening(t *testing.T) {
	for in, want := range map[time.Duration]string{
		-time.Second:      "",
		0:                 "",
		time.Second:       "starts-soon",
		time.Minute:       "starts-soon",
		61 * time.Second:  "starts-in 2 minutes",
		12 * time.Minute:  "starts-in 12 minutes",
		time.Hour:         "starts-in 1 hour",
		90 * time.Minute:  "starts-in 1 hour and 30 minutes",
		121 * time.Minute: "starts-in 2 hours and 1 minute",
	} {
		if got := said(opening(English, in)); got != want {
			t.Errorf("%v: %q, want %q", in, got, want)
		}
	}
	if got := said(opening(Mandarin, 2*time.Hour+2*time.Minute)); got != "starts-in liang hours liang minutes" {
		t.Errorf("in Mandarin: %q", got)
	}
}

func TestCountedThings(t *testing.T) {
	for _, test := range []struct {
		clips []string
		want  string
	}{
		{position(English, 0), ""},
		{position(English, 3), "you-are-number 3"},
		{position(Mandarin, 2), "you-are-number 2 in-line"},
		{moving(English, 0), "moving"},
		{moving(Mandarin, 12), "moving-to-breakout 10 2"},
		{asksForHost(English, 0), "somebody-asks-for-you"},
		{asksForHost(English, 21), "caller 20 1 asks-for-you"},
		{somebodyWaits(English, 1), "somebody-waits"},
		{somebodyWaits(Mandarin, 2), "liang people-wait"},
		{colleaguesHere(English, 1), "a-colleague"},
		{colleaguesHere(Mandarin, 2), "liang colleagues"},
	} {
		if got := said(test.clips); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}
