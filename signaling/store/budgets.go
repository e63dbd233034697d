package store

import (
	"context"
	"database/sql"
	"fmt"

	"partyline/sip/billing"
)

// Budgets is billing.BudgetStore.
func (s *Store) Budgets(ctx context.Context, dates billing.Dates) ([]billing.Standing, error) {
	all, err := list(ctx, s.read, scanBudget, budgetQuery+` ORDER BY budget.payer_kind, budget.payer_id, budget.period`, dates.Day, dates.Month)
	return all, s.fault(err)
}

const budgetQuery = `SELECT budget.id, ` + periodKey + `, ` + budgetColumns + `
	FROM budget LEFT JOIN balance ON budget_id = budget.id AND balance.period = ` + periodKey

func scanBudget(row scanner) (billing.Standing, error) {
	var p purse
	err := row.Scan(append([]any{&p.Budget.ID, &p.Period}, p.budgetFields()...)...)
	return p.Standing, err
}

// Budget is billing.BudgetStore.
func (s *Store) Budget(ctx context.Context, id string, dates billing.Dates) (billing.Standing, error) {
	b, err := scanBudget(s.read.QueryRowContext(ctx, budgetQuery+` WHERE budget.id = $3`, dates.Day, dates.Month, id))
	if err != nil {
		return billing.Standing{}, s.fault(missing(err, billing.ErrNoBudget))
	}
	return b, nil
}

// AddBudget is billing.BudgetStore.
func (s *Store) AddBudget(ctx context.Context, b billing.Budget) error {
	_, err := s.exec(ctx, `
		INSERT INTO budget (id, payer_kind, payer_id, period, limit_amount, hard) VALUES ($1, $2, $3, $4, $5, $6)`,
		b.ID, b.Payer.Kind.String(), b.Payer.ID, b.Period.String(), int64(b.Limit), b.Hard)
	if err != nil && s.dialect.isTaken(err) {
		return billing.ErrBudgetTaken
	}
	return err
}

// ChangeBudget is billing.BudgetStore.
func (s *Store) ChangeBudget(
	ctx context.Context, id string, dates billing.Dates, change func(billing.Standing) (billing.Budget, error),
) (billing.Standing, error) {
	var after billing.Standing
	var refused error
	err := s.together(ctx, func(ctx context.Context, tx *sql.Tx) error {
		before, err := scanBudget(tx.QueryRowContext(ctx, budgetQuery+` WHERE budget.id = $3`, dates.Day, dates.Month, id))
		if err != nil {
			refused = missing(err, billing.ErrNoBudget)
			return unlessSaid(refused)
		}
		var b billing.Budget
		if b, refused = change(before); refused != nil {
			return nil
		}
		after = before
		after.Budget.Limit, after.Budget.Hard = b.Limit, b.Hard
		_, err = tx.ExecContext(ctx, `UPDATE budget SET limit_amount = $2, hard = $3 WHERE id = $1`, id, int64(b.Limit), b.Hard)
		if err != nil {
			return fmt.Errorf("change a budget: %w", err)
		}
		// What was told of the old limit says nothing of the new one.
		_, err = tx.ExecContext(ctx, `UPDATE balance SET told = $3 WHERE budget_id = $1 AND period = $2`, id, after.Period, after.Told())
		if err != nil {
			return fmt.Errorf("change a balance: %w", err)
		}
		return nil
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return billing.Standing{}, err
	}
	return after, nil
}

// DropBudget is billing.BudgetStore.
func (s *Store) DropBudget(ctx context.Context, id string) error {
	n, err := s.exec(ctx, `DELETE FROM budget WHERE id = $1`, id)
	if err == nil && n == 0 {
		return billing.ErrNoBudget
	}
	return err
}
