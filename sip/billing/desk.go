package billing

import (
	"context"
	"log/slog"
	"time"

	"partyline/sip/dialplan"
)

// Approvals are admins' answers to the first call to a country.
type Approvals interface {
	// Approved tells whether calls to a country were agreed to.
	Approved(ctx context.Context, country string) (bool, error)
	// Ask puts the question to the admins, once for each country however often
	// it is asked.
	Ask(ctx context.Context, r Request) error
}

// Config is what a Desk works with. Ledger is required.
type Config struct {
	Ledger    Ledger
	Approvals Approvals // nil: nobody is asked, and Request.Approved alone counts
	Home      Home
	Notices   func(Notice) // told from the desk's or a call's goroutine, must not wait; nil: nobody
	Log       *slog.Logger // nil: none
}

// Desk is where calls are paid: it quotes them, holds the money, and settles.
// Its methods may be called by any goroutine. Run must run meanwhile.
type Desk struct {
	cfg Config
}

// NewDesk makes a desk without decks, which refuses every call by NoRate, and
// with DefaultBrakes.
func NewDesk(cfg Config) *Desk { return &Desk{cfg: cfg} }

// SetDecks replaces the decks; running calls keep their rates.
func (d *Desk) SetDecks(decks *Decks) { panic("later") }

// SetBrakes replaces the brakes, for calls from now on.
func (d *Desk) SetBrakes(b Brakes) { panic("later") }

// Price is what a trunk's calls to a number cost per minute, for choosing the
// trunk; false: there is no price, and no call.
func (d *Desk) Price(number dialplan.Number, trunk string, at time.Time) (perMinute Micro, ok bool) {
	panic("later")
}

// Quote tells what a call would cost and whether it would be placed, and
// changes nothing. The error is a *Refusal, or the ledger's.
func (d *Desk) Quote(ctx context.Context, r Request, routes []Route) (Quote, error) { panic("later") }

// Open writes the call's record and takes the hold, before anything is sent. A
// refused call is recorded too, and the error is a *Refusal. The tab must be
// closed, whatever becomes of the call.
func (d *Desk) Open(ctx context.Context, r Request, routes []Route) (*Tab, error) { panic("later") }

// Run keeps the open tabs: it beats, holds more and settles what could not be
// settled at once. It returns when ctx is done, once what is closed by then is
// settled or has been tried.
func (d *Desk) Run(ctx context.Context) { panic("later") }

// Recover settles what a crash left, before the first call: each to its last
// heartbeat, an answered one to a second at least. It returns how many.
func (d *Desk) Recover(ctx context.Context) (int, error) { panic("later") }
