package signaling

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"partyline/metrics/quality"
	"partyline/signaling/wire"
)

// Health knows how everything fares, and keeps what people think of it. Its
// methods may be called from any goroutine.
type Health interface {
	// Present is how everything fares at this moment.
	Present(ctx context.Context) wire.Present
	// Rate keeps what somebody thought of the sound of their stay, in place of
	// what they said of it before.
	Rate(ctx context.Context, visit string, stars int, reasons []string) error
}

// AskHealth has somebody know how everything fares. It is called before anybody
// is connected; without it nobody can watch or rate.
func (s *Server) AskHealth(h Health) { s.health = h }

// TellFare tells the owner of a leg how it fares.
func (s *Server) TellFare(at quality.Key, fare wire.Fare) {
	fare.Leg = at.Leg
	s.tellOwner(at, &fare)
}

// TellHint tells a participant what others may hear of their microphone.
func (s *Server) TellHint(at quality.Key, hint wire.Hint) { s.tellOwner(at, &hint) }

func (s *Server) tellOwner(at quality.Key, message wire.Message) {
	r := s.room(at.Room)
	if r == nil {
		return
	}
	r.mail.put(func() {
		if m, ok := r.members[at.Participant]; ok {
			m.out.event(wire.Marshal(message))
		}
	})
}

// rate keeps what somebody thought of the last meeting of their session.
func (c *conversation) rate(ctx context.Context, m *wire.Rating) (wire.Message, error) {
	visit := c.session.stayed()
	switch {
	case c.server.health == nil:
		return nil, errNoHealth
	case visit == "":
		return nil, errNotJoined
	}
	return &wire.Done{Re: m.ID}, c.server.health.Rate(ctx, visit, m.Stars, m.Reasons)
}

// watch begins or ends to show an admin how everything fares.
func (c *conversation) watch(ctx context.Context, m *wire.Watch) (wire.Message, error) {
	switch {
	case !c.session.identity.Admin:
		return nil, ErrNotAllowed
	case c.server.health == nil:
		return nil, errNoHealth
	case !m.Now:
		c.server.watchers.drop(c.session)
		return &wire.Done{Re: m.ID}, nil
	}
	c.session.send(wire.Marshal(&wire.Done{Re: m.ID}))
	c.session.send(wire.Marshal(&wire.Now{Now: c.server.health.Present(ctx)}))
	if ctx := c.server.watchers.add(c.session); ctx != nil {
		c.server.work.Go(func() { c.server.show(ctx) })
	}
	if c.session.ended() { // just then, and has dropped out already
		c.server.watchers.drop(c.session)
	}
	return nil, nil
}

// showEvery is how old the picture of those who watch may become.
const showEvery = 2 * time.Second

// show tells all who watch how everything fares, until nobody does.
func (s *Server) show(ctx context.Context) {
	ticker := time.NewTicker(showEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		within, cancel := context.WithTimeout(ctx, askWithin)
		body := wire.Marshal(&wire.Now{Now: s.health.Present(within)})
		cancel()
		for _, session := range s.watchers.all() {
			session.send(body)
		}
	}
}

// watchers are the sessions that are shown how everything fares.
type watchers struct {
	mu       sync.Mutex // guards what follows
	sessions map[*session]bool
	cancel   context.CancelFunc // nil: nobody watches
}

// add has a session watch. For the first one it returns until when there is
// somebody to show things to; else nil.
func (w *watchers) add(s *session) context.Context {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.sessions == nil {
		w.sessions = make(map[*session]bool)
	}
	w.sessions[s] = true
	if w.cancel != nil {
		return nil
	}
	var ctx context.Context
	ctx, w.cancel = context.WithCancel(context.Background())
	return ctx
}

// drop has a session watch no more.
func (w *watchers) drop(s *session) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.sessions, s)
	if len(w.sessions) == 0 && w.cancel != nil {
		w.cancel()
		w.cancel = nil
	}
}

func (w *watchers) all() []*session {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Collect(maps.Keys(w.sessions))
}
