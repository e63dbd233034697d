package signaling

import (
	"sync"
	"time"

	"partyline/sfu/audio"
	"partyline/signaling/meeting"
	"partyline/signaling/wire"
)

const (
	// returnWithin is how long a caller who is gone keeps name, hand and role.
	returnWithin = 10 * time.Minute
	// maxTraces bounds what is remembered; the oldest is forgotten first.
	maxTraces = 10_000
)

// trace is what is remembered of a caller whose seat ended.
type trace struct {
	key     Key
	meeting string
	born    time.Time // of the room, in which alone a made-up name means something
	at      time.Time
	dropped bool
	who     Entrant // with the role at the end

	name               string
	unnamed            int
	handAt             time.Time
	muted, mutedByHost bool
	spoken             []audio.Frame
}

// memory has the callers who may come back. Its methods may be called from
// any goroutine.
type memory struct {
	mu     sync.Mutex // guards what follows
	traces map[Key]*trace
	oldest []*trace // in the order in which they came, forgotten ones included
}

func newMemory() *memory { return &memory{traces: make(map[Key]*trace)} }

// keep remembers a caller.
func (m *memory) keep(t *trace) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.traces[t.key] = t
	m.oldest = append(m.oldest, t)
	gone := 0
	for _, old := range m.oldest {
		stale := t.at.Sub(old.at) > returnWithin || len(m.oldest)-gone > maxTraces
		if !stale && m.traces[old.key] == old {
			break
		}
		if m.traces[old.key] == old {
			delete(m.traces, old.key)
		}
		gone++
	}
	m.oldest = m.oldest[gone:]
}

// forget takes a caller out.
func (m *memory) forget(key Key) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.traces, key)
}

// of is what is remembered of a caller, or nil.
func (m *memory) of(key Key, now time.Time) *trace {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.traces[key]
	if key == "" || t == nil || now.Sub(t.at) > returnWithin {
		return nil
	}
	return t
}

// Return is a meeting that a caller was in a short while ago.
type Return struct {
	Meeting string
	Who     Entrant // as whom; with it one enters as before
	Dropped bool    // the network ended the call
	Ago     time.Duration
}

// Returning tells where a caller was whose seat ended no more than ten minutes
// ago, unless a host removed them or the meeting ended.
func (s *Server) Returning(key Key) (Return, bool) {
	now := time.Now()
	t := s.memory.of(key, now)
	if t == nil {
		return Return{}, false
	}
	return Return{Meeting: t.meeting, Who: t.who, Dropped: t.dropped, Ago: now.Sub(t.at)}, true
}

// remember keeps a caller whose seat ends, or forgets one who may not return.
func (r *room) remember(m *member, why wire.LeftReason) {
	if m.kind != meeting.Phone || m.who.Key == "" {
		return
	}
	if why != wire.LeftByThemselves && why != wire.LeftDropped {
		r.memory.forget(m.who.Key)
		return
	}
	who := m.who
	who.Role = m.role
	r.memory.keep(&trace{
		key: who.Key, meeting: r.meeting.ID, born: r.family.main.born, at: time.Now(),
		dropped: why == wire.LeftDropped, who: who,
		name: m.name, unnamed: m.unnamed, handAt: m.handAt, muted: m.muted, mutedByHost: m.mutedByHost, spoken: m.spoken,
	})
}

// recall gives a caller who comes back what they had. The role is not among
// it: that comes with what Returning told, or with a code.
func (r *room) recall(m *member) {
	t := r.memory.of(m.who.Key, time.Now())
	if m.kind != meeting.Phone || t == nil || t.meeting != r.meeting.ID {
		return
	}
	r.memory.forget(t.key)
	if m.who.Name == "" && (t.unnamed == 0 || t.born.Equal(r.family.main.born)) {
		m.name, m.unnamed = t.name, t.unnamed
	}
	if m.spoken == nil {
		m.spoken = t.spoken
	}
	m.handAt, m.muted, m.mutedByHost = t.handAt, m.muted || t.muted, t.mutedByHost
}
