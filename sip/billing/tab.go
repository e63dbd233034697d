package billing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"partyline/sip/dialplan"
)

// WarningKind is what a call has to know of its money and time.
type WarningKind string

// The warnings.
const (
	OneMinuteLeft WarningKind = "one-minute-left" // the caller is told, and the host
	MoneyAgain    WarningKind = "money-again"     // it goes on after all
	OutOfMoney    WarningKind = "out-of-money"    // this leg ends now
	MaxDuration   WarningKind = "max-duration"    // this leg ends now
)

// Warning is one, with how long the call can still last.
type Warning struct {
	Kind WarningKind
	Left time.Duration
	Rule *Refusal // what refused more money; nil where the ledger did not answer
}

// When the money of a call is looked after. What is held always reaches one
// Slice beyond what the call may use: that is its last minute.
const (
	early = 20 * time.Second // before the last minute more is held
	guard = 2 * time.Second  // before the money ends the leg does, so that it is gone in time
	// retry is how long a refused hold waits, another call may end meanwhile.
	retry = 5 * time.Second
)

// Tab is the money of one call, from its hold to its charge. Its methods may be
// called by any goroutine.
type Tab struct {
	desk     *Desk
	request  Request
	hold     Hold // as it was taken
	routes   []priced
	warnings chan Warning

	mu       sync.Mutex // guards what follows
	cdr      CDR
	changed  bool          // the record, since the ledger has it
	answered time.Time     // with the monotonic clock, by which the call is charged
	held     Micro         // in all
	covers   time.Duration // how long the call may last on that
	longest  time.Duration // 0: no limit
	told     WarningKind   // the last warning
	refusal  *Refusal      // of the last attempt to hold more
	next     time.Time     // not to be extended before
	timer    *time.Timer   // of the next warning; nil before the answer
	charge   Charge
	tightest *Standing // of the hard budgets, see Meter
}

// tab makes the tab of a call that is not opened yet.
func (s *situation) tab(d *Desk) *Tab {
	record := s.record()
	hold := Hold{
		ID: record.Hold, Payers: s.Payers(), Dates: DatesAt(s.At, s.home.Zone), Amount: s.reserve(),
		Expires: record.Setup.Add(ringing),
	}
	return &Tab{
		desk: d, request: s.Request, hold: hold, routes: s.routes, warnings: make(chan Warning, 8),
		cdr: record, held: hold.Amount, longest: s.longest(),
	}
}

// ringing is how long a hold stands for a call that nobody answers.
const ringing = 10 * time.Minute

// Call is the id of the call and its record.
func (t *Tab) Call() string { return t.request.Call }

// Hold is the id of the hold.
func (t *Tab) Hold() string { return t.hold.ID }

// Longest is when the call ends in any case, from its answer; 0: never.
func (t *Tab) Longest() time.Duration { return t.longest }

// record copies the record as it stands.
func (t *Tab) record() CDR {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.cdr
}

// Covers tells whether the call was opened for a trunk: not for those without a
// price, or dearer than what the caller agreed to.
func (t *Tab) Covers(trunk string) bool {
	return slices.ContainsFunc(t.routes, func(p priced) bool { return p.trunk == trunk })
}

// Trying notes the trunk that an INVITE goes to next, and why. It is one of
// those that the call was opened for. Once somebody has answered, the call is
// charged by their trunk, and nothing is noted any more.
func (t *Tab) Trying(trunk, why string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.cdr.State >= Answered {
		return
	}
	for _, route := range t.routes {
		if route.trunk == trunk {
			t.cdr.by(route)
		}
	}
	t.cdr.Trunk, t.cdr.Why, t.changed = trunk, why, true
}

// Inviting notes the Call-ID of the INVITE that is sent next, and the number that
// it really shows; empty: none. Like Trying, not once somebody has answered.
func (t *Tab) Inviting(callID string, shown dialplan.Number) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.cdr.State >= Answered {
		return
	}
	t.cdr.CallID, t.cdr.From, t.changed = callID, shown, true
}

// Ringing notes the first sign of the far end; later ones change nothing.
func (t *Tab) Ringing(at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.cdr.State != Opened {
		return
	}
	t.cdr.State, t.cdr.Ring, t.changed = Ringing, stamp(at), true
}

// stamp is a time as records keep it.
func stamp(at time.Time) time.Time {
	if at.IsZero() {
		at = time.Now()
	}
	return at.UTC().Truncate(time.Millisecond)
}

// patience is how long the ledger has for what must be written even where the
// caller has given up.
const patience = 10 * time.Second

// Answered starts the charge. It must be called before the 200 OK is
// acknowledged: once it has returned a crash cannot make the call free. The
// error is the ledger's; the charge runs all the same.
func (t *Tab) Answered(ctx context.Context, at time.Time) error {
	if at.IsZero() {
		at = time.Now()
	}
	t.mu.Lock()
	if t.cdr.State >= Answered {
		t.mu.Unlock()
		return nil
	}
	t.cdr.State, t.cdr.Answer, t.answered = Answered, stamp(at), at
	if rate, version, ok := t.desk.decks.Load().Find(t.cdr.To, t.cdr.Trunk, t.cdr.Direction, t.cdr.Answer); ok {
		t.cdr.Rate, t.cdr.Deck, t.cdr.Destination = rate, version, rate.Destination
	}
	t.cdr.Beat = t.cdr.Answer
	t.covers = t.cdr.Rate.Covers(t.held)
	t.timer = time.AfterFunc(time.Hour, t.due)
	t.arm()
	record := t.cdr
	t.changed = false
	t.mu.Unlock()

	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if err := t.desk.cfg.Ledger.Update(ctx, record); err != nil {
		t.mu.Lock()
		t.changed = true // Run tries again
		t.mu.Unlock()
		return fmt.Errorf("record that a call was answered: %w", err)
	}
	return nil
}

// limited tells whether money can end the call: calls in go on, and what is
// free does.
func (t *Tab) limited() bool { return t.cdr.Direction == Outbound && t.covers < endless }

// arm sets the timer to what is due next. t.mu is held.
func (t *Tab) arm() {
	next := endless
	if t.limited() {
		next = t.covers - guard
		if t.told != OneMinuteLeft {
			next = min(next, t.covers-Slice)
		}
	}
	if t.longest > 0 {
		next = min(next, t.longest)
	}
	t.timer.Reset(max(time.Until(t.answered.Add(next)), 0))
}

// due sends the warnings whose time has come. It is the timer's.
func (t *Tab) due() {
	t.mu.Lock()
	if t.cdr.State == Closed {
		t.mu.Unlock()
		return
	}
	lasted := time.Since(t.answered)
	warning := Warning{Left: max(t.covers-lasted, 0), Rule: t.refusal}
	switch {
	case t.longest > 0 && lasted >= t.longest:
		warning = Warning{Kind: MaxDuration}
	case t.limited() && lasted >= t.covers-guard:
		warning.Kind = OutOfMoney
	case t.limited() && lasted >= t.covers-Slice && t.told != OneMinuteLeft:
		warning.Kind = OneMinuteLeft
	}
	if warning.Kind != "" {
		t.told = warning.Kind
	}
	if warning.Kind != OutOfMoney && warning.Kind != MaxDuration { // after these the leg ends
		t.arm()
	}
	t.mu.Unlock()
	if warning.Kind != "" {
		t.warn(warning)
	}
}

// warn puts a warning in the channel, where need be in place of the oldest.
func (t *Tab) warn(w Warning) {
	for {
		select {
		case t.warnings <- w:
			return
		default:
		}
		select {
		case <-t.warnings:
		default:
		}
	}
}

// Warnings are sent when they are due. The channel is never closed; for who
// listens late it keeps the last ones.
func (t *Tab) Warnings() <-chan Warning { return t.warnings }

// extend holds more where less than the last minute and a little is left. Only
// Run calls it.
func (t *Tab) extend(ctx context.Context, now time.Time) {
	t.mu.Lock()
	lasted := now.Sub(t.answered)
	if t.cdr.State != Answered || !t.limited() || t.told == OutOfMoney || lasted < t.covers-Slice-early || now.Before(t.next) {
		t.mu.Unlock()
		return
	}
	t.next = now.Add(retry)
	call, to := t.cdr.ID, max(t.covers, lasted)+Slice
	more := t.cdr.Rate.Price(to) - t.held
	t.mu.Unlock()

	notices, err := t.desk.cfg.Ledger.Extend(ctx, call, more, now.Add(Slice))
	var refusal *Refusal
	errors.As(err, &refusal)
	t.mu.Lock()
	t.refusal = refusal
	again := false
	if err == nil {
		t.held += more
		t.covers = t.cdr.Rate.Covers(t.held)
		if again = t.told == OneMinuteLeft; again {
			t.told = MoneyAgain
		}
		t.next = time.Time{}
		if t.cdr.State == Answered && t.told != OutOfMoney {
			t.arm()
		}
	}
	left := t.covers - lasted
	t.mu.Unlock()

	t.desk.tell(notices)
	if again {
		t.warn(Warning{Kind: MoneyAgain, Left: left})
	}
	if err != nil && refusal == nil {
		t.desk.cfg.Log.Warn("no more money could be held for a call, which ends when what it has is used up", "call", call, "err", err)
	}
}

// Spent is what the call would cost if it ended now.
func (t *Tab) Spent(now time.Time) Micro {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.spent(now)
}

// spent is Spent; t.mu is held.
func (t *Tab) spent(now time.Time) Micro {
	if t.cdr.State != Answered {
		return t.cdr.Cost
	}
	return t.cdr.Rate.Price(max(now.Sub(t.answered), 0))
}

// Left is how long the call can last on what it holds by now, which grows while
// its budgets have more; 100 days where money does not limit it, or nobody
// answered yet.
func (t *Tab) Left(now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.cdr.State != Answered || !t.limited() {
		return endless
	}
	return max(t.covers-now.Sub(t.answered), 0)
}

// Rate is that of the trunk in use.
func (t *Tab) Rate() Rate { return t.record().Rate }

// Close settles the call and returns its record. The second time it changes
// nothing. Where the ledger does not answer, Run tries again, and the error
// tells.
func (t *Tab) Close(ctx context.Context, r Result) (CDR, error) {
	t.mu.Lock()
	if t.cdr.State == Closed {
		defer t.mu.Unlock()
		return t.cdr, nil
	}
	if t.timer != nil {
		t.timer.Stop()
	}
	t.finish(r)
	t.mu.Unlock()
	t.desk.leave(t)

	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	err := t.settle(ctx)
	if err != nil {
		t.desk.owe(t)
	}
	return t.record(), err
}

// finish completes the record. t.mu is held.
func (t *Tab) finish(r Result) {
	if r.Ended.IsZero() {
		r.Ended = time.Now()
	}
	c := &t.cdr
	c.End = stamp(r.Ended)
	if !c.Answer.IsZero() {
		c.End = c.Answer.Add(max(r.Ended.Sub(t.answered), 0).Truncate(time.Millisecond))
		t.charge = c.Rate.Charge(c.Duration())
	}
	c.State, c.Beat, c.Cost, c.BilledSeconds = Closed, c.End, t.charge.Micro, t.charge.Seconds
	c.Status, c.Q850, c.Cause, c.Rule, c.Side = r.Status, r.Q850, r.Cause, r.Rule, r.Side
	if c.Q850 == 0 {
		c.Q850 = Q850(r.Status)
	}
	c.CallID = cmp.Or(r.CallID, c.CallID)
	c.Quality, c.Keys, c.Join, c.Notice = r.Quality, r.Keys, r.Join, r.Notice
}

// settle brings a closed tab to the ledger.
func (t *Tab) settle(ctx context.Context) error {
	record := t.record()
	notices, err := t.desk.cfg.Ledger.Settle(ctx, record, t.charge)
	if err != nil && !errors.Is(err, ErrSettled) && !errors.Is(err, ErrNoCall) {
		return fmt.Errorf("settle a call: %w", err)
	}
	t.desk.tell(notices)
	return nil
}
