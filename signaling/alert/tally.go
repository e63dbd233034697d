package alert

import (
	"sync"
	"time"
)

// Tally counts what happened within the last time, to a twelfth of it. Its zero
// value cannot be used; its methods may be called from any goroutine.
type Tally struct {
	slot time.Duration

	mu     sync.Mutex // guards what follows
	counts [12]int
	newest int64 // number of the newest slot since 1970
}

// NewTally counts over a span.
func NewTally(span time.Duration) *Tally {
	t := &Tally{}
	t.slot = span / time.Duration(len(t.counts))
	return t
}

// Add counts n that happened now.
func (t *Tally) Add(now time.Time, n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts[t.turn(now)] += n
}

// Sum is how many there were.
func (t *Tally) Sum(now time.Time) (sum int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.turn(now)
	for _, n := range t.counts {
		sum += n
	}
	return sum
}

// turn forgets what is too old, and gives the place of now.
func (t *Tally) turn(now time.Time) int {
	slot := max(now.UnixNano()/int64(t.slot), t.newest) // the clock may be set back
	size := int64(len(t.counts))
	for t.newest = max(t.newest, slot-size); t.newest < slot; {
		t.newest++
		t.counts[t.newest%size] = 0
	}
	return int(slot % size)
}
