package quality

import (
	"testing"
	"time"
)

func TestWindow(t *testing.T) {
	classes := map[rune]Class{'-': Unclassified, 'g': Good, 'd': Degraded, 'p': Poor}
	for seconds, want := range map[string]Class{
		"":           Unclassified,
		"-----":      Unclassified,
		"g":          Good,
		"dd":         Good,
		"ddd":        Degraded,
		"gdgdg":      Good,
		"dgdgd":      Degraded,
		"dgddg":      Degraded,
		"dpd":        Degraded,
		"pgpgp":      Poor,
		"ppd":        Degraded,
		"pppggg":     Good,
		"pppgg":      Poor,
		"g-----":     Unclassified,
		"ppppp-----": Unclassified,
	} {
		var w Window
		for i, c := range seconds {
			w.Add(Sample{At: at(50*i, 0), Span: time.Second}, Score{Class: classes[c]})
		}
		if got, _ := w.Class(); got != want {
			t.Errorf("%q: %v, want %v", seconds, got, want)
		}
	}
}

func TestWindowOfLongSamples(t *testing.T) {
	var w Window
	w.Add(Sample{At: noon, Span: 5 * time.Second}, Score{Class: Degraded, Because: BecauseLoss})
	if got, because := w.Class(); got != Degraded || because != BecauseLoss {
		t.Errorf("%v because of %b", got, because)
	}
	w.Add(Sample{At: noon, Span: 5 * time.Second}, Score{Class: Poor})
	if got, _ := w.Class(); got != Degraded {
		t.Errorf("the same sample again: %v", got)
	}
	w.Add(Sample{At: noon.Add(5 * time.Second), Span: 5 * time.Second}, Score{Class: Good})
	if got, because := w.Class(); got != Good || because != 0 {
		t.Errorf("%v because of %b", got, because)
	}
}

// Seconds without a sample are no good ones.
func TestWindowAcrossAPause(t *testing.T) {
	var w Window
	for i := range 5 {
		w.Add(Sample{At: noon.Add(time.Duration(i) * time.Second), Span: time.Second}, Score{Class: Poor})
	}
	w.Add(Sample{At: noon.Add(7 * time.Second), Span: time.Second}, Score{Class: Good})
	if got, _ := w.Class(); got != Good {
		t.Errorf("%v: two bad seconds are left", got)
	}
	w.Add(Sample{At: noon.Add(time.Hour), Span: time.Second}, Score{Class: Unclassified})
	if got, _ := w.Class(); got != Unclassified {
		t.Errorf("%v after an hour", got)
	}
}
