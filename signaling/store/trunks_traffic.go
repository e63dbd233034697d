package store

import (
	"context"

	"partyline/sip/billing"
)

// trunkHours and trunkOutcomes are what the calls of trunks come to.
func trunkHours() rollup {
	return rollup{
		table: "trunk_hour", keys: []string{"trunk", "hour"},
		sums: append([]string{"calls", "answered", "duration_ms", "cost"}, timeColumns()...),
	}
}

func trunkOutcomes() rollup {
	return rollup{table: "trunk_outcome", keys: []string{"trunk", "hour", "status", "q850", "rang"}, sums: []string{"calls"}}
}

// unplaced are the causes of calls for which no INVITE left.
var unplaced = map[billing.Cause]bool{billing.CauseRefused: true, billing.CauseNoMoney: true, billing.CauseNotCalled: true}

// addTraffic sums up calls that are over, in the transaction that closes them.
func addTraffic(ctx context.Context, tx bulk, calls ...billing.CDR) error {
	hours, outcomes := trunkHours().adding(), trunkOutcomes().adding()
	for i := range calls {
		c := &calls[i]
		answered := !c.Answer.IsZero()
		if c.Direction != billing.Outbound || c.Trunk == "" || !answered && unplaced[c.Cause] {
			continue
		}
		hour := hourOf(c.Setup)
		sums := hours.at(c.Trunk, hour)
		sums[0]++
		sums[2] += c.Duration().Milliseconds()
		sums[3] += int64(c.Cost)
		status, rang := int64(c.Status), int64(0)
		if answered {
			sums[1]++
			status = 200
		}
		if !c.Ring.IsZero() {
			rang = 1
		}
		if answered || rang == 1 {
			sums[4+bucket(c.PDD())]++
		}
		outcomes.at(c.Trunk, hour, status, int64(c.Q850), rang)[0]++
	}
	if err := hours.write(ctx, tx); err != nil {
		return err
	}
	return outcomes.write(ctx, tx)
}
