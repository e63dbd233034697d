package sfu

import (
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"partyline/sfu/audio"
)

// catchUp is how many ticks a beat makes up for at once before it starts over
// from the clock.
const catchUp = 3

// beat is a goroutine that ticks every 20 ms and, between ticks, does what it
// is asked to. It keeps time by measuring how late it is, not by sleeping: a
// tick that comes late is made up for, up to catchUp of them; past that, time
// is given up and counted. A panic ends what was being done and no more: a room's
// fault is not the others', and the next tick may go well.
type beat struct {
	log    *slog.Logger
	tick   func(now time.Time) // now is the tick's due time
	idle   func() bool         // nothing to tick for: the next act wakes it
	counts *phoneCounts

	acts  chan func()
	quit  chan struct{}
	ended chan struct{}
	once  sync.Once

	faulty bool // has panicked, and the log says so
	behind bool // time was given up before this tick
}

func newBeat(log *slog.Logger, counts *phoneCounts, tick func(time.Time), idle func() bool) *beat {
	return &beat{
		log: log, tick: tick, idle: idle, counts: counts,
		acts: make(chan func()), quit: make(chan struct{}), ended: make(chan struct{}),
	}
}

// do has the beat's goroutine run act and waits for it. It reports false when
// the beat has ended.
func (b *beat) do(act func()) bool {
	done := make(chan struct{})
	select {
	case b.acts <- func() { defer close(done); act() }:
		<-done
		return true
	case <-b.ended:
		return false
	}
}

// close ends the beat and waits for it.
func (b *beat) close() {
	b.once.Do(func() { close(b.quit) })
	<-b.ended
}

func (b *beat) run() {
	defer close(b.ended)
	due := time.Now().Add(audio.FrameDuration)
	timer := time.NewTimer(audio.FrameDuration)
	defer timer.Stop()
	asleep := false
	for {
		select {
		case act := <-b.acts:
			b.guarded(act)
			if asleep && !b.idle() {
				asleep = false
				due = time.Now().Add(audio.FrameDuration)
				timer.Reset(audio.FrameDuration)
			}
		case <-timer.C:
			if asleep = b.idle(); asleep {
				continue
			}
			due = b.keepTime(due)
			timer.Reset(time.Until(due))
		case <-b.quit:
			return
		}
	}
}

// keepTime ticks for all that is due and tells when the next tick is.
func (b *beat) keepTime(due time.Time) time.Time {
	for n := 0; ; n++ {
		late := time.Since(due)
		if late < 0 {
			return due
		}
		if n > catchUp {
			b.counts.resets.Add(1)
			b.behind = true
			return time.Now().Add(audio.FrameDuration)
		}
		if n > 0 {
			b.counts.late.Add(1)
		}
		b.guarded(func() { b.tick(due) })
		b.behind = false
		due = due.Add(audio.FrameDuration)
	}
}

// guarded does something and survives its panic. Only the first is logged: the
// next would be one every 20 ms.
func (b *beat) guarded(do func()) {
	defer func() {
		if cause := recover(); cause != nil && !b.faulty {
			b.faulty = true
			b.log.Error("the mix of phones panicked", "panic", cause, "stack", string(debug.Stack()))
		}
	}()
	do()
}
