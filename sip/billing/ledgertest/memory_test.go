package ledgertest

import (
	"testing"

	"partyline/sip/billing"
)

func TestMemory(t *testing.T) {
	Run(t, func(_ *testing.T, budgets ...billing.Budget) billing.Ledger { return NewMemory(budgets...) })
}
