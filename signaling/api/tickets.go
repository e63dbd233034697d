package api

import (
	"context"
	"net/http"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/meeting"
)

type ticketInput struct {
	Body struct {
		Link    meeting.Code `json:"link,omitempty" maxLength:"100" doc:"token of a link; the only way for guests" example:"Zk3v9Qm1Xr7Lw5Tn2Bp8Jc"`
		Meeting string       `json:"meeting,omitempty" maxLength:"64" doc:"id, for colleagues" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
		Number  meeting.Code `json:"number,omitempty" maxLength:"64" doc:"9 digits, for colleagues" example:"123456789"`
		Name    string       `json:"name,omitempty" maxLength:"200" doc:"needed from guests" example:"Zoe"`
	}
}

type ticketOutput struct {
	SetCookie []http.Cookie `header:"Set-Cookie" hidden:"true"`
	Body      struct {
		Ticket    string    `json:"ticket" doc:"for the WebSocket's hello, good once" example:"t_4K7ZQ2M5XW3R6TNB8YCJHVPD1F"`
		ExpiresAt time.Time `json:"expiresAt"`
		Meeting   string    `json:"meeting" doc:"id, for the WebSocket's join; empty: none was named" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	}
}

func (a *API) tickets() {
	register(a, operation{
		id: "issue-ticket", method: http.MethodPost, path: "/tickets", access: recognised,
		summary: "A ticket for the WebSocket: by exactly one of link, meeting and number; for colleagues outside of meetings by none",
		errors:  []Code{SignedOut, NotFound, Ended, TooManyTries, Busy},
	}, a.issueTicket)
}

func (a *API) issueTicket(ctx context.Context, v auth.Visitor, in *ticketInput) (*ticketOutput, error) {
	var out ticketOutput
	m, pass, err := a.passFor(ctx, v, in, &out)
	if err != nil {
		return nil, err
	}
	pass.Address = requestOf(ctx).client.Address
	b := &out.Body
	if b.Ticket, b.ExpiresAt, err = a.live.Issue(pass); err != nil {
		return nil, err
	}
	b.ExpiresAt, b.Meeting = b.ExpiresAt.UTC(), m.ID
	return &out, nil
}

// passFor finds out what the ticket is good for. A colleague on a page outside
// of meetings needs none: the socket tells what concerns them.
func (a *API) passFor(ctx context.Context, v auth.Visitor, in *ticketInput, out *ticketOutput) (meeting.Meeting, Pass, error) {
	if b := in.Body; b.Link == "" && b.Meeting == "" && b.Number == "" && v.Person.ID != "" {
		return meeting.Meeting{}, passOf(v, meeting.Meeting{}), nil
	}
	m, err := a.admitted(ctx, v, in)
	if err != nil {
		return meeting.Meeting{}, Pass{}, err
	}
	pass, err := a.pass(ctx, v, m, in.Body.Name, out)
	return m, pass, err
}

// passOf is what a ticket says of a colleague.
func passOf(v auth.Visitor, m meeting.Meeting) Pass {
	p := v.Person
	pass := Pass{
		Meeting: m.ID, Person: p.ID, Session: v.Session.ID, Name: p.Name, Language: p.Language, Key: p.ID, Admin: p.Admin,
	}
	if m.ID != "" {
		pass.Role = meeting.RoleFor(m.CredentialOf(p.ID))
	}
	return pass
}

// admitted finds the meeting that the request may enter. A colleague who was
// there keeps its id and comes back by it, whatever they came by first.
func (a *API) admitted(ctx context.Context, v auth.Visitor, in *ticketInput) (meeting.Meeting, error) {
	b := in.Body
	given := 0
	for _, by := range []string{string(b.Link), b.Meeting, string(b.Number)} {
		if by != "" {
			given++
		}
	}
	switch {
	case given != 1:
		return meeting.Meeting{}, invalid("link", "Give exactly one of link, meeting and number.")
	case b.Link != "":
		return a.book.ByLink(ctx, b.Link, requestOf(ctx).client.Address)
	case v.Person.ID == "":
		return meeting.Meeting{}, auth.ErrNoSession
	case b.Number != "":
		return a.book.ByNumber(ctx, b.Number, "person "+v.Person.ID)
	default:
		return a.book.Get(ctx, b.Meeting)
	}
}

// pass is what the ticket says of a colleague, or of a guest by the name they
// give.
func (a *API) pass(ctx context.Context, v auth.Visitor, m meeting.Meeting, name string, out *ticketOutput) (Pass, error) {
	if v.Person.ID != "" {
		return passOf(v, m), nil
	}
	name, err := meeting.CleanName(name)
	if err != nil {
		return Pass{}, named("name", err)
	}
	r := requestOf(ctx)
	key, fresh, err := auth.Guest(r.Request, r.secure)
	if err != nil {
		return Pass{}, err
	}
	if fresh != nil {
		out.SetCookie = []http.Cookie{*fresh}
	}
	return Pass{
		Meeting: m.ID, Role: meeting.RoleFor(meeting.ByLink), Name: name, Language: r.language(), Key: string(key),
	}, nil
}
