package api

import (
	"context"
	"net/http"

	"partyline/signaling/auth"
)

type setUpNeeded struct {
	Body struct {
		Needed bool `json:"needed" doc:"nobody has set this installation up yet"`
	}
}

type setUpInput struct {
	Body struct {
		Token    auth.Token    `json:"token" maxLength:"100" doc:"from the link that the server prints" example:"Zk3v9Qm1Xr7Lw5Tn2Bp8Jc4Hd6Gf0Ys_A-uEiOqWxKc"`
		Company  string        `json:"company" maxLength:"200" example:"Acme"`
		Name     string        `json:"name" maxLength:"200" example:"Ann"`
		Email    string        `json:"email" maxLength:"300" example:"ann@example.com"`
		Password auth.Password `json:"password" maxLength:"1000" example:"correct horse battery"`
		Language string        `json:"language" maxLength:"20" example:"zh-CN"`
		TimeZone string        `json:"timeZone" maxLength:"64" example:"Asia/Shanghai"`
	}
}

// ByToken carries the token of an invitation in the path.
type ByToken struct {
	Token auth.Token `path:"token" maxLength:"100" example:"Zk3v9Qm1Xr7Lw5Tn2Bp8Jc4Hd6Gf0Ys_A-uEiOqWxKc"`
}

type invitationOutput struct {
	Body struct {
		Name  string `json:"name" example:"Bob"`
		Email string `json:"email" example:"bob@example.com"`
	}
}

type acceptInput struct {
	ByToken
	Body struct {
		Password auth.Password `json:"password" maxLength:"1000" example:"correct horse battery"`
	}
}

func (a *API) setUp() {
	register(a, operation{
		id: "get-setup", method: http.MethodGet, path: "/setup", summary: "Does the installation wait for its first admin",
	}, func(ctx context.Context, _ auth.Visitor, _ *empty) (*setUpNeeded, error) {
		var out setUpNeeded
		var err error
		out.Body.Needed, err = a.accounts.SetUpNeeded(ctx)
		return &out, err
	})
	register(a, operation{
		id: "set-up", method: http.MethodPost, path: "/setup", summary: "Name the company and make the first admin",
		errors: []Code{WrongToken, SetUpDone, WeakPassword, TooManyTries, Busy},
	}, func(ctx context.Context, _ auth.Visitor, in *setUpInput) (*openSession, error) {
		b := in.Body
		p := auth.Profile{Name: b.Name, Email: b.Email, Language: b.Language, TimeZone: b.TimeZone}
		v, token, err := a.accounts.SetUp(ctx, b.Token, b.Company, p, b.Password, requestOf(ctx).client)
		return a.openSession(ctx, v, token, err)
	})
}

func (a *API) invitations() {
	errs := []Code{WrongToken, Expired, TooManyTries}
	register(a, operation{
		id: "get-invitation", method: http.MethodGet, path: "/invitation/{token}", summary: "Whom a link invites", errors: errs,
	}, func(ctx context.Context, _ auth.Visitor, in *ByToken) (*invitationOutput, error) {
		p, err := a.accounts.Invitation(ctx, in.Token, requestOf(ctx).client)
		var out invitationOutput
		out.Body.Name, out.Body.Email = p.Name, p.Email
		return &out, err
	})
	register(a, operation{
		id: "accept-invitation", method: http.MethodPost, path: "/invitation/{token}",
		summary: "Choose a password by an invitation, and sign in", errors: append(errs, WeakPassword, Busy),
	}, func(ctx context.Context, _ auth.Visitor, in *acceptInput) (*openSession, error) {
		v, token, err := a.accounts.Accept(ctx, in.Token, in.Body.Password, requestOf(ctx).client)
		if err == nil {
			a.live.SignOut(v.Person.ID) // by sessions from before
		}
		return a.openSession(ctx, v, token, err)
	})
}
