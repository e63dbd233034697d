package api

import (
	"context"
	"net/http"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/meeting"
)

// doorstep is what somebody sees of a meeting before joining it.
type doorstep struct {
	Meeting    meetingAhead `json:"meeting"`
	Company    string       `json:"company" example:"Acme"`
	Disclosure string       `json:"disclosure" doc:"what the company can see of this call, in the language asked for"`
	SignedIn   bool         `json:"signedIn"`
}

// meetingAhead is as much of a meeting as admitting to it takes.
type meetingAhead struct {
	ID           string `json:"id" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Name         string `json:"name" example:"Weekly"`
	Running      bool   `json:"running"`
	Locked       bool   `json:"locked" doc:"a host lets each newcomer in"`
	Participants int    `json:"participants" example:"3"`

	WaitForHost bool       `json:"waitForHost" doc:"others wait until a host has come"`
	OpensAt     *time.Time `json:"opensAt,omitempty" nullable:"false" doc:"before it, others than hosts wait; absent: it is open"`
}

func (a *API) ahead(m meeting.Meeting) meetingAhead {
	room, running := a.live.Running(m.ID)
	ahead := meetingAhead{
		ID: m.ID, Name: m.Name, Running: running, Locked: room.Locked, Participants: room.Participants, WaitForHost: m.WaitForHost,
	}
	if m.Early(time.Now()) {
		ahead.OpensAt = &m.OpensAt
	}
	return ahead
}

type doorstepOutput struct {
	Body doorstep
}

// InLanguage asks for a language; without it the browser's is taken.
type InLanguage struct {
	Language string `query:"language" enum:"en,zh-CN" example:"zh-CN"`
}

func (l InLanguage) or(r request) string {
	if l.Language != "" {
		return l.Language
	}
	return r.language()
}

// reader is a visitor who reads it; without it their account's is taken.
func (l InLanguage) reader(v auth.Visitor) auth.Visitor {
	if l.Language != "" {
		v.Person.Language = l.Language
	}
	return v
}

type joinByLink struct {
	InLanguage
	Token meeting.Code `path:"token" maxLength:"100" example:"Zk3v9Qm1Xr7Lw5Tn2Bp8Jc"`
}

type joinByNumber struct {
	InLanguage
	Number meeting.Code `path:"number" maxLength:"64" example:"123456789"`
}

func (a *API) join() {
	errs := []Code{NotFound, Ended, TooManyTries}
	register(a, operation{
		id: "look-up-link", method: http.MethodGet, path: "/join/{token}", summary: "The meeting behind a link",
		access: recognised, errors: errs,
	}, func(ctx context.Context, v auth.Visitor, in *joinByLink) (*doorstepOutput, error) {
		m, err := a.book.ByLink(ctx, in.Token, requestOf(ctx).client.Address)
		return a.doorstep(ctx, v, in.InLanguage, m, err)
	})
	register(a, operation{
		id: "look-up-number", method: http.MethodGet, path: "/join/number/{number}", summary: "The meeting of a number",
		access: signedIn, errors: errs,
	}, func(ctx context.Context, v auth.Visitor, in *joinByNumber) (*doorstepOutput, error) {
		m, err := a.book.ByNumber(ctx, in.Number, "person "+v.Person.ID)
		return a.doorstep(ctx, v, in.InLanguage, m, err)
	})
}

func (a *API) doorstep(ctx context.Context, v auth.Visitor, l InLanguage, m meeting.Meeting, err error) (*doorstepOutput, error) {
	if err != nil {
		return nil, err
	}
	c, err := a.accounts.Company(ctx)
	return &doorstepOutput{doorstep{
		Meeting: a.ahead(m), Company: c.Name, SignedIn: v.Person.ID != "",
		Disclosure: meeting.Disclosure(l.or(requestOf(ctx))),
	}}, err
}
