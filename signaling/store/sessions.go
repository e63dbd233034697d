package store

import (
	"context"
	"database/sql"
	"time"

	"partyline/signaling/auth"
)

const sessionColumns = `session.id, session.digest, session.person_id, session.created_at, session.last_seen_at,
	session.user_agent, session.address`

// sessionFields are the places that sessionColumns are scanned into; done
// fills the times in afterwards.
func sessionFields(s *auth.Session) (dest []any, done func()) {
	var created, seen int64
	dest = []any{&s.ID, (*string)(&s.Digest), &s.Person, &created, &seen, &s.Client.UserAgent, &s.Client.Address}
	return dest, func() { s.CreatedAt, s.LastSeenAt = fromMS(created), fromMS(seen) }
}

func scanSession(row scanner) (auth.Session, error) {
	var s auth.Session
	dest, done := sessionFields(&s)
	err := row.Scan(dest...)
	done()
	return s, err
}

// AddSession is auth.Sessions.
func (s *Store) AddSession(ctx context.Context, n auth.Session) error {
	_, err := s.exec(ctx, `
		INSERT INTO session (id, digest, person_id, created_at, last_seen_at, user_agent, address)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		n.ID, string(n.Digest), n.Person, ms(n.CreatedAt), ms(n.LastSeenAt), n.Client.UserAgent, n.Client.Address)
	return err
}

// Session is auth.Sessions.
func (s *Store) Session(ctx context.Context, digest auth.Digest) (auth.Session, auth.Person, error) {
	session, err := scanSession(s.read.QueryRowContext(ctx,
		`SELECT `+sessionColumns+` FROM session WHERE digest = $1`, string(digest)))
	if err != nil {
		return auth.Session{}, auth.Person{}, s.fault(missing(err, auth.ErrNoSession))
	}
	person, err := scanPerson(s.read.QueryRowContext(ctx,
		`SELECT `+accountColumns+` FROM person WHERE id = $1 AND active`, session.Person))
	if err != nil {
		return auth.Session{}, auth.Person{}, s.fault(missing(err, auth.ErrNoSession))
	}
	return session, person, nil
}

// TouchSession is auth.Sessions.
func (s *Store) TouchSession(ctx context.Context, id string, seen time.Time) error {
	_, err := s.exec(ctx, `UPDATE session SET last_seen_at = $2 WHERE id = $1`, id, ms(seen))
	return err
}

// ListSessions is auth.Sessions.
func (s *Store) ListSessions(ctx context.Context, person string) ([]auth.Session, error) {
	all, err := list(ctx, s.read, scanSession,
		`SELECT `+sessionColumns+` FROM session WHERE person_id = $1 ORDER BY last_seen_at DESC, id DESC`, person)
	return all, s.fault(err)
}

// EndSessions is auth.Sessions.
func (s *Store) EndSessions(ctx context.Context, person string, which auth.Selection) (ended []string, err error) {
	err = s.change(ctx, func(tx *sql.Tx) (err error) {
		ended, err = list(ctx, tx, func(row scanner) (id string, err error) {
			return id, row.Scan(&id)
		}, `DELETE FROM session WHERE person_id = $1 AND (id = $2) <> $3 RETURNING id`, person, which.ID, which.Others)
		if err != nil {
			return err
		}
		// A browser that is signed out gets no push messages any more, even where
		// its session was forgotten before.
		_, err = tx.ExecContext(ctx, `DELETE FROM browser WHERE person_id = $1 AND (session_id = $2) <> $3`,
			person, which.ID, which.Others)
		return err
	})
	return ended, err
}

// SetPassword is auth.Sessions.
func (s *Store) SetPassword(ctx context.Context, person, hash string) error {
	n, err := s.exec(ctx, `UPDATE person SET password_hash = $2 WHERE id = $1`, person, hash)
	if err == nil && n == 0 {
		return auth.ErrNoPerson
	}
	return err
}

// ForgetSessions is auth.Sessions.
func (s *Store) ForgetSessions(ctx context.Context, seen, created time.Time) error {
	_, err := s.exec(ctx, `DELETE FROM session WHERE last_seen_at < $1 OR created_at < $2`, ms(seen), ms(created))
	return err
}
