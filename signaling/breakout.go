package signaling

import (
	"context"
	"errors"
	"fmt"

	"partyline/signaling/meeting"
)

// breakoutID is how the audio plane knows a break-out room. No meeting's id has
// a slash in it.
func breakoutID(meetingID string, n int) string { return fmt.Sprintf("%s/%d", meetingID, n) }

// openBreakouts makes break-out rooms until there are n.
func (s *Server) openBreakouts(ctx context.Context, c *chair, n int) error {
	if _, err := ask(ctx, c.room, func() (*member, error) { return c.room.may(c.number, meeting.Breakouts) }); err != nil {
		return err
	}
	f := c.room.family
	opened, err := ask(ctx, f.main, func() (meeting.Meeting, error) { return f.main.meeting, nil })
	if err != nil {
		return err
	}
	if err := s.addBreakouts(f, opened, n); err != nil {
		return err
	}
	f.stir()
	return nil
}

func (s *Server) addBreakouts(f *family, m meeting.Meeting, n int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return ErrShuttingDown
	}
	if s.running[f.main.id] != f.main {
		return errRoomGone
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for k := len(f.breakouts) + 1; k <= n; k++ {
		id := breakoutID(m.ID, k)
		if s.running[id] != nil {
			return errBreakoutsClose
		}
		r := s.emptyRoom(id, m)
		r.family, r.breakout = f, k
		r.publish()
		f.breakouts = append(f.breakouts, r)
		s.running[id] = r
		s.work.Go(func() { r.run(func() { s.forgetRoom(r) }) })
	}
	return nil
}

// errBreakoutsClose means that rooms are asked for whose numbers are those of
// rooms that are about to end.
var errBreakoutsClose = errors.New("break-out rooms are being closed")

// closeBreakouts brings everybody back to the main room.
func (s *Server) closeBreakouts(ctx context.Context, c *chair) error {
	by, err := ask(ctx, c.room, func() (mover, error) { return c.room.moverAt(c.number, meeting.CloseBreakouts) })
	if err != nil {
		return err
	}
	f := c.room.family
	for _, b := range f.dissolve() {
		s.bringBack(context.WithoutCancel(ctx), itinerary{from: b, to: f.main, by: by})
	}
	f.stir()
	return nil
}

// bringBack empties a break-out room, which takes nobody from now on, and ends
// it.
func (s *Server) bringBack(ctx context.Context, way itinerary) {
	b := way.from
	within, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	numbers, err := ask(within, b, func() ([]uint32, error) {
		b.closing = true
		var numbers []uint32
		for _, m := range b.everyMember() {
			numbers = append(numbers, m.number)
		}
		return numbers, nil
	})
	if err == nil { // or else it has ended, with nobody in it
		s.transfer(ctx, way, numbers)
	}
	b.mail.put(func() { b.end(0) })
}

// endBreakouts ends the break-out rooms with the main room, and waits for
// them: the meeting may begin anew only when they are gone.
func (r *room) endBreakouts() {
	if r.breakout != 0 {
		return
	}
	for _, b := range r.family.dissolve() {
		b.mail.put(func() {
			b.endedByHost = r.endedByHost
			b.end(0)
		})
		<-b.gone
	}
}

// visitors of a break-out room count in the meeting's occupancy.
func (r *room) occupancy() Occupancy {
	view := *r.view.Load()
	view.Participants += r.family.outside()
	return view
}
