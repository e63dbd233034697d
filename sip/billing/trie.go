package billing

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// node is a digit's place in the tree of prefixes.
type node struct {
	next        [10]int32 // nodes of the digits that follow; 0: none
	first, last int32     // rates of this prefix
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
		d.plant(int32(i))
	}
	return d, nil
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

// plant puts the i-th rate in the tree, after those of the same prefix.
func (d *Deck) plant(i int32) {
	at := int32(0)
	for _, digit := range []byte(d.rates[i].Prefix) {
		next := d.nodes[at].next[digit-'0']
		if next == 0 {
			next = int32(len(d.nodes))
			d.nodes = append(d.nodes, node{})
			d.nodes[at].next[digit-'0'] = next
		}
		at = next
	}
	if d.nodes[at].last == 0 {
		d.nodes[at].first = i
	}
	d.nodes[at].last = i + 1
}

// maxPrefix is the most digits that a number of E.164 has.
const maxPrefix = 15

// find walks down the digits and comes back to the longest prefix that has a
// rate for the call.
func (d *Deck) find(number, trunk string, dir Direction, at time.Time) *Rate {
	if d == nil {
		return nil
	}
	var path [maxPrefix + 1]int32
	depth, here := 0, int32(0)
	for i := 0; i < len(number) && depth < maxPrefix; i++ {
		digit := number[i] - '0'
		if digit > 9 {
			if i == 0 && number[i] == '+' {
				continue
			}
			break
		}
		if here = d.nodes[here].next[digit]; here == 0 {
			break
		}
		depth++
		path[depth] = here
	}
	for ; depth > 0; depth-- {
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
