package api

import (
	"context"
	"net/http"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/invite"
	"partyline/signaling/meeting"
)

// ByAnswerToken names a link in a letter.
type ByAnswerToken struct {
	Token string `path:"token" maxLength:"200"`
}

type answerInvitationInput struct {
	ByAnswerToken
	Body struct {
		Status string `json:"status" enum:"accepted,tentative,declined" example:"accepted"`
		Next   bool   `json:"next,omitempty" doc:"only to the next date, not to all that the link is about"`
	}
}

// questionBody is what a link in a letter asks.
type questionBody struct {
	Name      string    `json:"name" doc:"of the invitee" example:"Zoe"`
	Organiser string    `json:"organiser" doc:"name" example:"Ann"`
	Title     string    `json:"title" example:"Weekly"`
	Agenda    string    `json:"agenda" example:"Numbers, then plans"`
	Start     time.Time `json:"start" doc:"of the one date, or the next of all"`
	End       time.Time `json:"end"`
	TimeZone  string    `json:"timeZone" doc:"IANA name, the invitee's" example:"Asia/Shanghai"`
	All       bool      `json:"all" doc:"it is about all dates of several"`
	Status    string    `json:"status" enum:"needs-action,accepted,tentative,declined" doc:"what was answered to what it is about" example:"accepted"`
	Next      string    `json:"next" enum:"needs-action,accepted,tentative,declined" doc:"what was answered to the date that is shown" example:"declined"`
	Link      string    `json:"link" doc:"path of the meeting's page" example:"/j/Zk3v9Qm1Xr7Lw5Tn2Bp8Jc"`
	Number    string    `json:"number" doc:"of the meeting, for phones" example:"482913"`
	Code      string    `json:"code" doc:"the invitee's own, for phones; empty: none" example:"135790"`
}

type questionOutput struct {
	Body questionBody
}

// answers registers what the links in letters lead to. Reading answers nothing:
// programs that look through mail open links too.
func (a *API) answers() {
	if a.cfg.Calendar.Answers == nil {
		return
	}
	errors := []Code{WrongToken, Expired, TooManyTries}
	register(a, operation{
		id: "read-answer-link", method: http.MethodGet, path: "/answers/{token}", errors: errors,
		summary: "What a link in an invitation by mail asks",
	}, func(ctx context.Context, _ auth.Visitor, in *ByAnswerToken) (*questionOutput, error) {
		return question(a.cfg.Calendar.Answers.Open(ctx, requestOf(ctx).client.Address, in.Token))
	})
	register(a, operation{
		id: "answer-by-link", method: http.MethodPost, path: "/answers/{token}", errors: errors,
		summary: "Answer an invitation by the link in its mail, without signing in",
	}, func(ctx context.Context, _ auth.Visitor, in *answerInvitationInput) (*questionOutput, error) {
		return question(a.cfg.Calendar.Answers.Answer(ctx, requestOf(ctx).client.Address, in.Token, meeting.Status(in.Body.Status), in.Body.Next))
	})
}

func question(q invite.Question, err error) (*questionOutput, error) {
	if err != nil {
		return nil, err
	}
	zone := q.Invitee.TimeZone
	if zone == "" {
		zone = q.Date.Zone
	}
	return &questionOutput{questionBody{
		Name: q.Invitee.Name, Organiser: q.Organiser, Title: q.Date.Title, Agenda: q.Date.Agenda,
		Start: q.Date.Start.UTC(), End: q.Date.End.UTC(), TimeZone: zone, All: q.All, Status: string(q.Status), Next: string(q.Next),
		Link: "/j/" + string(q.Link), Number: string(q.Number), Code: string(q.Invitee.Code),
	}}, nil
}
