package billing_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"partyline/sip/billing"
	"partyline/sip/dialplan"
)

// person is somebody of a meeting on the phone: called after so long, or calling
// in, and there for so long.
type person struct {
	name         string
	after, stays time.Duration
	dialsIn      bool
}

// TestPeopleMinutes are the examples of the products that count people by time.
// At one unit a minute the records of all legs add up to them.
func TestPeopleMinutes(t *testing.T) {
	const minute = time.Minute
	for _, c := range []struct {
		name   string
		people []person
		want   billing.Micro
	}{
		{
			"A calls B and C, after 8 minutes comes D, 3 more minutes",
			[]person{{"A", 0, 11 * minute, false}, {"B", 0, 11 * minute, false}, {"C", 0, 11 * minute, false}, {"D", 8 * minute, 3 * minute, false}},
			36 * billing.Unit,
		},
		{
			"three for 10 minutes, one for 5, and one who dials in and pays alone",
			[]person{
				{"A", 0, 10 * minute, false},
				{"B", 0, 10 * minute, false},
				{"C", 0, 10 * minute, false},
				{"D", 0, 5 * minute, false},
				{"E", 0, 10 * minute, true},
			},
			35 * billing.Unit,
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			d, ledger := newDesk(t, company(100*billing.Unit))
			keep(t, d)
			var meeting sync.WaitGroup
			for i, p := range c.people {
				meeting.Go(func() {
					time.Sleep(p.after)
					r := call(p.name, beijing)
					r.To.Number = dialplan.Number(fmt.Sprint("+86106552000", i))
					r.Meeting = "m1"
					if p.dialsIn {
						r = billing.Request{Call: p.name, Direction: billing.Inbound, To: beijing, From: "+8613900000000", Meeting: "m1"}
					}
					tab := open(t, d, r)
					answer(t, tab)
					time.Sleep(p.stays)
					hangUp(t, tab)
				})
			}
			meeting.Wait()
			var sum billing.Micro
			for _, record := range ledger.Records() {
				sum += record.Cost
			}
			if s := ledger.Standing("company", "2000-01"); sum != c.want || s.Spent != c.want || len(ledger.Records()) != len(c.people) {
				t.Errorf("%s: %s people-minutes, %s spent, want %s", c.name, sum, s.Spent, c.want)
			}
		})
	}
}
