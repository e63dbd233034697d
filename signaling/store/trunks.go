package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"partyline/signaling/company"
)

const trunkQuery = `SELECT name, body, sealed, changed_at, changed_by_id, changed_by FROM trunk `

func scanTrunk(row scanner) (company.StoredTrunk, error) {
	var t company.StoredTrunk
	var name, body string
	var changed int64
	if err := row.Scan(&name, &body, &t.Sealed, &changed, &t.ChangedBy.ID, &t.ChangedBy.Name); err != nil {
		return t, err
	}
	t.ChangedAt = fromMS(changed)
	if err := json.Unmarshal([]byte(body), &t.Trunk); err != nil {
		return t, fmt.Errorf("read trunk %s: %w", name, err)
	}
	return t, nil
}

// Trunks is company.TrunkStore.
func (s *Store) Trunks(ctx context.Context) ([]company.StoredTrunk, error) {
	all, err := list(ctx, s.read, scanTrunk, trunkQuery+`ORDER BY name`)
	return all, s.fault(err)
}

// AddTrunk is company.TrunkStore.
func (s *Store) AddTrunk(ctx context.Context, t company.StoredTrunk, entry company.Entry) error {
	return s.change(ctx, func(tx *sql.Tx) error {
		args, err := trunkArgs(t)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO trunk (name, body, sealed, changed_at, changed_by_id, changed_by) VALUES ($1, $2, $3, $4, $5, $6)`, args...)
		if err != nil && s.dialect.isTaken(err) {
			return company.ErrTaken
		}
		if err != nil {
			return err
		}
		return note(ctx, tx, entry)
	})
}

func trunkArgs(t company.StoredTrunk) ([]any, error) {
	body, err := json.Marshal(t.Trunk)
	return []any{t.Name, string(body), octets(t.Sealed), ms(t.ChangedAt), t.ChangedBy.ID, t.ChangedBy.Name}, err
}

// octets stores none as an empty value, not as NULL.
func octets(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// ChangeTrunk is company.TrunkStore.
func (s *Store) ChangeTrunk(ctx context.Context, name string, change func(*company.StoredTrunk) (company.Entry, error)) error {
	return s.change(ctx, func(tx *sql.Tx) error {
		t, err := scanTrunk(tx.QueryRowContext(ctx, trunkQuery+`WHERE name = $1`+s.dialect.forUpdate, name))
		if err != nil {
			return missing(err, company.ErrNotFound)
		}
		entry, err := change(&t)
		if err != nil {
			return err
		}
		args, err := trunkArgs(t)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
			UPDATE trunk SET body = $2, sealed = $3, changed_at = $4, changed_by_id = $5, changed_by = $6 WHERE name = $1`, args...)
		if err != nil {
			return err
		}
		return note(ctx, tx, entry)
	})
}

// RemoveTrunk is company.TrunkStore.
func (s *Store) RemoveTrunk(ctx context.Context, name string, entry company.Entry) error {
	return s.change(ctx, func(tx *sql.Tx) error {
		if err := removeOne(ctx, tx, `DELETE FROM trunk WHERE name = $1`, name); err != nil {
			return err
		}
		return note(ctx, tx, entry)
	})
}

// removeOne deletes a row. It returns company.ErrNotFound.
func removeOne(ctx context.Context, q querier, query string, args ...any) error {
	r, err := q.ExecContext(ctx, query, args...)
	if err != nil {
		return err
	}
	n, err := r.RowsAffected()
	if err == nil && n == 0 {
		return company.ErrNotFound
	}
	return err
}
