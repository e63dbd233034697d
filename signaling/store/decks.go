package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"partyline/signaling/company"
)

const deckColumns = `version, name, trunk, row_count, currency, sha256, uploaded_at, uploaded_by_id, uploaded_by, active_from, activated_by`

// deckFields are where a deck is read to.
func deckFields(d *company.Deck, uploaded, active *int64) []any {
	return []any{
		&d.Version, &d.Name, &d.Trunk, &d.Rows, &d.Currency, &d.SHA256, uploaded,
		&d.UploadedBy.ID, &d.UploadedBy.Name, active, &d.ActivatedBy,
	}
}

// scanDeck reads a deck, and what else the row has.
func scanDeck(row scanner, more ...any) (company.Deck, error) {
	var d company.Deck
	var uploaded, active int64
	err := row.Scan(append(deckFields(&d, &uploaded, &active), more...)...)
	d.UploadedAt, d.ActiveFrom = fromMS(uploaded), fromMS(active)
	return d, err
}

// AddDeck is company.DeckStore. Of two at once one may find its version taken,
// and takes the next.
func (s *Store) AddDeck(
	ctx context.Context, d company.Deck, rates []byte, entry func(company.Deck) (company.Entry, error),
) (company.Deck, error) {
	for {
		err := s.change(ctx, func(tx *sql.Tx) error { return s.addDeck(ctx, tx, &d, rates, entry) })
		if errors.Is(err, company.ErrTaken) && ctx.Err() == nil {
			continue
		}
		if err != nil {
			return company.Deck{}, err
		}
		return d, nil
	}
}

func (s *Store) addDeck(
	ctx context.Context, tx *sql.Tx, d *company.Deck, rates []byte, entry func(company.Deck) (company.Entry, error),
) error {
	var decks int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM deck`).Scan(&decks); err != nil {
		return err
	}
	d.Version = fmt.Sprintf("%04d", decks+1)
	_, err := tx.ExecContext(ctx, `
		INSERT INTO deck (`+deckColumns+`, csv, removed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		d.Version, d.Name, d.Trunk, d.Rows, d.Currency, d.SHA256, ms(d.UploadedAt), d.UploadedBy.ID, d.UploadedBy.Name,
		ms(d.ActiveFrom), d.ActivatedBy, rates, d.Removed)
	if err != nil && s.dialect.isTaken(err) {
		return company.ErrTaken
	}
	if err != nil {
		return err
	}
	e, err := entry(*d)
	if err != nil {
		return err
	}
	return note(ctx, tx, e)
}

// Decks is company.DeckStore.
func (s *Store) Decks(ctx context.Context) ([]company.Deck, error) {
	all, err := list(ctx, s.read, func(row scanner) (company.Deck, error) { return scanDeck(row) },
		`SELECT `+deckColumns+` FROM deck WHERE NOT removed ORDER BY version DESC`)
	return all, s.fault(err)
}

// DeckRates is company.DeckStore.
func (s *Store) DeckRates(ctx context.Context, version string) (company.Deck, []byte, error) {
	var rates []byte
	d, err := scanDeck(s.read.QueryRowContext(ctx,
		`SELECT `+deckColumns+`, csv FROM deck WHERE version = $1 AND NOT removed`, version), &rates)
	if err != nil {
		return company.Deck{}, nil, s.fault(missing(err, company.ErrNotFound))
	}
	return d, rates, nil
}

// ChangeDeck is company.DeckStore.
func (s *Store) ChangeDeck(
	ctx context.Context, version string, change func(*company.Deck) (company.Entry, error),
) (company.Deck, error) {
	var d company.Deck
	err := s.change(ctx, func(tx *sql.Tx) (err error) {
		d, err = scanDeck(tx.QueryRowContext(ctx,
			`SELECT `+deckColumns+` FROM deck WHERE version = $1 AND NOT removed`+s.dialect.forUpdate, version))
		if err != nil {
			return missing(err, company.ErrNotFound)
		}
		entry, err := change(&d)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
			UPDATE deck SET active_from = $2, activated_by = $3, removed = $4, csv = CASE WHEN $4 THEN $5 ELSE csv END
			WHERE version = $1`, version, ms(d.ActiveFrom), d.ActivatedBy, d.Removed, []byte{})
		if err != nil {
			return err
		}
		return note(ctx, tx, entry)
	})
	if err != nil {
		return company.Deck{}, err
	}
	return d, nil
}
