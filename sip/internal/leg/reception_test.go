package leg

import (
	"math"
	"testing"
	"time"
)

func TestReceptionCounts(t *testing.T) {
	cases := []struct {
		name      string
		sequences []uint16
		lost      int64
	}{
		{"in order over the wrap", []uint16{65533, 65534, 65535, 0, 1}, 0},
		{"two lost", []uint16{1, 2, 5}, 2},
		{"reordered", []uint16{10, 12, 11, 13}, 0},
		{"late at the very start", []uint16{10, 9, 11}, 0},
		{"twice", []uint16{1, 2, 2, 3}, -1},
		{"lost over the wrap", []uint16{65534, 2}, 3},
	}
	for _, c := range cases {
		var r reception
		for i, s := range c.sequences {
			r.packet(1, s, uint32(i)*160, 8000, time.Unix(0, int64(i)*20e6))
		}
		if got := r.lost(); got != c.lost {
			t.Errorf("%s: %d lost, want %d", c.name, got, c.lost)
		}
	}
}

// TestJitter alternates arrival by ±5 ms, whose mean difference is 10 ms.
func TestJitter(t *testing.T) {
	for _, clock := range []int{8000, 48000} {
		var r reception
		start := time.Now()
		for i := range 500 {
			at := start.Add(time.Duration(i) * 20 * time.Millisecond)
			if i%2 == 1 {
				at = at.Add(10 * time.Millisecond)
			}
			r.packet(1, uint16(i), math.MaxUint32-1000+uint32(i*clock/50), clock, at)
		}
		if j := r.jitterTime(); j < 9*time.Millisecond || j > 11*time.Millisecond {
			t.Errorf("jitter at %d Hz: %v, want 10ms", clock, j)
		}
	}
}

func TestAnotherSSRCKeepsTheSums(t *testing.T) {
	var r reception
	now := time.Now()
	r.packet(1, 1, 0, 8000, now)
	r.packet(1, 3, 0, 8000, now)
	r.packet(2, 7000, 0, 8000, now)
	if lost, received := r.before.lost+r.lost(), r.before.received+uint64(r.received); lost != 1 || received != 3 {
		t.Errorf("lost %d, received %d", lost, received)
	}
}

// TestSequenceBeginsAnew has a peer count anew without another SSRC: that is no
// loss, nor is a single packet from nowhere.
func TestSequenceBeginsAnew(t *testing.T) {
	for name, c := range map[string]struct {
		sequences []uint16
		lost      int64
		received  uint64
	}{
		"far ahead":         {[]uint16{100, 101, 30000, 30001, 30002}, 0, 5},
		"far back":          {[]uint16{40000, 40001, 7, 8, 9}, 0, 5},
		"one from nowhere":  {[]uint16{100, 101, 30000, 102, 103}, 0, 4},
		"a gap of a second": {[]uint16{100, 101, 152, 153}, 50, 4},
	} {
		var r reception
		now := time.Now()
		for i, s := range c.sequences {
			r.packet(1, s, uint32(i)*160, 8000, now.Add(time.Duration(i)*20*time.Millisecond))
		}
		lost, received := r.before.lost+r.lost(), r.before.received+uint64(r.received)
		if lost != c.lost || received != c.received {
			t.Errorf("%s: %d received and %d lost, want %d and %d", name, received, lost, c.received, c.lost)
		}
	}
}
