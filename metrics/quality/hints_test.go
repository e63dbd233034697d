package quality

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// talk is somebody's level over beats: syllables, words and pauses, and now
// and then nobody's turn.
func talk(r *rand.Rand, beats int, turn func(beat int) bool) []float64 {
	levels := make([]float64, beats)
	level := -60.0
	for i := range levels {
		target := -70 + 3*r.NormFloat64()
		if turn(i) && r.Float64() < 0.75 {
			target = -26 + 6*r.NormFloat64()
		}
		level += 0.7 * (target - level)
		levels[i] = level
	}
	return levels
}

// nearby is what another microphone in the same room makes of it.
func nearby(r *rand.Rand, levels []float64, softer float64, later int) []float64 {
	heard := make([]float64, len(levels))
	for i := range heard {
		heard[i] = -68
		if i >= later {
			heard[i] = max(levels[i-later]-softer, -68)
		}
		heard[i] += 2 * r.NormFloat64()
	}
	return heard
}

func listen(tracks ...[]float64) []Together {
	var e Ears
	for i := range tracks[0] {
		var beat []Level
		for who, track := range tracks {
			if !math.IsNaN(track[i]) {
				beat = append(beat, Level{uint32(who + 1), track[i]})
			}
		}
		e.Listen(beat)
	}
	return e.Together()
}

// Two laptops in one room are found; people who take turns, or talk at once in
// different rooms, are not.
func TestSameRoom(t *testing.T) {
	const beats, rooms = 200, 200
	wrong, missed := 0, 0
	for seed := range uint64(rooms) {
		r := rand.New(rand.NewPCG(seed, 6))
		always := func(int) bool { return true }
		a := talk(r, beats, always)
		if got := listen(a, nearby(r, a, 6+12*r.Float64(), r.IntN(3))); len(got) != 1 {
			missed++
		}
		first := func(beat int) bool { return beat/40%2 == 0 }
		second := func(beat int) bool { return beat/40%2 == 1 }
		wrong += len(listen(talk(r, beats, first), talk(r, beats, second)))
		wrong += len(listen(talk(r, beats, always), talk(r, beats, always)))
	}
	if wrong > 0 || missed > rooms/20 {
		t.Errorf("of %d rooms %d missed, and %d found that are none", rooms, missed, wrong)
	}
}

// Who is muted, or gone, is forgotten.
func TestEarsForget(t *testing.T) {
	var e Ears
	for who := range uint32(1000) {
		e.Listen([]Level{{Participant: who, Level: -30}})
	}
	if n := len(e.tracks); n > memory+1 {
		t.Errorf("%d tracks are kept", n)
	}
}

func TestAdvise(t *testing.T) {
	at := func(said Stream, marks Marks) []Sample {
		said.Packets = 250
		s := Sample{Span: 5 * time.Second, Said: said, Marks: marks}
		return []Sample{s, s}
	}
	speech := Stream{Level: -28, Swing: 12, Talking: 0.6}
	for _, c := range []struct {
		name    string
		samples []Sample
		want    Hint
	}{
		{"speech", at(speech, 0), ""},
		{"quiet listener", at(Stream{Level: -74, Swing: 1}, 0), ""},
		{"digital silence", at(Stream{Level: -127}, 0), HintSilent},
		{"digital silence while muted", at(Stream{Level: -127}, Muted), ""},
		{"nobody measured the level", at(Stream{Level: Unknown}, 0), ""},
		{"a fan", at(Stream{Level: -40, Swing: 1}, 0), HintNoise},
		{"a long vowel", at(Stream{Level: -30, Swing: 2, Talking: 0.9}, 0), ""},
		{"too loud", at(Stream{Level: -4, Swing: 8, Talking: 0.8, Clipped: 0.05}, 0), HintLoud},
		{"one sample alone", at(Stream{Level: -127}, 0)[:1], ""},
	} {
		if got := Advise(c.samples); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
