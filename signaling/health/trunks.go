package health

import (
	"context"
	"time"

	"partyline/metrics/quality"
	"partyline/sip/billing"
)

// TrunkSum is how the calls of a trunk went.
type TrunkSum struct {
	Trunk      string
	Setups     map[quality.Setup]int // INVITEs by how they ended
	PDD, PDD95 time.Duration         // median and 95th percentile of calls that rang; 0: none did
	Talked     time.Duration         // of all that were answered
	Cost       billing.Micro
	Outcomes   []Outcome // the most frequent first, at most ten
	Count
}

// Outcome is how often calls ended with a status and cause.
type Outcome struct {
	Status, Q850 int
	Calls        int
}

// Trunks are how carriers do. The method may be called from any goroutine.
type Trunks interface {
	// TrunkSums are of calls that began then, by name.
	TrunkSums(ctx context.Context, from, to time.Time) ([]TrunkSum, error)
}
