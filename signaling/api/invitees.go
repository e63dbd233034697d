package api

import (
	"context"
	"net/http"

	"partyline/signaling/auth"
)

type inviteInput struct {
	ByID
	Body struct {
		Person string `json:"person,omitempty" maxLength:"64" doc:"account of a colleague" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
		Name   string `json:"name,omitempty" maxLength:"200" doc:"of somebody outside" example:"Zoe"`
	}
}

type inviteeInput struct {
	ByID
	Invitee string `path:"invitee" maxLength:"64" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
}

func (a *API) invitees() {
	errs := []Code{NotFound, NotAllowed, Ended}
	register(a, operation{
		id: "invite", method: http.MethodPost, path: "/meetings/{id}/invitees", access: signedIn,
		errors:  append(errs, NoPerson, Invited, TooMany),
		summary: "Give a colleague, or somebody outside by name, a code of their own",
	}, func(ctx context.Context, v auth.Visitor, in *inviteInput) (*meetingOutput, error) {
		if (in.Body.Person == "") == (in.Body.Name == "") {
			return nil, invalid("name", "Give either a colleague or a name.")
		}
		m, err := a.book.Invite(ctx, v.Person.ID, in.ID, in.Body.Person, in.Body.Name)
		return a.meetingResult(ctx, m, err)
	})
	register(a, operation{
		id: "uninvite", method: http.MethodDelete, path: "/meetings/{id}/invitees/{invitee}", access: signedIn, errors: errs,
		summary: "Take an invitee's code away",
	}, func(ctx context.Context, v auth.Visitor, in *inviteeInput) (*meetingOutput, error) {
		m, err := a.book.Uninvite(ctx, v.Person.ID, in.ID, in.Invitee)
		return a.meetingResult(ctx, m, err)
	})
	register(a, operation{
		id: "replace-invitee-code", method: http.MethodPost, path: "/meetings/{id}/invitees/{invitee}/code",
		access: signedIn, errors: errs, summary: "Draw a new code for an invitee",
	}, func(ctx context.Context, v auth.Visitor, in *inviteeInput) (*meetingOutput, error) {
		m, err := a.book.ReplaceInviteeCode(ctx, v.Person.ID, in.ID, in.Invitee)
		return a.meetingResult(ctx, m, err)
	})
}
