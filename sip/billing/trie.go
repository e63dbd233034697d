package billing

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"time"
)

// node is a digit's place in the tree of prefixes. The nodes of the digits that
// follow are side by side, which keeps a deck of 100,000 rates in 2 MB.
type node struct {
	next        int32  // the first of them
	first, last int32  // rates of this prefix
	digits      uint16 // which digits follow, a bit each
}

// newDeck sorts the rates and grows the tree.
func newDeck(version, trunk string, from time.Time, rates []Rate) (*Deck, error) {
	d := &Deck{version: version, trunk: trunk, from: from, rates: slices.Clone(rates), nodes: make([]node, 1, len(rates)+1)}
	slices.SortStableFunc(d.rates, func(a, b Rate) int { return preferred(&a, &b) })
	for i := range d.rates {
		if err := d.rates[i].check(); err != nil {
			return nil, err
		}
		if i > 0 && overlap(&d.rates[i-1], &d.rates[i]) {
			return nil, fmt.Errorf("two rates of prefix %s hold at the same time", d.rates[i].Prefix)
		}
	}
	d.grow(0, 0, 0, len(d.rates))
	return d, nil
}

// grow makes the node of a prefix of so many digits, which the rates from first
// to last begin with, and those that follow it.
func (d *Deck) grow(here int32, digits, first, last int) {
	own := first
	for own < last && len(d.rates[own].Prefix) == digits {
		own++
	}
	n := node{next: int32(len(d.nodes)), first: int32(first), last: int32(own)}
	var ends [10]int
	for i := own; i < last; i++ {
		digit := d.rates[i].Prefix[digits] - '0'
		if n.digits&(1<<digit) == 0 {
			n.digits |= 1 << digit
			d.nodes = append(d.nodes, node{})
		}
		ends[digit] = i + 1
	}
	d.nodes[here] = n
	child, begin := n.next, own
	for digit, end := range ends {
		if n.digits&(1<<digit) != 0 {
			d.grow(child, digits+1, begin, end)
			child, begin = child+1, end
		}
	}
}

// preferred orders rates by prefix, and those of one prefix as they are tried.
func preferred(a, b *Rate) int {
	return cmp.Or(
		strings.Compare(a.Prefix, b.Prefix),
		strings.Compare(b.Trunk, a.Trunk), // a name before none
		cmp.Compare(a.Direction, b.Direction),
		cmp.Compare(b.Weight, a.Weight),
		b.From.Compare(a.From),
	)
}

// overlap tells whether two rates hold for the same calls at the same time, of
// which the first is the one before the second in the order preferred.
func overlap(a, b *Rate) bool {
	alike := a.Prefix == b.Prefix && a.Trunk == b.Trunk && a.Direction == b.Direction && a.Weight == b.Weight
	return alike && (b.To.IsZero() || a.From.Before(b.To))
}

// maxPrefix is the most digits that a number of E.164 has.
const maxPrefix = 15

// find walks down the digits and comes back to the longest prefix that has a
// rate for the call.
func (d *Deck) find(number, trunk string, dir Direction, at time.Time) *Rate {
	if d == nil {
		return nil
	}
	if len(number) > 0 && number[0] == '+' {
		number = number[1:]
	}
	var path [maxPrefix]int32
	depth, here := 0, int32(0)
	for depth < len(number) && depth < maxPrefix {
		n, digit := &d.nodes[here], number[depth]-'0'
		if digit > 9 || n.digits&(1<<digit) == 0 {
			break
		}
		here = n.next + int32(bits.OnesCount16(n.digits&(1<<digit-1)))
		path[depth] = here
		depth++
	}
	for depth--; depth >= 0; depth-- {
		n := &d.nodes[path[depth]]
		for i := n.first; i < n.last; i++ {
			if r := &d.rates[i]; (r.Trunk == "" || r.Trunk == trunk) && r.Direction == dir && r.in(at) {
				return r
			}
		}
	}
	return nil
}

func newDecks(decks []*Deck) *Decks {
	ds := &Decks{byTrunk: make(map[string][]*Deck), byVersion: make(map[string]*Deck, len(decks))}
	for _, deck := range decks {
		ds.byTrunk[deck.trunk] = append(ds.byTrunk[deck.trunk], deck)
		ds.byVersion[deck.version] = deck
	}
	for _, versions := range ds.byTrunk {
		slices.SortStableFunc(versions, func(a, b *Deck) int {
			return cmp.Or(b.from.Compare(a.from), strings.Compare(b.version, a.version))
		})
	}
	return ds
}
