package health

import (
	"context"
	"errors"
	"time"

	"partyline/metrics/quality"
)

// What the stores answer where there is nothing.
var (
	ErrNoLeg     = errors.New("no such leg")
	ErrNoSession = errors.New("the meeting did not run then")
)

// Dimension is what legs can be told apart by.
type Dimension string

// The dimensions.
const (
	ByKind        Dimension = "kind"
	BySite        Dimension = "site"
	ByAccess      Dimension = "access"
	ByAgent       Dimension = "agent"
	BySystem      Dimension = "system"
	ByDevice      Dimension = "device"
	ByCodec       Dimension = "codec"
	ByTrunk       Dimension = "trunk"
	ByCountry     Dimension = "country"
	ByDestination Dimension = "destination"
	ByTransport   Dimension = "transport"
	ByCandidate   Dimension = "candidate"
	ByMeeting     Dimension = "meeting"
)

// Dimensions are all of them.
func Dimensions() []Dimension {
	return []Dimension{
		ByKind, BySite, ByAccess, ByAgent, BySystem, ByDevice, ByCodec, ByTrunk, ByCountry, ByDestination, ByTransport,
		ByCandidate, ByMeeting,
	}
}

// Filter is which legs; what is not set does not matter.
type Filter struct {
	From, To time.Time            // began then or later, and before; always set
	Where    map[Dimension]string // exactly; empty: not known
	Person   string               // id
	Class    *quality.Class       // of the whole leg: Summary.Class
	Dropped  bool                 // alone
	Weekday  *time.Weekday        // in Zone
	Hour     *int                 // likewise, 0 to 23
	Zone     *time.Location       // never nil

	// Of these, where any is set, one has to fit: part of the name, in whatever
	// case; what the number begins or ends with, digits with or without a plus;
	// the whole Call-ID; the leg's id.
	Name, Number, CallID, ID string
}

// Sought tells whether the filter looks for somebody, or for their call.
func (f *Filter) Sought() bool {
	return f.Person != "" || f.Name != "" || f.Number != "" || f.CallID != "" || f.ID != ""
}

// Row is a leg as lists have it.
type Row struct {
	Leg     quality.Leg
	Summary quality.Summary
	Stars   int // that its participant gave, 1 to 5; 0: none
}

// Course is what was stored of a leg from its beginning to its end.
type Course struct {
	Samples []quality.Sample
	Events  []quality.Event
}

// Order is in which order lists come.
type Order uint8

// The orders. The worst are those with the longest poor time, then degraded.
const (
	Newest Order = iota
	Worst
)

// Place is where a page of a list ended; the zero value is before the first.
type Place struct {
	Rank int64 // of the order; 0 with Newest
	At   time.Time
	ID   string
}

// Legs are the legs that the store keeps. Its methods may be called from any
// goroutine.
type Legs interface {
	// Leg returns ErrNoLeg.
	Leg(ctx context.Context, id string) (Row, error)
	// Legs are at most so many, from behind a place on. PlaceOf tells where a row
	// stands.
	Legs(ctx context.Context, f Filter, order Order, after Place, limit int) ([]Row, error)
	// EachLeg gives all that fit, by time, in constant memory. It stops at the
	// first error of fn, and returns it.
	EachLeg(ctx context.Context, f Filter, fn func(*Row) error) error
	// Courses are those of some legs, by id; a leg of which nothing is stored is
	// left out.
	Courses(ctx context.Context, legs []string) (map[string]Course, error)
	// Call is what is known of a phone's call beside its sound, with ladder and
	// capture. It returns ErrNoLeg where there is none.
	Call(ctx context.Context, leg string) (quality.Call, error)
}

// PlaceOf is where a row stands in an order.
func PlaceOf(r *Row, order Order) Place {
	p := Place{At: r.Leg.Began, ID: r.Leg.ID}
	if order == Worst {
		p.Rank = Badness(&r.Summary)
	}
	return p
}

// Badness is what the order Worst goes by: for how long it was poor, then
// degraded, in ms.
func Badness(s *quality.Summary) int64 {
	return 1000*s.Poor.Milliseconds() + s.Degraded.Milliseconds()
}
