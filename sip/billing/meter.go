package billing

import (
	"context"
	"slices"
	"time"
)

// Meter is what a call costs while it runs.
type Meter struct {
	Rate     Rate
	Deck     string    // version
	Answered time.Time // zero: not yet
	Spent    Micro     // if it ended now
	Held     Micro     // in all, Spent included
	// Tightest is the hard budget with the least left, as it stood a few seconds
	// ago; nil: none limits the call.
	Tightest *Standing
	// Lasts is how long the call can go on if no other takes of its budgets; 100
	// days where money does not limit it.
	Lasts time.Duration
}

// Tab finds an open tab by its call; false: there is none.
func (d *Desk) Tab(call string) (*Tab, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	t, ok := d.open[call]
	return t, ok
}

// Meter reads the tab. It waits for nothing.
func (t *Tab) Meter(now time.Time) Meter {
	t.mu.Lock()
	defer t.mu.Unlock()
	m := Meter{Rate: t.cdr.Rate, Deck: t.cdr.Deck, Answered: t.cdr.Answer, Spent: t.spent(now), Held: t.held, Tightest: t.tightest, Lasts: endless}
	if t.cdr.Direction == Inbound {
		return m
	}
	reach := t.held
	if m.Tightest != nil {
		reach += max(m.Tightest.Left(), 0)
		m.Lasts = t.cdr.Rate.Covers(reach)
	}
	if !m.Answered.IsZero() && m.Lasts < endless {
		m.Lasts = max(m.Lasts-now.Sub(t.answered), 0)
	}
	return m
}

// tightest is the hard budget with the least left; nil: there is none.
func tightest(standings []Standing) (least *Standing) {
	for _, s := range standings {
		if s.Budget.Hard && (least == nil || s.Left() < least.Left()) {
			least = &s
		}
	}
	return least
}

// look refreshes what the meters say of the budgets, by one question for all
// tabs whose holds are of the same day.
func (d *Desk) look(ctx context.Context) {
	byDates := make(map[Dates][]*Tab)
	for _, t := range d.tabs() {
		if t.request.Direction == Outbound {
			byDates[t.hold.Dates] = append(byDates[t.hold.Dates], t)
		}
	}
	for dates, tabs := range byDates {
		q := Query{Dates: dates, Since: time.Now()}
		for _, t := range tabs {
			for _, p := range t.hold.Payers {
				if !slices.Contains(q.Payers, p) {
					q.Payers = append(q.Payers, p)
				}
			}
		}
		facts, err := d.cfg.Ledger.Facts(ctx, q)
		if err != nil {
			d.cfg.Log.Warn("how the budgets stand could not be read", "err", err)
			return
		}
		for _, t := range tabs {
			t.see(facts.Standings)
		}
	}
}

// see keeps the tightest of the budgets that pay.
func (t *Tab) see(standings []Standing) {
	least := tightest(slices.DeleteFunc(slices.Clone(standings), func(s Standing) bool {
		return !slices.Contains(t.hold.Payers, s.Budget.Payer)
	}))
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tightest = least
}
