package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"strings"

	"partyline/signaling/auth"
)

const accountColumns = `person.id, person.name, person.email, person.phone, person.language, person.time_zone,
	person.admin, person.active, person.password_hash, person.created_at,
	coalesce((SELECT number FROM sip_account WHERE person_id = person.id), ''),
	person.department, person.cost_centre, person.may_call`

func scanAccount(row scanner) (auth.Account, error) {
	var a auth.Account
	var created int64
	err := row.Scan(&a.ID, &a.Name, &a.Email, (*string)(&a.Phone), &a.Language, &a.TimeZone,
		&a.Admin, &a.Active, &a.PasswordHash, &created, &a.Extension,
		&a.Department, &a.CostCentre, (*string)(&a.MayCall))
	a.CreatedAt = fromMS(created)
	a.Invited = a.PasswordHash == ""
	return a, err
}

func scanPerson(row scanner) (auth.Person, error) {
	a, err := scanAccount(row)
	return a.Person, err
}

// AddPeople is auth.People.
func (s *Store) AddPeople(ctx context.Context, accounts []auth.Account, invitations []auth.Invitation) error {
	return s.change(ctx, func(tx *sql.Tx) error {
		for _, a := range accounts {
			if err := s.insertPerson(ctx, tx, a); err != nil {
				return err
			}
		}
		for _, i := range invitations {
			if err := insertInvitation(ctx, tx, i); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) insertPerson(ctx context.Context, q querier, a auth.Account) error {
	_, err := q.ExecContext(ctx, `
		INSERT INTO person (id, name, email, phone, language, time_zone, admin, active, password_hash, search, created_at,
			department, cost_centre, may_call)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		a.ID, a.Name, a.Email, string(a.Phone), a.Language, a.TimeZone, a.Admin, a.Active, a.PasswordHash,
		searchText(a.Person), ms(a.CreatedAt), a.Department, a.CostCentre,
		string(cmp.Or(a.MayCall, auth.MayCallEveryone)))
	if err != nil && s.dialect.isTaken(err) {
		return auth.ErrEmailTaken
	}
	return err
}

func searchText(p auth.Person) string { return strings.ToLower(p.Name + "\n" + p.Email) }

// Account is auth.People.
func (s *Store) Account(ctx context.Context, id string) (auth.Account, error) {
	return s.accountBy(ctx, `person.id = $1`, id)
}

// AccountByEmail is auth.People.
func (s *Store) AccountByEmail(ctx context.Context, email string) (auth.Account, error) {
	return s.accountBy(ctx, `person.email = $1`, email)
}

func (s *Store) accountBy(ctx context.Context, where string, arg any) (auth.Account, error) {
	a, err := scanAccount(s.read.QueryRowContext(ctx, `SELECT `+accountColumns+` FROM person WHERE `+where, arg))
	if err != nil {
		return auth.Account{}, s.fault(missing(err, auth.ErrNoPerson))
	}
	return a, nil
}

// PeopleByPhone is auth.People.
func (s *Store) PeopleByPhone(ctx context.Context, number auth.Phone) ([]auth.Person, error) {
	people, err := list(ctx, s.read, scanPerson,
		`SELECT `+accountColumns+` FROM person WHERE phone = $1 AND active ORDER BY id LIMIT 2`, string(number))
	return people, s.fault(err)
}

// EmailsInUse is auth.People.
func (s *Store) EmailsInUse(ctx context.Context) (map[string]bool, error) {
	emails, err := list(ctx, s.read, func(row scanner) (e string, err error) {
		return e, row.Scan(&e)
	}, `SELECT email FROM person`)
	if err != nil {
		return nil, s.fault(err)
	}
	set := make(map[string]bool, len(emails))
	for _, e := range emails {
		set[e] = true
	}
	return set, nil
}

// ListPeople is auth.People.
func (s *Store) ListPeople(ctx context.Context, query string, inactive bool) ([]auth.Person, error) {
	people, err := list(ctx, s.read, scanPerson, `
		SELECT `+accountColumns+` FROM person
		WHERE search LIKE $1 ESCAPE '\' AND (active OR $2)
		ORDER BY search, id LIMIT 1000`, contains(query), inactive)
	return people, s.fault(err)
}

// AllPeople is auth.People.
func (s *Store) AllPeople(ctx context.Context) ([]auth.Person, error) {
	people, err := list(ctx, s.read, scanPerson, `SELECT `+accountColumns+` FROM person ORDER BY search, id`)
	return people, s.fault(err)
}

// contains is a LIKE pattern for text that has the query in it.
func contains(query string) string {
	escaped := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(query))
	return "%" + escaped + "%"
}

// ChangePerson is auth.People.
func (s *Store) ChangePerson(ctx context.Context, id string, change func(*auth.Person, int) error) (auth.Person, error) {
	var p auth.Person
	err := s.change(ctx, func(tx *sql.Tx) error {
		// Locking all admins as well keeps two of them from demoting each
		// other at the same moment. The order keeps them from deadlock.
		admins, err := list(ctx, tx, scanPerson, `
			SELECT `+accountColumns+` FROM person WHERE id = $1 OR (admin AND active)
			ORDER BY id`+s.dialect.forUpdate, id)
		if err != nil {
			return err
		}
		others, found := 0, false
		for _, a := range admins {
			if a.ID == id {
				p, found = a, true
			} else {
				others++
			}
		}
		if !found {
			return auth.ErrNoPerson
		}
		if err := change(&p, others); err != nil {
			return err
		}
		return s.updatePerson(ctx, tx, p)
	})
	if err != nil {
		return auth.Person{}, err
	}
	return p, nil
}

func (s *Store) updatePerson(ctx context.Context, tx *sql.Tx, p auth.Person) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE person SET name = $2, email = $3, phone = $4, language = $5, time_zone = $6,
			admin = $7, active = $8, search = $9, department = $10, cost_centre = $11, may_call = $12
		WHERE id = $1`,
		p.ID, p.Name, p.Email, string(p.Phone), p.Language, p.TimeZone, p.Admin, p.Active, searchText(p),
		p.Department, p.CostCentre, string(p.MayCall))
	switch {
	case err != nil && s.dialect.isTaken(err):
		return auth.ErrEmailTaken
	case err != nil:
		return err
	case p.Active:
		return nil
	}
	for _, q := range []string{
		`DELETE FROM session WHERE person_id = $1`,
		`DELETE FROM invitation WHERE person_id = $1`,
	} {
		if _, err := tx.ExecContext(ctx, q, p.ID); err != nil {
			return fmt.Errorf("sign out: %w", err)
		}
	}
	return nil
}
