package store

import (
	"context"
	"database/sql"
	"fmt"

	"partyline/signaling/auth"
)

func insertInvitation(ctx context.Context, q querier, i auth.Invitation) error {
	_, err := q.ExecContext(ctx, `
		INSERT INTO invitation (person_id, digest, expires_at) VALUES ($1, $2, $3)
		ON CONFLICT (person_id) DO UPDATE SET digest = excluded.digest, expires_at = excluded.expires_at`,
		i.Person, string(i.Digest), ms(i.ExpiresAt))
	return err
}

// PutInvitation is auth.Links.
func (s *Store) PutInvitation(ctx context.Context, i auth.Invitation) error {
	return s.change(ctx, func(tx *sql.Tx) error {
		var id string
		err := tx.QueryRowContext(ctx, `SELECT id FROM person WHERE id = $1 AND active`+s.dialect.forUpdate, i.Person).Scan(&id)
		if err != nil {
			return missing(err, auth.ErrNoPerson)
		}
		return insertInvitation(ctx, tx, i)
	})
}

// Invitation is auth.Links.
func (s *Store) Invitation(ctx context.Context, digest auth.Digest) (auth.Invitation, auth.Person, error) {
	var i auth.Invitation
	var expires int64
	err := s.read.QueryRowContext(ctx, `SELECT person_id, digest, expires_at FROM invitation WHERE digest = $1`,
		string(digest)).Scan(&i.Person, (*string)(&i.Digest), &expires)
	if err != nil {
		return auth.Invitation{}, auth.Person{}, s.fault(missing(err, auth.ErrWrongToken))
	}
	i.ExpiresAt = fromMS(expires)
	p, err := scanPerson(s.read.QueryRowContext(ctx,
		`SELECT `+accountColumns+` FROM person WHERE id = $1 AND active`, i.Person))
	if err != nil {
		return auth.Invitation{}, auth.Person{}, s.fault(missing(err, auth.ErrWrongToken))
	}
	return i, p, nil
}

// TakeInvitation is auth.Links.
func (s *Store) TakeInvitation(ctx context.Context, digest auth.Digest, hash string) error {
	return s.change(ctx, func(tx *sql.Tx) error {
		var person string
		err := tx.QueryRowContext(ctx, `DELETE FROM invitation WHERE digest = $1 RETURNING person_id`,
			string(digest)).Scan(&person)
		if err != nil {
			return missing(err, auth.ErrWrongToken)
		}
		if _, err := tx.ExecContext(ctx, `UPDATE person SET password_hash = $2 WHERE id = $1`, person, hash); err != nil {
			return fmt.Errorf("store password: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM session WHERE person_id = $1`, person); err != nil {
			return fmt.Errorf("end sessions: %w", err)
		}
		return nil
	})
}

// Company is auth.SetUpStore.
func (s *Store) Company(ctx context.Context) (auth.Company, error) {
	return readCompany(ctx, s, s.read)
}

func readCompany(ctx context.Context, s *Store, q querier) (auth.Company, error) {
	var c auth.Company
	err := q.QueryRowContext(ctx, `SELECT name FROM company WHERE id = 1`).Scan(&c.Name)
	return c, s.fault(missing(err, nil))
}

// notSetUp returns auth.ErrSetUpDone once there is a company.
func notSetUp(ctx context.Context, s *Store, q querier) error {
	c, err := readCompany(ctx, s, q)
	if err == nil && c != (auth.Company{}) {
		return auth.ErrSetUpDone
	}
	return err
}

// PutSetUpToken is auth.SetUpStore.
func (s *Store) PutSetUpToken(ctx context.Context, digest auth.Digest) error {
	return s.change(ctx, func(tx *sql.Tx) error {
		if err := notSetUp(ctx, s, tx); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO set_up_token (id, digest) VALUES (1, $1)
			ON CONFLICT (id) DO UPDATE SET digest = excluded.digest`, string(digest))
		return err
	})
}

// SetUp is auth.SetUpStore. Deleting the token is what only one of several
// can do.
func (s *Store) SetUp(ctx context.Context, digest auth.Digest, c auth.Company, admin auth.Account) error {
	return s.change(ctx, func(tx *sql.Tx) error {
		if err := notSetUp(ctx, s, tx); err != nil {
			return err
		}
		r, err := tx.ExecContext(ctx, `DELETE FROM set_up_token WHERE digest = $1`, string(digest))
		if err != nil {
			return fmt.Errorf("take set-up token: %w", err)
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return errorOr(err, auth.ErrWrongToken)
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO company (id, name, created_at) VALUES (1, $1, $2)`, c.Name, ms(admin.CreatedAt))
		if err != nil {
			return fmt.Errorf("name the company: %w", err)
		}
		return s.insertPerson(ctx, tx, admin)
	})
}

func errorOr(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}
