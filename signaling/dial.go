package signaling

import (
	"context"
	"fmt"
	"slices"

	"partyline/signaling/dialout"
	"partyline/signaling/feed"
	"partyline/signaling/meeting"
	"partyline/signaling/wire"
)

// Dialer places calls and knows what they cost; see package dialout.
type Dialer = dialout.Dialer

// Calls has the calls that people had placed; nil where there is no Dialer,
// which answers every wish with dialout.ErrUnavailable.
func (s *Server) Calls() *dialout.Exchange { return s.calls }

// Feed tells people something on all their pages.
func (s *Server) Feed() *feed.Feed { return &s.feed }

// wish is what a member wants of calling people, if the rules allow it.
func (s *Server) wish(ctx context.Context, c *chair, m *wire.Act) (dialout.Wish, error) {
	return ask(ctx, c.room, func() (dialout.Wish, error) {
		by, err := c.room.may(c.number, meeting.Action(m.Action))
		if err != nil {
			return dialout.Wish{}, err
		}
		if !c.room.meeting.MayDial(by.role, by.who.Person) {
			return dialout.Wish{}, fmt.Errorf("only hosts have people called here: %w", ErrNotAllowed)
		}
		return dialout.Wish{
			By:      dialout.Caller{Person: by.who.Person, Name: by.name, Language: by.who.Language},
			Meeting: c.room.meeting.ID, MeetingName: c.room.meeting.Name, Host: by.role == meeting.Host, Dial: *m.Dial,
		}, nil
	})
}

// quote answers what calls would cost.
func (s *Server) quote(ctx context.Context, c *chair, m *wire.Act) (wire.Message, error) {
	w, err := s.wish(ctx, c, m)
	if err != nil {
		return nil, err
	}
	q, err := s.calls.Quote(ctx, w)
	q.Re = m.ID
	return &q, err
}

// dial has people called.
func (s *Server) dial(ctx context.Context, c *chair, m *wire.Act) (wire.Message, error) {
	w, err := s.wish(ctx, c, m)
	if err != nil {
		return nil, err
	}
	under, err := s.calls.Dial(ctx, w)
	return &wire.Dialling{Re: m.ID, Batch: under.Batch, Calls: under.Calls}, err
}

// cancelDial ends calls: one's own, or for a host any into the meeting.
func (s *Server) cancelDial(ctx context.Context, c *chair, m *wire.Act) (wire.Message, error) {
	type mayor struct {
		person, meeting string
		host            bool
	}
	by, err := ask(ctx, c.room, func() (mayor, error) {
		by, err := c.room.may(c.number, meeting.DialCancel)
		if err != nil {
			return mayor{}, err
		}
		return mayor{by.who.Person, c.room.meeting.ID, by.role == meeting.Host}, nil
	})
	if err != nil {
		return nil, err
	}
	err = s.calls.Cancel(m.Token(), func(person, into string) bool {
		return person == by.person || by.host && into == by.meeting
	})
	return &wire.Done{Re: m.ID}, err
}

// teller tells people what becomes of their calls, and hosts what becomes of
// those into their meeting. It asks no room: what it has to know stands in the
// rooms' views.
type teller struct{ *Server }

var _ dialout.Audience = teller{}

// CallChanged implements dialout.Audience.
func (t teller) CallChanged(meeting string, c wire.Call) {
	t.feed.Tell(&wire.CallChanged{Call: c}, append(t.hosts(meeting), c.By)...)
}

// BatchChanged implements dialout.Audience.
func (t teller) BatchChanged(b wire.Batch) {
	t.feed.Tell(&wire.BatchChanged{Batch: b}, append(t.hosts(b.Meeting), b.By)...)
}

// Warned implements dialout.Audience.
func (t teller) Warned(meeting, by string, w wire.MoneyWarning) {
	t.feed.Tell(&w, append(t.hosts(meeting), by)...)
}

// Burns implements dialout.Audience.
func (t teller) Burns(b dialout.Burning) {
	hosts := t.hosts(b.Meeting)
	t.feed.Tell(b.For("", true), hosts...)
	for person := range b.Spent {
		if !slices.Contains(hosts, person) {
			t.feed.Tell(b.For(person, false), person)
		}
	}
}

// hosts are the people who lead a running meeting, from whichever of its rooms.
func (s *Server) hosts(meeting string) []string {
	main := s.room(meeting)
	if main == nil {
		return nil
	}
	var hosts []string
	for _, r := range main.family.rooms() {
		hosts = append(hosts, r.view.Load().hosts...)
	}
	return hosts
}

// Place tells where in a running meeting somebody of the company is by browser.
func (s *Server) Place(meeting, person string) (room string, participant uint32, ok bool) {
	main := s.room(meeting)
	if main == nil {
		return "", 0, false
	}
	for _, r := range main.family.rooms() {
		if number, there := r.view.Load().browsers[person]; there {
			return r.id, number, true
		}
	}
	return "", 0, false
}

// called tells who enters that we have called, by the order in whose place a
// call stands: the one whom somebody wanted, whatever the line says.
func (s *Server) called(who Entrant) Entrant {
	e, ok := s.calls.Expected(who.Call)
	if who.Kind != meeting.Phone || who.Call == "" || !ok {
		return who
	}
	who.order, who.invited, who.replaces = who.Call, e.Host, e.Self
	who.Person, who.Name, who.Number = e.To.Person, e.To.Name, e.Number.String()
	who.Role = "" // by who they are
	if e.To.Language != "" {
		who.Language = e.To.Language
	}
	return who
}

// recallCalls tells a member of the calls that they may see, as they stand.
func (r *room) recallCalls(m *member) {
	if m.kind == meeting.Browser && m.who.Person != "" {
		out := m.out
		r.calls.Recall(r.meeting.ID, m.who.Person, m.role == meeting.Host, func(call wire.Message) { out.event(wire.Marshal(call)) })
	}
}

// explain notes why we end a call that was placed for a member.
func (r *room) explain(m *member, why dialout.Cause) {
	if m.who.order != "" {
		r.calls.Explain(m.who.order, why)
	}
}

// receipt tells a member who leaves what their calls have cost so far.
func (r *room) receipt(m *member) {
	if m.kind != meeting.Browser || m.who.Person == "" {
		return
	}
	if receipt, ok := r.calls.Receipt(r.meeting.ID, m.who.Person); ok {
		m.out.event(wire.Marshal(&receipt))
	}
}
