package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/dialout"
	"partyline/signaling/wire"
	"partyline/sip"
	"partyline/sip/billing"
	"partyline/sip/dialplan"
)

// This file says what gateway and billing know of a call in the words of those
// who had it placed.

// states are the gateway's in the words of the page. Early media is a phone
// that rings, as far as can be known.
var states = map[sip.State]wire.CallState{
	sip.CallTrying: wire.CallTrying, sip.CallRinging: wire.CallRinging, sip.CallEarly: wire.CallRinging,
	sip.CallAnswered: wire.CallAnswered, sip.CallConfirmed: wire.CallConfirmed, sip.CallJoined: wire.CallJoined,
}

// replies are those to a reminder.
var replies = map[sip.Reply]wire.Reply{
	sip.RemindAgain: wire.ReplyAgain, sip.ComesLate: wire.ReplyLate, sip.CannotCome: wire.ReplyCannot, sip.HasHeard: wire.ReplyHeard,
}

// occasions are what people are reminded of.
var occasions = map[dialout.Occasion]sip.Occasion{
	dialout.OfMeeting: sip.OfMeeting, dialout.OfTodo: sip.OfTodo, dialout.OfNews: sip.OfNews,
}

// reminderOf is a reminder as the phones tell it; nil for none.
func reminderOf(r *dialout.Reminder) *sip.Reminder {
	if r == nil {
		return nil
	}
	return &sip.Reminder{Occasion: occasions[r.Occasion], At: r.At, Spoken: r.Spoken}
}

func warningOf(w *billing.Warning) dialout.Warning {
	switch {
	case w == nil:
		return dialout.Warning{}
	case w.Kind == billing.MoneyAgain:
		return dialout.Warning{About: "money", Over: true}
	case w.Kind == billing.MaxDuration:
		return dialout.Warning{About: "duration", Within: w.Left}
	}
	return dialout.Warning{About: "money", Within: w.Left}
}

// causeOf is a cause in the words of the page, which are the record's but for
// calls that a crash cut off.
func causeOf(c billing.Cause) dialout.Cause {
	if same := dialout.Cause(c); slices.Contains(dialout.Causes(), same) {
		return same
	}
	return dialout.Fault
}

// refusalOf is a rule's no as the page knows it.
func refusalOf(r *billing.Refusal) wire.Refusal {
	cause := dialout.Refused
	if r.Rule == billing.NoMoney {
		cause = dialout.NoMoney
	}
	return wire.Refusal{Cause: string(cause), Rule: string(r.Rule), Detail: maps.Clone(r.Detail)}
}

// priceOf is what a call costs as the page shows it.
func priceOf(to dialplan.Dialled, q billing.Quote) wire.Price {
	price := wire.Price{
		Number: to.Number.Masked(), Class: to.Class.String(), Country: to.Country,
		Rate: int64(q.Rate.PerMinute), Connect: int64(q.Rate.Connect), Lasts: int(q.Lasts / time.Second),
	}
	if q.Tightest != nil {
		left := int64(q.Tightest.Left())
		price.Left = &left
	}
	return price
}

// payerByRule is who pays where nobody chose: the caller's cost centre, else
// their department, else the company.
func payerByRule(by auth.Person) billing.Payer {
	switch {
	case by.CostCentre != "":
		return billing.Payer{Kind: billing.CostCentre, ID: by.CostCentre}
	case by.Department != "":
		return billing.Payer{Kind: billing.Department, ID: by.Department}
	}
	return billing.Payer{Kind: billing.Company}
}

// payersOf are those whom a caller may choose from.
func payersOf(by auth.Person, o dialout.Order) []wire.Payer {
	payers := []wire.Payer{{Kind: wire.PayerCompany}}
	if by.CostCentre != "" {
		payers = append(payers, wire.Payer{Kind: wire.PayerCostCentre, ID: by.CostCentre, Name: by.CostCentre})
	}
	if by.Department != "" {
		payers = append(payers, wire.Payer{Kind: wire.PayerDepartment, ID: by.Department, Name: by.Department})
	}
	payers = append(payers, wire.Payer{Kind: wire.PayerPerson, ID: by.ID, Name: by.Name})
	if o.Meeting != "" {
		payers = append(payers, wire.Payer{Kind: wire.PayerMeeting, ID: o.Meeting, Name: o.MeetingName})
	}
	return payers
}

// payerFrom is the payer that a caller chose, if it is one of theirs.
func payerFrom(chosen wire.Payer, by auth.Person, o dialout.Order) (billing.Payer, error) {
	for _, p := range payersOf(by, o) {
		if p.Kind == chosen.Kind && p.ID == chosen.ID {
			var kind billing.PayerKind
			if err := kind.UnmarshalText([]byte(p.Kind)); err != nil {
				return billing.Payer{}, fmt.Errorf("payer: %w", err)
			}
			return billing.Payer{Kind: kind, ID: p.ID}, nil
		}
	}
	return billing.Payer{}, fmt.Errorf("%w: %s", dialout.ErrPayer, strconv.Quote(string(chosen.Kind)))
}

// payerIn is a payer as the page shows it.
func payerIn(p billing.Payer, by auth.Person) wire.Payer {
	name := p.ID
	switch p.Kind {
	case billing.Person:
		name = by.Name
	case billing.Meeting, billing.Company:
		name = ""
	}
	return wire.Payer{Kind: wire.PayerKind(p.Kind.String()), ID: p.ID, Name: name}
}
