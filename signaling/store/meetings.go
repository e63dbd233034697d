package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/meeting"
)

const meetingQuery = `
	SELECT meeting.id, meeting.name, occasion, organiser_id, person.name, link, number, host_code,
		mute_on_entry, coalesce(opens_at, 0), lobby, wait_for_host, tones, record_names, max_participants, hosts_dial,
		meeting.created_at, last_active_at, ended_at, revision
	FROM meeting JOIN person ON person.id = organiser_id
	WHERE `

func scanMeeting(row scanner) (meeting.Meeting, error) {
	var m meeting.Meeting
	var opens, created, active int64
	var ended sql.NullInt64
	err := row.Scan(&m.ID, &m.Name, (*string)(&m.Occasion), &m.Organiser, &m.OrganiserName,
		(*string)(&m.Link), (*string)(&m.Number), (*string)(&m.HostCode),
		&m.MuteOnEntry, &opens, &m.Lobby, &m.WaitForHost, &m.Tones, &m.RecordNames, &m.MaxParticipants, &m.HostsDial,
		&created, &active, &ended, &m.Revision)
	m.OpensAt = fromMS(opens)
	m.CreatedAt, m.LastActive, m.EndedAt = fromMS(created), fromMS(active), fromMS(ended.Int64)
	return m, err
}

const inviteeQuery = `
	SELECT invitee.meeting_id, invitee.id, coalesce(invitee.person_id, ''), coalesce(person.name, invitee.name), code,
		coalesce(person.email, invitee.email), coalesce(person.phone, invitee.phone),
		coalesce(person.language, invitee.language), coalesce(person.time_zone, invitee.time_zone),
		required, co_host, ring
	FROM invitee LEFT JOIN person ON person.id = invitee.person_id
	WHERE `

// inviteeRow is an invitee and the meeting they are invited to.
type inviteeRow struct {
	meeting string
	meeting.Invitee
}

func scanInvitee(row scanner) (inviteeRow, error) {
	var i inviteeRow
	err := row.Scan(&i.meeting, &i.ID, &i.Person, &i.Name, (*string)(&i.Code),
		&i.Email, (*string)(&i.Phone), &i.Language, &i.TimeZone, &i.Required, &i.CoHost, &i.Ring)
	return i, err
}

// AddMeeting is meeting.Store.
func (s *Store) AddMeeting(ctx context.Context, m meeting.Meeting) error {
	return s.taken(s.fault(insertMeeting(ctx, s.write, m)))
}

func insertMeeting(ctx context.Context, q querier, m meeting.Meeting) error {
	_, err := q.ExecContext(ctx, `
		INSERT INTO meeting (id, name, occasion, organiser_id, link, number, host_code,
			mute_on_entry, opens_at, lobby, wait_for_host, tones, record_names, max_participants,
			hosts_dial, created_at, last_active_at, ended_at, revision)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`,
		m.ID, m.Name, string(m.Occasion), m.Organiser, string(m.Link), string(m.Number), string(m.HostCode),
		m.MuteOnEntry, orNull(ms(m.OpensAt)), m.Lobby, m.WaitForHost, m.Tones, m.RecordNames, m.MaxParticipants,
		m.HostsDial, ms(m.CreatedAt), ms(m.LastActive), orNull(ms(m.EndedAt)), m.Revision)
	return err
}

func (s *Store) taken(err error) error {
	if err != nil && s.dialect.isTaken(err) {
		return meeting.ErrTaken
	}
	return err
}

// Meeting is meeting.Store.
func (s *Store) Meeting(ctx context.Context, id string) (meeting.Meeting, error) {
	return s.meetingBy(ctx, s.read, `meeting.id = $1`, id)
}

// MeetingByLink is meeting.Store.
func (s *Store) MeetingByLink(ctx context.Context, link meeting.Code) (meeting.Meeting, error) {
	return s.meetingBy(ctx, s.read, `link = $1`, string(link))
}

// MeetingByNumber is meeting.Store.
func (s *Store) MeetingByNumber(ctx context.Context, number meeting.Code) (meeting.Meeting, error) {
	return s.meetingBy(ctx, s.read, `number = $1`, string(number))
}

func (s *Store) meetingBy(ctx context.Context, q querier, where string, arg any) (meeting.Meeting, error) {
	m, err := scanMeeting(q.QueryRowContext(ctx, meetingQuery+where, arg))
	if err != nil {
		return meeting.Meeting{}, s.fault(missing(err, meeting.ErrNotFound))
	}
	invitees, err := list(ctx, q, scanInvitee, inviteeQuery+`meeting_id = $1 ORDER BY invitee.id`, m.ID)
	if err != nil {
		return meeting.Meeting{}, s.fault(err)
	}
	for _, i := range invitees {
		m.Invitees = append(m.Invitees, i.Invitee)
	}
	return m, nil
}

// MeetingsOf is meeting.Store.
func (s *Store) MeetingsOf(ctx context.Context, person string, nowSince time.Time) ([]meeting.Meeting, error) {
	meetings, err := list(ctx, s.read, scanMeeting, meetingQuery+`
		ended_at IS NULL AND (occasion <> 'now' OR last_active_at >= $2)
		AND (organiser_id = $1 OR meeting.id IN (SELECT meeting_id FROM invitee WHERE person_id = $1))
		ORDER BY meeting.id DESC LIMIT 1000`, person, ms(nowSince))
	if err != nil {
		return nil, s.fault(err)
	}
	invitees, err := list(ctx, s.read, scanInvitee, inviteeQuery+`
		meeting_id IN (
			SELECT id FROM meeting WHERE ended_at IS NULL AND organiser_id = $1
			UNION SELECT meeting_id FROM invitee WHERE person_id = $1)
		ORDER BY invitee.id`, person)
	if err != nil {
		return nil, s.fault(err)
	}
	of := map[string][]meeting.Invitee{}
	for _, i := range invitees {
		of[i.meeting] = append(of[i.meeting], i.Invitee)
	}
	for i := range meetings {
		meetings[i].Invitees = of[meetings[i].ID]
	}
	return meetings, nil
}

// ChangeMeeting is meeting.Store.
func (s *Store) ChangeMeeting(ctx context.Context, id string, change func(*meeting.Meeting) error) (meeting.Meeting, error) {
	var m meeting.Meeting
	err := s.change(ctx, func(tx *sql.Tx) error {
		if err := s.lockMeeting(ctx, tx, id); err != nil {
			return err
		}
		before, err := s.meetingBy(ctx, tx, `meeting.id = $1`, id)
		if err != nil {
			return err
		}
		after := before
		after.Invitees = slices.Clone(before.Invitees)
		if err := change(&after); err != nil {
			return err
		}
		if err := updateMeeting(ctx, tx, after); err != nil {
			return s.taken(err)
		}
		if err := s.updateInvitees(ctx, tx, before, after); err != nil {
			return s.taken(err)
		}
		m, err = s.meetingBy(ctx, tx, `meeting.id = $1`, id)
		return err
	})
	if err != nil {
		return meeting.Meeting{}, err
	}
	return m, nil
}

// lockMeeting keeps others from changing a meeting until the transaction ends.
func (s *Store) lockMeeting(ctx context.Context, tx *sql.Tx, id string) error {
	var locked string
	err := tx.QueryRowContext(ctx, `SELECT id FROM meeting WHERE id = $1`+s.dialect.forUpdate, id).Scan(&locked)
	return missing(err, meeting.ErrNotFound)
}

func updateMeeting(ctx context.Context, tx *sql.Tx, m meeting.Meeting) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE meeting SET name = $2, link = $3, number = $4, host_code = $5, mute_on_entry = $6,
			opens_at = $7, wait_for_host = $8, tones = $9, record_names = $10, max_participants = $11,
			last_active_at = $12, ended_at = $13, hosts_dial = $14, occasion = $15, lobby = $16, revision = $17
		WHERE id = $1`,
		m.ID, m.Name, string(m.Link), string(m.Number), string(m.HostCode), m.MuteOnEntry,
		orNull(ms(m.OpensAt)), m.WaitForHost, m.Tones, m.RecordNames, m.MaxParticipants,
		ms(m.LastActive), orNull(ms(m.EndedAt)), m.HostsDial, string(m.Occasion), m.Lobby, m.Revision)
	return err
}

// updateInvitees stores what changed in the list of invitees.
func (s *Store) updateInvitees(ctx context.Context, tx *sql.Tx, before, after meeting.Meeting) error {
	old := make(map[string]meeting.Invitee, len(before.Invitees))
	for _, i := range before.Invitees {
		old[i.ID] = i
	}
	kept := make(map[string]bool, len(after.Invitees))
	for _, i := range after.Invitees {
		kept[i.ID] = true
	}
	for id := range old {
		if !kept[id] {
			if _, err := tx.ExecContext(ctx, `DELETE FROM invitee WHERE id = $1`, id); err != nil {
				return fmt.Errorf("delete invitee: %w", err)
			}
		}
	}
	for _, i := range after.Invitees {
		was, known := old[i.ID]
		var err error
		switch {
		case !known:
			err = insertInvitee(ctx, tx, after.ID, i)
		case was != i:
			_, err = tx.ExecContext(ctx, `
				UPDATE invitee SET code = $2, email = $3, phone = $4, language = $5, time_zone = $6,
					required = $7, co_host = $8, ring = $9
				WHERE id = $1`,
				i.ID, string(i.Code), i.Email, string(i.Phone), i.Language, i.TimeZone, i.Required, i.CoHost, i.Ring)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func insertInvitee(ctx context.Context, tx *sql.Tx, in string, i meeting.Invitee) error {
	if i.Person != "" {
		var active bool
		err := tx.QueryRowContext(ctx, `SELECT active FROM person WHERE id = $1`, i.Person).Scan(&active)
		if err = missing(err, nil); err != nil {
			return fmt.Errorf("look for the invited person: %w", err)
		}
		if !active {
			return meeting.ErrNoPerson
		}
	}
	reach := i.Reach
	if i.Person != "" {
		reach = auth.Reach{} // the account has it
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO invitee (id, meeting_id, person_id, name, code, email, phone, language, time_zone, required, co_host, ring)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		i.ID, in, orNull(i.Person), i.Name, string(i.Code), reach.Email, string(reach.Phone), reach.Language, reach.TimeZone,
		i.Required, i.CoHost, i.Ring)
	return err
}
