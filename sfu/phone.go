package sfu

import (
	"context"
)

// phone is a line as its room knows it.
type phone interface {
	// expelled tells that the room ended, or the participant was removed or
	// has another phone. The room has let go of this one already. It must not
	// block.
	expelled(from *room)
	// stay keeps the phone from going elsewhere by itself until released.
	stay() (release func())
	// moved tells a phone that stays that it is in another place now.
	moved(*place)
}

// mixture is a room's mix for its phones: it exists while the room has any.
// Everything but the tap is called while nothing else happens in the room.
type mixture interface {
	tap
	// add takes a phone in, out of the mix where it was.
	add(p phone, s *source)
	remove(p phone)
	// close ends the mix and waits for its goroutine.
	close()
}

// place is a phone's place in a room.
type place struct {
	room   *room
	source *source // to feed with what the phone says
	phone  phone
}

// seat puts a phone into a room, which begins with it if there is none. When
// it returns the phone is part of the room's mix. It returns ErrRoomFull,
// ErrClosed, or the context's error.
func (h *Hub) seat(ctx context.Context, roomID string, participant uint32, p phone) (*place, error) {
	var (
		taken *place
		full  error
	)
	err := h.ask(ctx, roomID, true, func(r *room) {
		m, err := r.member(participant)
		if err != nil {
			full = err
			return
		}
		old := m.phone
		m.phone = p
		r.mixture().add(p, m.source)
		if old != nil && old != p {
			r.mix.remove(old)
			old.expelled(r)
		}
		taken = &place{room: r, source: m.source, phone: p}
	})
	if err != nil {
		return nil, err
	}
	return taken, full
}

// leave gives the place up and waits until the room knows. The participant's
// mute is forgotten with it.
func (p *place) leave() {
	_ = p.room.hub.ask(context.Background(), p.room.id, false, func(r *room) {
		if r == p.room {
			r.unseat(p.phone, p.source.participant)
		}
	})
}

// browsers is how many want to have phones' voices in Opus: browser legs, and a
// tape. With none, nothing needs to be encoded. For any goroutine.
func (r *room) browsers() int {
	a := r.stage.audience.Load()
	if a.tape != nil {
		return len(a.legs) + 1
	}
	return len(a.legs)
}

// mixture gives the room's mix, begun with the first phone.
func (r *room) mixture() mixture {
	if r.mix == nil {
		r.mix = newMixer(r)
		r.publish()
	}
	return r.mix
}

// unseat takes a phone out of the mix and ends the mix with the last one.
func (r *room) unseat(p phone, participant uint32) {
	m := r.members[participant]
	if m == nil || m.phone != p {
		return
	}
	m.phone = nil
	r.mix.remove(p)
	r.forgetIfGone(m)
	r.endMix()
}

// endMix ends the mix if no phone is left to hear it.
func (r *room) endMix() {
	if r.mix == nil {
		return
	}
	for _, other := range r.members {
		if other.phone != nil {
			return
		}
	}
	mix := r.mix
	r.mix = nil
	r.publish()
	mix.close()
}
