package reception

import (
	"testing"
	"time"
)

var start = time.Unix(1_700_000_000, 0)

// feed receives packets of 20 ms, each late by the milliseconds that late
// tells; a negative one is lost.
func feed(s *Statistics, from uint16, late ...int) {
	for i, l := range late {
		if l >= 0 {
			seq := from + uint16(i)
			s.Receive(seq, uint32(i)*960, start.Add(time.Duration(i*20+l)*time.Millisecond))
		}
	}
}

func TestInterval(t *testing.T) {
	const lost = -1
	for _, tt := range []struct {
		name           string
		late           []int
		expected, lost uint32
		burst          float64
	}{
		{"all there", []int{0, 0, 0, 0}, 4, 0, 0},
		{"one lost", []int{0, lost, 0, 0}, 4, 1, 1},
		{"bursts", []int{0, lost, lost, lost, 0, lost, 0}, 7, 4, 2},
		{"across the wrap", append(make([]int, 9), lost, 0), 11, 1, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var s Statistics
			feed(&s, 65530, tt.late...)
			i, ok := s.Interval(start)
			if !ok || i.Expected != tt.expected || i.Lost != tt.lost || i.Burst != tt.burst || i.TotalLost != tt.lost {
				t.Errorf("%+v", i)
			}
			if again, _ := s.Interval(start); again.Expected != 0 || again.Lost != 0 || again.TotalLost != tt.lost {
				t.Errorf("the next interval: %+v", again)
			}
		})
	}
}

func TestDuplicatesAndRestarts(t *testing.T) {
	var s Statistics
	if _, ok := s.Interval(start); ok {
		t.Error("an interval of nothing")
	}
	feed(&s, 10, 0, 0, 0)
	feed(&s, 10, 0, 0, 0)
	if i, _ := s.Interval(start); i.Lost != 0 || i.Expected != 3 {
		t.Errorf("duplicates: %+v", i)
	}
	feed(&s, 40000, 0, 0)
	if i, _ := s.Interval(start); i.Lost != 0 || i.Expected != 2 || i.TotalLost != 0 {
		t.Errorf("restart: %+v", i)
	}
}

func TestJitter(t *testing.T) {
	var s Statistics
	var late []int
	for i := range 200 {
		late = append(late, i%2*10) // 10 ms more, 10 ms less
	}
	feed(&s, 0, late...)
	i, _ := s.Interval(start)
	if i.Jitter < 9*time.Millisecond || i.Jitter > 11*time.Millisecond {
		t.Errorf("jitter %s", i.Jitter)
	}
	var steady Statistics
	feed(&steady, 0, make([]int, 200)...)
	if i, _ := steady.Interval(start); i.Jitter > time.Millisecond {
		t.Errorf("without jitter: %s", i.Jitter)
	}
}

func TestSenderReport(t *testing.T) {
	var s Statistics
	feed(&s, 0, 0)
	s.SenderReport(0x1122334455667788, start)
	i, _ := s.Interval(start.Add(3 * time.Second))
	if i.SenderReport != 0x33445566 || i.Delay != 3*time.Second {
		t.Errorf("%x after %s", i.SenderReport, i.Delay)
	}
}
