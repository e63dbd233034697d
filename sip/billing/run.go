package billing

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// How often Run looks. A crash settles a call to its last heartbeat, which is to
// be five seconds old at most: that leaves two for a ledger that is slow.
const (
	tick  = time.Second
	pulse = 3 * time.Second // between two heartbeats
)

// Run keeps the open tabs: it beats, holds more and settles what could not be
// settled at once. It returns when ctx is done, once what is closed by then is
// settled or has been tried.
func (d *Desk) Run(ctx context.Context) {
	ticker, beat := time.NewTicker(tick), time.NewTicker(pulse)
	defer ticker.Stop()
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
			defer cancel()
			d.flush(last)
			d.pay(last)
			return
		case <-beat.C:
			now := time.Now()
			d.beat(ctx, now)
			d.flush(ctx)
			d.pay(ctx)
			d.look(ctx)
			d.sweep(now)
		case <-ticker.C:
			now := time.Now()
			for _, t := range d.tabs() {
				t.extend(ctx, now)
			}
		}
	}
}

// beat notes that the open calls are alive.
func (d *Desk) beat(ctx context.Context, now time.Time) {
	tabs := d.tabs()
	if len(tabs) == 0 {
		return
	}
	beats := make([]Beat, len(tabs))
	for i, t := range tabs {
		beats[i] = t.beat(now)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := d.cfg.Ledger.Beat(ctx, beats); err != nil {
		d.cfg.Log.Warn("the calls' heartbeats could not be recorded", "calls", len(beats), "err", err)
	}
}

// beat is the tab's sign of life.
func (t *Tab) beat(now time.Time) Beat {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.cdr.State != Closed {
		t.cdr.Beat = stamp(now)
	}
	return Beat{t.cdr.ID, t.cdr.Beat}
}

// flush writes the records that changed.
func (d *Desk) flush(ctx context.Context) {
	for _, t := range d.tabs() {
		if err := t.update(ctx); err != nil {
			d.cfg.Log.Warn("a call's record could not be written and is tried again", "call", t.Call(), "err", err)
			return
		}
	}
}

// update writes the record if it changed.
func (t *Tab) update(ctx context.Context) error {
	t.mu.Lock()
	record, changed := t.cdr, t.changed && t.cdr.State != Closed
	t.changed = false
	t.mu.Unlock()
	if !changed {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := t.desk.cfg.Ledger.Update(ctx, record)
	if err == nil || errors.Is(err, ErrSettled) {
		return nil
	}
	t.mu.Lock()
	t.changed = true
	t.mu.Unlock()
	return err
}

// leave takes a tab off those that are open.
func (d *Desk) leave(t *Tab) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.open, t.request.Call)
}

// sweep forgets calls that no window counts any more.
func (d *Desk) sweep(now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.placed.sweep(now.Add(-d.brakes.Load().Window))
}

// owe keeps a tab to be settled later.
func (d *Desk) owe(t *Tab) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.unpaid = append(d.unpaid, t)
}

// pay settles what is owed.
func (d *Desk) pay(ctx context.Context) {
	d.mu.Lock()
	owed := d.unpaid
	d.unpaid = nil
	d.mu.Unlock()
	for i, t := range owed {
		attempt, cancel := context.WithTimeout(ctx, patience)
		err := t.settle(attempt)
		cancel()
		if err != nil {
			d.cfg.Log.Warn("calls are not settled yet and tried again", "calls", len(owed)-i, "err", err)
			d.mu.Lock()
			d.unpaid = append(d.unpaid, owed[i:]...)
			d.mu.Unlock()
			return
		}
	}
}

// Recover settles what a crash left, before the first call: each to its last
// heartbeat, an answered one to a second at least. It returns how many.
func (d *Desk) Recover(ctx context.Context) (int, error) {
	left, err := d.cfg.Ledger.Unsettled(ctx)
	if err != nil {
		return 0, fmt.Errorf("find the calls that were not settled: %w", err)
	}
	settled := 0
	for _, record := range left {
		if _, running := d.Tab(record.ID); running {
			continue
		}
		record, charge := abandoned(record)
		notices, err := d.cfg.Ledger.Settle(ctx, record, charge)
		if err != nil && !errors.Is(err, ErrSettled) {
			return settled, fmt.Errorf("settle a call that a crash left: %w", err)
		}
		d.tell(notices)
		settled++
	}
	return settled, nil
}

// abandoned ends a record where its last heartbeat was.
func abandoned(c CDR) (CDR, Charge) {
	var charge Charge
	c.End = c.Beat
	if c.End.Before(c.Setup) {
		c.End = c.Setup
	}
	if !c.Answer.IsZero() {
		if least := c.Answer.Add(time.Second); c.End.Before(least) {
			c.End = least
		}
		charge = c.Rate.Charge(c.Duration())
	}
	c.State, c.Cause, c.Side = Closed, CauseLost, SideUs
	c.Cost, c.BilledSeconds = charge.Micro, charge.Seconds
	if c.Q850 == 0 {
		c.Q850 = 41 // temporary failure
	}
	return c, charge
}
