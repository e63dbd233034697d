package resolve

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

const (
	// shortestKept and longestKept bound a time to live: none may have us ask
	// for each call, nor keep us from noticing a move for a day.
	shortestKept = 5 * time.Second
	longestKept  = 6 * time.Hour
	// serves is how long after its time an answer still serves where no new one
	// can be had.
	serves = 24 * time.Hour
	// retried is how long a failure is kept while an old answer serves.
	retried = 5 * time.Second
	// mostKept bounds the cache; what is asked for comes from the configuration
	// and from the DNS itself.
	mostKept = 4096
	// askTime bounds one look-up, whoever waits for it.
	askTime = 4 * time.Second
)

// cache keeps answers. Who asks for the same at once waits for one look-up.
type cache[K comparable, V any] struct {
	look  func(ctx context.Context, key K) (answer V, lasts time.Duration, err error)
	group singleflight.Group

	mu   sync.Mutex // guards what follows
	kept map[K]kept[V]
}

// kept is an answer and how long it is good.
type kept[V any] struct {
	answer       V
	until, stale time.Time
}

func newCache[K comparable, V any](look func(context.Context, K) (V, time.Duration, error)) *cache[K, V] {
	return &cache[K, V]{look: look, kept: make(map[K]kept[V])}
}

// get gives an answer, kept or looked up.
func (c *cache[K, V]) get(ctx context.Context, key K) (V, error) {
	now := time.Now()
	c.mu.Lock()
	known, ok := c.kept[key]
	c.mu.Unlock()
	if ok && now.Before(known.until) {
		return known.answer, nil
	}
	result := c.group.DoChan(fmt.Sprint(key), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askTime)
		defer cancel()
		return c.renew(ctx, key)
	})
	select {
	case r := <-result:
		answer, _ := r.Val.(V)
		return answer, r.Err
	case <-ctx.Done():
		if ok && now.Before(known.stale) {
			return known.answer, nil
		}
		var none V
		return none, ctx.Err()
	}
}

// renew looks an answer up and keeps it. Where that fails, the last one serves.
func (c *cache[K, V]) renew(ctx context.Context, key K) (V, error) {
	answer, lasts, err := c.look(ctx, key)
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		known, ok := c.kept[key]
		if !ok || now.After(known.stale) {
			return answer, err
		}
		known.until = now.Add(retried)
		c.kept[key] = known
		return known.answer, nil
	}
	lasts = min(max(lasts, shortestKept), longestKept)
	if len(c.kept) >= mostKept {
		c.tidy(now)
	}
	c.kept[key] = kept[V]{answer, now.Add(lasts), now.Add(lasts + serves)}
	return answer, nil
}

// tidy forgets what is out of date, and everything where that is not enough;
// c.mu is held.
func (c *cache[K, V]) tidy(now time.Time) {
	for key, k := range c.kept {
		if now.After(k.until) {
			delete(c.kept, key)
		}
	}
	if len(c.kept) >= mostKept {
		clear(c.kept)
	}
}
