package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"partyline/signaling/auth"
)

const extensionQuery = `
	SELECT person_id, person.name, person.language, user_name, number, ha1_md5, ha1_sha256, sip_account.created_at
	FROM sip_account JOIN person ON person.id = person_id
	WHERE active AND `

func scanExtension(row scanner) (auth.Extension, error) {
	var e auth.Extension
	var created int64
	err := row.Scan(&e.Person, &e.Name, &e.Language, &e.User, &e.Number, (*string)(&e.MD5), (*string)(&e.SHA256), &created)
	e.CreatedAt = fromMS(created)
	return e, err
}

func (s *Store) extensionBy(ctx context.Context, where, arg string) (auth.Extension, error) {
	e, err := scanExtension(s.read.QueryRowContext(ctx, extensionQuery+where, arg))
	if err != nil {
		return auth.Extension{}, s.fault(missing(err, auth.ErrNoExtension))
	}
	return e, nil
}

// Extension is auth.PhoneStore.
func (s *Store) Extension(ctx context.Context, person string) (auth.Extension, error) {
	return s.extensionBy(ctx, `person_id = $1`, person)
}

// ExtensionByUser is auth.PhoneStore.
func (s *Store) ExtensionByUser(ctx context.Context, user string) (auth.Extension, error) {
	return s.extensionBy(ctx, `user_name = $1`, user)
}

// ExtensionByNumber is auth.PhoneStore.
func (s *Store) ExtensionByNumber(ctx context.Context, number string) (auth.Extension, error) {
	return s.extensionBy(ctx, `number = $1`, number)
}

// ExtensionNumbers is auth.PhoneStore.
func (s *Store) ExtensionNumbers(ctx context.Context) ([]string, error) {
	numbers, err := list(ctx, s.read, func(row scanner) (n string, err error) {
		return n, row.Scan(&n)
	}, `SELECT number FROM sip_account ORDER BY number`)
	return numbers, s.fault(err)
}

// PutExtension is auth.PhoneStore.
func (s *Store) PutExtension(ctx context.Context, e auth.Extension) error {
	return s.change(ctx, func(tx *sql.Tx) error {
		if err := s.activePerson(ctx, tx, e.Person); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO sip_account (person_id, user_name, number, ha1_md5, ha1_sha256, created_at)
			VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (person_id) DO UPDATE SET user_name = excluded.user_name, number = excluded.number,
				ha1_md5 = excluded.ha1_md5, ha1_sha256 = excluded.ha1_sha256, created_at = excluded.created_at`,
			e.Person, e.User, e.Number, string(e.MD5), string(e.SHA256), ms(e.CreatedAt))
		if err != nil && s.dialect.isTaken(err) {
			return auth.ErrTaken
		}
		return err
	})
}

// activePerson locks a person. It returns auth.ErrNoPerson, also for one who
// is not active.
func (s *Store) activePerson(ctx context.Context, tx *sql.Tx, id string) error {
	var found string
	err := tx.QueryRowContext(ctx, `SELECT id FROM person WHERE id = $1 AND active`+s.dialect.forUpdate, id).Scan(&found)
	return missing(err, auth.ErrNoPerson)
}

// DropExtension is auth.PhoneStore.
func (s *Store) DropExtension(ctx context.Context, person string) error {
	n, err := s.exec(ctx, `DELETE FROM sip_account WHERE person_id = $1`, person)
	if err == nil && n == 0 {
		return auth.ErrNoExtension
	}
	return err
}

// PutSpokenName is auth.SpokenNames.
func (s *Store) PutSpokenName(ctx context.Context, person string, pcm []byte, at time.Time) error {
	return s.change(ctx, func(tx *sql.Tx) error {
		if err := s.activePerson(ctx, tx, person); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO spoken_name (person_id, pcm, created_at) VALUES ($1, $2, $3)
			ON CONFLICT (person_id) DO UPDATE SET pcm = excluded.pcm, created_at = excluded.created_at`,
			person, pcm, ms(at))
		if err != nil {
			return fmt.Errorf("store a spoken name: %w", err)
		}
		return nil
	})
}

// SpokenName is auth.SpokenNames.
func (s *Store) SpokenName(ctx context.Context, person string) ([]byte, error) {
	var pcm []byte
	err := s.read.QueryRowContext(ctx, `SELECT pcm FROM spoken_name WHERE person_id = $1`, person).Scan(&pcm)
	if err != nil {
		return nil, s.fault(missing(err, auth.ErrNoSpokenName))
	}
	return pcm, nil
}

// DropSpokenName is auth.SpokenNames.
func (s *Store) DropSpokenName(ctx context.Context, person string) error {
	n, err := s.exec(ctx, `DELETE FROM spoken_name WHERE person_id = $1`, person)
	if err == nil && n == 0 {
		return auth.ErrNoSpokenName
	}
	return err
}
