package digest

import (
	"sync"
	"time"
)

// maxNonces bounds the memory of one turn: whoever gets here knew a password.
const maxNonces = 20_000

// window is how far behind the highest count another may come: requests may
// overtake each other.
const window = 64

// counts remembers which counts of which nonces were used. A nonce outlives one
// turn at most, so that what was not used for two is forgotten.
type counts struct {
	mu             *sync.Mutex // guards what follows
	recent, before map[string]*tally
	turned         time.Time // when before was recent
}

// tally is what was used of one nonce.
type tally struct {
	highest uint64
	below   uint64 // bit i: highest-i was used
}

func newCounts() counts { return counts{mu: new(sync.Mutex), recent: make(map[string]*tally)} }

// take uses a count of a nonce. Without qop the count is zero, and the nonce is
// good for a single request.
func (c *counts) take(nonce string, count uint64, now time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.find(nonce, now)
	if t == nil {
		c.recent[nonce] = &tally{highest: count, below: 1}
		return nil
	}
	switch {
	case count > t.highest:
		t.below = t.below<<min(count-t.highest, window) | 1
		t.highest = count
		return nil
	case t.highest-count >= window || t.below&(1<<(t.highest-count)) != 0:
		return ErrReplayed
	}
	t.below |= 1 << (t.highest - count)
	return nil
}

// find gives what was used of a nonce, nil if nothing was. Where there are too
// many nonces, the turn comes early: one that is forgotten could be used again,
// but only by somebody who heard its owner use it. c.mu is held.
func (c *counts) find(nonce string, now time.Time) *tally {
	if len(c.recent) >= maxNonces || now.Sub(c.turned) > lifetime {
		c.recent, c.before, c.turned = make(map[string]*tally), c.recent, now
	}
	t := c.recent[nonce]
	if t == nil && c.before[nonce] != nil {
		t = c.before[nonce]
		c.recent[nonce] = t
	}
	return t
}
