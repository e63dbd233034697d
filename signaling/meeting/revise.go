package meeting

import (
	"context"
	"fmt"
	"slices"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/internal/ical"
)

// alter changes a schedule for its organiser, and promises the dates anew. It
// returns ErrNotFound, ErrNotAllowed or ErrEnded beside the errors of change.
func (p *Planner) alter(ctx context.Context, person, id string, change func(*Schedule) error) (Schedule, error) {
	var s Schedule
	err := redraw(func() (err error) {
		s, err = p.store.ChangeSchedule(ctx, id, func(s *Schedule) error {
			if err := s.mayWrite(person); err != nil {
				return err
			}
			if over := s.over(p.now()); over != nil {
				return over
			}
			s.Revision++
			s.ChangedAt = p.now()
			return change(s)
		})
		return err
	})
	if err != nil {
		return Schedule{}, fmt.Errorf("change a schedule: %w", err)
	}
	p.cfg.Changed()
	p.promise(ctx, &s)
	return s, nil
}

// Change changes a date of a meeting, those after it too, or all. It returns
// ErrNoOccurrence beside what [Planner.Schedule] does.
func (p *Planner) Change(ctx context.Context, person, occurrence string, scope Scope, e Edit) (Schedule, error) {
	return p.revise(ctx, person, occurrence, func(s *Schedule, v *Series, recurrence ical.Wall) error {
		name := v.Zone
		if e.Zone != nil {
			name = *e.Zone
		}
		zone, err := p.zone(name)
		if err != nil {
			return err
		}
		switch {
		case scope == One && v.Rule != "":
			return s.changeOne(v, recurrence, e)
		case scope == Following:
			err = s.changeFollowing(v, recurrence, e, zone)
		default:
			err = s.changeAll(v, recurrence, e, zone)
		}
		if err != nil {
			return err
		}
		if e.Title != nil { // the meeting goes by its newest name
			s.Name = s.Series[len(s.Series)-1].Title
		}
		return nil
	})
}

// Move has one date begin at another time.
func (p *Planner) Move(ctx context.Context, person, occurrence string, to ical.Wall) (Schedule, error) {
	return p.Change(ctx, person, occurrence, One, Edit{Start: &to})
}

// Cancel takes off one date of a meeting, those after it too, or all that its
// series has. It returns ErrNoOccurrence, also for a date that is off already.
func (p *Planner) Cancel(ctx context.Context, person, occurrence string, scope Scope) (Schedule, error) {
	return p.revise(ctx, person, occurrence, func(s *Schedule, v *Series, recurrence ical.Wall) error {
		return s.cancel(v, recurrence, scope)
	})
}

func (p *Planner) revise(
	ctx context.Context, person, occurrence string, change func(*Schedule, *Series, ical.Wall) error,
) (Schedule, error) {
	series, recurrence, err := ParseOccurrenceID(occurrence)
	if err != nil {
		return Schedule{}, err
	}
	id, err := p.store.MeetingOfSeries(ctx, series)
	if err != nil {
		return Schedule{}, fmt.Errorf("find a date: %w", err)
	}
	return p.alter(ctx, person, id, func(s *Schedule) error {
		v, err := s.seriesBy(series)
		if err != nil {
			return err
		}
		return change(s, v, recurrence)
	})
}

// AddDates gives a meeting that keeps its link, and may have none so far, dates
// of its own: a series beside those that it has.
func (p *Planner) AddDates(ctx context.Context, person, id string, d Draft) (Schedule, error) {
	zone, err := p.zone(d.Zone)
	if err != nil {
		return Schedule{}, err
	}
	return p.alter(ctx, person, id, func(s *Schedule) error {
		if err := s.add(d.series(), zone); err != nil {
			return err
		}
		if s.Occasion == Now || s.Occasion == Named {
			s.Occasion = Scheduled
		}
		if s.Name == "" {
			s.Name = s.Series[0].Title
		}
		return p.ahead(&s.Series[len(s.Series)-1], zone)
	})
}

// Delete ends a meeting for good and cancels its dates.
func (p *Planner) Delete(ctx context.Context, person, id string) error {
	_, err := p.alter(ctx, person, id, func(s *Schedule) error {
		s.EndedAt = p.now()
		for i := range s.Series {
			if v := &s.Series[i]; !v.Cancelled {
				s.cancelSeries(v)
			}
		}
		return nil
	})
	return err
}

// Invite puts somebody on the list, with a code of their own, and tells them
// of the dates that are to come. It returns ErrInvited, ErrTooMany, ErrNoPerson
// or what is wrong with a field.
func (p *Planner) Invite(ctx context.Context, organiser, id string, v Invitation) (Schedule, error) {
	people, err := p.store.Colleagues(ctx, []string{organiser, v.Person})
	if err != nil {
		return Schedule{}, fmt.Errorf("look for who is invited: %w", err)
	}
	return p.alter(ctx, organiser, id, func(s *Schedule) error {
		if v.Person != "" && v.Person == s.Organiser {
			return ErrInvited
		}
		if err := s.invite(v, people, s.codes()); err != nil {
			return err
		}
		p.postAll(Invited, s, s.Invitees[len(s.Invitees)-1])
		return nil
	})
}

// postAll writes a letter for each series that has dates to come.
func (p *Planner) postAll(reason Reason, s *Schedule, to Invitee) {
	for i := range s.Series {
		v := &s.Series[i]
		zone, err := p.zone(v.Zone)
		if err == nil && !v.Cancelled && p.ahead(v, zone) == nil {
			s.postTo(reason, v, ical.Wall{}, to)
		}
	}
}

// Uninvite takes somebody off the list. It returns ErrNoInvitee.
func (p *Planner) Uninvite(ctx context.Context, organiser, id, invitee string) (Schedule, error) {
	return p.alter(ctx, organiser, id, func(s *Schedule) error {
		i := s.invitee(invitee)
		if i == nil {
			return ErrNoInvitee
		}
		p.postAll(Removed, s, *i)
		s.Invitees = slices.DeleteFunc(s.Invitees, func(i Invitee) bool { return i.ID == invitee })
		s.Replies = slices.DeleteFunc(s.Replies, func(r Reply) bool { return r.Invitee == invitee })
		return nil
	})
}

// InviteeChange is what an organiser changes of an invitation; nil leaves a
// thing as it is.
type InviteeChange struct {
	Required *bool
	CoHost   *bool
	Ring     *bool
	Email    *string // of somebody without an account, as the rest
	Phone    *auth.Phone
	Language *string
	TimeZone *string
}

// ChangeInvitee changes an invitation. It returns ErrNoInvitee or what is wrong
// with a field.
func (p *Planner) ChangeInvitee(ctx context.Context, organiser, id, invitee string, c InviteeChange) (Schedule, error) {
	return p.alter(ctx, organiser, id, func(s *Schedule) error {
		i := s.invitee(invitee)
		if i == nil {
			return ErrNoInvitee
		}
		was := i.Email
		set(&i.Required, c.Required)
		set(&i.CoHost, c.CoHost)
		set(&i.Ring, c.Ring)
		if i.CoHost && i.Person == "" {
			return wrong("coHost", "Only colleagues can be hosts.")
		}
		if i.Person == "" {
			reach := i.Reach
			set(&reach.Email, c.Email)
			set(&reach.Phone, c.Phone)
			set(&reach.Language, c.Language)
			set(&reach.TimeZone, c.TimeZone)
			clean, err := reach.Clean(auth.Profile{Language: i.Language, TimeZone: i.TimeZone})
			if err != nil {
				return err
			}
			i.Reach = clean
		}
		if i.Ring && i.Phone == "" {
			return wrong("phone", "No telephone number of this person is known.")
		}
		if i.Email != was {
			p.postAll(Invited, s, *i)
		}
		return nil
	})
}

// Reply notes what an invitee answers; of whoever has answered already, the
// newer answer counts. It returns ErrNotFound, ErrEnded, ErrNoInvitee,
// ErrNoOccurrence or ErrStale.
func (p *Planner) Reply(ctx context.Context, r Reply) error {
	if !slices.Contains(Statuses(), r.Status) {
		return wrong("status", "The answer is accepted, tentative or declined.")
	}
	if r.At.IsZero() {
		r.At = p.now()
	}
	_, err := p.store.ChangeSchedule(ctx, r.Meeting, func(s *Schedule) error {
		if over := s.over(p.now()); over != nil {
			return over
		}
		if s.invitee(r.Invitee) == nil {
			return ErrNoInvitee
		}
		if r.Occurrence != "" {
			o, err := s.at(r.Occurrence, p.zones.Zone)
			if err != nil {
				return err
			}
			if o.Cancelled {
				return ErrNoOccurrence
			}
		}
		s.Revision++
		return s.answer(r)
	})
	if err != nil {
		return fmt.Errorf("note a reply: %w", err)
	}
	p.cfg.Changed()
	return nil
}

// ReplyAs notes what a signed-in person answers: to one date, or by naming any
// of them and All, to every date. It returns ErrNoOccurrence, ErrNoInvitee for
// whoever is not invited, and ErrEnded.
func (p *Planner) ReplyAs(ctx context.Context, person, occurrence string, scope Scope, status Status) error {
	s, o, err := p.find(ctx, person, occurrence)
	if err != nil {
		return err
	}
	i := s.InviteeOf(person)
	if i == nil {
		return ErrNoInvitee
	}
	r := Reply{Meeting: s.ID, Invitee: i.ID, Occurrence: o.ID, Status: status, Via: "page"}
	if scope != One {
		r.Occurrence = ""
	}
	if v, err := s.seriesBy(o.Series); err == nil {
		r.Sequence = v.Sequence
	}
	return p.Reply(ctx, r)
}

// at is the date of that name. It returns ErrNoOccurrence.
func (s *Schedule) at(id string, zones func(string) (*time.Location, error)) (Occurrence, error) {
	series, recurrence, err := ParseOccurrenceID(id)
	if err != nil {
		return Occurrence{}, err
	}
	for i := range s.Series {
		if v := &s.Series[i]; v.ID == series {
			zone, err := zones(v.Zone)
			if err != nil {
				return Occurrence{}, err
			}
			return v.At(s.Exceptions, zone, recurrence)
		}
	}
	return Occurrence{}, ErrNoOccurrence
}
