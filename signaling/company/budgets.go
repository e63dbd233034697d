package company

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"partyline/signaling/auth"
	"partyline/sip/billing"
)

// What budgets may answer beside ErrNotFound and auth.ErrNotAllowed.
var (
	ErrBudgetTaken = errors.New("this payer has a budget for this period already")
	ErrBudgetBelow = errors.New("the limit is below what is spent and held")
)

// mostLimit is the greatest limit that a budget may have.
const mostLimit = 1_000_000_000 * billing.Unit

// BudgetStore keeps budgets. Each method is one transaction and may be called
// from any goroutine.
type BudgetStore interface {
	// Budgets are all, by payer, as they stand at the dates.
	Budgets(ctx context.Context, dates billing.Dates) ([]billing.Standing, error)
	// AddBudget stores a budget with the entry. It returns ErrBudgetTaken.
	AddBudget(ctx context.Context, b billing.Budget, e Entry) error
	// ChangeBudget stores limit and hardness of what change makes of a budget,
	// with the entry, while no money can move; where it makes it nil the budget
	// is deleted, and what was booked stays. It returns ErrNotFound or the error
	// of change.
	ChangeBudget(ctx context.Context, id string, dates billing.Dates, change func(billing.Standing) (*billing.Budget, Entry, error)) (billing.Standing, error)
}

// BelowSpent is ErrBudgetBelow with the budget as it would stand.
type BelowSpent struct{ Standing billing.Standing }

// Error says what is spent and held.
func (b *BelowSpent) Error() string {
	return fmt.Sprintf("%v: %s of %s", ErrBudgetBelow, b.Standing.Spent+b.Standing.Held, b.Standing.Budget.Limit)
}

// Unwrap makes it an ErrBudgetBelow.
func (*BelowSpent) Unwrap() error { return ErrBudgetBelow }

// Budgets are how admins decide what may be spent. The methods may be called
// from any goroutine.
type Budgets struct {
	store BudgetStore
	zone  *time.Location
	now   func() time.Time
}

// NewBudgets makes budgets over their store, with days and months of the zone;
// nil is UTC. The clock may be nil for the real one.
func NewBudgets(store BudgetStore, zone *time.Location, clock func() time.Time) *Budgets {
	if clock == nil {
		clock = time.Now
	}
	return &Budgets{store, zone, clock}
}

func (b *Budgets) dates() billing.Dates { return billing.DatesAt(b.now(), b.zone) }

// List gives admins all budgets, and others those that their own calls are paid
// from.
func (b *Budgets) List(ctx context.Context, actor auth.Person) ([]billing.Standing, error) {
	all, err := b.store.Budgets(ctx, b.dates())
	if err != nil {
		return nil, fmt.Errorf("list budgets: %w", err)
	}
	if actor.Admin {
		return all, nil
	}
	payers := billing.Request{
		Person: actor.ID, Department: actor.Department, CostCentre: actor.CostCentre,
		Payer: billing.Payer{Kind: billing.Person, ID: actor.ID},
	}.Payers()
	return slices.DeleteFunc(all, func(s billing.Standing) bool { return !slices.Contains(payers, s.Budget.Payer) }), nil
}

// Add makes a budget; it gets an id of its own. It returns auth.ErrNotAllowed,
// an *auth.Invalid or ErrBudgetTaken.
func (b *Budgets) Add(ctx context.Context, actor auth.Person, budget billing.Budget) (billing.Standing, error) {
	if !actor.Admin {
		return billing.Standing{}, auth.ErrNotAllowed
	}
	if err := checkLimit(budget.Limit); err != nil {
		return billing.Standing{}, err
	}
	if (budget.Payer.Kind == billing.Company) != (budget.Payer.ID == "") || !line(budget.Payer.ID, 100) {
		return billing.Standing{}, &auth.Invalid{Fields: []auth.FieldError{{
			Field: "payer", Message: "Name the person, department, cost centre or meeting that pays.",
		}}}
	}
	id, err := uuid.NewV7()
	if err != nil {
		return billing.Standing{}, fmt.Errorf("make an id: %w", err)
	}
	budget.ID = id.String()
	entry, err := b.entry(actor, budget, Added, nil, budget)
	if err != nil {
		return billing.Standing{}, err
	}
	if err := b.store.AddBudget(ctx, budget, entry); err != nil {
		return billing.Standing{}, fmt.Errorf("add a budget: %w", err)
	}
	return billing.Standing{Budget: budget, Period: b.dates().Key(budget.Period)}, nil
}

func checkLimit(limit billing.Micro) error {
	if limit >= 0 && limit <= mostLimit {
		return nil
	}
	return &auth.Invalid{Fields: []auth.FieldError{{Field: "limit", Message: "A limit is at least 0 and at most 1,000,000,000."}}}
}

func (b *Budgets) entry(actor auth.Person, budget billing.Budget, act Act, before, after any) (Entry, error) {
	return NewEntry(actor, b.now(), ThingBudget, budget.Payer.String()+", "+budget.Period.String(), act, before, after)
}

// BudgetChange is what is to change of a budget; nil leaves it.
type BudgetChange struct {
	Limit *billing.Micro
	Hard  *bool
	// Below agrees to a limit below what is spent and held: nothing more can be
	// held then, and calls end when what they hold is used up.
	Below bool
}

// Change gives the budget as it stands then. It returns auth.ErrNotAllowed,
// ErrNotFound, an *auth.Invalid or a *BelowSpent.
func (b *Budgets) Change(ctx context.Context, actor auth.Person, id string, c BudgetChange) (billing.Standing, error) {
	if !actor.Admin {
		return billing.Standing{}, auth.ErrNotAllowed
	}
	return b.store.ChangeBudget(ctx, id, b.dates(), func(s billing.Standing) (*billing.Budget, Entry, error) {
		before := s.Budget
		if c.Hard != nil {
			s.Budget.Hard = *c.Hard
		}
		if c.Limit != nil {
			if err := checkLimit(*c.Limit); err != nil {
				return nil, Entry{}, err
			}
			s.Budget.Limit = *c.Limit
		}
		if s.Left() < 0 && s.Budget.Limit < before.Limit && !c.Below {
			return nil, Entry{}, &BelowSpent{s}
		}
		entry, err := b.entry(actor, before, Changed, before, s.Budget)
		return &s.Budget, entry, err
	})
}

// Remove deletes a budget. What was booked stays, and calls that hold money of
// it go on. It returns auth.ErrNotAllowed or ErrNotFound.
func (b *Budgets) Remove(ctx context.Context, actor auth.Person, id string) error {
	if !actor.Admin {
		return auth.ErrNotAllowed
	}
	_, err := b.store.ChangeBudget(ctx, id, b.dates(), func(s billing.Standing) (*billing.Budget, Entry, error) {
		entry, err := b.entry(actor, s.Budget, Removed, s.Budget, nil)
		return nil, entry, err
	})
	return err
}
