package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/metrics/quality"
)

// FuzzSummary reads damaged summaries; what can be read is the same once it was
// written again.
func FuzzSummary(f *testing.F) {
	full := quality.Summary{Samples: 3, Good: time.Minute, RoundTrip: quality.Mean{Value: 0.05, Least: 0.01, Most: 0.3, Over: time.Minute}}
	full.Said = quality.Course{Packets: 3000, Lost: 7, Wide: quality.Mean{Value: 4.3, Least: 2, Most: 4.4, Over: time.Minute}}
	f.Add(packSummary(&full))
	f.Add(packSummary(&quality.Summary{}))
	f.Add([]byte{summaryVersion, 2, 0, 255})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, packed []byte) {
		once, err := unpackSummary(packed)
		if err != nil {
			return
		}
		again := packSummary(&once)
		twice, err := unpackSummary(again)
		if err != nil {
			t.Fatal(err)
		}
		third, err := unpackSummary(packSummary(&twice))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(twice, third); d != "" {
			t.Error(d)
		}
	})
}

func FuzzSteps(f *testing.F) {
	f.Add("click:0 microphone:310")
	f.Add(":1 a:b")
	f.Add("")
	f.Fuzz(func(t *testing.T, packed string) {
		steps, err := unpackSteps(packed)
		if err != nil {
			return
		}
		if again, err := unpackSteps(packSteps(steps)); err != nil || len(again) != len(steps) {
			t.Errorf("%q: %v, then %v, %v", packed, steps, again, err)
		}
	})
}

func FuzzLadder(f *testing.F) {
	packed, err := packLadder([]quality.Message{{Line: "INVITE sip:x", At: time.Unix(1, 0).UTC()}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(packed)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, packed []byte) {
		ladder, err := unpackLadder(packed)
		if err != nil {
			return
		}
		if _, err := packLadder(ladder); err != nil {
			t.Log(err) // times that JSON cannot have
		}
	})
}
