package api

import (
	"context"
	"net/http"

	"partyline/signaling/auth"
	"partyline/sip/billing"
)

type costsInput struct {
	CallFilter
	By   string `query:"by" default:"cost_centre" enum:"cost_centre,department,person,destination,country,class,trunk,meeting,payer,kind,day,month" example:"cost_centre"`
	Mine bool   `query:"mine" doc:"of my own calls alone, also for admins"`
}

type totalBody struct {
	Key           string `json:"key" doc:"what the calls have in common; empty: nothing; days and months are those of the company's zone" example:"4711"`
	Name          string `json:"name,omitempty" doc:"of the person or meeting whose id the key is" example:"Ann"`
	Calls         int    `json:"calls" example:"12"`
	Answered      int    `json:"answered" example:"10"`
	Duration      int64  `json:"durationMs" doc:"connected" example:"610000"`
	BilledSeconds int64  `json:"billedSeconds" example:"660"`
	Cost          int64  `json:"cost" doc:"millionths of the currency's unit" example:"1980000"`
}

func toTotal(t billing.Total) totalBody {
	return totalBody{t.Key, t.Name, t.Calls, t.Answered, t.Duration.Milliseconds(), int64(t.Billed.Seconds()), int64(t.Cost)}
}

type costsOutput struct {
	Body struct {
		By       string      `json:"by" example:"cost_centre"`
		Currency string      `json:"currency" example:"CNY"`
		Total    totalBody   `json:"total"`
		Rows     []totalBody `json:"rows" nullable:"false" doc:"the dearest first; days and months in their order"`
	}
}

func (a *API) costs() {
	register(a, operation{
		id: "list-costs", method: http.MethodGet, path: "/costs", access: signedIn, errors: []Code{NotFound},
		summary: "What calls cost that fit all that is given, by what they have in common: my own, or everybody's for admins",
	}, a.listCosts)
}

func (a *API) listCosts(ctx context.Context, v auth.Visitor, in *costsInput) (*costsOutput, error) {
	search, err := a.search(in.CallFilter)
	if err != nil {
		return nil, err
	}
	if in.Mine {
		search.Person = v.Person.ID
	}
	totals, err := a.cfg.Money.History.Costs(ctx, viewerOf(v), search, billing.Grouping(in.By))
	if err != nil {
		return nil, err
	}
	out := &costsOutput{}
	out.Body.By, out.Body.Currency = in.By, a.cfg.Money.Currency.Code
	out.Body.Rows = make([]totalBody, len(totals))
	names := a.namesFor(ctx, v)
	var sum billing.Total
	for i, t := range totals {
		if in.By == string(billing.ByMeeting) && len(totals) <= mostNamed {
			t.Name = names.meeting(t.Key)
		}
		out.Body.Rows[i] = toTotal(t)
		sum.Add(t)
	}
	out.Body.Total = toTotal(sum)
	return out, nil
}

// mostNamed is how many meetings' names are looked up for one answer.
const mostNamed = 1000
