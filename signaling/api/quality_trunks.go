package api

import (
	"context"
	"time"

	"partyline/metrics/quality"
	"partyline/signaling/auth"
	"partyline/signaling/health"
	"partyline/sip/billing"
)

type trunkSumsInput struct {
	From time.Time `query:"from" example:"2026-11-01T00:00:00Z"`
	To   time.Time `query:"to" example:"2026-12-01T00:00:00Z"`
}

type outcomeBody struct {
	Status int `json:"status" doc:"of SIP; 0: none came" example:"486"`
	Q850   int `json:"q850" example:"17"`
	Count  int `json:"count" example:"3"`
}

// trunkSumBody is how a carrier did.
type trunkSumBody struct {
	Trunk    string        `json:"trunk" example:"carrier-a"`
	State    string        `json:"state" enum:"up,down,unknown" example:"up"`
	Attempts int           `json:"attempts" example:"120"`
	Answered int           `json:"answered" example:"90"`
	ASR      *float64      `json:"asr,omitempty" nullable:"false" doc:"answered of all (ITU-T E.425), 0 to 1" example:"0.75"`
	NER      *float64      `json:"ner,omitempty" nullable:"false" doc:"carried by the network of all (ITU-T E.425)" example:"0.98"`
	SER      *float64      `json:"ser,omitempty" nullable:"false" doc:"answered of those not redirected (RFC 6076, 4.6)" example:"0.75"`
	SEER     *float64      `json:"seer,omitempty" nullable:"false" doc:"answered, busy, declined or not there, likewise (RFC 6076, 4.7)" example:"0.97"`
	PDD      *float64      `json:"pddMs,omitempty" nullable:"false" doc:"median" example:"1800"`
	PDD95    *float64      `json:"pdd95Ms,omitempty" nullable:"false" example:"4200"`
	ACD      *float64      `json:"acdSeconds,omitempty" nullable:"false" doc:"mean length of those answered" example:"310"`
	Cost     *int64        `json:"cost,omitempty" nullable:"false" doc:"millionths of the currency's unit" example:"1980000"`
	Outcomes []outcomeBody `json:"outcomes" nullable:"false" doc:"the most frequent first, at most ten"`
	countBody
}

type trunkSumsOutput struct {
	Body struct {
		Currency string         `json:"currency,omitempty" doc:"ISO 4217" example:"CNY"`
		Trunks   []trunkSumBody `json:"trunks" nullable:"false"`
	}
}

// qualityTrunks are how carriers did.
func (a *API) qualityTrunks() {
	tabulate(a, adminTable("list-quality-trunks", "/quality/trunks", "How the calls of each trunk went"),
		func(o *trunkSumsOutput) any { return o.Body.Trunks }, a.trunkSums)
}

func (a *API) trunkSums(ctx context.Context, v auth.Visitor, in *trunkSumsInput) (*trunkSumsOutput, error) {
	from, to, err := span(in.From, in.To)
	if err != nil {
		return nil, err
	}
	sums, err := a.cfg.Health.TrunkSums(ctx, v.Person, from, to)
	if err != nil {
		return nil, err
	}
	states := map[string]string{}
	for _, t := range a.cfg.Health.Lights() {
		states[t.Trunk] = t.State
	}
	out := &trunkSumsOutput{}
	out.Body.Trunks = []trunkSumBody{}
	if a.cfg.Money.History != nil {
		out.Body.Currency = a.cfg.Money.Currency.Code
	}
	for i := range sums {
		b := toTrunkSum(&sums[i])
		if b.State = states[b.Trunk]; b.State == "" {
			b.State = "unknown"
		}
		out.Body.Trunks = append(out.Body.Trunks, b)
	}
	return out, nil
}

func toTrunkSum(s *health.TrunkSum) trunkSumBody {
	all := 0
	for _, n := range s.Setups {
		all += n
	}
	answered := s.Setups[quality.SetupAnswered]
	reached := s.Setups[quality.SetupUnavailable] + s.Setups[quality.SetupBusy] + s.Setups[quality.SetupDeclined]
	direct := all - s.Setups[quality.SetupRedirected]
	b := trunkSumBody{
		Trunk: s.Trunk, Attempts: all, Answered: answered, PDD: knownTime(s.PDD), PDD95: knownTime(s.PDD95),
		ASR: ratio(answered, all), NER: ratio(answered+reached+s.Setups[quality.SetupUnanswered], all),
		SER: ratio(answered, direct), SEER: ratio(answered+reached, direct),
		Outcomes: []outcomeBody{}, countBody: toCount(&s.Count),
	}
	if answered > 0 {
		b.ACD = rounded(s.Talked.Seconds() / float64(answered))
	}
	if s.Cost != billing.Micro(0) {
		cost := int64(s.Cost)
		b.Cost = &cost
	}
	for _, o := range s.Outcomes {
		b.Outcomes = append(b.Outcomes, outcomeBody{o.Status, o.Q850, o.Calls})
	}
	return b
}

// ratio is a share, nil of nothing.
func ratio(part, all int) *float64 {
	if all <= 0 {
		return nil
	}
	return rounded(share(part, all))
}
