package signaling

import (
	"context"
	"fmt"

	"partyline/signaling/wire"
)

// reserveLeg notes a leg that is about to be connected.
func (r *room) reserveLeg(number uint32, leg string) error {
	m, ok := r.members[number]
	switch {
	case !ok:
		return errNotJoined
	case m.legs[leg]:
		return errLegInUse
	case len(m.legs) >= maxLegs:
		return errTooManyLegs
	}
	if m.muted {
		// The audio plane was told when it happened, but may have forgotten a
		// participant who had no leg since. Nobody muted must be heard.
		r.audio.SetMuted(r.id, number, true)
	}
	m.legs[leg] = true
	return nil
}

// releaseLeg forgets a leg. It reports whether it was known.
func (r *room) releaseLeg(number uint32, leg string) bool {
	m, ok := r.members[number]
	if !ok || !m.legs[leg] {
		return false
	}
	delete(m.legs, leg)
	return true
}

// hasLeg tells whether a leg is still wanted.
func (r *room) hasLeg(number uint32, leg string) bool {
	m, ok := r.members[number]
	return ok && m.legs[leg]
}

// offer has the audio plane answer, meanwhile the client may go on asking.
func (c *conversation) offer(ctx context.Context, m *wire.Offer) (wire.Message, error) {
	seat := c.session.seated()
	if seat == nil {
		return nil, errNotJoined
	}
	_, err := ask(ctx, seat.room, func() (struct{}, error) {
		return struct{}{}, seat.room.reserveLeg(seat.number, m.Leg)
	})
	if err != nil {
		return nil, err
	}
	// The request's own context ends when this function returns; read ends
	// the conversation's when the socket is gone, as nobody could be answered.
	c.offers.Go(func() { c.connect(c.gone, seat, m) })
	return nil, nil
}

// connect carries an offer out and answers it.
func (c *conversation) connect(ctx context.Context, seat *chair, m *wire.Offer) {
	ctx, cancel := context.WithTimeout(ctx, c.server.cfg.ConnectWithin)
	defer cancel()
	answer, err := c.server.rooms.Connect(ctx, seat.room.id, seat.number, m.Leg, m.SDP)
	if err != nil {
		seat.room.mail.put(func() { seat.room.releaseLeg(seat.number, m.Leg) })
		c.fail(m.ID, fmt.Errorf("connect a leg: %w", err))
		return
	}
	// Whoever was removed, or dropped the leg, while it came up must not hear
	// the room through it.
	ctx, cancelLook := context.WithTimeout(context.WithoutCancel(ctx), askWithin)
	defer cancelLook()
	wanted, err := ask(ctx, seat.room, func() (bool, error) {
		// Somebody on the way to another room takes the leg along.
		if seat.room.members[seat.number] == nil && seat.room.trips[seat.number] == nil {
			seat.room.audio.Remove(seat.room.id, seat.number)
		}
		return seat.room.hasLeg(seat.number, m.Leg), nil
	})
	if err != nil || !wanted {
		c.server.rooms.Disconnect(seat.room.id, seat.number, m.Leg)
		c.fail(m.ID, errNotJoined)
		return
	}
	seat.event(wire.Marshal(&wire.Answer{Re: m.ID, Leg: m.Leg, SDP: answer}))
}

func (c *conversation) dropLeg(ctx context.Context, m *wire.DropLeg) (wire.Message, error) {
	seat := c.session.seated()
	if seat == nil {
		return nil, errNotJoined
	}
	return ask(ctx, seat.room, func() (wire.Message, error) {
		if seat.room.releaseLeg(seat.number, m.Leg) {
			seat.room.audio.Disconnect(seat.room.id, seat.number, m.Leg)
		}
		return &wire.Done{Re: m.ID}, nil
	})
}
