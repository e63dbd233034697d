package sfu

import (
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestTheBeatSurvivesAPanic: the room goes on ticking and can be asked for
// things, and the log tells once.
func TestTheBeatSurvivesAPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		ticks := 0
		b := newBeat(slog.New(slog.NewTextHandler(&log, nil)), new(phoneCounts), func(time.Time) {
			if ticks++; ticks < 4 {
				panic("a broken line")
			}
		}, func() bool { return false })
		go b.run()
		time.Sleep(time.Second)
		if !b.do(func() { panic("a broken act") }) {
			t.Error("the beat has ended")
		}
		b.close()
		if ticks < 49 {
			t.Errorf("%d ticks in a second", ticks)
		}
		if said := log.String(); strings.Count(said, "panic") == 0 || strings.Count(said, "level=ERROR") != 1 || !strings.Contains(said, "a broken line") {
			t.Errorf("the log says %s", said)
		}
	})
}
