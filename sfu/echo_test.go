package sfu

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"partyline/metrics/quality"
	"partyline/sfu/audio"
)

// Two browsers in one room whose microphones both hear Ann are pointed out once,
// and not Bob, who talks elsewhere; when one is muted it is taken back.
func TestSameRoomIsToldOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told [][]quality.Together
		s := newStage(3, new(traffic), func([]Speaker) {}, func(pairs []quality.Together) { told = append(told, pairs) })
		r := rand.New(rand.NewPCG(3, 4))
		ann, near, bob := &source{participant: 1, stage: s}, &source{participant: 2, stage: s}, &source{participant: 3, stage: s}
		level := 60.0
		for frame := range 1000 {
			if frame%10 == 0 {
				if level = 70; r.Float64() < 0.6 {
					level = 25 + 6*r.NormFloat64()
				}
			}
			elsewhere := 70.0
			if frame/40%3 == 0 {
				elsewhere = 30 + 8*r.NormFloat64()
			}
			for _, one := range []struct {
				from  *source
				level float64
			}{{ann, level}, {near, min(level+9, 68)}, {bob, elsewhere}} {
				one.from.feed(voice{seq: uint16(frame), ts: uint32(frame) * 960, level: audio.Level(max(one.level, 0)), arrival: time.Now(), payload: speech(1)})
			}
			time.Sleep(20 * time.Millisecond)
			synctest.Wait()
		}
		if len(told) != 1 || len(told[0]) != 1 || told[0][0].A != 1 || told[0][0].B != 2 {
			t.Errorf("told %v, want Ann and whoever is next to her, once", told)
		}
		s.close()
		if len(told) != 2 || len(told[1]) != 0 {
			t.Errorf("told %v, want it to be taken back at the end", told)
		}
	})
}
