package speaker

import (
	"testing"
	"time"

	"partyline/sfu/audio"
)

// scene plays levels to a board, one packet of each talker every 20 ms.
type scene struct {
	board *Board
	now   time.Time
}

func newScene(slots int) *scene {
	return &scene{board: NewBoard(slots), now: time.Unix(1000, 0)}
}

// play lets the talkers speak at their levels for d; those with level -1 send
// nothing.
func (s *scene) play(d time.Duration, talkers []*Talker, levels ...int) {
	for end := s.now.Add(d); s.now.Before(end); s.now = s.now.Add(20 * time.Millisecond) {
		for i, t := range talkers {
			if levels[i] >= 0 {
				s.board.Hear(t, audio.Level(levels[i]), false, s.now)
			}
		}
		s.board.Expire(nil, s.now)
	}
}

func talkers(n int) []*Talker {
	var list []*Talker
	for range n {
		list = append(list, NewTalker())
	}
	return list
}

func slots(list []*Talker) []int {
	var s []int
	for _, t := range list {
		s = append(s, t.Slot())
	}
	return s
}

const (
	loud   = 25
	normal = 35
	noise  = 80
	quiet  = 127
	absent = -1
)

func TestFewAreAlwaysHeard(t *testing.T) {
	s, all := newScene(3), talkers(3)
	s.play(20*time.Millisecond, all, quiet, noise, normal)
	for i, slot := range slots(all) {
		if slot < 0 {
			t.Errorf("talker %d of 3 has no slot", i)
		}
	}
	s.play(time.Minute, all, quiet, noise, normal)
	for i, slot := range slots(all) {
		if slot < 0 {
			t.Errorf("talker %d lost its slot", i)
		}
	}
}

func TestFirstVoicedPacketGetsAFreeSlot(t *testing.T) {
	s, all := newScene(2), talkers(4)
	s.play(2*time.Second, all, quiet, quiet, quiet, noise)
	if got := slots(all); got[0] >= 0 || got[1] >= 0 || got[2] >= 0 || got[3] >= 0 {
		t.Fatalf("silence has slots: %v", got)
	}
	slot, displaced := s.board.Hear(all[2], normal, false, s.now)
	if slot < 0 || displaced != nil {
		t.Errorf("first voiced packet: slot %d, displaced %v", slot, displaced)
	}
}

func TestTakeover(t *testing.T) {
	for _, tt := range []struct {
		name       string
		before     time.Duration // of two talkers alone
		challenger int
		for_       time.Duration
		taken      bool
	}{
		{"6 dB louder for long enough", time.Second, loud, 300 * time.Millisecond, true},
		{"louder but briefly", time.Second, loud, 60 * time.Millisecond, false},
		{"not loud enough", time.Second, normal - 4, 2 * time.Second, false},
		{"holders have just begun", 100 * time.Millisecond, loud, 200 * time.Millisecond, false},
		{"and have had their time", 100 * time.Millisecond, loud, 700 * time.Millisecond, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, all := newScene(2), talkers(3)
			s.play(20*time.Millisecond, all, quiet, quiet, quiet)
			s.play(tt.before, all, normal-2, normal, absent)
			s.play(tt.for_, all, normal-2, normal, tt.challenger)
			if got := all[2].Slot() >= 0; got != tt.taken {
				t.Errorf("taken: %v", got)
			}
			if tt.taken && all[0].Slot() < 0 {
				t.Error("the louder talker had to go")
			}
		})
	}
}

func TestSilentHolderGivesWayAtOnce(t *testing.T) {
	s, all := newScene(2), talkers(3)
	s.play(2*time.Second, all, normal, quiet, absent) // a slot for everybody
	if got := slots(all); got[0] < 0 || got[1] < 0 {
		t.Fatalf("slots %v", got)
	}
	slot, displaced := s.board.Hear(all[2], normal, false, s.now)
	if slot < 0 || displaced != all[1] {
		t.Errorf("slot %d, displaced %v", slot, displaced)
	}
}

func TestSlotsAreFreed(t *testing.T) {
	s, all := newScene(2), talkers(3)
	s.play(time.Second, all, normal, quiet, quiet)
	s.play(400*time.Millisecond, all, quiet, quiet, quiet)
	if all[0].Slot() < 0 {
		t.Error("freed within the hold")
	}
	s.play(200*time.Millisecond, all, quiet, quiet, quiet)
	if all[0].Slot() >= 0 {
		t.Error("not freed in silence")
	}
	s.play(time.Second, all, normal, quiet, quiet)
	s.play(140*time.Millisecond, all, absent, quiet, quiet)
	if all[0].Slot() >= 0 {
		t.Error("not freed when packets stopped")
	}
	s.play(time.Second, all, normal, quiet, quiet)
	if i := all[0].Slot(); i < 0 || s.board.Drop(all[0]) != i || all[0].Slot() != -1 || s.board.Holder(i) != nil {
		t.Error("not dropped")
	}
	s.play(3*time.Second, all, absent, absent, absent)
	if s.board.Busy() {
		t.Error("busy with nobody")
	}
}

func TestPauseIsNotTheEnd(t *testing.T) {
	s, all := newScene(3), talkers(2)
	s.play(time.Second, all, normal, normal)
	s.board.Hear(all[0], quiet, true, s.now)
	s.play(900*time.Millisecond, all, absent, normal)
	if all[0].Slot() < 0 {
		t.Error("freed in a DTX pause")
	}
	s.play(200*time.Millisecond, all, absent, normal)
	if all[0].Slot() >= 0 {
		t.Error("not freed though DTX frames stopped")
	}
}

func TestMeterTracksTheFloor(t *testing.T) {
	var m Meter
	now := time.Unix(1000, 0)
	hear := func(level audio.Level, d time.Duration) (voiced bool) {
		for end := now.Add(d); now.Before(end); now = now.Add(20 * time.Millisecond) {
			voiced = m.Observe(level, now)
		}
		return voiced
	}
	if !hear(normal, 20*time.Millisecond) {
		t.Error("a voice at once is a voice")
	}
	hear(quiet, time.Second)
	if hear(58, 20*time.Second) {
		t.Error("steady noise is still a voice after 20 s")
	}
	if !hear(normal, 20*time.Millisecond) {
		t.Error("a voice above the noise is none")
	}
	hear(quiet, time.Second)
	if !hear(31, time.Minute) {
		t.Error("a loud voice became the floor")
	}
}

func TestMeterSmooths(t *testing.T) {
	var m Meter
	now := time.Unix(1000, 0)
	for range 5 {
		m.Observe(27, now)
		now = now.Add(20 * time.Millisecond)
	}
	if l := m.Loudness(now); l < 95 {
		t.Errorf("after 100 ms of attack: %.1f", l)
	}
	for range 5 {
		m.Observe(127, now)
		now = now.Add(20 * time.Millisecond)
	}
	if l := m.Loudness(now); l < 60 || l > 75 {
		t.Errorf("after 100 ms of release: %.1f", l)
	}
	if l := m.Level(now.Add(2 * time.Second)); l < 125 {
		t.Errorf("without packets: level %d", l)
	}
}
