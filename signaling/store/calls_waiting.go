package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"partyline/sip/billing"
)

// AddWaiting is billing.Queue.
func (s *Store) AddWaiting(ctx context.Context, calls []billing.Waiting) error {
	return s.change(ctx, func(tx *sql.Tx) error {
		for _, c := range calls {
			_, err := tx.ExecContext(ctx, `
				INSERT INTO waiting_call (call_id, batch, meeting_id, person_id, number, name, known, asked_at)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
				c.Call, c.Batch, c.Meeting, c.Person, c.Number, c.Name, c.Known, ms(c.At))
			if err != nil {
				return fmt.Errorf("keep a call that waits: %w", err)
			}
		}
		return nil
	})
}

// dropAtOnce bounds the length of one statement.
const dropAtOnce = 200

// DropWaiting is billing.Queue.
func (s *Store) DropWaiting(ctx context.Context, calls ...string) error {
	return s.change(ctx, func(tx *sql.Tx) error {
		for len(calls) > 0 {
			n := min(len(calls), dropAtOnce)
			args, places := make([]any, n), make([]string, n)
			for i, id := range calls[:n] {
				args[i], places[i] = id, "$"+strconv.Itoa(i+1)
			}
			if _, err := tx.ExecContext(ctx, `DELETE FROM waiting_call WHERE call_id IN (`+strings.Join(places, ", ")+`)`, args...); err != nil {
				return fmt.Errorf("drop calls that waited: %w", err)
			}
			calls = calls[n:]
		}
		return nil
	})
}

// Waiting is billing.Queue. A call that has a record has not waited: the program
// stopped before its row could go, which it does now.
func (s *Store) Waiting(ctx context.Context) ([]billing.Waiting, error) {
	if _, err := s.write.ExecContext(ctx, `
		DELETE FROM waiting_call WHERE EXISTS (
			SELECT 1 FROM cdr WHERE cdr.setup_at >= waiting_call.asked_at AND cdr.batch = waiting_call.batch
				AND (waiting_call.number = cdr.to_number OR waiting_call.number LIKE cdr.to_number || ',%'))`); err != nil {
		return nil, s.fault(fmt.Errorf("drop calls that were placed: %w", err))
	}
	all, err := list(ctx, s.read, func(row scanner) (c billing.Waiting, err error) {
		var at int64
		err = row.Scan(&c.Call, &c.Batch, &c.Meeting, &c.Person, &c.Number, &c.Name, &c.Known, &at)
		c.At = fromMS(at)
		return c, err
	}, `SELECT call_id, batch, meeting_id, person_id, number, name, known, asked_at FROM waiting_call ORDER BY asked_at, call_id`)
	return all, s.fault(err)
}
