package billing_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"partyline/sip/billing"
	"partyline/sip/billing/ledgertest"
)

// journal runs one in a bubble of synctest.
func journal(t *testing.T, m *ledgertest.Memory) (j *billing.Journal, stop func()) {
	t.Helper()
	j = billing.NewJournal(m, nil, nil)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		j.Run(ctx)
		close(ended)
	}()
	return j, func() {
		cancel()
		<-ended
	}
}

// TestJournalKeepsEveryLeg: opened, alive, closed, charged by its own rate.
func TestJournalKeepsEveryLeg(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := ledgertest.NewMemory(billing.Budget{ID: "b", Period: billing.Month, Limit: 1000})
		j, stop := journal(t, m)
		defer stop()
		began := time.Now().UTC()
		j.Open(billing.CDR{ID: "web", Kind: billing.Web, Direction: billing.Inbound, Setup: began})
		j.Open(billing.CDR{ID: "phone", Kind: billing.PhoneIn, Direction: billing.Inbound, Setup: began, Rate: billing.Rate{PerMinute: 60, Increment: 1}})
		synctest.Wait()
		if open := m.Records(); len(open) != 2 || open[0].State == billing.Closed {
			t.Fatalf("%+v", open)
		}
		j.Change("phone", func(c *billing.CDR) { c.State, c.Answer = billing.Answered, began })
		time.Sleep(12 * time.Second)
		synctest.Wait()
		for _, c := range m.Records() {
			if age := time.Since(c.Beat); age > 5*time.Second {
				t.Errorf("%s was last alive %v ago", c.ID, age)
			}
		}
		for _, id := range []string{"web", "phone", "unknown"} {
			j.Close(id, func(c *billing.CDR) { c.End, c.Cause = time.Now().UTC(), billing.CauseHungUp })
			j.Change(id, func(c *billing.CDR) { c.Cause = billing.CauseLost }) // too late
		}
		synctest.Wait()
		for _, c := range m.Records() {
			want := map[string]billing.Micro{"web": 0, "phone": 12}[c.ID]
			if c.State != billing.Closed || c.Cause != billing.CauseHungUp || c.Cost != want {
				t.Errorf("%+v, want cost %v", c, want)
			}
		}
		if s := m.Standing("b", billing.DatesAt(began, nil).Month); s.Spent != 12 || s.Held != 0 {
			t.Errorf("the company's budget: %+v", s)
		}
	})
}

// TestJournalOutlivesTheLedgersAbsence: nothing is lost, and nothing waits.
func TestJournalOutlivesTheLedgersAbsence(t *testing.T) {
	defer goleak.VerifyNone(t)
	synctest.Test(t, func(t *testing.T) {
		m := ledgertest.NewMemory()
		var away atomic.Bool
		away.Store(true)
		m.FailWith(func(string) error {
			if away.Load() {
				return errors.New("away")
			}
			return nil
		})
		j, stop := journal(t, m)
		for i := range 100 {
			id := fmt.Sprint("leg ", i)
			j.Open(billing.CDR{ID: id, Kind: billing.Web, Setup: time.Now()})
			if i%2 == 0 {
				j.Close(id, func(c *billing.CDR) { c.End = time.Now() })
			}
		}
		time.Sleep(time.Minute)
		away.Store(false)
		time.Sleep(3 * time.Second)
		synctest.Wait()
		closed := 0
		for _, c := range m.Records() {
			if c.State == billing.Closed {
				closed++
			}
		}
		if len(m.Records()) != 100 || closed != 50 {
			t.Errorf("%d records, %d closed", len(m.Records()), closed)
		}
		j.Close("leg 1", func(c *billing.CDR) { c.End = time.Now() })
		stop() // writes what is left
		if open, err := m.Unsettled(t.Context()); err != nil || len(open) != 49 {
			t.Errorf("%d are open: %v", len(open), err)
		}
	})
}
