package company

import (
	"cmp"
	"slices"
	"time"

	"partyline/sip/billing"
	"partyline/sip/dialplan"
)

// maxFaults is how many faults of a file are listed, and how many changes.
const (
	maxFaults  = 200
	maxChanges = 200
)

// Preview is what a deck would change.
type Preview struct {
	Deck    *Deck // nil where there are faults, and nothing was kept
	Rows    int
	Faults  []billing.Fault // at most 200
	Against string          // version that is in force now; empty: none
	// How many prices are new, gone, higher, lower, and otherwise different.
	Added, Gone, Raised, Lowered, Changed int
	Changes                               []billing.Change // the most drastic first, at most 200
	Hundredfold                           []billing.Change // all of those, up to 200
}

// beside gives the changes of a trunk's deck where what its own one has no price
// for is priced by the deck of all trunks, as billing.Decks find prices.
func beside(general, own, priced *billing.Deck, now time.Time, changes []billing.Change) []billing.Change {
	prices := func(d *billing.Deck, c billing.Change) bool {
		_, ok := d.Find(dialplan.Number(c.Prefix), c.Trunk, c.Direction, now)
		return ok
	}
	changes = slices.DeleteFunc(changes, func(c billing.Change) bool { return c.Old == nil && prices(general, c) })
	for _, c := range billing.Compare(general, priced) {
		here := c.Trunk == "" || c.Trunk == priced.Trunk()
		if here && c.Old != nil && c.New != nil && !prices(own, c) {
			changes = append(changes, c)
		}
	}
	return changes
}

// sum counts changes and picks the most drastic.
func (p *Preview) sum(changes []billing.Change) {
	for _, c := range changes {
		switch {
		case c.Old == nil:
			p.Added++
		case c.New == nil:
			p.Gone++
		case c.New.PerMinute > c.Old.PerMinute:
			p.Raised++
		case c.New.PerMinute < c.Old.PerMinute:
			p.Lowered++
		default:
			p.Changed++
		}
		if c.Hundredfold && len(p.Hundredfold) < maxChanges {
			p.Hundredfold = append(p.Hundredfold, c)
		}
	}
	changes = slices.Clone(changes)
	slices.SortStableFunc(changes, func(a, b billing.Change) int { return cmp.Compare(drastic(b), drastic(a)) })
	p.Changes = changes[:min(len(changes), maxChanges)]
}

// drastic orders changes: by how many times the price is what it was, in either
// direction; what is gone or new stands behind what doubles.
func drastic(c billing.Change) float64 {
	const gone, added = 2, 1.5
	switch {
	case c.Hundredfold:
		return 1e12
	case c.Old == nil:
		return added
	case c.New == nil:
		return gone
	}
	before, after := float64(c.Old.PerMinute), float64(c.New.PerMinute)
	if before == 0 || after == 0 {
		return max(before, after, 1)
	}
	return max(before/after, after/before)
}
