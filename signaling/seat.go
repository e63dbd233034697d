package signaling

import (
	"context"
	"time"

	"partyline/signaling/meeting"
	"partyline/signaling/wire"
)

// Entrant is somebody who comes to a meeting, with what they have shown.
type Entrant struct {
	Kind     meeting.Kind
	Role     meeting.Role // empty: by what Person is in the meeting
	Person   string       // id; empty for whoever has no account
	Invitee  string       // id, of whoever came with a personal code
	Name     string       // empty: the room gives one
	Language string       // of that name; empty: the server's
	Number   string       // a phone's, masked already: colleagues see it
	Key      Key
	Muted    bool // wants to enter muted
}

// marks are what a removed visitor is known by when they come back.
func (e Entrant) marks() []string {
	var marks []string
	if e.Person != "" {
		marks = append(marks, "person "+e.Person)
	}
	if e.Invitee != "" {
		marks = append(marks, "invitee "+e.Invitee)
	}
	if e.Key != "" {
		marks = append(marks, "key "+string(e.Key))
	}
	return marks
}

// Notice is something done to a caller by the host or the meeting.
type Notice uint8

// The notices, in the order in which the gateway has them.
const (
	Admitted    Notice = iota + 1 // let in from the door
	Refused                       // not let in
	MutedByHost                   //
	UnmuteAsked                   // the host asks the caller to unmute
	HandLowered                   // by the host
	Locked                        //
	Unlocked                      //
	Removed                       // with no return
	Ended                         // the meeting is over
)

// Arrival is what a caller is told on entering.
type Arrival struct {
	Waiting bool          // at the door
	Muted   bool          // on entry
	Others  int           // people already there
	Running time.Duration // since the meeting's first participant came
}

// Phone hears what happens to a caller. The calls come one at a time, from the
// room's goroutine, and must not block.
type Phone interface {
	Notify(Notice)
	// Gone is the last call: the seat is no more, whoever ended it.
	Gone()
}

// Seat is a caller's place in a running meeting, with its rules behind it. Its
// methods may be called from any goroutine. After the seat is gone they return
// an error or do nothing.
type Seat struct {
	room    *room
	number  uint32
	arrival Arrival
}

// Enter gives a caller a seat in a meeting, starting it if nobody is there.
// It returns meeting.ErrNotFound, meeting.ErrEnded, ErrFull, ErrRemoved or
// ErrShuttingDown. Phone may be told of things before Enter returns.
func (s *Server) Enter(ctx context.Context, meetingID string, who Entrant, phone Phone) (*Seat, error) {
	room, a, err := s.enter(ctx, meetingID, who, caller{phone}, nil)
	if err != nil {
		return nil, err
	}
	return &Seat{room: room, number: a.number, arrival: a.arrival}, nil
}

// caller is a phone as its room talks to it.
type caller struct{ phone Phone }

func (caller) event(wire.Body)   {}
func (c caller) notice(n Notice) { c.phone.Notify(n) }
func (caller) connected() bool   { return true }
func (c caller) gone()           { c.phone.Gone() }

// Place tells the room and the participant's number for the audio plane.
func (s *Seat) Place() (room string, participant uint32) { return s.room.id, s.number }

// Arrival describes the meeting at the moment of entering.
func (s *Seat) Arrival() Arrival { return s.arrival }

// SetMuted mutes or unmutes the caller. It returns ErrNotAllowed where the
// rules forbid it.
func (s *Seat) SetMuted(ctx context.Context, muted bool) error {
	if muted {
		return s.act(ctx, meeting.Mute)
	}
	return s.act(ctx, meeting.Unmute)
}

// SetHand raises or lowers the caller's hand.
func (s *Seat) SetHand(ctx context.Context, raised bool) error {
	if raised {
		return s.act(ctx, meeting.RaiseHand)
	}
	return s.act(ctx, meeting.LowerHand)
}

// SetHold shows the others that the caller is on hold, or no longer.
func (s *Seat) SetHold(ctx context.Context, held bool) error {
	return s.do(ctx, func() error {
		m, ok := s.room.members[s.number]
		if !ok {
			return errNotJoined
		}
		if m.held != held {
			m.held = held
			s.room.changed(m)
		}
		return nil
	})
}

// Headcount tells how many people are in the meeting, the caller included.
func (s *Seat) Headcount(ctx context.Context) (int, error) {
	return ask(ctx, s.room, func() (int, error) { return len(s.room.members), nil })
}

// Leave gives the seat up.
func (s *Seat) Leave(why wire.LeftReason) {
	s.room.mail.put(func() { s.room.leave(s.number, why) })
}

func (s *Seat) act(ctx context.Context, action meeting.Action) error {
	return s.do(ctx, func() error { return s.room.act(s.number, action, 0) })
}

func (s *Seat) do(ctx context.Context, fn func() error) error {
	_, err := ask(ctx, s.room, func() (struct{}, error) { return struct{}{}, fn() })
	return err
}
