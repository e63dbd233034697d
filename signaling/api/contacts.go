package api

import (
	"context"
	"errors"
	"net/http"

	"partyline/signaling/auth"
	"partyline/signaling/company"
	"partyline/sip/dialplan"
)

// contactBody is one of one's own contacts.
type contactBody struct {
	ID     string `json:"id" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Name   string `json:"name" example:"Li Na"`
	Number string `json:"number" doc:"E.164" example:"+8613912345678"`
}

type contactOutput struct {
	Body contactBody
}

type contactsOutput struct {
	Body []contactBody `nullable:"false"`
}

type listContactsInput struct {
	Query string `query:"q" maxLength:"100" doc:"part of a name or number" example:"li"`
}

type addContactInput struct {
	Body struct {
		Name   string `json:"name" maxLength:"200" example:"Li Na"`
		Number string `json:"number" maxLength:"40" doc:"as people write it" example:"139 1234 5678"`
	}
}

type changeContactInput struct {
	ByID
	Body struct {
		Name   *string `json:"name,omitempty" nullable:"false" maxLength:"200" example:"Li Na"`
		Number *string `json:"number,omitempty" nullable:"false" maxLength:"40" example:"139 1234 5678"`
	}
}

// contacts are everybody's own affair: no admin sees them.
func (a *API) contacts() {
	contacts := a.cfg.Company.Contacts
	register(a, operation{
		id: "list-contacts", method: http.MethodGet, path: "/contacts", access: signedIn, summary: "Numbers that I have saved, by name",
	}, func(ctx context.Context, v auth.Visitor, in *listContactsInput) (*contactsOutput, error) {
		all, err := contacts.Of(ctx, v.Person, in.Query)
		out := &contactsOutput{make([]contactBody, len(all))}
		for i, c := range all {
			out.Body[i] = contactBody{c.ID, c.Name, string(c.Number)}
		}
		return out, err
	})
	register(a, operation{
		id: "add-contact", method: http.MethodPost, path: "/contacts", access: signedIn, status: http.StatusCreated,
		errors: []Code{ContactTaken, TooMany}, summary: "Save a number",
	}, func(ctx context.Context, v auth.Visitor, in *addContactInput) (*contactOutput, error) {
		c, err := contacts.Add(ctx, v.Person, in.Body.Name, dialplan.Number(a.phone(in.Body.Number)))
		return &contactOutput{contactBody{c.ID, c.Name, string(c.Number)}}, contactError(err)
	})
	register(a, operation{
		id: "change-contact", method: http.MethodPatch, path: "/contacts/{id}", access: signedIn,
		errors: []Code{NotFound, ContactTaken}, summary: "Change a number that I have saved",
	}, func(ctx context.Context, v auth.Visitor, in *changeContactInput) (*contactOutput, error) {
		var number *dialplan.Number
		if in.Body.Number != nil {
			n := dialplan.Number(a.phone(*in.Body.Number))
			number = &n
		}
		c, err := contacts.Change(ctx, v.Person, in.ID, in.Body.Name, number)
		return &contactOutput{contactBody{c.ID, c.Name, string(c.Number)}}, contactError(err)
	})
	register(a, operation{
		id: "remove-contact", method: http.MethodDelete, path: "/contacts/{id}", access: signedIn, errors: []Code{NotFound},
		summary: "Forget a number that I have saved",
	}, func(ctx context.Context, v auth.Visitor, in *ByID) (*empty, error) {
		return nil, contacts.Remove(ctx, v.Person, in.ID)
	})
}

// contactError is ErrTaken in the words of contacts.
func contactError(err error) error {
	if errors.Is(err, company.ErrTaken) {
		return errContactTaken
	}
	return err
}
