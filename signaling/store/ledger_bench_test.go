package store_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"partyline/signaling/store"
	"partyline/sip/billing"
)

// BenchmarkLedger is the money of one call from its hold to its charge: opened
// with three budgets, answered, beaten and settled. Eight calls at a time are
// what a company of a few hundred people dials on a Monday.
func BenchmarkLedger(b *testing.B) {
	onBoth(b, func(b *testing.B, s *store.Store) {
		addBudgets(b, s,
			billing.Budget{ID: "b1", Period: billing.Month, Limit: 1e15, Hard: true},
			billing.Budget{ID: "b2", Payer: ann, Period: billing.Day, Limit: 1e15, Hard: true},
			billing.Budget{ID: "b3", Payer: billing.Payer{Kind: billing.CostCentre, ID: "4711"}, Period: billing.Month, Limit: 1e15})
		hold := holdOf(360_000, everybody, ann, billing.Payer{Kind: billing.CostCentre, ID: "4711"})
		var calls atomic.Int64
		began := cpu(b)
		b.SetParallelism(8)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				c := fullRecord(b, fmt.Sprintf("c%09d", calls.Add(1)))
				c.State, c.Setup = billing.Opened, start.Add(time.Duration(calls.Load())*time.Millisecond)
				if err := oneCall(b, s, c, hold); err != nil {
					b.Error(err)
				}
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
		b.ReportMetric(float64((cpu(b)-began).Microseconds())/float64(b.N)/1000, "cpu-ms/call")
		if err := s.ProveLedger(b.Context()); err != nil {
			b.Error(err)
		}
	})
}

func oneCall(b *testing.B, s *store.Store, c billing.CDR, hold billing.Hold) error {
	if _, err := s.Open(b.Context(), c, hold); err != nil {
		return err
	}
	c.State = billing.Answered
	if err := s.Update(b.Context(), c); err != nil {
		return err
	}
	if err := s.Beat(b.Context(), []billing.Beat{{Call: c.ID, At: c.Setup.Add(5 * time.Second)}}); err != nil {
		return err
	}
	_, err := s.Settle(b.Context(), c, billing.Charge{Micro: 198_000, Seconds: 66})
	return err
}
