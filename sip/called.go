package sip

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"partyline/sip/billing"
	"partyline/sip/dialplan"
	"partyline/sip/internal/answertone"
	"partyline/sip/internal/dialog"
)

// called is what a call has that we placed, beside what every call has. Its
// fields belong to the goroutine that runs Dial, unless they say otherwise.
type called struct {
	order Order
	ctx   context.Context // the order's
	tab   Tab
	tell  func(Progress)

	trunk   dialplan.Trunk // that it is tried over
	taken   bool           // one of its lines
	seized  bool           // some trunk was tried
	told    bool           // that the call is over
	tried   string         // what became of trunks before
	finals  int32          // INVITEs that are known to be over
	status  int            // the last final one
	q850    int            // of the last Reason
	cause   billing.Cause  // of a call that nobody answered
	refusal *billing.Refusal
	rang    map[State]bool // what was told of the ringing

	extending bool             // an extension is being pressed
	confirmed bool             // by the key 1
	joined    bool             // the room
	alarm     <-chan time.Time // then onAlarm is called
	onAlarm   func()
	over      time.Time // when it was

	signals chan signal          // from the transport
	settled chan struct{}        // one for each INVITE that is over
	offered atomic.Int32         // INVITEs
	heard   chan answertone.Kind // what answered, if it is a machine
	hearing sync.WaitGroup       // the goroutine that reads RTP
	since   atomic.Int64         // the answer, Unix ns; 0: none
}

// signal is a provisional response.
type signal struct {
	status int
	early  bool // with sound
	at     time.Time
}

// maxSignals is how many provisional responses may wait to be told. What is
// beyond is not missed: they repeat themselves.
const maxSignals = 32

func newOutgoing(ctx context.Context, o Order, tab Tab, tell func(Progress)) *called {
	c := &called{
		order: o, ctx: ctx, tab: tab, tell: tell, rang: make(map[State]bool),
		signals: make(chan signal, maxSignals), settled: make(chan struct{}, maxSignals),
		heard: make(chan answertone.Kind, 1),
	}
	return c
}

// patience is how long the phone rings.
func (o *called) patience() time.Duration {
	if o.order.Ring > 0 {
		return o.order.Ring
	}
	return ringDefault
}

// progressed takes a provisional response, on the transport's goroutine.
func (o *called) progressed(status int, early bool) {
	select {
	case o.signals <- signal{status, early, time.Now()}:
	default:
	}
}

// answering starts the charge, before the answer is acknowledged.
func (o *called) answering(log func(error)) {
	now := time.Now()
	o.since.Store(now.UnixNano())
	ctx, cancel := context.WithTimeout(context.Background(), ledgerLimit)
	defer cancel()
	if err := o.tab.Answered(ctx, now); err != nil {
		log(err)
	}
}

// say tells of a step.
func (o *called) say(p Progress) {
	p.Call, p.Trunk, p.Meter = o.order.Bill.Call, o.trunk.Name, o.tab
	if p.At.IsZero() {
		p.At = time.Now()
	}
	o.told = o.told || p.State == CallEnded
	o.tell(p)
}

// rings tells of a provisional response, the first of each kind.
func (o *called) rings(s signal) {
	o.tab.Ringing(s.at)
	if s.status == 180 {
		o.once(Progress{State: CallRinging, At: s.at, Status: s.status})
	}
	if s.early {
		o.once(Progress{State: CallEarly, At: s.at, Status: s.status})
	}
}

// once tells of a step that may come again and again.
func (o *called) once(p Progress) {
	if !o.rang[p.State] {
		o.rang[p.State] = true
		o.say(p)
	}
}

// ends tells that the call is over, before a BYE that nobody may answer.
func (o *called) ends(how *ending) {
	o.over = time.Now()
	o.say(Progress{State: CallEnded, At: o.over, Status: o.status, Cause: endingCause(how.cause), Refusal: o.refusal})
}

// failed notes why a trunk did not put the call through.
func (o *called) failed(ctx context.Context, err error) {
	var rejected *dialog.Rejected
	switch {
	case ctx.Err() != nil:
		o.cause = because(ctx)
	case errors.As(err, &rejected):
		o.status, o.q850, o.cause = rejected.Status, q850Of(rejected.Cause), causeOf(rejected)
	case errors.Is(err, errFault):
		o.cause = CauseFault
	default:
		o.status, o.cause = 0, billing.CauseTrunkDown
	}
	o.tried += "; tried " + o.trunk.Name + ": " + string(o.cause)
}

// await waits until nothing more can come of the INVITEs that were given up: an
// answer that crosses the CANCEL is to be paid.
func (o *called) await(limit time.Duration) {
	patience := time.NewTimer(limit)
	defer patience.Stop()
	for o.finals < o.offered.Load() {
		select {
		case <-o.settled:
			o.finals++
		case <-patience.C:
			return
		}
	}
}

// calledOff is closed when the order is; nil for a call that came in.
func (o *called) calledOff() <-chan struct{} {
	if o == nil {
		return nil
	}
	return o.ctx.Done()
}

// warnings are those of the tab; nil for a call that came in.
func (o *called) warnings() <-chan billing.Warning {
	if o == nil {
		return nil
	}
	return o.tab.Warnings()
}

// machines tell what answered; nil for a call that came in.
func (o *called) machines() <-chan answertone.Kind {
	if o == nil {
		return nil
	}
	return o.heard
}

// alarms fires when onAlarm is due; nil for a call that came in.
func (o *called) alarms() <-chan time.Time {
	if o == nil {
		return nil
	}
	return o.alarm
}

// wake has something be done after a while, in place of what was to be done then.
func (o *called) wake(after time.Duration, do func()) {
	o.alarm, o.onAlarm = time.After(max(after, 0)), do
}
