package billing

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Waiting is a call that somebody asked for and whose turn has not come.
type Waiting struct {
	Call    string // id; of its record, if it comes to nothing
	Batch   string
	Meeting string
	Person  string // who dials
	Number  string // E.164, perhaps with an extension behind a comma
	Name    string // of whom is to be called
	Known   bool   // a colleague or a saved contact
	At      time.Time
}

// Queue keeps calls that wait, so that no restart forgets whom nobody called.
// Each method is one transaction, and any goroutine may call it.
type Queue interface {
	AddWaiting(ctx context.Context, calls []Waiting) error
	// DropWaiting passes over calls that are not kept.
	DropWaiting(ctx context.Context, calls ...string) error
	// Waiting lists them, the oldest first.
	Waiting(ctx context.Context) ([]Waiting, error)
}

// NotCalled records a call that waited until the server stopped, and was never
// placed: it ends when it was asked for, by CauseNotCalled. The request is what
// would have been asked then. It may be recorded already.
func (d *Desk) NotCalled(ctx context.Context, r Request) error {
	record := d.situation(r, nil).record()
	record.Attempt, record.Hold = 0, ""
	_, opening := d.cfg.Ledger.Open(ctx, record, Hold{})
	record.State, record.End, record.Cause, record.Side = Closed, record.Setup, CauseNotCalled, SideUs
	_, err := d.cfg.Ledger.Settle(ctx, record, Charge{})
	switch {
	case err == nil, errors.Is(err, ErrSettled):
		return nil
	case opening != nil:
		err = opening
	}
	return fmt.Errorf("record a call that nobody placed: %w", err)
}
