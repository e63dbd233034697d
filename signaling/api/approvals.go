package api

import (
	"context"
	"net/http"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/company"
)

// approvalBody is the answer to the first call to a country, or the question.
type approvalBody struct {
	ID        string           `json:"id" doc:"the country" example:"KE"`
	Country   string           `json:"country" doc:"ISO 3166" example:"KE"`
	State     company.Standing `json:"state" enum:"pending,approved,denied"`
	AskedBy   who              `json:"askedBy"`
	Number    string           `json:"number" doc:"masked" example:"•••123"`
	AskedAt   time.Time        `json:"askedAt"`
	DecidedBy *who             `json:"decidedBy,omitempty" nullable:"false"`
	DecidedAt *time.Time       `json:"decidedAt,omitempty" nullable:"false"`
	Reason    string           `json:"reason,omitempty" doc:"of a denial; callers are told" example:"no business there"`
}

func approvalOf(a company.Approval) approvalBody {
	b := approvalBody{
		ID: a.Country, Country: a.Country, State: a.Standing, AskedBy: who(a.AskedBy), Number: a.Number, AskedAt: a.AskedAt.UTC(),
		DecidedAt: orAbsent(a.DecidedAt), Reason: a.Reason,
	}
	if !a.DecidedAt.IsZero() {
		by := who(a.DecidedBy)
		b.DecidedBy = &by
	}
	return b
}

type approvalOutput struct {
	Body approvalBody
}

type approvalsOutput struct {
	Body []approvalBody `nullable:"false"`
}

type listApprovalsInput struct {
	State company.Standing `query:"state" enum:"pending,approved,denied" example:"pending"`
}

type denyInput struct {
	ByID
	Body struct {
		Reason string `json:"reason,omitempty" maxLength:"1000" doc:"at most 200 characters; callers are told" example:"no business there"`
	}
}

func (a *API) approvals() {
	approvals := a.cfg.Company.Approvals
	register(a, operation{
		id: "list-approvals", method: http.MethodGet, path: "/approvals", access: adminOnly,
		summary: "First calls to countries: what waits for a yes, then the answers",
	}, func(ctx context.Context, v auth.Visitor, in *listApprovalsInput) (*approvalsOutput, error) {
		all, err := approvals.All(ctx, v.Person, in.State)
		out := &approvalsOutput{make([]approvalBody, len(all))}
		for i, x := range all {
			out.Body[i] = approvalOf(x)
		}
		return out, err
	})
	register(a, operation{
		id: "approve", method: http.MethodPost, path: "/approvals/{id}/approve", access: adminOnly, errors: []Code{NotFound, OwnRequest},
		summary: "Agree to calls to a country; whoever asked cannot",
	}, func(ctx context.Context, v auth.Visitor, in *ByID) (*approvalOutput, error) {
		x, err := approvals.Approve(ctx, v.Person, in.ID)
		return &approvalOutput{approvalOf(x)}, err
	})
	register(a, operation{
		id: "deny", method: http.MethodPost, path: "/approvals/{id}/deny", access: adminOnly, errors: []Code{NotFound},
		summary: "Refuse calls to a country, or take an earlier yes back",
	}, func(ctx context.Context, v auth.Visitor, in *denyInput) (*approvalOutput, error) {
		x, err := approvals.Deny(ctx, v.Person, in.ID, in.Body.Reason)
		return &approvalOutput{approvalOf(x)}, err
	})
}
