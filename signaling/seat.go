package signaling

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"partyline/sfu/audio"
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
	Address  string        // that a browser comes from; empty: not known
	Call     string        // of a phone: see Server.HandedOver; of one that we called, the order's id
	Spoken   []audio.Frame // the name in their own voice
	Muted    bool          // wants to enter muted
	TakeOver bool          // in the place of the phone of the same person

	instead uint32 // whose seat to take over, in the room that is entered

	order    string // the call that we placed to them; empty: they came by themselves
	invited  bool   // a host had them called
	replaces bool   // goes on in the place of their browser
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

// Arrival is what a caller is told on entering.
type Arrival struct {
	Waiting      bool      // at the door
	Position     int       // there, from 1
	WaitsForHost bool      // the meeting begins when its host comes
	OpensAt      time.Time // when a meeting that is not open yet will be; else zero

	Host        bool          // the caller is one
	Muted       bool          // on entry
	Hand        bool          // raised: of a caller who has returned
	Locked      bool          // the door is
	Others      int           // people already there
	Running     time.Duration // since the meeting's first participant came
	Recording   bool          // the meeting is recorded: the caller has to be told first
	NamesWanted bool          // the caller is asked to speak their name
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
	server *Server
	phone  Phone

	mu          sync.Mutex // guards what follows
	room        *room
	number      uint32
	arrivedWith Arrival
	left        bool
}

// Enter gives a caller a seat in a meeting, starting it if nobody is there.
// It returns meeting.ErrNotFound, meeting.ErrEnded, ErrFull, ErrRemoved or
// ErrShuttingDown. Phone may be told of things before Enter returns.
func (s *Server) Enter(ctx context.Context, meetingID string, who Entrant, phone Phone) (*Seat, error) {
	who = s.called(who)
	if who.Person != "" && who.Spoken == nil {
		spoken, err := s.records.SpokenName(ctx, who.Person)
		if err != nil { // then the name is not spoken, that is all
			s.log.Error("spoken name cannot be read", "person", who.Person, "err", err)
		}
		who.Spoken = spoken
	}
	seat := &Seat{server: s, phone: phone}
	_, _, err := s.enter(ctx, meetingID, who, seat, func(r *room, a admission) { seat.sit(r, a.number) })
	if err != nil {
		return nil, err
	}
	return seat, nil
}

// sit puts the seat somewhere. It reports false when the caller has left.
func (s *Seat) sit(r *room, number uint32) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left {
		return false
	}
	s.room, s.number = r, number
	return true
}

func (*Seat) event(wire.Body)   {}
func (s *Seat) notice(n Notice) { s.phone.Notify(n) }
func (*Seat) connected() bool   { return true }
func (s *Seat) gone()           { s.phone.Gone() }

func (s *Seat) arrived(a Arrival) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrivedWith = a
}

func (s *Seat) moved(to *room, number uint32) audience {
	if !s.sit(to, number) {
		return nil
	}
	return s
}

func (s *Seat) where() (*room, uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.room, s.number
}

// Place tells the room and the participant's number for the audio plane. Both
// are others after a move.
func (s *Seat) Place() (room string, participant uint32) {
	r, number := s.where()
	return r.id, number
}

// Arrival describes the meeting at the moment of entering it, or the wait at
// its door before that.
func (s *Seat) Arrival() Arrival {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.arrivedWith
}

// Leave gives the seat up.
func (s *Seat) Leave(why wire.LeftReason) {
	s.mu.Lock()
	s.left = true
	r, number := s.room, s.number
	s.mu.Unlock()
	r.mail.put(func() { r.leave(number, why) })
}

// Act is something that a caller does.
type Act struct {
	Kind   ActKind
	On     bool          // of Mute, Hand, Hold, MuteAll, Lock and SetRecording
	Spoken []audio.Frame // of SetName
}

// ActKind is what is done.
type ActKind uint8

// The acts, in the order in which the gateway has them.
const (
	Mute         ActKind = iota + 1
	Hand                 // raised or lowered
	Hold                 // for all to see
	MuteAll              // everybody but hosts; off asks them all to unmute
	Lock                 // newcomers wait at the door
	Admit                // who has waited longest
	End                  // for all
	SetRecording         // begins with a notice to everybody
	CallHost             // ask a host for help
	Object               // to being recorded
	HeardNotice          // the notice of the recording was heard to its end
	SetName              // to what was Spoken
)

// switches are the acts that mean one action when on, and another one when
// off.
var switches = map[ActKind]map[bool]meeting.Action{
	Mute:        {true: meeting.Mute, false: meeting.Unmute},
	Hand:        {true: meeting.RaiseHand, false: meeting.LowerHand},
	Lock:        {true: meeting.Lock, false: meeting.Unlock},
	Admit:       {true: meeting.Admit, false: meeting.Admit},
	End:         {true: meeting.End, false: meeting.End},
	CallHost:    {true: meeting.CallHost, false: meeting.CallHost},
	Object:      {true: meeting.Object, false: meeting.Object},
	HeardNotice: {true: meeting.Heard, false: meeting.Heard},
}

// Do does something in the caller's name, by the rules that hold for browsers
// too. It returns ErrNotAllowed where they forbid it, or where there is nothing
// it could be done to.
func (s *Seat) Do(ctx context.Context, act Act) error {
	r, number := s.where()
	switch act.Kind {
	case SetRecording:
		return s.server.record(ctx, r, number, act.On)
	case SetName:
		return s.server.setName(ctx, r, number, act.Spoken)
	}
	return s.do(ctx, r, func() error {
		switch act.Kind {
		case Hold:
			return r.hold(number, act.On)
		case MuteAll:
			if !act.On {
				return r.askAll(number)
			}
			return r.act(number, deed{action: meeting.MuteAll})
		}
		action, ok := switches[act.Kind][act.On]
		if !ok {
			return fmt.Errorf("act %d: %w", act.Kind, ErrNotAllowed)
		}
		return r.act(number, deed{action: action, number: r.notices})
	})
}

func (s *Seat) do(ctx context.Context, r *room, fn func() error) error {
	_, err := ask(ctx, r, func() (struct{}, error) { return struct{}{}, fn() })
	if errors.Is(err, errNoParticipant) { // nobody is at the door
		err = fmt.Errorf("%w: %w", ErrNotAllowed, err)
	}
	return err
}

// hold shows the others that a phone is on hold, or no longer.
func (r *room) hold(number uint32, held bool) error {
	m, ok := r.members[number]
	if !ok {
		return errNotJoined
	}
	if m.held != held {
		m.held = held
		r.changed(m)
	}
	return nil
}

// askAll asks everybody who is muted to unmute; nobody opens another one's
// microphone.
func (r *room) askAll(number uint32) error {
	by, err := r.mayTo(number, meeting.AskUnmute, meeting.Other)
	if err != nil {
		return err
	}
	for _, m := range r.everyMember() {
		if m != by {
			if err := r.askUnmute(by, m); err != nil {
				return err
			}
		}
	}
	return nil
}

// Attendance is who is in a meeting.
type Attendance struct {
	People  int // in the room, the caller included
	Waiting int // at the door
	Names   []Attendee
}

// Attendee is one of those who are there, as they can be spoken of.
type Attendee struct {
	Kind   meeting.Kind
	Host   bool
	Spoken []audio.Frame // their name in their own voice; nil where none is known
	Caller int           // the 3 of "Caller 3"; 0 for whoever has another name
}

// Attendance tells who is there, by the order in which they came.
func (s *Seat) Attendance(ctx context.Context) (Attendance, error) {
	r, _ := s.where()
	return ask(ctx, r, func() (Attendance, error) {
		a := Attendance{People: len(r.members), Waiting: len(r.door)}
		for _, m := range r.everyMember() {
			a.Names = append(a.Names, Attendee{m.kind, m.role == meeting.Host, m.spoken, m.unnamed})
		}
		return a, nil
	})
}

// maxSpoken is the longest name that is kept, in frames of 20 ms: 5 s.
const maxSpoken = 250

// setName gives a caller a name in their own voice. That of a colleague who
// showed a code of theirs is kept for next time.
func (s *Server) setName(ctx context.Context, r *room, number uint32, spoken []audio.Frame) error {
	spoken = spoken[:min(len(spoken), maxSpoken)]
	who, err := ask(ctx, r, func() (Entrant, error) {
		m, ok := r.members[number]
		if !ok {
			return Entrant{}, errNotJoined
		}
		m.spoken = spoken
		return m.who, nil
	})
	if err != nil || who.Person == "" || len(spoken) == 0 || who.Invitee == "" && who.Role != meeting.Host {
		return err
	}
	if err := s.records.KeepSpokenName(ctx, who.Person, spoken); err != nil {
		return fmt.Errorf("keep a spoken name: %w", err)
	}
	return nil
}
