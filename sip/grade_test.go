package sip

import (
	"testing"
	"time"

	"partyline/metrics/quality"
	"partyline/sip/dialplan"
)

// TestBadSoundLowersATrunk: a trunk by which calls sound bad is graded poor, so
// that others of the same price go first, although it answers every call.
func TestBadSoundLowersATrunk(t *testing.T) {
	g := &Gateway{grades: dialplan.NewGrades(dialplan.DefaultLimits())}
	codec := quality.CodecOf("PCMA")
	for trunk, loss := range map[string]float64{"clear": 0.001, "noisy": 0.15} {
		var account quality.Account
		at := time.Now()
		for range 12 {
			at = at.Add(5 * time.Second)
			account.Add(&quality.Sample{At: at, Span: 5 * time.Second, Said: quality.Stream{Packets: 250, Loss: loss, Burst: 1}}, codec)
		}
		for range 10 {
			g.grades.Attempt(trunk, time.Now(), true)
			g.heardOver(&Record{Trunk: trunk, Quality: Quality{Summary: account.Summary()}})
		}
	}
	if clear, noisy := g.grades.Grade("clear", time.Now()), g.grades.Grade("noisy", time.Now()); clear != dialplan.Good || noisy != dialplan.Poor {
		t.Errorf("the clear trunk is %v and the noisy one %v", clear, noisy)
	}
}
