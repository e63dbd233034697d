package company

import (
	"context"
	"fmt"
	"time"

	"partyline/signaling/auth"
	"partyline/sip/billing"
)

// Records are those of calls, as they are charged again.
type Records interface {
	// EachRecord gives all that fit, in constant memory. It stops at the first
	// error of fn, and returns it. The record is overwritten when fn returns.
	EachRecord(ctx context.Context, s billing.Search, fn func(*billing.CDR) error) error
	// Totals sums up what fits.
	Totals(ctx context.Context, s billing.Search, by billing.Grouping, zone *time.Location) ([]billing.Total, error)
}

// Replay is what the calls of a time cost, and would have cost under a deck.
type Replay struct {
	decks   *Decks
	deck    *billing.Deck
	search  billing.Search
	records Records
}

// Replay gets ready to charge the calls that began in a time again, To not
// included. It returns auth.ErrNotAllowed, ErrNotFound or an *auth.Invalid.
func (d *Decks) Replay(ctx context.Context, actor auth.Person, version string, from, to time.Time, records Records) (*Replay, error) {
	if !actor.Admin {
		return nil, auth.ErrNotAllowed
	}
	if !from.Before(to) {
		return nil, &auth.Invalid{Fields: []auth.FieldError{{Field: "from", Message: "Give a month, or a beginning and a later end."}}}
	}
	deck, err := d.Version(ctx, version)
	if err != nil {
		return nil, err
	}
	return &Replay{d, deck, billing.Search{From: from, To: to, Oldest: true}, records}, nil
}

// progressEvery is after how many records progress is told.
const progressEvery = 5000

// Run charges the calls, and tells progress now and then on the caller's
// goroutine. The cost centre with the greatest rise comes first.
func (r *Replay) Run(ctx context.Context, progress func(done, total int) error) ([]billing.Difference, error) {
	months, err := r.records.Totals(ctx, r.search, billing.ByMonth, r.decks.zone())
	if err != nil {
		return nil, fmt.Errorf("count the calls: %w", err)
	}
	total, done := 0, 0
	for _, m := range months {
		total += m.Calls
	}
	if err := progress(0, total); err != nil {
		return nil, err
	}
	replay := billing.NewReplay(r.deck)
	err = r.records.EachRecord(ctx, r.search, func(c *billing.CDR) error {
		replay.Add(c)
		if done++; done%progressEvery == 0 {
			return progress(done, total)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("charge the calls again: %w", err)
	}
	return replay.Differences(), nil
}
