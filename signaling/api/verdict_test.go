package api

import (
	"strings"
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
			if got := toVerdict(&test.verdict, test.rows, wordsFor(auth.Person{Language: "en"})); got.Sentence != test.want || got.OK != test.ok {
				t.Errorf("%v, %q", got.OK, got.Sentence)
			}
		})
	}
}

// TestVerdictToOwner says "you" for each fault, and names the reader for none;
// admins read of the participant.
func TestVerdictToOwner(t *testing.T) {
	leg := quality.Leg{ID: "a", Name: "Bob", Access: quality.WiFi, Candidate: "relay", Trunk: "carrier-a"}
	begin := time.Date(2026, 11, 23, 10, 6, 0, 0, time.UTC)
	faults := []quality.Fault{
		quality.UplinkLoss, quality.DownlinkLoss, quality.HighJitter, quality.HighDelay, quality.Detour, quality.DeadMicrophone,
		quality.Clipping, quality.OneWay, quality.CarrierFault, quality.ServerOverload, quality.ServerNetwork,
	}
	for language, you := range map[string]string{"en": "you", "zh-CN": "您"} {
		reader := auth.Person{Language: language}
		for _, fault := range faults {
			for _, way := range []quality.Way{quality.WaySaid, quality.WayHeard} {
				f := &quality.Finding{
					Leg: leg.ID, Way: way, Fault: fault, Symptom: quality.SymptomLoss, Mean: 0.14, From: begin, To: begin.Add(5 * time.Minute),
				}
				legs := map[string]*quality.Leg{leg.ID: &leg}
				own, admins := toFinding(f, legs, wordsToOwner(reader)), toFinding(f, legs, wordsFor(reader))
				said := own.Sentence + own.Advice
				if !strings.Contains(strings.ToLower(said), you) || strings.ContainsAny(said, "{}") {
					t.Errorf("%s, %s, %s: %q, %q", language, fault, way, own.Sentence, own.Advice)
				}
				for _, third := range []string{"Bob", "they", "CPU", "evidence", "证据"} {
					if strings.Contains(said, third) {
						t.Errorf("%s, %s, %s: %q in %q, %q", language, fault, way, third, own.Sentence, own.Advice)
					}
				}
				if own.Advice == "" || own.Advice == admins.Advice {
					t.Errorf("%s, %s: the advice is the admin's: %q", language, fault, own.Advice)
				}
			}
		}
	}
	f := &quality.Finding{Leg: "a", Way: quality.WaySaid, Fault: quality.UplinkLoss, Symptom: quality.SymptomLoss, Mean: 0.14, From: begin, To: begin.Add(5 * time.Minute)}
	for language, want := range map[string]string{
		"en":    "Your connection (Wi-Fi, relayed) lost 14 % of what you said, from 10:06 to 10:11.",
		"zh-CN": "10:06 至 10:11，您的连接（Wi-Fi，经中继）丢失了您说话内容的 14 %。",
	} {
		if got := wordsToOwner(auth.Person{Language: language}).sentence(f, &leg); got != want {
			t.Errorf("%s: %q", language, got)
		}
	}
}

// TestAdviceByAccess tells nobody to take a cable instead of a Wi-Fi that there
// is none of.
func TestAdviceByAccess(t *testing.T) {
	f := &quality.Finding{Fault: quality.UplinkLoss, Way: quality.WaySaid, Symptom: quality.SymptomLoss}
	for language, wifi := range map[string]string{"en": "cable instead of Wi-Fi", "zh-CN": "改用网线"} {
		w := wordsToOwner(auth.Person{Language: language})
		for access, instead := range map[quality.Access]bool{
			quality.WiFi: true, "": true, quality.Wired: false, quality.Cellular: false,
		} {
			advice := w.adviceFor(f, &quality.Leg{Access: access})
			if strings.Contains(advice, wifi) != instead {
				t.Errorf("%s, %q: %q", language, access, advice)
			}
		}
	}
}
