package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"partyline/sfu/audio"
	"partyline/signaling/auth"
	"partyline/signaling/company"
	"partyline/signaling/dialout"
	"partyline/signaling/meeting"
	"partyline/signaling/wire"
	"partyline/sip"
	"partyline/sip/billing"
	"partyline/sip/dialplan"
)

// This file is where those who have people called meet the telephones and the
// money.

var _ dialout.Dialer = (*dialer)(nil)

// dialer places the calls that people ask for. The phones are set once, before
// anybody asks; nil where there are none.
type dialer struct {
	phones    *sip.Gateway
	desk      *billing.Desk
	numbering dialplan.Numbering
	home      billing.Home
	accounts  *auth.Accounts
	book      *meeting.Book
	contacts  *company.Contacts
	approvals *company.Approvals
	queue     billing.Queue
	records   *records
	stories   *stories
	log       *slog.Logger

	// whispers lets whoever dials hear what the network plays, and place tells
	// where they are; they are set with the rooms.
	whispers func(room string, participant uint32) whisper
	place    func(meeting, person string) (room string, participant uint32, ok bool)

	mu      sync.Mutex // guards what follows
	meters  map[string]meter
	hearing map[string]bool // people who hear one network already
}

// whisper is a sound that one participant alone hears.
type whisper interface {
	Write(audio.Packet)
	Close()
}

// meter is an answered call that costs something.
type meter struct {
	sip.Meter
	since time.Time
}

// Find tells whom somebody means.
func (d *dialer) Find(ctx context.Context, by dialout.Caller, who wire.Callee) (dialout.Callee, error) {
	switch {
	case who.Person != "":
		return d.findColleague(ctx, who.Person)
	case who.Contact != "":
		return d.findContact(ctx, by, who.Contact)
	}
	callee := dialout.Callee{Name: who.Name, Known: true}
	for _, text := range who.Numbers {
		to, err := d.numbering.Classify(text)
		if errors.Is(err, dialplan.ErrBadNumber) {
			return callee, fmt.Errorf("%w: %w", dialout.ErrBadNumber, err)
		}
		if err := d.recognise(ctx, by, to.Number, &callee); err != nil {
			return callee, err
		}
		callee.Numbers = append(callee.Numbers, written(to))
	}
	if len(callee.Numbers) == 0 {
		return callee, dialout.ErrBadNumber
	}
	return callee, nil
}

// written is a number by which the same one is known again, however somebody
// typed it.
func written(to dialplan.Dialled) dialout.Number {
	if to.Extension == "" {
		return dialout.Number(to.Number)
	}
	return dialout.Number(string(to.Number) + "," + to.Extension)
}

// recognise adds what is known of a number to a callee: a colleague is called as
// who they are, since it is we who chose their number.
func (d *dialer) recognise(ctx context.Context, by dialout.Caller, number dialplan.Number, callee *dialout.Callee) error {
	name, known, err := d.contacts.Known(ctx, by.Person, number)
	if err != nil {
		return fmt.Errorf("whose number: %w", err)
	}
	callee.Known = callee.Known && known
	if callee.Name == "" {
		callee.Name = name
	}
	p, err := d.accounts.ByPhone(ctx, auth.Phone(number))
	switch {
	case errors.Is(err, auth.ErrNoPerson):
		return nil
	case err != nil:
		return fmt.Errorf("whose number: %w", err)
	}
	callee.Person, callee.Name, callee.Language = p.ID, p.Name, p.Language
	return nil
}

func (d *dialer) findColleague(ctx context.Context, id string) (dialout.Callee, error) {
	p, err := d.accounts.Person(ctx, id)
	if errors.Is(err, auth.ErrNoPerson) {
		return dialout.Callee{}, fmt.Errorf("%w: %w", dialout.ErrNobody, err)
	}
	if err != nil {
		return dialout.Callee{}, fmt.Errorf("find a colleague: %w", err)
	}
	callee := dialout.Callee{Person: p.ID, Name: p.Name, Language: p.Language, Known: true}
	if !p.Active || p.Phone == "" {
		return callee, dialout.ErrNobody
	}
	callee.Numbers = []dialout.Number{dialout.Number(p.Phone)}
	return callee, nil
}

func (d *dialer) findContact(ctx context.Context, by dialout.Caller, id string) (dialout.Callee, error) {
	contacts, err := d.contacts.Of(ctx, auth.Person{ID: by.Person}, "")
	if err != nil {
		return dialout.Callee{}, fmt.Errorf("find a contact: %w", err)
	}
	i := slices.IndexFunc(contacts, func(c company.Contact) bool { return c.ID == id })
	if i < 0 {
		return dialout.Callee{}, dialout.ErrNobody
	}
	return dialout.Callee{Name: contacts[i].Name, Known: true, Numbers: []dialout.Number{dialout.Number(contacts[i].Number)}}, nil
}

// Quote tells what an order would cost.
func (d *dialer) Quote(ctx context.Context, o dialout.Order) (wire.Price, error) {
	request, by, err := d.request(ctx, o)
	if err != nil {
		return wire.Price{}, err
	}
	quote, err := d.desk.Quote(ctx, request, d.routes(request.To))
	var refusal *billing.Refusal
	if err != nil && !errors.As(err, &refusal) {
		return wire.Price{}, fmt.Errorf("ask for a price: %w", err)
	}
	price := priceOf(request.To, quote)
	price.Payer, price.Payers = payerIn(request.Payer, by), payersOf(by, o)
	if refusal != nil {
		price.Approval = refusal.Rule == billing.FirstCountry && !d.denied(ctx, refusal)
		if !price.Approval {
			price.Refusal = refusalOf(refusal)
		}
	}
	return price, nil
}

// denied tells whether an admin has said no to the country already.
func (d *dialer) denied(ctx context.Context, why *billing.Refusal) bool {
	answer, err := d.approvals.Decision(ctx, why.Detail["country"])
	return err == nil && answer.Standing == company.IsDenied
}

// routes are the trunks that may take a call; none without phones.
func (d *dialer) routes(to dialplan.Dialled) []billing.Route {
	if d.phones == nil {
		return nil
	}
	return d.phones.Routes(to)
}

// request is an order in the words of those who bill it, and who gave it.
func (d *dialer) request(ctx context.Context, o dialout.Order) (billing.Request, auth.Person, error) {
	by, err := d.accounts.Person(ctx, o.By.Person)
	if err != nil {
		return billing.Request{}, by, fmt.Errorf("who dials: %w", err)
	}
	to, err := d.numbering.Classify(string(o.Number))
	if errors.Is(err, dialplan.ErrBadNumber) {
		return billing.Request{}, by, fmt.Errorf("%w: %w", dialout.ErrBadNumber, err)
	}
	var may billing.MayCall
	if err := may.UnmarshalText([]byte(by.MayCall)); err != nil {
		return billing.Request{}, by, fmt.Errorf("whom %s may call: %w", by.ID, err)
	}
	r := billing.Request{
		Call: o.ID, Batch: o.Batch, Attempt: o.Attempt, Direction: billing.Outbound,
		Person: by.ID, PersonName: by.Name, Department: by.Department, CostCentre: by.CostCentre, MayCall: may,
		Meeting: o.Meeting, To: to, ToName: o.To.Name, From: d.shown(o.Shown), Known: o.To.Known,
		Payer: payerByRule(by), Limit: o.Limit, Parent: o.Parent, Shown: billing.Micro(o.MaxRate),
	}
	if to.Country != d.home.Country { // or else no rule asks where invitees are
		if r.Countries, err = d.countries(ctx, o.Meeting); err != nil {
			return r, by, err
		}
	}
	if o.Payer != nil {
		if r.Payer, err = payerFrom(*o.Payer, by, o); err != nil {
			return r, by, err
		}
	}
	return r, by, nil
}

// shown is the number of the company's that somebody wants a call to show,
// however they wrote it. Which one it does show is the trunk's to say.
func (d *dialer) shown(wanted dialout.Number) dialplan.Number {
	number, err := dialplan.Parse(string(wanted), d.numbering.Home)
	if err != nil {
		return ""
	}
	return number
}

// countries are those where the people are who are invited to a meeting, as far
// as their telephone numbers tell.
func (d *dialer) countries(ctx context.Context, id string) ([]string, error) {
	m, err := d.book.Get(ctx, id)
	if errors.Is(err, meeting.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("who is invited: %w", err)
	}
	people := []string{m.Organiser}
	for _, invitee := range m.Invitees {
		people = append(people, invitee.Person)
	}
	var countries []string
	for _, id := range people {
		p, err := d.accounts.Person(ctx, id)
		if errors.Is(err, auth.ErrNoPerson) {
			continue // somebody outside the company
		}
		if err != nil {
			return nil, fmt.Errorf("who is invited: %w", err)
		}
		if at, err := d.numbering.Classify(string(p.Phone)); err == nil && at.Country != "" && !slices.Contains(countries, at.Country) {
			countries = append(countries, at.Country)
		}
	}
	return countries, nil
}

// Dial places one call.
func (d *dialer) Dial(ctx context.Context, o dialout.Order, tell func(dialout.Progress)) (outcome dialout.Outcome) {
	told := d.stories.remind(o)
	defer func() { told(outcome) }()
	if d.phones == nil {
		return dialout.Outcome{Cause: dialout.TrunkDown, Ended: time.Now()}
	}
	request, by, err := d.request(ctx, o)
	if err != nil {
		return d.failed(o, err)
	}
	early := &early{dialer: d, order: o}
	defer early.end()
	order := sip.Order{
		Bill: request, Language: o.To.Language, Meeting: sip.Meeting{ID: o.Meeting},
		Identity: sip.Identity{Person: o.To.Person, Name: o.To.Name, Owner: o.To.Person != ""},
		Ring:     o.Ring, Early: early.hear, Greeting: sip.Greeting{By: d.spoken(ctx, by), Own: o.Self, Of: reminderOf(o.Reminder)}, Back: o.Back,
	}
	defer d.hangUp(o.ID)
	ctx, stop := explained(ctx)
	defer stop()
	ended, err := d.phones.Dial(ctx, order, func(p sip.Progress) {
		if p.State == sip.CallAnswered {
			early.end()
		}
		tell(d.progress(o, request, by, p))
	})
	if err != nil {
		return d.failed(o, err)
	}
	return d.outcome(ctx, ended)
}

// explained is done when ctx is, for the same reason in the gateway's words.
func explained(ctx context.Context) (_ context.Context, stop func()) {
	calling, end := context.WithCancelCause(context.WithoutCancel(ctx))
	unlink := context.AfterFunc(ctx, func() {
		var why *dialout.Because
		if errors.As(context.Cause(ctx), &why) {
			end(&sip.Because{Cause: billing.Cause(why.Cause)})
		}
		end(context.Cause(ctx))
	})
	return calling, func() {
		unlink()
		end(nil)
	}
}

// failed is the outcome of a call that was not tried.
func (d *dialer) failed(o dialout.Order, err error) dialout.Outcome {
	cause := dialout.Fault
	switch {
	case errors.Is(err, dialout.ErrBadNumber):
		cause = dialout.WrongNumber
	case errors.Is(err, dialout.ErrPayer):
		cause = dialout.Refused
	case errors.Is(err, sip.ErrShuttingDown):
		cause = dialout.ShuttingDown
	default:
		d.log.Error("a call could not be tried", "order", o.ID, "error", err)
	}
	return dialout.Outcome{Cause: cause, Ended: time.Now()}
}

// spoken is who calls, in their own voice; nil where they never spoke it.
func (d *dialer) spoken(ctx context.Context, by auth.Person) []audio.Frame {
	name, err := d.records.SpokenName(ctx, by.ID)
	if err != nil {
		d.log.Warn("a spoken name could not be read", "person", by.ID, "error", err)
	}
	return name
}

// progress is a step of a call as the page knows it.
func (d *dialer) progress(o dialout.Order, r billing.Request, by auth.Person, p sip.Progress) dialout.Progress {
	if p.State == sip.CallAnswered && p.Meter != nil {
		d.mu.Lock()
		d.meters[o.ID] = meter{p.Meter, p.At}
		d.mu.Unlock()
	}
	step := dialout.Progress{State: states[p.State], Early: p.State == sip.CallEarly, At: p.At, Warning: warningOf(p.Warning)}
	if p.State == sip.CallReplied {
		step.State, step.Reply = "", replies[p.Reply]
	}
	if p.State == sip.CallTrying && p.Meter != nil {
		rate := p.Meter.Rate()
		price := priceOf(r.To, billing.Quote{Rate: rate})
		price.Payer = payerIn(r.Payer, by)
		step.Price = &price
	}
	return step
}

// hangUp forgets what a call costs.
func (d *dialer) hangUp(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.meters, id)
}

// Meter tells what an answered call has cost so far.
func (d *dialer) Meter(id string) (dialout.Meter, bool) {
	d.mu.Lock()
	m, ok := d.meters[id]
	d.mu.Unlock()
	if !ok {
		return dialout.Meter{}, false
	}
	now := time.Now()
	reading := dialout.Meter{Rate: int64(m.Rate().PerMinute), Since: m.since, Spent: int64(m.Spent(now))}
	if left := m.Left(now); left < unlimited {
		reading.Lasts = left
	}
	return reading, true
}

// unlimited is more than any budget lasts: billing says 100 days where money is
// no limit.
const unlimited = 90 * 24 * time.Hour

// outcome is how a call ended as the page knows it.
func (d *dialer) outcome(ctx context.Context, o sip.Outcome) dialout.Outcome {
	out := dialout.Outcome{
		Cause: causeOf(o.Cause), Status: o.Status, Answered: o.Record.Answer, Ended: o.Record.End, Spent: int64(o.Record.Cost),
	}
	if out.Ended.IsZero() {
		out.Ended = time.Now()
	}
	if o.Refusal != nil {
		out.Rule, out.Detail = string(o.Refusal.Rule), o.Refusal.Detail
		if o.Refusal.Rule == billing.FirstCountry && !d.denied(ctx, o.Refusal) {
			out.Approval = o.Refusal.Detail["country"]
		}
	}
	return out
}
