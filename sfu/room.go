package sfu

import (
	"sync"
	"time"

	"partyline/metrics/quality"
)

// How a room keeps time.
const (
	// roomTick is how often a room looks after its legs.
	roomTick = 500 * time.Millisecond
	// afterlife is how long a participant without any leg is remembered, for
	// its mute to hold when it comes back.
	afterlife = 2 * time.Minute
)

// room is one room. Its goroutine alone touches its state; everybody else
// posts functions to it, and the media path reads the stage's audience.
type room struct {
	id    string
	hub   *Hub
	stage *stage

	members map[uint32]*member
	mix     mixture   // nil while there is no phone
	tape    *recorder // nil while nothing is recorded
	ticks   int

	mu    sync.Mutex // guards queue
	queue []func()
	wake  chan struct{}
}

// member is one participant's place in the room.
type member struct {
	source *source
	legs   []*leg // oldest first
	phone  phone
	gone   time.Time // when the last leg went; zero while there is one
}

// newRoom starts an empty room. The hub's mutex is held.
func newRoom(h *Hub, id string) *room {
	r := &room{id: id, hub: h, members: make(map[uint32]*member), wake: make(chan struct{}, 1)}
	h.traffic.Rooms.Add(1)
	r.stage = newStage(h.cfg.Slots, h.traffic, func(s []Speaker) { h.observer.Speaking(id, s) },
		func(pairs []quality.Together) { h.observer.Together(id, pairs) })
	h.work.Go(r.run)
	return r
}

// post queues act for the room's goroutine. It never blocks.
func (r *room) post(act func()) {
	r.mu.Lock()
	r.queue = append(r.queue, act)
	r.mu.Unlock()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// pending tells whether something is still queued.
func (r *room) pending() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.queue) > 0
}

// take empties the queue.
func (r *room) take() []func() {
	r.mu.Lock()
	defer r.mu.Unlock()
	acts := r.queue
	r.queue = nil
	return acts
}

// run is the room's goroutine. It ends when the room is empty.
func (r *room) run() {
	defer r.hub.traffic.Rooms.Add(-1)
	defer r.stage.close()
	defer r.stopRecording()
	ticker := time.NewTicker(roomTick)
	defer ticker.Stop()
	for {
		select {
		case <-r.wake:
			for _, act := range r.take() {
				act()
			}
		case now := <-ticker.C:
			r.tick(now)
		}
		if len(r.members) == 0 && r.hub.retire(r) {
			return
		}
	}
}

// member gives the participant's place, new if need be.
func (r *room) member(participant uint32) (*member, error) {
	if m := r.members[participant]; m != nil {
		return m, nil
	}
	if r.hub.isClosed() {
		return nil, ErrClosed
	}
	if len(r.members) >= r.hub.cfg.MaxParticipants {
		return nil, ErrRoomFull
	}
	m := &member{
		source: &source{participant: participant, stage: r.stage},
		gone:   time.Now(),
	}
	r.members[participant] = m
	return m, nil
}

// expel ends all that the participant has in the room and forgets it.
func (r *room) expel(participant uint32) {
	m := r.members[participant]
	if m == nil {
		return
	}
	m.source.setMuted(true)
	legs := m.legs
	m.legs = nil
	r.publish()
	for _, l := range legs {
		r.hangUp(l)
	}
	if p := m.phone; p != nil {
		r.unseat(p, participant)
		p.expelled(r)
	}
	delete(r.members, participant)
}

// end expels everybody.
func (r *room) end() {
	for participant := range r.members {
		r.expel(participant)
	}
}

// forgetIfGone forgets a phone's participant that has nothing left here. A
// browser's is remembered for a while: see tick.
func (r *room) forgetIfGone(m *member) {
	if len(m.legs) == 0 && m.phone == nil {
		m.source.setMuted(true)
		delete(r.members, m.source.participant)
	}
}

// tick looks after the legs and forgets participants who stayed away.
func (r *room) tick(now time.Time) {
	r.ticks++
	for participant, m := range r.members {
		r.tendLegs(m, now)
		if len(m.legs) == 0 && m.phone == nil && now.Sub(m.gone) > afterlife {
			r.expel(participant)
		}
	}
}

// publish gives the media path its new view of the room.
func (r *room) publish() {
	a := &audience{tape: r.tape}
	if r.mix != nil {
		a.tap = r.mix
	}
	for _, m := range r.members {
		a.legs = append(a.legs, m.legs...)
	}
	r.stage.audience.Store(a)
}
