package ledgertest

import (
	"github.com/google/go-cmp/cmp"

	"partyline/sip/dialplan"
)

// InClear has go-cmp compare telephone numbers as they are, and not masked.
func InClear() cmp.Option {
	return cmp.Transformer("number", func(n dialplan.Number) string { return string(n) })
}
