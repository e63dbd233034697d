package sip

import (
	"context"
	"time"

	"partyline/sip/billing"
	"partyline/sip/dialplan"
)

// Billing is who pays for the calls that we place. *billing.Desk is one, by
// [AtDesk].
type Billing interface {
	// Price is what a trunk's calls to a number cost per minute; false: nobody
	// knows, and it is not called over that trunk.
	Price(number dialplan.Number, trunk string, at time.Time) (perMinute billing.Micro, ok bool)
	// Open writes a call's record and holds its money, before anything is sent. A
	// *billing.Refusal says by which rule it must not be placed.
	Open(ctx context.Context, r billing.Request, routes []billing.Route) (Tab, error)
}

// Tab is the money of one call, from its hold to its charge.
type Tab interface {
	Meter
	// Covers tells whether the call was opened for a trunk; no other is tried.
	Covers(trunk string) bool
	// Trying notes the trunk that an INVITE goes to next, and why.
	Trying(trunk, why string)
	// Inviting notes an INVITE's Call-ID and the number that it shows, before it is
	// sent.
	Inviting(callID string, shown dialplan.Number)
	// Ringing notes the first sign of the far end.
	Ringing(at time.Time)
	// Answered starts the charge. It is called before the answer is acknowledged.
	Answered(ctx context.Context, at time.Time) error
	// Longest is when the call ends in any case, from its answer; 0: never.
	Longest() time.Duration
	// Warnings tell when money or time is about to be over, and when it is.
	Warnings() <-chan billing.Warning
	// Close settles the call. It is called once, whatever becomes of the call.
	Close(ctx context.Context, r billing.Result) (billing.CDR, error)
}

// Meter is what a call costs as it runs. Its methods may be called from any
// goroutine, also after the call.
type Meter interface {
	// Spent is what it would cost if it ended now.
	Spent(now time.Time) billing.Micro
	// Left is how long what is held and left lasts.
	Left(now time.Time) time.Duration
	// Rate is that of the trunk in use.
	Rate() billing.Rate
}

// AtDesk has a desk pay.
func AtDesk(d *billing.Desk) Billing { return desk{d} }

type desk struct{ *billing.Desk }

// Open is Billing.Open.
func (d desk) Open(ctx context.Context, r billing.Request, routes []billing.Route) (Tab, error) {
	tab, err := d.Desk.Open(ctx, r, routes)
	if err != nil {
		return nil, err
	}
	return tab, nil
}
