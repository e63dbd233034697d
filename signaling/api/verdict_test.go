package api

import (
	"testing"
	"time"

	"partyline/metrics/quality"
	"partyline/signaling/auth"
	"partyline/signaling/health"
)

// TestVerdictWithoutFindings says that all was well only where it was.
func TestVerdictWithoutFindings(t *testing.T) {
	of := func(s quality.Summary) *health.Row { return &health.Row{Leg: quality.Leg{ID: "a"}, Summary: s} }
	good := of(quality.Summary{Samples: 60, Good: 5 * time.Minute})
	rough := of(quality.Summary{
		Samples: 60, Good: 3 * time.Minute, Degraded: 2 * time.Minute, DegradedBecause: quality.Causes{Jitter: 2 * time.Minute},
	})
	for name, test := range map[string]struct {
		verdict quality.Verdict
		rows    []*health.Row
		ok      bool
		want    string
	}{
		"good":        {quality.Verdict{Legs: 1}, []*health.Row{good}, true, english.fine},
		"not so good": {quality.Verdict{Legs: 2}, []*health.Row{good, rough}, false, english.unclear},
		"not known":   {quality.Verdict{Legs: 1, Missing: 0.9}, []*health.Row{rough}, false, english.unknown},
		"nobody":      {quality.Verdict{}, nil, false, english.unknown},
	} {
		t.Run(name, func(t *testing.T) {
			if got := toVerdict(&test.verdict, test.rows, auth.Person{Language: "en"}); got.Sentence != test.want || got.OK != test.ok {
				t.Errorf("%v, %q", got.OK, got.Sentence)
			}
		})
	}
}
