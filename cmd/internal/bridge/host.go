package bridge

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"partyline/signaling/wire"
)

// rosterTimeout bounds every wait for a roster.
const rosterTimeout = time.Minute

// Host is the first admin in a meeting of theirs, without sound. They see who
// is there, and may do what hosts do.
type Host struct {
	*Session
	Roster
}

// Roster is who is in the meeting. Its methods may be called from any
// goroutine.
type Roster struct {
	mu        sync.Mutex // guards what follows
	there     map[uint32]wire.Participant
	recording wire.RecordingState
	changed   chan struct{} // gets one when anything changed
}

// Host seats the first admin in a meeting, muted.
func (s *Server) Host(ctx context.Context, meeting string) (*Host, error) {
	ticket, err := s.Ticket(ctx, meeting)
	if err != nil {
		return nil, err
	}
	h := &Host{Roster: Roster{there: make(map[uint32]wire.Participant), changed: make(chan struct{}, 1)}}
	if h.Session, err = s.Connect(ctx, ticket, h.see); err != nil {
		return nil, err
	}
	joined, err := h.Join(ctx, meeting, true)
	if err != nil {
		h.Close()
		return nil, err
	}
	for _, p := range joined.Roster {
		h.see(&wire.ParticipantJoined{Participant: p})
	}
	return h, nil
}

// see follows an event. A notice is as good as read.
func (h *Host) see(m wire.Message) {
	h.Roster.see(m)
	if n, ok := m.(*wire.Notice); ok {
		// What is asked for next tells if it failed.
		_ = h.tell(func(id uint32) wire.Message { return &wire.Act{ID: id, Action: wire.Heard, Value: n.Notice} })
	}
}

func (r *Roster) see(m wire.Message) {
	r.mu.Lock()
	switch m := m.(type) {
	case *wire.ParticipantJoined:
		r.there[m.Participant.Participant] = m.Participant
	case *wire.ParticipantChanged:
		r.there[m.Participant.Participant] = m.Participant
	case *wire.ParticipantLeft:
		delete(r.there, m.Participant)
	case *wire.RecordingChanged:
		r.recording = m.State
	}
	r.mu.Unlock()
	select {
	case r.changed <- struct{}{}:
	default:
	}
}

// Everybody is who is there, by their numbers.
func (r *Roster) Everybody() []wire.Participant {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]wire.Participant, 0, len(r.there))
	for _, p := range r.there {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b wire.Participant) int { return int(a.Participant) - int(b.Participant) })
	return all
}

// Count counts those for whom is holds.
func (r *Roster) Count(is func(wire.Participant) bool) (n int) {
	for _, p := range r.Everybody() {
		if is(p) {
			n++
		}
	}
	return n
}

// Recording is how far a recording is.
func (r *Roster) Recording() wire.RecordingState {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.recording
}

// WaitFor waits until the roster is as wanted.
func (h *Host) WaitFor(ctx context.Context, what string, is func(*Roster) bool) error {
	timeout := time.NewTimer(rosterTimeout)
	defer timeout.Stop()
	for !is(&h.Roster) {
		select {
		case <-h.changed:
		case <-h.Done():
			return fmt.Errorf("waiting for %s: the connection ended", what)
		case <-timeout.C:
			return fmt.Errorf("waited in vain for %s; there are %+v", what, h.Everybody())
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", what, ctx.Err())
		}
	}
	return nil
}
