package store

import (
	"context"
	"database/sql"
	"fmt"

	"partyline/signaling/meeting"
)

const todoQuery = `
	SELECT todo.id, coalesce(todo.meeting_id, ''), occurrence, text, owner_id, person.name, due_wall, todo.time_zone,
		done_at, by_id, todo.created_at, revision
	FROM todo JOIN person ON person.id = owner_id
	WHERE `

func scanTodo(row scanner) (meeting.Todo, error) {
	var t meeting.Todo
	var done, created int64
	err := row.Scan(&t.ID, &t.Meeting, &t.Occurrence, &t.Text, &t.Owner, &t.OwnerName, wallText{&t.Due}, &t.Zone,
		&done, &t.By, &created, &t.Revision)
	t.DoneAt, t.CreatedAt = fromMS(done), fromMS(created)
	return t, err
}

// AddTodo is meeting.TodoStore.
func (s *Store) AddTodo(ctx context.Context, t meeting.Todo) error {
	return s.change(ctx, func(tx *sql.Tx) error {
		if err := ownerOf(ctx, tx, t.Owner); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO todo (id, meeting_id, occurrence, text, owner_id, due_wall, time_zone, done_at, by_id, created_at, revision)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			t.ID, orNull(t.Meeting), t.Occurrence, t.Text, t.Owner, t.Due.String(), t.Zone, ms(t.DoneAt), t.By, ms(t.CreatedAt), t.Revision)
		return err
	})
}

// ownerOf returns meeting.ErrNoPerson for somebody who can own nothing.
func ownerOf(ctx context.Context, tx *sql.Tx, person string) error {
	var active bool
	err := tx.QueryRowContext(ctx, `SELECT active FROM person WHERE id = $1`, person).Scan(&active)
	if err = missing(err, nil); err != nil {
		return fmt.Errorf("look for the owner: %w", err)
	}
	if !active {
		return meeting.ErrNoPerson
	}
	return nil
}

// Todo is meeting.TodoStore.
func (s *Store) Todo(ctx context.Context, id string) (meeting.Todo, error) {
	t, err := scanTodo(s.read.QueryRowContext(ctx, todoQuery+`todo.id = $1`, id))
	if err != nil {
		return meeting.Todo{}, s.fault(missing(err, meeting.ErrNoTodo))
	}
	return t, nil
}

// Todos is meeting.TodoStore.
func (s *Store) Todos(ctx context.Context, q meeting.TodoQuery) ([]meeting.Todo, error) {
	all, err := list(ctx, s.read, scanTodo, todoQuery+`
		($1 = '' OR owner_id = $1 OR by_id = $1) AND ($2 = '' OR todo.meeting_id = $2) AND ($3 = FALSE OR done_at = 0)
		AND ($4 = '' OR due_wall >= $4) AND ($5 = '' OR due_wall <> '' AND due_wall < $5)
		ORDER BY CASE WHEN due_wall = '' THEN 1 ELSE 0 END, due_wall, todo.id LIMIT $6`,
		q.Person, q.Meeting, q.Open, q.DueFrom.String(), q.DueTo.String(), q.Most())
	return all, s.fault(err)
}

// ChangeTodo is meeting.TodoStore.
func (s *Store) ChangeTodo(ctx context.Context, id string, change func(*meeting.Todo) error) (meeting.Todo, error) {
	var t meeting.Todo
	err := s.change(ctx, func(tx *sql.Tx) (err error) {
		var locked string
		err = tx.QueryRowContext(ctx, `SELECT id FROM todo WHERE id = $1`+s.dialect.forUpdate, id).Scan(&locked)
		if err != nil {
			return missing(err, meeting.ErrNoTodo)
		}
		if t, err = scanTodo(tx.QueryRowContext(ctx, todoQuery+`todo.id = $1`, id)); err != nil {
			return err
		}
		owner := t.Owner
		if err := change(&t); err != nil {
			return err
		}
		if t.Owner != owner {
			if err := ownerOf(ctx, tx, t.Owner); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `
			UPDATE todo SET text = $2, owner_id = $3, due_wall = $4, time_zone = $5, done_at = $6, revision = $7 WHERE id = $1`,
			id, t.Text, t.Owner, t.Due.String(), t.Zone, ms(t.DoneAt), t.Revision)
		if err != nil {
			return err
		}
		t, err = scanTodo(tx.QueryRowContext(ctx, todoQuery+`todo.id = $1`, id))
		return err
	})
	if err != nil {
		return meeting.Todo{}, err
	}
	return t, nil
}

// RemoveTodo is meeting.TodoStore.
func (s *Store) RemoveTodo(ctx context.Context, id string) error {
	n, err := s.exec(ctx, `DELETE FROM todo WHERE id = $1`, id)
	if err == nil && n == 0 {
		err = meeting.ErrNoTodo
	}
	return err
}
