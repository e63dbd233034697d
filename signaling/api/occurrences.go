package api

import (
	"context"
	"net/http"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/meeting"
)

// occurrenceBody is one date of a meeting.
type occurrenceBody struct {
	ID         string    `json:"id" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b_20260302T090000"`
	Meeting    string    `json:"meeting" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Series     string    `json:"series" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Recurrence string    `json:"recurrence" doc:"wall time at which the rule has it" example:"2026-03-02T09:00"`
	Start      time.Time `json:"start"`
	End        time.Time `json:"end"`
	Wall       string    `json:"wall" doc:"when it begins in its zone" example:"2026-03-02T09:00"`
	TimeZone   string    `json:"timeZone" example:"Europe/Berlin"`
	Title      string    `json:"title" example:"Weekly"`
	Agenda     string    `json:"agenda" example:"Numbers, then plans"`
	Cancelled  bool      `json:"cancelled"`
	Moved      bool      `json:"moved" doc:"is not when the rule has it"`
	Recurring  bool      `json:"recurring" doc:"is one of several"`
	Fit        string    `json:"fit" enum:"exact,gap,twice" doc:"whether clocks show that time once, never or twice"`
	Organiser  organiser `json:"organiser"`
	Status     string    `json:"status" enum:",needs-action,accepted,tentative,declined" doc:"what I answered; empty: I organise it" example:"accepted"`
}

func toOccurrence(o meeting.Engaged) occurrenceBody {
	return occurrenceBody{
		ID: o.ID, Meeting: o.Meeting, Series: o.Series, Recurrence: showWall(o.Recurrence), Start: o.Start, End: o.End,
		Wall: showWall(o.Wall), TimeZone: o.Zone, Title: o.Title, Agenda: o.Agenda, Cancelled: o.Cancelled, Moved: o.Moved,
		Recurring: o.Recurring, Fit: o.Fit.String(), Organiser: organiser{o.Organiser, o.OrganiserName}, Status: string(o.Status),
	}
}

type occurrenceOutput struct {
	Body occurrenceBody
}

type occurrencesOutput struct {
	Body []occurrenceBody `nullable:"false"`
}

type occurrencesInput struct {
	From time.Time `query:"from"`
	To   time.Time `query:"to" doc:"at most 400 days later"`
}

// ByOccurrence names one date.
type ByOccurrence struct {
	ID string `path:"id" maxLength:"64" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b_20260302T090000"`
}

type changeOccurrenceInput struct {
	ByOccurrence
	Body struct {
		Scope    string  `json:"scope" enum:"one,following,all" doc:"this date, this and later ones, or all" example:"one"`
		Title    *string `json:"title,omitempty" nullable:"false" maxLength:"400" example:"Weekly"`
		Agenda   *string `json:"agenda,omitempty" nullable:"false" maxLength:"16000" example:"Plans"`
		Start    *string `json:"start,omitempty" nullable:"false" maxLength:"32" doc:"wall time of this date; others move with it" example:"2026-03-02T10:00"`
		Minutes  *int    `json:"minutes,omitempty" nullable:"false" example:"30"`
		TimeZone *string `json:"timeZone,omitempty" nullable:"false" maxLength:"64" doc:"not of one date" example:"Europe/Berlin"`
		Rule     *string `json:"rule,omitempty" nullable:"false" maxLength:"1000" doc:"not of one date" example:"FREQ=DAILY"`
	}
}

type cancelOccurrenceInput struct {
	ByOccurrence
	Scope string `query:"scope" default:"one" enum:"one,following,all" example:"one"`
}

type replyInput struct {
	ByOccurrence
	Body struct {
		Status string `json:"status" enum:"accepted,tentative,declined" example:"accepted"`
		Scope  string `json:"scope" enum:"one,all" doc:"to this date, or to all" example:"all"`
	}
}

func (a *API) occurrences() {
	planner := a.cfg.Schedule.Planner
	change := []Code{NotFound, NotAllowed, Ended, TooMany}
	register(a, operation{
		id: "list-occurrences", method: http.MethodGet, path: "/occurrences", access: signedIn,
		summary: "The dates of my meetings between two times, by time",
	}, func(ctx context.Context, v auth.Visitor, in *occurrencesInput) (*occurrencesOutput, error) {
		all, err := planner.Occurrences(ctx, v.Person.ID, in.From, in.To)
		out := &occurrencesOutput{make([]occurrenceBody, len(all))}
		for i, o := range all {
			out.Body[i] = toOccurrence(o)
		}
		return out, named("to", err)
	})
	register(a, operation{
		id: "get-occurrence", method: http.MethodGet, path: "/occurrences/{id}", access: signedIn, errors: []Code{NotFound},
		summary: "One date of one of my meetings",
	}, func(ctx context.Context, v auth.Visitor, in *ByOccurrence) (*occurrenceOutput, error) {
		o, err := planner.Occurrence(ctx, v.Person.ID, in.ID)
		return &occurrenceOutput{toOccurrence(o)}, err
	})
	register(a, operation{
		id: "change-occurrence", method: http.MethodPatch, path: "/occurrences/{id}", access: signedIn, errors: change,
		summary: "Change or move a date of a meeting that I organise, later ones too, or all",
	}, a.changeOccurrence)
	register(a, operation{
		id: "cancel-occurrence", method: http.MethodDelete, path: "/occurrences/{id}", access: signedIn, errors: change,
		summary: "Cancel a date of a meeting that I organise, later ones too, or all",
	}, func(ctx context.Context, v auth.Visitor, in *cancelOccurrenceInput) (*empty, error) {
		_, err := planner.Cancel(ctx, v.Person.ID, in.ID, meeting.Scope(in.Scope))
		return nil, err
	})
	register(a, operation{
		id: "reply-to-occurrence", method: http.MethodPut, path: "/occurrences/{id}/reply", access: signedIn,
		errors: []Code{NotFound, Ended, Stale}, summary: "Answer an invitation",
	}, func(ctx context.Context, v auth.Visitor, in *replyInput) (*empty, error) {
		return nil, planner.ReplyAs(ctx, v.Person.ID, in.ID, meeting.Scope(in.Body.Scope), meeting.Status(in.Body.Status))
	})
}

func (a *API) changeOccurrence(ctx context.Context, v auth.Visitor, in *changeOccurrenceInput) (*scheduleOutput, error) {
	b := in.Body
	e := meeting.Edit{Title: b.Title, Agenda: b.Agenda, Minutes: b.Minutes, Zone: b.TimeZone, Rule: b.Rule}
	if b.Start != nil {
		start, err := wallOf("start", *b.Start)
		if err != nil {
			return nil, err
		}
		e.Start = &start
	}
	s, err := a.cfg.Schedule.Planner.Change(ctx, v.Person.ID, in.ID, meeting.Scope(b.Scope), e)
	if err == nil {
		err = a.live.Changed(ctx, s.ID)
	}
	return a.scheduleResult(ctx, s, err)
}
