package api

import (
	"context"
	"net/http"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/company"
)

// entryBody is a line of the log of who changed what.
type entryBody struct {
	ID      string           `json:"id" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	At      time.Time        `json:"at"`
	By      who              `json:"by"`
	Thing   company.Thing    `json:"thing" enum:"trunk,deck,brakes,budget,approval,contact,bot,subnets"`
	Name    string           `json:"name" doc:"which of them" example:"carrier-a"`
	Act     company.Act      `json:"act" enum:"added,changed,removed,activated,cancelled,approved,denied"`
	Changes []company.Change `json:"changes" nullable:"false" doc:"secrets are dots, telephone numbers masked"`
}

type auditOutput struct {
	Body struct {
		Entries []entryBody `json:"entries" nullable:"false"`
		Next    string      `json:"next,omitempty" doc:"give it as before for the next page; absent at the end" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	}
}

type auditInput struct {
	Before string        `query:"before" maxLength:"64" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Limit  int           `query:"limit" minimum:"1" maximum:"400" default:"100" example:"100"`
	Thing  company.Thing `query:"thing" enum:"trunk,deck,brakes,budget,approval,contact,bot,subnets" example:"trunk"`
	Person string        `query:"person" maxLength:"64" doc:"id of who did it" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
}

func (a *API) audit() {
	register(a, operation{
		id: "list-audit", method: http.MethodGet, path: "/audit", access: adminOnly, summary: "Who changed what, the latest first",
	}, func(ctx context.Context, v auth.Visitor, in *auditInput) (*auditOutput, error) {
		entries, err := a.cfg.Company.Log.Entries(ctx, v.Person, company.Filter{
			Before: in.Before, Limit: in.Limit + 1, Thing: in.Thing, Person: in.Person,
		})
		if err != nil {
			return nil, err
		}
		out := &auditOutput{}
		if len(entries) > in.Limit {
			entries = entries[:in.Limit]
			out.Body.Next = entries[in.Limit-1].ID
		}
		out.Body.Entries = make([]entryBody, len(entries))
		for i, e := range entries {
			out.Body.Entries[i] = entryBody{e.ID, e.At, who(e.By), e.Thing, e.Name, e.Act, e.Changes}
		}
		return out, nil
	})
}
