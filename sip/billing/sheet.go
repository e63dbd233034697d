package billing

import (
	"fmt"
	"io"
	"strings"

	"partyline/sip/dialplan"
)

// Fault is what is wrong with a line of a deck.
type Fault struct {
	Line    int    `json:"line"`             // 1 is the header
	Column  string `json:"column,omitempty"` // its name as in the file; empty: the line as a whole
	Message string `json:"message"`          // what is wrong and what to do
}

// String gives "line 3, rate_per_min: …".
func (f Fault) String() string {
	if f.Column == "" {
		return fmt.Sprintf("line %d: %s", f.Line, f.Message)
	}
	return fmt.Sprintf("line %d, %s: %s", f.Line, f.Column, f.Message)
}

// Sheet is a deck as it was read, before it is a version in force.
type Sheet struct {
	Rates    []Rate
	Currency Currency
}

// Reading is what ParseDeck expects of a file.
type Reading struct {
	Currency Currency // the company's; rows of another one are faults
	// The limits: bytes and rows of the file, and faults to be listed. 0 means
	// 64 MiB, a million and 100.
	Bytes  int64
	Rows   int
	Faults int
}

// check finds what no rate may be. ParseDeck says it with more words.
func (r Rate) check() error {
	switch {
	case r.Prefix == "" || len(r.Prefix) > maxPrefix || strings.Trim(r.Prefix, "0123456789") != "" || r.Prefix[0] == '0':
		return fmt.Errorf("%q is no prefix: write the digits of E.164 without plus or 00, such as 8613", short(r.Prefix))
	case r.PerMinute < 0 || r.Connect < 0:
		return fmt.Errorf("a price of prefix %s is below zero", r.Prefix)
	case r.PerMinute > MostPerMinute || r.Connect > MostPerMinute:
		return fmt.Errorf("a price of prefix %s is above %s a minute", r.Prefix, MostPerMinute)
	case min(r.Initial, r.Minimum, r.Grace) < 0 || max(r.Initial, r.Minimum, r.Grace, r.Increment) > mostSeconds || r.Increment < 1:
		return fmt.Errorf("the billing seconds of prefix %s are not between 0 (1 for the increment) and %d", r.Prefix, mostSeconds)
	case !r.To.IsZero() && !r.From.Before(r.To):
		return fmt.Errorf("the rate of prefix %s ends before it begins", r.Prefix)
	}
	if r.Class != "" {
		if err := new(dialplan.Class).UnmarshalText([]byte(r.Class)); err != nil {
			return err
		}
	}
	return nil
}

// What a rate may be at most.
const (
	MostPerMinute = 10_000 * Unit
	mostSeconds   = 3600
)

// ParseDeck reads a rate deck from CSV; see the package's documentation for the
// columns. All faults are told, up to a limit; the sheet is whole only where
// there are none. An error of r is a fault too.
func ParseDeck(r io.Reader, reading Reading) (Sheet, []Fault) {
	return parseDeck(r, reading)
}

// Change is what another deck does to the price of a prefix.
type Change struct {
	Prefix      string    `json:"prefix"`
	Trunk       string    `json:"trunk,omitempty"`
	Direction   Direction `json:"direction"`
	Destination string    `json:"destination"`
	Old         *Rate     `json:"old,omitempty"` // nil: new
	New         *Rate     `json:"new,omitempty"` // nil: gone
	// Hundredfold: a price is a hundred times what it was, or more: most likely
	// a decimal point in the wrong place. It wants to be confirmed.
	Hundredfold bool `json:"hundredfold,omitempty"`
}

// Compare lists what changes where the new deck follows the old one, by prefix.
// Old may be nil.
func Compare(old, new *Deck) []Change { return compareDecks(old, new) }
