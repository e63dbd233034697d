package api

import (
	"context"
	"strconv"
	"strings"
	"time"

	"partyline/signaling/auth"
	"partyline/sip/billing"
)

// callBody is the record of one leg.
type callBody struct {
	ID        string `json:"id" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Parent    string `json:"parent,omitempty" doc:"the leg that this one was called for" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Kind      string `json:"kind" enum:"web,pstn_in,pstn_out,sip" example:"pstn_out"`
	Direction string `json:"direction" enum:"outbound,inbound" example:"outbound"`
	State     string `json:"state" enum:"opened,ringing,answered,closed" example:"closed"`

	Meeting     string `json:"meeting,omitempty" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	MeetingName string `json:"meetingName,omitempty" doc:"of a meeting that the viewer is invited to" example:"Weekly"`
	Occurrence  string `json:"occurrence,omitempty" example:"2026-11-23"`
	Batch       string `json:"batch,omitempty" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Attempt     int    `json:"attempt" example:"1"`

	Person     string `json:"person,omitempty" doc:"who dialled" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	PersonName string `json:"personName" example:"Ann"`
	Department string `json:"department,omitempty" example:"Sales"`
	CostCentre string `json:"costCentre,omitempty" example:"4711"`

	From        string `json:"from" doc:"E.164, or its last digits alone where masked" example:"+861012345678"`
	To          string `json:"to" doc:"likewise" example:"•••000"`
	Masked      bool   `json:"masked" doc:"the numbers are not shown in full"`
	ToName      string `json:"toName,omitempty" doc:"of the far end" example:"Bob"`
	Known       bool   `json:"known" doc:"a colleague or a saved contact"`
	Country     string `json:"country,omitempty" doc:"ISO 3166" example:"CN"`
	Class       string `json:"class,omitempty" example:"mobile"`
	Destination string `json:"destination,omitempty" doc:"as the deck calls it" example:"China mobile"`
	Prefix      string `json:"prefix,omitempty" doc:"of the rate" example:"86138"`
	Trunk       string `json:"trunk,omitempty" example:"carrier-a"`

	Began    time.Time  `json:"began"`
	Ringing  *time.Time `json:"ringing,omitempty" nullable:"false"`
	Answered *time.Time `json:"answered,omitempty" nullable:"false"`
	Ended    *time.Time `json:"ended,omitempty" nullable:"false"`
	PDD      int64      `json:"pddMs" doc:"post-dial delay; 0: unknown" example:"1800"`
	Duration int64      `json:"durationMs" doc:"from answer to end" example:"61000"`

	callMoney
	callEnd
	callQuality
}

type callMoney struct {
	Payer         payerBody `json:"payer"`
	Deck          string    `json:"deck,omitempty" doc:"version of the rate" example:"7"`
	RatePerMinute int64     `json:"ratePerMinute" doc:"millionths of the currency's unit" example:"180000"`
	ConnectFee    int64     `json:"connectFee" example:"0"`
	Block         string    `json:"block,omitempty" doc:"seconds billed at first and then at a time; absent where there is no rate" example:"60/6"`
	BilledSeconds int       `json:"billedSeconds" example:"66"`
	Cost          int64     `json:"cost" doc:"millionths of the currency's unit" example:"198000"`
	Currency      string    `json:"currency,omitempty" doc:"ISO 4217" example:"CNY"`
	Hold          string    `json:"hold,omitempty" doc:"id of what was reserved" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
}

type callEnd struct {
	Status     int        `json:"status,omitempty" doc:"the last of SIP" example:"200"`
	Q850       int        `json:"q850,omitempty" example:"16"`
	Cause      string     `json:"cause,omitempty" example:"hung-up"`
	Rule       string     `json:"rule,omitempty" doc:"by which it was refused or ended" example:"no-money"`
	Hangup     string     `json:"hangup,omitempty" doc:"us or them" example:"them"`
	SIPCallID  string     `json:"sipCallId,omitempty" example:"a84b4c76e66710"`
	Recorded   bool       `json:"recorded" doc:"the notice of a recording was heard"`
	NoticeAt   *time.Time `json:"noticeAt,omitempty" nullable:"false"`
	JoinMethod string     `json:"joinMethod,omitempty" doc:"pin, token, callback or confirm" example:"pin"`
	Keys       int        `json:"keys" doc:"how many were pressed" example:"0"`
}

type callQuality struct {
	Codec     string  `json:"codec,omitempty" example:"PCMA"`
	Quality   string  `json:"quality,omitempty" doc:"good, poor or unclassified" example:"good"`
	MOSIn     float64 `json:"mosIn,omitempty" doc:"estimate; absent: unknown" example:"4.31"`
	MOSOut    float64 `json:"mosOut,omitempty" example:"4.31"`
	LossIn    float64 `json:"lossIn,omitempty" doc:"percent" example:"0.12"`
	LossOut   float64 `json:"lossOut,omitempty" example:"0.12"`
	JitterIn  float64 `json:"jitterInMs,omitempty" example:"5.5"`
	JitterOut float64 `json:"jitterOutMs,omitempty" example:"5.5"`
	RTT       float64 `json:"rttMs,omitempty" example:"40"`
}

// payerBody is whose money it is.
type payerBody struct {
	Kind string `json:"kind" enum:"company,cost_centre,department,person,meeting" example:"department"`
	ID   string `json:"id,omitempty" doc:"of the person or meeting, name of the department or cost centre; none for the company" example:"Sales"`
	Name string `json:"name,omitempty" doc:"of the person or meeting, where the viewer may know it" example:"Ann"`
}

// toCall writes a record for whoever may see it.
func toCall(c *billing.CDR, names *namesBook) callBody {
	from, to := string(c.From), string(c.To)
	b := callBody{
		ID: c.ID, Parent: c.Parent, Kind: string(c.Kind), Direction: c.Direction.String(), State: c.State.String(),
		Meeting: c.Meeting, MeetingName: names.meeting(c.Meeting), Occurrence: c.Occurrence, Batch: c.Batch, Attempt: c.Attempt,
		Person: c.Person, PersonName: c.PersonName, Department: c.Department, CostCentre: c.CostCentre,
		From: from, To: to, Masked: strings.Contains(from+to, "•"), ToName: c.Name, Known: c.Known,
		Country: c.Country, Destination: c.Destination, Prefix: c.Rate.Prefix, Trunk: c.Trunk,
		Began: c.Setup, Ringing: orAbsent(c.Ring), Answered: orAbsent(c.Answer), Ended: orAbsent(c.End),
		PDD: c.PDD().Milliseconds(), Duration: c.Duration().Milliseconds(),
		callMoney: callMoney{
			Payer: names.payer(c.Payer), Deck: c.Deck, RatePerMinute: int64(c.Rate.PerMinute), ConnectFee: int64(c.Rate.Connect), Block: blockOf(c.Rate),
			BilledSeconds: c.BilledSeconds, Cost: int64(c.Cost), Currency: c.Currency.Code, Hold: c.Hold,
		},
		callEnd: callEnd{
			Status: c.Status, Q850: c.Q850, Cause: string(c.Cause), Rule: string(c.Rule), Hangup: string(c.Side), SIPCallID: c.CallID,
			Recorded: !c.Notice.IsZero(), NoticeAt: orAbsent(c.Notice), JoinMethod: c.Join, Keys: c.Keys,
		},
		callQuality: toCallQuality(c.Quality),
	}
	if c.Kind == billing.PhoneOut {
		b.Class = c.Class.String()
	}
	return b
}

// blockOf is how seconds are billed, as carriers write it: "60/6".
func blockOf(r billing.Rate) string {
	if r.Increment == 0 {
		return ""
	}
	return strconv.Itoa(r.Initial) + "/" + strconv.Itoa(r.Increment)
}

func toCallQuality(q billing.Quality) callQuality {
	hundredths := func(n int) float64 { return float64(n) / 100 }
	milliseconds := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return callQuality{
		Codec: q.Codec, Quality: q.Class, MOSIn: hundredths(q.MOSIn), MOSOut: hundredths(q.MOSOut),
		LossIn: hundredths(q.LossIn), LossOut: hundredths(q.LossOut),
		JitterIn: milliseconds(q.JitterIn), JitterOut: milliseconds(q.JitterOut), RTT: milliseconds(q.RTT),
	}
}

// orAbsent leaves out a time that never was.
func orAbsent(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// namesBook finds the names of meetings and people that a visitor may know,
// each once.
type namesBook struct {
	ctx     context.Context
	api     *API
	visitor auth.Visitor
	known   map[string]string
	shut    bool // it knows nothing: there would be too many to look for
}

func (a *API) namesFor(ctx context.Context, v auth.Visitor) *namesBook {
	return &namesBook{ctx: ctx, api: a, visitor: v, known: map[string]string{}}
}

func (n *namesBook) find(id string, look func() (string, error)) string {
	if id == "" || n.shut {
		return ""
	}
	name, known := n.known[id]
	if !known {
		var err error
		if name, err = look(); err != nil {
			name = "" // one that the visitor may not know, or that is gone
		}
		n.known[id] = name
	}
	return name
}

func (n *namesBook) meeting(id string) string {
	return n.find(id, func() (string, error) {
		m, err := n.api.book.Read(n.ctx, n.visitor.Person.ID, id)
		return m.Name, err
	})
}

func (n *namesBook) person(id string) string {
	return n.find(id, func() (string, error) {
		p, err := n.api.accounts.Person(n.ctx, id)
		return p.Name, err
	})
}

func (n *namesBook) payer(p billing.Payer) payerBody {
	b := payerBody{Kind: p.Kind.String(), ID: p.ID}
	switch p.Kind {
	case billing.Person:
		b.Name = n.person(p.ID)
	case billing.Meeting:
		b.Name = n.meeting(p.ID)
	}
	return b
}
