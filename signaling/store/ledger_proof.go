package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// ErrUnbalanced is for money whose sums do not agree, which no crash may cause.
var ErrUnbalanced = errors.New("the ledger does not add up")

// proofs are queries that find what does not agree: each row is a sentence.
var proofs = []string{
	// Every balance is the sum of its postings, and has no posting beside it.
	`SELECT 'budget ' || budget_id || ' in ' || period || ' is off by ' || sum(held) || ' held and ' || sum(spent) || ' spent' FROM (
		SELECT budget_id, period, held, spent FROM balance
		UNION ALL SELECT budget_id, period,
			CASE WHEN origin = 'held' THEN amount WHEN target = 'held' THEN -amount ELSE 0 END,
			CASE WHEN target = 'spent' THEN -amount ELSE 0 END FROM posting
	) AS sums GROUP BY budget_id, period HAVING sum(held) <> 0 OR sum(spent) <> 0`,
	// What is held of a budget is what calls that run hold of it.
	`SELECT 'budget ' || budget_id || ' in ' || period || ' holds ' || sum(amount) || ' of no call' FROM (
		SELECT budget_id, period, held AS amount FROM balance
		UNION ALL SELECT budget_id, period, -amount FROM hold
	) AS sums GROUP BY budget_id, period HAVING sum(amount) <> 0`,
	`SELECT 'call ' || call_id || ' holds money and does not run' FROM hold
		WHERE NOT EXISTS (SELECT 1 FROM cdr WHERE id = call_id AND state <> 'closed')`,
	// What a call that is over has spent of each budget is its cost.
	`SELECT 'call ' || call_id || ' has spent ' || sum(amount) || ' of budget ' || budget_id || ' and cost ' || min(cost)
		FROM posting JOIN cdr ON id = call_id WHERE target = 'spent' GROUP BY call_id, budget_id HAVING sum(amount) <> min(cost)`,
}

// ProveLedger checks that all sums of the ledger agree, in one moment's state
// of it. Otherwise the error is ErrUnbalanced and says where.
func (s *Store) ProveLedger(ctx context.Context) error {
	tx, err := s.read.BeginTx(ctx, s.dialect.snapshot)
	if err != nil {
		return s.fault(fmt.Errorf("begin: %w", err))
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	for _, query := range proofs {
		wrong, err := list(ctx, tx, func(row scanner) (text string, err error) {
			return text, row.Scan(&text)
		}, query+` LIMIT 10`)
		if err != nil {
			return s.fault(fmt.Errorf("prove the ledger: %w", err))
		}
		if len(wrong) > 0 {
			return fmt.Errorf("%w: %s", ErrUnbalanced, strings.Join(wrong, "; "))
		}
	}
	return nil
}
