package sfu

import (
	"context"
	"fmt"
	"time"

	"github.com/pion/webrtc/v4"
)

// reportEvery is how often a room's tick has legs report: every n-th time.
const reportEvery = int(time.Second / roomTick)

// Connect answers a browser's SDP offer for one leg of a participant; the
// room begins with its first one. A second leg of the same participant comes
// up beside the first, which is retired once the second has carried media for
// two seconds; the same leg id again replaces that leg. A leg that does not
// come up within 15 s is closed. Errors are ErrBadOffer, ErrNoAudio,
// ErrRoomFull, ErrClosed or the context's.
func (h *Hub) Connect(ctx context.Context, room string, participant uint32, legID, offer string) (string, error) {
	answer, err := h.connect(ctx, room, participant, legID, offer)
	if err != nil {
		h.traffic.JoinsRefused.Add(1)
		return "", fmt.Errorf("connect participant %d, leg %s: %w", participant, legID, err)
	}
	h.traffic.Joins.Add(1)
	return answer, nil
}

func (h *Hub) connect(ctx context.Context, roomID string, participant uint32, legID, text string) (string, error) {
	o, err := readOffer(text)
	if err != nil {
		return "", err
	}
	if h.isClosed() {
		return "", ErrClosed
	}
	l, err := h.newLeg(seat{roomID, participant}, legID, o)
	if err != nil {
		return "", err
	}
	h.expect(l)
	defer h.expected(l)
	answer, err := l.answer(ctx)
	if err != nil {
		l.close()
		return "", err
	}
	admitted := make(chan error, 1)
	l.enter(admitted)
	select {
	case err = <-admitted:
		if err != nil {
			l.close()
		}
	case <-ctx.Done(): // the caller is gone; the room may yet admit the leg
		err = fmt.Errorf("room %s: %w", roomID, ctx.Err())
		l.follow(func(r *room) { r.part(l) })
	}
	if err != nil {
		return "", err
	}
	return answer, nil
}

// expect notes a leg that is on its way into a room: if its participant is
// moved meanwhile, so is the leg.
func (h *Hub) expect(l *leg) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.coming[l] = struct{}{}
}

func (h *Hub) expected(l *leg) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.coming, l)
}

// Disconnect ends one leg. The participant's mute is remembered for two
// minutes, in case it comes back.
func (h *Hub) Disconnect(roomID string, participant uint32, legID string) {
	h.tell(roomID, false, func(r *room) {
		if m := r.members[participant]; m != nil {
			for _, l := range m.legs {
				if l.id == legID {
					r.part(l)
					return
				}
			}
		}
	})
}

// enter has the room that the leg is bound for admit it, and tells how that
// went.
func (l *leg) enter(admitted chan<- error) {
	told := l.hub.tell(l.seat.Load().room, true, func(r *room) {
		if l.seat.Load().room != r.id {
			l.enter(admitted)
			return
		}
		admitted <- r.admit(l)
	})
	if !told {
		admitted <- ErrClosed
	}
}

// admit makes a leg part of the room.
func (r *room) admit(l *leg) error {
	m, err := r.member(l.participant())
	if err != nil {
		return err
	}
	for _, old := range m.legs {
		if old.id == l.id {
			r.part(old)
			break
		}
	}
	m.gone = time.Time{}
	m.legs = append(m.legs, l)
	l.up.source.Store(m.source)
	r.hub.traffic.Legs.Add(1)
	r.publish()
	if s := l.pc.ConnectionState(); s != webrtc.PeerConnectionStateNew {
		r.legChanged(l, s) // it was quicker than we
	}
	return nil
}

// part ends a leg, if it is still one of the room.
func (r *room) part(l *leg) {
	m := r.members[l.participant()]
	if m == nil {
		return
	}
	for i, known := range m.legs {
		if known != l {
			continue
		}
		m.legs = append(m.legs[:i:i], m.legs[i+1:]...)
		if len(m.legs) == 0 {
			m.gone = time.Now()
		}
		r.publish()
		r.hangUp(l)
		return
	}
}

// hangUp closes a leg that is no longer in the room, and says so.
func (r *room) hangUp(l *leg) {
	r.measure(l, time.Now())
	l.close()
	r.hub.traffic.Legs.Add(-1)
	r.tell(l, LegClosed)
}

// tell tells the observer of a leg's new state.
func (r *room) tell(l *leg, state LegState) {
	if l.state == state {
		return
	}
	l.state = state
	r.hub.observer.LegChanged(r.id, l.participant(), l.id, state)
}

// legChanged follows what Pion says of a leg.
func (r *room) legChanged(l *leg, state webrtc.PeerConnectionState) {
	if m := r.members[l.participant()]; m == nil || !m.has(l) {
		return
	}
	switch state {
	case webrtc.PeerConnectionStateConnected:
		if l.connected.IsZero() {
			l.connected = time.Now()
			l.interval = interval{began: l.connected, behind: r.hub.traffic.DroppedBehind.Load()}
			l.lastIn.Store(l.connected.UnixNano())
		}
		l.ready.Store(true)
		r.tell(l, LegConnected)
	case webrtc.PeerConnectionStateDisconnected:
		r.tell(l, LegBroken)
	case webrtc.PeerConnectionStateFailed, webrtc.PeerConnectionStateClosed:
		r.part(l)
	}
}

// has tells whether l is one of the member's legs.
func (m *member) has(l *leg) bool {
	for _, known := range m.legs {
		if known == l {
			return true
		}
	}
	return false
}

// tendLegs closes what did not come up or was replaced, notices what broke,
// and sends and takes reports.
func (r *room) tendLegs(m *member, now time.Time) {
	for _, l := range append([]*leg(nil), m.legs...) {
		switch {
		case l.connected.IsZero() && now.Sub(l.created) > connectTimeout:
			r.hub.log.Info("leg never connected", "room", r.id, "participant", l.participant(), "leg", l.id)
			r.part(l)
			continue
		case m.replaced(l, now):
			r.part(l)
			continue
		}
		r.watch(m, l, now)
		l.note(m)
		if r.ticks%reportEvery == 0 {
			l.report(now)
		}
	}
	r.measureMember(m, now)
}

// replaced tells whether a newer leg has been up for long enough, and is no
// worse.
func (m *member) replaced(l *leg, now time.Time) bool {
	for _, other := range m.legs {
		if other.order > l.order && !other.connected.IsZero() && now.Sub(other.connected) >= overlap &&
			(other.state == LegConnected || l.state != LegConnected) {
			return true
		}
	}
	return false
}

// watch tells when a leg that was sending falls silent, sooner than ICE
// would, and when it is back. Muted browsers send nothing for 2.5 s at a time,
// so their silence says nothing.
func (r *room) watch(m *member, l *leg, now time.Time) {
	if l.connected.IsZero() {
		return
	}
	silent := now.Sub(time.Unix(0, l.lastIn.Load()))
	sending := l.lastRTP.Load() != 0 && now.Sub(time.Unix(0, l.lastRTP.Load())) < silent+silentTalker
	switch {
	case silent < roomTick && l.state == LegBroken:
		r.tell(l, LegConnected)
	case silent > silentTalker && silent < silentTalker+2*roomTick && sending && !m.source.muted.Load():
		r.tell(l, LegBroken)
	}
}
