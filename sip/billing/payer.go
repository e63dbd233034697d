package billing

import (
	"fmt"
	"time"
)

// PayerKind is whose money it is: one of the five levels of budgets.
type PayerKind uint8

// The levels.
const (
	Company PayerKind = iota
	CostCentre
	Department
	Person
	Meeting
)

// payerKinds are the levels' names in records and on the wire.
var payerKinds = [...]string{Company: "company", CostCentre: "cost_centre", Department: "department", Person: "person", Meeting: "meeting"}

// String gives the level's name.
func (k PayerKind) String() string { return nameOf(payerKinds[:], uint8(k)) }

// MarshalText gives the level's name.
func (k PayerKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads a level's name.
func (k *PayerKind) UnmarshalText(text []byte) error {
	n, err := byName(payerKinds[:], "a payer", string(text))
	*k = PayerKind(n)
	return err
}

// nameOf is a value's name in a table of them.
func nameOf(names []string, n uint8) string {
	if int(n) < len(names) {
		return names[n]
	}
	return "unknown"
}

// byName finds a value by its name in a table.
func byName(names []string, what, name string) (uint8, error) {
	for n, known := range names {
		if known == name {
			return uint8(n), nil
		}
	}
	return 0, fmt.Errorf("%s cannot be %q, only one of %q", what, short(name), names)
}

// Payer is who pays for a call. The zero value is the company.
type Payer struct {
	Kind PayerKind `json:"kind"`
	ID   string    `json:"id,omitempty"` // of the person or meeting, name of the department or cost centre; none for the company
}

// String gives "company" or "department sales".
func (p Payer) String() string {
	if p.Kind == Company {
		return p.Kind.String()
	}
	return p.Kind.String() + " " + p.ID
}

// Period is how long a budget lasts.
type Period uint8

// The periods; days and months are those of the company's time zone.
const (
	Month Period = iota
	Day
	Once // until it is spent
)

var periods = [...]string{Month: "month", Day: "day", Once: "once"}

// String gives the period's name.
func (p Period) String() string { return nameOf(periods[:], uint8(p)) }

// MarshalText gives the period's name.
func (p Period) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads a period's name.
func (p *Period) UnmarshalText(text []byte) error {
	n, err := byName(periods[:], "a period", string(text))
	*p = Period(n)
	return err
}

// Dates are the day and the month that a call's money belongs to: those of its
// hold, even where it goes on past midnight.
type Dates struct {
	Day   string // "2026-11-23"
	Month string // "2026-11"
}

// DatesAt are the dates of a moment in the company's time zone; nil is UTC.
func DatesAt(at time.Time, zone *time.Location) Dates {
	if zone == nil {
		zone = time.UTC
	}
	at = at.In(zone)
	return Dates{Day: at.Format(time.DateOnly), Month: at.Format("2006-01")}
}

// Key is the period of a budget that the dates fall in: "2026-11-23",
// "2026-11" or "once". Ledgers keep their accounts by it.
func (d Dates) Key(p Period) string {
	switch p {
	case Day:
		return d.Day
	case Month:
		return d.Month
	default:
		return Once.String()
	}
}

// Budget is what a payer may spend in each period.
type Budget struct {
	ID     string `json:"id"`
	Payer  Payer  `json:"payer"`
	Period Period `json:"period"`
	Limit  Micro  `json:"limit"`
	// Hard: calls that it does not cover are refused, and running ones end. One
	// that is not hard only tells.
	Hard bool `json:"hard"`
}

// Standing is how a budget stands in one period.
type Standing struct {
	Budget Budget `json:"budget"`
	Period string `json:"period"` // its key, see Dates.Key
	Spent  Micro  `json:"spent"`  // by calls that are over
	Held   Micro  `json:"held"`   // for calls that are not
}

// Left is what can still be held; below zero where a soft budget is overrun, or
// a limit was lowered under what is spent.
func (s Standing) Left() Micro { return s.Budget.Limit - s.Spent - s.Held }

// Take tells whether so much more can be held, which a Ledger asks of each
// budget that pays, in the transaction that holds it. The error is a *Refusal
// by NoMoney.
func (s Standing) Take(amount Micro) error {
	if !s.Budget.Hard || amount <= max(s.Left(), 0) {
		return nil
	}
	return &Refusal{NoMoney, map[string]string{
		"budget": s.Budget.ID, "payer": s.Budget.Payer.Kind.String(), "payer_id": s.Budget.Payer.ID, "period": s.Budget.Period.String(),
		"left": max(s.Left(), 0).String(), "needed": amount.String(), "limit": s.Budget.Limit.String(),
	}}
}

// Notice is that a budget is used up so far. It is sent once in a period.
type Notice struct {
	Standing Standing `json:"standing"`
	Percent  int      `json:"percent"` // 80 or 100
}

// noticed are the shares, in percent, that a budget's owner is told of.
var noticed = [...]int{80, 100}

// Notices are those due when a budget's use, spent and held, rises from what it
// was before. Whoever keeps the ledger sends each but once in a period, since a
// hold released may be taken again.
func (s Standing) Notices(before Micro) (due []Notice) {
	used := s.Spent + s.Held
	for _, percent := range noticed {
		threshold := s.Budget.Limit / 100 * Micro(percent)
		threshold += s.Budget.Limit % 100 * Micro(percent) / 100
		if before < threshold && used >= threshold {
			due = append(due, Notice{s, percent})
		}
	}
	return due
}
