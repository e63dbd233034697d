package invite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"partyline/signaling/internal/ical"
	"partyline/signaling/meeting"
)

// ErrNoInvitee is for an invitee who is not invited any more.
var ErrNoInvitee = errors.New("no such invitee")

// Schedules knows the meetings that are replied to.
type Schedules interface {
	// MeetingOfInvitee finds the meeting of an invitation. It returns
	// ErrNoInvitee.
	MeetingOfInvitee(ctx context.Context, invitee string) (string, error)
	// Schedule is a meeting with its dates.
	Schedule(ctx context.Context, meeting string) (meeting.Schedule, error)
}

// Planner notes replies.
type Planner interface {
	// Reply notes what an invitee answers, as [meeting.Planner.Reply] does.
	Reply(ctx context.Context, r meeting.Reply) error
}

// Replies reads the replies that mail programs send. Its methods may be called
// from any goroutine.
type Replies struct {
	schedules Schedules
	planner   Planner
	addresses *Addresses
	log       *slog.Logger
	now       func() time.Time
}

// NewReplies reads replies to the given addresses.
func NewReplies(schedules Schedules, planner Planner, addresses *Addresses, log *slog.Logger) *Replies {
	return &Replies{schedules, planner, addresses, log, time.Now}
}

// Dropped says why a mail is not taken for a reply. It is taken all the same, so
// that no server sends back what somebody else may have forged.
type Dropped struct{ Reason string }

// Error gives the reason.
func (d *Dropped) Error() string { return "dropped: " + d.Reason }

// take notes the reply in a mail to an invitee's address. It returns a *Dropped
// for what is no reply, and other errors where trying again may help.
func (r *Replies) take(ctx context.Context, invitee string, text []byte) error {
	m, err := readMail(text)
	switch {
	case err != nil:
		return &Dropped{"not a mail"}
	case m.hops > maxReceived:
		return &Dropped{"it goes round in circles"}
	case m.calendar == nil && m.machine:
		return &Dropped{"an automatic answer without a calendar"}
	case m.calendar == nil:
		return &Dropped{"no calendar in it"}
	}
	event, err := replyIn(m.calendar)
	if err != nil {
		return err
	}
	id, err := r.schedules.MeetingOfInvitee(ctx, invitee)
	if errors.Is(err, ErrNoInvitee) {
		return &Dropped{"not invited any more"}
	}
	if err != nil {
		return fmt.Errorf("look for the meeting of an invitee: %w", err)
	}
	schedule, err := r.schedules.Schedule(ctx, id)
	if errors.Is(err, meeting.ErrNotFound) {
		return &Dropped{"the meeting is gone"}
	}
	if err != nil {
		return fmt.Errorf("look for the meeting of a reply: %w", err)
	}
	reply, err := r.match(schedule, invitee, m.from, event)
	if err != nil {
		return err
	}
	return told(r.planner.Reply(ctx, reply))
}

// told makes a *Dropped of what will not be different the next time.
func told(err error) error {
	for _, final := range []error{
		meeting.ErrNotFound, meeting.ErrEnded, meeting.ErrNoInvitee, meeting.ErrNoOccurrence, meeting.ErrStale,
	} {
		if errors.Is(err, final) {
			return &Dropped{final.Error()}
		}
	}
	return err
}

// replyIn finds the reply of a calendar.
func replyIn(text []byte) (ical.Event, error) {
	calendar, _, err := ical.Read(bytes.NewReader(text))
	switch {
	case err != nil:
		return ical.Event{}, &Dropped{"its calendar cannot be read"}
	case calendar.Method == "REQUEST" || calendar.Method == "CANCEL":
		return ical.Event{}, &Dropped{"a letter of ours, or of another organiser"}
	case calendar.Method != "REPLY":
		return ical.Event{}, &Dropped{"a calendar that is no reply"}
	case len(calendar.Events) == 0:
		return ical.Event{}, &Dropped{"its calendar has nothing in it"}
	}
	return calendar.Events[0], nil
}

// statuses are the answers that count (RFC 5545 §3.2.12). Delegating is none.
var statuses = map[string]meeting.Status{
	"ACCEPTED": meeting.Accepted, "TENTATIVE": meeting.Tentative, "DECLINED": meeting.Declined, "NEEDS-ACTION": meeting.NeedsAction,
}

// match makes a reply of an event. The signed address says whose invitation it
// is; whoever writes must be that person, for letters are forwarded.
func (r *Replies) match(s meeting.Schedule, invitee string, from []string, e ical.Event) (meeting.Reply, error) {
	i := slices.IndexFunc(s.Invitees, func(i meeting.Invitee) bool { return i.ID == invitee })
	if i < 0 {
		return meeting.Reply{}, &Dropped{"not invited any more"}
	}
	address := s.Invitees[i].Email
	same := func(other string) bool { return address != "" && strings.EqualFold(address, other) }
	answer := slices.IndexFunc(e.Attendees, func(p ical.Party) bool { return same(p.Email) })
	if answer < 0 || !slices.ContainsFunc(from, same) {
		return meeting.Reply{}, &Dropped{"written by somebody else than who was invited"}
	}
	status, ok := statuses[e.Attendees[answer].Status]
	if !ok {
		return meeting.Reply{}, &Dropped{"neither accepted, tentative nor declined"}
	}
	series := slices.IndexFunc(s.Series, func(v meeting.Series) bool { return v.UID == e.UID })
	switch {
	case series < 0:
		return meeting.Reply{}, &Dropped{"about another meeting"}
	case s.Series[series].Cancelled:
		return meeting.Reply{}, &Dropped{"the meeting was cancelled"}
	}
	reply := meeting.Reply{
		Meeting: s.ID, Invitee: invitee, Status: status, At: r.now(), Via: "mail", Sequence: e.Sequence,
	}
	if !e.Stamp.IsZero() && e.Stamp.Before(reply.At) {
		reply.At = e.Stamp
	}
	if e.Recurrence.IsZero() {
		return reply, nil
	}
	recurrence, err := onWallOf(s.Series[series].Zone, e)
	if err != nil {
		return meeting.Reply{}, &Dropped{"about a date in an unknown zone"}
	}
	reply.Occurrence = meeting.OccurrenceID(s.Series[series].ID, recurrence)
	return reply, nil
}

// onWallOf is the date that an event is about as clocks in a zone show it: mail
// programs translate it to their own.
func onWallOf(zone string, e ical.Event) (ical.Wall, error) {
	if e.Zone == "" || e.Zone == zone {
		return e.Recurrence, nil
	}
	from, err := ical.Zone(e.Zone)
	if err != nil {
		return ical.Wall{}, err
	}
	to, err := ical.Zone(zone)
	if err != nil {
		return ical.Wall{}, err
	}
	at, _ := ical.Resolve(e.Recurrence, from)
	return ical.WallOf(at.In(to)), nil
}
