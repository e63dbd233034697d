package sip

import (
	"math"
	"testing"
	"time"

	"partyline/metrics/quality"
	"partyline/sfu/audio"
)

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

// TestKeysAreNoHoles: while a key is down there is no sound that could be lost.
func TestKeysAreNoHoles(t *testing.T) {
	for _, c := range []struct {
		concealed   float64
		keyed, span time.Duration
		want        float64
	}{
		{0.1, 500 * time.Millisecond, 5 * time.Second, 0},
		{0.2, 500 * time.Millisecond, 5 * time.Second, 0.1},
		{0.01, time.Second, 5 * time.Second, 0},
		{0.1, time.Second, 0, 0.1},
	} {
		if got := besideKeys(c.concealed, c.keyed, c.span); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%v of %v, %v of it keys: %v, want %v", c.concealed, c.span, c.keyed, got, c.want)
		}
	}
}

// TestACallIsLookedAtEverySecond has a phone talk in a meeting: long before its
// first five seconds are over it is known how it is.
func TestACallIsLookedAtEverySecond(t *testing.T) {
	h := open(t, nil)
	p := joined(t, h)
	defer p.hangUp()
	for i := range 3 {
		select {
		case g := <-h.observer.glances:
			if i == 0 {
				continue // keys were pressed until a moment ago
			}
			if s := g.sample; g.at != (quality.Key{Room: "room1", Participant: 7}) || s.Said.Packets < 10 || s.Said.Buffer != 40*time.Millisecond ||
				s.Said.Concealed != 0.01 || !s.Marks.Has(quality.Muted) || s.Span <= 0 || s.Check(time.Now()) != "" {
				t.Errorf("%+v", g)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("nobody looked")
		}
	}
}
