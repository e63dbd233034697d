//go:build e2e

package main

import (
	"context"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"partyline/cmd/internal/bridge"
	"partyline/cmd/internal/voice"
	"partyline/signaling/wire"
	"partyline/sip/carrier"
)

// paidCall is a record as the API shows it.
type paidCall struct {
	ID       string    `json:"id"`
	Batch    string    `json:"batch"`
	State    string    `json:"state"`
	Number   string    `json:"to"`
	Answered time.Time `json:"answered"`
	Ended    time.Time `json:"ended"`
	Cost     int64     `json:"cost"`
	Cause    string    `json:"cause"`
}

// books is all that the company knows of its calls and its money.
type books struct {
	calls       []paidCall
	spent, held int64
}

// TestE2EKilledInACall kills the server at every step of a call, starts it
// again, and holds records and budget against what the telephone company saw:
// what was not answered costs nothing, what was costs what it lasted until the
// last sign of life, each call is settled once, and nothing stays held.
func TestE2EKilledInACall(t *testing.T) {
	network := telephoneCompany(t)
	s := startServer(t, "sip.home_country=DE")
	s.paid(network)
	m := s.meeting("Round")
	var before books
	for _, step := range []struct {
		name   string
		number string
		state  wire.CallState // kill when the call is, and then so long …
		after  time.Duration
	}{
		{"ordered", "+493055550018", wire.CallQueued, 0},
		{"tried", "+493055550018", wire.CallTrying, 0},
		{"ringing", "+493055550018", wire.CallRinging, 0},
		{"answered", "+493055550012", wire.CallAnswered, 0},
		{"asked to join", "+493055550012", wire.CallAnswered, time.Second},
		{"joined", "+493055550001", wire.CallJoined, 0},
		{"talking", "+493055550001", wire.CallJoined, 7 * time.Second},
		{"hanging up", "+493055550007", wire.CallEnded, 0},
	} {
		seen, stood := len(network.Records()), stalled()
		killed := s.killedWhen(m, step.number, step.state, step.after)
		after := s.books()
		fresh := slices.DeleteFunc(slices.Clone(after.calls), func(c paidCall) bool {
			return slices.ContainsFunc(before.calls, func(old paidCall) bool { return old == c })
		})
		if len(fresh) > 1 || len(after.calls) != len(before.calls)+len(fresh) {
			t.Errorf("%s: records are new or have changed: %+v", step.name, fresh)
		}
		if calls := network.Records(); len(fresh) == 0 && len(calls) > seen {
			t.Errorf("%s: there is no record of %+v", step.name, calls[seen:])
		}
		for _, c := range fresh {
			checkKilled(t, step.name, c, network.Records()[seen:], killed, stalled()-stood)
		}
		if after.held != 0 {
			t.Errorf("%s: %d is still held", step.name, after.held)
		}
		total := int64(0)
		for _, c := range after.calls {
			total += c.Cost
		}
		if total != after.spent {
			t.Errorf("%s: the calls cost %d, the budget says %d", step.name, total, after.spent)
		}
		before = after
	}
	s.end(syscall.SIGKILL)
	s.restart()
	if again := s.books(); !slices.Equal(again.calls, before.calls) || again.spent != before.spent {
		t.Errorf("starting again changes the books: %+v, then %+v", before, again)
	}
}

// checkKilled holds one record against the telephone company's. What the server
// was to write may not be written yet where the machine was late.
func checkKilled(t *testing.T, step string, c paidCall, seen []carrier.Record, killed time.Time, late time.Duration) {
	t.Helper()
	if c.State != "closed" || c.Ended.IsZero() {
		t.Errorf("%s: the record is %s", step, c.State)
	}
	// An INVITE may have been on its way when the server died.
	answered := slices.ContainsFunc(seen, func(r carrier.Record) bool { return !r.Answered.IsZero() && r.Answered.Before(killed) })
	if c.Answered.IsZero() {
		if c.Cost != 0 {
			t.Errorf("%s: a call that nobody answered costs %d", step, c.Cost)
		}
		if answered && killed.Sub(seen[0].Answered) > time.Second+late {
			t.Errorf("%s: the telephone company saw an answer, the record none", step)
		}
		return
	}
	if !answered {
		t.Errorf("%s: the record has an answer, the telephone company none: %+v", step, seen)
	}
	lasted, cost := c.Ended.Sub(c.Answered), time.Duration(c.Cost)
	least, most := killed.Sub(c.Answered)-5*time.Second-late, killed.Sub(c.Answered)+time.Second
	if lasted < least || lasted > most || cost < 60_000 || cost > time.Duration(50_000+10_000*int64(most/time.Second+1)) {
		t.Errorf("%s: a call of %v until the end is settled as %v for %d", step, killed.Sub(c.Answered), lasted, c.Cost)
	}
}

// telephoneCompany is a simulated one on loopback.
func telephoneCompany(t *testing.T) *carrier.Carrier {
	t.Helper()
	network, err := carrier.New(carrier.Config{NewCodec: voice.NewCodec})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := network.Close(); err != nil {
			t.Error(err)
		}
	})
	return network
}

// paid gives the server a trunk, a price of 0.60 a minute by the second and
// 0.05 for the connection, and a budget of 100.
func (s *server) paid(network *carrier.Carrier) {
	s.t.Helper()
	err := s.Prices(s.t.Context(), "prefix,destination,rate_per_min,connect_fee,initial_s,increment_s\n49,Germany,0.6,0.05,1,1\n")
	if err == nil {
		err = s.Trunk(s.t.Context(), "simulated", network.UDP(), "+4930901820")
	}
	if err != nil {
		s.t.Fatalf("%v\n%s", err, s.Log())
	}
	s.call("POST", "/budgets", map[string]any{"payer": map[string]any{"kind": "company"}, "period": "month", "limit": 100_000_000, "hard": true}, nil)
}

// killedWhen has a number called, kills the server in the given state of the
// call or a while later, and starts it again. It gives the time of death.
func (s *server) killedWhen(m bridge.Meeting, number string, state wire.CallState, after time.Duration) time.Time {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 2*time.Minute)
	defer cancel()
	d, err := s.Dialler(ctx, m.ID)
	if err != nil {
		s.t.Fatalf("%v\n%s", err, s.Log())
	}
	call, err := d.Call(ctx, number)
	if err == nil && state != wire.CallQueued {
		_, err = d.Await(ctx, call, state)
	}
	if err != nil {
		s.t.Fatalf("%s: %v\n%s", strings.TrimPrefix(number, "+"), err, s.Log())
	}
	time.Sleep(after)
	ended := s.end(syscall.SIGKILL)
	killed := time.Now()
	if err := within(s.t, 10*time.Second, ended); err == nil {
		s.t.Error("a killed server ended well")
	}
	d.Close()
	s.restart()
	return killed
}

// books reads calls and budget.
func (s *server) books() books {
	s.t.Helper()
	var found struct {
		Calls []paidCall `json:"calls"`
	}
	s.call("GET", "/calls?limit=500&kind=pstn_out", nil, &found)
	var budgets []struct {
		Spent int64 `json:"spent"`
		Held  int64 `json:"held"`
	}
	s.call("GET", "/budgets", nil, &budgets)
	if len(budgets) != 1 {
		s.t.Fatalf("budgets: %+v", budgets)
	}
	return books{found.Calls, budgets[0].Spent, budgets[0].Held}
}
