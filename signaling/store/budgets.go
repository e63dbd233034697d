package store

import (
	"context"
	"database/sql"
	"fmt"

	"partyline/signaling/company"
	"partyline/sip/billing"
)

// Budgets is company.BudgetStore.
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

// AddBudget is company.BudgetStore.
func (s *Store) AddBudget(ctx context.Context, b billing.Budget, e company.Entry) error {
	return s.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO budget (id, payer_kind, payer_id, period, limit_amount, hard) VALUES ($1, $2, $3, $4, $5, $6)`,
			b.ID, b.Payer.Kind.String(), b.Payer.ID, b.Period.String(), int64(b.Limit), b.Hard)
		if err != nil && s.dialect.isTaken(err) {
			return company.ErrBudgetTaken
		}
		if err != nil {
			return err
		}
		return note(ctx, tx, e)
	})
}

// ChangeBudget is company.BudgetStore.
func (s *Store) ChangeBudget(
	ctx context.Context, id string, dates billing.Dates, change func(billing.Standing) (*billing.Budget, company.Entry, error),
) (billing.Standing, error) {
	var after billing.Standing
	err := s.changeMoney(ctx, func(tx *sql.Tx) error {
		var err error
		after, err = scanBudget(tx.QueryRowContext(ctx, budgetQuery+` WHERE budget.id = $3`, dates.Day, dates.Month, id))
		if err != nil {
			return missing(err, company.ErrNotFound)
		}
		b, entry, err := change(after)
		if err != nil {
			return err
		}
		if b == nil {
			_, err = tx.ExecContext(ctx, `DELETE FROM budget WHERE id = $1`, id)
		} else {
			after.Budget.Limit, after.Budget.Hard = b.Limit, b.Hard
			err = limitBudget(ctx, tx, after)
		}
		if err != nil {
			return err
		}
		return note(ctx, tx, entry)
	})
	return after, err
}

// limitBudget writes limit and hardness. What was told of the old limit says
// nothing of the new one.
func limitBudget(ctx context.Context, tx *sql.Tx, s billing.Standing) error {
	b := s.Budget
	if _, err := tx.ExecContext(ctx, `UPDATE budget SET limit_amount = $2, hard = $3 WHERE id = $1`, b.ID, int64(b.Limit), b.Hard); err != nil {
		return fmt.Errorf("change a budget: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE balance SET told = $3 WHERE budget_id = $1 AND period = $2`, b.ID, s.Period, s.Told()); err != nil {
		return fmt.Errorf("change a balance: %w", err)
	}
	return nil
}
