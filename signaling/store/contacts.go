package store

import (
	"context"
	"database/sql"
	"strings"

	"partyline/signaling/company"
	"partyline/sip/dialplan"
)

const contactQuery = `SELECT id, person_id, name, number, created_at FROM contact WHERE `

func scanContact(row scanner) (company.Contact, error) {
	var c company.Contact
	var created int64
	err := row.Scan(&c.ID, &c.Person, &c.Name, (*string)(&c.Number), &created)
	c.CreatedAt = fromMS(created)
	return c, err
}

func searchContact(c company.Contact) string {
	return strings.ToLower(c.Name) + "\n" + string(c.Number)
}

// Contacts is company.ContactStore.
func (s *Store) Contacts(ctx context.Context, person, query string) ([]company.Contact, error) {
	all, err := list(ctx, s.read, scanContact,
		contactQuery+`person_id = $1 AND search LIKE $2 ESCAPE '\' ORDER BY search, id`, person, contains(query))
	return all, s.fault(err)
}

// AddContact is company.ContactStore.
func (s *Store) AddContact(ctx context.Context, c company.Contact, limit int, entry *company.Entry) error {
	return s.change(ctx, func(tx *sql.Tx) error {
		if err := s.activePerson(ctx, tx, c.Person); err != nil {
			return err
		}
		var saved int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM contact WHERE person_id = $1`, c.Person).Scan(&saved); err != nil {
			return err
		}
		if saved >= limit {
			return company.ErrTooMany
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO contact (id, person_id, name, number, search, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
			c.ID, c.Person, c.Name, string(c.Number), searchContact(c), ms(c.CreatedAt))
		return s.noted(ctx, tx, err, entry)
	})
}

// noted ends a change of a contact: it may be of a number that is saved
// already, and it may be in the log.
func (s *Store) noted(ctx context.Context, tx *sql.Tx, err error, entry *company.Entry) error {
	switch {
	case err != nil && s.dialect.isTaken(err):
		return company.ErrTaken
	case err != nil || entry == nil:
		return err
	}
	return note(ctx, tx, *entry)
}

// ChangeContact is company.ContactStore.
func (s *Store) ChangeContact(
	ctx context.Context, person, id string, change func(*company.Contact) (*company.Entry, error),
) (company.Contact, error) {
	var c company.Contact
	err := s.change(ctx, func(tx *sql.Tx) (err error) {
		c, err = scanContact(tx.QueryRowContext(ctx, contactQuery+`person_id = $1 AND id = $2`+s.dialect.forUpdate, person, id))
		if err != nil {
			return missing(err, company.ErrNotFound)
		}
		entry, err := change(&c)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE contact SET name = $2, number = $3, search = $4 WHERE id = $1`,
			id, c.Name, string(c.Number), searchContact(c))
		return s.noted(ctx, tx, err, entry)
	})
	if err != nil {
		return company.Contact{}, err
	}
	return c, nil
}

// RemoveContact is company.ContactStore.
func (s *Store) RemoveContact(ctx context.Context, person, id string) error {
	return s.fault(removeOne(ctx, s.write, `DELETE FROM contact WHERE person_id = $1 AND id = $2`, person, id))
}

// ContactByNumber is company.ContactStore.
func (s *Store) ContactByNumber(ctx context.Context, person string, number dialplan.Number) (company.Contact, error) {
	c, err := scanContact(s.read.QueryRowContext(ctx, contactQuery+`person_id = $1 AND number = $2`, person, string(number)))
	if err != nil {
		return company.Contact{}, s.fault(missing(err, company.ErrNotFound))
	}
	return c, nil
}
