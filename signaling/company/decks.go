package company

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"partyline/signaling/auth"
	"partyline/sip/billing"
)

// What the rules of decks may answer.
var (
	// ErrConfirm is a deck that would raise a price a hundredfold, or take money
	// for what was free.
	ErrConfirm = errors.New("a price rises a hundredfold: it has to be confirmed")
	// ErrDeckInUse is a deck that was in force, and stays as it is.
	ErrDeckInUse = errors.New("the deck is or was in force")
	// ErrCurrency is a deck of a time when the company counted in another
	// currency.
	ErrCurrency = errors.New("the deck is in another currency than the company's")
)

// Decks are the versions of the company's rate decks. They are uploaded as
// drafts, looked at, and come in force at a time; then they are kept for ever,
// since records name theirs. The methods may be called from any goroutine.
type Decks struct {
	store DeckStore
	home  billing.Home
	apply func(*billing.Decks)
	turn  chan struct{} // whoever applies the decks holds it, so that the latest are applied last
	now   func() time.Time
	log   *slog.Logger
	// loaded is the summary of the decks that were loaded last; see Watch.
	loaded atomic.Pointer[string]
}

// NewDecks makes the decks over their store, in the company's currency. Apply
// is told those in force and to come when they change; nil: nobody is. The
// clock may be nil for the real one.
func NewDecks(store DeckStore, home billing.Home, apply func(*billing.Decks), clock func() time.Time, log *slog.Logger) *Decks {
	if clock == nil {
		clock = time.Now
	}
	d := &Decks{store: store, home: home, apply: apply, turn: make(chan struct{}, 1), now: clock, log: log}
	d.loaded.Store(new(string))
	return d
}

// All lists the decks, the latest version first. It returns
// auth.ErrNotAllowed.
func (d *Decks) All(ctx context.Context, actor auth.Person) ([]Deck, error) {
	if !actor.Admin {
		return nil, auth.ErrNotAllowed
	}
	return d.all(ctx)
}

func (d *Decks) all(ctx context.Context) ([]Deck, error) {
	decks, err := d.store.Decks(ctx)
	if err != nil {
		return nil, fmt.Errorf("list decks: %w", err)
	}
	states(decks, d.home.Currency.Code, d.now())
	return decks, nil
}

// Upload is a file of rates.
type Upload struct {
	Name  string // for people; empty: by the date
	Trunk string // whose prices these are; empty: of all trunks
}

// Import reads a file of rates, and keeps it as a draft where nothing is wrong
// with it. It returns auth.ErrNotAllowed or an *auth.Invalid; what is wrong with
// the file stands in the preview.
func (d *Decks) Import(ctx context.Context, actor auth.Person, u Upload, file io.Reader) (Preview, error) {
	if !actor.Admin {
		return Preview{}, auth.ErrNotAllowed
	}
	u.Name, u.Trunk = strings.TrimSpace(u.Name), strings.TrimSpace(u.Trunk)
	if !line(u.Name, 80) {
		return Preview{}, &auth.Invalid{Fields: []auth.FieldError{{Field: "name", Message: "A name has 1 to 80 printable characters."}}}
	}
	sum := newDigest(file)
	sheet, faults := billing.ParseDeck(sum, billing.Reading{Currency: d.home.Currency, Zone: d.home.Zone, Faults: maxFaults})
	if err := ctx.Err(); err != nil {
		return Preview{}, err // whoever sent the file is gone
	}
	if len(faults) > 0 {
		return Preview{Faults: faults}, nil
	}
	now := d.now().UTC().Truncate(time.Millisecond)
	deck := Deck{
		Name: u.Name, Trunk: u.Trunk, Rows: len(sheet.Rates), Currency: d.home.Currency.Code, SHA256: sum.hex(),
		UploadedAt: now, UploadedBy: whoOf(actor),
	}
	if deck.Name == "" {
		deck.Name = now.In(d.zone()).Format("2006-01-02 15:04")
	}
	priced, err := billing.NewDeck("", deck.Trunk, time.Time{}, sheet.Rates)
	if err != nil {
		return Preview{Faults: []billing.Fault{{Line: 1, Message: err.Error()}}}, nil
	}
	packed, err := pack(sheet.Rates, d.home.Currency)
	if err != nil {
		return Preview{}, fmt.Errorf("keep a deck: %w", err)
	}
	deck, err = d.store.AddDeck(ctx, deck, packed, func(deck Deck) (Entry, error) {
		return NewEntry(actor, now, ThingDeck, deck.Version, Added, nil, deckFields(deck))
	})
	if err != nil {
		return Preview{}, fmt.Errorf("keep a deck: %w", err)
	}
	deck.State = DeckDraft
	return d.preview(ctx, deck, priced)
}

func (d *Decks) zone() *time.Location {
	if d.home.Zone == nil {
		return time.UTC
	}
	return d.home.Zone
}

// deckFields are those that the log tells of.
func deckFields(d Deck) map[string]any {
	return map[string]any{"name": d.Name, "trunk": d.Trunk, "rows": d.Rows, "sha256": d.SHA256[:min(8, len(d.SHA256))], "activeFrom": stamp(d.ActiveFrom)}
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// Preview tells what a deck changes, beside the one in force now. It returns
// auth.ErrNotAllowed or ErrNotFound.
func (d *Decks) Preview(ctx context.Context, actor auth.Person, version string) (Preview, error) {
	if !actor.Admin {
		return Preview{}, auth.ErrNotAllowed
	}
	deck, priced, err := d.read(ctx, version)
	if err != nil {
		return Preview{}, err
	}
	all, err := d.all(ctx)
	if err != nil {
		return Preview{}, err
	}
	for _, other := range all {
		if other.Version == deck.Version {
			deck = other // with its state
		}
	}
	return d.preview(ctx, deck, priced)
}

func (d *Decks) preview(ctx context.Context, deck Deck, priced *billing.Deck) (Preview, error) {
	p := Preview{Deck: &deck, Rows: deck.Rows}
	all, err := d.all(ctx)
	if err != nil {
		return Preview{}, err
	}
	inForce := map[string]*billing.Deck{}
	for _, trunk := range []string{"", deck.Trunk} { // its own last: that is what it follows
		for _, other := range all {
			if other.State != DeckActive || other.Trunk != trunk || other.Version == deck.Version {
				continue
			}
			if _, inForce[trunk], err = d.read(ctx, other.Version); err != nil {
				return Preview{}, err
			}
			p.Against = other.Version
		}
	}
	changes := billing.Compare(inForce[deck.Trunk], priced)
	if deck.Trunk != "" && inForce[""] != nil {
		changes = beside(inForce[""], inForce[deck.Trunk], priced, d.now(), changes)
	}
	p.sum(changes)
	return p, nil
}

// read gives a deck with its rates.
func (d *Decks) read(ctx context.Context, version string) (Deck, *billing.Deck, error) {
	deck, packed, err := d.store.DeckRates(ctx, version)
	if err != nil {
		return Deck{}, nil, fmt.Errorf("read deck %s: %w", version, err)
	}
	if deck.Currency != d.home.Currency.Code {
		return Deck{}, nil, fmt.Errorf("deck %s is in %s: %w", version, deck.Currency, ErrCurrency)
	}
	rates, err := unpack(deck, packed)
	if err != nil {
		return Deck{}, nil, err
	}
	priced, err := billing.NewDeck(deck.Version, deck.Trunk, deck.ActiveFrom, rates)
	if err != nil {
		return Deck{}, nil, fmt.Errorf("read deck %s: %w", version, err)
	}
	return deck, priced, nil
}

// Version is a deck as money is counted by it, also one that is in force no
// longer. It returns ErrNotFound.
func (d *Decks) Version(ctx context.Context, version string) (*billing.Deck, error) {
	_, priced, err := d.read(ctx, version)
	return priced, err
}

// Load gives the decks that calls are priced by from now on: those in force
// and those to come. A deck that cannot be read is an error: calls would be
// priced by an older one. One in another currency than the company's is left
// out with a warning: its figures mean something else now.
func (d *Decks) Load(ctx context.Context) (*billing.Decks, error) {
	all, err := d.all(ctx)
	if err != nil {
		return nil, err
	}
	var priced []*billing.Deck
	for _, deck := range all {
		if deck.State == DeckForeign {
			d.log.WarnContext(ctx, "deck is left out, calls are not priced by it: upload one in the company's currency",
				"deck", deck.Version, "trunk", deck.Trunk, "currency", deck.Currency, "company", d.home.Currency.Code)
		}
		if deck.State != DeckActive && deck.State != DeckScheduled {
			continue
		}
		_, p, err := d.read(ctx, deck.Version)
		if err != nil {
			return nil, err
		}
		priced = append(priced, p)
	}
	loaded := summary(all)
	d.loaded.Store(&loaded)
	return billing.NewDecks(priced...), nil
}

// Write writes a deck as CSV in our own columns. It returns auth.ErrNotAllowed
// or ErrNotFound before anything is written.
func (d *Decks) Write(ctx context.Context, actor auth.Person, version string) (func(io.Writer) error, error) {
	if !actor.Admin {
		return nil, auth.ErrNotAllowed
	}
	_, priced, err := d.read(ctx, version)
	if err != nil {
		return nil, err
	}
	return func(w io.Writer) error { return billing.WriteDeck(w, priced.Rates(), d.home.Currency) }, nil
}

// Activation is when a deck comes in force.
type Activation struct {
	At      time.Time // zero: now
	Confirm bool      // also where a price rises a hundredfold
}

// Activate lets a draft come in force. It returns auth.ErrNotAllowed,
// ErrNotFound, an *auth.Invalid for a time that is past, ErrConfirm,
// ErrCurrency, or ErrDeckInUse: a version comes in force once.
func (d *Decks) Activate(ctx context.Context, actor auth.Person, version string, a Activation) (Deck, error) {
	if !actor.Admin {
		return Deck{}, auth.ErrNotAllowed
	}
	if !a.Confirm {
		p, err := d.Preview(ctx, actor, version)
		if err != nil {
			return Deck{}, err
		}
		if len(p.Hundredfold) > 0 {
			return Deck{}, ErrConfirm
		}
	}
	now := d.now().Truncate(time.Millisecond)
	at := a.At.Truncate(time.Millisecond)
	if a.At.IsZero() {
		at = now
	}
	if at.Before(now) {
		return Deck{}, &auth.Invalid{Fields: []auth.FieldError{{Field: "at", Message: "A deck comes in force now or later, never in the past."}}}
	}
	return d.change(ctx, version, func(deck *Deck) (Entry, error) {
		if !deck.ActiveFrom.IsZero() && !deck.ActiveFrom.After(now) {
			return Entry{}, ErrDeckInUse
		}
		if deck.Currency != d.home.Currency.Code {
			return Entry{}, ErrCurrency
		}
		before := *deck
		deck.ActiveFrom, deck.ActivatedBy = at, actor.Name
		return NewEntry(actor, now, ThingDeck, version, Activated, deckFields(before), deckFields(*deck))
	})
}

// Cancel takes back that a deck comes in force, while it has not. It returns
// auth.ErrNotAllowed, ErrNotFound or ErrDeckInUse.
func (d *Decks) Cancel(ctx context.Context, actor auth.Person, version string) (Deck, error) {
	if !actor.Admin {
		return Deck{}, auth.ErrNotAllowed
	}
	now := d.now()
	return d.change(ctx, version, func(deck *Deck) (Entry, error) {
		switch {
		case deck.ActiveFrom.IsZero():
			return Entry{}, ErrNotFound
		case !deck.ActiveFrom.After(now):
			return Entry{}, ErrDeckInUse
		}
		before := *deck
		deck.ActiveFrom, deck.ActivatedBy = time.Time{}, ""
		return NewEntry(actor, now, ThingDeck, version, Cancelled, deckFields(before), deckFields(*deck))
	})
}

// Remove forgets a draft. It returns auth.ErrNotAllowed, ErrNotFound or
// ErrDeckInUse.
func (d *Decks) Remove(ctx context.Context, actor auth.Person, version string) error {
	if !actor.Admin {
		return auth.ErrNotAllowed
	}
	_, err := d.change(ctx, version, func(deck *Deck) (Entry, error) {
		if !deck.ActiveFrom.IsZero() {
			return Entry{}, ErrDeckInUse
		}
		deck.Removed = true
		return NewEntry(actor, d.now(), ThingDeck, version, Removed, deckFields(*deck), nil)
	})
	return err
}

// change changes a deck and tells whoever counts money.
func (d *Decks) change(ctx context.Context, version string, change func(*Deck) (Entry, error)) (Deck, error) {
	deck, err := d.store.ChangeDeck(ctx, version, change)
	if err != nil {
		return Deck{}, fmt.Errorf("change deck %s: %w", version, err)
	}
	d.applied(ctx)
	all, err := d.all(ctx)
	if i := slices.IndexFunc(all, func(o Deck) bool { return o.Version == version }); i >= 0 {
		deck = all[i]
	}
	return deck, err
}

// applied tells whoever counts money, the latest last. The change is stored
// whatever comes of it.
func (d *Decks) applied(ctx context.Context) {
	if d.apply == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-ctx.Done():
		d.log.ErrorContext(ctx, "decks not applied", "err", ctx.Err())
		return
	}
	decks, err := d.Load(ctx)
	if err != nil {
		d.log.ErrorContext(ctx, "decks not applied", "err", err)
		return
	}
	d.apply(decks)
}
