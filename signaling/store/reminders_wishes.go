package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"partyline/signaling/reminder"
)

// named is a JSON value by the name of whose it is.
type named struct{ name, body string }

func scanNamed(row scanner) (n named, err error) {
	err = row.Scan(&n.name, &n.body)
	return n, err
}

// bodies reads the JSON values of some names. The query ends before their list.
func bodies[T any](ctx context.Context, s *Store, query string, names []string) (map[string]T, error) {
	all := make(map[string]T)
	for part := range slices.Chunk(names, rowsAtOnce) {
		var args []any
		rows, err := list(ctx, s.read, scanNamed, query+` IN (`+inList(&args, part)+`)`, args...)
		if err != nil {
			return nil, s.fault(err)
		}
		for _, n := range rows {
			var v T
			if err := json.Unmarshal([]byte(n.body), &v); err != nil {
				return nil, fmt.Errorf("read a stored value: %w", err)
			}
			all[n.name] = v
		}
	}
	return all, nil
}

// setBody writes a JSON value.
func setBody(ctx context.Context, s *Store, query, name string, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("write a value: %w", err)
	}
	_, err = s.exec(ctx, query, name, string(body))
	return err
}

// Quiets is reminder.Wishes.
func (s *Store) Quiets(ctx context.Context, people []string) (map[string]reminder.Quiet, error) {
	all := make(map[string]reminder.Quiet)
	for part := range slices.Chunk(people, rowsAtOnce) {
		var args []any
		query := `SELECT person_id, zone, week, rest_until FROM reminder_quiet WHERE person_id IN (` + inList(&args, part) + `)`
		rows, err := list(ctx, s.read, scanQuiet, query, args...)
		if err != nil {
			return nil, s.fault(err)
		}
		for _, q := range rows {
			all[q.person] = q.Quiet
		}
	}
	return all, nil
}

type personQuiet struct {
	person string
	reminder.Quiet
}

func scanQuiet(row scanner) (q personQuiet, err error) {
	var week string
	var until int64
	if err := row.Scan(&q.person, &q.Zone, &week, &until); err != nil {
		return q, err
	}
	q.Until = fromMS(until)
	if err := json.Unmarshal([]byte(week), &q.Week); err != nil {
		return q, fmt.Errorf("read quiet hours: %w", err)
	}
	return q, nil
}

// SetQuiet is reminder.Wishes.
func (s *Store) SetQuiet(ctx context.Context, person string, q reminder.Quiet) error {
	week, err := json.Marshal(q.Week)
	if err != nil {
		return fmt.Errorf("write quiet hours: %w", err)
	}
	_, err = s.exec(ctx, `
		INSERT INTO reminder_quiet (person_id, zone, week, rest_until) VALUES ($1, $2, $3, $4)
		ON CONFLICT (person_id) DO UPDATE SET zone = excluded.zone, week = excluded.week, rest_until = excluded.rest_until`,
		person, q.Zone, string(week), ms(q.Until))
	return err
}

// Choices is reminder.Wishes.
func (s *Store) Choices(ctx context.Context, people []string) (map[string]reminder.Choice, error) {
	return bodies[reminder.Choice](ctx, s, `SELECT person_id, body FROM reminder_choice WHERE person_id`, people)
}

// SetChoice is reminder.Wishes.
func (s *Store) SetChoice(ctx context.Context, person string, c reminder.Choice) error {
	return setBody(ctx, s, `
		INSERT INTO reminder_choice (person_id, body) VALUES ($1, $2) ON CONFLICT (person_id) DO UPDATE SET body = excluded.body`, person, c)
}

// Ladders is reminder.Wishes.
func (s *Store) Ladders(ctx context.Context, meetings []string) (map[string]reminder.Ladder, error) {
	return bodies[reminder.Ladder](ctx, s, `SELECT meeting_id, body FROM reminder_ladder WHERE meeting_id`, meetings)
}

// SetLadder is reminder.Wishes.
func (s *Store) SetLadder(ctx context.Context, meeting string, l reminder.Ladder) error {
	return setBody(ctx, s, `
		INSERT INTO reminder_ladder (meeting_id, body) VALUES ($1, $2) ON CONFLICT (meeting_id) DO UPDATE SET body = excluded.body`, meeting, l)
}
