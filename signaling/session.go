package signaling

import (
	"context"
	"sync"
	"time"

	"partyline/signaling/wire"
)

// keptEvents is how many events a session can be sent again.
const keptEvents = 1024

// session is one browser tab as the server knows it. It outlives its socket by
// Config.KeepSeat, gathering events.
type session struct {
	id       string // a secret: whoever has it may resume
	identity Identity
	keep     time.Duration
	forget   func() // takes it out of the server's list
	turn     chan struct{}
	reports  reports // of the browser's connection

	mu     sync.Mutex  // guards what follows
	seq    uint64      // of the last event
	recent []wire.Body // the last events, recent[len-1] being number seq
	socket *socket     // nil while broken
	chair  *chair      // nil while in no room
	expiry *time.Timer
	over   bool
	visit  string // of the last seat, also when it is gone; empty: there was none
}

func newSession(id string, identity Identity, keep time.Duration) *session {
	return &session{id: id, identity: identity, keep: keep, turn: make(chan struct{}, 1), reports: newReports()}
}

// takeTurn lets one request at a time through, even when an old socket and the
// one that replaces it both have one.
func (s *session) takeTurn(ctx context.Context) error {
	select {
	case s.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *session) endTurn() { <-s.turn }

// send gives the client a message. Events are numbered and kept; others go to
// the socket that is there, or nowhere.
func (s *session) send(body wire.Body) { s.sendFrom(nil, body) }

// sendFrom is send for what comes from a room: whatever a room still has to
// say to a chair that was given up is left out.
func (s *session) sendFrom(from *chair, body wire.Body) {
	m := outgoing{body: body}
	s.mu.Lock()
	if s.over || from != nil && s.chair != from {
		s.mu.Unlock()
		return
	}
	if wire.Sequenced(body.Kind()) {
		s.seq++
		m.seq = s.seq
		if len(s.recent) >= 2*keptEvents {
			s.recent = append(make([]wire.Body, 0, 2*keptEvents), s.recent[len(s.recent)-keptEvents:]...)
		}
		s.recent = append(s.recent, body)
	}
	socket, inTime := s.socket, true
	if socket != nil {
		inTime = socket.push(m)
	}
	s.mu.Unlock()
	if socket == nil {
		return
	}
	if !inTime {
		socket.close(closeTryAgain, whySlow)
	}
	socket.stir()
}

// attach gives the session a socket, with the events after the given one to
// begin with. It returns errSessionGone when they are not all there any more.
// The socket that the new one replaces is closed.
func (s *session) attach(socket *socket, after uint64, resumed bool, version string) error {
	s.mu.Lock()
	missed := s.seq - after
	if s.over || after > s.seq || missed > min(keptEvents, uint64(len(s.recent))) {
		s.mu.Unlock()
		return errSessionGone
	}
	if s.expiry != nil {
		s.expiry.Stop()
		s.expiry = nil
	}
	welcome := wire.Welcome{Protocol: wire.Version, Server: version, Session: s.id, Resumed: resumed, Seq: s.seq}
	queue := []outgoing{{body: wire.Marshal(&welcome)}}
	for i, body := range s.recent[uint64(len(s.recent))-missed:] {
		queue = append(queue, outgoing{body, after + uint64(i) + 1})
	}
	old := s.socket
	s.socket = socket
	socket.preload(queue)
	s.mu.Unlock()
	socket.stir()
	if old != nil {
		old.close(closeReplace, whyReplaced)
	}
	s.looked()
	return nil
}

// detach takes the socket away, unless it was replaced. One that said goodbye
// ends the session.
func (s *session) detach(socket *socket, goodbye bool) {
	s.mu.Lock()
	if s.socket != socket || s.over {
		s.mu.Unlock()
		return
	}
	s.socket = nil
	if !goodbye {
		s.expiry = time.AfterFunc(s.keep, func() { s.end(wire.LeftDropped, true) })
	}
	s.mu.Unlock()
	if goodbye {
		s.end(wire.LeftByThemselves, true)
		return
	}
	s.looked()
}

// end is the end of the session: its seat is given up. With onlyBroken it
// spares a session that has a socket again.
func (s *session) end(why wire.LeftReason, onlyBroken bool) {
	s.mu.Lock()
	if s.over || onlyBroken && s.socket != nil {
		s.mu.Unlock()
		return
	}
	s.over = true
	if s.expiry != nil {
		s.expiry.Stop()
	}
	seat := s.chair
	s.chair, s.recent = nil, nil
	s.mu.Unlock()
	if seat != nil {
		seat.leave(why)
	}
	s.forget()
}

// looked makes the room look whether the browser is there.
func (s *session) looked() {
	if seat := s.seated(); seat != nil {
		seat.room.mail.put(func() { seat.room.look(seat.number) })
	}
}

// seated is where the session sits, or nil.
func (s *session) seated() *chair {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.chair
}

// stays notes the visit that a seat is part of.
func (s *session) stays(visit string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.visit = visit
}

// stayed is the last visit, or empty.
func (s *session) stayed() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.visit
}

func (s *session) ended() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.over
}

func (s *session) current() *socket {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.socket
}

// chair is a session's seat in one room, or its place at the door: the room's
// audience. Room and number are set before anybody else sees it.
type chair struct {
	session *session
	room    *room
	number  uint32
}

// sit makes the chair the session's. It reports false when the session is
// over already.
func (c *chair) sit(r *room, number uint32) bool {
	c.room, c.number = r, number
	c.session.mu.Lock()
	defer c.session.mu.Unlock()
	if c.session.over {
		return false
	}
	c.session.chair = c
	return true
}

func (c *chair) event(body wire.Body) { c.session.sendFrom(c, body) }

func (*chair) notice(Notice) {}

func (*chair) arrived(Arrival) {}

// moved gives the session a new chair. What the room that was left still has
// to say to the old one is left out.
func (c *chair) moved(to *room, number uint32) audience {
	next := &chair{session: c.session}
	if !next.sit(to, number) {
		return nil
	}
	return next
}

func (c *chair) connected() bool { return c.session.current() != nil }

func (c *chair) gone() {
	c.session.mu.Lock()
	defer c.session.mu.Unlock()
	if c.session.chair == c {
		c.session.chair = nil
	}
}

func (c *chair) leave(why wire.LeftReason) {
	c.room.mail.put(func() { c.room.leave(c.number, why) })
}
