package api

import (
	"encoding"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"partyline/sip/billing"
	"partyline/sip/dialplan"
)

// optional is a parameter that may be absent, where its zero value means
// something.
type optional[T any] struct {
	value T
	set   bool
}

// Schema is huma.SchemaProvider.
func (optional[T]) Schema(r huma.Registry) *huma.Schema {
	return huma.SchemaFromType(r, reflect.TypeFor[T]())
}

// Receiver is huma.ParamWrapper.
func (o *optional[T]) Receiver() reflect.Value { return reflect.ValueOf(&o.value).Elem() }

// OnParamSet is huma.ParamReactor.
func (o *optional[T]) OnParamSet(set bool, _ any) { o.set = set }

// CallFilter is what calls can be searched by: every field of a record.
type CallFilter struct {
	From time.Time `query:"from" doc:"began then or later" example:"2026-11-01T00:00:00Z"`
	To   time.Time `query:"to" doc:"began before" example:"2026-12-01T00:00:00Z"`

	Person     string `query:"person" maxLength:"100" doc:"who dialled"`
	Name       string `query:"name" maxLength:"100" doc:"part of the name of who dialled or of the far end" example:"bob"`
	Department string `query:"department" maxLength:"100" example:"Sales"`
	CostCentre string `query:"costCentre" maxLength:"100" example:"4711"`
	PayerKind  string `query:"payerKind" enum:"company,cost_centre,department,person,meeting" example:"department"`
	Payer      string `query:"payer" maxLength:"100" doc:"with payerKind: its id or name" example:"Sales"`

	Meeting    string `query:"meeting" maxLength:"100"`
	Occurrence string `query:"occurrence" maxLength:"100"`
	Batch      string `query:"batch" maxLength:"100"`
	Parent     string `query:"parent" maxLength:"100"`

	Kind      string `query:"kind" enum:"web,pstn_in,pstn_out,sip" example:"pstn_out"`
	Direction string `query:"direction" enum:"outbound,inbound" example:"outbound"`
	State     string `query:"state" enum:"open,opened,ringing,answered,closed" doc:"open: not closed yet" example:"closed"`
	Answered  string `query:"answered" enum:"true,false" example:"true"`
	Known     string `query:"known" enum:"true,false" example:"true"`
	Recorded  string `query:"recorded" enum:"true,false" example:"true"`

	Number      string `query:"number" maxLength:"60" doc:"of either side; with * at its end: what it begins with" example:"+86138*"`
	Class       string `query:"class" enum:"internal,domestic,mobile,international,premium,emergency,denied" example:"mobile"`
	Country     string `query:"country" maxLength:"2" example:"CN"`
	Destination string `query:"destination" maxLength:"200" example:"China mobile"`
	Prefix      string `query:"prefix" maxLength:"20" doc:"of the rate" example:"86138"`
	Trunk       string `query:"trunk" maxLength:"100" example:"carrier-a"`
	Deck        string `query:"deck" maxLength:"100" example:"7"`

	Cause      string `query:"cause" maxLength:"40" example:"busy"`
	Rule       string `query:"rule" maxLength:"40" example:"no-money"`
	Hangup     string `query:"hangup" enum:"us,them" example:"them"`
	Status     int    `query:"status" minimum:"100" maximum:"699" example:"486"`
	Q850       int    `query:"q850" minimum:"1" maximum:"127" example:"17"`
	SIPCallID  string `query:"sipCallId" maxLength:"300"`
	Codec      string `query:"codec" maxLength:"20" example:"PCMA"`
	Quality    string `query:"quality" maxLength:"20" example:"poor"`
	JoinMethod string `query:"joinMethod" maxLength:"20" example:"pin"`

	CallRanges
}

// CallRanges are the amounts that calls can be searched by.
type CallRanges struct {
	MinCost     optional[int64]   `query:"minCost" doc:"millionths of the currency's unit" example:"1000000"`
	MaxCost     optional[int64]   `query:"maxCost" example:"1000000"`
	MinBilled   optional[int64]   `query:"minBilled" doc:"s" example:"60"`
	MaxBilled   optional[int64]   `query:"maxBilled" example:"60"`
	MinDuration optional[int64]   `query:"minDuration" doc:"ms" example:"60000"`
	MaxDuration optional[int64]   `query:"maxDuration" example:"60000"`
	MinPDD      optional[int64]   `query:"minPdd" doc:"ms" example:"3000"`
	MaxPDD      optional[int64]   `query:"maxPdd" example:"3000"`
	MinMOS      optional[float64] `query:"minMos" doc:"the worse direction" example:"3.6"`
	MaxMOS      optional[float64] `query:"maxMos" example:"3.6"`
	MinLoss     optional[float64] `query:"minLoss" doc:"percent, the worse direction" example:"3"`
	MaxLoss     optional[float64] `query:"maxLoss" example:"3"`
	MinJitter   optional[float64] `query:"minJitter" doc:"ms, the worse direction" example:"30"`
	MaxJitter   optional[float64] `query:"maxJitter" example:"30"`
	MinRTT      optional[float64] `query:"minRtt" doc:"ms" example:"300"`
	MaxRTT      optional[float64] `query:"maxRtt" example:"300"`
	MinAttempt  optional[int64]   `query:"minAttempt" example:"2"`
	MaxAttempt  optional[int64]   `query:"maxAttempt" example:"2"`
	MinKeys     optional[int64]   `query:"minKeys" example:"1"`
	MaxKeys     optional[int64]   `query:"maxKeys" example:"1"`
}

// between is a range of amounts that are kept in units of which there are scale
// in one of the parameter's.
func between[T int64 | float64](least, most optional[T], scale T) billing.Range {
	bound := func(o optional[T]) *int64 {
		if !o.set {
			return nil
		}
		n := int64(o.value * scale)
		return &n
	}
	return billing.Range{Least: bound(least), Most: bound(most)}
}

func (r CallRanges) apply(s *billing.Search) {
	s.Cost = between(r.MinCost, r.MaxCost, 1)
	s.Billed = between(r.MinBilled, r.MaxBilled, 1)
	s.Duration = between(r.MinDuration, r.MaxDuration, 1)
	s.PDD = between(r.MinPDD, r.MaxPDD, 1)
	s.MOS = between(r.MinMOS, r.MaxMOS, 100)
	s.Loss = between(r.MinLoss, r.MaxLoss, 100)
	s.Jitter = between(r.MinJitter, r.MaxJitter, 1000)
	s.RTT = between(r.MinRTT, r.MaxRTT, 1000)
	s.Attempt = between(r.MinAttempt, r.MaxAttempt, 1)
	s.Keys = between(r.MinKeys, r.MaxKeys, 1)
}

// search is a filter as the history knows it.
func (a *API) search(f CallFilter) (billing.Search, error) {
	s := billing.Search{
		From: f.From, To: f.To, Person: f.Person, Name: strings.TrimSpace(f.Name), Department: f.Department, CostCentre: f.CostCentre,
		Meeting: f.Meeting, Occurrence: f.Occurrence, Batch: f.Batch, Parent: f.Parent,
		Kind: billing.Kind(f.Kind), Open: f.State == "open",
		Answered: choice(f.Answered), Known: choice(f.Known), Recorded: choice(f.Recorded),
		Country: strings.ToUpper(f.Country), Destination: f.Destination, RatePrefix: f.Prefix, Trunk: f.Trunk, Deck: f.Deck,
		Cause: billing.Cause(f.Cause), Rule: billing.Rule(f.Rule), Side: billing.Side(f.Hangup), Status: f.Status, Q850: f.Q850,
		CallID: f.SIPCallID, Codec: f.Codec, Quality: f.Quality, Join: f.JoinMethod,
	}
	f.apply(&s)
	s.Number, s.Prefix = a.numberSought(f.Number)
	s.Direction = wordOf[billing.Direction](f.Direction)
	s.Class = wordOf[dialplan.Class](f.Class)
	if !s.Open {
		s.State = wordOf[billing.State](f.State)
	}
	kind := wordOf[billing.PayerKind](f.PayerKind)
	switch {
	case kind != nil:
		s.Payer = &billing.Payer{Kind: *kind, ID: f.Payer}
	case f.Payer != "":
		return s, invalid("payerKind", "Say what kind of payer it is.")
	}
	return s, nil
}

// choice is what a parameter chose; nil: nothing.
func choice(text string) *bool {
	if text == "" {
		return nil
	}
	yes := text == "true"
	return &yes
}

// wordOf is a value by its name, which the framework has checked; nil where
// there is none.
func wordOf[T any, P interface {
	*T
	encoding.TextUnmarshaler
}](text string) *T {
	var v T
	if text == "" || P(&v).UnmarshalText([]byte(text)) != nil {
		return nil
	}
	return &v
}

// numberSought reads a number as people write it, or with a star what it begins
// with. What is none is the name of a SIP user.
func (a *API) numberSought(text string) (number dialplan.Number, prefix bool) {
	text = strings.TrimSpace(text)
	if begin, star := strings.CutSuffix(text, "*"); star {
		return dialplan.Number("+" + strings.TrimLeft(begin, "+ ")), true
	}
	if number, err := dialplan.Parse(text, a.cfg.Home); err == nil {
		return number, false
	}
	return dialplan.Number(text), false
}
