package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"partyline/signaling/company"
)

// Note is company.LogStore.
func (s *Store) Note(ctx context.Context, e company.Entry) error {
	return s.fault(note(ctx, s.write, e))
}

// note writes a line of the log, in the transaction of what it tells of.
func note(ctx context.Context, q querier, e company.Entry) error {
	changes, err := json.Marshal(e.Changes)
	if err != nil {
		return fmt.Errorf("write the log: %w", err)
	}
	_, err = q.ExecContext(ctx, `
		INSERT INTO audit (id, at, person_id, person, thing, name, act, changes)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		e.ID, ms(e.At), e.By.ID, e.By.Name, string(e.Thing), e.Name, string(e.Act), string(changes))
	if err != nil {
		return fmt.Errorf("write the log: %w", err)
	}
	return nil
}

func scanEntry(row scanner) (company.Entry, error) {
	var e company.Entry
	var at int64
	var changes string
	err := row.Scan(&e.ID, &at, &e.By.ID, &e.By.Name, (*string)(&e.Thing), &e.Name, (*string)(&e.Act), &changes)
	if err != nil {
		return e, err
	}
	e.At = fromMS(at)
	return e, json.Unmarshal([]byte(changes), &e.Changes)
}

// Entries is company.LogStore.
func (s *Store) Entries(ctx context.Context, f company.Filter) ([]company.Entry, error) {
	where := []string{"TRUE"}
	args := []any{f.Limit}
	only := func(condition string, value any) {
		args = append(args, value)
		where = append(where, fmt.Sprintf(condition, len(args)))
	}
	if f.Before != "" {
		only("id < $%d", f.Before)
	}
	if f.Thing != "" {
		only("thing = $%d", string(f.Thing))
	}
	if f.Person != "" {
		only("person_id = $%d", f.Person)
	}
	all, err := list(ctx, s.read, scanEntry, `
		SELECT id, at, person_id, person, thing, name, act, changes FROM audit
		WHERE `+strings.Join(where, " AND ")+` ORDER BY id DESC LIMIT $1`, args...)
	return all, s.fault(err)
}
