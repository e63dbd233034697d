package dialog

import (
	"sync"
	"time"
)

// memory remembers keys for at least its span and at most twice as long, and no
// more of them than its limit for each span. It is safe for concurrent use.
type memory[K comparable] struct {
	span  time.Duration
	limit int

	mu     sync.Mutex // guards what follows
	turned time.Time
	now    map[K]struct{}
	before map[K]struct{}
}

func newMemory[K comparable](span time.Duration, limit int) *memory[K] {
	return &memory[K]{span: span, limit: limit}
}

// note remembers a key.
func (m *memory[K]) note(key K, at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.turn(at)
	if len(m.now) < m.limit {
		m.now[key] = struct{}{}
	}
}

// knows tells whether a key was noted not long ago.
func (m *memory[K]) knows(key K, at time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.turn(at)
	_, now := m.now[key]
	_, before := m.before[key]
	return now || before
}

// turn forgets what is too old; m.mu is held.
func (m *memory[K]) turn(at time.Time) {
	switch age := at.Sub(m.turned); {
	case m.now == nil || age > 2*m.span:
		m.now, m.before = make(map[K]struct{}), nil
	case age > m.span:
		m.now, m.before = make(map[K]struct{}), m.now
	default:
		return
	}
	m.turned = at
}
