//go:build e2e

package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"partyline/cmd/internal/bridge"
	"partyline/cmd/internal/voice"
	"partyline/sfu/audio"
	"partyline/signaling/wire"
	"partyline/sip/carrier"
)

// callees are the telephone company's in these tests.
const callees = `
number *001: ring 200ms, answer, hear, wait 1s, press 1, say hello, stay
number *002: ring 200ms, refuse 486
number *003: ring
number *004: ring 200ms, answer, say voicemail, say beep, stay
number *005: ring 200ms, answer, say fax, stay
number *007: ring 200ms, answer, hear, wait 1s, press 1, say hello, wait 2s, hangup
number *009: ring 200ms, answer twice, hear, wait 1s, press 1, stay
number *013: early unassigned, refuse 404
number *014: answer, hear, wait 1s, press 9, stay
number *020: answer, say ansam, stay
number *4xx: refuse digits
number *5xx: refuse digits
`

// prices are by the second.
const prices = "prefix,destination,rate_per_min,connect_fee,initial_s,increment_s\n49,Germany,0.6,0.05,1,1\n"

// payer is a company that calls, beside the telephone company it calls over.
type payer struct {
	*server
	carrier *carrier.Carrier
	meeting bridge.Meeting
	session *bridge.Session
	stalled time.Duration // of the machine, when it began

	mu       sync.Mutex // guards what follows
	calls    map[string][]wire.Call
	warnings []wire.MoneyWarning
	money    []wire.Money
}

// startPayer runs server and telephone company, sets prices, and seats the
// admin in a meeting.
func startPayer(t *testing.T) *payer {
	t.Helper()
	scenario, err := carrier.Parse(strings.NewReader(callees))
	if err != nil {
		t.Fatal(err)
	}
	company, err := carrier.New(carrier.Config{NewCodec: voice.NewCodec, Scenario: scenario})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := company.Close(); err != nil {
			t.Error(err)
		}
	})
	p := &payer{carrier: company, stalled: stalled(), calls: make(map[string][]wire.Call)}
	p.server = startServer(t, "sip.home_country=DE", "calls.currency=EUR", trunks(t,
		"[sip.trunk.outbound]", fmt.Sprintf("targets = [%q]", "sip:"+company.UDP().String()),
		`own_numbers = ["+493055550000"]`, `shown_number = "+493055550000"`))
	var preview struct {
		Deck   struct{ Version string }
		Faults []any
	}
	p.server.call("POST", "/decks?name=e2e", bridge.CSV(prices), &preview)
	if len(preview.Faults) > 0 {
		t.Fatalf("prices: %+v", preview)
	}
	p.server.call("POST", "/decks/"+preview.Deck.Version+"/activation", map[string]any{"confirm": true}, nil)
	p.meeting = p.server.meeting("Paid")
	p.sit()
	return p
}

// sit seats the admin in the meeting.
func (p *payer) sit() {
	p.t.Helper()
	ticket, err := p.Ticket(p.t.Context(), p.meeting.ID)
	if err == nil {
		p.session, err = p.Connect(p.t.Context(), ticket, p.see)
	}
	if err == nil {
		_, err = p.session.Join(p.t.Context(), p.meeting.ID, true)
	}
	if err != nil {
		p.t.Fatalf("%v\n%s", err, p.Log())
	}
	p.t.Cleanup(p.session.Close)
}

func (p *payer) see(m wire.Message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch m := m.(type) {
	case *wire.CallChanged:
		p.calls[m.Call.Call] = append(p.calls[m.Call.Call], m.Call)
	case *wire.MoneyWarning:
		p.warnings = append(p.warnings, *m)
	case *wire.Money:
		p.money = append(p.money, *m)
	}
}

// dial calls people into the meeting, and gives their calls in that order.
func (p *payer) dial(dial wire.Dial) []wire.Call {
	p.t.Helper()
	dial.Key = fmt.Sprintf("wish-%d", time.Now().UnixNano())
	m, err := p.session.Act(p.t.Context(), wire.Act{Action: wire.DialOut, Dial: &dial})
	if err != nil {
		p.t.Fatalf("%v\n%s", err, p.Log())
	}
	under, ok := m.(*wire.Dialling)
	if !ok {
		p.t.Fatalf("answered by %s", m.Kind())
	}
	return under.Calls
}

// becomes waits until a call is in a state, and gives it as it was then.
func (p *payer) becomes(call string, state wire.CallState) wire.Call {
	p.t.Helper()
	var found wire.Call
	p.waitFor(100*time.Second, fmt.Sprintf("%s to be %s", call, state), func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, c := range p.calls[call] {
			if c.State == state {
				found = c
				return true
			}
		}
		return false
	})
	return found
}

// accounted is a record as the API gives it, with its charge explained.
type accounted struct {
	ID, To, State, Cause, Hangup, Trunk string
	Status, Attempt                     int
	Cost                                int64
	DurationMs                          int64
	Answered                            string
	Charge                              *struct {
		Total    int64
		Verified *bool
		Steps    []any
	}
}

// record waits until the last record of a call's number is closed, and gives it
// with its charge explained.
func (p *payer) record(c wire.Call, number string) (r accounted) {
	p.t.Helper()
	p.waitFor(10*time.Second, "the record of "+c.Name, func() bool {
		var list struct{ Calls []accounted }
		p.server.call("GET", "/calls?batch="+c.Batch, nil, &list)
		for _, r = range list.Calls {
			if r.To == number && r.State == "closed" {
				return true
			}
		}
		return false
	})
	p.server.call("GET", "/calls/"+r.ID, nil, &r)
	return r
}

// seen is what the telephone company saw of a number.
func (p *payer) seen(number string) (found []carrier.Record) {
	p.t.Helper()
	p.waitFor(10*time.Second, "the telephone company's record of a number", func() bool {
		found = nil
		for _, r := range p.carrier.Records() {
			if string(r.To) == number {
				found = append(found, r)
			}
			if string(r.To) == number && r.Ended.IsZero() {
				return false
			}
		}
		return len(found) > 0
	})
	return found
}

func to(numbers ...string) (callees []wire.Callee) {
	for _, n := range numbers {
		callees = append(callees, wire.Callee{Name: "Number " + n[len(n)-3:], Numbers: []string{n}})
	}
	return callees
}

// TestE2EPaidCalls has the host ask for a price and call three numbers into the
// meeting. All come, one of them by two telephones at once, of which one costs
// money; one hangs up, the others are taken out. Records, charges and both
// exports are what the telephone company saw.
func TestE2EPaidCalls(t *testing.T) {
	p := startPayer(t)
	dial := wire.Dial{Kind: wire.DialInto, To: to("030 5555 00001", "030 5555 00007", "030 5555 00009")}
	m, err := p.session.Act(t.Context(), wire.Act{Action: wire.Quote, Dial: &dial})
	if err != nil {
		t.Fatalf("%v\n%s", err, p.Log())
	}
	if quote, ok := m.(*wire.Quoted); !ok || quote.Currency != "EUR" || len(quote.Prices) != 3 || quote.Prices[0].Rate != 600_000 || quote.Rate != 1_800_000 {
		t.Errorf("the price is %+v", m)
	}
	calls := p.dial(dial)
	if len(calls) != 3 {
		t.Fatalf("%d calls", len(calls))
	}
	for _, c := range calls {
		p.becomes(c.Call, wire.CallRinging)
		p.becomes(c.Call, wire.CallAnswered)
		if joined := p.becomes(c.Call, wire.CallJoined); joined.Participant == 0 {
			t.Errorf("%s is nobody in the roster", joined.Name)
		}
	}
	p.waitFor(10*time.Second, "the burn meter", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return len(p.money) > 0 && p.money[len(p.money)-1].Spent > 0
	})
	if ended := p.becomes(calls[1].Call, wire.CallEnded); ended.Cause != "hung-up" {
		t.Errorf("the second one ended by %q", ended.Cause)
	}
	for _, i := range []int{0, 2} {
		if _, err := p.session.Act(t.Context(), wire.Act{Action: wire.DialCancel, Value: calls[i].Call}); err != nil {
			t.Fatal(err)
		}
		p.becomes(calls[i].Call, wire.CallEnded)
	}
	costs := make(map[string]int64)
	for i, number := range []string{"+4930555500001", "+4930555500007", "+4930555500009"} {
		r := p.record(calls[i], number)
		seen := p.seen(number)
		if seen[0].From != "+493055550000" {
			t.Errorf("the telephone company saw %+v", seen)
		}
		p.agree(r, seen[0])
		costs[r.ID] = r.Cost
		for _, other := range seen[1:] {
			if !other.Second || other.Duration() > 2*time.Second+p.late() {
				t.Errorf("another telephone was on the line: %+v", other)
			}
		}
	}
	p.exported(costs)
}

// late is how much later than on a machine with nothing else to do messages may
// have come so far.
func (p *payer) late() time.Duration { return stalled() - p.stalled }

// agree holds a record against the telephone company's.
func (p *payer) agree(r accounted, seen carrier.Record) {
	p.t.Helper()
	givenUp := seen.Status == 487 // nobody waited for the final status
	if r.To != string(seen.To) || r.Status != seen.Status && !givenUp || (r.Answered != "") != !seen.Answered.IsZero() || r.Trunk != "carrier" {
		p.t.Errorf("record %+v\nand the telephone company's %+v", r, seen)
	}
	if apart := (time.Duration(r.DurationMs)*time.Millisecond - seen.Duration()).Abs(); apart > time.Second+p.late() {
		p.t.Errorf("the call lasted %d ms, and for the telephone company %v", r.DurationMs, seen.Duration())
	}
	if seen.Answered.IsZero() {
		if r.Cost != 0 {
			p.t.Errorf("an unanswered call costs %d", r.Cost)
		}
		return
	}
	seconds := (r.DurationMs + 999) / 1000
	if want := 50_000 + 10_000*seconds; r.Cost != want {
		p.t.Errorf("%d ms cost %d, not %d", r.DurationMs, r.Cost, want)
	}
	if r.Charge == nil || r.Charge.Total != r.Cost || r.Charge.Verified == nil || !*r.Charge.Verified || len(r.Charge.Steps) == 0 {
		p.t.Errorf("the charge is explained by %+v", r.Charge)
	}
}

// exported checks that both exports have the calls, and what they cost.
func (p *payer) exported(costs map[string]int64) {
	p.t.Helper()
	text, err := p.Fetch(p.t.Context(), "GET", "/calls/export?kind=pstn_out&format=csv", nil)
	if err != nil {
		p.t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff")))).ReadAll()
	if err != nil || len(rows) != len(costs)+1 {
		p.t.Fatalf("%d rows, %v\n%s", len(rows), err, text)
	}
	column := make(map[string]int)
	for i, name := range rows[0] {
		column[name] = i
	}
	for _, row := range rows[1:] {
		cost, err := strconv.ParseInt(row[column["cost_micro"]], 10, 64)
		if err != nil || cost == 0 || cost != costs[row[column["cdr_id"]]] {
			p.t.Errorf("CSV: %v", row)
		}
	}
	text, err = p.Fetch(p.t.Context(), "GET", "/calls/export?kind=pstn_out&format=jsonl", nil)
	if err != nil {
		p.t.Fatal(err)
	}
	lines := 0
	for line := range bytes.Lines(text) {
		var r struct {
			ID   string `json:"cdr_id"`
			Cost int64  `json:"cost_micro"`
			Call string `json:"sip_call_id"`
		}
		if err := json.Unmarshal(line, &r); err != nil {
			p.t.Fatalf("%v\n%s", err, line)
		}
		known := slices.ContainsFunc(p.carrier.Records(), func(seen carrier.Record) bool { return seen.Call == r.Call })
		if lines++; r.Cost == 0 || costs[r.ID] != r.Cost || !known {
			p.t.Errorf("JSON Lines: %s", line)
		}
	}
	if lines != len(costs) {
		p.t.Errorf("%d lines", lines)
	}
}

// TestE2ECallsThatFail has people called who are busy, do not answer, whose
// number is wrong, who are machines: the host is told, the record is kept, and
// nothing of it enters the meeting.
func TestE2ECallsThatFail(t *testing.T) {
	p := startPayer(t)
	wants := []struct{ number, cause string }{
		{"+4930555500002", "busy"},
		{"+4930555500003", "no-answer"},
		{"+4930555500004", "voicemail"},
		{"+4930555500005", "fax"},
		{"+4930555500404", "wrong-number"},
		{"+4930555500480", "no-answer"},
		{"+4930555500013", "wrong-number"},
		{"+4930555500014", "declined"},
		{"+4930555500020", "fax"},
		{"+4930555500484", "wrong-number"},
		{"+4930555500488", "unreachable"},
		{"+4930555500503", "trunk-down"},
	}
	var numbers []string
	for _, w := range wants {
		numbers = append(numbers, w.number)
	}
	calls := p.dial(wire.Dial{Kind: wire.DialInto, To: to(numbers...), Ring: 10})
	for i, w := range wants {
		if ended := p.becomes(calls[i].Call, wire.CallEnded); ended.Cause != w.cause {
			t.Errorf("%s ended by %q, want %s", w.number[10:], ended.Cause, w.cause)
		}
		seen := p.seen(w.number)
		r := p.record(calls[i], w.number)
		p.agree(r, seen[0])
		if r.Cause != w.cause {
			t.Errorf("the record of %s says %q", w.number[10:], r.Cause)
		}
		for _, c := range p.history(calls[i].Call) {
			if c.State == wire.CallJoined || c.Participant != 0 {
				t.Errorf("%s entered the meeting: %+v", w.number[10:], c)
			}
		}
	}
}

// history is what the host was told of a call.
func (p *payer) history(call string) []wire.Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]wire.Call(nil), p.calls[call]...)
}

// TestE2EMoneyRunsOut for one call, which is warned and ends alone: somebody who
// dialled in stays, and so does the host. It takes a minute, which is what a call
// holds of a budget beyond its use.
func TestE2EMoneyRunsOut(t *testing.T) {
	t.Parallel() // it does little but wait
	p := startPayer(t)
	var me struct{ Person struct{ ID string } }
	p.server.call("GET", "/session", nil, &me)
	const limit = 680_000
	p.server.call("POST", "/budgets", map[string]any{
		"payer": map[string]any{"kind": "person", "id": me.Person.ID}, "period": "month", "limit": limit, "hard": true,
	}, nil)
	visitor := p.dialIn(p.meeting.Number, "", audio.PCMA)
	call := p.dial(wire.Dial{Kind: wire.DialInto, To: to("030 5555 00001")})[0]
	p.becomes(call.Call, wire.CallJoined)
	if ended := p.becomes(call.Call, wire.CallEnded); ended.Cause != "no-money" {
		t.Errorf("the call ended by %q", ended.Cause)
	}
	r := p.record(call, "+4930555500001")
	if r.Cost > limit || r.Cost < limit-100_000 || r.Cause != "no-money" || r.Hangup != "us" {
		t.Errorf("the call cost %d of %d: %+v", r.Cost, limit, r)
	}
	p.agree(r, p.seen("+4930555500001")[0])
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.warnings) == 0 || p.warnings[0].About != "money" || p.warnings[0].Call != call.Call || p.warnings[0].Seconds <= 0 {
		t.Errorf("the host was warned of %+v", p.warnings)
	}
	select {
	case <-visitor.Done():
		t.Error("who dialled in was hung up on")
	case <-p.session.Done():
		t.Error("the host was sent away")
	default:
	}
}
