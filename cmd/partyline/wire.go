package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"partyline/metrics/quality"
	"partyline/sfu"
	"partyline/signaling"
	"partyline/signaling/api"
	"partyline/signaling/meeting"
	"partyline/signaling/wire"
	"partyline/sip"
)

// This file is where the engines meet: each adapter says in one engine's words
// what another one offers.

var (
	_ signaling.Rooms = rooms{}
	_ sfu.Observer    = (*listener)(nil)
	_ sip.Conference  = (*sfu.Hub)(nil)
	_ sip.Directory   = (*directory)(nil)
	_ sip.Seat        = (*seat)(nil)
	_ signaling.Phone = (*notices)(nil)
	_ api.Live        = live{}
)

// rooms is the audio plane in signaling's words.
type rooms struct{ *sfu.Hub }

// Connect answers a browser's offer.
func (r rooms) Connect(ctx context.Context, room string, participant uint32, leg, offer string) (string, error) {
	answer, err := r.Hub.Connect(ctx, room, participant, leg, offer)
	switch {
	case errors.Is(err, sfu.ErrBadOffer):
		return "", fmt.Errorf("%w: %w", signaling.ErrBadOffer, err)
	case errors.Is(err, sfu.ErrRoomFull):
		return "", fmt.Errorf("%w: %w", signaling.ErrFull, err)
	}
	return answer, err
}

// listener hands what the audio plane hears to the people in the meeting. The
// server is set once, before anything is heard: each needs the other to begin.
type listener struct{ server *signaling.Server }

// Speaking tells the room who is heard.
func (l *listener) Speaking(room string, heard []sfu.Speaker) {
	speakers := make([]signaling.Speaker, len(heard))
	for i, s := range heard {
		speakers[i] = signaling.Speaker{Participant: s.Participant, Level: uint8(s.Level)}
	}
	l.server.Speaking(room, speakers)
}

// LegChanged tells a browser how its leg fares.
func (l *listener) LegChanged(room string, participant uint32, leg string, state sfu.LegState) {
	l.server.LegChanged(room, participant, leg, signaling.LegState(state))
}

// Measured tells the room how somebody's connection is.
func (l *listener) Measured(room string, participant uint32, class quality.Class) {
	l.server.Measured(room, participant, class)
}

// TalkingMuted is not told to anybody yet.
func (l *listener) TalkingMuted(string, uint32) {}

// Music is not told to anybody yet.
func (l *listener) Music(string, uint32, bool) {}

// RecordingEnded is not told to anybody yet.
func (l *listener) RecordingEnded(string, sfu.Recording) {}

// directory is the book of meetings and the running rooms in the words of the
// telephone gateway.
type directory struct {
	book   *meeting.Book
	server *signaling.Server
}

// guesser is whoever might be guessing: the calls of a trunk come from one
// address, so that callers are told apart by their number.
func guesser(c sip.Caller) string { return "phone " + c.Trunk + " " + string(c.From) }

// hasNumber tells whether the caller can be told from others (RFC 3323 §4.1.1.3
// has them be "anonymous" otherwise).
func hasNumber(c sip.Caller) bool {
	return c.From != "" && !strings.EqualFold(string(c.From), "anonymous") && !strings.EqualFold(string(c.From), "unavailable")
}

// Returning knows nobody yet who was here before.
func (d *directory) Returning(context.Context, sip.Caller) (sip.Return, bool) {
	return sip.Return{}, false
}

// FindMeeting looks a meeting number up.
func (d *directory) FindMeeting(ctx context.Context, number sip.Secret, caller sip.Caller) (sip.Meeting, error) {
	m, err := d.book.ByNumber(ctx, meeting.Code(number), guesser(caller))
	if err != nil {
		return sip.Meeting{}, phoneError(err)
	}
	return sip.Meeting{ID: m.ID}, nil
}

// Identify tells whose code it is.
func (d *directory) Identify(ctx context.Context, m sip.Meeting, code sip.Secret, caller sip.Caller) (sip.Identity, error) {
	who, err := d.book.Identify(ctx, m.ID, meeting.Code(code), guesser(caller))
	if err != nil {
		return sip.Identity{}, phoneError(err)
	}
	return sip.Identity{
		Host: who.Role == meeting.Host, Invitee: who.Invitee, Person: who.Person, Name: who.Name,
	}, nil
}

// Enter seats a caller.
func (d *directory) Enter(ctx context.Context, m sip.Meeting, who sip.Identity, caller sip.Caller) (sip.Seat, error) {
	entrant := signaling.Entrant{
		Kind: meeting.Phone, Role: meeting.Guest,
		Person: who.Person, Invitee: who.Invitee, Name: who.Name,
		Language: caller.Language,
	}
	if caller.From.Telephone() { // or else there is no number to show, masked or not
		entrant.Number = caller.From.Masked()
	}
	if hasNumber(caller) { // or else one removed caller would bar all without a number
		entrant.Key = signaling.Key(guesser(caller))
	}
	switch {
	case who.Host:
		entrant.Role = meeting.Host
	case who.Invitee != "":
		entrant.Role = meeting.Participant
	}
	heard := newNotices()
	place, err := d.server.Enter(ctx, m.ID, entrant, heard)
	if err != nil {
		return nil, phoneError(err)
	}
	return &seat{Seat: place, notices: heard}, nil
}

// phoneError says in the gateway's words why a caller gets no further.
func phoneError(err error) error {
	for _, pair := range []struct{ is, says error }{
		{meeting.ErrNotFound, sip.ErrNoMeeting},
		{meeting.ErrEnded, sip.ErrMeetingEnded},
		{meeting.ErrWrongCode, sip.ErrWrongCode},
		{meeting.ErrTooManyGuesses, sip.ErrTooManyGuesses},
		{signaling.ErrFull, sip.ErrMeetingFull},
		{signaling.ErrRemoved, sip.ErrNotAllowed},
	} {
		if errors.Is(err, pair.is) {
			return fmt.Errorf("%w: %w", pair.says, err)
		}
	}
	return err
}

// seat is a caller's place in a meeting in the gateway's words.
type seat struct {
	*signaling.Seat
	notices *notices
}

// Arrival describes the meeting.
func (s *seat) Arrival() sip.Arrival {
	a := s.Seat.Arrival()
	return sip.Arrival{Waiting: a.Waiting, Muted: a.Muted, Others: a.Others, Running: a.Running}
}

// Do does something in the caller's name.
func (s *seat) Do(ctx context.Context, act sip.Act) error {
	err := fmt.Errorf("act %d: %w", act.Kind, signaling.ErrNotAllowed)
	switch act.Kind {
	case sip.Mute:
		err = s.SetMuted(ctx, act.On)
	case sip.Hand:
		err = s.SetHand(ctx, act.On)
	case sip.Hold:
		err = s.SetHold(ctx, act.On)
	}
	if errors.Is(err, signaling.ErrNotAllowed) {
		return fmt.Errorf("%w: %w", sip.ErrNotAllowed, err)
	}
	return err
}

// Attendance tells who is there.
func (s *seat) Attendance(ctx context.Context) (sip.Attendance, error) {
	people, err := s.Headcount(ctx)
	return sip.Attendance{People: people}, err
}

// Notices is what happens to the caller.
func (s *seat) Notices() <-chan sip.Notice { return s.notices.c }

// Leave gives the seat up.
func (s *seat) Leave(why sip.Departure) {
	reason := wire.LeftByThemselves
	switch why {
	case sip.Dropped, sip.ShutDown:
		reason = wire.LeftDropped
	case sip.SentAway:
		reason = wire.LeftRemoved
	}
	s.Seat.Leave(reason)
}

// noticesKept is how many notices wait for a caller who is busy listening. A
// host cannot do more to somebody in that time; what is beyond is dropped,
// but for the end of the seat, which closes the channel.
const noticesKept = 32

// notices turns the room's calls into the gateway's channel.
type notices struct {
	c chan sip.Notice

	mu     sync.Mutex // guards closed and sending on c
	closed bool
}

func newNotices() *notices { return &notices{c: make(chan sip.Notice, noticesKept)} }

// Notify passes a notice on. Both engines number them alike; a test holds
// them together.
func (n *notices) Notify(notice signaling.Notice) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return
	}
	select {
	case n.c <- sip.Notice{Kind: sip.NoticeKind(notice)}:
	default:
	}
}

// Gone closes the channel.
func (n *notices) Gone() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.closed {
		n.closed = true
		close(n.c)
	}
}

// live is the running meetings in the API's words.
type live struct{ server *signaling.Server }

// Running describes the room of a meeting.
func (l live) Running(id string) (api.Room, bool) {
	room, running := l.server.Occupancy(id)
	return api.Room{Participants: room.Participants, Locked: room.Locked}, running
}

// Changed tells a running meeting its new name and settings.
func (l live) Changed(ctx context.Context, id string) error {
	return l.server.MeetingChanged(ctx, id)
}

// EndRoom ends the room of a meeting.
func (l live) EndRoom(_ context.Context, id string) error {
	l.server.EndMeeting(id)
	return nil
}

// Issue makes a ticket for the WebSocket.
func (l live) Issue(p api.Pass) (string, time.Time, error) {
	ticket, expires, err := l.server.Tickets().Issue(signaling.Identity{
		Person: p.Person, Login: p.Session, Name: p.Name, Meeting: p.Meeting, Role: p.Role,
		Language: p.Language, Key: signaling.Key(p.Key),
	})
	if errors.Is(err, signaling.ErrTooManyTickets) {
		err = fmt.Errorf("%w: %w", api.ErrBusy, err)
	}
	return ticket, expires, err
}

// SignOut closes what a person holds open.
func (l live) SignOut(person string, sessions ...string) { l.server.SignOut(person, sessions...) }
