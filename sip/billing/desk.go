package billing

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"partyline/sip/dialplan"
)

// Approvals are admins' answers to the first call to a country.
type Approvals interface {
	// Approved tells whether calls to a country were agreed to.
	Approved(ctx context.Context, country string) (bool, error)
	// Ask puts the question to the admins, once for each country however often
	// it is asked.
	Ask(ctx context.Context, r Request) error
}

// Config is what a Desk works with. Ledger is required.
type Config struct {
	Ledger    Ledger
	Approvals Approvals // nil: nobody is asked, and Request.Approved alone counts
	Home      Home
	Notices   func(Notice) // told from the desk's or a call's goroutine, must not wait; nil: nobody
	Log       *slog.Logger // nil: none
}

// Desk is where calls are paid: it quotes them, holds the money, and settles.
// Its methods may be called by any goroutine. Run must run meanwhile.
type Desk struct {
	cfg    Config
	decks  atomic.Pointer[Decks]
	brakes atomic.Pointer[Brakes]

	mu     sync.Mutex      // guards what follows
	open   map[string]*Tab // by call, from when it is admitted
	placed placed
	unpaid []*Tab // closed, and the ledger did not take it yet
}

// NewDesk makes a desk without decks, which refuses every call by NoRate, and
// with DefaultBrakes.
func NewDesk(cfg Config) *Desk {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	d := &Desk{cfg: cfg, open: make(map[string]*Tab), placed: make(placed)}
	d.SetDecks(NewDecks())
	d.SetBrakes(DefaultBrakes())
	return d
}

// SetDecks replaces the decks; running calls keep their rates.
func (d *Desk) SetDecks(decks *Decks) { d.decks.Store(decks) }

// SetBrakes replaces the brakes, for calls from now on.
func (d *Desk) SetBrakes(b Brakes) { d.brakes.Store(&b) }

// Price is what a trunk's calls to a number cost per minute, for choosing the
// trunk; false: there is no price, and no call.
func (d *Desk) Price(number dialplan.Number, trunk string, at time.Time) (perMinute Micro, ok bool) {
	rate, _, ok := d.decks.Load().Find(number, trunk, Outbound, at)
	return rate.PerMinute, ok
}

// priced is a route with its price.
type priced struct {
	trunk, why, deck string
	rate             Rate
}

// price keeps the routes that have a price.
func (d *Desk) price(r Request, routes []Route) (known []priced) {
	decks := d.decks.Load()
	for _, route := range routes {
		if rate, version, ok := decks.Find(r.To.Number, route.Trunk, r.Direction, r.At); ok {
			known = append(known, priced{route.Trunk, route.Why, version, rate})
		}
	}
	return known
}

// Quote tells what a call would cost and whether it would be placed, and
// changes nothing. The error is a *Refusal, with which the quote holds what is
// known so far, or the ledger's.
func (d *Desk) Quote(ctx context.Context, r Request, routes []Route) (Quote, error) {
	s := d.situation(r, routes)
	err := d.weigh(ctx, s, nil)
	return s.quote(), err
}

// situation gathers what is known without asking anybody.
func (d *Desk) situation(r Request, routes []Route) *situation {
	if r.At.IsZero() {
		r.At = time.Now()
	}
	return &situation{Request: r, brakes: *d.brakes.Load(), home: d.cfg.Home, routes: affordable(r, d.price(r, routes))}
}

// affordable keeps the routes at the price that the caller agreed to, or all
// where there is none.
func affordable(r Request, routes []priced) []priced {
	if r.Direction == Inbound || r.Shown <= 0 {
		return routes
	}
	var kept []priced
	for _, route := range routes {
		if route.rate.PerMinute <= r.Shown {
			kept = append(kept, route)
		}
	}
	if len(kept) == 0 {
		return routes
	}
	return kept
}

// weigh asks every brake and budget, and has the tab count where they agree; nil
// only asks. Calls in are not refused.
func (d *Desk) weigh(ctx context.Context, s *situation, t *Tab) error {
	if s.Direction == Inbound {
		return d.admit(s, t)
	}
	if err := first(ofRequest, s); err != nil {
		return err
	}
	if err := d.approve(ctx, s); err != nil {
		return err
	}
	if err := first(ofPrice, s); err != nil {
		return err
	}
	facts, err := d.cfg.Ledger.Facts(ctx, s.query())
	if err != nil {
		return fmt.Errorf("ask the ledger what a call may cost: %w", err)
	}
	s.facts = facts
	if err := d.admit(s, t); err != nil {
		return err
	}
	for _, standing := range facts.Standings {
		if err := standing.Take(s.reserve()); err != nil {
			if t != nil {
				d.withdraw(s)
			}
			return err
		}
	}
	return nil
}

// approve asks whether an admin agreed to the country.
func (d *Desk) approve(ctx context.Context, s *situation) error {
	if s.asksFirst() && !s.Approved && d.cfg.Approvals != nil {
		approved, err := d.cfg.Approvals.Approved(ctx, s.To.Country)
		if err != nil {
			return fmt.Errorf("ask whether a country may be called: %w", err)
		}
		s.Approved = approved
	}
	return first([]brake{firstCountry}, s)
}

// query is what the brakes and the quote want to know of the ledger.
func (s *situation) query() Query {
	q := Query{
		Person: s.Person, Payers: s.Payers(), Dates: DatesAt(s.At, s.home.Zone),
		Since: s.At.Add(-s.brakes.Window), Prefix: block(s.To.Number),
	}
	for _, route := range s.routes {
		q.Trunks = append(q.Trunks, route.trunk)
	}
	return q
}

// reserve is the hold: enough for the dearest of the routes.
func (s *situation) reserve() (most Micro) {
	if s.Direction == Inbound {
		return 0
	}
	for _, route := range s.routes {
		most = max(most, route.rate.Reserve())
	}
	return most
}

// longest is when the call ends in any case; 0: never. Calls in are not limited
// by the brakes.
func (s *situation) longest() time.Duration {
	if s.Direction == Inbound {
		return s.Limit
	}
	if s.Limit > 0 && s.brakes.Longest > 0 {
		return min(s.Limit, s.brakes.Longest)
	}
	return max(s.Limit, s.brakes.Longest)
}

// quote puts what is known in words for the caller.
func (s *situation) quote() Quote {
	q := Quote{Currency: s.home.Currency, Payer: s.Payer, Hold: s.reserve(), Longest: s.longest()}
	if len(s.routes) > 0 {
		best := s.routes[0]
		q.Rate, q.Deck, q.Trunk, q.Why = best.rate, best.deck, best.trunk, best.why
	}
	q.Tightest = tightest(s.facts.Standings)
	if q.Tightest != nil && len(s.routes) > 0 {
		q.Lasts = q.Rate.Covers(max(q.Tightest.Left(), 0))
	}
	return q
}

// errTwice is for a call that is open already.
var errTwice = errors.New("a call of this id is open already")

// Open writes the call's record and takes the hold, before anything is sent. A
// refused call is recorded too, and the error is a *Refusal. The tab must be
// closed, whatever becomes of the call.
func (d *Desk) Open(ctx context.Context, r Request, routes []Route) (*Tab, error) {
	s := d.situation(r, routes)
	s.Call = cmp.Or(s.Call, rand.Text())
	t := s.tab(d)
	err := d.weigh(ctx, s, t)
	if err == nil {
		t.see(s.facts.Standings)
		err = d.begin(ctx, s, t)
	}
	var refusal *Refusal
	switch {
	case err == nil:
		return t, nil
	case !errors.As(err, &refusal):
		return nil, fmt.Errorf("open a call's account: %w", err)
	case refusal.Rule == FirstCountry:
		d.ask(ctx, s)
	}
	if err := d.refused(ctx, s, t.record(), refusal); err != nil {
		d.cfg.Log.Warn("a call refused is not recorded", "call", s.Call, "rule", refusal.Rule, "err", err)
	}
	return nil, refusal
}

// ask puts the question of a country to the admins.
func (d *Desk) ask(ctx context.Context, s *situation) {
	if d.cfg.Approvals == nil {
		return
	}
	if err := d.cfg.Approvals.Ask(ctx, s.Request); err != nil {
		d.cfg.Log.Warn("the admins could not be asked whether a country may be called", "country", s.To.Country, "err", err)
	}
}

// begin opens the tab in the ledger.
func (d *Desk) begin(ctx context.Context, s *situation, t *Tab) error {
	notices, err := d.cfg.Ledger.Open(ctx, t.record(), t.hold)
	if err == nil {
		d.tell(notices)
		return nil
	}
	d.withdraw(s)
	if refusal := (*Refusal)(nil); !errors.As(err, &refusal) { // it may be written all the same
		t.mu.Lock()
		t.finish(Result{Cause: CauseLost, Side: SideUs})
		t.mu.Unlock()
		d.owe(t)
	}
	return err
}

// refused records a call that was not placed.
func (d *Desk) refused(ctx context.Context, s *situation, record CDR, by *Refusal) error {
	hold := Hold{ID: record.Hold, Payers: s.Payers(), Dates: DatesAt(s.At, s.home.Zone), Expires: s.At}
	if _, err := d.cfg.Ledger.Open(ctx, record, hold); err != nil {
		return fmt.Errorf("record a call refused: %w", err)
	}
	record.State, record.End, record.Cause, record.Rule = Closed, record.Setup, CauseRefused, by.Rule
	if by.Rule == NoMoney {
		record.Cause = CauseNoMoney
	}
	if _, err := d.cfg.Ledger.Settle(ctx, record, Charge{}); err != nil {
		return fmt.Errorf("record a call refused: %w", err)
	}
	return nil
}

// record begins the record of a call.
func (s *situation) record() CDR {
	c := CDR{
		ID: s.Call, Parent: s.Parent, Kind: PhoneOut, Direction: s.Direction, Meeting: s.Meeting, Occurrence: s.Occurrence,
		Batch: s.Batch, Attempt: max(s.Attempt, 1), From: s.From, To: s.To.Number, Name: s.ToName, Known: s.Known,
		Person: s.Person, PersonName: s.PersonName, Department: s.Department, CostCentre: s.CostCentre, Payer: s.Payer,
		Class: s.To.Class, Country: s.To.Country, Currency: s.home.Currency, Hold: rand.Text(),
		Setup: s.At.UTC().Truncate(time.Millisecond),
	}
	c.Beat = c.Setup
	if s.Direction == Inbound {
		c.Kind = PhoneIn
	}
	if len(s.routes) > 0 {
		c.by(s.routes[0])
	}
	return c
}

// by notes the trunk that a call is tried on.
func (c *CDR) by(p priced) {
	c.Trunk, c.Why, c.Deck, c.Rate, c.Destination = p.trunk, p.why, p.deck, p.rate, p.rate.Destination
}

// tell passes notices on.
func (d *Desk) tell(notices []Notice) {
	if d.cfg.Notices == nil {
		return
	}
	for _, n := range notices {
		d.cfg.Notices(n)
	}
}

// tabs are the open ones, in the order of their ids.
func (d *Desk) tabs() []*Tab {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.SortedFunc(maps.Values(d.open), func(a, b *Tab) int { return strings.Compare(a.request.Call, b.request.Call) })
}

// PerMinute is what a minute of all calls costs that have been answered and go
// on, connect fees and minimums left out.
func (d *Desk) PerMinute() Micro {
	var sum Micro
	for _, t := range d.tabs() {
		t.mu.Lock()
		if t.cdr.State == Answered {
			sum += t.cdr.Rate.PerMinute
		}
		t.mu.Unlock()
	}
	return sum
}
