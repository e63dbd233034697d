package store

import (
	"context"
	"database/sql"
	"errors"

	"partyline/signaling/company"
)

func (s *Store) setting(ctx context.Context, q querier, name, end string) (company.Setting, error) {
	var set company.Setting
	var changed int64
	row := q.QueryRowContext(ctx, `SELECT body, changed_at, changed_by_id, changed_by FROM setting WHERE name = $1`+end, name)
	if err := row.Scan(&set.Body, &changed, &set.ChangedBy.ID, &set.ChangedBy.Name); err != nil {
		return company.Setting{}, missing(err, company.ErrNotFound)
	}
	set.ChangedAt = fromMS(changed)
	return set, nil
}

// Setting is company.SettingStore.
func (s *Store) Setting(ctx context.Context, name string) (company.Setting, error) {
	set, err := s.setting(ctx, s.read, name, "")
	return set, s.fault(err)
}

// ChangeSetting is company.SettingStore.
func (s *Store) ChangeSetting(ctx context.Context, name string, change func(*company.Setting) (company.Entry, error)) error {
	return s.change(ctx, func(tx *sql.Tx) error {
		// There is a row to lock before the setting has been set.
		_, err := tx.ExecContext(ctx, `
			INSERT INTO setting (name, body, changed_at, changed_by_id, changed_by) VALUES ($1, '', 0, '', '')
			ON CONFLICT (name) DO NOTHING`, name)
		if err != nil {
			return err
		}
		set, err := s.setting(ctx, tx, name, s.dialect.forUpdate)
		if err != nil && !errors.Is(err, company.ErrNotFound) {
			return err
		}
		entry, err := change(&set)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
			UPDATE setting SET body = $2, changed_at = $3, changed_by_id = $4, changed_by = $5 WHERE name = $1`,
			name, string(set.Body), ms(set.ChangedAt), set.ChangedBy.ID, set.ChangedBy.Name)
		if err != nil {
			return err
		}
		return note(ctx, tx, entry)
	})
}
