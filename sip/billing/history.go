package billing

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"partyline/sip/dialplan"
)

// ErrNotShown is for records that are not the viewer's to see, whether there
// are such or not.
var ErrNotShown = errors.New("no record that this person may see")

// Viewer is who wants to see records. The zero value is nobody.
type Viewer struct {
	Person string // id
	Name   string
	Admin  bool
}

// Archive is where records lie once they are written. Its methods may be called
// from any goroutine.
type Archive interface {
	// Record returns ErrNoCall where there is none.
	Record(ctx context.Context, id string) (CDR, error)
	// Records are at most so many that fit the search, in its order, from behind
	// a place on.
	Records(ctx context.Context, s Search, after Place, limit int) ([]CDR, error)
	// EachRecord gives all that fit, in the order of the search, in constant
	// memory. It stops at the first error of fn, and returns it. The record is
	// overwritten when fn returns.
	EachRecord(ctx context.Context, s Search, fn func(*CDR) error) error
	// Totals sums up what fits, by days and months of the zone; calls that are over,
	// unless the search is for others.
	Totals(ctx context.Context, s Search, by Grouping, zone *time.Location) ([]Total, error)
	// AddLooks notes looks, but for those of which the same was noted within the
	// hour.
	AddLooks(ctx context.Context, all []Look) error
	// Looks are those at a person's calls and at everybody's, latest first, at
	// most so many.
	Looks(ctx context.Context, person string, limit int) ([]Look, error)
}

// Act is how somebody looked calls up.
type Act string

// The acts.
const (
	LookList   Act = "list"   // searched by the person, a name or a number
	LookCall   Act = "call"   // opened a call, its number in clear
	LookExport Act = "export" // took calls out, their numbers in clear
	LookCosts  Act = "costs"  // summed up what the person spent

	// LookQuality: saw how the person's connections fared; Call is a leg's id.
	LookQuality Act = "quality"
)

// Look is that somebody looked somebody's calls up. The person sees it.
type Look struct {
	Of     string // person; empty: everybody
	By     string // person
	ByName string
	Act    Act
	Call   string // that was opened
	At     time.Time
}

// Place is where a record stands among others. The zero value is before all.
type Place struct {
	Setup time.Time
	ID    string
}

// PlaceOf is where a record stands.
func PlaceOf(c *CDR) Place { return Place{c.Setup, c.ID} }

// History shows records to who may see them: each person those of the calls
// they dialled, admins all. Admins see other people's numbers masked until they
// open one call or ask for them in clear; that, and searching for a person,
// leaves a look which that person sees. Its methods may be called from any
// goroutine.
type History struct {
	archive Archive
	zone    *time.Location
	now     func() time.Time
}

// NewHistory makes a history with days and months of the zone; nil is UTC. The
// clock may be nil for the real one.
func NewHistory(archive Archive, zone *time.Location, clock func() time.Time) *History {
	if zone == nil {
		zone = time.UTC
	}
	if clock == nil {
		clock = time.Now
	}
	return &History{archive, zone, clock}
}

// Zone is whose days and months count.
func (h *History) Zone() *time.Location { return h.zone }

// scope narrows a search to what the viewer may see.
func scope(v Viewer, s Search) (Search, error) {
	switch {
	case v.Person == "":
		return Search{}, ErrNotShown
	case v.Admin, s.Person == v.Person:
		return s, nil
	case s.Person != "":
		return Search{}, ErrNotShown
	}
	s.Person = v.Person
	return s, nil
}

// List gives at most limit records that fit, numbers masked where they are not
// the viewer's to see. It returns ErrNotShown.
func (h *History) List(ctx context.Context, v Viewer, s Search, after Place, limit int) ([]CDR, error) {
	s, err := scope(v, s)
	if err != nil {
		return nil, err
	}
	found, err := h.archive.Records(ctx, s, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list records: %w", err)
	}
	seen := map[string]bool{}
	for i := range found {
		if s.personal() {
			seen[found[i].Person] = true
		}
		v.mask(&found[i])
	}
	if s.Person != "" {
		seen[s.Person] = true // also where nothing was found
	}
	return found, h.note(ctx, v, LookList, "", slices.Sorted(maps.Keys(seen))...)
}

// Call gives one record, its numbers in clear. It returns ErrNotShown.
func (h *History) Call(ctx context.Context, v Viewer, id string) (CDR, error) {
	c, err := h.archive.Record(ctx, id)
	switch {
	case errors.Is(err, ErrNoCall):
		return CDR{}, ErrNotShown
	case err != nil:
		return CDR{}, fmt.Errorf("find a record: %w", err)
	case !v.own(&c) && !v.Admin:
		return CDR{}, ErrNotShown
	}
	return c, h.note(ctx, v, LookCall, id, c.Person)
}

// Each gives records to fn, one after the other, until the last or the first
// error of fn. The record is overwritten when fn returns.
type Each func(ctx context.Context, fn func(*CDR) error) error

// Export takes out all records that fit. In clear shows admins all numbers. It
// returns ErrNotShown.
func (h *History) Export(ctx context.Context, v Viewer, s Search, clear bool) (Each, error) {
	s, err := scope(v, s)
	if err != nil {
		return nil, err
	}
	clear = clear && v.Admin // others see what they dialled, and nothing else
	if clear || s.Person != "" {
		if err := h.note(ctx, v, LookExport, "", s.Person); err != nil {
			return nil, err
		}
	}
	return func(ctx context.Context, fn func(*CDR) error) error {
		return h.archive.EachRecord(ctx, s, func(c *CDR) error {
			if !clear {
				v.mask(c)
			}
			return fn(c)
		})
	}, nil
}

// Costs sums up what fits. It returns ErrNotShown.
func (h *History) Costs(ctx context.Context, v Viewer, s Search, by Grouping) ([]Total, error) {
	s, err := scope(v, s)
	if err != nil {
		return nil, err
	}
	if s.Person != "" {
		if err := h.note(ctx, v, LookCosts, "", s.Person); err != nil {
			return nil, err
		}
	}
	totals, err := h.archive.Totals(ctx, s, by, h.zone)
	if err != nil {
		return nil, fmt.Errorf("sum records up: %w", err)
	}
	return totals, nil
}

// mostLooks is how many looks a person is shown.
const mostLooks = 500

// Looks are those of others at the viewer's calls, latest first.
func (h *History) Looks(ctx context.Context, v Viewer) ([]Look, error) {
	if v.Person == "" {
		return nil, ErrNotShown
	}
	return h.archive.Looks(ctx, v.Person, mostLooks)
}

// note leaves a look, unless it is at the viewer's own calls or at those of
// nobody in particular. What cannot be noted is not shown.
func (h *History) note(ctx context.Context, v Viewer, act Act, call string, of ...string) error {
	var looks []Look
	for _, person := range of {
		if person != v.Person && (person != "" || act == LookExport) {
			looks = append(looks, Look{Of: person, By: v.Person, ByName: v.Name, Act: act, Call: call, At: h.now()})
		}
	}
	if looks == nil {
		return nil
	}
	if err := h.archive.AddLooks(ctx, looks); err != nil {
		return fmt.Errorf("note who looked: %w", err)
	}
	return nil
}

// own tells whether the viewer dialled the call.
func (v Viewer) own(c *CDR) bool { return v.Person != "" && c.Person == v.Person }

// mask hides the numbers of a call that the viewer did not dial.
func (v Viewer) mask(c *CDR) {
	if v.own(c) {
		return
	}
	c.From, c.To = masked(c.From), masked(c.To)
}

func masked(n dialplan.Number) dialplan.Number {
	if n == "" {
		return ""
	}
	return dialplan.Number(n.Masked())
}
