package billing

import (
	"fmt"
	"slices"
	"time"

	"partyline/sip/dialplan"
)

// Search says which records are wanted: those that fit all of it. Zero fields
// do not count.
type Search struct {
	From, To time.Time // of Setup; To itself is not in it
	Oldest   bool      // the oldest first, instead of the latest

	Person     string // id
	Name       string // part of the name of who dialled or of the far end, whatever its case
	Department string
	CostCentre string
	Payer      *Payer

	Meeting    string
	Occurrence string
	Batch      string
	Parent     string

	Kind      Kind
	Direction *Direction
	State     *State
	Open      bool // not closed yet
	Answered  *bool
	Known     *bool
	Recorded  *bool

	// Number is of either side, as E.164; or what it begins with, where Prefix.
	Number dialplan.Number
	Prefix bool

	Class       *dialplan.Class
	Country     string
	Destination string
	RatePrefix  string
	Trunk       string
	Deck        string

	Cause  Cause
	Rule   Rule
	Side   Side
	Status int
	Q850   int
	CallID string

	Codec   string
	Quality string
	Join    string

	Cost     Range // micro-units
	Billed   Range // seconds
	Duration Range // ms
	PDD      Range // ms
	MOS      Range // hundredths, the worse of both directions
	Loss     Range // hundredths of a percent, the worse
	Jitter   Range // µs, the worse
	RTT      Range // µs
	Attempt  Range
	Keys     Range
}

// Range is from Least to Most, both included; nil is no bound.
type Range struct{ Least, Most *int64 }

// personal tells whether the search is for somebody.
func (s Search) personal() bool { return s.Person != "" || s.Name != "" || s.Number != "" }

// Grouping is what costs are summed up by.
type Grouping string

// The groupings.
const (
	ByCostCentre  Grouping = "cost_centre"
	ByDepartment  Grouping = "department"
	ByPerson      Grouping = "person"
	ByDestination Grouping = "destination"
	ByCountry     Grouping = "country"
	ByClass       Grouping = "class"
	ByTrunk       Grouping = "trunk"
	ByMeeting     Grouping = "meeting"
	ByPayer       Grouping = "payer"
	ByKind        Grouping = "kind"
	ByDay         Grouping = "day"
	ByMonth       Grouping = "month"
)

// Groupings are all of them.
func Groupings() []Grouping {
	return slices.Clone([]Grouping{
		ByCostCentre, ByDepartment, ByPerson, ByDestination, ByCountry, ByClass, ByTrunk, ByMeeting, ByPayer, ByKind, ByDay, ByMonth,
	})
}

// Total is the sum of records that have something in common.
type Total struct {
	Key      string // what they have in common: a name or an id, empty for none; "2026-11-23", "2026-11"
	Name     string // of the person whose id the key is
	Calls    int
	Answered int
	Duration time.Duration
	Billed   time.Duration
	Cost     Micro
}

// Add puts another total's sums to this one's.
func (t *Total) Add(o Total) {
	t.Calls += o.Calls
	t.Answered += o.Answered
	t.Duration += o.Duration
	t.Billed += o.Billed
	t.Cost += o.Cost
}

// UnmarshalText reads a grouping's name.
func (g *Grouping) UnmarshalText(text []byte) error {
	if !slices.Contains(Groupings(), Grouping(text)) {
		return fmt.Errorf("costs cannot be summed up by %q, only by one of %q", short(string(text)), Groupings())
	}
	*g = Grouping(text)
	return nil
}
