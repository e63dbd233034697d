// Package guess slows down whoever guesses passwords, codes and links: each
// wrong try of one source, account or meeting makes the next one wait longer.
// Time is a parameter.
package guess

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"
)

// Policy says how much guessing is borne.
type Policy struct {
	Free   int           // wrong tries without any wait
	First  time.Duration // wait after the first one too many; it doubles each time
	Max    time.Duration // longest wait
	Forget time.Duration // after so long without a wrong try everything is forgiven
	Keys   int           // keys remembered at most; 0: 65,536
}

// Limiter counts wrong tries per key. It may be used from any goroutine.
type Limiter struct {
	policy Policy

	mu      sync.Mutex // guards counts
	counts  map[string]count
	sweepAt int // size at which counts is next swept
}

type count struct {
	wrong int
	last  time.Time // of the last wrong try
	until time.Time // no try before
}

const (
	defaultKeys = 1 << 16
	firstSweep  = 1 << 10
)

// New makes a limiter for the policy.
func New(p Policy) *Limiter {
	if p.Keys == 0 {
		p.Keys = defaultKeys
	}
	return &Limiter{policy: p, counts: map[string]count{}, sweepAt: firstSweep}
}

// ErrTooMany is in the chain of every [Locked].
var ErrTooMany = errors.New("too many wrong tries")

// Locked is returned while a key has to wait. It names no key.
type Locked struct {
	Wait time.Duration
}

// Error tells how long to wait.
func (l *Locked) Error() string {
	return fmt.Sprintf("%v: wait %v", ErrTooMany, l.Wait.Round(time.Second))
}

// Unwrap makes a Locked an ErrTooMany.
func (*Locked) Unwrap() error { return ErrTooMany }

// Try asks whether one try for all the keys may be made now, and counts it as
// wrong in advance, so that tries made at the same moment cannot slip through
// together. Whoever turns out to be right is given the try back by Right. If
// one key has to wait, nothing is counted and the error is a *Locked.
func (l *Limiter) Try(now time.Time, keys ...string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var wait time.Duration
	for _, k := range keys {
		wait = max(wait, l.counts[k].until.Sub(now))
	}
	if wait > 0 {
		return &Locked{Wait: wait}
	}
	for _, k := range keys {
		l.counts[k] = l.policy.after(l.counts[k], now)
	}
	l.sweep(now)
	return nil
}

// Right takes one try back for each key. It does not forgive earlier ones:
// whoever owns one right answer could otherwise wash away the wrong ones.
func (l *Limiter) Right(keys ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, k := range keys {
		c, ok := l.counts[k]
		if !ok {
			continue
		}
		c.wrong--
		c.until = time.Time{}
		if c.wrong <= 0 {
			delete(l.counts, k)
			continue
		}
		l.counts[k] = c
	}
}

// after is the count when one more wrong try has been made.
func (p Policy) after(c count, now time.Time) count {
	if now.Sub(c.last) >= p.Forget {
		c = count{}
	}
	c.wrong++
	c.last = now
	if over := c.wrong - p.Free; over > 0 {
		c.until = now.Add(p.wait(over))
	}
	return c
}

// wait is First doubled for each try over the free ones, up to Max.
func (p Policy) wait(over int) time.Duration {
	w := p.First
	for i := 1; i < over && w < p.Max; i++ {
		w *= 2
	}
	return min(w, p.Max)
}

// sweep keeps the memory bounded. It drops what is forgiven, and when that is
// not enough the keys of the fewest tries, which an attacker who fills the
// table with fresh addresses makes most of.
func (l *Limiter) sweep(now time.Time) {
	if len(l.counts) < l.sweepAt {
		return
	}
	for k, c := range l.counts {
		if now.Sub(c.last) >= l.policy.Forget {
			delete(l.counts, k)
		}
	}
	for wrong := 1; len(l.counts) > l.policy.Keys; wrong++ {
		for k, c := range l.counts {
			if c.wrong <= wrong {
				delete(l.counts, k)
			}
			if len(l.counts) <= l.policy.Keys*3/4 {
				break
			}
		}
	}
	l.sweepAt = min(max(firstSweep, 2*len(l.counts)), l.policy.Keys+1)
}

// Source is the key of a network address: the address itself for IPv4, its
// /64 for IPv6, where one customer has that many. Anything else is its own key.
func Source(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		if ap, err := netip.ParseAddrPort(address); err == nil {
			a = ap.Addr()
		} else {
			return address
		}
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	p, err := a.Prefix(64)
	if err != nil {
		return a.String()
	}
	return p.String()
}
