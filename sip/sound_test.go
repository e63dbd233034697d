package sip

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/metrics/quality"
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
