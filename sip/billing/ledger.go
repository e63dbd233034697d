package billing

import (
	"context"
	"errors"
	"time"
)

// What a Ledger says of a record.
var (
	ErrSettled = errors.New("the call is settled already")
	ErrNoCall  = errors.New("no such call is recorded")
)

// Ledger keeps records and money, append-only and double entry. Each method is
// one transaction, and any goroutine may call it. What a hold takes of each
// budget goes from its account "free" to "held"; on settling, from "held" to
// "spent" what the call cost, and back to "free" what is left. A call that cost
// more than its hold takes the rest from "free": the record tells the truth
// even where a budget is overrun by it.
type Ledger interface {
	// Open writes the record and takes its hold of the budget of every payer
	// who has one, or does neither. The error is a *Refusal by NoMoney where
	// Standing.Take refuses. Opening the same record again is an error.
	Open(ctx context.Context, record CDR, hold Hold) ([]Notice, error)
	// Extend makes the hold of a call greater, in the period in which it was
	// taken, or returns a *Refusal by NoMoney and leaves it as it was.
	Extend(ctx context.Context, call string, more Micro, expires time.Time) ([]Notice, error)
	// Update writes what became known of an open record. It changes neither its
	// hold nor its cost, nor takes its heartbeat back, nor changes a record that
	// is closed, which is ErrSettled.
	Update(ctx context.Context, record CDR) error
	// Beat notes that calls are alive; unknown and closed ones are passed over,
	// and so are heartbeats before the last.
	Beat(ctx context.Context, beats []Beat) error
	// Settle closes the record with its cost, books that and releases the hold.
	// The second time it changes nothing and returns ErrSettled.
	Settle(ctx context.Context, record CDR, charge Charge) ([]Notice, error)
	// Unsettled are the records that were never closed.
	Unsettled(ctx context.Context) ([]CDR, error)
	// Facts are what the brakes and the quote ask for.
	Facts(ctx context.Context, q Query) (Facts, error)
}

// Hold is a reservation against the budgets of all payers of a call.
type Hold struct {
	ID      string
	Payers  []Payer
	Dates   Dates
	Amount  Micro // 0 for a call that costs nothing; its payers are kept all the same
	Expires time.Time
}

// Beat is that a call was alive at a time.
type Beat struct {
	Call string
	At   time.Time
}

// Query is what is to be known of calls and budgets before one is placed.
type Query struct {
	Person string
	Payers []Payer
	Dates  Dates
	Since  time.Time // counts begin there
	Prefix string    // digits that the numbers counted in Facts.ToPrefix begin with
	Trunks []string
}

// Facts are the answer to a Query. Calls of the last minutes are outbound ones,
// those that were refused or never placed left out.
type Facts struct {
	Standings  []Standing     // of every budget that the payers have
	ByPerson   int            // calls of the person since then
	ToPrefix   int            // calls to the prefix since then
	ByTrunk    map[string]int // calls by trunk since then
	OpenPerson int            // outbound calls of the person that are not closed
	Open       int            // of everybody
}
