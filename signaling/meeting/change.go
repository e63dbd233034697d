package meeting

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Change is what an organiser changes; nil leaves a thing as it is.
type Change struct {
	Name            *string
	MuteOnEntry     *bool
	OpensAt         *time.Time // one that has passed: always open
	Lobby           *bool
	WaitForHost     *bool
	Tones           *bool
	RecordNames     *bool
	MaxParticipants *int
	HostsDial       *bool
}

// settings applies what is about the settings. It returns ErrBadSettings.
func (c Change) settings(s *Settings) error {
	set(&s.MuteOnEntry, c.MuteOnEntry)
	set(&s.OpensAt, c.OpensAt)
	set(&s.Lobby, c.Lobby)
	set(&s.WaitForHost, c.WaitForHost)
	set(&s.Tones, c.Tones)
	set(&s.RecordNames, c.RecordNames)
	set(&s.MaxParticipants, c.MaxParticipants)
	set(&s.HostsDial, c.HostsDial)
	return s.Check()
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// Change changes a meeting. Like all that changes one it returns ErrNotFound,
// ErrNotAllowed or ErrEnded, and ErrBadName or ErrBadSettings.
func (b *Book) Change(ctx context.Context, person, id string, c Change) (Meeting, error) {
	return b.change(ctx, person, id, func(m *Meeting) error {
		if c.Name != nil {
			name, err := CleanName(*c.Name)
			if err != nil {
				return err
			}
			m.Name = name
		}
		if c.OpensAt != nil && !b.now().Before(*c.OpensAt) {
			c.OpensAt = new(time.Time)
		}
		return c.settings(&m.Settings)
	})
}

// Delete ends a meeting for good: its link and numbers say so from then on.
func (b *Book) Delete(ctx context.Context, person, id string) error {
	_, err := b.change(ctx, person, id, func(m *Meeting) error {
		m.EndedAt = b.now()
		return nil
	})
	return err
}

// Which names one of the things that admit to a meeting.
type Which string

// What can be replaced.
const (
	TheLink     Which = "link"
	TheNumber   Which = "number"
	TheHostCode Which = "host"
)

// Replace draws a new link, number or host code; the old one admits nobody
// from then on. Whoever is in the meeting stays.
func (b *Book) Replace(ctx context.Context, person, id string, which Which) (Meeting, error) {
	return b.change(ctx, person, id, func(m *Meeting) (err error) {
		switch which {
		case TheLink:
			m.Link, err = newLink()
		case TheNumber:
			m.Number, err = newNumber()
		case TheHostCode:
			m.HostCode, err = newCode(m.codes())
		default:
			err = fmt.Errorf("replace %q: %w", which, ErrNotFound)
		}
		return err
	})
}

// Invite gives a colleague, or somebody outside by name, a code of their own.
// It returns ErrInvited, ErrTooMany, ErrBadName or ErrNoPerson.
func (b *Book) Invite(ctx context.Context, organiser, id, person, name string) (Meeting, error) {
	if person == "" {
		var err error
		if name, err = CleanName(name); err != nil {
			return Meeting{}, err
		}
	} else {
		name = "" // a colleague appears under the name of the account
	}
	inviteeID, err := uuid.NewV7()
	if err != nil {
		return Meeting{}, fmt.Errorf("make an invitee id: %w", err)
	}
	return b.change(ctx, organiser, id, func(m *Meeting) error {
		if m.InviteeOf(person) != nil {
			return ErrInvited
		}
		if len(m.Invitees) >= maxInvitees {
			return ErrTooMany
		}
		code, err := newCode(m.codes())
		if err != nil {
			return err
		}
		m.Invitees = append(m.Invitees, Invitee{ID: inviteeID.String(), Person: person, Name: name, Code: code, Required: true})
		return nil
	})
}

// Uninvite takes an invitee's code away. It returns ErrNoInvitee.
func (b *Book) Uninvite(ctx context.Context, organiser, id, invitee string) (Meeting, error) {
	return b.change(ctx, organiser, id, func(m *Meeting) error {
		if m.invitee(invitee) == nil {
			return ErrNoInvitee
		}
		m.Invitees = slices.DeleteFunc(m.Invitees, func(i Invitee) bool { return i.ID == invitee })
		return nil
	})
}

// ReplaceInviteeCode draws a new code for an invitee. It returns ErrNoInvitee.
func (b *Book) ReplaceInviteeCode(ctx context.Context, organiser, id, invitee string) (Meeting, error) {
	return b.change(ctx, organiser, id, func(m *Meeting) error {
		i := m.invitee(invitee)
		if i == nil {
			return ErrNoInvitee
		}
		code, err := newCode(m.codes())
		if err != nil {
			return err
		}
		i.Code = code
		return nil
	})
}

// change applies an organiser's change in one transaction. A meeting that has
// ended is not changed any more.
func (b *Book) change(ctx context.Context, person, id string, change func(*Meeting) error) (Meeting, error) {
	var m Meeting
	err := redraw(func() (err error) {
		m, err = b.store.ChangeMeeting(ctx, id, func(m *Meeting) error {
			if err := m.mayWrite(person); err != nil {
				return err
			}
			if over := m.over(b.now()); over != nil {
				return over
			}
			m.Revision++
			return change(m)
		})
		return err
	})
	if err != nil {
		return Meeting{}, fmt.Errorf("change meeting: %w", err)
	}
	return m.VisibleTo(person), nil
}
