package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"partyline/signaling/invite"
)

var (
	_ invite.Letters   = (*Store)(nil)
	_ invite.Schedules = (*Store)(nil)
)

// addLetters queues a mailing for those of its recipients who have a mail
// address, in the transaction of the change that it tells of. What is still
// waiting for them about the same date of the same series has been overtaken.
func (s *Store) addLetters(ctx context.Context, tx *sql.Tx, m invite.Mailing, to []invite.Recipient) error {
	id, err := newID()
	if err != nil {
		return err
	}
	body, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("write mailing: %w", err)
	}
	mailed := false
	for _, r := range to {
		if r.Email == "" {
			continue
		}
		if !mailed {
			mailed = true
			_, err := tx.ExecContext(ctx, `
				INSERT INTO mailing (id, meeting_id, uid, recurrence, body, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
				id, m.Meeting, m.UID, m.Recurrence.String(), string(body), ms(m.At))
			if err != nil {
				return fmt.Errorf("add mailing: %w", err)
			}
		}
		if err := s.addLetter(ctx, tx, id, m, r); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) addLetter(ctx context.Context, tx *sql.Tx, mailing string, m invite.Mailing, to invite.Recipient) error {
	recipient, err := json.Marshal(to)
	if err != nil {
		return fmt.Errorf("write recipient: %w", err)
	}
	// One that is being sent just now goes out all the same, and calendars keep
	// the greater SEQUENCE; but it is not tried again.
	_, err = tx.ExecContext(ctx, `
		UPDATE letter SET state = 'superseded', ended_at = `+s.dialect.now+`
		WHERE state = 'pending' AND invitee_id = $1
			AND mailing_id IN (SELECT id FROM mailing WHERE meeting_id = $2 AND uid = $3 AND recurrence = $4)`,
		to.Invitee, m.Meeting, m.UID, m.Recurrence.String())
	if err != nil {
		return fmt.Errorf("overtake letters: %w", err)
	}
	id, err := newID()
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO letter (id, mailing_id, invitee_id, recipient, state, due_at, attempts, lease, ended_at, fault)
		VALUES ($1, $2, $3, $4, 'pending', `+s.dialect.now+`, 0, '', 0, '')`,
		id, mailing, to.Invitee, string(recipient))
	if err != nil {
		return fmt.Errorf("add letter: %w", err)
	}
	return nil
}

func newID() (string, error) {
	id, err := uuid.NewV7()
	return id.String(), err
}

// ClaimLetters is invite.Letters.
func (s *Store) ClaimLetters(ctx context.Context, n int, lease time.Duration) ([]invite.Letter, error) {
	proof, err := newID()
	if err != nil {
		return nil, err
	}
	var claimed []invite.Letter
	err = s.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			UPDATE letter SET lease = $1, due_at = `+s.dialect.now+` + $2, attempts = attempts + 1
			WHERE id IN (SELECT id FROM letter WHERE state = 'pending' AND due_at <= `+s.dialect.now+`
				ORDER BY due_at, id LIMIT $3`+s.dialect.forClaim+`)`,
			proof, lease.Milliseconds(), n)
		if err != nil {
			return fmt.Errorf("claim letters: %w", err)
		}
		claimed, err = list(ctx, tx, scanLetter, `
			SELECT letter.id, mailing.body, letter.recipient, letter.attempts, letter.lease
			FROM letter JOIN mailing ON mailing.id = letter.mailing_id
			WHERE letter.state = 'pending' AND letter.lease = $1 ORDER BY letter.id`, proof)
		return err
	})
	return claimed, err
}

func scanLetter(row scanner) (invite.Letter, error) {
	var l invite.Letter
	var body, recipient string
	if err := row.Scan(&l.ID, &body, &recipient, &l.Attempt, &l.Lease); err != nil {
		return l, err
	}
	if err := json.Unmarshal([]byte(body), &l.Mailing); err != nil {
		return l, fmt.Errorf("read mailing of letter %s: %w", l.ID, err)
	}
	if err := json.Unmarshal([]byte(recipient), &l.To); err != nil {
		return l, fmt.Errorf("read recipient of letter %s: %w", l.ID, err)
	}
	return l, nil
}

// LetterSent is invite.Letters. The first word counts.
func (s *Store) LetterSent(ctx context.Context, l invite.Letter) error {
	return s.endLetter(ctx, l, "sent", "")
}

// LetterFailed is invite.Letters.
func (s *Store) LetterFailed(ctx context.Context, l invite.Letter, why string) error {
	return s.endLetter(ctx, l, "failed", why)
}

func (s *Store) endLetter(ctx context.Context, l invite.Letter, state, fault string) error {
	_, err := s.exec(ctx, `
		UPDATE letter SET state = $3, ended_at = `+s.dialect.now+`, fault = $4
		WHERE id = $1 AND lease = $2 AND state = 'pending'`, l.ID, l.Lease, state, fault)
	return err
}

// LetterAgain is invite.Letters.
func (s *Store) LetterAgain(ctx context.Context, l invite.Letter, pause time.Duration, why string) error {
	_, err := s.exec(ctx, `
		UPDATE letter SET lease = '', due_at = `+s.dialect.now+` + $3, fault = $4
		WHERE id = $1 AND lease = $2 AND state = 'pending'`, l.ID, l.Lease, pause.Milliseconds(), why)
	return err
}

// NextLetter is invite.Letters.
func (s *Store) NextLetter(ctx context.Context, limit time.Duration) (time.Duration, error) {
	var wait sql.NullInt64
	err := s.read.QueryRowContext(ctx,
		`SELECT min(due_at) - `+s.dialect.now+` FROM letter WHERE state = 'pending'`).Scan(&wait)
	if err != nil || !wait.Valid {
		return limit, s.fault(err)
	}
	return min(max(time.Duration(wait.Int64)*time.Millisecond, 0), limit), nil
}

// MeetingOfInvitee is invite.Schedules.
func (s *Store) MeetingOfInvitee(ctx context.Context, invitee string) (string, error) {
	var id string
	err := s.read.QueryRowContext(ctx, `SELECT meeting_id FROM invitee WHERE id = $1`, invitee).Scan(&id)
	return id, s.fault(missing(err, invite.ErrNoInvitee))
}
