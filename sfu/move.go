package sfu

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// What Move may answer besides ErrRoomFull and ErrClosed; nothing has changed
// then.
var (
	// ErrNoParticipant means that nobody of that number is in the room.
	ErrNoParticipant = errors.New("participant is not in the room")
	// ErrTaken means that the number is somebody else's where they would go.
	ErrTaken = errors.New("participant number is taken")
)

// moveTimeout is how long a move waits for two rooms to stand still, which
// takes as long as what they are doing: microseconds.
const moveTimeout = 5 * time.Second

// Move takes a participant, browser or phone, out of one room and into another
// one, where it is known as the participant given: at the next frame it hears
// the other room and is heard there, by the same connections. Its mute and
// hold go along; whether it may be recorded does not, as it has not heard the
// other room's notice. The other room begins with it, if need be.
//
// When Move returns, the old room hears nothing more of it and it hears
// nothing more of the old room. From then on it is known by its new place
// alone: what is asked about the old one finds nobody. A leg that is being
// connected meanwhile comes along.
func (h *Hub) Move(from string, participant uint32, to string, as uint32) error {
	old, next := seat{from, participant}, seat{to, as}
	for {
		err := h.move(old, next)
		if errors.Is(err, errElsewhere) {
			continue // its call came, went or was put through just now
		}
		if err != nil {
			return fmt.Errorf("move participant %d of room %s to room %s: %w", participant, from, to, err)
		}
		return nil
	}
}

// errElsewhere means that a phone was not where it was found a moment ago.
var errElsewhere = errors.New("phone is elsewhere")

func (h *Hub) move(from, to seat) error {
	p, err := h.phoneOf(from)
	if err != nil {
		return err
	}
	if p != nil {
		defer p.stay()()
	}
	var refused error
	err = h.between(from.room, to.room, func(a, b *room) {
		if m := a.members[from.participant]; m != nil && m.phone != p {
			refused = errElsewhere
			return
		}
		refused = a.hand(from.participant, b, to.participant)
	})
	return errors.Join(err, refused)
}

// phoneOf finds a participant's phone, nil if it has none.
func (h *Hub) phoneOf(s seat) (phone, error) {
	ctx, cancel := context.WithTimeout(context.Background(), moveTimeout)
	defer cancel()
	var found phone
	err := h.ask(ctx, s.room, true, func(r *room) {
		if m := r.members[s.participant]; m != nil {
			found = m.phone
		}
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// between runs act while two rooms stand still, which may be the same one.
// Rooms that are asked for by several at once stand still for one after the
// other, in the same order everywhere, so that none waits for another's.
func (h *Hub) between(from, to string, act func(a, b *room)) error {
	still, release := make(chan struct{}, 2), make(chan struct{})
	defer close(release)
	stand := func() {
		still <- struct{}{}
		<-release
	}
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return ErrClosed
	}
	a, b := h.room(from), h.room(to)
	a.post(stand)
	waiting := 1
	if a != b {
		b.post(stand)
		waiting++
	}
	h.mu.Unlock()
	timeout := time.NewTimer(moveTimeout)
	defer timeout.Stop()
	for range waiting {
		select {
		case <-still:
		case <-timeout.C:
			return context.DeadlineExceeded
		}
	}
	act(a, b)
	return nil
}

// hand gives a participant to another room. Both stand still.
func (r *room) hand(participant uint32, to *room, as uint32) error {
	m := r.members[participant]
	if m == nil {
		if r.hub.redirect(seat{r.id, participant}, seat{to.id, as}) {
			return nil // its first leg is still on its way
		}
		return ErrNoParticipant
	}
	if r == to && participant == as {
		return nil
	}
	muted, err := to.vacate(as, r)
	if err != nil {
		return err
	}
	for _, l := range m.legs {
		r.measure(l, time.Now())
	}
	delete(r.members, participant)
	r.publish()
	old := m.source
	m.source = old.again(to.stage, as)
	old.setMuted(true)
	if muted {
		m.source.setMuted(true)
	}
	r.stage.release(m.legs)

	to.members[as] = m
	r.hub.redirect(seat{r.id, participant}, seat{to.id, as})
	for _, l := range m.legs {
		l.seat.Store(&seat{to.id, as})
		l.up.source.Store(m.source)
	}
	if m.phone != nil {
		to.mixture().add(m.phone, m.source)
		m.phone.moved(&place{room: to, source: m.source, phone: m.phone})
	}
	to.publish()
	r.endMix()
	return nil
}

// vacate makes a place for somebody who comes from another room: of whoever
// had it no more than the memory may be left, which is taken away. It tells
// whether that one was muted.
func (r *room) vacate(participant uint32, from *room) (muted bool, err error) {
	m := r.members[participant]
	switch {
	case m == nil && r != from && len(r.members) >= r.hub.cfg.MaxParticipants:
		return false, ErrRoomFull
	case m == nil:
		return false, nil
	case m.phone != nil || len(m.legs) > 0:
		return false, ErrTaken
	}
	muted = m.source.muted.Load()
	m.source.setMuted(true)
	delete(r.members, participant)
	return muted, nil
}

// redirect sends legs that are not yet in a room to another seat, and tells
// whether there are any.
func (h *Hub) redirect(from, to seat) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	found := false
	for l := range h.coming {
		if *l.seat.Load() == from {
			l.seat.Store(&to)
			found = true
		}
	}
	return found
}
