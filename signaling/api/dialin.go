package api

import (
	"context"
	"net/http"

	"partyline/signaling/auth"
)

type dialInOutput struct {
	Body DialIn
}

// dialIn is open to guests: the link that they have admits more than a number.
func (a *API) dialIn() {
	register(a, operation{
		id: "get-dial-in", method: http.MethodGet, path: "/dial-in", summary: "How a phone reaches a meeting",
	}, func(context.Context, auth.Visitor, *empty) (*dialInOutput, error) {
		return &dialInOutput{a.cfg.DialIn}, nil
	})
}
