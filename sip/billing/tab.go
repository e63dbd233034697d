package billing

import (
	"context"
	"time"
)

// WarningKind is what a call has to know of its money and time.
type WarningKind string

// The warnings.
const (
	OneMinuteLeft WarningKind = "one-minute-left" // the caller is told, and the host
	MoneyAgain    WarningKind = "money-again"     // it goes on after all
	OutOfMoney    WarningKind = "out-of-money"    // this leg ends now
	MaxDuration   WarningKind = "max-duration"    // this leg ends now
)

// Warning is one, with how long the call can still last.
type Warning struct {
	Kind WarningKind
	Left time.Duration
	Rule *Refusal // what refused more money; nil where the ledger did not answer
}

// Tab is the money of one call, from its hold to its charge. Its methods may be
// called by any goroutine.
type Tab struct{}

// Hold is the id of the hold.
func (t *Tab) Hold() string { panic("later") }

// Trying notes the trunk that an INVITE goes to next, and why.
func (t *Tab) Trying(trunk, why string) { panic("later") }

// Ringing notes the first sign of the far end; later ones change nothing.
func (t *Tab) Ringing(at time.Time) { panic("later") }

// Answered starts the charge. It must be called before the 200 OK is
// acknowledged: once it has returned a crash cannot make the call free. The
// error is the ledger's; the charge runs all the same.
func (t *Tab) Answered(ctx context.Context, at time.Time) error { panic("later") }

// Warnings are sent when they are due; the channel is never closed, and none is
// lost for who listens late.
func (t *Tab) Warnings() <-chan Warning { panic("later") }

// Spent is what the call would cost if it ended now.
func (t *Tab) Spent(now time.Time) Micro { panic("later") }

// Left is how long it can last on what is held, and more than that where a
// budget gives more; for the burn meter.
func (t *Tab) Left(now time.Time) time.Duration { panic("later") }

// Rate is that of the trunk in use.
func (t *Tab) Rate() Rate { panic("later") }

// Close settles the call. The second time it changes nothing. Where the ledger
// does not answer the Desk tries again, and the error tells.
func (t *Tab) Close(ctx context.Context, r Result) (CDR, error) { panic("later") }
