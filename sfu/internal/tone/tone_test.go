package tone

import (
	"math"
	"testing"

	"partyline/sfu/audio"
)

func TestATuneIsAsLongAndLoudAsItsNotes(t *testing.T) {
	frames := Tune(Note{Hz: 1000, Begin: 0.1, Length: 0.3, Level: -20})
	if len(frames) != 20 {
		t.Fatalf("%d frames, want 20", len(frames))
	}
	for i, f := range frames {
		switch level := f.Level(); {
		case i < 5 && level != audio.Silence:
			t.Errorf("frame %d before the note is at -%d dBov", i, level)
		case i >= 6 && i < 19 && level != 20:
			t.Errorf("frame %d is at -%d dBov, want -20", i, level)
		}
	}
}

// TestNothingClicks looks for steps that no sine of that loudness has.
func TestNothingClicks(t *testing.T) {
	notes := []Note{{Hz: 500, Length: 0.2, Level: -20, Overtone: 0.3, Struck: true}, {Hz: 700, Begin: 0.05, Length: 0.13, Level: -20}}
	var last int16
	for _, f := range append(Tune(notes...), audio.Frame{}) {
		for _, s := range f {
			if step := math.Abs(float64(s) - float64(last)); step > 4600*2*math.Pi*(500+700+0.6*500)/audio.Rate {
				t.Fatalf("a step of %.0f", step)
			}
			last = s
		}
	}
}
