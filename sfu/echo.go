package sfu

import (
	"slices"
	"time"

	"partyline/metrics/quality"
	"partyline/sfu/internal/speaker"
)

// nearbyInterval is how often it is looked who sits in one room.
const nearbyInterval = 5 * time.Second

// nearby finds microphones that hear the same, by what the stage ranks anyway.
// The stage's goroutine owns it.
type nearby struct {
	ears   quality.Ears
	tell   func([]quality.Together)
	beatAt time.Time
	lookAt time.Time
	levels []quality.Level // scratch
	told   []quality.Together
}

// listen takes the levels of everybody who sends, when it is time.
func (n *nearby) listen(turns map[*speaker.Talker]*turn, now time.Time) {
	n.beatAt = now
	n.levels = n.levels[:0]
	for _, t := range turns {
		n.levels = append(n.levels, quality.Level{Participant: t.source.participant, Level: -float64(t.Level(now))})
	}
	n.ears.Listen(n.levels)
	if now.Sub(n.lookAt) < nearbyInterval {
		return
	}
	n.lookAt = now
	pairs := n.ears.Together()
	slices.SortFunc(pairs, func(a, b quality.Together) int {
		if a.A != b.A {
			return int(a.A) - int(b.A)
		}
		return int(a.B) - int(b.B)
	})
	same := func(a, b quality.Together) bool { return a.A == b.A && a.B == b.B }
	if !slices.EqualFunc(pairs, n.told, same) {
		n.told = pairs
		n.tell(slices.Clone(pairs))
	}
}

// end takes back what was told.
func (n *nearby) end() {
	if len(n.told) > 0 {
		n.tell(nil)
	}
}
