package dialout

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"partyline/signaling/wire"
)

// Wish is what somebody asks for.
type Wish struct {
	By          Caller
	Meeting     string // id
	MeetingName string
	Host        bool      // the caller leads the meeting: whom they call does not wait at its door
	Reminder    *Reminder // of what those who are called are reminded, each once
	wire.Dial
}

// Snapshot is a batch with its calls, as they stand.
type Snapshot struct {
	Batch wire.Batch
	Calls []wire.Call
}

// Quote tells what the calls of a wish would cost; nobody is called. It
// returns ErrBadNumber or ErrNobody when that is true of everybody in it.
func (x *Exchange) Quote(ctx context.Context, w Wish) (wire.Quoted, error) {
	if x == nil {
		return wire.Quoted{}, ErrUnavailable
	}
	calls, err := x.find(ctx, w)
	if err != nil {
		return wire.Quoted{}, err
	}
	b := w.batch(x.cfg)
	b.calls = calls
	var quoting sync.WaitGroup
	turns := make(chan struct{}, quotesAtOnce)
	prices, errs := make([]wire.Price, len(calls)), make([]error, len(calls))
	for i, c := range calls {
		if c.over() {
			prices[i] = wire.Price{Name: c.to.Name, Refusal: wire.Refusal{Cause: string(c.last.Cause), Rule: c.last.Rule}}
			continue
		}
		quoting.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			prices[i], errs[i] = x.dialer.Quote(ctx, b.order(c, "", c.to.Numbers[0]))
			prices[i].Name = c.to.Name
			if errors.Is(errs[i], ErrBadNumber) {
				prices[i].Refusal, errs[i] = wire.Refusal{Cause: string(WrongNumber)}, nil
			}
		})
	}
	quoting.Wait()
	q := wire.Quoted{Currency: x.cfg.Currency, Prices: prices}
	for _, p := range prices {
		if p.Refusal.Cause == "" {
			q.Rate += p.Rate
		}
	}
	return q, errors.Join(errs...)
}

// quotesAtOnce bounds what one question costs.
const quotesAtOnce = 8

// Dial has people called. The same caller's same key again gives what became
// of the first time, or ErrKeyReused. It returns ErrBadNumber or ErrNobody when
// that is true of everybody who is to be called, ErrTooMany or ErrShuttingDown.
func (x *Exchange) Dial(ctx context.Context, w Wish) (Snapshot, error) {
	if x == nil {
		return Snapshot{}, ErrUnavailable
	}
	if s, err := x.Before(w); err != nil || s.Batch.Batch != "" {
		return s, err
	}
	calls, err := x.find(ctx, w)
	if err != nil {
		return Snapshot{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Snapshot{}, fmt.Errorf("make an id: %w", err)
	}
	b := w.batch(x.cfg)
	b.id, b.calls = id.String(), calls
	kept, err := x.keep(ctx, b)
	if err != nil {
		return Snapshot{}, err
	}
	var s Snapshot
	err = ErrShuttingDown
	x.ask(func() { s, err = x.add(b) })
	if s.Batch.Batch != b.id {
		x.drop(kept...)
	}
	return s, err
}

// Before gives the batch that the same caller asked for by the same key
// before, or nothing. It returns ErrKeyReused when they asked for something
// else.
func (x *Exchange) Before(w Wish) (Snapshot, error) {
	var s Snapshot
	var err error
	digest := w.digest()
	x.ask(func() {
		if b := x.byKey(w.By.Person, w.Key); b != nil {
			s, err = b.snapshot(), b.same(digest)
		}
	})
	return s, err
}

func (x *Exchange) byKey(person, key string) *batch {
	i := slices.IndexFunc(x.batches, func(b *batch) bool { return key != "" && b.key == key && b.by.Person == person })
	if i < 0 {
		return nil
	}
	return x.batches[i]
}

func (b *batch) same(digest string) error {
	if b.digest != digest {
		return ErrKeyReused
	}
	return nil
}

func (b *batch) snapshot() Snapshot { return Snapshot{b.view(), b.views()} }

// digest tells one wish from another.
func (w Wish) digest() string {
	text, err := json.Marshal(w.Dial)
	if err != nil {
		panic(fmt.Sprintf("dialout: cannot encode a wish: %v", err)) // strings and numbers
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// batch is the wish with what it leaves open.
func (w Wish) batch(cfg Config) *batch {
	b := &batch{
		key: w.Key, digest: w.digest(), kind: w.Kind, by: w.By, host: w.Host, meeting: w.Meeting, meetingName: w.MeetingName,
		payer: w.Payer, maxRate: w.MaxRate, shown: Number(w.Shown), shownToMe: Number(w.ShownToMe),
		ring: cfg.Ring, limit: cfg.Limit, retries: w.Retries, retryAfter: cfg.RetryAfter,
		reminder: w.Reminder, watchers: make(map[*watcher]bool),
	}
	if w.Reminder != nil {
		b.retries = 0 // nobody is rung twice for the same thing
	}
	if w.Ring > 0 {
		b.ring = time.Duration(w.Ring) * time.Second
	}
	if w.Limit > 0 {
		b.limit = min(b.limit, time.Duration(w.Limit)*time.Second)
	}
	if w.RetryAfter > 0 {
		b.retryAfter = time.Duration(w.RetryAfter) * time.Second
	}
	return b
}

// find makes a call of each person in the wish, the caller's own phone first.
// Somebody who cannot be called is one that has ended; it fails when nobody
// can.
func (x *Exchange) find(ctx context.Context, w Wish) ([]*call, error) {
	var calls []*call
	var failed error
	seen := make(map[Number]bool)
	add := func(who wire.Callee, self bool) error {
		c, err := x.findOne(ctx, w.By, who, self)
		if err != nil && c == nil {
			return err
		}
		if err != nil {
			failed = err
		} else if n := c.to.Numbers[0]; seen[n] {
			return nil
		} else {
			seen[n] = true
		}
		calls = append(calls, c)
		return nil
	}
	if w.Kind == wire.DialMe || w.Kind == wire.DialCallback {
		if err := add(w.self(), true); err != nil {
			return nil, err
		}
		if failed != nil {
			return nil, failed
		}
	}
	for _, who := range w.To {
		if err := add(who, false); err != nil {
			return nil, err
		}
	}
	if !slices.ContainsFunc(calls, func(c *call) bool { return !c.self && !c.over() }) && w.Kind != wire.DialMe {
		if failed == nil {
			failed = ErrBadNumber // it was all one number, and the caller's own
		}
		return nil, failed
	}
	return calls, nil
}

// self is where the caller is to be called.
func (w Wish) self() wire.Callee {
	if w.From != nil {
		return *w.From
	}
	return wire.Callee{Person: w.By.Person}
}

// findOne makes a call of one person. With a call, an error tells why it has
// ended before it began.
func (x *Exchange) findOne(ctx context.Context, by Caller, who wire.Callee, self bool) (*call, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("make an id: %w", err)
	}
	c := &call{id: id.String(), self: self, anew: true}
	c.to, err = x.dialer.Find(ctx, by, who)
	if self {
		c.to.Person, c.to.Name, c.to.Known = by.Person, by.Name, true
	}
	now := time.Now()
	c.become(wire.CallQueued, now)
	c.due, c.struck = now, make([]bool, len(c.to.Numbers))
	switch {
	case err == nil:
		return c, nil
	case errors.Is(err, ErrBadNumber), errors.Is(err, ErrNobody):
		if c.to.Name == "" {
			c.to.Name = who.Name
		}
		c.last = Outcome{Cause: WrongNumber}
		c.end(now)
		return c, err
	default:
		return nil, fmt.Errorf("find whom to call: %w", err)
	}
}

// add takes a batch.
func (x *Exchange) add(b *batch) (Snapshot, error) {
	if x.closing {
		return Snapshot{}, ErrShuttingDown
	}
	if before := x.byKey(b.by.Person, b.key); before != nil { // came twice at once
		return before.snapshot(), before.same(b.digest)
	}
	waiting := 0
	for _, c := range x.calls {
		if !c.over() {
			waiting++
		}
	}
	if waiting+len(b.calls) > x.cfg.Waiting {
		return Snapshot{}, ErrTooMany
	}
	b.began = time.Now()
	x.batches = append(x.batches, b)
	for _, c := range b.calls {
		c.batch = b
		x.calls[c.id] = c
	}
	x.log.Info("batch of calls", "batch", b.id, "kind", b.kind, "meeting", b.meeting, "person", b.by.Person, "calls", len(b.calls))
	x.changed(b, b.calls, b.began)
	return b.snapshot(), nil
}
