package sip

import (
	"context"
	"time"

	"partyline/sip/internal/ivr"
)

// An extension behind the number that we called is pressed once their exchange
// has answered; what the call is about is told to whoever answers then.

// How an extension is pressed.
const (
	extensionKey   = 120 * time.Millisecond
	extensionGap   = 80 * time.Millisecond
	extensionComma = 2 * time.Second
)

// extends tells whether an extension has to be pressed first.
func (o *called) extends() bool { return o != nil && o.order.Bill.To.Extension != "" }

// extend presses the extension and then begins the conversation. Until then the
// tones that are heard are the exchange's.
func (c *call) extend(answered ivr.Answered) {
	keys := c.called.order.Bill.To.Extension
	c.called.extending = true
	c.send(func(ctx context.Context) outcome {
		c.pressAll(ctx, keys)
		return outcome{then: func() {
			c.called.extending = false
			c.overhear(c.line.Write)
			c.step(answered)
		}}
	})
}

// pressAll presses keys as events; a comma is a pause.
func (c *call) pressAll(ctx context.Context, keys string) {
	for _, key := range []byte(keys) {
		wait := extensionGap
		if key == ',' {
			wait = extensionComma
		} else if pressed, err := c.media.leg.Send(key, extensionKey); err != nil {
			c.log.Info("an extension cannot be pressed", "error", err)
			return
		} else if !awaited(ctx, pressed) {
			return
		}
		gap := time.NewTimer(wait)
		select {
		case <-gap.C:
		case <-ctx.Done():
			gap.Stop()
			return
		}
	}
}

// awaited waits for something to be done; false where ctx ends first.
func awaited(ctx context.Context, done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	case <-ctx.Done():
		return false
	}
}
