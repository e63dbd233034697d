package main

import (
	"context"
	"fmt"
	"time"

	"partyline/signaling/dialout"
	"partyline/sip/billing"
)

var _ dialout.Queue = (*dialer)(nil)

// Keep is dialout.Queue.
func (d *dialer) Keep(ctx context.Context, waiting []dialout.Order) error {
	now := time.Now()
	calls := make([]billing.Waiting, len(waiting))
	for i, o := range waiting {
		calls[i] = billing.Waiting{
			Call: o.Call, Batch: o.Batch, Meeting: o.Meeting, Person: o.By.Person, Number: string(o.Number),
			Name: o.To.Name, Known: o.To.Known, At: now,
		}
	}
	return d.queue.AddWaiting(ctx, calls)
}

// Drop is dialout.Queue.
func (d *dialer) Drop(ctx context.Context, calls ...string) error {
	return d.queue.DropWaiting(ctx, calls...)
}

// recordUncalled puts into the records whom nobody called because the program
// stopped, and tells how many. It is called before anything is placed.
func (d *dialer) recordUncalled(ctx context.Context) (int, error) {
	waiting, err := d.queue.Waiting(ctx)
	if err != nil {
		return 0, fmt.Errorf("calls that waited: %w", err)
	}
	for _, w := range waiting {
		request, _, err := d.request(ctx, dialout.Order{
			By: dialout.Caller{Person: w.Person}, Number: dialout.Number(w.Number), Meeting: w.Meeting, To: dialout.Callee{Name: w.Name, Known: w.Known},
		})
		if err != nil { // whoever dialled is gone, or the numbering plan is another
			d.log.Warn("little is known of a call that nobody placed", "call", w.Call, "error", err)
			request = billing.Request{Direction: billing.Outbound, Person: w.Person, Meeting: w.Meeting, ToName: w.Name}
		}
		request.Call, request.Batch, request.At = w.Call, w.Batch, w.At
		if err := d.desk.NotCalled(ctx, request); err != nil {
			return 0, err
		}
		if err := d.queue.DropWaiting(ctx, w.Call); err != nil {
			return 0, fmt.Errorf("calls that waited: %w", err)
		}
	}
	return len(waiting), nil
}
