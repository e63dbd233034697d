package dialout

import (
	"time"

	"partyline/signaling/wire"
)

// batch is what somebody asked for at once. It belongs to the exchange's
// goroutine.
type batch struct {
	id          string
	key         string // of the caller's choice
	digest      string // of what was asked for
	kind        wire.DialKind
	by          Caller
	meeting     string
	meetingName string
	payer       *wire.Payer
	maxRate     int64
	shown       Number
	shownToMe   Number
	ring, limit time.Duration
	retries     int
	retryAfter  time.Duration
	began       time.Time
	ended       time.Time // zero while a call goes on
	calls       []*call   // in a callback the caller's own phone comes first

	host        bool      // who asked leads the meeting
	reminder    *Reminder // of what the callees are reminded; nil: of nothing
	meetingOver bool      // the running meeting that it was for
	stale       bool      // to be forgotten

	held  time.Time // no call is begun before, because a limit of calls was reached
	stuck time.Time // since when none gets through for it; zero: they do

	watchers map[*watcher]bool
	toTell   bool // its sum is different from what was told last
	toldAt   time.Time
}

// gate is the call that must have joined before others are begun, or nil.
func (b *batch) gate() *call {
	if b.kind == wire.DialCallback {
		return b.calls[0]
	}
	return nil
}

// turn gives the call to begin now, or nil. A person whose first call is due
// comes before one who is called again.
func (b *batch) turn(now time.Time) *call {
	if b.held.After(now) {
		return nil
	}
	var best *call
	for _, c := range b.calls {
		if !c.pending() || c.due.After(now) || !b.open(c) {
			continue
		}
		if best == nil || c.due.Before(best.due) {
			best = c
		}
	}
	return best
}

// open tells whether the call need not wait for another one. When that has
// ended only those are still to be called who had joined, and were cut off.
func (b *batch) open(c *call) bool {
	gate := b.gate()
	return gate == nil || gate == c || gate.joined || gate.over()
}

// wakes tells when the next call is due, and when the next one has waited long
// enough for a yes. Zero: never.
func (b *batch) wakes() (due, expiry time.Time) {
	for _, c := range b.calls {
		switch {
		case c.state == wire.CallApproval:
			expiry = earliest(expiry, c.due)
		case c.pending() && b.open(c):
			due = earliest(due, c.due)
		}
	}
	if !due.IsZero() && due.Before(b.held) {
		due = b.held
	}
	return due, expiry
}

const (
	// askAgain is how long a batch waits that has reached a limit of calls, unless
	// one of its own calls ends before.
	askAgain = 10 * time.Second
	// prefixAgain is the same for one call, where the others are not concerned.
	prefixAgain = 30 * time.Second
	// stuckFor is how long that is tried while none gets through.
	stuckFor = 15 * time.Minute
)

// limits are the rules that let the same call pass a while later.
var limits = map[string]bool{"concurrency": true, "velocity-person": true, "velocity-prefix": true, "velocity-trunk": true}

// limited has a call, and the batch with it, wait for its turn again. It reports
// false when that has been tried for long enough.
func (b *batch) limited(c *call, now time.Time) bool {
	if b.stuck.IsZero() {
		b.stuck = now
	}
	if now.Sub(b.stuck) >= stuckFor {
		return false
	}
	if c.last.Rule == "velocity-prefix" {
		c.retry(now.Add(prefixAgain), now)
		return true
	}
	b.held = now.Add(askAgain)
	c.retry(now, now)
	return true
}

// passed notes that a call of the batch got through, or has ended: the next ones
// need not wait.
func (b *batch) passed() { b.held, b.stuck = time.Time{}, time.Time{} }

// expire ends the calls that nobody has said yes to, and gives them.
func (b *batch) expire(now time.Time) []*call {
	var ended []*call
	for _, c := range b.calls {
		if c.state == wire.CallApproval && !c.due.After(now) {
			c.decide(false, now)
			ended = append(ended, c)
		}
	}
	return ended
}

// follow is what a change of one call means to the others: without the caller
// of a callback nobody is rung for them. It gives those that ended at once.
func (b *batch) follow(c *call, now time.Time) []*call {
	if c != b.gate() || !c.over() {
		return nil
	}
	var ended []*call
	for _, other := range b.calls[1:] {
		if !other.joined && other.stop(CallerAway, now) {
			ended = append(ended, other)
		}
	}
	return ended
}

// settle notes when the last call has ended.
func (b *batch) settle(now time.Time) {
	for _, c := range b.calls {
		if !c.over() {
			return
		}
	}
	if b.ended.IsZero() {
		b.ended = now
	}
}

// view sums the batch up.
func (b *batch) view() wire.Batch {
	v := wire.Batch{
		Batch: b.id, Kind: b.kind, Meeting: b.meeting, By: b.by.Person, ByName: b.by.Name, Total: len(b.calls),
		States: map[string]int{}, Causes: map[string]int{}, BeganAt: b.began.UnixMilli(), EndedAt: unixMilli(b.ended),
	}
	for _, c := range b.calls {
		v.States[string(c.state)]++
		v.Spent += c.spent
		if c.last.Cause != "" && (c.over() || c.state == wire.CallRetrying) {
			v.Causes[string(c.last.Cause)]++
		}
		if at := c.due.UnixMilli(); c.state == wire.CallRetrying && (v.RetryAt == 0 || at < v.RetryAt) {
			v.RetryAt = at
		}
	}
	return v
}

func (b *batch) views() []wire.Call {
	all := make([]wire.Call, len(b.calls))
	for i, c := range b.calls {
		all[i] = c.view()
	}
	return all
}

func (b *batch) order(c *call, id string, number Number) Order {
	o := Order{
		ID: id, Call: c.id, Batch: b.id, Attempt: c.tries, Kind: b.kind, By: b.by, To: c.to, Number: number,
		Meeting: b.meeting, MeetingName: b.meetingName, Payer: b.payer, Shown: b.shown, Self: c.self, Back: c.rungBack,
		MaxRate: b.maxRate, Ring: b.ring, Limit: b.limit, Reminder: b.reminder,
	}
	if gate := b.gate(); gate != nil && gate != c {
		o.Parent = gate.order
	}
	if c.self && b.shownToMe != "" {
		o.Shown = b.shownToMe
	}
	return o
}
