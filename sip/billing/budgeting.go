package billing

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// What budgeting answers.
var (
	ErrNoBudget     = errors.New("no such budget")
	ErrBudgetTaken  = errors.New("this payer has a budget for this period already")
	ErrBudgetBelow  = errors.New("the limit is below what is spent and held")
	ErrBudgetLimit  = errors.New("a limit is from 0 to 1,000,000,000")
	ErrBudgetPayer  = errors.New("a budget belongs to the company, or to somebody who is named")
	ErrMayNotBudget = errors.New("only an admin decides on budgets")
)

// MostLimit is the greatest limit that a budget may have.
const MostLimit = 1_000_000_000 * Unit

// BudgetStore keeps budgets. Each method is one transaction and may be called
// from any goroutine.
type BudgetStore interface {
	// Budgets are all, by payer, as they stand at the dates.
	Budgets(ctx context.Context, dates Dates) ([]Standing, error)
	// Budget returns ErrNoBudget where there is none.
	Budget(ctx context.Context, id string, dates Dates) (Standing, error)
	// AddBudget returns ErrBudgetTaken.
	AddBudget(ctx context.Context, b Budget) error
	// ChangeBudget stores limit and hardness of what change makes of a budget,
	// while no money can move. It returns ErrNoBudget or the error of change.
	ChangeBudget(ctx context.Context, id string, dates Dates, change func(Standing) (Budget, error)) (Standing, error)
	// DropBudget returns ErrNoBudget. What was booked stays.
	DropBudget(ctx context.Context, id string) error
}

// Told is the greatest share, in percent, that the owner of a budget that
// stands so has been told of.
func (s Standing) Told() (percent int) {
	for _, n := range s.Notices(-1) {
		percent = n.Percent
	}
	return percent
}

// BelowSpent is ErrBudgetBelow with the budget as it would stand.
type BelowSpent struct{ Standing Standing }

// Error says what is spent and held.
func (b *BelowSpent) Error() string {
	return fmt.Sprintf("%v: %s of %s", ErrBudgetBelow, b.Standing.Spent+b.Standing.Held, b.Standing.Budget.Limit)
}

// Unwrap makes it an ErrBudgetBelow.
func (*BelowSpent) Unwrap() error { return ErrBudgetBelow }

// Budgeting is how admins decide what may be spent. Its methods may be called
// from any goroutine.
type Budgeting struct {
	store BudgetStore
	zone  *time.Location
	now   func() time.Time
	newID func() string
}

// NewBudgeting makes it, with days and months of the zone; nil is UTC. The
// clock may be nil for the real one; newID makes ids of budgets.
func NewBudgeting(store BudgetStore, zone *time.Location, clock func() time.Time, newID func() string) *Budgeting {
	if clock == nil {
		clock = time.Now
	}
	return &Budgeting{store, zone, clock, newID}
}

func (b *Budgeting) dates() Dates { return DatesAt(b.now(), b.zone) }

// List gives admins all budgets, and others those that they spend of: the
// company's and those of the payers given.
func (b *Budgeting) List(ctx context.Context, v Viewer, mine []Payer) ([]Standing, error) {
	all, err := b.store.Budgets(ctx, b.dates())
	if err != nil || v.Admin {
		return all, err
	}
	theirs := all[:0]
	for _, s := range all {
		for _, p := range mine {
			if s.Budget.Payer == p {
				theirs = append(theirs, s)
				break
			}
		}
	}
	return theirs, nil
}

// Add makes a budget. The id of the one given is ignored. It returns
// ErrMayNotBudget, ErrBudgetLimit, ErrBudgetPayer or ErrBudgetTaken.
func (b *Budgeting) Add(ctx context.Context, v Viewer, budget Budget) (Standing, error) {
	budget.ID = b.newID()
	switch {
	case !v.Admin:
		return Standing{}, ErrMayNotBudget
	case budget.Limit < 0 || budget.Limit > MostLimit:
		return Standing{}, ErrBudgetLimit
	case (budget.Payer.Kind == Company) != (budget.Payer.ID == ""):
		return Standing{}, ErrBudgetPayer
	}
	if err := b.store.AddBudget(ctx, budget); err != nil {
		return Standing{}, err
	}
	return b.store.Budget(ctx, budget.ID, b.dates())
}

// BudgetChange is what is to change of a budget; nil leaves it.
type BudgetChange struct {
	Limit *Micro
	Hard  *bool
	// Below agrees to a limit below what is spent and held: nothing more can be
	// held then, and running calls end when their holds are used up.
	Below bool
}

// Change gives the budget as it was and as it is then. It returns
// ErrMayNotBudget, ErrNoBudget, ErrBudgetLimit or a *BelowSpent.
func (b *Budgeting) Change(ctx context.Context, v Viewer, id string, c BudgetChange) (before, after Standing, err error) {
	if !v.Admin {
		return before, after, ErrMayNotBudget
	}
	after, err = b.store.ChangeBudget(ctx, id, b.dates(), func(s Standing) (Budget, error) {
		before = s
		if c.Hard != nil {
			s.Budget.Hard = *c.Hard
		}
		if c.Limit == nil {
			return s.Budget, nil
		}
		s.Budget.Limit = *c.Limit
		switch {
		case *c.Limit < 0 || *c.Limit > MostLimit:
			return s.Budget, ErrBudgetLimit
		case s.Left() < 0 && *c.Limit < before.Budget.Limit && !c.Below:
			return s.Budget, &BelowSpent{s}
		}
		return s.Budget, nil
	})
	return before, after, err
}

// Drop deletes a budget, and gives it as it was. What was booked stays, and
// calls that hold money of it go on. It returns ErrMayNotBudget or ErrNoBudget.
func (b *Budgeting) Drop(ctx context.Context, v Viewer, id string) (Standing, error) {
	if !v.Admin {
		return Standing{}, ErrMayNotBudget
	}
	s, err := b.store.Budget(ctx, id, b.dates())
	if err != nil {
		return Standing{}, err
	}
	return s, b.store.DropBudget(ctx, id)
}

// Percent is how much of the budget is used up, spent and held; over 100 where
// it is overrun.
func (s Standing) Percent() int {
	used := s.Spent + s.Held
	switch {
	case used <= 0:
		return 0
	case s.Budget.Limit <= 0:
		return 100
	}
	return int(used * 100 / s.Budget.Limit)
}
