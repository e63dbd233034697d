package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"partyline/signaling/company"
	"partyline/sip/billing"
	"partyline/sip/dialplan"
)

type ratesShow struct {
	Number  string        `arg:"" help:"Number as one dials it."`
	At      string        `help:"When it is answered: a date or a time. Default: now."`
	For     time.Duration `default:"1m" help:"How long the call lasts, such as 61s."`
	Trunk   string        `help:"Only this trunk."`
	Inbound bool          `help:"As a number of our own that is called."`
}

// offer is what one trunk's calls to a number cost.
type offer struct {
	trunk, version string
	rate           billing.Rate
}

// Run shows every trunk's rate, the cheapest first, and explains its charge.
func (c ratesShow) Run(t *terminal) error {
	return t.withBackOffice(func(ctx context.Context, b *backOffice) error {
		at, err := when(c.At, b.home.Zone)
		if err != nil {
			return fmt.Errorf("--at: %w", err)
		}
		if at.IsZero() {
			at = time.Now()
		}
		dialled, err := b.cfg.numbering().Classify(c.Number)
		if err != nil {
			return err
		}
		offers, err := b.offers(ctx, c, dialled.Number, at)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(t.out, "%s: %s\n", string(dialled.Number), kindOf(dialled)); err != nil {
			return err
		}
		if len(offers) == 0 {
			return errors.New("no deck in force has a rate for it, so that it is not called: `partyline rates list` shows the decks")
		}
		return b.show(offers, c.For)
	})
}

// kindOf says what a number is: "mobile, CN".
func kindOf(d dialplan.Dialled) string {
	words := []string{d.Class.String()}
	for _, more := range []string{d.Country, d.Service} {
		if more != "" {
			words = append(words, more)
		}
	}
	return strings.Join(words, ", ")
}

// offers finds the rate of every trunk that any deck knows, and of all others.
func (b *backOffice) offers(ctx context.Context, c ratesShow, number dialplan.Number, at time.Time) (all []offer, err error) {
	decks, err := b.inForce(ctx, at)
	if err != nil {
		return nil, err
	}
	trunks := map[string]bool{"": true}
	for _, deck := range decks {
		trunks[deck.Trunk()] = true
		for _, r := range deck.Rates() {
			trunks[r.Trunk] = true
		}
	}
	if c.Trunk != "" {
		trunks = map[string]bool{c.Trunk: true}
	}
	direction := billing.Outbound
	if c.Inbound {
		direction = billing.Inbound
	}
	table := billing.NewDecks(decks...)
	for _, trunk := range slices.Sorted(maps.Keys(trunks)) {
		if rate, version, ok := table.Find(number, trunk, direction, at); ok {
			all = append(all, offer{trunk, version, rate})
		}
	}
	slices.SortStableFunc(all, func(x, y offer) int { return int(x.rate.Price(c.For) - y.rate.Price(c.For)) })
	return all, nil
}

// inForce are the decks that were or will have come in force by a time.
func (b *backOffice) inForce(ctx context.Context, at time.Time) (decks []*billing.Deck, err error) {
	all, err := b.decks.All(ctx, clerk())
	if err != nil {
		return nil, err
	}
	for _, d := range latest(all, at) {
		deck, err := b.decks.Version(ctx, d.Version)
		if err != nil {
			return nil, err
		}
		decks = append(decks, deck)
	}
	return decks, nil
}

// latest are those of each trunk, and for all of them, that are in force at a
// time. The decks are given with the latest version first.
func latest(all []company.Deck, at time.Time) (found []company.Deck) {
	best := map[string]company.Deck{}
	for _, d := range all {
		if d.State == company.DeckForeign {
			continue
		}
		old, ok := best[d.Trunk]
		if !d.ActiveFrom.IsZero() && !d.ActiveFrom.After(at) && (!ok || d.ActiveFrom.After(old.ActiveFrom)) {
			best[d.Trunk] = d
		}
	}
	return slices.Collect(maps.Values(best))
}

// show lists offers and explains what the first of them comes to.
func (b *backOffice) show(offers []offer, long time.Duration) error {
	table := tabwriter.NewWriter(b.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "TRUNK\tDECK\tPREFIX\tDESTINATION\tPER MINUTE\tCONNECTION\tSECONDS\t%s\n", strings.ToUpper(long.String()))
	for _, o := range offers {
		trunk := o.trunk
		if trunk == "" {
			trunk = "(others)"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", trunk, o.version, o.rate.Prefix, o.rate.Destination,
			o.rate.PerMinute, o.rate.Connect, pulses(&o.rate), o.rate.Price(long))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, step := range offers[0].rate.Charge(long).Steps {
		if _, err := fmt.Fprintf(b.out, "  %s\n", b.words(step)); err != nil {
			return err
		}
	}
	return nil
}

// words says a step of a charge.
func (b *backOffice) words(s billing.Step) string {
	v, currency := s.Values, b.home.Currency.Code
	switch s.Key {
	case billing.StepTalked:
		return "talked " + v["seconds"] + " s"
	case billing.StepGrace:
		return "calls of up to " + v["grace"] + " s cost nothing"
	case billing.StepInitial:
		return "the first " + v["seconds"] + " s are billed whole"
	case billing.StepIncrement:
		return "then " + v["count"] + " times " + v["each"] + " s"
	case billing.StepBilled:
		return "billed " + v["seconds"] + " s"
	case billing.StepMinutes:
		return v["seconds"] + " s at " + v["price"] + " a minute: " + v["amount"] + " " + currency
	case billing.StepConnect:
		return "connection: " + v["amount"] + " " + currency
	default:
		return "total: " + v["amount"] + " " + currency
	}
}
