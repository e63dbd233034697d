package dialout

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"partyline/signaling/wire"
)

// What an Exchange may answer, beside ErrBadNumber and ErrNobody.
var (
	ErrNotFound     = errors.New("no such call or batch")
	ErrNotAllowed   = errors.New("these are the calls of somebody else")
	ErrTooMany      = errors.New("too many calls under way")
	ErrKeyReused    = errors.New("this key was used for other calls")
	ErrShuttingDown = errors.New("server is stopping")
	ErrUnavailable  = errors.New("nobody can be called from here")
)

// Audience is told what becomes of calls. Its methods are called from the
// exchange's goroutine, in the order in which things happen, and return at
// once.
type Audience interface {
	CallChanged(meeting string, c wire.Call)
	BatchChanged(b wire.Batch)
	// Burns tells what the calls into a meeting cost just now.
	Burns(b Burning)
	// Warned tells that a call is about to end, or does.
	Warned(meeting, by string, w wire.MoneyWarning)
}

// Exchange has the batches of this node. Its methods may be called from any
// goroutine, though not from within those of Audience. A nil Exchange is that
// of an installation that can call nobody.
type Exchange struct {
	cfg      Config
	dialer   Dialer
	audience Audience
	log      *slog.Logger
	do       chan func()    // for run
	gone     chan struct{}  // closed when run returns
	attempts sync.WaitGroup // one for each attempt

	// What follows belongs to run.
	batches []*batch // by age
	calls   map[string]*call
	orders  map[string]*call    // by the attempt that goes on
	turn    int                 // index of the batch that is asked first
	free    time.Time           // when the next call may begin
	meterAt time.Time           // when what calls cost is told next
	burning map[string]bool     // meetings that were told of calls that cost
	decided map[string]decision // by country: the last one
	closing bool
	over    bool
}

// New makes an exchange and starts it; Shutdown ends it. It fails when the
// configuration is wrong.
func New(cfg Config, dialer Dialer, audience Audience, log *slog.Logger) (*Exchange, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	x := &Exchange{
		cfg: cfg, dialer: dialer, audience: audience, log: log,
		do: make(chan func()), gone: make(chan struct{}),
		calls: make(map[string]*call), orders: make(map[string]*call), burning: make(map[string]bool), decided: make(map[string]decision),
	}
	go x.run()
	return x, nil
}

// run is the exchange's goroutine.
func (x *Exchange) run() {
	defer close(x.gone)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for !x.over {
		select {
		case fn := <-x.do:
			fn()
		case <-timer.C:
		}
		now := time.Now()
		if wake := x.step(now); wake.IsZero() {
			timer.Stop()
		} else {
			timer.Reset(wake.Sub(now))
		}
	}
}

// ask has run carry a function out, and waits until it has. It reports false
// when the exchange is no more.
func (x *Exchange) ask(fn func()) bool {
	if x == nil {
		return false
	}
	done := make(chan struct{})
	select {
	case x.do <- func() { fn(); close(done) }:
		<-done
		return true
	case <-x.gone:
		return false
	}
}

// step does what is due, and tells when something will be next.
func (x *Exchange) step(now time.Time) (wake time.Time) {
	for _, b := range x.batches {
		x.changed(b, b.expire(now), now)
	}
	x.begin(now)
	x.forget(now)
	due, expiry := x.wakes(now)
	return earliest(due, expiry, x.tellSums(now), x.meter(now), x.nextForget())
}

// earliest is the first of some times, of which zero is none.
func earliest(times ...time.Time) time.Time {
	var first time.Time
	for _, t := range times {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}

// begin places the calls whose turn it is.
func (x *Exchange) begin(now time.Time) {
	for x.mayRing() && !now.Before(x.free) {
		c := x.pick(now)
		if c == nil {
			return
		}
		x.free = now.Add(time.Second / time.Duration(x.cfg.PerSecond))
		x.place(c, now)
	}
}

func (x *Exchange) mayRing() bool {
	n := 0
	for _, c := range x.orders {
		if c.ringing() {
			n++
		}
	}
	return !x.closing && n < x.cfg.Ringing
}

// pick takes a call of each batch in turn, so that one person's five hundred
// do not keep another's one waiting.
func (x *Exchange) pick(now time.Time) *call {
	for i := range x.batches {
		at := (x.turn + i) % len(x.batches)
		if c := x.batches[at].turn(now); c != nil {
			x.turn = at + 1
			return c
		}
	}
	return nil
}

// wakes tells when a call may begin, and when one has waited long enough for
// a yes.
func (x *Exchange) wakes(now time.Time) (due, expiry time.Time) {
	for _, b := range x.batches {
		d, e := b.wakes()
		due, expiry = earliest(due, d), earliest(expiry, e)
	}
	switch {
	case due.IsZero() || due.After(now):
		return due, expiry
	case x.mayRing():
		return x.free, expiry
	default:
		return time.Time{}, expiry // until another call has joined or ended
	}
}

// place begins an attempt. Its goroutine ends with the call.
func (x *Exchange) place(c *call, now time.Time) {
	id, err := uuid.NewV7()
	if err != nil {
		x.log.Error("no id for a call", "err", err)
		c.last = Outcome{Cause: Fault}
		c.end(now)
		x.changed(c.batch, []*call{c}, now)
		return
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	number := c.begin(id.String(), cancel, now)
	order := c.batch.order(c, id.String(), number)
	x.orders[order.ID] = c
	x.log.Info("calling", "call", c.id, "order", order.ID, "batch", order.Batch, "meeting", order.Meeting, "number", number, "attempt", order.Attempt)
	x.changed(c.batch, []*call{c}, now)
	leave := x.leaves(c)
	x.attempts.Go(func() {
		defer cancel(nil)
		outcome := x.dialer.Dial(ctx, order, func(p Progress) {
			leave()
			x.ask(func() { x.progressed(order.ID, p) })
		})
		leave()
		x.ask(func() { x.finished(order.ID, outcome) })
	})
}

func (x *Exchange) progressed(order string, p Progress) {
	c := x.orders[order]
	if c == nil {
		return
	}
	now := time.Now()
	answered := !c.answeredAt.IsZero()
	if slices.Index(steps, p.State) >= slices.Index(steps, wire.CallRinging) {
		c.batch.stuck = time.Time{}
	}
	if c.progress(p, now) {
		x.changed(c.batch, []*call{c}, now)
	}
	if !answered && !c.answeredAt.IsZero() {
		x.meterAt = now // somebody looks at the meter now
	}
	if p.Warning.About != "" {
		x.warn(c, p.Warning)
	}
}

func (x *Exchange) warn(c *call, w Warning) {
	m := wire.MoneyWarning{
		Call: c.id, Meeting: c.batch.meeting, Name: c.to.Name, About: w.About, Seconds: int(w.Within.Round(time.Second) / time.Second), Over: w.Over,
	}
	if c.price != nil {
		payer := c.price.Payer
		m.Payer = &payer
	}
	x.audience.Warned(c.batch.meeting, c.batch.by.Person, m)
	c.batch.watched(&m)
}

func (x *Exchange) finished(order string, o Outcome) {
	c := x.orders[order]
	delete(x.orders, order)
	now := time.Now()
	if o.Ended.IsZero() {
		o.Ended = now
	}
	wasBurning := !c.answeredAt.IsZero()
	if o.Cause != Refused {
		c.batch.passed()
	}
	c.finish(o, x.cfg, now)
	if d, ok := x.decided[c.approval]; ok && c.state == wire.CallApproval && !d.at.Before(c.begun) {
		c.decide(d.granted, now) // while the call was being refused
	}
	x.log.Info("call over", "call", c.id, "order", order, "batch", c.batch.id, "meeting", c.batch.meeting, "cause", c.last.Cause, "rule", c.last.Rule, "spent", o.Spent, "state", c.state)
	x.changed(c.batch, append([]*call{c}, c.batch.follow(c, now)...), now)
	if wasBurning { // the last word has what it cost
		x.meterAt, x.burning[c.batch.meeting] = now, true
	}
}

// changed tells of calls that are different now.
func (x *Exchange) changed(b *batch, calls []*call, now time.Time) {
	for _, c := range calls {
		v := c.view()
		x.audience.CallChanged(b.meeting, v)
		b.watched(&wire.CallChanged{Call: v})
		b.toTell = true
	}
	if len(calls) > 0 {
		x.ended(calls)
		b.settle(now)
	}
}

// Shutdown places no more calls, and gives up those that have not joined. It
// waits for the others until ctx is done, then ends them, and returns when all
// have ended.
func (x *Exchange) Shutdown(ctx context.Context) {
	if x == nil {
		return
	}
	x.Drain()
	idle := make(chan struct{})
	go func() {
		x.attempts.Wait()
		close(idle)
	}()
	select {
	case <-idle:
	case <-ctx.Done():
		x.ask(func() { x.stopAll(ShuttingDown, func(*call) bool { return true }) })
		<-idle
	}
	x.ask(func() { x.over = true })
	<-x.gone
}

// Drain places no more calls, and gives up those that have not joined.
func (x *Exchange) Drain() {
	x.ask(func() {
		x.closing = true
		x.stopAll(ShuttingDown, func(c *call) bool { return !c.joined })
	})
}

// stopAll ends the calls that match, and tells of those that ended at once.
func (x *Exchange) stopAll(why Cause, match func(*call) bool) {
	now := time.Now()
	for _, b := range x.batches {
		var ended []*call
		for _, c := range b.calls {
			if match(c) && c.stop(why, now) {
				ended = append(ended, c)
			}
		}
		x.changed(b, ended, now)
	}
}

// maxKept is how many calls of batches that have ended can be looked at.
const maxKept = 20_000

// forget drops batches that have ended long ago, the oldest first.
func (x *Exchange) forget(now time.Time) {
	kept := 0
	for _, b := range slices.Backward(x.batches) {
		if b.ended.IsZero() {
			continue
		}
		kept += len(b.calls)
		b.stale = kept > maxKept || !now.Before(x.keepUntil(b))
	}
	x.batches = slices.DeleteFunc(x.batches, func(b *batch) bool {
		if b.stale {
			for _, c := range b.calls {
				delete(x.calls, c.id)
			}
		}
		return b.stale
	})
}

// keepUntil is until when a batch that has ended is kept: those of a meeting
// that goes on are part of what it costs.
func (x *Exchange) keepUntil(b *batch) time.Time {
	if b.meetingOver {
		return b.ended.Add(x.cfg.Keep)
	}
	return b.ended.Add(max(x.cfg.Keep, longestMeeting))
}

const longestMeeting = 24 * time.Hour

func (x *Exchange) nextForget() time.Time {
	var next time.Time
	for _, b := range x.batches {
		if !b.ended.IsZero() {
			next = earliest(next, x.keepUntil(b))
		}
	}
	return next
}
