package dialout

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// keep puts the calls of a new batch that wait for their turn into the queue,
// and gives their ids.
func (x *Exchange) keep(ctx context.Context, b *batch) (ids []string, err error) {
	if x.cfg.Queue == nil {
		return nil, nil
	}
	var waiting []Order
	for _, c := range b.calls {
		if !c.over() {
			c.kept = true
			ids, waiting = append(ids, c.id), append(waiting, b.order(c, "", c.to.Numbers[0]))
		}
	}
	if err := x.cfg.Queue.Keep(ctx, waiting); err != nil {
		return nil, fmt.Errorf("keep the calls that wait: %w", err)
	}
	return ids, nil
}

// dropWithin bounds what is waited for the queue.
const dropWithin = 10 * time.Second

// drop takes calls from the queue that need not be told of after a restart.
func (x *Exchange) drop(ids ...string) {
	if len(ids) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), dropWithin)
	defer cancel()
	if err := x.cfg.Queue.Drop(ctx, ids...); err != nil {
		x.log.Error("calls stay in the queue, and would be told of as never placed", "calls", len(ids), "err", err)
	}
}

// leaves gives what drops a call from the queue whose turn has come, the first
// time it is called, from its attempt: as soon as it has a record of its own.
func (x *Exchange) leaves(c *call) func() {
	if !c.kept {
		return func() {}
	}
	c.kept = false
	return sync.OnceFunc(func() { x.attempts.Go(func() { x.drop(c.id) }) })
}

// ended drops the calls from the queue that are over without a turn, unless it
// is the server's stop that ended them: that is told of when it starts again.
func (x *Exchange) ended(calls []*call) {
	var ids []string
	for _, c := range calls {
		if c.kept && c.over() && c.last.Cause != ShuttingDown {
			c.kept = false
			ids = append(ids, c.id)
		}
	}
	if ids != nil {
		x.attempts.Go(func() { x.drop(ids...) })
	}
}
