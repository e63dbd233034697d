package dialout_test

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"partyline/signaling/dialout"
	"partyline/signaling/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// company is a telephone company of a few lines: what happens at each number,
// one attempt after the other; the last one goes on for ever.
type company struct {
	t       *testing.T
	answers map[dialout.Number][]answer
	book    map[string]dialout.Callee // colleagues
	began   time.Time

	mu     sync.Mutex // guards what follows
	placed []placed
	under  int // calls that have not joined
	most   int // of them at once
	lines  int // calls that may run at once; 0: any number
	runs   int
	meters map[string]dialout.Meter

	charged int64 // by all calls that are over
}

// placed is a call that was placed, and when.
type placed struct {
	at time.Duration
	dialout.Order
}

// answer is what happens at a number.
type answer struct {
	rings    time.Duration
	cause    dialout.Cause // of an attempt that nobody joins by
	approval string
	rule     string        // refuses the call
	talks    time.Duration // joins, and hangs up after it; 0: never joins
	ends     dialout.Cause // of the talk; empty: hung-up
	warns    time.Duration // into the talk: one minute is left, and then more is
	refusing func()        // happens after the desk has said no; nil: nothing
	reply    wire.Reply    // to a reminder
}

const perMinute = 600_000 // 10⁻⁶: 0.01 a second

func (p *company) Dial(ctx context.Context, o dialout.Order, tell func(dialout.Progress)) dialout.Outcome {
	a := p.place(o)
	if a.rule != "" {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.under--
		return dialout.Outcome{Cause: dialout.Refused, Rule: a.rule}
	}
	tell(dialout.Progress{State: wire.CallTrying, Price: &wire.Price{Rate: perMinute, Payer: wire.Payer{Kind: wire.PayerCompany}}})
	tell(dialout.Progress{State: wire.CallRinging, At: time.Now()})
	joined := false
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.runs--
		delete(p.meters, o.ID)
		if !joined {
			p.under--
		}
	}()
	if !sleep(ctx, min(a.rings, o.Ring)) {
		return dialout.Outcome{Cause: dialout.Cancelled}
	}
	switch {
	case a.rings > o.Ring:
		return dialout.Outcome{Cause: dialout.NoAnswer, Status: 480}
	case a.reply != "":
		tell(dialout.Progress{Reply: a.reply})
		return dialout.Outcome{Cause: dialout.HungUp, Answered: time.Now(), Ended: time.Now()}
	case a.talks == 0:
		if a.refusing != nil {
			a.refusing()
		}
		return dialout.Outcome{Cause: a.cause, Approval: a.approval, Status: 486}
	}
	answered := time.Now()
	p.mu.Lock()
	p.meters[o.ID] = dialout.Meter{Rate: perMinute, Since: answered}
	p.under--
	joined = true
	p.mu.Unlock()
	for _, s := range []wire.CallState{wire.CallAnswered, wire.CallConfirmed, wire.CallJoined} {
		tell(dialout.Progress{State: s, At: answered})
	}
	out := dialout.Outcome{Cause: cmp.Or(a.ends, dialout.HungUp), Answered: answered}
	if a.warns > 0 && sleep(ctx, a.warns) {
		tell(dialout.Progress{Warning: dialout.Warning{About: "money", Within: time.Minute}})
		tell(dialout.Progress{Warning: dialout.Warning{About: "money", Over: true}})
	}
	if !sleep(ctx, a.talks-a.warns) {
		out.Cause = dialout.Cancelled
		var because *dialout.Because
		if !errors.As(context.Cause(ctx), &because) {
			p.t.Errorf("a call was ended without a reason: %v", context.Cause(ctx))
		}
	}
	out.Ended = time.Now()
	out.Spent = cost(out.Ended.Sub(answered))
	p.mu.Lock()
	p.charged += out.Spent
	p.mu.Unlock()
	return out
}

func cost(talked time.Duration) int64 { return int64(talked/time.Second) * perMinute / 60 }

// place notes an attempt and gives what comes of it.
func (p *company) place(o dialout.Order) answer {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.placed = append(p.placed, placed{time.Since(p.began), o})
	p.under++
	p.most = max(p.most, p.under)
	if p.lines > 0 && p.runs >= p.lines {
		return answer{rule: "concurrency"}
	}
	p.runs++
	all := p.answers[o.Number]
	if len(all) == 0 {
		return answer{rings: time.Second, talks: time.Hour}
	}
	if len(all) > 1 {
		p.answers[o.Number] = all[1:]
	}
	return all[0]
}

func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (p *company) Find(_ context.Context, _ dialout.Caller, who wire.Callee) (dialout.Callee, error) {
	if who.Person != "" {
		c, ok := p.book[who.Person]
		if !ok {
			return c, dialout.ErrNobody
		}
		return c, nil
	}
	c := dialout.Callee{Name: who.Name}
	for _, n := range who.Numbers {
		if !strings.HasPrefix(n, "+") {
			return dialout.Callee{}, dialout.ErrBadNumber
		}
		c.Numbers = append(c.Numbers, dialout.Number(n))
	}
	return c, nil
}

func (p *company) Quote(_ context.Context, o dialout.Order) (wire.Price, error) {
	time.Sleep(10 * time.Millisecond)
	if o.Number == "+999" {
		return wire.Price{Refusal: wire.Refusal{Cause: "refused", Rule: "premium"}, Rate: 7}, nil
	}
	return wire.Price{Number: o.Number.String(), Rate: perMinute}, nil
}

func (p *company) Meter(id string) (dialout.Meter, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	m, ok := p.meters[id]
	m.Spent = cost(time.Since(m.Since))
	return m, ok
}

// whom lists who was called and when, in seconds from the beginning.
func (p *company) whom() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []string
	for _, c := range p.placed {
		all = append(all, c.at.Round(time.Second).String()+" "+string(c.Number))
	}
	return all
}

// heard is an Audience that writes down what it is told.
type heard struct {
	mu      sync.Mutex
	states  map[string][]string // by name
	batches []wire.Batch
	burned  []dialout.Burning
	warned  []wire.MoneyWarning
}

func (h *heard) CallChanged(_ string, c wire.Call) {
	h.mu.Lock()
	defer h.mu.Unlock()
	text := string(c.State)
	if c.Cause != "" {
		text += ":" + c.Cause
	}
	h.states[c.Name] = append(h.states[c.Name], text)
}

func (h *heard) BatchChanged(b wire.Batch) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.batches = append(h.batches, b)
}

func (h *heard) Burns(b dialout.Burning) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.burned = append(h.burned, b)
}

func (h *heard) Warned(_, _ string, w wire.MoneyWarning) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.warned = append(h.warned, w)
}

func (h *heard) of(name string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return strings.Join(h.states[name], " ")
}

func (h *heard) last() wire.Batch {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.batches[len(h.batches)-1]
}

// office is an exchange with its telephone company.
type office struct {
	*testing.T
	*dialout.Exchange
	*company
	heard *heard
	keys  int
}

var ann = dialout.Caller{Person: "ann", Name: "Ann"}

// inOffice runs a test in an office where time passes only when nobody has
// anything to do.
func inOffice(t *testing.T, answers map[dialout.Number][]answer, test func(o *office), changes ...func(*dialout.Config)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cfg := dialout.DefaultConfig()
		for _, change := range changes {
			change(&cfg)
		}
		c := &company{t: t, answers: answers, began: time.Now(), meters: map[string]dialout.Meter{}, book: map[string]dialout.Callee{
			"ann": {Person: "ann", Name: "Ann", Numbers: []dialout.Number{"+100"}},
			"bob": {Person: "bob", Name: "Bob", Numbers: []dialout.Number{"+201", "+202"}},
		}}
		h := &heard{states: map[string][]string{}}
		x, err := dialout.New(cfg, c, h, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		test(&office{T: t, Exchange: x, company: c, heard: h})
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		x.Shutdown(ctx)
	})
}

// ask has people called.
func (o *office) ask(d wire.Dial) dialout.Snapshot {
	o.Helper()
	if d.Key == "" {
		o.keys++
		d.Key = strings.Repeat("k", o.keys)
	}
	s, err := o.Dial(o.Context(), dialout.Wish{By: ann, Meeting: "m1", Dial: d})
	if err != nil {
		o.Fatal(err)
	}
	return s
}

// Dial is the exchange's, not the company's.
func (o *office) Dial(ctx context.Context, w dialout.Wish) (dialout.Snapshot, error) {
	return o.Exchange.Dial(ctx, w)
}

// after lets time pass, and everybody do what is due.
func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// states of all calls of a batch, in order.
func (o *office) states(id string) string {
	s, _ := o.Batch(id)
	var all []string
	for _, c := range s.Calls {
		text := string(c.State)
		if c.Cause != "" {
			text += ":" + c.Cause
		}
		all = append(all, text)
	}
	return strings.Join(all, " ")
}

func (o *office) want(what, got, want string) {
	o.Helper()
	if got != want {
		o.Errorf("%s:\ngot  %s\nwant %s", what, got, want)
	}
}

func (o *office) wantCalls(want ...string) {
	o.Helper()
	if got := o.whom(); !slices.Equal(got, want) {
		o.Errorf("called %q, want %q", got, want)
	}
}

// by is somebody who is reached by numbers.
func by(name string, numbers ...string) wire.Callee { return wire.Callee{Name: name, Numbers: numbers} }
