package api

import (
	"context"
	"net/http"

	"partyline/signaling/auth"
	"partyline/signaling/meeting"
)

// invitationBody is whom to invite.
type invitationBody struct {
	Person   string `json:"person,omitempty" maxLength:"64" doc:"account of a colleague" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Name     string `json:"name,omitempty" maxLength:"200" doc:"of somebody outside" example:"Zoe"`
	Email    string `json:"email,omitempty" maxLength:"300" doc:"of somebody outside, who is invited by mail" example:"zoe@example.org"`
	Phone    string `json:"phone,omitempty" maxLength:"64" doc:"of somebody outside" example:"+8613800138000"`
	Language string `json:"language,omitempty" enum:"en,zh-CN" doc:"of somebody outside; absent: the organiser's" example:"zh-CN"`
	TimeZone string `json:"timeZone,omitempty" maxLength:"64" doc:"of somebody outside; absent: the organiser's" example:"Asia/Shanghai"`
	Required *bool  `json:"required,omitempty" nullable:"false" doc:"is called by telephone when they do not come; absent: yes"`
	CoHost   bool   `json:"coHost,omitempty" doc:"is a host of the meeting; only colleagues"`
	Ring     bool   `json:"ring,omitempty" doc:"is called into the meeting when it begins"`
}

func (a *API) invitation(b invitationBody) meeting.Invitation {
	v := meeting.Invitation{
		Person: b.Person, Name: b.Name, Required: b.Required == nil || *b.Required, CoHost: b.CoHost, Ring: b.Ring,
		Reach: auth.Reach{Email: b.Email, Language: b.Language, TimeZone: b.TimeZone},
	}
	if b.Phone != "" {
		v.Reach.Phone = auth.Phone(a.phone(b.Phone))
	}
	return v
}

type inviteInput struct {
	ByID
	Body invitationBody
}

// ByInvitee names an invitee of a meeting.
type ByInvitee struct {
	ByID
	Invitee string `path:"invitee" maxLength:"64" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
}

type changeInviteeInput struct {
	ByInvitee
	Body struct {
		Required *bool       `json:"required,omitempty" nullable:"false"`
		CoHost   *bool       `json:"coHost,omitempty" nullable:"false"`
		Ring     *bool       `json:"ring,omitempty" nullable:"false"`
		Email    *string     `json:"email,omitempty" nullable:"false" maxLength:"300" doc:"of somebody outside, as the rest" example:"zoe@example.org"`
		Phone    *auth.Phone `json:"phone,omitempty" nullable:"false" maxLength:"64" example:"+8613800138000"`
		Language *string     `json:"language,omitempty" nullable:"false" enum:"en,zh-CN"`
		TimeZone *string     `json:"timeZone,omitempty" nullable:"false" maxLength:"64" example:"Asia/Shanghai"`
	}
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
		if p := a.cfg.Schedule.Planner; p != nil {
			s, err := p.Invite(ctx, v.Person.ID, in.ID, a.invitation(in.Body))
			return a.meetingResult(ctx, s.Meeting, err)
		}
		m, err := a.book.Invite(ctx, v.Person.ID, in.ID, in.Body.Person, in.Body.Name)
		return a.meetingResult(ctx, m, err)
	})
	register(a, operation{
		id: "uninvite", method: http.MethodDelete, path: "/meetings/{id}/invitees/{invitee}", access: signedIn, errors: errs,
		summary: "Take an invitee's code away",
	}, func(ctx context.Context, v auth.Visitor, in *ByInvitee) (*meetingOutput, error) {
		if p := a.cfg.Schedule.Planner; p != nil {
			s, err := p.Uninvite(ctx, v.Person.ID, in.ID, in.Invitee)
			return a.meetingResult(ctx, s.Meeting, err)
		}
		m, err := a.book.Uninvite(ctx, v.Person.ID, in.ID, in.Invitee)
		return a.meetingResult(ctx, m, err)
	})
	register(a, operation{
		id: "replace-invitee-code", method: http.MethodPost, path: "/meetings/{id}/invitees/{invitee}/code",
		access: signedIn, errors: errs, summary: "Draw a new code for an invitee",
	}, func(ctx context.Context, v auth.Visitor, in *ByInvitee) (*meetingOutput, error) {
		m, err := a.book.ReplaceInviteeCode(ctx, v.Person.ID, in.ID, in.Invitee)
		return a.meetingResult(ctx, m, err)
	})
	if p := a.cfg.Schedule.Planner; p != nil {
		register(a, operation{
			id: "change-invitee", method: http.MethodPatch, path: "/meetings/{id}/invitees/{invitee}",
			access: signedIn, errors: errs, summary: "Change what an invitee is in the meeting, and how they are reached",
		}, func(ctx context.Context, v auth.Visitor, in *changeInviteeInput) (*meetingOutput, error) {
			if n := in.Body.Phone; n != nil && *n != "" {
				*n = auth.Phone(a.phone(string(*n)))
			}
			s, err := p.ChangeInvitee(ctx, v.Person.ID, in.ID, in.Invitee, meeting.InviteeChange(in.Body))
			return a.meetingResult(ctx, s.Meeting, err)
		})
	}
}
