package meeting

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"partyline/signaling/internal/ical"
)

// Todo is something that somebody has to do, by a date or some time.
type Todo struct {
	ID         string // UUIDv7
	Meeting    string // that it came up in; empty: in none
	Occurrence string // of the meeting; may be empty
	Text       string // one line
	Owner      string // person
	OwnerName  string // read only
	Due        ical.Wall
	Zone       string    // of Due, IANA name
	DoneAt     time.Time // zero: not yet
	By         string    // person who wrote it down
	CreatedAt  time.Time
	Revision   int64 // grows with each change
}

// TodoStore keeps to-dos. Each method is one transaction and may be called from
// any goroutine.
type TodoStore interface {
	// AddTodo returns ErrNoPerson for an owner who is not active.
	AddTodo(ctx context.Context, t Todo) error
	// Todo returns ErrNoTodo.
	Todo(ctx context.Context, id string) (Todo, error)
	// Todos lists those that fit, by due date, those without one last, at most
	// as many as the query says.
	Todos(ctx context.Context, q TodoQuery) ([]Todo, error)
	// ChangeTodo lets change work on the to-do and stores what it made of it. It
	// returns ErrNoTodo or ErrNoPerson.
	ChangeTodo(ctx context.Context, id string, change func(*Todo) error) (Todo, error)
	// RemoveTodo returns ErrNoTodo.
	RemoveTodo(ctx context.Context, id string) error
}

// TodoQuery says which to-dos are wanted: those that fit all of it. Zero fields
// do not count.
type TodoQuery struct {
	Person  string    // owns it or wrote it down
	Meeting string    // it came up in
	Open    bool      // is not done
	DueFrom ical.Wall // is due, and not before this
	DueTo   ical.Wall // is due before this
}

// Most is how many to-dos a list has at most: those of one person or meeting fit
// a page; of those that are due none is left out.
func (q TodoQuery) Most() int {
	if q.Person != "" || q.Meeting != "" {
		return 1000
	}
	return math.MaxInt32
}

// ErrNoTodo is for a to-do that does not exist, or is none of the asker's.
var ErrNoTodo = errors.New("no such to-do")

const maxTodo = 500 // characters

// settle checks the to-do. The errors are of the kind auth.ErrInvalid.
func (t *Todo) settle(zones *ical.Zones) error {
	if t.Text = strings.TrimSpace(t.Text); t.Text == "" || !plainLines(t.Text) || utf8.RuneCountInString(t.Text) > maxTodo {
		return wrong("text", "A to-do has 1 to 500 printable characters.")
	}
	if _, err := zones.Zone(t.Zone); err != nil {
		return wrong("timeZone", "The time zone is an IANA name, such as Asia/Shanghai.")
	}
	if year, _, _ := t.Due.Date(); !t.Due.IsZero() && (year < 1970 || year > 2200) {
		return wrong("due", "Say when it is due, such as 2026-03-01T17:00.")
	}
	return nil
}

// AddTodo writes a to-do down: for a person, and if it is of a meeting by
// somebody who organises it or is invited. It returns ErrNotFound,
// ErrNoOccurrence, ErrNoPerson or what is wrong with a field.
func (p *Planner) AddTodo(ctx context.Context, by string, t Todo) (Todo, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Todo{}, fmt.Errorf("make a to-do id: %w", err)
	}
	t.ID, t.By, t.CreatedAt, t.Revision, t.DoneAt = id.String(), by, p.now(), 1, time.Time{}
	if t.Owner == "" {
		t.Owner = by
	}
	if err := t.settle(&p.zones); err != nil {
		return Todo{}, err
	}
	if t.Meeting != "" {
		if _, err := p.readable(ctx, by, t.Meeting); err != nil {
			return Todo{}, err
		}
	} else {
		t.Occurrence = ""
	}
	if t.Occurrence != "" {
		o, err := p.Occurrence(ctx, by, t.Occurrence)
		if err != nil {
			return Todo{}, err
		}
		if o.Meeting != t.Meeting {
			return Todo{}, ErrNoOccurrence
		}
	}
	if err := p.store.AddTodo(ctx, t); err != nil {
		return Todo{}, fmt.Errorf("write a to-do down: %w", err)
	}
	p.cfg.Changed()
	return p.store.Todo(ctx, t.ID)
}

// TodoChange is what is changed of a to-do; nil leaves a thing as it is.
type TodoChange struct {
	Text  *string
	Owner *string
	Due   *ical.Wall
	Zone  *string
	Done  *bool
}

// ChangeTodo changes a to-do for who owns it, wrote it down or leads its
// meeting. It returns ErrNoTodo, ErrNoPerson or what is wrong with a field.
func (p *Planner) ChangeTodo(ctx context.Context, person, id string, c TodoChange) (Todo, error) {
	if _, err := p.todoOf(ctx, person, id); err != nil {
		return Todo{}, err
	}
	changed, err := p.store.ChangeTodo(ctx, id, func(t *Todo) error {
		set(&t.Text, c.Text)
		set(&t.Owner, c.Owner)
		set(&t.Due, c.Due)
		set(&t.Zone, c.Zone)
		switch {
		case c.Done == nil:
		case !*c.Done:
			t.DoneAt = time.Time{}
		case t.DoneAt.IsZero():
			t.DoneAt = p.now()
		}
		t.Revision++
		return t.settle(&p.zones)
	})
	if err != nil {
		return Todo{}, err
	}
	p.cfg.Changed()
	return changed, nil
}

// todoOf is the to-do, if the person may change it.
func (p *Planner) todoOf(ctx context.Context, person, id string) (Todo, error) {
	t, err := p.store.Todo(ctx, id)
	if err != nil {
		return Todo{}, err
	}
	if person == t.Owner || person == t.By {
		return t, nil
	}
	if t.Meeting != "" {
		if m, err := p.store.Meeting(ctx, t.Meeting); err == nil && m.Leads(person) {
			return t, nil
		}
	}
	return Todo{}, ErrNoTodo
}

// RemoveTodo forgets a to-do for whoever may change it. It returns ErrNoTodo.
func (p *Planner) RemoveTodo(ctx context.Context, person, id string) error {
	if _, err := p.todoOf(ctx, person, id); err != nil {
		return err
	}
	if err := p.store.RemoveTodo(ctx, id); err != nil {
		return err
	}
	p.cfg.Changed()
	return nil
}

// TodosOf lists what a person has to do or wrote down; open leaves out what is
// done.
func (p *Planner) TodosOf(ctx context.Context, person string, open bool) ([]Todo, error) {
	return p.store.Todos(ctx, TodoQuery{Person: person, Open: open})
}

// MeetingTodos lists what came up in a meeting, for those who organise it or
// are invited. It returns ErrNotFound to others.
func (p *Planner) MeetingTodos(ctx context.Context, person, meeting string) ([]Todo, error) {
	if _, err := p.readable(ctx, person, meeting); err != nil {
		return nil, err
	}
	return p.store.Todos(ctx, TodoQuery{Meeting: meeting})
}
