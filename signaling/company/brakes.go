package company

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"partyline/signaling/auth"
	"partyline/sip/billing"
)

// Setting is something that there is one of, as the store has it.
type Setting struct {
	Body      []byte // JSON
	ChangedAt time.Time
	ChangedBy Who
}

// SettingStore keeps settings by name. Each method is one transaction and may
// be called from any goroutine.
type SettingStore interface {
	// Setting returns ErrNotFound before it was set.
	Setting(ctx context.Context, name string) (Setting, error)
	// ChangeSetting lets change work on the setting, the zero value before it was
	// set, and stores what it made of it, with the entry.
	ChangeSetting(ctx context.Context, name string, change func(*Setting) (Entry, error)) error
}

// Passwords asks somebody for their password again; auth.Accounts do.
type Passwords interface {
	// Confirm returns auth.ErrNotAllowed, auth.ErrWrongPassword,
	// auth.ErrTooManyTries or auth.ErrBusy.
	Confirm(ctx context.Context, v auth.Visitor, p auth.Password) error
}

// brakesSetting is the name under which the brakes are stored.
const brakesSetting = "brakes"

// Brakes are the settings of billing.Brakes. The methods may be called from any
// goroutine.
type Brakes struct {
	store     SettingStore
	passwords Passwords
	apply     func(billing.Brakes)
	turn      chan struct{} // whoever applies the brakes holds it, so that the latest are applied last
	now       func() time.Time
}

// NewBrakes makes the brakes over their store. Apply is told the brakes when
// they change; nil: nobody is. The clock may be nil for the real one.
func NewBrakes(store SettingStore, passwords Passwords, apply func(billing.Brakes), clock func() time.Time) *Brakes {
	if clock == nil {
		clock = time.Now
	}
	return &Brakes{store, passwords, apply, make(chan struct{}, 1), clock}
}

// SetBrakes are the brakes, and who set them when; the zero values if nobody
// did yet.
type SetBrakes struct {
	billing.Brakes
	ChangedAt time.Time
	ChangedBy Who
}

// Current gives the brakes that are set, or billing.DefaultBrakes. What a
// stored setting does not mention is as the defaults have it.
func (b *Brakes) Current(ctx context.Context) (billing.Brakes, error) {
	s, err := b.store.Setting(ctx, brakesSetting)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return billing.Brakes{}, fmt.Errorf("read the brakes: %w", err)
	}
	return readBrakes(s)
}

func readBrakes(s Setting) (billing.Brakes, error) {
	brakes := billing.DefaultBrakes()
	if len(s.Body) == 0 {
		return brakes, nil
	}
	if err := json.Unmarshal(s.Body, &brakes); err != nil {
		return billing.Brakes{}, fmt.Errorf("read the brakes: %w", err)
	}
	return brakes, nil
}

// Look gives the brakes to an admin. It returns auth.ErrNotAllowed.
func (b *Brakes) Look(ctx context.Context, actor auth.Person) (SetBrakes, error) {
	if !actor.Admin {
		return SetBrakes{}, auth.ErrNotAllowed
	}
	s, err := b.store.Setting(ctx, brakesSetting)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return SetBrakes{}, fmt.Errorf("read the brakes: %w", err)
	}
	brakes, err := readBrakes(s)
	return SetBrakes{brakes, s.ChangedAt, s.ChangedBy}, err
}

// Set changes the brakes for calls from now on. It asks the admin for the
// password again, and returns what Passwords do, or an *auth.Invalid.
func (b *Brakes) Set(ctx context.Context, v auth.Visitor, p auth.Password, next billing.Brakes) (SetBrakes, error) {
	if !v.Person.Admin {
		return SetBrakes{}, auth.ErrNotAllowed
	}
	if err := checkBrakes(next); err != nil {
		return SetBrakes{}, err
	}
	if err := b.passwords.Confirm(ctx, v, p); err != nil {
		return SetBrakes{}, err
	}
	set := SetBrakes{Brakes: next, ChangedAt: b.now().UTC().Truncate(time.Millisecond), ChangedBy: whoOf(v.Person)}
	err := b.store.ChangeSetting(ctx, brakesSetting, func(s *Setting) (Entry, error) {
		before, err := readBrakes(*s)
		if err != nil {
			return Entry{}, err
		}
		body, err := json.Marshal(next)
		if err != nil {
			return Entry{}, err
		}
		*s = Setting{body, set.ChangedAt, set.ChangedBy}
		return NewEntry(v.Person, set.ChangedAt, ThingBrakes, brakesSetting, Changed, before, next)
	})
	if err != nil {
		return SetBrakes{}, fmt.Errorf("change the brakes: %w", err)
	}
	return set, b.applied(ctx)
}

// applied tells whoever brakes, the latest last.
func (b *Brakes) applied(ctx context.Context) error {
	if b.apply == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), applyWithin)
	defer cancel()
	select {
	case b.turn <- struct{}{}:
		defer func() { <-b.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	brakes, err := b.Current(ctx)
	if err != nil {
		return err
	}
	b.apply(brakes)
	return nil
}

var country = regexp.MustCompile(`^([A-Z]{2}|\*)$`)

// checkBrakes tells what is wrong with brakes that somebody typed.
func checkBrakes(b billing.Brakes) error {
	var bad []auth.FieldError
	wrong := func(when bool, field, message string) {
		if when {
			bad = append(bad, auth.FieldError{Field: field, Message: message})
		}
	}
	wrong(slices.ContainsFunc(b.Countries, func(c string) bool { return !country.MatchString(c) }),
		"countries", "Countries are two capital letters, such as DE, or * for all.")
	wrong(b.Ceiling < 0 || b.Ceiling > billing.MostPerMinute, "ceiling", "The price ceiling is an amount per minute; 0 is none.")
	wrong(b.Window < time.Minute || b.Window > 24*time.Hour, "window", "Calls are counted over 1 minute to 24 hours.")
	wrong(min(b.PerPerson, b.PerPrefix, b.PerTrunk, b.AtOncePerson, b.AtOnce) < 0, "atOnce", "A number of calls is 0 for no limit, or more.")
	wrong(!timeOfDay(b.NightFrom) || !timeOfDay(b.NightTo), "nightFrom", "Times of day are like 22:00.")
	wrong(b.Longest < 0 || b.Longest > 0 && b.Longest < time.Minute || b.Longest > 24*time.Hour,
		"longest", "A call may last 1 minute to 24 hours; 0 is no limit.")
	if bad != nil {
		return &auth.Invalid{Fields: bad}
	}
	return nil
}

func timeOfDay(d time.Duration) bool { return d >= 0 && d < 24*time.Hour }
