package dialout

import (
	"context"
	"slices"
	"time"

	"partyline/signaling/wire"
)

const (
	// altAfter is how soon the next number of somebody is tried.
	altAfter = time.Second
	// ringBackAfter is how soon a call that the network dropped is placed again.
	ringBackAfter = 2 * time.Second
)

// call is somebody who is to be reached. It belongs to the exchange's
// goroutine.
type call struct {
	id    string
	batch *batch
	to    Callee
	self  bool // the caller's own phone
	kept  bool // in Config.Queue

	state  wire.CallState
	since  time.Time
	due    time.Time // queued, retrying: when it may begin; approval: until when it waits
	round  int       // of trying all numbers, from 1; 0 before the first
	anew   bool      // the next attempt begins a round
	tries  int       // calls placed so far
	next   int       // index of the number to call
	struck []bool    // numbers that are not called any more

	begun       time.Time // the last attempt
	order       string    // id of the attempt that goes on; empty: none
	cancel      context.CancelCauseFunc
	why         Cause // that ended the attempt from our side
	joined      bool  // by the attempt that goes on
	reply       wire.Reply
	early       bool // whoever dialled hears the network, in this attempt
	rungBack    bool
	participant uint32

	last       Outcome
	price      *wire.Price
	approval   string // country that it waits for a yes to
	answeredAt time.Time
	endedAt    time.Time
	spent      int64
	seconds    int // from the answer on, of all attempts
}

// pending tells whether the call waits for its turn.
func (c *call) pending() bool { return c.state == wire.CallQueued || c.state == wire.CallRetrying }

// ringing tells whether an attempt goes on that has not joined.
func (c *call) ringing() bool { return c.order != "" && !c.joined }

func (c *call) over() bool { return c.state == wire.CallEnded }

func (c *call) become(state wire.CallState, now time.Time) { c.state, c.since = state, now }

// begin takes the call's turn and gives the number to call.
func (c *call) begin(order string, cancel context.CancelCauseFunc, now time.Time) Number {
	if c.anew {
		c.round++
	}
	c.anew = false
	c.tries++
	c.order, c.cancel, c.why, c.joined, c.early = order, cancel, "", false, false
	c.last, c.price, c.answeredAt, c.participant, c.begun = Outcome{}, nil, time.Time{}, 0, now
	c.become(wire.CallTrying, now)
	return c.to.Numbers[c.next]
}

// progress takes a step of the attempt. It reports whether anything is
// different now. Steps never go back: 180 may follow 183, and both a fork's 200.
func (c *call) progress(p Progress, now time.Time) bool {
	changed := p.Early && !c.early
	c.early = c.early || p.Early
	if p.Reply != "" {
		c.reply, changed = p.Reply, true
	}
	if p.Price != nil {
		c.price, changed = p.Price, true
	}
	if p.State == "" || slices.Index(steps, p.State) <= slices.Index(steps, c.state) {
		return changed
	}
	if p.At.IsZero() {
		p.At = now
	}
	if slices.Index(steps, p.State) >= slices.Index(steps, wire.CallAnswered) && c.answeredAt.IsZero() {
		c.answeredAt = p.At
	}
	c.joined = c.joined || p.State == wire.CallJoined
	c.become(p.State, p.At)
	return true
}

// steps are the states of an attempt in their order.
var steps = []wire.CallState{wire.CallTrying, wire.CallRinging, wire.CallAnswered, wire.CallConfirmed, wire.CallJoined}

// finish takes how the attempt ended, and decides what follows.
func (c *call) finish(o Outcome, cfg Config, now time.Time) {
	if c.why != "" {
		o.Cause, o.Rule, o.Detail = c.why, "", nil
	}
	talked := c.joined
	c.last, c.order, c.cancel, c.joined = o, "", nil, false
	c.spent += o.Spent
	if !o.Answered.IsZero() {
		c.answeredAt = o.Answered
	}
	if !c.answeredAt.IsZero() && o.Ended.After(c.answeredAt) {
		c.seconds += int(o.Ended.Sub(c.answeredAt).Round(time.Second) / time.Second)
	}
	switch {
	case c.why != "":
		c.end(now)
	case talked:
		c.afterTalk(cfg, now)
	case o.Approval != "":
		c.approval, c.due = o.Approval, now.Add(cfg.ApproveWithin)
		c.become(wire.CallApproval, now)
	case o.Cause == Refused && limits[o.Rule] && c.batch.limited(c, now):
	case final[o.Cause]:
		c.end(now)
	default:
		c.again(o.Cause, now)
	}
}

// final are the causes after which nobody is tried again: they would say the
// same once more.
var final = map[Cause]bool{
	Declined: true, NoMoney: true, Refused: true, Cancelled: true, MaxDuration: true, LastEmployee: true,
	NotApproved: true, CallerAway: true, Removed: true, MeetingEnded: true, Replaced: true, ShuttingDown: true, Fault: true,
}

// afterTalk is what follows when somebody who was in the meeting is gone: only
// a call that the network dropped is placed again, once.
func (c *call) afterTalk(cfg Config, now time.Time) {
	if c.last.Cause != Dropped || !cfg.RingBack || c.rungBack || c.batch.reminder != nil {
		c.end(now)
		return
	}
	c.rungBack = true
	c.retry(now.Add(ringBackAfter), now)
}

// again tries the next number, or all of them a while later, or gives up.
func (c *call) again(why Cause, now time.Time) {
	if why == WrongNumber || why == Fax {
		c.struck[c.next] = true
	}
	for i := c.next + 1; i < len(c.struck); i++ {
		if !c.struck[i] {
			c.next = i
			c.retry(now.Add(altAfter), now)
			return
		}
	}
	c.next = slices.Index(c.struck, false)
	if c.next < 0 || c.round > c.batch.retries {
		c.end(now)
		return
	}
	c.anew = true
	c.retry(now.Add(c.batch.retryAfter), now)
}

func (c *call) retry(at, now time.Time) {
	c.due = at
	c.become(wire.CallRetrying, now)
}

func (c *call) end(now time.Time) {
	c.endedAt = now
	c.become(wire.CallEnded, now)
}

// stop ends the call for a reason of ours. It reports whether it had to: a
// call that is over keeps the cause that it had.
func (c *call) stop(why Cause, now time.Time) bool {
	switch {
	case c.over():
		return false
	case c.order == "":
		c.last = Outcome{Cause: why}
		c.end(now)
		return true
	case c.why == "":
		c.why = why
	}
	c.cancel(&Because{c.why})
	return false // it ends when the attempt has
}

// decide takes an admin's answer to a call that waits for it.
func (c *call) decide(granted bool, now time.Time) {
	if !granted {
		c.last = Outcome{Cause: NotApproved}
		c.end(now)
		return
	}
	c.due = now
	c.become(wire.CallQueued, now)
}

// view is the call as it is told of.
func (c *call) view() wire.Call {
	v := wire.Call{
		Call: c.id, Batch: c.batch.id, Meeting: c.batch.meeting, By: c.batch.by.Person, ByName: c.batch.by.Name,
		Name: c.to.Name, Person: c.to.Person, State: c.state, Since: c.since.UnixMilli(),
		Attempt: c.round, Of: c.batch.retries + 1, Participant: c.participant, Reply: c.reply, Spent: c.spent,
		AnsweredAt: unixMilli(c.answeredAt), EndedAt: unixMilli(c.endedAt),
		Refusal: wire.Refusal{Cause: string(c.last.Cause), Rule: c.last.Rule, Detail: c.last.Detail, Status: c.last.Status},
	}
	if len(c.to.Numbers) > 0 {
		v.Number = c.to.Numbers[max(c.next, 0)].String()
	}
	switch c.state {
	case wire.CallRinging:
		v.Early = c.early
	case wire.CallRetrying:
		v.RetryAt = c.due.UnixMilli()
	case wire.CallApproval:
		v.Approval = c.approval
	}
	if p := c.price; p != nil {
		payer := p.Payer
		v.Class, v.Country, v.Rate, v.Payer = p.Class, p.Country, p.Rate, &payer
	}
	return v
}

// unixMilli is a time as it is told of: 0 for none.
func unixMilli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
