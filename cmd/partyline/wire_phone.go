package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"partyline/signaling"
	"partyline/signaling/auth"
	"partyline/signaling/meeting"
	"partyline/signaling/wire"
	"partyline/sip"
)

// This file is where phones meet the people in the meeting.

var (
	_ sip.Directory   = (*directory)(nil)
	_ sip.Seat        = (*seat)(nil)
	_ signaling.Phone = (*notices)(nil)
)

// directory is the book of meetings and the running rooms in the words of the
// telephone gateway.
type directory struct {
	book     *meeting.Book
	accounts *auth.Accounts
	server   *signaling.Server
}

// guesser is whoever might be guessing: the calls of a trunk come from one
// address, so that callers are told apart by their number.
func guesser(c sip.Caller) string { return "phone " + c.Trunk + " " + string(c.From) }

// hasNumber tells whether the caller can be told from others (RFC 3323 §4.1.1.3
// has them be "anonymous" otherwise).
func hasNumber(c sip.Caller) bool {
	return c.From != "" && !strings.EqualFold(string(c.From), "anonymous") && !strings.EqualFold(string(c.From), "unavailable")
}

// keyOf is by what a caller is known again; empty for those without a number,
// or else one removed caller would bar them all.
func keyOf(c sip.Caller) signaling.Key {
	if !hasNumber(c) {
		return ""
	}
	return signaling.Key(guesser(c))
}

// Returning tells where a caller was a short while ago.
func (d *directory) Returning(_ context.Context, caller sip.Caller) (sip.Return, bool) {
	r, ok := d.server.Returning(keyOf(caller))
	if !ok {
		return sip.Return{}, false
	}
	return sip.Return{
		Meeting: sip.Meeting{ID: r.Meeting}, Identity: identityOf(r.Who), Language: r.Who.Language, Dropped: r.Dropped, Ago: r.Ago,
	}, true
}

// identityOf is who somebody turned out to be in the gateway's words.
func identityOf(e signaling.Entrant) sip.Identity {
	return sip.Identity{Host: e.Role == meeting.Host, Invitee: e.Invitee, Person: e.Person, Name: e.Name}
}

// FindMeeting looks a meeting number up.
func (d *directory) FindMeeting(ctx context.Context, number sip.Secret, caller sip.Caller) (sip.Meeting, error) {
	m, err := d.book.ByNumber(ctx, meeting.Code(number), guesser(caller))
	if err != nil {
		return sip.Meeting{}, phoneError(err)
	}
	return sip.Meeting{ID: m.ID, Opens: m.OpensAt}, nil
}

// Identify tells whose code it is: one of the meeting's, or else that of
// somebody who goes on by phone. Either way a wrong one is counted.
func (d *directory) Identify(ctx context.Context, m sip.Meeting, code sip.Secret, caller sip.Caller) (sip.Identity, error) {
	who, err := d.book.Identify(ctx, m.ID, meeting.Code(code), guesser(caller))
	if errors.Is(err, meeting.ErrWrongCode) {
		if before, ok := d.server.HandedOver(m.ID, meeting.Code(code), caller.Call); ok {
			return identityOf(before), nil
		}
	}
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
		Language: caller.Language, Key: keyOf(caller), Call: cmp.Or(caller.Order, caller.Call),
	}
	if caller.From.Telephone() { // or else there is no number to show, masked or not
		entrant.Number = caller.From.Masked()
	}
	switch {
	case who.Host:
		entrant.Role = meeting.Host
	case who.Invitee != "":
		entrant.Role = meeting.Participant
	case who.Owner:
		entrant.Role = "" // by what they are in the meeting, as in the browser
	}
	if err := d.nameByNumber(ctx, &entrant, caller); err != nil {
		return nil, err
	}
	heard := newNotices()
	place, err := d.server.Enter(ctx, m.ID, entrant, heard)
	if err != nil {
		return nil, phoneError(err)
	}
	return &seat{Seat: place, notices: heard}, nil
}

// nameByNumber finds the colleague who calls from a number of theirs, where
// the rules let a number name somebody.
func (d *directory) nameByNumber(ctx context.Context, e *signaling.Entrant, caller sip.Caller) error {
	credential := meeting.ByNumber
	if e.Role == meeting.Host {
		credential = meeting.ByHostCode
	}
	if e.Name != "" || !hasNumber(caller) || !meeting.NamedByNumber(credential, caller.Vouched) {
		return nil
	}
	p, err := d.accounts.ByPhone(ctx, auth.Phone(caller.From))
	if errors.Is(err, auth.ErrNoPerson) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("whose telephone number: %w", err)
	}
	e.Person, e.Name = p.ID, p.Name
	return nil
}

// phoneError says in the gateway's words why a caller gets no further.
func phoneError(err error) error {
	var over *meeting.Over
	if errors.As(err, &over) {
		return fmt.Errorf("%w: %w", &sip.MeetingEnded{At: over.At.Local()}, err)
	}
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
func (s *seat) Arrival() sip.Arrival { return sip.Arrival(s.Seat.Arrival()) }

// Do does something in the caller's name. Both engines number acts alike; a
// test holds them together.
func (s *seat) Do(ctx context.Context, act sip.Act) error {
	err := s.Seat.Do(ctx, signaling.Act{Kind: signaling.ActKind(act.Kind), On: act.On, Spoken: act.Spoken})
	for _, no := range []error{signaling.ErrNotAllowed, signaling.ErrNoHost, signaling.ErrUnavailable} {
		if errors.Is(err, no) {
			return fmt.Errorf("%w: %w", sip.ErrNotAllowed, err)
		}
	}
	return err
}

// kinds are the ways to take part.
var kinds = map[meeting.Kind]sip.AttendeeKind{meeting.Browser: sip.InBrowser, meeting.Phone: sip.OnPhone}

// Attendance tells who is there.
func (s *seat) Attendance(ctx context.Context) (sip.Attendance, error) {
	there, err := s.Seat.Attendance(ctx)
	a := sip.Attendance{People: there.People, Waiting: there.Waiting}
	for _, n := range there.Names {
		a.Names = append(a.Names, sip.Attendee{Kind: kinds[n.Kind], Host: n.Host, Spoken: n.Spoken, Caller: n.Caller})
	}
	return a, err
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
	case n.c <- sip.Notice{Kind: sip.NoticeKind(notice.Kind), Text: notice.Text, Count: notice.Count, Spoken: notice.Spoken}:
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
