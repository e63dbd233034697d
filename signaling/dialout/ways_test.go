package dialout_test

import (
	"fmt"
	"testing"
	"time"

	"partyline/signaling/dialout"
	"partyline/signaling/wire"
)

type answers = map[dialout.Number][]answer

// TestCallMe: the caller's own phone rings, at the account's number or the one
// they give, as themselves.
func TestCallMe(t *testing.T) {
	inOffice(t, nil, func(o *office) {
		o.ask(wire.Dial{Kind: wire.DialMe, ShownToMe: "+1", Shown: "+2"})
		o.ask(wire.Dial{Kind: wire.DialMe, From: &wire.Callee{Numbers: []string{"+300"}}})
		after(3 * time.Second)
		o.wantCalls("0s +100", "0s +300")
		if p := o.placed[0]; p.Shown != "+1" || !p.Self {
			t.Errorf("their own phone is called as %+v", p.Order)
		}
		e, ok := o.Expected(o.placed[1].ID)
		if !ok || e.To.Person != "ann" || e.To.Name != "Ann" || !e.Self {
			t.Errorf("who enters: %+v, %v", e, ok)
		}
	})
}

// TestCallInto: several are called at once; each way in which a call goes on
// is told, and so is how it failed.
func TestCallInto(t *testing.T) {
	inOffice(t, answers{
		"+1": {{rings: 3 * time.Second, talks: time.Minute}},
		"+2": {{rings: 2 * time.Second, cause: dialout.Busy}},
		"+3": {{rings: time.Hour}},
	}, func(o *office) {
		b := o.ask(wire.Dial{Kind: wire.DialInto, To: []wire.Callee{by("Bea", "+1"), by("Cid", "+2"), by("Dan", "+3"), by("Eve", "110")}})
		after(50 * time.Second)
		o.want("Bea", o.heard.of("Bea"), "queued trying trying ringing answered confirmed joined")
		o.want("Cid", o.heard.of("Cid"), "queued trying trying ringing ended:busy")
		o.want("Dan", o.heard.of("Dan"), "queued trying trying ringing ended:no-answer")
		o.want("Eve", o.heard.of("Eve"), "ended:wrong-number")
		after(time.Minute)
		o.want("all", o.states(b.Batch.Batch), "ended:hung-up ended:busy ended:no-answer ended:wrong-number")
		last := o.heard.last()
		if last.EndedAt == 0 || last.Spent != cost(time.Minute) || last.Causes["busy"] != 1 || last.States["ended"] != 4 {
			t.Errorf("in the end: %+v", last)
		}
	})
}

// TestCallback: the others are rung when the caller has joined, each from then
// on; and not any longer when the caller is gone.
func TestCallback(t *testing.T) {
	to := []wire.Callee{by("Bea", "+1"), by("Cid", "+2")}
	t.Run("the caller answers", func(t *testing.T) {
		inOffice(t, answers{"+100": {{rings: 10 * time.Second, talks: time.Hour}}}, func(o *office) {
			o.ask(wire.Dial{Kind: wire.DialCallback, To: to, Shown: "+8", ShownToMe: "+9"})
			after(time.Minute)
			o.wantCalls("0s +100", "10s +1", "10s +2")
			mine, theirs := o.placed[0], o.placed[1]
			if mine.Shown != "+9" || theirs.Shown != "+8" || theirs.Parent != mine.ID {
				t.Errorf("shown %q and %q, for %q", mine.Shown, theirs.Shown, theirs.Parent)
			}
		})
	})
	t.Run("the caller is busy", func(t *testing.T) {
		inOffice(t, answers{"+100": {{cause: dialout.Busy}}}, func(o *office) {
			b := o.ask(wire.Dial{Kind: wire.DialCallback, To: to})
			after(time.Minute)
			o.wantCalls("0s +100")
			o.want("all", o.states(b.Batch.Batch), "ended:busy ended:caller-away ended:caller-away")
		})
	})
	t.Run("the caller hangs up before somebody answers", func(t *testing.T) {
		inOffice(t, answers{
			"+100": {{rings: time.Second, talks: 5 * time.Second}},
			"+1":   {{rings: 2 * time.Second, talks: time.Hour}},
			"+2":   {{rings: time.Hour}},
		}, func(o *office) {
			b := o.ask(wire.Dial{Kind: wire.DialCallback, To: to})
			after(time.Minute)
			o.want("all", o.states(b.Batch.Batch), "ended:hung-up joined ended:caller-away")
		})
	})
}

// TestRingAll: who did not come is called again, 15-90 s apart, at other
// numbers of theirs first.
func TestRingAll(t *testing.T) {
	busy := answer{rings: time.Second, cause: dialout.Busy}
	joins := answer{rings: time.Second, talks: time.Hour}
	tests := map[string]struct {
		answers answers
		to      wire.Callee
		calls   []string
		end     string
	}{
		"comes the second time":     {answers{"+1": {busy, joins}}, by("", "+1"), []string{"0s +1", "31s +1"}, "joined"},
		"never comes":               {answers{"+1": {busy}}, by("", "+1"), []string{"0s +1", "31s +1", "1m2s +1"}, "ended:busy"},
		"by the other number":       {answers{"+201": {busy}, "+202": {joins}}, wire.Callee{Person: "bob"}, []string{"0s +201", "2s +202"}, "joined"},
		"both numbers, again":       {answers{"+1": {busy}, "+2": {busy, joins}}, by("", "+1", "+2"), []string{"0s +1", "2s +2", "33s +1", "35s +2"}, "joined"},
		"declined":                  {answers{"+1": {{cause: dialout.Declined}}}, by("", "+1"), []string{"0s +1"}, "ended:declined"},
		"refused by a rule":         {answers{"+1": {{cause: dialout.Refused}}}, by("", "+1", "+2"), []string{"0s +1"}, "ended:refused"},
		"no money":                  {answers{"+1": {{cause: dialout.NoMoney}}}, by("", "+1"), []string{"0s +1"}, "ended:no-money"},
		"voicemail, then themself":  {answers{"+1": {{cause: dialout.Voicemail}, joins}}, by("", "+1"), []string{"0s +1", "30s +1"}, "joined"},
		"a fax is not tried again":  {answers{"+1": {{cause: dialout.Fax}}, "+2": {busy}}, by("", "+1", "+2"), []string{"0s +1", "1s +2", "32s +2", "1m3s +2"}, "ended:busy"},
		"no such number":            {answers{"+1": {{cause: dialout.WrongNumber}}}, by("", "+1"), []string{"0s +1"}, "ended:wrong-number"},
		"answered and not joined":   {answers{"+1": {{cause: dialout.NotJoined}, joins}}, by("", "+1"), []string{"0s +1", "30s +1"}, "joined"},
		"who joined and left stays": {answers{"+1": {{talks: time.Minute}}}, by("", "+1"), []string{"0s +1"}, "ended:hung-up"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inOffice(t, test.answers, func(o *office) {
				b := o.ask(wire.Dial{Kind: wire.DialRingAll, To: []wire.Callee{test.to}, Retries: 2, RetryAfter: 30})
				after(10 * time.Minute)
				o.wantCalls(test.calls...)
				o.want("in the end", o.states(b.Batch.Batch), test.end)
			})
		})
	}
}

// TestRetryingIsTold: when the next try is, and what failed.
func TestRetryingIsTold(t *testing.T) {
	inOffice(t, answers{"+1": {{cause: dialout.Busy}}}, func(o *office) {
		b := o.ask(wire.Dial{Kind: wire.DialRingAll, To: []wire.Callee{by("Bea", "+1"), by("Cid", "+2")}, Retries: 1, RetryAfter: 90})
		began := time.Now()
		after(5 * time.Second)
		s, _ := o.Batch(b.Batch.Batch)
		if c := s.Calls[0]; c.Attempt != 1 || c.Of != 2 || c.RetryAt != began.Add(90*time.Second).UnixMilli() || c.Cause != "busy" {
			t.Errorf("busy: %+v", c)
		}
		if sum := o.heard.last(); sum.States["joined"] != 1 || sum.Causes["busy"] != 1 || sum.RetryAt != s.Calls[0].RetryAt {
			t.Errorf("1 joined, 1 busy: %+v", sum)
		}
	})
}

// TestRingBack: a call that the network dropped is placed once more, where
// that is allowed, and not into a meeting that is over.
func TestRingBack(t *testing.T) {
	dropped := answers{"+1": {{talks: time.Minute, ends: dialout.Dropped}}}
	t.Run("once", func(t *testing.T) {
		inOffice(t, dropped, func(o *office) {
			b := o.ask(wire.Dial{Kind: wire.DialInto, To: []wire.Callee{by("Bea", "+1")}})
			after(10 * time.Minute)
			o.wantCalls("0s +1", "1m2s +1")
			o.want("in the end", o.states(b.Batch.Batch), "ended:dropped")
			if got := o.heard.last().Spent; got != cost(2*time.Minute) {
				t.Errorf("both calls cost %d", got)
			}
		})
	})
	t.Run("not where it is off", func(t *testing.T) {
		inOffice(t, answers{"+1": {{talks: time.Minute, ends: dialout.Dropped}}}, func(o *office) {
			o.ask(wire.Dial{Kind: wire.DialInto, To: []wire.Callee{by("Bea", "+1")}})
			after(10 * time.Minute)
			o.wantCalls("0s +1")
		}, func(c *dialout.Config) { c.RingBack = false })
	})
	t.Run("not after the meeting", func(t *testing.T) {
		inOffice(t, answers{"+1": {{talks: time.Minute, ends: dialout.Dropped}}}, func(o *office) {
			b := o.ask(wire.Dial{Kind: wire.DialInto, To: []wire.Callee{by("Bea", "+1")}})
			after(30 * time.Second)
			o.MeetingOver("m1")
			after(10 * time.Minute)
			o.wantCalls("0s +1")
			o.want("in the end", o.states(b.Batch.Batch), "ended:meeting-ended")
		})
	})
}

// TestLimitOfCalls: who is refused because too many calls run already waits for
// their turn, and is called in the end, without being asked for all the time.
func TestLimitOfCalls(t *testing.T) {
	talks := answers{}
	for i := range 80 {
		talks[dialout.Number(fmt.Sprintf("+5%03d", i))] = []answer{{rings: time.Second, talks: 10 * time.Minute}}
	}
	inOffice(t, talks, func(o *office) {
		o.lines = 50
		o.ask(wire.Dial{Kind: wire.DialRingAll, To: crowd(80)})
		after(time.Minute)
		if sum := o.heard.last(); sum.States["joined"] != 50 || sum.States["ended"] != 0 {
			t.Errorf("after a minute: %+v", sum)
		}
		after(11 * time.Minute)
		if sum := o.heard.last(); sum.States["joined"] != 30 || sum.Causes["hung-up"] != 50 {
			t.Errorf("when lines are free again: %+v", sum)
		}
		if n := len(o.whom()); n > 80+100 {
			t.Errorf("%d attempts for 80 calls", n)
		}
	})
}

// TestLimitForEver: a limit that does not go away ends the calls at last.
func TestLimitForEver(t *testing.T) {
	for _, rule := range []string{"concurrency", "velocity-person", "velocity-prefix", "velocity-trunk"} {
		inOffice(t, answers{"+1": {{rule: rule}}, "+2": {{rule: rule}}}, func(o *office) {
			b := o.ask(wire.Dial{Kind: wire.DialRingAll, To: []wire.Callee{by("", "+1"), by("", "+2")}})
			after(14 * time.Minute)
			o.want(rule, o.states(b.Batch.Batch), "retrying:refused retrying:refused")
			after(2 * time.Minute)
			o.want(rule, o.states(b.Batch.Batch), "ended:refused ended:refused")
		})
	}
}

// TestReminder: who is called for a reminder is rung once, whatever comes of it,
// and what they answer by a key is told.
func TestReminder(t *testing.T) {
	inOffice(t, answers{
		"+1": {{rings: time.Second, reply: wire.ReplyLate}, {rings: time.Second, talks: time.Minute}},
		"+2": {{rings: time.Second, cause: dialout.Busy}, {rings: time.Second, talks: time.Minute}},
		"+3": {{rings: time.Second, talks: time.Minute, ends: dialout.Dropped}, {rings: time.Second, talks: time.Minute}},
	}, func(o *office) {
		b, err := o.Dial(o.Context(), dialout.Wish{
			By: ann, Meeting: "m1", Reminder: &dialout.Reminder{Occasion: dialout.OfMeeting},
			Dial: wire.Dial{Kind: wire.DialRingAll, Retries: 3, RetryAfter: 15, To: []wire.Callee{by("Bea", "+1"), by("Cid", "+2"), by("Dan", "+3")}},
		})
		if err != nil {
			t.Fatal(err)
		}
		after(10 * time.Minute)
		o.want("all", o.states(b.Batch.Batch), "ended:hung-up ended:busy ended:dropped")
		if len(o.placed) != 3 || o.placed[0].Reminder == nil {
			t.Errorf("%d calls are placed: %+v", len(o.placed), o.placed)
		}
		if s, _ := o.Batch(b.Batch.Batch); s.Calls[0].Reply != wire.ReplyLate || s.Calls[1].Reply != "" {
			t.Errorf("replies: %+v", s.Calls)
		}
	})
}
