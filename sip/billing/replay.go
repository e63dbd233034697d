package billing

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrNoVersion is wrapped where the deck version that a record was charged by is
// not kept any more.
var ErrNoVersion = errors.New("no such version of the rate deck")

// Recompute charges a record again by the deck version that it names, which
// gives what it cost to the micro-unit. A call that was not answered, or that
// no deck has a price for, costs nothing. It returns ErrNoVersion.
func Recompute(c *CDR, decks *Decks) (Charge, error) {
	if c.Answer.IsZero() || c.Deck == "" {
		return Charge{}, nil
	}
	deck := decks.Version(c.Deck)
	if deck == nil {
		return Charge{}, fmt.Errorf("%w: %q", ErrNoVersion, c.Deck)
	}
	charge, _ := Reprice(c, deck)
	return charge, nil
}

// Reprice charges a record by another deck, as though it had been in force:
// what if. False: the deck has no rate for it.
func Reprice(c *CDR, deck *Deck) (Charge, bool) {
	if c.Answer.IsZero() {
		return Charge{}, true
	}
	rate := deck.find(string(c.To), c.Trunk, c.Direction, c.Answer)
	if rate == nil {
		return Charge{}, false
	}
	return rate.Charge(c.Duration()), true
}

// Difference is what the calls of one cost centre cost, and would cost under
// another deck.
type Difference struct {
	CostCentre string
	Calls      int // answered ones
	Before     Micro
	After      Micro
	Unpriced   int // calls that the other deck has no rate for, which are in neither sum
}

// Replay sums up what calls cost and would cost under another deck. It is for
// one goroutine.
type Replay struct {
	deck    *Deck
	centres map[string]*Difference
}

// NewReplay begins with nothing.
func NewReplay(deck *Deck) *Replay { return &Replay{deck, make(map[string]*Difference)} }

// Add counts a record; those that are open or were not answered are passed over.
func (r *Replay) Add(c *CDR) {
	if c.State != Closed || c.Answer.IsZero() {
		return
	}
	d := r.centres[c.CostCentre]
	if d == nil {
		d = &Difference{CostCentre: c.CostCentre}
		r.centres[c.CostCentre] = d
	}
	d.Calls++
	after, ok := r.price(c)
	if !ok {
		d.Unpriced++
		return
	}
	d.Before += c.Cost
	d.After += after
}

// price is what a record would cost. Where the deck is of one trunk, the calls
// of others cost what they did.
func (r *Replay) price(c *CDR) (Micro, bool) {
	if r.deck.trunk != "" && r.deck.trunk != c.Trunk {
		return c.Cost, true
	}
	if c.Direction == Inbound && c.Deck == "" && r.deck.find(string(c.To), c.Trunk, Inbound, c.Answer) == nil {
		return 0, true // free before and after
	}
	charge, ok := Reprice(c, r.deck)
	return charge.Micro, ok
}

// Differences are those of all cost centres, the greatest rise first.
func (r *Replay) Differences() []Difference {
	out := make([]Difference, 0, len(r.centres))
	for _, d := range r.centres {
		out = append(out, *d)
	}
	slices.SortFunc(out, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(b.After-b.Before, a.After-a.Before), strings.Compare(a.CostCentre, b.CostCentre))
	})
	return out
}
