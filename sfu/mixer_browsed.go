package sfu

import (
	"sync"
	"time"
)

// remembered is how many ticks a browser without a slot keeps its decoder: 1 s.
const remembered = 50

// browsed is a browser as the phones of its room hear it.
type browsed struct {
	mu     sync.Mutex // guards what follows
	intake *opusIntake
	tapped bool // holds a slot
	away   int  // ticks since it had one
	gate   gate
	voice  utterance
}

func (b *browsed) tap(v voice) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tapped, b.away = true, 0
	b.intake.take(v.stream, v.seq, v.ts, v.level > quietLevel, v.payload, v.arrival)
}

func (b *browsed) untap() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tapped = false
}

// say makes the browser an input of the tick while it holds a slot and there
// is more than noise.
func (b *browsed) say(now time.Time) *utterance {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.tapped {
		b.away++
	}
	if !b.tapped && !b.voice.on {
		b.voice.in = false
		return nil
	}
	level, _ := b.intake.pull(now)
	b.voice.say(b.gate.open(level) && b.tapped, b.intake.frame)
	if !b.voice.in {
		return nil
	}
	return &b.voice
}

// gone tells that the browser may be forgotten.
func (b *browsed) gone() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.away > remembered
}
