package quality

import (
	"math"
	"testing"
	"time"
)

func TestReported(t *testing.T) {
	var r Reported
	now, sent := noon, Sent{}
	report := func(highest, lost uint32, fraction uint8) bool {
		return r.Report(Block{Source: 7, Highest: highest, Lost: lost, Fraction: fraction, Jitter: 4 * time.Millisecond}, now)
	}
	take := func() (Stream, bool) {
		now = now.Add(5 * time.Second)
		sent.Packets, sent.Octets = sent.Packets+250, sent.Octets+40000
		return r.Take(now, 5*time.Second, sent)
	}
	if s, missing := take(); !missing || s.Packets != 0 || s.Bitrate != 64000 || s.Level != Unknown {
		t.Errorf("before any report: %+v, missing %v", s, missing)
	}
	report(1<<16|1000, 0, 0)
	take()
	if !report(1<<16|1250, 13, 13) { // 13/256 is 5.1 %, 13 of 250 are 5.2 %
		t.Error("a report of 250 packets says nothing")
	}
	if s, missing := take(); missing || s.Packets != 250 || math.Abs(s.Loss-0.052) > 1e-9 || s.Jitter != 4*time.Millisecond {
		t.Errorf("%+v, missing %v", s, missing)
	}
	if s, missing := take(); missing || s.Packets != 250 || math.Abs(s.Loss-0.052) > 1e-9 {
		t.Errorf("where no report was due: %+v, missing %v", s, missing)
	}
	if report(1<<16|1251, 13, 0) {
		t.Error("a report of one packet says something")
	}
	report(1<<16|1500, 1<<23, 26) // a counter that jumps
	if s, _ := take(); math.Abs(s.Loss-26.0/256) > 1e-9 {
		t.Errorf("%+v", s)
	}
	take()
	take()
	if s, missing := take(); !missing || s.Packets != 0 {
		t.Errorf("a receiver that fell silent: %+v, missing %v", s, missing)
	}
}

func TestRoundTrip(t *testing.T) {
	const second = 1 << 16
	for _, c := range []struct {
		arrival, sent, delay uint32
		want                 time.Duration
		ok                   bool
	}{
		{10 * second, 9 * second, second / 2, 500 * time.Millisecond, true},
		{second / 4, math.MaxUint32 - second/4 + 1, 0, 500 * time.Millisecond, true}, // wraps
		{10 * second, 0, 0, 0, false},                                                // it has had none of ours
		{10 * second, 9 * second, 2 * second, 0, false},
		{1000 * second, 9 * second, 0, 0, false}, // a quarter of an hour
	} {
		if got, ok := RoundTrip(c.arrival, c.sent, c.delay); ok != c.ok || ok && got != c.want {
			t.Errorf("%+v: %v, %v", c, got, ok)
		}
	}
}

func FuzzReported(f *testing.F) {
	f.Add(uint32(1), uint32(100), uint32(3), byte(5))
	f.Add(uint32(1), uint32(0), uint32(math.MaxUint32), byte(255))
	f.Fuzz(func(t *testing.T, source, highest, lost uint32, fraction byte) {
		var r Reported
		for range 3 {
			r.Report(Block{Source: source, Highest: highest, Lost: lost, Fraction: fraction}, noon)
			highest, lost = highest+lost, lost*3
		}
		if s, _ := r.Take(noon, time.Second, Sent{}); !(s.Loss >= 0 && s.Loss <= 1+2.0/256) {
			t.Errorf("%+v", s)
		}
	})
}
