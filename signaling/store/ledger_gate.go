package store

import (
	"context"
	"database/sql"
	"sync"
	"time"
)

// gate lets the writes that many calls want at the same moment share one
// transaction, since each costs the disk a wait: whoever comes while one is
// being written waits, and the first who waited writes for all.
type gate struct {
	mu      sync.Mutex
	waiting []*entry // guarded by mu, and busy too
	busy    bool     // somebody writes
}

// entry is one write. Its fn may be run twice: it must not keep anything of the
// first time, and tells of refusals by what it closes over, not as an error.
type entry struct {
	ctx  context.Context
	fn   func(context.Context, *sql.Tx) error
	turn chan struct{} // closed when this one is to write for all
	done chan error    // what became of it, once
}

// Limits of what is written at once.
const (
	mostTogether = 128
	writeWithin  = 20 * time.Second
)

// together runs fn in a write transaction that it may share with others. What
// has begun is finished even when the context ends meanwhile, so that nobody
// leaves without knowing whether the money is held.
func (s *Store) together(ctx context.Context, fn func(context.Context, *sql.Tx) error) error {
	e := &entry{ctx: ctx, fn: fn, turn: make(chan struct{}), done: make(chan error, 1)}
	if !s.gate.enter(e) {
		select {
		case err := <-e.done:
			return err
		case <-e.turn:
		}
	}
	s.writeTogether(s.gate.take())
	s.gate.pass()
	return <-e.done
}

// enter queues an entry and tells whether it is to write at once.
func (g *gate) enter(e *entry) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = append(g.waiting, e)
	first := !g.busy
	g.busy = true
	return first
}

// take gives those who have waited longest, the caller's first among them.
func (g *gate) take() []*entry {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := min(len(g.waiting), mostTogether)
	batch := g.waiting[:n:n]
	g.waiting = g.waiting[n:]
	return batch
}

// pass makes the next one write.
func (g *gate) pass() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) == 0 {
		g.busy = false
		return
	}
	close(g.waiting[0].turn)
}

// writeTogether writes the entries in one transaction, or, where that fails,
// each in its own, so that one does not take the others with it.
func (s *Store) writeTogether(batch []*entry) {
	live := batch[:0:0]
	for _, e := range batch {
		if err := e.ctx.Err(); err != nil {
			e.done <- err
			continue
		}
		live = append(live, e)
	}
	if len(live) == 0 {
		return
	}
	err := s.writeAll(live)
	for _, e := range live {
		if err != nil && len(live) > 1 {
			e.done <- s.writeAll([]*entry{e})
			continue
		}
		e.done <- err
	}
}

func (s *Store) writeAll(batch []*entry) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(batch[0].ctx), writeWithin)
	defer cancel()
	return s.changeMoney(ctx, func(tx *sql.Tx) error {
		for _, e := range batch {
			if err := e.fn(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// changeMoney runs fn in one write transaction while nobody else changes money,
// on this node or another.
func (s *Store) changeMoney(ctx context.Context, fn func(*sql.Tx) error) error {
	return s.change(ctx, func(tx *sql.Tx) error {
		if s.dialect.lockLedger != "" {
			if _, err := tx.ExecContext(ctx, s.dialect.lockLedger); err != nil {
				return err
			}
		}
		return fn(tx)
	})
}
