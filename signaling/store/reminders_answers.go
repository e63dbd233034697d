package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"partyline/signaling/reminder"
)

// AddAnswer is reminder.Answers.
func (s *Store) AddAnswer(ctx context.Context, a reminder.Answer, later []reminder.Row) error {
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("make an id: %w", err)
	}
	return s.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO reminder_answer (id, subject, meeting_id, who, person_id, name, start_at, act, minutes, place, at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			id.String(), a.Subject, a.Meeting, a.Who, a.Person, a.Name, ms(a.Start), string(a.Act), a.Minutes, a.Where, ms(a.At))
		if err != nil {
			return err
		}
		// What was not sent yet is not, and what was is answered. A phone that is
		// to ring into the meeting does unless they are there, or will not be.
		_, err = tx.ExecContext(ctx, `
			UPDATE reminder SET
				state = CASE WHEN state IN ('sent', 'delivered') THEN 'acknowledged' ELSE 'suppressed' END,
				reason = CASE WHEN state IN ('sent', 'delivered') THEN reason ELSE 'answered' END
			WHERE subject = $1 AND who = $2 AND start_at = $3 AND state IN ('pending', 'claimed', 'sent', 'delivered')
				AND step <> 'host' AND (step <> 'dial' OR $4 IN ('join', 'cannot'))`, a.Subject, a.Who, ms(a.Start), string(a.Act))
		if err != nil {
			return err
		}
		for part := range slices.Chunk(later, rowsAtOnce) {
			values, args := rowValues(part)
			if _, err := tx.ExecContext(ctx, insertReminders+values+` ON CONFLICT (id) DO NOTHING`, args...); err != nil {
				return err
			}
		}
		return nil
	})
}

func scanAnswer(row scanner) (reminder.Answer, error) {
	var a reminder.Answer
	var start, at int64
	err := row.Scan(&a.Subject, &a.Meeting, &a.Who, &a.Person, &a.Name, &start, (*string)(&a.Act), &a.Minutes, &a.Where, &at)
	a.Start, a.At = fromMS(start), fromMS(at)
	return a, err
}

// AnswersTo is reminder.Answers.
func (s *Store) AnswersTo(ctx context.Context, subject string) ([]reminder.Answer, error) {
	all, err := list(ctx, s.read, scanAnswer, `
		SELECT subject, meeting_id, who, person_id, name, start_at, act, minutes, place, at FROM reminder_answer
		WHERE subject = $1 ORDER BY id`, subject)
	return all, s.fault(err)
}
