package store

import (
	"slices"
	"strconv"
	"time"
)

// timeLimits are the upper ends of buckets; the last bucket has none. They are
// never changed, since what is stored was counted by them.
var timeLimits = [...]time.Duration{
	100 * time.Millisecond, 200 * time.Millisecond, 300 * time.Millisecond, 500 * time.Millisecond, 750 * time.Millisecond,
	time.Second, 1500 * time.Millisecond, 2 * time.Second, 3 * time.Second, 5 * time.Second, 10 * time.Second,
}

// times counts how long many of the same took.
type times [len(timeLimits) + 1]int64

// bucket is the one that a duration is counted in.
func bucket(d time.Duration) int {
	n, _ := slices.BinarySearch(timeLimits[:], d)
	return n
}

// timeColumns are the columns of a roll-up that hold times.
func timeColumns() []string {
	columns := make([]string, len(times{}))
	for i := range columns {
		columns[i] = "b" + strconv.Itoa(i)
	}
	return columns
}

// quantile is what a share of them, 0 to 1, took at most: within a bucket it is
// interpolated to the millisecond, and in the last one it is that one's
// beginning. It is 0 of nothing.
func (t *times) quantile(share float64) time.Duration {
	var count int64
	for _, n := range t {
		count += n
	}
	rank := share * float64(count)
	if rank <= 0 {
		return 0
	}
	var below time.Duration
	for i, limit := range timeLimits {
		if n := float64(t[i]); n >= rank {
			return (below + time.Duration(float64(limit-below)*rank/n)).Round(time.Millisecond)
		}
		rank -= float64(t[i])
		below = limit
	}
	return below
}
