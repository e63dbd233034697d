package billing

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Change is what another deck does to the price of a prefix.
type Change struct {
	Prefix    string    `json:"prefix"`
	Trunk     string    `json:"trunk,omitempty"`
	Direction Direction `json:"direction"`
	// Old and New are what the numbers behind the prefix cost, by it or by a
	// shorter one; nil: nothing, they cannot be called.
	Old *Rate `json:"old,omitempty"`
	New *Rate `json:"new,omitempty"`
	// Hundredfold: the price is a hundred times what it was, or more, or was
	// none: most likely a decimal point in the wrong place. It wants to be
	// confirmed.
	Hundredfold bool `json:"hundredfold,omitempty"`
}

// Compare lists what changes where the new deck follows the old one, by prefix,
// when the new one comes in force. Old may be nil.
func Compare(old, new *Deck) (changes []Change) {
	at := new.from
	if at.IsZero() {
		at = time.Now()
	}
	type key struct {
		prefix, trunk string
		direction     Direction
	}
	seen := make(map[key]bool, len(new.rates))
	for _, deck := range []*Deck{new, old} {
		if deck == nil {
			continue
		}
		for i := range deck.rates {
			r := &deck.rates[i]
			k := key{r.Prefix, r.Trunk, r.Direction}
			if seen[k] {
				continue
			}
			seen[k] = true
			c := Change{Prefix: r.Prefix, Trunk: r.Trunk, Direction: r.Direction}
			c.Old, c.New = old.find(k.prefix, k.trunk, k.direction, at), new.find(k.prefix, k.trunk, k.direction, at)
			if c.weigh() {
				changes = append(changes, c)
			}
		}
	}
	slices.SortFunc(changes, func(a, b Change) int {
		return cmp.Or(strings.Compare(a.Prefix, b.Prefix), strings.Compare(a.Trunk, b.Trunk), cmp.Compare(a.Direction, b.Direction))
	})
	return changes
}

// weigh tells whether the change is one, and marks a rise that is too great to
// be meant.
func (c *Change) weigh() bool {
	switch {
	case c.Old == nil || c.New == nil:
		return c.Old != c.New
	case c.Old.costs(c.New):
		return false
	}
	before, after := c.Old.Price(time.Minute), c.New.Price(time.Minute)
	c.Hundredfold = hundredfold(before, after) || hundredfold(c.Old.PerMinute, c.New.PerMinute)
	return true
}

// hundredfold tells whether a price rises so far. What was free before is not
// to cost anything without being asked for.
func hundredfold(before, after Micro) bool { return after > 0 && after/100 >= before }

// costs tells whether two rates charge the same for calls of any length.
func (r *Rate) costs(other *Rate) bool {
	return r.PerMinute == other.PerMinute && r.Connect == other.Connect && r.Initial == other.Initial && r.Increment == other.Increment &&
		r.Minimum == other.Minimum && r.Grace == other.Grace && r.Class == other.Class
}
