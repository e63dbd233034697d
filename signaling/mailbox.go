package signaling

import (
	"context"
	"sync"
	"sync/atomic"
)

// mailbox is how the world talks to a room: functions that the room's
// goroutine runs in the order in which they came. Putting never blocks, so
// that the audio plane can report from its own goroutines. It is bounded by
// those who put: a client waits for each request, the audio plane throttles.
type mailbox struct {
	wake chan struct{} // holds one token while functions wait

	mu  sync.Mutex // guards fns and end
	fns []func()
	end bool
}

func newMailbox() *mailbox { return &mailbox{wake: make(chan struct{}, 1)} }

// put leaves a function for the owner. It reports false when the owner is gone.
func (m *mailbox) put(fn func()) bool {
	m.mu.Lock()
	end := m.end
	if !end {
		m.fns = append(m.fns, fn)
	}
	m.mu.Unlock()
	if end {
		return false
	}
	select {
	case m.wake <- struct{}{}:
	default:
	}
	return true
}

// take gives all that waits to the owner.
func (m *mailbox) take() []func() {
	m.mu.Lock()
	defer m.mu.Unlock()
	fns := m.fns
	m.fns = nil
	return fns
}

// close refuses what comes from now on and drops what waits.
func (m *mailbox) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.end, m.fns = true, nil
}

// answer is what a room gave to ask.
type answer[T any] struct {
	value T
	err   error
}

// ask runs fn in the room's goroutine and waits for what it returns. When it
// returns an error of its own (the context's, or errRoomGone) fn was not and
// will not be run.
func ask[T any](ctx context.Context, r *room, fn func() (T, error)) (T, error) {
	const running, abandoned = 1, 2
	var state atomic.Int32
	result := make(chan answer[T], 1)
	var zero T
	ok := r.mail.put(func() {
		if !state.CompareAndSwap(0, running) {
			return
		}
		value, err := fn()
		result <- answer[T]{value, err}
	})
	if !ok {
		return zero, errRoomGone
	}
	var failed error
	select {
	case a := <-result:
		return a.value, a.err
	case <-ctx.Done():
		failed = ctx.Err()
	case <-r.gone:
		failed = errRoomGone
	}
	if state.CompareAndSwap(0, abandoned) {
		return zero, failed
	}
	a := <-result // it is running, or has just run
	return a.value, a.err
}
