package api

import (
	"context"
	"net/http"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/meeting"
)

// todoBody is something that somebody has to do.
type todoBody struct {
	ID         string     `json:"id" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Meeting    string     `json:"meeting,omitempty" doc:"that it came up in" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Occurrence string     `json:"occurrence,omitempty" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b_20260302T090000"`
	Text       string     `json:"text" example:"Send the numbers round"`
	Owner      organiser  `json:"owner"`
	Due        string     `json:"due,omitempty" doc:"wall time; absent: some time" example:"2026-03-06T17:00"`
	TimeZone   string     `json:"timeZone" doc:"of due" example:"Europe/Berlin"`
	DoneAt     *time.Time `json:"doneAt,omitempty" nullable:"false"`
	By         string     `json:"by" doc:"who wrote it down" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	CreatedAt  time.Time  `json:"createdAt"`
}

func toTodo(t meeting.Todo) todoBody {
	return todoBody{
		ID: t.ID, Meeting: t.Meeting, Occurrence: t.Occurrence, Text: t.Text, Owner: organiser{t.Owner, t.OwnerName},
		Due: showWall(t.Due), TimeZone: t.Zone, DoneAt: orAbsent(t.DoneAt), By: t.By, CreatedAt: t.CreatedAt,
	}
}

type todoOutput struct {
	Body todoBody
}

type todosOutput struct {
	Body []todoBody `nullable:"false"`
}

func todosResult(all []meeting.Todo, err error) (*todosOutput, error) {
	out := &todosOutput{make([]todoBody, len(all))}
	for i, t := range all {
		out.Body[i] = toTodo(t)
	}
	return out, err
}

type listTodosInput struct {
	Open bool `query:"open" doc:"leave out what is done"`
}

type addTodoInput struct {
	Body struct {
		Text       string `json:"text" maxLength:"2000" example:"Send the numbers round"`
		Owner      string `json:"owner,omitempty" maxLength:"64" doc:"a colleague; absent: I" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
		Due        string `json:"due,omitempty" maxLength:"32" doc:"wall time; absent: some time" example:"2026-03-06T17:00"`
		TimeZone   string `json:"timeZone,omitempty" maxLength:"64" doc:"of due; absent: mine" example:"Europe/Berlin"`
		Meeting    string `json:"meeting,omitempty" maxLength:"64" doc:"that it came up in" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
		Occurrence string `json:"occurrence,omitempty" maxLength:"64" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b_20260302T090000"`
	}
}

type changeTodoInput struct {
	ByID
	Body struct {
		Text     *string `json:"text,omitempty" nullable:"false" maxLength:"2000" example:"Send the numbers round"`
		Owner    *string `json:"owner,omitempty" nullable:"false" maxLength:"64" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
		Due      *string `json:"due,omitempty" nullable:"false" maxLength:"32" doc:"empty: some time" example:"2026-03-06T17:00"`
		TimeZone *string `json:"timeZone,omitempty" nullable:"false" maxLength:"64" example:"Europe/Berlin"`
		Done     *bool   `json:"done,omitempty" nullable:"false"`
	}
}

func (a *API) todos() {
	planner := a.cfg.Schedule.Planner
	register(a, operation{
		id: "list-todos", method: http.MethodGet, path: "/todos", access: signedIn, summary: "What I have to do, or wrote down, by due date",
	}, func(ctx context.Context, v auth.Visitor, in *listTodosInput) (*todosOutput, error) {
		return todosResult(planner.TodosOf(ctx, v.Person.ID, in.Open))
	})
	register(a, operation{
		id: "list-meeting-todos", method: http.MethodGet, path: "/meetings/{id}/todos", access: signedIn, errors: []Code{NotFound},
		summary: "What came up in one of my meetings, by due date",
	}, func(ctx context.Context, v auth.Visitor, in *ByID) (*todosOutput, error) {
		return todosResult(planner.MeetingTodos(ctx, v.Person.ID, in.ID))
	})
	register(a, operation{
		id: "add-todo", method: http.MethodPost, path: "/todos", access: signedIn, status: http.StatusCreated,
		errors: []Code{NotFound, NoPerson}, summary: "Write down what somebody has to do",
	}, func(ctx context.Context, v auth.Visitor, in *addTodoInput) (*todoOutput, error) {
		b := in.Body
		due, err := wallOf("due", b.Due)
		if err != nil {
			return nil, err
		}
		if b.TimeZone == "" {
			b.TimeZone = v.Person.TimeZone
		}
		t, err := planner.AddTodo(ctx, v.Person.ID, meeting.Todo{
			Text: b.Text, Owner: b.Owner, Due: due, Zone: b.TimeZone, Meeting: b.Meeting, Occurrence: b.Occurrence,
		})
		return &todoOutput{toTodo(t)}, err
	})
	register(a, operation{
		id: "change-todo", method: http.MethodPatch, path: "/todos/{id}", access: signedIn, errors: []Code{NotFound, NoPerson},
		summary: "Change a to-do that I own or wrote down, or of a meeting that I lead",
	}, func(ctx context.Context, v auth.Visitor, in *changeTodoInput) (*todoOutput, error) {
		b := in.Body
		c := meeting.TodoChange{Text: b.Text, Owner: b.Owner, Zone: b.TimeZone, Done: b.Done}
		if b.Due != nil {
			due, err := wallOf("due", *b.Due)
			if err != nil {
				return nil, err
			}
			c.Due = &due
		}
		t, err := planner.ChangeTodo(ctx, v.Person.ID, in.ID, c)
		return &todoOutput{toTodo(t)}, err
	})
	register(a, operation{
		id: "remove-todo", method: http.MethodDelete, path: "/todos/{id}", access: signedIn, errors: []Code{NotFound},
		summary: "Forget such a to-do",
	}, func(ctx context.Context, v auth.Visitor, in *ByID) (*empty, error) {
		return nil, planner.RemoveTodo(ctx, v.Person.ID, in.ID)
	})
}
