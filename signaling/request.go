package signaling

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"partyline/signaling/meeting"
	"partyline/signaling/wire"
)

// How much a client may say; PROTOCOL.md names the figures.
const (
	messagesPerSecond = 20
	messagesAtOnce    = 60
	badMessages       = 10
	maxLegs           = 2
	// askWithin is the deadline of whatever a request needs but the answer to
	// an offer.
	askWithin = 5 * time.Second
)

// conversation is one socket's part of a session: it carries out what the
// client asks, one request after the other.
type conversation struct {
	server  *Server
	session *session
	socket  *socket
	log     *slog.Logger
	gone    context.Context // done when the socket is: see connect
	bad     int             // messages not understood
	offers  sync.WaitGroup  // one for each goroutine in connect
}

// handler carries a message out. It returns the reply, or none when there is
// none or it was sent already.
type handler func(ctx context.Context, c *conversation, m wire.Message) (wire.Message, error)

// handlers has one for each message that a client may send after hello.
var handlers = map[string]handler{
	"join":     on((*conversation).join),
	"leave":    on((*conversation).leave),
	"offer":    on((*conversation).offer),
	"drop-leg": on((*conversation).dropLeg),
	"act":      on((*conversation).act),
	"stats":    on((*conversation).stats),
	"joins":    on((*conversation).joins),
	"rating":   on((*conversation).rate),
	"watch":    on((*conversation).watch),
	"pong":     on((*conversation).pong),
}

// on makes a handler of a method that takes one type of message.
func on[M wire.Message](handle func(*conversation, context.Context, M) (wire.Message, error)) handler {
	return func(ctx context.Context, c *conversation, m wire.Message) (wire.Message, error) {
		return handle(c, ctx, m.(M))
	}
}

// read is the reading half of a socket that has said hello. It returns why no
// more comes, having ended what was under way with cancel.
func (c *conversation) read(limit *rate.Limiter, cancel context.CancelFunc) error {
	defer c.offers.Wait()
	defer cancel()
	for {
		data, err := c.socket.receive(silentAfter)
		if err != nil {
			return err
		}
		if !limit.Allow() {
			return errTooFast
		}
		message, err := wire.Decode(data)
		if err == nil && handlers[message.Kind()] == nil {
			err = &wire.DecodeError{Reason: "hello comes once"}
		}
		if err != nil {
			if err := c.notUnderstood(err); err != nil {
				return err
			}
			continue
		}
		c.server.observer.Received(message.Kind())
		c.handle(message)
	}
}

// notUnderstood tells the client, and gives up on one that does it again and
// again.
func (c *conversation) notUnderstood(err error) error {
	c.server.observer.Received("bad")
	c.where().Warn("message not understood", "err", err)
	var bad *wire.DecodeError
	var re uint32
	if errors.As(err, &bad) {
		re = bad.Re
	}
	c.fail(re, err)
	if c.bad++; c.bad >= badMessages {
		return errGarbage
	}
	return nil
}

func (c *conversation) handle(m wire.Message) {
	ctx, cancel := context.WithTimeout(c.gone, askWithin)
	defer cancel()
	var id uint32
	if r, ok := m.(wire.Request); ok {
		id = r.RequestID()
	}
	err := c.session.takeTurn(ctx)
	var reply wire.Message
	if err == nil {
		reply, err = handlers[m.Kind()](ctx, c, m)
		c.session.endTurn()
	}
	switch {
	case err != nil:
		c.fail(id, err)
	case reply != nil:
		c.session.send(wire.Marshal(reply))
	}
}

// fail tells the client that a request had no effect, and the log when that is
// our fault.
func (c *conversation) fail(re uint32, err error) {
	code, text := explain(err)
	message := wire.Error{Re: re, Code: code, Message: text}
	var over *meeting.Over
	if errors.As(err, &over) {
		message.At = over.At.UnixMilli()
	}
	switch code {
	case wire.CodeInternal:
		c.where().Error("request failed", "err", err)
	case wire.CodeBadMessage: // logged where it is counted
	default:
		c.where().Info("request refused", "code", code, "err", err)
	}
	c.session.send(wire.Marshal(&message))
}

// where is the log, with the place from where somebody speaks.
func (c *conversation) where() *slog.Logger {
	if seat := c.session.seated(); seat != nil {
		return c.log.With("meeting", seat.room.id, "participant", seat.number)
	}
	return c.log
}

func (c *conversation) join(ctx context.Context, m *wire.Join) (wire.Message, error) {
	identity := c.session.identity
	seat := c.session.seated()
	if seat != nil && seat.room.family.main.id == m.Meeting {
		return c.lookAround(ctx, seat, m.ID) // a host may have moved a guest here
	}
	if identity.Meeting != "" && identity.Meeting != m.Meeting {
		return nil, ErrNotAllowed
	}
	if seat != nil {
		seat.leave(wire.LeftByThemselves)
	}
	who := Entrant{
		Kind: meeting.Browser, Role: identity.Role, Person: identity.Person, Name: identity.Name,
		Language: identity.Language, Key: identity.Key, Address: identity.Address, Muted: m.Muted,
		TakeOver: m.TakeOver,
	}
	if identity.Person == "" && m.Name != "" {
		who.Name = m.Name
	}
	seat = &chair{session: c.session}
	_, _, err := c.server.enter(ctx, m.Meeting, who, seat, func(r *room, a admission) {
		if !seat.sit(r, a.number) {
			seat.leave(wire.LeftDropped)
			return
		}
		c.session.stays(a.visit)
		seat.event(wire.Marshal(entered(m.ID, a)))
	})
	return nil, err
}

// entered is the reply to a join.
func entered(re uint32, a admission) wire.Message {
	if a.waiting {
		return &wire.Waiting{Re: re, Participant: a.number, Queue: a.queue}
	}
	return &wire.Joined{Re: re, Entry: a.entry}
}

// lookAround answers a join of whoever is in already. The reply is sent from
// the room's goroutine, so that the events that follow come after it.
func (c *conversation) lookAround(ctx context.Context, seat *chair, re uint32) (wire.Message, error) {
	return ask(ctx, seat.room, func() (wire.Message, error) {
		a := admission{number: seat.number, waiting: true}
		if m, ok := seat.room.members[seat.number]; ok {
			a.waiting, a.entry = false, seat.room.entryFor(m)
		} else if m := seat.room.door[seat.number]; m != nil {
			a.queue = seat.room.place(m)
		} else {
			return nil, errNotJoined
		}
		seat.event(wire.Marshal(entered(re, a)))
		return nil, nil
	})
}

func (c *conversation) leave(ctx context.Context, m *wire.Leave) (wire.Message, error) {
	seat := c.session.seated()
	if seat == nil {
		return nil, errNotJoined
	}
	return ask(ctx, seat.room, func() (wire.Message, error) {
		seat.room.leave(seat.number, wire.LeftByThemselves)
		return &wire.Done{Re: m.ID}, nil
	})
}

// undertaking is an act that concerns more than one room, or takes a while.
type undertaking func(ctx context.Context, s *Server, seat *chair, m *wire.Act) (wire.Message, error)

var undertakings = map[wire.Action]undertaking{
	wire.Move: func(ctx context.Context, s *Server, seat *chair, m *wire.Act) (wire.Message, error) {
		return s.move(ctx, seat, m)
	},
	wire.UndoMove: func(ctx context.Context, s *Server, seat *chair, m *wire.Act) (wire.Message, error) {
		return s.undoMove(ctx, seat, m)
	},
	wire.Breakouts: func(ctx context.Context, s *Server, seat *chair, m *wire.Act) (wire.Message, error) {
		return &wire.Done{Re: m.ID}, s.openBreakouts(ctx, seat, int(m.Number()))
	},
	wire.CloseBreakouts: func(ctx context.Context, s *Server, seat *chair, m *wire.Act) (wire.Message, error) {
		return &wire.Done{Re: m.ID}, s.closeBreakouts(ctx, seat)
	},
	wire.Record: func(ctx context.Context, s *Server, seat *chair, m *wire.Act) (wire.Message, error) {
		return &wire.Done{Re: m.ID}, s.record(ctx, seat.room, seat.number, m.Flag())
	},
	wire.Quote: func(ctx context.Context, s *Server, seat *chair, m *wire.Act) (wire.Message, error) {
		return s.quote(ctx, seat, m)
	},
	wire.DialOut: func(ctx context.Context, s *Server, seat *chair, m *wire.Act) (wire.Message, error) {
		return s.dial(ctx, seat, m)
	},
	wire.DialCancel: func(ctx context.Context, s *Server, seat *chair, m *wire.Act) (wire.Message, error) {
		return s.cancelDial(ctx, seat, m)
	},
	wire.HandOver: func(ctx context.Context, _ *Server, seat *chair, m *wire.Act) (wire.Message, error) {
		return ask(ctx, seat.room, func() (wire.Message, error) { return seat.room.offerPhone(seat.number, m.ID) })
	},
}

func (c *conversation) act(ctx context.Context, m *wire.Act) (wire.Message, error) {
	seat := c.session.seated()
	if seat == nil {
		return nil, errNotJoined
	}
	if undertake := undertakings[m.Action]; undertake != nil {
		return undertake(ctx, c.server, seat, m)
	}
	return ask(ctx, seat.room, func() (wire.Message, error) {
		d := deed{action: meeting.Action(m.Action), on: m.Participant, number: m.Number()}
		return &wire.Done{Re: m.ID}, seat.room.act(seat.number, d)
	})
}

func (*conversation) pong(context.Context, *wire.Pong) (wire.Message, error) { return nil, nil }
