package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"partyline/signaling/auth"
)

// session is who is signed in, where.
type session struct {
	Person  person `json:"person"`
	Company string `json:"company" example:"Acme"`
	Version string `json:"version" doc:"of the server" example:"1.0.0"`
}

// openSession is a session together with its cookie.
type openSession struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      session
}

type sessionOutput struct {
	Body session
}

// signedOutput takes the cookie away.
type signedOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

// device is one place where somebody is signed in.
type device struct {
	ID         string    `json:"id" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	CreatedAt  time.Time `json:"createdAt"`
	LastSeenAt time.Time `json:"lastSeenAt" doc:"to the minute"`
	UserAgent  string    `json:"userAgent" example:"Mozilla/5.0"`
	Address    string    `json:"address" doc:"network address at sign-in" example:"192.0.2.1"`
	Current    bool      `json:"current" doc:"the session that asks"`
}

type devicesOutput struct {
	Body []device `nullable:"false"`
}

type logInInput struct {
	Body struct {
		Email    string        `json:"email" maxLength:"254" example:"ann@example.com"`
		Password auth.Password `json:"password" maxLength:"1000" example:"correct horse battery"`
	}
}

type passwordInput struct {
	Body struct {
		Current auth.Password `json:"current" maxLength:"1000" example:"correct horse battery"`
		New     auth.Password `json:"new" maxLength:"1000" example:"another horse entirely"`
	}
}

// ByID names a thing in the path. It is exported because the framework does not
// look into other embedded structs; so are ByToken and InLanguage.
type ByID struct {
	ID string `path:"id" maxLength:"64" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
}

// empty is the input and output of operations that have none.
type empty struct{}

func (a *API) sessions() {
	register(a, operation{
		id: "log-in", method: http.MethodPost, path: "/session", summary: "Sign in",
		errors: []Code{WrongPassword, TooManyTries, Busy},
	}, func(ctx context.Context, _ auth.Visitor, in *logInInput) (*openSession, error) {
		v, token, err := a.accounts.LogIn(ctx, in.Body.Email, in.Body.Password, requestOf(ctx).client)
		return a.openSession(ctx, v, token, err)
	})
	register(a, operation{
		id: "get-session", method: http.MethodGet, path: "/session", summary: "Who am I", access: signedIn,
	}, func(ctx context.Context, v auth.Visitor, _ *empty) (*sessionOutput, error) {
		s, err := a.session(ctx, v)
		return &sessionOutput{s}, err
	})
	register(a, operation{
		id: "log-out", method: http.MethodDelete, path: "/session", summary: "Sign out", access: recognised,
	}, a.logOut)
	register(a, operation{
		id: "list-sessions", method: http.MethodGet, path: "/session/all", summary: "Where I am signed in", access: signedIn,
	}, a.listSessions)
	register(a, operation{
		id: "end-session", method: http.MethodDelete, path: "/session/{id}", summary: "Sign out elsewhere", access: signedIn,
		errors: []Code{NotFound},
	}, func(ctx context.Context, v auth.Visitor, in *ByID) (*empty, error) {
		err := a.accounts.EndSession(ctx, v.Person.ID, in.ID)
		if errors.Is(err, auth.ErrNoSession) {
			return nil, errNotFound
		}
		if err == nil {
			a.live.SignOut(v.Person.ID, in.ID)
		}
		return nil, err
	})
	register(a, operation{
		id: "change-password", method: http.MethodPost, path: "/password", summary: "Change my password; all other sessions end",
		access: signedIn, errors: []Code{WrongPassword, WeakPassword, TooManyTries, Busy},
	}, func(ctx context.Context, v auth.Visitor, in *passwordInput) (*empty, error) {
		ended, err := a.accounts.ChangePassword(ctx, v, in.Body.Current, in.Body.New)
		if err == nil && len(ended) > 0 {
			a.live.SignOut(v.Person.ID, ended...)
		}
		return nil, err
	})
}

// openSession answers with a new session and its cookie.
func (a *API) openSession(ctx context.Context, v auth.Visitor, t auth.Token, err error) (*openSession, error) {
	if err != nil {
		return nil, err
	}
	s, err := a.session(ctx, v)
	return &openSession{a.accounts.Cookie(t, requestOf(ctx).secure), s}, err
}

func (a *API) session(ctx context.Context, v auth.Visitor) (session, error) {
	c, err := a.accounts.Company(ctx)
	return session{toPerson(v.Person), c.Name, a.cfg.Version}, err
}

// logOut also serves who is signed out already: the cookie goes in any case.
func (a *API) logOut(ctx context.Context, v auth.Visitor, _ *empty) (*signedOutput, error) {
	if v.Person.ID != "" {
		err := a.accounts.EndSession(ctx, v.Person.ID, v.Session.ID)
		if err != nil && !errors.Is(err, auth.ErrNoSession) {
			return nil, err
		}
		a.live.SignOut(v.Person.ID, v.Session.ID)
	}
	return &signedOutput{auth.NoCookie(requestOf(ctx).secure)}, nil
}

func (a *API) listSessions(ctx context.Context, v auth.Visitor, _ *empty) (*devicesOutput, error) {
	all, err := a.accounts.Sessions(ctx, v.Person.ID)
	if err != nil {
		return nil, err
	}
	out := &devicesOutput{make([]device, len(all))}
	for i, s := range all {
		out.Body[i] = device{
			s.ID, s.CreatedAt, s.LastSeenAt, s.Client.UserAgent, s.Client.Address, s.ID == v.Session.ID,
		}
	}
	return out, nil
}
