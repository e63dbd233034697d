package signaling

import (
	"context"
	"slices"
	"time"

	"partyline/signaling/dialout"
	"partyline/signaling/meeting"
	"partyline/signaling/wire"
)

// handOverWithin is how long a browser waits for its phone.
const handOverWithin = 5 * time.Minute

// handover is somebody's wish to go on by phone. Its family guards it.
type handover struct {
	code   meeting.Code
	room   *room
	number uint32
	who    Entrant
	until  time.Time
	call   string // by which the code was typed already
}

// offerPhone notes that a member wants to go on by phone.
func (r *room) offerPhone(number uint32, re uint32) (wire.Message, error) {
	m, err := r.may(number, meeting.HandOver)
	if err != nil {
		return nil, err
	}
	code, err := r.meeting.SpareCode()
	if err != nil {
		return nil, err
	}
	who := m.who
	who.Role, who.Name = m.role, m.name
	h := &handover{code: code, room: r, number: number, who: who, until: time.Now().Add(handOverWithin)}
	r.family.offer(h)
	return &wire.PhoneCode{Re: re, Number: string(r.meeting.Number), Code: string(code), Until: h.until.UnixMilli()}, nil
}

// offer keeps a wish in the place of an earlier one of the same member.
func (f *family) offer(h *handover) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	f.handovers = slices.DeleteFunc(f.handovers, func(o *handover) bool {
		return o.room == h.room && o.number == h.number || now.After(o.until) || o.code == h.code
	})
	f.handovers = append(f.handovers, h)
}

// follow keeps the wishes of somebody who was moved within the meeting.
func (f *family) follow(from *room, number uint32, to *room, as uint32) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, h := range f.handovers {
		if h.room == from && h.number == number {
			h.room, h.number = to, as
		}
	}
}

// HandedOver tells who wants to go on by phone in a meeting and was given this
// code, and remembers that it was typed in this call. Wrong codes are to be
// counted by the caller.
func (s *Server) HandedOver(meetingID string, code meeting.Code, call string) (Entrant, bool) {
	r := s.room(meetingID)
	if r == nil || call == "" {
		return Entrant{}, false
	}
	f := r.family
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, h := range f.handovers {
		if h.code == code && h.call == "" && time.Now().Before(h.until) {
			h.call = call
			return h.who, true
		}
	}
	return Entrant{}, false
}

// wished gives, once, the seat that a phone is to take over: that of whoever
// typed its code in this call, or asked for it and was known by a code of
// their own.
func (f *family) wished(who Entrant) (r *room, number uint32) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, h := range f.handovers {
		typed := h.call != "" && h.call == who.Call
		known := h.call == "" && h.who.Person != "" && h.who.Person == who.Person
		if (typed || known) && time.Now().Before(h.until) {
			f.handovers = slices.Delete(f.handovers, i, i+1)
			return h.room, h.number
		}
	}
	return nil, 0
}

// seatOf finds the phone, or the browser, by which a person is in the meeting.
func (f *family) seatOf(ctx context.Context, person string, kind meeting.Kind) (*room, uint32) {
	for _, r := range f.rooms() {
		number, err := ask(ctx, r, func() (uint32, error) {
			for _, m := range r.everyMember() {
				if m.kind == kind && m.who.Person == person {
					return m.number, nil
				}
			}
			return 0, nil
		})
		if err == nil && number != 0 {
			return r, number
		}
	}
	return nil, 0
}

// succeed gives a newcomer what the member had whose place they take.
func (m *member) succeed(old *member) {
	m.name, m.unnamed, m.role, m.spoken = old.name, old.unnamed, old.role, old.spoken
	m.handAt, m.muted, m.mutedByHost, m.objects = old.handAt, old.muted, old.mutedByHost, old.objects
	m.who.Person, m.who.Invitee, m.who.Name = old.who.Person, old.who.Invitee, old.who.Name
	m.marks = m.who.marks()
}

// giveWay ends the seat of whoever goes on as another participant. From here
// on nothing of it is heard.
func (r *room) giveWay(old *member, as uint32) {
	r.silence(old)
	r.explain(old, dialout.Replaced)
	r.tell(old, &wire.HandedOver{As: as}, HandedOver)
	r.unseat(old, wire.LeftHandedOver)
}

// twin is the member as whom the same person is here already. A browser that
// is away counts for nothing: its owner may be coming back by another one.
func (r *room) twin(who Entrant) *member {
	if who.Person == "" {
		return nil
	}
	for _, m := range r.everyMember() {
		if m.who.Person == who.Person && !m.reconnecting {
			return m
		}
	}
	return nil
}
