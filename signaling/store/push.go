package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"

	"partyline/signaling/channel"
)

// Browsers is channel.BrowserStore.
func (s *Store) Browsers(ctx context.Context, person string) ([]channel.StoredBrowser, error) {
	all, err := list(ctx, s.read, func(row scanner) (b channel.StoredBrowser, err error) {
		var created int64
		err = row.Scan(&b.ID, &b.Person, &b.Session, &b.Sealed, &b.UserAgent, &created)
		b.CreatedAt = fromMS(created)
		return b, err
	}, `
		SELECT browser.id, person_id, session_id, sealed, user_agent, browser.created_at
		FROM browser JOIN person ON person.id = person_id
		WHERE person_id = $1 AND active ORDER BY browser.created_at DESC, browser.id`, person)
	return all, s.fault(err)
}

// PutBrowser is channel.BrowserStore.
func (s *Store) PutBrowser(ctx context.Context, b channel.StoredBrowser, limit int) error {
	return s.change(ctx, func(tx *sql.Tx) error {
		if err := s.activePerson(ctx, tx, b.Person); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO browser (id, person_id, session_id, sealed, user_agent, created_at) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (id) DO UPDATE SET person_id = excluded.person_id, session_id = excluded.session_id,
				sealed = excluded.sealed, user_agent = excluded.user_agent, created_at = excluded.created_at`,
			b.ID, b.Person, b.Session, octets(b.Sealed), b.UserAgent, ms(b.CreatedAt))
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
			DELETE FROM browser WHERE person_id = $1 AND id NOT IN (
				SELECT id FROM browser WHERE person_id = $1 ORDER BY created_at DESC, id LIMIT $2)`, b.Person, limit)
		return err
	})
}

// DropBrowser is channel.BrowserStore.
func (s *Store) DropBrowser(ctx context.Context, person, id string) error {
	return s.fault(removeOne(ctx, s.write, `DELETE FROM browser WHERE person_id = $1 AND id = $2`, person, id))
}

const pushKeyQuery = `SELECT sealed FROM push_key WHERE id = 1`

// PushKey is channel.BrowserStore.
func (s *Store) PushKey(ctx context.Context) (sealed []byte, err error) {
	err = s.read.QueryRowContext(ctx, pushKeyQuery).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return sealed, s.fault(err)
}

// KeepPushKey is channel.BrowserStore.
func (s *Store) KeepPushKey(ctx context.Context, sealed, instead []byte) (kept []byte, err error) {
	err = s.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO push_key (id, sealed) VALUES (1, $1) ON CONFLICT (id) DO NOTHING`, sealed)
		if err != nil {
			return err
		}
		if err := tx.QueryRowContext(ctx, pushKeyQuery+s.dialect.forUpdate).Scan(&kept); err != nil {
			return err
		}
		if instead == nil || !bytes.Equal(kept, instead) {
			return nil
		}
		kept = sealed
		_, err = tx.ExecContext(ctx, `UPDATE push_key SET sealed = $1 WHERE id = 1`, sealed)
		return err
	})
	return kept, err
}
