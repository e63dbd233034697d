package health

import (
	"context"
	"fmt"
	"time"

	"partyline/metrics/quality"
	"partyline/signaling/auth"
)

// Ways are how people came in, or did not.
type Ways struct {
	Funnels  []Funnel
	Failures []Failure
	Recent   []quality.Join // that failed, the latest first
}

// mostFailed is how many failed joins are shown.
const mostFailed = 50

// Ways shows an admin how people came in; an empty kind means all.
func (d *Desk) Ways(ctx context.Context, viewer auth.Person, from, to time.Time, kind quality.Kind) (w Ways, err error) {
	if !viewer.Admin {
		return w, auth.ErrNotAllowed
	}
	if w.Funnels, w.Failures, err = d.store.Funnel(ctx, from, to, kind); err != nil {
		return w, fmt.Errorf("sum joins up: %w", err)
	}
	if w.Recent, err = d.store.FailedJoins(ctx, from, to, kind, mostFailed); err != nil {
		return w, fmt.Errorf("list failed joins: %w", err)
	}
	return w, nil
}

// TrunkSums shows an admin how carriers did.
func (d *Desk) TrunkSums(ctx context.Context, viewer auth.Person, from, to time.Time) ([]TrunkSum, error) {
	if !viewer.Admin {
		return nil, auth.ErrNotAllowed
	}
	sums, err := d.store.TrunkSums(ctx, from, to)
	if err != nil {
		return nil, fmt.Errorf("sum trunks up: %w", err)
	}
	return sums, nil
}

// Opinions are what people thought of the sound.
type Opinions struct {
	Stars   [5]int // how many gave one to five
	Reasons map[string]int
	Latest  []Rating
}

// mostRatings is how many ratings are shown.
const mostRatings = 100

// Ratings shows an admin what people thought of the sound. It leaves a line for
// whoever the filter looks for.
func (d *Desk) Ratings(ctx context.Context, viewer auth.Person, f Filter) (o Opinions, err error) {
	if !viewer.Admin {
		return o, auth.ErrNotAllowed
	}
	f.Zone = d.zone
	if o.Stars, o.Reasons, o.Latest, err = d.store.Ratings(ctx, f, mostRatings); err != nil {
		return o, fmt.Errorf("list ratings: %w", err)
	}
	return o, d.noteSought(ctx, viewer, f.Person)
}

// Rate keeps what somebody thought of the sound of their stay.
func (d *Desk) Rate(ctx context.Context, visit string, stars int, reasons []string) error {
	if err := d.store.Rate(ctx, Rating{Leg: visit, At: d.now(), Stars: stars, Reasons: reasons}); err != nil {
		return fmt.Errorf("keep a rating: %w", err)
	}
	return nil
}
