package api

import (
	"context"
	"errors"
	"net/http"

	"partyline/signaling/auth"
	"partyline/signaling/company"
	"partyline/signaling/meeting"
	"partyline/sip/billing"
)

// budgetBody is a budget as it stands now.
type budgetBody struct {
	ID       string    `json:"id" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Payer    payerBody `json:"payer"`
	Period   string    `json:"period" enum:"day,month,once" doc:"in the company's zone" example:"month"`
	Key      string    `json:"key" doc:"of the period that it is now" example:"2026-11"`
	Limit    int64     `json:"limit" doc:"millionths of the currency's unit" example:"500000000"`
	Hard     bool      `json:"hard" doc:"calls that it does not cover are refused; otherwise it only tells"`
	Currency string    `json:"currency" example:"CNY"`
	Spent    int64     `json:"spent" doc:"by calls that are over" example:"123400000"`
	Held     int64     `json:"held" doc:"for calls that run" example:"360000"`
	Left     int64     `json:"left" doc:"below zero where it is overrun" example:"376240000"`
	Percent  int       `json:"percent" doc:"spent and held" example:"24"`
	Notice   int       `json:"notice" doc:"0, 80 or 100: the share that its owner was told of" example:"0"`
}

type budgetOutput struct {
	Body budgetBody
}

type budgetsOutput struct {
	Body []budgetBody `nullable:"false"`
}

type addBudgetInput struct {
	Body struct {
		Payer struct {
			Kind string `json:"kind" enum:"company,cost_centre,department,person,meeting" example:"department"`
			ID   string `json:"id,omitempty" maxLength:"100" doc:"none for the company" example:"Sales"`
		} `json:"payer"`
		Period string `json:"period" enum:"day,month,once" example:"month"`
		Limit  int64  `json:"limit" doc:"millionths of the currency's unit" example:"500000000"`
		Hard   bool   `json:"hard"`
	}
}

type changeBudgetInput struct {
	ByID
	Body struct {
		Limit           *int64 `json:"limit,omitempty" nullable:"false" example:"500000000"`
		Hard            *bool  `json:"hard,omitempty" nullable:"false"`
		AcceptOverspent bool   `json:"acceptOverspent,omitempty" doc:"agree to a limit below what is spent and held"`
	}
}

func (a *API) budgets() {
	register(a, operation{
		id: "list-budgets", method: http.MethodGet, path: "/budgets", access: signedIn,
		summary: "Budgets as they stand now: all for admins, for others those that their calls are paid from",
	}, a.listBudgets)
	register(a, operation{
		id: "add-budget", method: http.MethodPost, path: "/budgets", access: adminOnly, status: http.StatusCreated,
		errors: []Code{BudgetTaken}, summary: "Limit what a payer spends in each period",
	}, a.addBudget)
	register(a, operation{
		id: "change-budget", method: http.MethodPatch, path: "/budgets/{id}", access: adminOnly,
		errors:  []Code{NotFound, BudgetBelow},
		summary: "Change a limit, or whether it is hard; below what is spent and held it has to be agreed to",
	}, a.changeBudget)
	register(a, operation{
		id: "delete-budget", method: http.MethodDelete, path: "/budgets/{id}", access: adminOnly, errors: []Code{NotFound},
		summary: "Delete a budget; what was booked stays, and calls that run go on",
	}, func(ctx context.Context, v auth.Visitor, in *ByID) (*empty, error) {
		return nil, a.cfg.Money.Budgets.Remove(ctx, v.Person, in.ID)
	})
}

func (a *API) toBudget(s billing.Standing, names *namesBook) budgetBody {
	return budgetBody{
		ID: s.Budget.ID, Payer: names.payer(s.Budget.Payer), Period: s.Budget.Period.String(), Key: s.Period,
		Limit: int64(s.Budget.Limit), Hard: s.Budget.Hard, Currency: a.cfg.Money.Currency.Code,
		Spent: int64(s.Spent), Held: int64(s.Held), Left: int64(s.Left()), Percent: s.Percent(), Notice: s.Told(),
	}
}

func (a *API) listBudgets(ctx context.Context, v auth.Visitor, _ *empty) (*budgetsOutput, error) {
	all, err := a.cfg.Money.Budgets.List(ctx, v.Person)
	if err != nil {
		return nil, err
	}
	names := a.namesFor(ctx, v)
	out := &budgetsOutput{make([]budgetBody, len(all))}
	for i, s := range all {
		out.Body[i] = a.toBudget(s, names)
	}
	return out, nil
}

func (a *API) addBudget(ctx context.Context, v auth.Visitor, in *addBudgetInput) (*budgetOutput, error) {
	b := billing.Budget{Limit: billing.Micro(in.Body.Limit), Hard: in.Body.Hard, Payer: billing.Payer{ID: in.Body.Payer.ID}}
	if kind := wordOf[billing.PayerKind](in.Body.Payer.Kind); kind != nil {
		b.Payer.Kind = *kind
	}
	if period := wordOf[billing.Period](in.Body.Period); period != nil {
		b.Period = *period
	}
	if err := a.checkPayer(ctx, b.Payer); err != nil {
		return nil, err
	}
	s, err := a.cfg.Money.Budgets.Add(ctx, v.Person, b)
	return a.budgetOf(ctx, v, s, err)
}

// checkPayer refuses people and meetings that do not exist.
func (a *API) checkPayer(ctx context.Context, p billing.Payer) error {
	if p.ID == "" {
		return nil // company.Budgets has the sentence
	}
	switch p.Kind {
	case billing.Person:
		if _, err := a.accounts.Person(ctx, p.ID); errors.Is(err, auth.ErrNoPerson) {
			return invalid("payer", "There is no such person.")
		} else if err != nil {
			return err
		}
	case billing.Meeting:
		if _, err := a.book.Get(ctx, p.ID); errors.Is(err, meeting.ErrNotFound) {
			return invalid("payer", "There is no such meeting.")
		} else if err != nil && !errors.Is(err, meeting.ErrEnded) {
			return err
		}
	}
	return nil
}

func (a *API) budgetOf(ctx context.Context, v auth.Visitor, s billing.Standing, err error) (*budgetOutput, error) {
	if err != nil {
		return nil, err
	}
	return &budgetOutput{a.toBudget(s, a.namesFor(ctx, v))}, nil
}

func (a *API) changeBudget(ctx context.Context, v auth.Visitor, in *changeBudgetInput) (*budgetOutput, error) {
	change := company.BudgetChange{Hard: in.Body.Hard, Below: in.Body.AcceptOverspent}
	if in.Body.Limit != nil {
		limit := billing.Micro(*in.Body.Limit)
		change.Limit = &limit
	}
	s, err := a.cfg.Money.Budgets.Change(ctx, v.Person, in.ID, change)
	return a.budgetOf(ctx, v, s, err)
}
