package store_test

import (
	"context"
	"testing"

	"partyline/signaling/store"
	"partyline/signaling/store/storetest"
	"partyline/sip/billing"
	"partyline/sip/billing/ledgertest"
)

// TestLedger is the test that every ledger passes. Afterwards the postings add
// up to the balances.
func TestLedger(t *testing.T) {
	for name, open := range map[string]func(testing.TB) *store.Store{"sqlite": storetest.SQLite, "postgres": storetest.PostgreSQL} {
		t.Run(name, func(t *testing.T) {
			ledgertest.Run(t, func(t *testing.T, budgets ...billing.Budget) billing.Ledger {
				s := open(t)
				addBudgets(t, s, budgets...)
				t.Cleanup(func() {
					if err := s.ProveLedger(context.WithoutCancel(t.Context())); err != nil {
						t.Error(err)
					}
				})
				return s
			})
		})
	}
}
