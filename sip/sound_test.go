package sip

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/metrics/quality"
	"partyline/sfu/audio"
	"partyline/sip/internal/leg"
)

// TestSampleIsTheDifference takes totals apart into what the last interval had.
func TestSampleIsTheDifference(t *testing.T) {
	before := leg.Statistics{Received: 1000, Sent: 2000, Lost: 500}
	now := leg.Statistics{
		Received: 1240, Sent: 2250, Lost: 510, Jitter: 4 * time.Millisecond,
		RemoteLoss: 0.02, RemoteJitter: 5 * time.Millisecond, RoundTrip: 80 * time.Millisecond,
	}
	want := quality.Sample{
		Said:      quality.Stream{Packets: 240, Loss: 0.04, Jitter: 4 * time.Millisecond},
		Heard:     quality.Stream{Packets: 250, Loss: 0.02, Jitter: 5 * time.Millisecond},
		RoundTrip: 80 * time.Millisecond,
	}
	if diff := cmp.Diff(want, sampleOf(before, now)); diff != "" {
		t.Errorf("sample (-want +got):\n%s", diff)
	}
	now.Lost = 490 // duplicates came
	if got := sampleOf(before, now); got.Said.Loss != 0 || got.Class() != quality.Good {
		t.Errorf("with duplicates: %+v", got)
	}
	if got := sampleOf(now, now).Class(); got != quality.Unclassified {
		t.Errorf("a phone that sends nothing is %v", got)
	}
}

// TestNamesAreAsLoudAsPrompts records names by loud and by quiet voices.
func TestNamesAreAsLoudAsPrompts(t *testing.T) {
	t.Parallel()
	spoken := func(amplitude float64) []audio.Frame {
		frames := make([]audio.Frame, 20) // the first half is silence
		for i := range frames[10:] {
			for j := range frames[10+i] {
				frames[10+i][j] = int16(amplitude * math.Sin(float64(j)/5))
			}
		}
		return frames
	}
	for amplitude, want := range map[float64]audio.Level{30000: 20, 4633: 20, 2000: 20, 500: 27, 40: audio.LevelOf(40 * 40 / 2), 0: audio.Silence} {
		name := evened(spoken(amplitude))
		if got := name[15].Level(); got < want-1 || got > want+1 {
			t.Errorf("a name at %v is heard at -%d dBov, want -%d", amplitude, got, want)
		}
		if name[2].Level() != audio.Silence {
			t.Errorf("silence is heard at -%d dBov", name[2].Level())
		}
	}
	if evened(nil) != nil {
		t.Error("something was made of nothing")
	}
}
