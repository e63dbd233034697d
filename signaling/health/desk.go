package health

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"partyline/metrics/quality"
	"partyline/signaling/auth"
	"partyline/sip/billing"
	"partyline/sip/dialplan"
)

// Store keeps all that is shown.
type Store interface {
	Legs
	Sums
	Joins
	Trunks
	Subnets
	Ratings
	// AddLooks notes looks, but for those of which the same was noted within the
	// hour.
	AddLooks(ctx context.Context, all []billing.Look) error
}

// Live has the legs that live; *quality.Collector satisfies it. Its methods may
// be called from any goroutine.
type Live interface {
	Now() []quality.Live
	Leg(id string) (live quality.Live, pending []quality.Sample, ok bool)
}

// Config is what a Desk works with beside its store. Its zero value is of one
// that measures nothing.
type Config struct {
	Live   Live             // nil: nothing lives
	Pulse  *Pulse           // nil: nothing is counted
	Around Around           // what else the picture of this moment shows
	Zone   *time.Location   // whose days and hours count; nil: UTC
	Clock  func() time.Time // nil: the real one
}

// Desk shows how connections fare to who may see it: everybody their own, admins
// all. Numbers are masked but for one's own, and whoever is looked up gets a
// line that they see. Its methods may be called from any goroutine.
type Desk struct {
	store  Store
	live   Live
	pulse  *Pulse
	around Around
	zone   *time.Location
	now    func() time.Time
	sites  atomic.Pointer[sites]
}

// NewDesk makes a desk over a store. It knows no subnets before LoadSubnets.
func NewDesk(cfg Config, store Store) *Desk {
	d := &Desk{store: store, live: cfg.Live, pulse: cfg.Pulse, around: cfg.Around, zone: cfg.Zone, now: cfg.Clock}
	if d.live == nil {
		d.live = lifeless{}
	}
	if d.zone == nil {
		d.zone = time.UTC
	}
	if d.now == nil {
		d.now = time.Now
	}
	if d.pulse == nil {
		d.pulse = NewPulse(d.now)
	}
	return d
}

// lifeless is where nothing is measured.
type lifeless struct{}

func (lifeless) Now() []quality.Live { return nil }

func (lifeless) Leg(string) (quality.Live, []quality.Sample, bool) { return quality.Live{}, nil, false }

// Zone is whose days and hours count.
func (d *Desk) Zone() *time.Location { return d.zone }

// Detail is all that is known of one leg.
type Detail struct {
	Row
	Course
	Lives bool
	Call  *quality.Call // of a phone; nil: not known, or not over
	Join  *quality.Join // nil: not known
}

// Leg shows one leg: one's own, or to an admin any, which leaves a line. It
// returns ErrNoLeg also to those whom it is none of.
func (d *Desk) Leg(ctx context.Context, viewer auth.Person, id string) (Detail, error) {
	row, err := d.find(ctx, viewer, id)
	if err != nil {
		return Detail{}, err
	}
	courses, err := d.courses(ctx, []Row{row})
	if err != nil {
		return Detail{}, err
	}
	detail := Detail{Row: row, Course: courses[id], Lives: row.Leg.Ended.IsZero()}
	if detail.Call, err = d.call(ctx, &row); err != nil {
		return Detail{}, err
	}
	join, ok, err := d.store.JoinOf(ctx, id)
	if err != nil {
		return Detail{}, fmt.Errorf("find how somebody came in: %w", err)
	}
	if ok {
		detail.Join = &join
	}
	return detail, nil
}

// Capture gives what was captured of a phone's call, packed. It leaves a line as
// Leg does, and returns ErrNoLeg also where nothing was captured.
func (d *Desk) Capture(ctx context.Context, viewer auth.Person, id string) ([]byte, error) {
	row, err := d.find(ctx, viewer, id)
	if err != nil {
		return nil, err
	}
	call, err := d.call(ctx, &row)
	switch {
	case err != nil:
		return nil, err
	case call == nil || len(call.Capture) == 0:
		return nil, ErrNoLeg
	}
	return call.Capture, nil
}

// find gives a leg to whoever may see it.
func (d *Desk) find(ctx context.Context, viewer auth.Person, id string) (Row, error) {
	row, err := d.store.Leg(ctx, id)
	if live, _, lives := d.live.Leg(id); lives {
		row.Leg, row.Summary, err = live.Leg, live.Summary, nil
	}
	switch {
	case errors.Is(err, ErrNoLeg):
		return Row{}, ErrNoLeg
	case err != nil:
		return Row{}, fmt.Errorf("find a leg: %w", err)
	case !own(viewer, &row) && !viewer.Admin:
		return Row{}, ErrNoLeg
	}
	if err := d.note(ctx, viewer, []Row{row}); err != nil {
		return Row{}, err
	}
	mask(viewer, &row)
	return row, nil
}

// call is what is known of the call of a leg, or nil.
func (d *Desk) call(ctx context.Context, row *Row) (*quality.Call, error) {
	if row.Leg.Kind != quality.Phone {
		return nil, nil
	}
	call, err := d.store.Call(ctx, row.Leg.ID)
	switch {
	case errors.Is(err, ErrNoLeg):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("find a call: %w", err)
	}
	return &call, nil
}

// lingering is for how long there may be samples of a leg that is over and that
// are not stored yet.
const lingering = time.Minute

// courses are those of some legs, what is not stored yet included.
func (d *Desk) courses(ctx context.Context, rows []Row) (map[string]Course, error) {
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = rows[i].Leg.ID
	}
	all, err := d.store.Courses(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read samples: %w", err)
	}
	if all == nil {
		all = make(map[string]Course)
	}
	for i, id := range ids {
		if over := rows[i].Leg.Ended; !over.IsZero() && d.now().Sub(over) > lingering {
			continue
		}
		_, pending, _ := d.live.Leg(id)
		if len(pending) == 0 {
			continue
		}
		c := all[id]
		for _, s := range pending {
			// What was stored a moment ago may be pending still.
			if n := len(c.Samples); n == 0 || s.At.After(c.Samples[n-1].At) {
				c.Samples = append(c.Samples, s)
			}
		}
		all[id] = c
	}
	return all, nil
}

// List gives at most limit legs that fit: an admin any, others their own. One
// that looks for somebody leaves a line for each who was found.
func (d *Desk) List(ctx context.Context, viewer auth.Person, f Filter, order Order, after Place, limit int) ([]Row, error) {
	f, err := d.scope(viewer, f)
	if err != nil {
		return nil, err
	}
	rows, err := d.store.Legs(ctx, f, order, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list legs: %w", err)
	}
	if f.Sought() {
		if err := d.note(ctx, viewer, rows); err != nil {
			return nil, err
		}
		if err := d.noteSought(ctx, viewer, f.Person); err != nil {
			return nil, err
		}
	}
	for i := range rows {
		mask(viewer, &rows[i])
	}
	return rows, nil
}

// Each gives legs to fn, one after the other, until the last or the first error
// of fn. The row is overwritten when fn returns.
type Each func(ctx context.Context, fn func(*Row) error) error

// Export takes out all legs that fit, which leaves a line for whoever they are
// looked for by, and else for everybody.
func (d *Desk) Export(ctx context.Context, viewer auth.Person, f Filter) (Each, error) {
	f, err := d.scope(viewer, f)
	if err != nil {
		return nil, err
	}
	look := billing.Look{Of: f.Person, By: viewer.ID, ByName: viewer.Name, Act: billing.LookExport, At: d.now()}
	if f.Person != viewer.ID {
		if err := d.store.AddLooks(ctx, []billing.Look{look}); err != nil {
			return nil, fmt.Errorf("note who looked: %w", err)
		}
	}
	return func(ctx context.Context, fn func(*Row) error) error {
		return d.store.EachLeg(ctx, f, func(r *Row) error {
			mask(viewer, r)
			return fn(r)
		})
	}, nil
}

// scope narrows a filter to what the viewer may see.
func (d *Desk) scope(viewer auth.Person, f Filter) (Filter, error) {
	f.Zone = d.zone
	if !viewer.Admin {
		if viewer.ID == "" || f.Person != "" && f.Person != viewer.ID {
			return f, auth.ErrNotAllowed
		}
		f.Person = viewer.ID
	}
	return f, nil
}

// note leaves a line for everybody whose legs these are, but the viewer. What
// cannot be noted is not shown.
func (d *Desk) note(ctx context.Context, viewer auth.Person, rows []Row) error {
	var looks []billing.Look
	seen := map[string]bool{"": true, viewer.ID: true}
	for i := range rows {
		leg := &rows[i].Leg
		if !seen[leg.Person] {
			seen[leg.Person] = true
			looks = append(looks, billing.Look{
				Of: leg.Person, By: viewer.ID, ByName: viewer.Name, Act: billing.LookQuality, Call: leg.ID, At: d.now(),
			})
		}
	}
	if looks == nil {
		return nil
	}
	if err := d.store.AddLooks(ctx, looks); err != nil {
		return fmt.Errorf("note who looked: %w", err)
	}
	return nil
}

// noteSought leaves a line for a person who was asked for, also where nothing
// was found.
func (d *Desk) noteSought(ctx context.Context, viewer auth.Person, person string) error {
	return d.note(ctx, viewer, []Row{{Leg: quality.Leg{Person: person}}})
}

// own tells whether a leg is the viewer's.
func own(viewer auth.Person, r *Row) bool { return viewer.ID != "" && r.Leg.Person == viewer.ID }

// mask hides what only whoever's leg it is may see.
func mask(viewer auth.Person, r *Row) {
	if own(viewer, r) {
		return
	}
	r.Leg.Number = masked(r.Leg.Number)
}

// masked is the last of a telephone number, which may be masked already.
func masked(number string) string {
	if number == "" || strings.Contains(number, "•") {
		return number
	}
	return dialplan.Number(number).Masked()
}
