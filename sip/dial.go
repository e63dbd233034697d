package sip

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"partyline/sfu/audio"
	"partyline/sip/billing"
	"partyline/sip/dialplan"
	"partyline/sip/internal/dialog"
	"partyline/sip/internal/ivr"
	"partyline/sip/internal/leg"
	"partyline/sip/internal/outbound"
)

// How long a call that we place waits for others.
const (
	ledgerLimit = 5 * time.Second        // for what is to be written down
	cancelLimit = 35 * time.Second       // for the last word on an INVITE that was given up
	lastWords   = 5 * time.Second        // for saying why a call ends
	goodbye     = 200 * time.Millisecond // from then on to the BYE
)

// Pay has calls be paid by b; before Start. Without it none are placed.
func (g *Gateway) Pay(b Billing) { g.billing = b }

// Dial places one call and returns when it is over and settled. tell hears how it
// goes, on this goroutine, and must not block. When ctx ends, a call that rings
// is cancelled and one that was answered is ended; a *Because as its cause says
// why. A call that a rule refused, or that nobody took, has an Outcome; the error
// is for those that could not be tried at all, and of which there is no record.
func (g *Gateway) Dial(ctx context.Context, o Order, tell func(Progress)) (Outcome, error) {
	if err := o.validate(); err != nil {
		return Outcome{}, fmt.Errorf("order of a call: %w", err)
	}
	if g.billing == nil {
		return Outcome{}, ErrNoBilling
	}
	if !g.begin() {
		return Outcome{}, ErrShuttingDown
	}
	defer g.working.Done()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(g.life, func() { cancel(ErrShuttingDown) })()
	return g.place(ctx, o, tell)
}

// begin counts a call of ours in, whose end Close waits for, unless there are to
// be no more.
func (g *Gateway) begin() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.endpoint == nil || g.drains {
		return false
	}
	g.working.Add(1)
	return true
}

// place is one call of ours, from its record to its settlement.
func (g *Gateway) place(ctx context.Context, o Order, tell func(Progress)) (Outcome, error) {
	routes, possible := g.routes(o.Bill.To)
	opening, cancel := context.WithTimeout(ctx, ledgerLimit)
	defer cancel()
	tab, err := g.billing.Open(opening, o.Bill, billed(routes))
	var refused *billing.Refusal
	switch {
	case errors.As(err, &refused):
		return g.refused(o, refused, tell), nil
	case err != nil:
		return Outcome{}, fmt.Errorf("record of a call: %w", err)
	}
	routes = slices.DeleteFunc(routes, func(w way) bool { return !tab.Covers(w.Name) })
	c := g.newCalled(newOutgoing(ctx, o, tab, tell))
	if !possible {
		routes = nil
	}
	err = guarded(c.log, "placing a call", func() error { c.place(ctx, routes); return nil })
	if err != nil {
		c.called.cause = CauseFault
	}
	c.called.await(cancelLimit)
	return c.settle(), nil
}

// refused tells of a call that a rule forbids.
func (g *Gateway) refused(o Order, why *billing.Refusal, tell func(Progress)) Outcome {
	out := Outcome{Cause: billing.CauseRefused, Refusal: why}
	if why.Rule == billing.NoMoney {
		out.Cause = billing.CauseNoMoney
	}
	g.log.Info("call not placed", "call", o.Bill.Call, "to", o.Bill.To.Number, "rule", why.Rule)
	tell(Progress{Call: o.Bill.Call, State: CallEnded, At: time.Now(), Cause: out.Cause, Refusal: why})
	return out
}

// newCalled is a call that we place.
func (g *Gateway) newCalled(o *called) *call {
	order := o.order
	c := &call{
		g: g, called: o, outcomes: make(chan outcome, 1), captured: make(chan []audio.Frame, 1), patience: hangUpLimit,
		referrals: make(chan *dialog.Referral, 1), heirs: make(chan chan<- estate),
		trail:   &trail{g: g},
		meeting: order.Meeting, identity: order.Identity, acknowledged: true, recalled: !order.Back,
	}
	c.caller = Caller{
		Call: order.Bill.Call, From: order.Bill.To.Number, Vouched: true, Language: g.speaks(order.Language), Order: order.Bill.Call,
	}
	c.record = Record{Call: order.Bill.Call, Order: order.Bill.Call, Began: time.Now(), From: order.Bill.From, To: order.Bill.To.Number}
	c.log = g.log.With("call", order.Bill.Call, "to", order.Bill.To.Number)
	c.menu = ivr.New(ivr.Config{Languages: g.cfg.Languages, Language: c.caller.Language, Keys: g.cfg.Keys})
	return c
}

// speaks is a language that callees are spoken to in: the one wished for, if
// the menu has it.
func (g *Gateway) speaks(language string) string {
	if err := (ivr.Config{Language: language}).Validate(); err != nil {
		return g.cfg.Languages[0]
	}
	return language
}

// place calls over the first of the routes that puts the call through, and
// carries it to its end.
func (c *call) place(ctx context.Context, routes []way) {
	o := c.called
	cfg := c.g.legConfig()
	cfg.Timeout = max(cfg.Timeout, o.patience()+time.Second) // nothing comes while it rings
	l, err := leg.Open(c.g.ports, cfg, c.log)
	if err != nil {
		c.log.Error("no media for a call", "error", err)
		o.cause = CauseFault
		return
	}
	c.media = &media{leg: l, changed: make(chan struct{}, 1)}
	defer c.close()
	hearing, deaf := context.WithCancel(context.Background())
	defer o.hearing.Wait()
	defer deaf()
	c.media.hear(o.order.Early)
	c.broken = make(chan error, 1)
	o.hearing.Go(func() { c.broken <- c.media.run(hearing) })

	defer c.release()
	defer c.dismiss()
	if !c.ring(ctx, routes) {
		return
	}
	if c.connect() {
		c.converse(c.dialog.Context())
	}
}

// ring tries the routes one after the other until somebody answers, for as long
// as the order says.
func (c *call) ring(ctx context.Context, routes []way) bool {
	o := c.called
	o.cause = billing.CauseTrunkDown // where there is no route
	ctx, cancel := context.WithTimeoutCause(ctx, o.patience(), &Because{billing.CauseNoAnswer})
	defer c.working.Wait() // also where something panics
	defer cancel()
	for _, w := range routes {
		err := c.try(ctx, w)
		if err == nil {
			return true
		}
		c.log.Info("call not put through", "trunk", w.Name, "error", err)
		o.failed(ctx, err)
		c.release()
		if ctx.Err() != nil || !elsewhere(err) {
			break
		}
	}
	if ctx.Err() != nil {
		o.say(Progress{State: CallEnded, Status: o.status, Cause: o.cause})
	}
	return false
}

// errFull means that all lines of a trunk are taken.
var errFull = errors.New("all lines are taken")

// try calls over one trunk and tells meanwhile how that goes.
func (c *call) try(ctx context.Context, w way) error {
	o := c.called
	o.trunk, c.record.Trunk, c.caller.Trunk = w.Trunk, w.Name, w.Name
	if c.g.take(w.Trunk) != nil {
		return errFull
	}
	if o.taken = true; !o.seized {
		o.seized = true
		c.g.observer.CallStarted(c.record)
	}
	o.tab.Trying(w.Name, w.why+o.tried)
	o.say(Progress{State: CallTrying})
	who := c.invitee(w.Trunk)
	who.Failed = func(a outbound.Attempt) { // the record says why it was another target in the end
		o.tried += "; " + a.String()
		o.tab.Trying(w.Name, w.why+o.tried)
	}
	answers := make(chan error, 1)
	c.working.Go(func() {
		answers <- guarded(c.log, "calling a trunk", func() (err error) {
			c.dialog, _, err = c.g.carriers.Call(ctx, w.Name, who)
			return err
		})
	})
	for {
		select {
		case s := <-o.signals:
			o.rings(s)
		case err := <-answers:
			c.g.graded(ctx, w.Trunk, err)
			return err
		}
	}
}

// graded counts a try for the trunk's grade, but not one that was given up.
func (g *Gateway) graded(ctx context.Context, trunk dialplan.Trunk, err error) {
	if ctx.Err() != nil && because(ctx) != billing.CauseNoAnswer {
		return
	}
	g.grades.Attempt(trunk.Name, time.Now(), err == nil)
}

// invitee is whom we call, and what is to be done about the answer.
func (c *call) invitee(trunk dialplan.Trunk) outbound.Invitee {
	o := c.called
	return outbound.Invitee{
		Number: o.order.Bill.To.Number, Shown: o.order.Bill.From,
		Offer: func(host netip.Addr) ([]byte, error) {
			o.offered.Add(1)
			return c.media.offer(host, trunk.SRTP), nil
		},
		Inviting: func(call string, shown dialplan.Number) {
			c.trail.follows(ask{call: call, trunk: trunk.Name, outbound: true})
			o.tab.Inviting(call, shown)
		},
		Handlers: c.media.handlers(),
		Progress: func(status int, _ string, sdp []byte) {
			early := len(sdp) > 0 && c.media.accept(sdp) == nil
			o.progressed(status, early)
		},
		Answering: func() {
			c.media.hear(nil) // what is early media is over
			o.answering(func(err error) { c.log.Error("the answer was not written down", "error", err) })
		},
		Settled: func() { o.settled <- struct{}{} },
	}
}

// connect makes the answered call one that can be carried. What was agreed on
// comes with the answer, or came before it.
func (c *call) connect() bool {
	o := c.called
	c.record.Source, c.caller.Source, c.caller.Call = c.dialog.Peer(), c.dialog.Peer().Addr().String(), c.dialog.Call()
	c.record.Call = c.dialog.Call()
	o.status = 200
	o.say(Progress{State: CallAnswered, Status: 200, At: time.Unix(0, o.since.Load())})
	answer := c.dialog.RemoteAnswer()
	if err := c.media.accept(answer); err != nil && (len(answer) > 0 || c.media.codec() == 0) {
		c.log.Info("hanging up", "error", err)
		c.ending = &ending{"no-common-media", Dropped, dialog.Cause{Protocol: "Q.850", Code: 88, Text: "the answer cannot be used"}}
		return false
	}
	ctx, cancel := context.WithTimeout(o.ctx, openLimit)
	defer cancel()
	c.ear = newEar(c)
	line, err := c.g.conference.Answer(ctx, c.ear)
	if err != nil && o.ctx.Err() != nil {
		c.calledOff(c.dialog.Context())
		return false
	}
	if err != nil {
		c.log.Error("the conference gives no line to a call", "error", err)
		c.ending = &ending{"fault", Dropped, dialog.Cause{Protocol: "Q.850", Code: 41, Text: "the conference does not answer"}}
		return false
	}
	c.line = line
	c.overhear(line.Write)
	c.timed()
	return true
}

// dismiss ends a call that was answered and not carried.
func (c *call) dismiss() {
	if c.dialog == nil || !c.accepted.IsZero() {
		return
	}
	if c.ending == nil {
		c.ending = &endingFault
	}
	c.leave()
}

// release gives the trunk's line back.
func (c *call) release() {
	if o := c.called; o.taken {
		o.taken = false
		c.g.release(o.trunk)
	}
}
