package sfu

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
)

// What a Hub may answer instead of doing as asked.
var (
	// ErrBadOffer is an SDP offer that cannot be answered; it wraps why.
	ErrBadOffer = errors.New("offer cannot be answered")
	// ErrNoAudio is an offer without an audio section that Opus fits in. It
	// is an ErrBadOffer as well.
	ErrNoAudio = fmt.Errorf("%w: no usable audio", ErrBadOffer)
	// ErrRoomFull means that MaxParticipants are in the room.
	ErrRoomFull = errors.New("room is full")
	// ErrClosed means that the hub, the room or the participant went away.
	ErrClosed = errors.New("closed")
)

// Hub is the audio plane: all rooms of this node. Its methods may be called
// from any goroutine.
type Hub struct {
	cfg      Config
	prompts  Prompts
	observer Observer
	blind    atomic.Bool // nothing is measured: for benchmarks of what measuring costs
	log      *slog.Logger
	traffic  *traffic
	network  *network
	exchange *exchange

	mu     sync.Mutex // guards rooms, coming and closed
	rooms  map[string]*room
	coming map[*leg]struct{} // not yet in a room
	closed bool

	// work counts the goroutines of rooms and of connections on their way
	// down; Close waits for them.
	work sync.WaitGroup

	legs atomic.Uint32 // how many there have been: a leg's order
}

// New opens the sockets and starts an empty audio plane. It fails when the
// configuration is wrong or a port is in use.
func New(cfg Config, voice Prompts, obs Observer, log *slog.Logger) (*Hub, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("sfu configuration: %w", err)
	}
	counts := new(traffic)
	net, err := listen(cfg, counts, log)
	if err != nil {
		return nil, err
	}
	h := &Hub{
		cfg: cfg, prompts: voice, observer: obs, log: log,
		traffic: counts, network: net, exchange: newExchange(voice, log),
		rooms: make(map[string]*room), coming: make(map[*leg]struct{}),
	}
	return h, nil
}

// Close ends every room and closes the sockets. It waits until all is quiet.
func (h *Hub) Close() error {
	h.mu.Lock()
	h.closed = true
	for _, r := range h.rooms {
		r.post(r.end)
	}
	h.mu.Unlock()
	h.work.Wait()
	h.exchange.close()
	return h.network.close()
}

// SetMuted decides whether others hear the participant, browser or phone. It
// holds for every later leg until the participant is removed.
func (h *Hub) SetMuted(roomID string, participant uint32, muted bool) {
	h.tell(roomID, true, func(r *room) {
		if m, err := r.member(participant); err == nil {
			m.source.setMuted(muted)
		}
	})
}

// Remove ends every leg of the participant, takes its phone out of the room
// and forgets it.
func (h *Hub) Remove(roomID string, participant uint32) {
	h.tell(roomID, false, func(r *room) { r.expel(participant) })
}

// CloseRoom ends everything in the room.
func (h *Hub) CloseRoom(roomID string) {
	h.tell(roomID, false, func(r *room) { r.end() })
}

// tell has the room's goroutine run act, and does not wait for it. It creates
// the room if asked to, and tells whether there is one.
func (h *Hub) tell(id string, create bool, act func(*room)) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.rooms[id] == nil && (!create || h.closed) {
		return false
	}
	r := h.room(id)
	r.post(func() { act(r) })
	return true
}

// room finds or begins a room. The mutex is held.
func (h *Hub) room(id string) *room {
	r := h.rooms[id]
	if r == nil {
		r = newRoom(h, id)
		h.rooms[id] = r
	}
	return r
}

// ask is tell that waits until act has run. When the context ends first act
// may still run later.
func (h *Hub) ask(ctx context.Context, id string, create bool, act func(*room)) error {
	done := make(chan struct{})
	if !h.tell(id, create, func(r *room) { act(r); close(done) }) {
		return ErrClosed
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("room %s: %w", id, ctx.Err())
	}
}

// isClosed tells whether Close was called.
func (h *Hub) isClosed() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.closed
}

// retire takes an empty room off the list, unless somebody has just asked
// something of it.
func (h *Hub) retire(r *room) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if r.pending() {
		return false
	}
	delete(h.rooms, r.id)
	return true
}
