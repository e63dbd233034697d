package api

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/company"
	"partyline/sip/billing"
	"partyline/sip/dialplan"
)

// Money is what the API needs to know of calls and what they cost. Without a
// history there are no routes for them.
type Money struct {
	History  *billing.History
	Budgets  *company.Budgets
	Currency billing.Currency
}

// viewerOf is a visitor as the rules about records know them.
func viewerOf(v auth.Visitor) billing.Viewer {
	return billing.Viewer{Person: v.Person.ID, Name: v.Person.Name, Admin: v.Person.Admin}
}

type listCallsInput struct {
	CallFilter
	Mine   bool   `query:"mine" doc:"my own calls alone, also for admins"`
	Sort   string `query:"sort" enum:"newest,oldest" default:"newest"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50" example:"50"`
	Cursor string `query:"cursor" maxLength:"200" doc:"what the page before said in next" example:"MTc3MjQ0MjAwMDAwMCBjMQ"`
}

type callsOutput struct {
	Body struct {
		Calls    []callBody `json:"calls" nullable:"false"`
		Next     string     `json:"next,omitempty" doc:"cursor of the next page; absent at the end" example:"MTc3MjQ0MjAwMDAwMCBjMQ"`
		Currency string     `json:"currency" doc:"ISO 4217; amounts are millionths of its unit" example:"CNY"`
	}
}

type oneCallOutput struct {
	Body struct {
		callBody
		Charge  *chargeBody   `json:"charge,omitempty" nullable:"false" doc:"how its cost comes about; absent while it runs"`
		Routing []routingBody `json:"routing" nullable:"false" doc:"the trunks that it could take, in their order, and why"`
	}
}

// chargeBody explains what a call cost. The page puts the steps into words.
type chargeBody struct {
	Total    int64      `json:"total" doc:"millionths of the currency's unit" example:"198000"`
	Currency string     `json:"currency" example:"CNY"`
	Seconds  int        `json:"seconds" doc:"billed" example:"66"`
	Verified bool       `json:"verified" doc:"the same as was booked"`
	Steps    []stepBody `json:"steps" nullable:"false"`
}

type stepBody struct {
	Key    string            `json:"key" doc:"talked, grace, initial, increments, billed, minutes, connect or total" example:"billed"`
	Values map[string]string `json:"values" doc:"seconds are whole, amounts exact decimals"`
}

// routingBody is what became of one trunk that the call could have taken. The
// page puts it into words.
type routingBody struct {
	Trunk     string `json:"trunk" example:"carrier-a"`
	Taken     bool   `json:"taken" doc:"the call went over it"`
	Why       string `json:"why" doc:"only, prefix, price, quality, order, last; or why it was not tried: not-served, off, no-rate, channels, down, not-callable. Records from elsewhere may have a text" example:"price"`
	Prefix    string `json:"prefix,omitempty" doc:"the longest of the trunk's that fits; absent: it calls every number" example:"+8610"`
	PerMinute *int64 `json:"perMinute,omitempty" nullable:"false" doc:"of a trunk that was to be tried, in millionths of the currency's unit" example:"180000"`
	Quality   string `json:"quality,omitempty" doc:"how its calls went lately: good, fair or poor" example:"good"`
}

// calls are the records of legs. Who may see which is decided in the history.
func (a *API) calls() {
	register(a, operation{
		id: "list-calls", method: http.MethodGet, path: "/calls", access: signedIn, errors: []Code{NotFound},
		summary: "Calls that fit all that is given: my own, or everybody's for admins",
	}, a.listCalls)
	register(a, operation{
		id: "get-call", method: http.MethodGet, path: "/calls/{id}", access: signedIn, errors: []Code{NotFound},
		summary: "One call, with numbers in clear and its charge explained; an admin's look at another person's leaves a line for that person",
	}, a.getCall)
	register(a, operation{
		id: "list-looks", method: http.MethodGet, path: "/me/lookups", access: signedIn,
		summary: "Who looked my calls up, latest first",
	}, a.listLooks)
}

func (a *API) listCalls(ctx context.Context, v auth.Visitor, in *listCallsInput) (*callsOutput, error) {
	search, err := a.search(in.CallFilter)
	if err != nil {
		return nil, err
	}
	search.Oldest = in.Sort == "oldest"
	if in.Mine {
		search.Person = v.Person.ID
	}
	after, err := placeOf(in.Cursor)
	if err != nil {
		return nil, err
	}
	// One more tells whether there is another page.
	found, err := a.cfg.Money.History.List(ctx, viewerOf(v), search, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &callsOutput{}
	out.Body.Currency = a.cfg.Money.Currency.Code
	if len(found) > in.Limit {
		found = found[:in.Limit]
		out.Body.Next = cursorOf(billing.PlaceOf(&found[in.Limit-1]))
	}
	names := a.namesFor(ctx, v)
	out.Body.Calls = make([]callBody, len(found))
	for i := range found {
		out.Body.Calls[i] = toCall(&found[i], names)
	}
	return out, nil
}

// A cursor is time and id of the last record of a page.
func cursorOf(p billing.Place) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(p.Setup.UnixMilli(), 10) + " " + p.ID))
}

func placeOf(cursor string) (billing.Place, error) {
	if cursor == "" {
		return billing.Place{}, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	ms, id, found := strings.Cut(string(text), " ")
	setup, err2 := strconv.ParseInt(ms, 10, 64)
	if err != nil || err2 != nil || !found {
		return billing.Place{}, invalid("cursor", "This is not what the page before said.")
	}
	return billing.Place{Setup: time.UnixMilli(setup).UTC(), ID: id}, nil
}

func (a *API) getCall(ctx context.Context, v auth.Visitor, in *ByID) (*oneCallOutput, error) {
	c, err := a.cfg.Money.History.Call(ctx, viewerOf(v), in.ID)
	if err != nil {
		return nil, err
	}
	out := &oneCallOutput{}
	out.Body.callBody = toCall(&c, a.namesFor(ctx, v))
	out.Body.Routing = explainRouting(&c)
	if c.State == billing.Closed {
		out.Body.Charge = explainCharge(&c)
	}
	return out, nil
}

// explainRouting tells which trunks a call could take.
func explainRouting(c *billing.CDR) []routingBody {
	choices, ok := dialplan.ParseExplanation(c.Why)
	if !ok && c.Trunk != "" {
		return []routingBody{{Trunk: c.Trunk, Taken: true, Why: c.Why}}
	}
	routing := make([]routingBody, len(choices))
	for i, choice := range choices {
		routing[i] = routingBody{Trunk: choice.Trunk, Taken: choice.Trunk == c.Trunk, Why: string(choice.Verdict), Prefix: choice.Prefix}
		if choice.Verdict.Tried() {
			routing[i].PerMinute, routing[i].Quality = &choice.Price, choice.Grade.String()
		}
	}
	return routing
}

// explainCharge computes the charge again, from what the record says of rate
// and times.
func explainCharge(c *billing.CDR) *chargeBody {
	charge := billing.Charge{}
	if c.Deck != "" && !c.Answer.IsZero() {
		charge = c.Rate.Charge(c.Duration())
	}
	b := &chargeBody{
		Total: int64(c.Cost), Currency: c.Currency.Code, Seconds: c.BilledSeconds,
		Verified: charge.Micro == c.Cost && charge.Seconds == c.BilledSeconds, Steps: make([]stepBody, len(charge.Steps)),
	}
	for i, s := range charge.Steps {
		b.Steps[i] = stepBody{string(s.Key), s.Values}
	}
	return b
}

type lookBody struct {
	At     time.Time `json:"at"`
	By     string    `json:"by" doc:"person" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	ByName string    `json:"byName" example:"Ann"`
	Act    string    `json:"what" enum:"list,call,export,costs,quality" example:"call"`
	Call   string    `json:"call,omitempty" doc:"that was opened" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	All    bool      `json:"everybody" doc:"not mine alone"`
}

type looksOutput struct {
	Body []lookBody `nullable:"false"`
}

func (a *API) listLooks(ctx context.Context, v auth.Visitor, _ *empty) (*looksOutput, error) {
	all, err := a.cfg.Money.History.Looks(ctx, viewerOf(v))
	if err != nil {
		return nil, fmt.Errorf("list looks: %w", err)
	}
	out := &looksOutput{make([]lookBody, len(all))}
	for i, l := range all {
		out.Body[i] = lookBody{l.At, l.By, l.ByName, string(l.Act), l.Call, l.Of == ""}
	}
	return out, nil
}
