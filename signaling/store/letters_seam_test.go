package store

import (
	"context"
	"database/sql"

	"partyline/signaling/invite"
)

// AddLetters is addLetters in a transaction of its own.
func (s *Store) AddLetters(ctx context.Context, m invite.Mailing, to []invite.Recipient) error {
	return s.change(ctx, func(tx *sql.Tx) error { return s.addLetters(ctx, tx, m, to) })
}
