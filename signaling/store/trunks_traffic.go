package store

import (
	"context"

	"partyline/metrics/quality"
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

// traffic sums calls up.
type traffic struct{ hours, outcomes, setups *adding }

func newTraffic() traffic {
	return traffic{trunkHours().adding(), trunkOutcomes().adding(), setupQuarters().adding()}
}

// unplaced are the causes of calls for which no INVITE left.
var unplaced = map[billing.Cause]bool{billing.CauseRefused: true, billing.CauseNoMoney: true, billing.CauseNotCalled: true}

// add counts a call that is over, unless it was not placed over a trunk.
func (t traffic) add(c *billing.CDR) {
	answered := !c.Answer.IsZero()
	if c.Direction != billing.Outbound || c.Trunk == "" || !answered && unplaced[c.Cause] {
		return
	}
	hour := hourOf(c.Setup)
	sums := t.hours.at(c.Trunk, hour)
	sums[0]++
	sums[2] += c.Duration().Milliseconds()
	sums[3] += int64(c.Cost)
	end := outcome{status: c.Status, q850: c.Q850, rang: flag(!c.Ring.IsZero())}
	if answered {
		sums[1]++
		end.status = 200
	}
	if answered || end.rang == 1 {
		sums[4+bucket(c.PDD())]++
	}
	t.outcomes.at(c.Trunk, hour, int64(end.status), int64(end.q850), end.rang)[0]++
	setup := end.setup()
	addSetup(t.setups, quality.Phone, c.Setup, setup == quality.SetupIneffective || setup == quality.SetupRefused)
}

// addTraffic sums up calls that are over, in the transaction that closes them.
func addTraffic(ctx context.Context, tx bulk, calls ...billing.CDR) error {
	sums := newTraffic()
	for i := range calls {
		sums.add(&calls[i])
	}
	for _, a := range []*adding{sums.hours, sums.outcomes, sums.setups} {
		if err := a.write(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}
