package store

import (
	"context"
	"database/sql"
	"fmt"

	"partyline/signaling/invite"
	"partyline/signaling/meeting"
)

// post queues the letters of a changed schedule. Those of one change of one
// series are one mailing.
func (s *Store) post(ctx context.Context, tx *sql.Tx, after *meeting.Schedule) error {
	if len(after.Letters) == 0 {
		return nil
	}
	var name, email string
	err := tx.QueryRowContext(ctx, `SELECT name, email FROM person WHERE id = $1`, after.Organiser).Scan(&name, &email)
	if err != nil {
		return fmt.Errorf("look for the organiser: %w", err)
	}
	type change struct {
		reason     meeting.Reason
		occurrence string
		sequence   int
	}
	var order []change
	mailings, to := map[change]invite.Mailing{}, map[change][]invite.Recipient{}
	for _, l := range after.Letters {
		c := change{l.Reason, meeting.OccurrenceID(l.Series, l.Recurrence), l.Sequence}
		if _, known := mailings[c]; !known {
			order = append(order, c)
			m := mailing(after, l)
			m.Organiser, m.OrganiserEmail = name, email
			mailings[c] = m
		}
		to[c] = append(to[c], recipient(after, l))
	}
	for _, c := range order {
		if err := s.addLetters(ctx, tx, mailings[c], to[c]); err != nil {
			return err
		}
	}
	return nil
}

// mailing is what a letter says. Of one date it says how that is; its exceptions
// are those of a whole series.
func mailing(s *meeting.Schedule, l meeting.Letter) invite.Mailing {
	m := invite.Mailing{
		Meeting: s.ID, Method: invite.Method(l.Method), Reason: invite.Reason(l.Reason), Sequence: l.Sequence,
		Recurrence: l.Recurrence, Link: string(s.Link), Number: string(s.Number), At: l.At,
	}
	for _, v := range s.Series {
		if v.ID == l.Series {
			m.UID, m.Title, m.Agenda, m.Zone, m.Start, m.Minutes, m.Rule = v.UID, v.Title, v.Agenda, v.Zone, v.Start, v.Minutes, v.Rule
		}
	}
	if !l.Recurrence.IsZero() {
		m.Start, m.Rule = l.Recurrence, ""
	}
	for _, x := range s.Exceptions {
		switch {
		case x.Series != l.Series:
		case l.Recurrence.IsZero():
			m.Exceptions = append(m.Exceptions, invite.Exception{
				Recurrence: x.Recurrence, Start: x.Start, Minutes: x.Minutes, Title: x.Title, Agenda: x.Agenda, Cancelled: x.Cancelled,
			})
		case x.Recurrence == l.Recurrence:
			m.Start, m.Minutes = first(x.Start, m.Start), first(x.Minutes, m.Minutes)
			m.Title, m.Agenda = first(x.Title, m.Title), first(x.Agenda, m.Agenda)
		}
	}
	return m
}

// first is the value, or the other one if it is the zero value.
func first[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

func recipient(s *meeting.Schedule, l meeting.Letter) invite.Recipient {
	i := l.To
	occurrence := ""
	if !l.Recurrence.IsZero() {
		occurrence = meeting.OccurrenceID(l.Series, l.Recurrence)
	}
	return invite.Recipient{
		Invitee: i.ID, Person: i.Person, Name: i.Name, Email: i.Email, Language: i.Language, Zone: i.TimeZone,
		Code: string(i.Code), Required: i.Required, Status: string(meeting.StatusOf(s.Replies, i.ID, occurrence)),
	}
}
