package quality

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// course makes samples of 5 s, one for each letter: g as good as can be, l 5 %
// and L 20 % of what is said lost, r a long round trip, m muted, b bursts in
// what is heard.
func course(letters string) []Sample {
	samples := make([]Sample, len(letters))
	for i, letter := range letters {
		s := Sample{
			At: noon.Add(time.Duration(i+1) * 5 * time.Second), Span: 5 * time.Second, RoundTrip: 40 * ms,
			Said:  Stream{Packets: 250, Level: -30, Talking: 0.5, Jitter: 2 * ms},
			Heard: Stream{Packets: 250, Level: Unknown, Jitter: 3 * ms},
		}
		switch letter {
		case 'l':
			s.Said.Loss, s.Said.Burst, s.Said.Gap = 0.05, 1, 1
		case 'L':
			s.Said.Loss, s.Said.Burst, s.Said.Gap = 0.2, 2, 5
		case 'r':
			s.RoundTrip = 400 * ms
		case 'm':
			s.Said, s.Marks = Stream{Level: Unknown}, Muted
		case 'b':
			s.Heard.Loss, s.Heard.Burst = 0.09, 4
		}
		samples[i] = s
	}
	return samples
}

func TestSummarize(t *testing.T) {
	s := Summarize(course("ggLlrmgb"), CodecOf("PCMA"))
	got := Summary{
		Samples: s.Samples, Unclassified: s.Unclassified, Good: s.Good, Degraded: s.Degraded, Poor: s.Poor,
		PoorBecause: s.PoorBecause, DegradedBecause: s.DegradedBecause, Worst: s.Worst, Marks: s.Marks,
	}
	const five = 5 * time.Second
	want := Summary{
		Samples: 8, Unclassified: five, Good: 3 * five, Degraded: 2 * five, Poor: 2 * five,
		PoorBecause:     Causes{Loss: five, MOS: 2 * five},
		DegradedBecause: Causes{Loss: five, RoundTrip: five},
		Worst:           Worst{From: noon.Add(2 * five), To: noon.Add(5 * five), Class: Poor, Weight: 4 * five},
		Marks:           Muted,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if s.Said.Packets != 7*250 || s.Said.Lost != 50+13 || s.Said.Gap != 5 || !near(s.Said.Loss(), 63./1750, 1e-9) {
		t.Errorf("%+v", s.Said)
	}
	if r := s.RoundTrip; !near(r.Value, (7*0.040+0.400)/8, 1e-9) || r.Most != 0.4 || r.Least != 0.04 || r.Over != 8*five {
		t.Errorf("round trip %+v", r)
	}
	if n := s.Said.Narrow; n.Over != 7*five || !near(n.Most, 4.41, 0.005) || n.Least > 3.1 || s.Said.Wide.Over != 0 {
		t.Errorf("MOS %+v", n)
	}
	if s.Said.Level.Over != 7*five || s.Heard.Level.Over != 0 {
		t.Errorf("levels of %s and %s", s.Said.Level.Over, s.Heard.Level.Over)
	}
}

func TestClassOfALeg(t *testing.T) {
	for letters, want := range map[string]struct {
		class   Class
		because Because
	}{
		"":                     {Unclassified, 0},
		"g":                    {Unclassified, 0}, // too short
		"gg":                   {Good, 0},
		"mmmmmmmm":             {Unclassified, 0},
		"mmmmmmgg":             {Good, 0},
		"ggggggggggggggggggrg": {Good, 0},
		"gggggggggr":           {Degraded, BecauseRoundTrip},
		"llll":                 {Degraded, BecauseLoss},
		"LLLg":                 {Poor, BecauseLoss | BecauseMOS},
		"Lgggggg":              {Degraded, BecauseLoss | BecauseMOS},
		"bbbg":                 {Poor, BecauseMOS},
	} {
		s := Summarize(course(letters), CodecOf("PCMA"))
		if class, because := s.Class(); class != want.class || because != want.because {
			t.Errorf("%q: %v because of %05b, want %v because of %05b", letters, class, because, want.class, want.because)
		}
	}
}

// A pause between samples ends a bad time.
func TestWorstAcrossAPause(t *testing.T) {
	samples := course("LLLLL")
	for i := 2; i < 5; i++ {
		samples[i].At = samples[i].At.Add(time.Hour)
	}
	s := Summarize(samples, CodecOf("PCMA"))
	if w := s.Worst; !w.From.Equal(noon.Add(time.Hour+10*time.Second)) || w.To.Sub(w.From) != 15*time.Second || w.Weight != 30*time.Second {
		t.Errorf("%+v", w)
	}
}

// Two scales are never put into one average, whatever a leg changes to.
func TestSummaryKeepsScalesApart(t *testing.T) {
	var s summing
	for i, sample := range course("gggg") {
		s.add(&sample, sample.Score(CodecOf([]string{"PCMA", "opus"}[i%2])))
	}
	if s.Said.Narrow.Over != 10*time.Second || s.Said.Wide.Over != 10*time.Second || s.Said.Narrow.Value == s.Said.Wide.Value {
		t.Errorf("%+v", s.Said)
	}
}

func TestMean(t *testing.T) {
	var all, first, second Mean
	for i, v := range []float64{3, 9, 1, 4} {
		over := time.Duration(i+1) * time.Second
		all.Add(v, over)
		if i < 2 {
			first.Add(v, over)
		} else {
			second.Add(v, over)
		}
	}
	first.Merge(second)
	first.Merge(Mean{})
	for _, m := range []Mean{all, first} {
		if !near(m.Value, 4, 1e-9) || m.Least != 1 || m.Most != 9 || m.Over != 10*time.Second {
			t.Errorf("%+v", m)
		}
	}
}
