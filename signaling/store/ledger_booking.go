package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"

	"partyline/sip/billing"
)

// account is one of a budget's in a period. What is free is its limit less the
// other two.
type account string

const (
	free  account = "free"
	held  account = "held"
	spent account = "spent"
)

// movement is money that goes from one account to another.
type movement struct {
	origin, target account
	amount         billing.Micro
}

// purse is what one call holds of one budget, and how that stands. The budget
// is zero, but for its id, where somebody has deleted it meanwhile.
type purse struct {
	billing.Standing
	told     int           // the highest share that its owner knows of
	amount   billing.Micro // that the call holds
	postings int           // of the call so far
}

// booking is what one transaction does to the purses of one call.
type booking struct {
	tx      *sql.Tx
	call    string
	expires time.Time // of the hold
	notices []billing.Notice
}

// budgetColumns are read by scanStanding; where a budget or its balance is
// missing they are zero.
const budgetColumns = `coalesce(budget.payer_kind, 'company'), coalesce(budget.payer_id, ''), coalesce(budget.period, 'once'),
	coalesce(budget.limit_amount, 0), coalesce(budget.hard, FALSE),
	coalesce(balance.held, 0), coalesce(balance.spent, 0), coalesce(balance.told, 0)`

// budgetFields are where budgetColumns go.
func (p *purse) budgetFields() []any {
	b := &p.Budget
	return []any{textOf{&b.Payer.Kind}, &b.Payer.ID, textOf{&b.Period}, &b.Limit, &b.Hard, &p.Held, &p.Spent, &p.told}
}

// pursesOf are the budgets of payers, at the dates.
func (b *booking) pursesOf(ctx context.Context, payers []billing.Payer, dates billing.Dates) ([]*purse, error) {
	return pursesOf(ctx, b.tx, payers, dates)
}

func pursesOf(ctx context.Context, q querier, payers []billing.Payer, dates billing.Dates) ([]*purse, error) {
	if len(payers) == 0 {
		return nil, nil
	}
	args := []any{dates.Day, dates.Month}
	var whose []string
	for _, p := range payers {
		n := len(args)
		whose = append(whose, `payer_kind = $`+strconv.Itoa(n+1)+` AND payer_id = $`+strconv.Itoa(n+2))
		args = append(args, p.Kind.String(), p.ID)
	}
	return list(ctx, q, func(row scanner) (*purse, error) {
		var p purse
		err := row.Scan(append([]any{&p.Budget.ID, &p.Period}, p.budgetFields()...)...)
		return &p, err
	}, `SELECT budget.id, `+periodKey+`, `+budgetColumns+`
		FROM budget LEFT JOIN balance ON budget_id = budget.id AND balance.period = `+periodKey+`
		WHERE `+strings.Join(whose, ` OR `)+` ORDER BY budget.id`, args...)
}

// periodKey is billing.Dates.Key of a budget at the day $1 in the month $2.
const periodKey = `CASE budget.period WHEN 'day' THEN $1 WHEN 'month' THEN $2 ELSE 'once' END`

// held are the purses that the call holds money of, or could.
func (b *booking) held(ctx context.Context) ([]*purse, error) {
	return list(ctx, b.tx, func(row scanner) (*purse, error) {
		var p purse
		err := row.Scan(append([]any{&p.Budget.ID, &p.Period, &p.amount, &p.postings}, p.budgetFields()...)...)
		return &p, err
	}, `SELECT hold.budget_id, hold.period, hold.amount, hold.postings, `+budgetColumns+`
		FROM hold LEFT JOIN balance ON balance.budget_id = hold.budget_id AND balance.period = hold.period
			LEFT JOIN budget ON budget.id = hold.budget_id
		WHERE call_id = $1 ORDER BY hold.budget_id`, b.call)
}

// move books what goes from one account of a purse to another, and keeps its
// balance and hold at the sum of that. It notices what its owner is to be told.
func (b *booking) move(ctx context.Context, p *purse, all ...movement) error {
	before := p.Spent + p.Held
	for _, m := range all {
		if m.amount == 0 {
			continue
		}
		p.postings++
		_, err := b.tx.ExecContext(ctx, `
			INSERT INTO posting (call_id, budget_id, number, period, origin, target, amount, booked_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			b.call, p.Budget.ID, p.postings, p.Period, string(m.origin), string(m.target), int64(m.amount), ms(time.Now()))
		if err != nil {
			return fmt.Errorf("book: %w", err)
		}
		p.apply(m)
	}
	for _, n := range p.Notices(before) {
		if n.Percent > p.told {
			p.told = n.Percent
			b.notices = append(b.notices, n)
		}
	}
	return b.keep(ctx, p)
}

// apply changes the balance by a movement.
func (p *purse) apply(m movement) {
	for _, side := range []struct {
		account account
		amount  billing.Micro
	}{{m.origin, -m.amount}, {m.target, m.amount}} {
		switch side.account {
		case held:
			p.Held += side.amount
			p.amount += side.amount
		case spent:
			p.Spent += side.amount
		}
	}
}

// keep writes the balance and the hold.
func (b *booking) keep(ctx context.Context, p *purse) error {
	_, err := b.tx.ExecContext(ctx, `
		INSERT INTO balance (budget_id, period, held, spent, told) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (budget_id, period) DO UPDATE SET held = excluded.held, spent = excluded.spent, told = excluded.told`,
		p.Budget.ID, p.Period, int64(p.Held), int64(p.Spent), p.told)
	if err != nil {
		return fmt.Errorf("keep a balance: %w", err)
	}
	_, err = b.tx.ExecContext(ctx, `
		INSERT INTO hold (call_id, budget_id, period, amount, expires_at, postings) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (call_id, budget_id) DO UPDATE SET amount = excluded.amount, expires_at = excluded.expires_at,
			postings = excluded.postings`,
		b.call, p.Budget.ID, p.Period, int64(p.amount), ms(b.expires), p.postings)
	if err != nil {
		return fmt.Errorf("keep a hold: %w", err)
	}
	return nil
}

// release drops the holds of the call, which are empty by now.
func (b *booking) release(ctx context.Context) error {
	if _, err := b.tx.ExecContext(ctx, `DELETE FROM hold WHERE call_id = $1`, b.call); err != nil {
		return fmt.Errorf("release a hold: %w", err)
	}
	return nil
}

// textOf scans a value that is stored by its name.
type textOf struct{ word }

// Scan is sql.Scanner.
func (t textOf) Scan(src any) error {
	switch text := src.(type) {
	case string:
		return t.UnmarshalText([]byte(text))
	case []byte:
		return t.UnmarshalText(text)
	}
	return fmt.Errorf("a name is stored as %T", src)
}
