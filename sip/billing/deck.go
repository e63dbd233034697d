package billing

import (
	"time"

	"partyline/sip/dialplan"
)

// Deck is one version of a list of rates. It is not changed once made, and any
// goroutine may look things up in it.
type Deck struct {
	version string
	from    time.Time
	trunk   string
	rates   []Rate // by prefix, then in the order in which they are preferred
	nodes   []node // of the digits' tree; the first is its root
}

// NewDeck makes a deck of rates: those of one trunk, or of all where trunk is
// empty, in force for calls answered from a time on until a later version is.
// Overlapping rates are an error, in the words of ParseDeck.
func NewDeck(version, trunk string, from time.Time, rates []Rate) (*Deck, error) {
	return newDeck(version, trunk, from, rates)
}

// Version is what records name the deck by.
func (d *Deck) Version() string { return d.version }

// From is when the deck comes in force.
func (d *Deck) From() time.Time { return d.from }

// Trunk is the one whose prices these are; empty: all.
func (d *Deck) Trunk() string { return d.trunk }

// Rates are all of the deck, by prefix. They are not to be changed.
func (d *Deck) Rates() []Rate { return d.rates }

// Find looks a number up: the longest prefix with a rate that is of the trunk
// and direction and holds at the time of answer. Among those of one prefix one
// for the trunk alone comes first, then the greatest weight, then the latest.
func (d *Deck) Find(number dialplan.Number, trunk string, dir Direction, at time.Time) (Rate, bool) {
	if r := d.find(string(number), trunk, dir, at); r != nil {
		return *r, true
	}
	return Rate{}, false
}

// Decks are the versions that a company keeps. They are not changed once made.
type Decks struct {
	byTrunk   map[string][]*Deck // latest first
	byVersion map[string]*Deck
}

// NewDecks puts versions together, in any order.
func NewDecks(decks ...*Deck) *Decks { return newDecks(decks) }

// Find looks a number up in the version in force at the time of answer: the
// trunk's own, and that of all trunks where it has none or no such prefix. It
// returns the version beside the rate.
func (ds *Decks) Find(number dialplan.Number, trunk string, dir Direction, at time.Time) (Rate, string, bool) {
	if deck := ds.InForce(trunk, at); deck != nil {
		if r := deck.find(string(number), trunk, dir, at); r != nil {
			return *r, deck.version, true
		}
	}
	if trunk == "" {
		return Rate{}, "", false
	}
	if deck := ds.InForce("", at); deck != nil {
		if r := deck.find(string(number), trunk, dir, at); r != nil {
			return *r, deck.version, true
		}
	}
	return Rate{}, "", false
}

// InForce is a trunk's own version at a time, or that of all trunks where the
// name is empty; nil: none.
func (ds *Decks) InForce(trunk string, at time.Time) *Deck {
	if ds == nil {
		return nil
	}
	for _, deck := range ds.byTrunk[trunk] {
		if !at.Before(deck.from) {
			return deck
		}
	}
	return nil
}

// Version finds a deck; nil: there is none.
func (ds *Decks) Version(version string) *Deck {
	if ds == nil {
		return nil
	}
	return ds.byVersion[version]
}
