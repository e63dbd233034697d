package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"partyline/signaling/alert"
)

var _ alert.Book = (*Store)(nil)

// TakeTroubles is alert.Book. Where nothing is amiss it only reads.
func (s *Store) TakeTroubles(ctx context.Context, keeper string, found []alert.Trouble, lease time.Duration) ([]alert.Trouble, error) {
	if len(found) == 0 {
		var some bool
		if err := s.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM trouble)`).Scan(&some); err != nil || !some {
			return nil, s.fault(err)
		}
	}
	var held []alert.Trouble
	err := s.change(ctx, func(tx *sql.Tx) error {
		for _, t := range found {
			_, err := tx.ExecContext(ctx, `
				INSERT INTO trouble (kind, subject, figure, began, told, keeper, until) VALUES ($1, $2, $3, $4, $5, '', 0)
				ON CONFLICT (kind, subject) DO UPDATE SET figure = excluded.figure`,
				string(t.Kind), t.Of, t.Figure, ms(t.Began), t.Told)
			if err != nil {
				return fmt.Errorf("note a trouble: %w", err)
			}
		}
		_, err := tx.ExecContext(ctx, `
			UPDATE trouble SET keeper = $1, until = `+s.dialect.now+` + $2 WHERE keeper = $1 OR until <= `+s.dialect.now,
			keeper, lease.Milliseconds())
		if err != nil {
			return fmt.Errorf("take troubles: %w", err)
		}
		held, err = list(ctx, tx, scanTrouble, `
			SELECT kind, subject, figure, began, told FROM trouble WHERE keeper = $1 ORDER BY kind, subject`, keeper)
		return err
	})
	return held, err
}

func scanTrouble(row scanner) (alert.Trouble, error) {
	var t alert.Trouble
	var kind string
	var began int64
	err := row.Scan(&kind, &t.Of, &t.Figure, &began, &t.Told)
	t.Kind, t.Began = alert.Kind(kind), fromMS(began)
	return t, err
}

// TroubleTold is alert.Book.
func (s *Store) TroubleTold(ctx context.Context, keeper string, t alert.Trouble) error {
	_, err := s.exec(ctx, `UPDATE trouble SET told = $4 WHERE kind = $1 AND subject = $2 AND keeper = $3`, string(t.Kind), t.Of, keeper, true)
	return err
}

// ForgetTrouble is alert.Book.
func (s *Store) ForgetTrouble(ctx context.Context, keeper string, t alert.Trouble) error {
	_, err := s.exec(ctx, `DELETE FROM trouble WHERE kind = $1 AND subject = $2 AND keeper = $3`, string(t.Kind), t.Of, keeper)
	return err
}
