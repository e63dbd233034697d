package api

import (
	"context"
	"net/http"

	"partyline/signaling/auth"
)

// PhoneService is where the company's own SIP phones register. The zero value
// means that there is none.
type PhoneService struct {
	Domain     string   // such as "meet.example.com"
	Transports []string // such as "udp", "tcp", "tls"
}

// phoneBody is somebody's own SIP phone.
type phoneBody struct {
	User       string   `json:"user" doc:"name to register with" example:"2001-k7xq"`
	Number     string   `json:"number" doc:"short number that colleagues dial" example:"2001"`
	Domain     string   `json:"domain" example:"meet.example.com"`
	Transports []string `json:"transports" nullable:"false" example:"tls"`
	Password   string   `json:"password,omitempty" doc:"shown once" example:"k7xq2mfp9dhe4vws3bnt"`
}

type phoneOutput struct {
	Body phoneBody
}

func (a *API) phoneOf(e auth.Extension, p auth.Password) *phoneOutput {
	return &phoneOutput{phoneBody{e.User, e.Number, a.cfg.Phones.Domain, a.cfg.Phones.Transports, string(p)}}
}

// phones are everybody's own affair: an admin sees that somebody has one by
// the short number in the list of people, and never a password.
func (a *API) phones() {
	register(a, operation{
		id: "get-my-phone", method: http.MethodGet, path: "/me/phone", access: signedIn, errors: []Code{NotFound},
		summary: "How my SIP phone registers",
	}, func(ctx context.Context, v auth.Visitor, _ *empty) (*phoneOutput, error) {
		e, err := a.accounts.Extension(ctx, v.Person.ID)
		return a.phoneOf(e, ""), err
	})
	register(a, operation{
		id: "add-my-phone", method: http.MethodPost, path: "/me/phone", access: signedIn, errors: []Code{NoPhones, TooMany},
		status: http.StatusCreated, summary: "An account for my SIP phone, or a new password for it; the earlier one is void",
	}, func(ctx context.Context, v auth.Visitor, _ *empty) (*phoneOutput, error) {
		if a.cfg.Phones.Domain == "" {
			return nil, errNoPhones
		}
		e, password, err := a.accounts.NewExtension(ctx, v.Person)
		return a.phoneOf(e, password), err
	})
	register(a, operation{
		id: "delete-my-phone", method: http.MethodDelete, path: "/me/phone", access: signedIn, errors: []Code{NotFound},
		summary: "Take the account of my SIP phone away",
	}, func(ctx context.Context, v auth.Visitor, _ *empty) (*empty, error) {
		return nil, a.accounts.DropExtension(ctx, v.Person.ID)
	})
	register(a, operation{
		id: "delete-my-spoken-name", method: http.MethodDelete, path: "/me/spoken-name", access: signedIn, errors: []Code{NotFound},
		summary: "Forget my name as I spoke it on the phone",
	}, func(ctx context.Context, v auth.Visitor, _ *empty) (*empty, error) {
		return nil, a.accounts.DropSpokenName(ctx, v.Person.ID)
	})
}
