package store

import (
	"testing"
	"time"
)

func TestTimes(t *testing.T) {
	var all times
	if all.quantile(0.95) != 0 {
		t.Error("nothing took some time")
	}
	for n := range 100 {
		all[bucket(time.Duration(n+1)*10*time.Millisecond)]++
	}
	for share, want := range map[float64]time.Duration{0.05: 50 * time.Millisecond, 0.5: 500 * time.Millisecond, 0.95: 950 * time.Millisecond, 1: time.Second} {
		if got := all.quantile(share).Round(time.Millisecond); got != want {
			t.Errorf("%v of them took up to %v, want %v", share, got, want)
		}
	}
	long := times{len(timeLimits): 1}
	if got := long.quantile(1); got != 10*time.Second {
		t.Errorf("what took longest took %v", got)
	}
	for d, want := range map[time.Duration]int{0: 0, 100 * time.Millisecond: 0, 101 * time.Millisecond: 1, 10 * time.Second: 10, time.Minute: 11} {
		if got := bucket(d); got != want {
			t.Errorf("%v is in the bucket %d, want %d", d, got, want)
		}
	}
}
