package dialout_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"partyline/signaling/dialout"
	"partyline/signaling/wire"
)

// crowd is n people.
func crowd(n int) []wire.Callee {
	all := make([]wire.Callee, n)
	for i := range all {
		all[i] = by(fmt.Sprintf("P%d", i), fmt.Sprintf("+5%03d", i))
	}
	return all
}

// TestPace: five hundred are called at the configured pace, no more of them
// ringing at once than allowed, and everybody in the end.
func TestPace(t *testing.T) {
	slow := answers{}
	for i := range 500 {
		slow[dialout.Number(fmt.Sprintf("+5%03d", i))] = []answer{{rings: 20 * time.Second, talks: time.Hour}}
	}
	inOffice(t, slow, func(o *office) {
		o.ask(wire.Dial{Kind: wire.DialRingAll, To: crowd(500)})
		after(10 * time.Second)
		if n := len(o.whom()); n < 45 || n > 51 {
			t.Errorf("%d calls begun in 10 s, at 5 a second", n)
		}
		after(15 * time.Minute)
		if sum := o.heard.last(); sum.States["joined"] != 500 {
			t.Errorf("in the end: %+v", sum)
		}
		if o.most != 60 {
			t.Errorf("%d rang at once, of 60", o.most)
		}
	}, func(c *dialout.Config) { c.Ringing = 60 })
}

// TestFairPace: somebody's five hundred do not keep another's one waiting.
func TestFairPace(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		o.ask(wire.Dial{Kind: wire.DialRingAll, To: crowd(500)})
		after(5 * time.Second)
		o.ask(wire.Dial{Kind: wire.DialInto, To: []wire.Callee{by("Bea", "+1")}})
		after(time.Second)
		if !slices.ContainsFunc(o.whom(), func(s string) bool { return strings.HasSuffix(s, " +1") }) {
			t.Error("one call waits behind five hundred")
		}
	})
}

// TestCancel: one or all, at any time, by whom the rules let.
func TestCancel(t *testing.T) {
	anybody := func(string, string) bool { return true }
	inOffice(t, answers{"+2": {{rings: time.Hour}}, "+3": {{cause: dialout.Busy}}}, func(o *office) {
		b := o.ask(wire.Dial{Kind: wire.DialRingAll, Retries: 1, To: []wire.Callee{by("", "+1"), by("", "+2"), by("", "+3"), by("", "+4")}})
		id := b.Batch.Batch
		after(5 * time.Second)
		o.want("before", o.states(id), "joined ringing retrying:busy joined")
		if err := o.Cancel(b.Calls[3].Call, anybody); err != nil {
			t.Error(err)
		}
		after(time.Second)
		o.want("one", o.states(id), "joined ringing retrying:busy ended:cancelled")
		if err := o.Cancel(id, func(by, meeting string) bool { return by != "ann" || meeting != "m1" }); !errors.Is(err, dialout.ErrNotAllowed) {
			t.Errorf("by somebody who may not: %v", err)
		}
		if err := o.Cancel(id, anybody); err != nil {
			t.Error(err)
		}
		after(time.Hour)
		o.want("all", o.states(id), "ended:cancelled ended:cancelled ended:cancelled ended:cancelled")
		o.wantCalls("0s +1", "0s +2", "0s +3", "1s +4")
		if err := o.Cancel("nobody", anybody); !errors.Is(err, dialout.ErrNotFound) {
			t.Errorf("of nobody: %v", err)
		}
	})
	inOffice(t, nil, func(o *office) {
		b := o.ask(wire.Dial{Kind: wire.DialInto, To: crowd(100)})
		after(time.Second)
		if err := o.Cancel(b.Batch.Batch, anybody); err != nil {
			t.Error(err)
		}
		after(time.Minute)
		if sum := o.heard.last(); sum.States["ended"] != 100 || len(o.whom()) > 6 {
			t.Errorf("of a hundred, cancelled early: %+v after %d calls", sum, len(o.whom()))
		}
	})
}

// TestKey: the same wish asked for twice is carried out once.
func TestKey(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		d := wire.Dial{Key: "a", Kind: wire.DialInto, To: []wire.Callee{by("Bea", "+1")}}
		first := o.ask(d)
		after(5 * time.Second)
		if again := o.ask(d); again.Batch.Batch != first.Batch.Batch || again.Calls[0].State != wire.CallJoined {
			t.Errorf("asked again: %+v", again)
		}
		other := d
		other.To = []wire.Callee{by("Cid", "+2")}
		if _, err := o.Dial(o.Context(), dialout.Wish{By: ann, Dial: other}); !errors.Is(err, dialout.ErrKeyReused) {
			t.Errorf("the same key for another: %v", err)
		}
		bob := dialout.Wish{By: dialout.Caller{Person: "bob"}, Dial: other}
		if _, err := o.Dial(o.Context(), bob); err != nil {
			t.Errorf("another person's same key: %v", err)
		}
		after(5 * time.Second)
		o.wantCalls("0s +1", "5s +2")
	})
}

// TestRefused: what cannot be begun at all says why.
func TestRefused(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		tests := map[string]struct {
			dial wire.Dial
			want error
		}{
			"no number":           {wire.Dial{Kind: wire.DialInto, To: []wire.Callee{by("", "12")}}, dialout.ErrBadNumber},
			"nobody":              {wire.Dial{Kind: wire.DialInto, To: []wire.Callee{{Person: "zoe"}}}, dialout.ErrNobody},
			"oneself nowhere":     {wire.Dial{Kind: wire.DialMe, From: &wire.Callee{Numbers: []string{"12"}}}, dialout.ErrBadNumber},
			"too many":            {wire.Dial{Kind: wire.DialInto, To: crowd(41)}, dialout.ErrTooMany},
			"oneself as another":  {wire.Dial{Kind: wire.DialCallback, To: []wire.Callee{by("", "+100")}}, dialout.ErrBadNumber},
			"callback to nowhere": {wire.Dial{Kind: wire.DialCallback, From: &wire.Callee{Numbers: []string{"1"}}, To: crowd(1)}, dialout.ErrBadNumber},
		}
		for name, test := range tests {
			if _, err := o.Dial(o.Context(), dialout.Wish{By: ann, Dial: test.dial}); !errors.Is(err, test.want) {
				t.Errorf("%s: %v, want %v", name, err, test.want)
			}
		}
		o.wantCalls()
		if _, err := (*dialout.Exchange)(nil).Dial(o.Context(), dialout.Wish{}); !errors.Is(err, dialout.ErrUnavailable) {
			t.Errorf("where there is no telephone: %v", err)
		}
	}, func(c *dialout.Config) { c.Waiting, c.Ringing = 40, 10 })
}

// TestSamePersonOnce: whoever stands twice in a list is called once.
func TestSamePersonOnce(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		b := o.ask(wire.Dial{Kind: wire.DialInto, To: []wire.Callee{by("Bea", "+1"), by("Bea again", "+1"), by("", "no")}})
		after(5 * time.Second)
		o.want("calls", o.states(b.Batch.Batch), "joined ended:wrong-number")
	})
}

// TestApproval: a call that needs an admin's yes waits for it.
func TestApproval(t *testing.T) {
	asks := answer{cause: dialout.Refused, approval: "KE"}
	for name, test := range map[string]struct {
		decide func(o *office)
		end    string
		calls  int
	}{
		"yes":             {func(o *office) { o.Decide("KE", true) }, "joined", 2},
		"no":              {func(o *office) { o.Decide("KE", false) }, "ended:not-approved", 1},
		"another country": {func(o *office) { o.Decide("TZ", true) }, "ended:not-approved", 1},
		"nobody says":     {func(*office) {}, "ended:not-approved", 1},
	} {
		t.Run(name, func(t *testing.T) {
			inOffice(t, answers{"+254": {asks, {talks: time.Hour}}}, func(o *office) {
				b := o.ask(wire.Dial{Kind: wire.DialInto, To: []wire.Callee{by("", "+254")}})
				after(time.Minute)
				o.want("at first", o.states(b.Batch.Batch), "approval:refused")
				test.decide(o)
				after(10 * time.Minute)
				o.want("then", o.states(b.Batch.Batch), test.end)
				if n := len(o.whom()); n != test.calls {
					t.Errorf("%d calls", n)
				}
			})
		})
	}
}

// TestDecidedMeanwhile: an answer that comes after the desk has refused a call,
// and before the call waits for one, is not missed; an earlier one is.
func TestDecidedMeanwhile(t *testing.T) {
	for name, test := range map[string]struct {
		granted bool
		end     string
	}{"yes": {true, "joined"}, "no": {false, "ended:not-approved"}} {
		t.Run(name, func(t *testing.T) {
			asks := answer{cause: dialout.Refused, approval: "KE"}
			var o *office
			asks.refusing = func() { o.Decide("KE", test.granted) }
			inOffice(t, answers{"+254": {asks, {talks: time.Hour}}}, func(at *office) {
				o = at
				b := o.ask(wire.Dial{Kind: wire.DialInto, To: []wire.Callee{by("", "+254")}})
				after(time.Minute)
				o.want("then", o.states(b.Batch.Batch), test.end)
			})
		})
	}
	inOffice(t, answers{"+254": {{cause: dialout.Refused, approval: "KE"}}}, func(o *office) {
		o.Decide("KE", true) // and taken back, as the desk knows
		after(time.Second)
		b := o.ask(wire.Dial{Kind: wire.DialInto, To: []wire.Callee{by("", "+254")}})
		after(time.Minute)
		o.want("then", o.states(b.Batch.Batch), "approval:refused")
	})
}

// TestMoney: the burn meter, every 5 s and as calls begin and end; to hosts all
// of it, to others their own.
func TestMoney(t *testing.T) {
	inOffice(t, answers{"+1": {{talks: 2 * time.Minute, warns: time.Minute}}, "+2": {{talks: time.Hour}}}, func(o *office) {
		o.ask(wire.Dial{Kind: wire.DialInto, To: []wire.Callee{by("Bea", "+1")}})
		if _, err := o.Dial(o.Context(), dialout.Wish{
			By: dialout.Caller{Person: "bob", Name: "Bob"}, Meeting: "m1", Dial: wire.Dial{Kind: wire.DialInto, To: []wire.Callee{by("Cid", "+2")}},
		}); err != nil {
			t.Fatal(err)
		}
		after(31 * time.Second)
		o.heard.mu.Lock()
		n, b := len(o.heard.burned), o.heard.burned[len(o.heard.burned)-1]
		o.heard.mu.Unlock()
		if n < 7 || n > 9 {
			t.Errorf("told %d times in 31 s", n)
		}
		all, anns, nobodys := b.For("", true), b.For("ann", false), b.For("zoe", false)
		if all.Rate != 2*perMinute || len(all.Legs) != 2 || all.Spent < 2*cost(29*time.Second) || all.Currency != "CNY" || all.Meeting != "m1" {
			t.Errorf("to hosts: %+v", all)
		}
		if anns.Rate != perMinute || len(anns.Legs) != 1 || anns.Spent >= all.Spent || len(nobodys.Legs)+int(nobodys.Spent) != 0 {
			t.Errorf("to Ann: %+v; to a stranger: %+v", anns, nobodys)
		}
		after(30 * time.Second)
		if w := o.heard.warned; len(w) != 2 || !w[1].Over || w[1].Seconds != 0 || w[0].Over || w[0].Seconds != 60 || w[0].About != "money" || w[0].Name != "Bea" || w[0].Payer == nil {
			t.Errorf("warned: %+v", w)
		}
		after(2 * time.Minute)
		r, ok := o.Receipt("m1", "ann")
		if !ok || r.Spent != cost(2*time.Minute) || r.Seconds != 120 || r.Running != 0 || r.Calls[0].Cause != "hung-up" {
			t.Errorf("receipt: %+v %v", r, ok)
		}
		r, ok = o.Receipt("m1", "bob")
		if !ok || r.Running != 1 || r.Calls[0].Cause != "" || r.Seconds < 178 || r.Spent < cost(178*time.Second) || r.Spent > cost(182*time.Second) {
			t.Errorf("receipt of a call that goes on: %+v %v", r, ok)
		}
		if _, ok = o.Receipt("m1", "zoe"); ok {
			t.Error("a receipt for whoever dialled nobody")
		}
	})
}

// TestMeterStops: when the last call has ended the meter says so, once, and
// nobody is told of money any more.
func TestMeterStops(t *testing.T) {
	inOffice(t, answers{"+1": {{talks: 10 * time.Second}}}, func(o *office) {
		o.ask(wire.Dial{Kind: wire.DialInto, To: []wire.Callee{by("Bea", "+1")}})
		after(time.Minute)
		n := len(o.heard.burned)
		last := o.heard.burned[n-1].For("", true)
		if len(last.Legs) != 0 || last.Spent != cost(10*time.Second) || last.Rate != 0 {
			t.Errorf("at last: %+v", last)
		}
		after(time.Minute)
		if len(o.heard.burned) != n {
			t.Error("the meter runs on")
		}
	})
}

// TestQuote: prices of all at once, quickly; one's own phone first.
func TestQuote(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		to := append(crowd(40), by("Pay", "+999"), by("", "no"))
		began := time.Now()
		q, err := o.Exchange.Quote(o.Context(), dialout.Wish{By: ann, Dial: wire.Dial{Kind: wire.DialCallback, To: to}})
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took > 100*time.Millisecond {
			t.Errorf("took %v", took)
		}
		if q.Rate != 41*perMinute || q.Currency != "CNY" || len(q.Prices) != 43 || q.Prices[0].Name != "Ann" || q.Prices[1].Name != "P0" {
			t.Errorf("quoted %+v", q)
		}
		if q.Prices[41].Refusal.Rule != "premium" || q.Prices[42].Refusal.Cause != "wrong-number" {
			t.Errorf("refused: %+v", q.Prices[41:])
		}
		o.wantCalls()
	})
}

// TestWatch: a page that comes back sees the batch as it stands, and then what
// happens to it.
func TestWatch(t *testing.T) {
	inOffice(t, answers{"+1": {{rings: 10 * time.Second, talks: time.Minute}}}, func(o *office) {
		b := o.ask(wire.Dial{Kind: wire.DialInto, To: []wire.Callee{by("Bea", "+1")}})
		after(5 * time.Second)
		var told []string
		s, cancel, ok := o.Watch(b.Batch.Batch, func(m wire.Message) {
			if c, ok := m.(*wire.CallChanged); ok {
				told = append(told, string(c.Call.State))
			} else {
				told = append(told, m.Kind())
			}
		})
		if !ok || s.Calls[0].State != wire.CallRinging {
			t.Fatalf("came back to %+v, %v", s, ok)
		}
		after(10 * time.Second)
		cancel()
		after(time.Hour)
		o.want("told", strings.Join(told, " "), "answered batch confirmed joined batch")
		if mine := o.Of("ann"); len(mine) != 1 || mine[0].Batch != b.Batch.Batch || len(o.Of("bob")) != 0 {
			t.Errorf("Ann's batches: %+v", mine)
		}
		if _, _, ok := o.Watch("nothing", nil); ok {
			t.Error("nothing can be watched")
		}
	})
}

// TestForgotten: batches are kept a while after their end, and not for ever.
func TestForgotten(t *testing.T) {
	inOffice(t, answers{"+1": {{talks: time.Minute}}}, func(o *office) {
		b := o.ask(wire.Dial{Kind: wire.DialInto, To: []wire.Callee{by("Bea", "+1")}})
		after(time.Minute)
		o.MeetingOver("m1")
		after(59 * time.Minute)
		if _, ok := o.Batch(b.Batch.Batch); !ok {
			t.Error("forgotten too early")
		}
		after(2 * time.Minute)
		if _, ok := o.Batch(b.Batch.Batch); ok {
			t.Error("kept for ever")
		}
	})
	inOffice(t, nil, func(o *office) {
		// A thousand batches whose calls could not begin: the memory has an end.
		for range 60 {
			b := o.ask(wire.Dial{Kind: wire.DialInto, To: crowd(500)})
			if err := o.Cancel(b.Batch.Batch, func(string, string) bool { return true }); err != nil {
				t.Fatal(err)
			}
		}
		after(time.Minute)
		kept := 0
		for _, b := range o.Of("ann") {
			kept += b.Total
		}
		if kept != 20_000 {
			t.Errorf("%d calls are kept", kept)
		}
	})
}

// TestShutdown: no more calls are placed; those that have joined go on as long
// as the server does.
func TestShutdown(t *testing.T) {
	inOffice(t, answers{"+2": {{rings: time.Hour}}, "+1": {{talks: time.Minute}}, "+3": {{talks: time.Hour}}}, func(o *office) {
		b := o.ask(wire.Dial{Kind: wire.DialInto, To: []wire.Callee{by("", "+1"), by("", "+2"), by("", "+3"), by("", "+4")}})
		after(time.Second)
		ctx, cancel := context.WithTimeout(o.Context(), 5*time.Minute)
		defer cancel()
		began := time.Now()
		var said []string
		_, _, _ = o.Watch(b.Batch.Batch, func(m wire.Message) {
			if c, ok := m.(*wire.CallChanged); ok && c.Call.State == wire.CallEnded {
				said = append(said, c.Call.Cause+time.Since(began).Round(time.Second).String())
			}
		})
		o.Shutdown(ctx)
		slices.Sort(said)
		if want := []string{"hung-up59s", "shutting-down0s", "shutting-down0s", "shutting-down5m0s"}; !slices.Equal(said, want) {
			t.Errorf("ended %q, want %q", said, want)
		}
		if _, err := o.Dial(o.Context(), dialout.Wish{By: ann, Dial: wire.Dial{Kind: wire.DialMe}}); !errors.Is(err, dialout.ErrShuttingDown) {
			t.Errorf("after the end: %v", err)
		}
	})
}

// TestConfig: what cannot be is refused with all that is wrong.
func TestConfig(t *testing.T) {
	if err := dialout.DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
	bad := dialout.Config{Currency: "yuan", RetryAfter: time.Second}
	err := bad.Validate()
	if err == nil || strings.Count(err.Error(), "\n") != 4 {
		t.Errorf("all wrong: %v", err)
	}
	if _, err := dialout.New(bad, nil, nil, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("an exchange of it")
	}
}

// TestSeated: the room tells as whom somebody sits there, and why it sends
// them away.
func TestSeated(t *testing.T) {
	inOffice(t, answers{"+1": {{talks: time.Minute}}}, func(o *office) {
		b := o.ask(wire.Dial{Kind: wire.DialInto, To: []wire.Callee{by("Bea", "+1"), by("Cid", "+2")}})
		after(5 * time.Second)
		bea, cid := o.placed[0].ID, o.placed[1].ID
		o.Seated(bea, 7)
		o.Explain(bea, dialout.Removed)
		o.End(cid, dialout.LastEmployee)
		after(time.Minute)
		s, _ := o.Batch(b.Batch.Batch)
		if s.Calls[0].Participant != 7 {
			t.Errorf("Bea is %+v", s.Calls[0])
		}
		o.want("ended", o.states(b.Batch.Batch), "ended:removed ended:last-employee")
		if _, ok := o.Expected(bea); ok {
			t.Error("somebody is expected by a call that is over")
		}
		synctest.Wait()
	})
}

// TestRingBackIsGivenUp: nobody is rung back into a meeting that is over, or
// by a server that stops, or for a caller who is gone.
func TestRingBackIsGivenUp(t *testing.T) {
	for name, test := range map[string]struct {
		stop func(o *office, b dialout.Snapshot)
		end  string
	}{
		"the meeting is over":       {func(o *office, _ dialout.Snapshot) { o.MeetingOver("m1") }, "meeting-ended"},
		"the server stops":          {func(o *office, _ dialout.Snapshot) { o.Drain() }, "shutting-down"},
		"the callback's caller too": {func(o *office, b dialout.Snapshot) { o.End(o.placed[0].ID, dialout.Removed) }, "caller-away"},
	} {
		t.Run(name, func(t *testing.T) {
			inOffice(t, answers{"+1": {{rings: time.Second, talks: 10 * time.Second, ends: dialout.Dropped}}}, func(o *office) {
				b := o.ask(wire.Dial{Kind: wire.DialCallback, To: []wire.Callee{by("Bea", "+1")}})
				after(13 * time.Second)
				o.want("waits to be rung back", string(mustBatch(o, b).Calls[1].State), "retrying")
				test.stop(o, b)
				after(time.Minute)
				if c := mustBatch(o, b).Calls[1]; c.State != wire.CallEnded || c.Cause != test.end {
					t.Errorf("in the end %+v", c)
				}
				o.wantCalls("0s +100", "1s +1")
			})
		})
	}
}

func mustBatch(o *office, b dialout.Snapshot) dialout.Snapshot {
	o.Helper()
	s, ok := o.Batch(b.Batch.Batch)
	if !ok {
		o.Fatal("the batch is forgotten")
	}
	return s
}
