package signaling

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"partyline/signaling/meeting"
	"partyline/signaling/wire"
)

// mover is a host who moves people.
type mover struct {
	number uint32
	person string
}

// trip is a member on the way to another room. From departure until it is
// settled they are in neither.
type trip struct {
	member *member
	from   uint32 // number before
	// late is what the audio plane told of them meanwhile.
	late []func(to *room, as uint32)
}

// itinerary is a way that people are moved.
type itinerary struct {
	from, to *room
	by       mover
}

// within tells whether the way stays in one meeting.
func (i itinerary) within() bool { return i.from.family == i.to.family }

var (
	errNoRoom  = errors.New("no such room")
	errNoMove  = errors.New("nothing to undo")
	errHasLeft = errors.New("participant has left")
)

// moverAt gives the member who wants to move others, if the rules allow it.
func (r *room) moverAt(number uint32, action meeting.Action) (mover, error) {
	m, err := r.may(number, action)
	if err != nil {
		return mover{}, err
	}
	return mover{number, m.who.Person}, nil
}

// move carries a host's move out: what came of each is in the reply, and so
// is how to undo it.
func (s *Server) move(ctx context.Context, c *chair, m *wire.Act) (wire.Message, error) {
	by, err := ask(ctx, c.room, func() (mover, error) { return c.room.moverAt(c.number, meeting.Move) })
	if err != nil {
		return nil, err
	}
	way := itinerary{from: c.room, by: by}
	if m.From != nil {
		if way.from = c.room.family.at(m.From); way.from == nil {
			return nil, errNoRoom
		}
	}
	if way.to, err = s.destination(ctx, c.room, by, m.To); err != nil {
		return nil, err
	}
	results := s.transfer(ctx, way, m.Participants)
	return &wire.Done{Re: m.ID, Results: results, Undo: s.moves.keep(way, results)}, nil
}

// at gives a room of this meeting, or nil.
func (f *family) at(p *wire.Place) *room {
	if p.Main {
		return f.main
	}
	return f.breakout(p.Breakout)
}

// destination finds the room to move to. Into another meeting only those may
// move people who organise or lead that one.
func (s *Server) destination(ctx context.Context, from *room, by mover, p *wire.Place) (*room, error) {
	if p.Meeting == "" || p.Meeting == from.family.main.id {
		if p.Meeting != "" {
			return from.family.main, nil
		}
		if to := from.family.at(p); to != nil {
			return to, nil
		}
		return nil, errNoRoom
	}
	m, err := s.meetings.Get(ctx, p.Meeting)
	if err != nil {
		return nil, fmt.Errorf("move to a meeting: %w", err)
	}
	if !m.MayLead(by.person, s.leads(ctx, m.ID, by.person)) {
		return nil, fmt.Errorf("move to a meeting of others: %w", ErrNotAllowed)
	}
	return s.open(ctx, m.ID)
}

// leads tells whether a person is a host in a running meeting.
func (s *Server) leads(ctx context.Context, meetingID, person string) bool {
	r := s.room(meetingID)
	if r == nil || person == "" {
		return false
	}
	leads, err := ask(ctx, r, func() (bool, error) {
		for _, m := range r.members {
			if m.who.Person == person && m.role == meeting.Host {
				return true, nil
			}
		}
		return false, nil
	})
	return err == nil && leads
}

// transfer moves people one after the other, each wholly or not at all.
func (s *Server) transfer(ctx context.Context, way itinerary, numbers []uint32) []wire.Moved {
	ctx = context.WithoutCancel(ctx)
	results := make([]wire.Moved, 0, len(numbers))
	for _, number := range numbers {
		as, err := way.moveOne(ctx, number)
		result := wire.Moved{Participant: number, As: as}
		if err != nil {
			result.Code, _ = explain(err)
			way.from.log.Info("participant not moved", "participant", number, "to", way.to.id, "err", err)
		}
		results = append(results, result)
	}
	return results
}

// moveOne takes one member from room to room. Once they have departed, the
// rest is done whatever happens to whoever asked for it.
func (i itinerary) moveOne(ctx context.Context, number uint32) (as uint32, err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*askWithin)
	defer cancel()
	if i.from == i.to {
		return 0, errNoRoom
	}
	marks, err := ask(ctx, i.from, func() ([]string, error) {
		m, ok := i.from.members[number]
		if !ok {
			return nil, errNoParticipant
		}
		return m.marks, nil
	})
	if err != nil {
		return 0, err
	}
	if _, err = ask(ctx, i.to, func() (struct{}, error) { return struct{}{}, i.to.takes(marks, i) }); err != nil {
		return 0, err
	}
	t, err := ask(ctx, i.from, func() (*trip, error) { return i.from.depart(number) })
	if err != nil {
		return 0, err
	}
	as, err = ask(ctx, i.to, func() (uint32, error) { return i.to.arrive(t, i) })
	if i.within() && err == nil {
		i.from.family.follow(i.from, number, i.to, as)
	}
	_, gone := ask(ctx, i.from, func() (struct{}, error) {
		i.from.settle(t, i.to, as, err)
		return struct{}{}, nil
	})
	if gone != nil && err != nil { // no way on, no way back
		i.from.tell(t.member, &wire.Ended{}, Ended)
		t.member.out.gone()
	}
	return as, err
}

// takes tells why the room does not take somebody who is moved there. A lock
// is no reason: a host of that meeting brings them.
func (r *room) takes(marks []string, way itinerary) error {
	switch {
	case r.closing:
		return errNoRoom
	case r.family.bars(marks):
		return ErrRemoved
	case !way.within() && len(r.members)+len(r.door)+r.family.outside() >= r.capacity():
		return ErrFull
	}
	return nil
}

// depart sends a member on the way.
func (r *room) depart(number uint32) (*trip, error) {
	m, ok := r.members[number]
	if !ok {
		return nil, errNoParticipant
	}
	t := &trip{member: m, from: number}
	r.trips[number] = t
	r.dismiss(m, wire.LeftMoved)
	return t, nil
}

// arrive takes whoever comes from another room. An error leaves them as they
// were.
func (r *room) arrive(t *trip, way itinerary) (uint32, error) {
	m := t.member
	if err := r.takes(m.marks, way); err != nil {
		return 0, err
	}
	as := r.last + 1
	if err := r.audio.Move(way.from.id, t.from, r.id, as); err != nil {
		return 0, fmt.Errorf("move audio: %w", err)
	}
	r.last = as
	out := m.out.moved(r, as)
	if out == nil {
		r.audio.Remove(r.id, as)
		return 0, errHasLeft
	}
	m.out, m.number, m.informed = out, as, false
	r.newRole(m, way.from.family.main.id)
	if m.kind == meeting.Phone {
		m.out.notice(r.announceMove(way))
	}
	a := r.seat(m)
	m.out.event(wire.Marshal(&wire.MovedTo{Entry: a.entry, By: way.by.number}))
	r.settleIn(m)
	if m.kind == meeting.Phone && r.taping != nil {
		m.out.notice(Notice{Kind: RecordingNotice})
	}
	return as, nil
}

// announceMove is what a phone is told that is moved here.
func (r *room) announceMove(way itinerary) Notice {
	if way.within() && r.breakout == 0 {
		return Notice{Kind: MovedBack}
	}
	return Notice{Kind: Moving, Text: r.meeting.Name, Count: r.breakout}
}

// newRole gives whoever comes the role that they have in this meeting: that
// which they had here before, or else by who they are.
func (r *room) newRole(m *member, from string) {
	if m.roles == nil {
		m.roles = make(map[string]meeting.Role)
	}
	m.roles[from] = m.role
	role, been := m.roles[r.meeting.ID]
	if !been {
		who := m.who
		who.Role = ""
		role = r.roleOf(who)
	}
	m.role = role
}

// settle ends a trip. Who could not arrive is back in the room that they left,
// under their number, unless they have left meanwhile.
func (r *room) settle(t *trip, to *room, as uint32, err error) {
	delete(r.trips, t.from)
	switch {
	case err == nil:
		for _, tell := range t.late {
			to.mail.put(func() { tell(to, as) })
		}
	case errors.Is(err, errHasLeft) || !r.takeBack(t):
		r.audio.Remove(r.id, t.from)
		r.leaves(t.member, wire.LeftMoved)
		t.member.out.gone()
	}
	r.publish()
}

// takeBack seats again who could not be moved. It reports false when they have
// left.
func (r *room) takeBack(t *trip) bool {
	m := t.member
	out := m.out.moved(r, t.from)
	if out == nil {
		return false
	}
	m.out = out
	a := r.seat(m)
	m.out.event(wire.Marshal(&wire.MovedTo{Entry: a.entry}))
	r.settleIn(m)
	for _, tell := range t.late {
		tell(r, t.from)
	}
	return true
}

const (
	// undoWithin is how long a move can be undone.
	undoWithin = time.Minute
	// maxUndos bounds the moves that are remembered.
	maxUndos = 1000
)

// moves remembers for a while what was moved, so that it can be undone. Its
// methods may be called from any goroutine.
type moves struct {
	mu   sync.Mutex // guards list
	list []done     // in the order in which they were done
}

// done is a move that can be undone.
type done struct {
	token   string
	way     itinerary
	numbers []uint32 // where they are now
	until   time.Time
}

// keep remembers a move and gives its token; empty where nobody was moved.
func (m *moves) keep(way itinerary, results []wire.Moved) string {
	d := done{token: "m_" + rand.Text(), way: way, until: time.Now().Add(undoWithin)}
	for _, r := range results {
		if r.As != 0 {
			d.numbers = append(d.numbers, r.As)
		}
	}
	if d.numbers == nil {
		return ""
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for len(m.list) > 0 && (time.Now().After(m.list[0].until) || len(m.list) >= maxUndos) {
		m.list = m.list[1:]
	}
	m.list = append(m.list, d)
	return d.token
}

// take gives a move back, once, to a host of one of its two meetings.
func (m *moves) take(token string, f *family) (done, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, d := range m.list {
		if d.token == token && (d.way.from.family == f || d.way.to.family == f) && time.Now().Before(d.until) {
			m.list = append(m.list[:i:i], m.list[i+1:]...)
			return d, true
		}
	}
	return done{}, false
}

// undoMove brings those of a move back from where they were moved to. Who has
// left, was removed or moved on stays away.
func (s *Server) undoMove(ctx context.Context, c *chair, m *wire.Act) (wire.Message, error) {
	by, err := ask(ctx, c.room, func() (mover, error) { return c.room.moverAt(c.number, meeting.UndoMove) })
	if err != nil {
		return nil, err
	}
	d, ok := s.moves.take(m.Token(), c.room.family)
	if !ok {
		return nil, errNoMove
	}
	back := d.way.from
	if s.room(back.id) != back { // it has ended meanwhile
		if back, err = s.open(ctx, back.family.main.id); err != nil {
			return nil, err
		}
	}
	results := s.transfer(ctx, itinerary{from: d.way.to, to: back, by: by}, d.numbers)
	return &wire.Done{Re: m.ID, Results: results}, nil
}
