package quality

import (
	"math"
	"slices"
	"testing"
)

// TestSetupRatios counts a day's INVITEs and computes the ratios as RFC 6076 and
// E.425 define them over statuses, and as Setup says over classes.
func TestSetupRatios(t *testing.T) {
	type invite struct {
		status int
		rang   bool
		times  int
	}
	day := []invite{
		{200, true, 60},
		{202, false, 1},
		{302, false, 7},
		{480, true, 5},
		{486, false, 8},
		{600, false, 2},
		{603, false, 3},
		{487, true, 6},
		{487, false, 4},
		{404, false, 2},
		{484, false, 1},
		{408, false, 1},
		{500, false, 2},
		{503, false, 3},
		{504, false, 1},
		{0, false, 2},
		{403, false, 1},
		{488, false, 1},
	}
	count := make(map[Setup]float64)
	var all float64
	statuses := make(map[int]float64)
	for _, i := range day {
		class := SetupOf(i.status, i.rang)
		if !slices.Contains(Setups(), class) {
			t.Errorf("%d is of the class %q, which is not listed", i.status, class)
		}
		count[class] += float64(i.times)
		statuses[i.status] += float64(i.times)
		all += float64(i.times)
	}
	session := all - count[SetupRedirected]
	for name, ratio := range map[string][2]float64{
		"SER":  {count[SetupAnswered] / session, (statuses[200] + statuses[202]) / (all - statuses[302])},
		"SEER": {(count[SetupAnswered] + count[SetupUnavailable] + count[SetupBusy] + count[SetupDeclined]) / session, (61.0 + 5 + 8 + 2 + 3) / (110 - 7)},
		"ISA":  {count[SetupIneffective] / all, (1.0 + 2 + 3 + 1 + 2) / 110},
		"ASR":  {count[SetupAnswered] / all, 61.0 / 110},
		"NER":  {(count[SetupAnswered] + count[SetupBusy] + count[SetupUnavailable] + count[SetupUnanswered] + count[SetupDeclined]) / all, (61.0 + 10 + 5 + 6 + 3) / 110},
	} {
		if math.Abs(ratio[0]-ratio[1]) > 1e-12 {
			t.Errorf("%s is %.4f from the classes and %.4f from the statuses", name, ratio[0], ratio[1])
		}
	}
}
