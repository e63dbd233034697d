package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"partyline/signaling/company"
	"partyline/sip/billing"
)

type ratesVerify struct {
	Month string `help:"Only calls of a month such as 2026-11. Default: all."`
}

// Run charges records again. It fails where one cost something else.
func (c ratesVerify) Run(t *terminal) error {
	return t.withBackOffice(func(ctx context.Context, b *backOffice) error {
		search := billing.Search{Oldest: true}
		if c.Month != "" {
			var err error
			if search.From, search.To, err = month(c.Month, b.home.Zone); err != nil {
				return fmt.Errorf("--month: %w", err)
			}
		}
		v := verification{backOffice: b, versions: make(map[string]*billing.Deck)}
		if err := b.each(ctx, search, func(r *billing.CDR) error { return v.check(ctx, r) }); err != nil {
			return err
		}
		fmt.Fprintf(t.out, "%d records, %d answered, %s in all.\n", v.records, v.answered, v.cost.Format(b.home.Currency))
		if v.open > 0 {
			fmt.Fprintf(t.out, "%d calls are running and not charged yet.\n", v.open)
		}
		if err := b.store.ProveLedger(ctx); err != nil {
			return err
		}
		fmt.Fprintln(t.out, "The ledger adds up.")
		if v.wrong > 0 {
			return fmt.Errorf("%d records do not cost what their deck says", v.wrong)
		}
		_, err := fmt.Fprintln(t.out, "Each record costs what its deck says, to the millionth.")
		return err
	})
}

// verification charges records again by their own versions.
type verification struct {
	*backOffice
	versions                       map[string]*billing.Deck // nil: not kept any more
	records, answered, open, wrong int
	cost                           billing.Micro
}

// check charges one record.
func (v *verification) check(ctx context.Context, r *billing.CDR) error {
	v.records++
	if r.State != billing.Closed {
		v.open++
		return nil
	}
	if !r.Answer.IsZero() {
		v.answered++
	}
	v.cost += r.Cost
	deck, err := v.version(ctx, r.Deck)
	if err != nil {
		return err
	}
	charge, err := billing.Recompute(r, billing.NewDecks(deck...))
	switch {
	case errors.Is(err, billing.ErrNoVersion):
		v.wrong++
		fmt.Fprintf(v.err, "%s of %s: %v\n", r.ID, r.Setup.In(v.home.Zone).Format(time.DateTime), err)
	case err != nil:
		return err
	case charge.Micro != r.Cost || charge.Seconds != r.BilledSeconds:
		v.wrong++
		fmt.Fprintf(v.err, "%s of %s cost %s for %d s, and deck %s says %s for %d s\n",
			r.ID, r.Setup.In(v.home.Zone).Format(time.DateTime), r.Cost, r.BilledSeconds, r.Deck, charge.Micro, charge.Seconds)
	}
	return nil
}

// version reads a version, once; none where there is none.
func (v *verification) version(ctx context.Context, version string) ([]*billing.Deck, error) {
	deck, known := v.versions[version]
	if !known && version != "" {
		var err error
		deck, err = v.decks.Version(ctx, version)
		if err != nil && !errors.Is(err, company.ErrNotFound) {
			return nil, err
		}
		v.versions[version] = deck
	}
	if deck == nil {
		return nil, nil
	}
	return []*billing.Deck{deck}, nil
}

// month is a month's beginning and the next one's.
func month(text string, zone *time.Location) (from, to time.Time, err error) {
	from, err = time.ParseInLocation("2006-01", text, zone)
	if err != nil {
		return from, to, fmt.Errorf("%q is no month: write 2026-11", text)
	}
	return from, from.AddDate(0, 1, 0), nil
}

// each goes through records with a bar.
func (b *backOffice) each(ctx context.Context, search billing.Search, fn func(*billing.CDR) error) error {
	totals, err := b.store.Totals(ctx, search, billing.ByMonth, b.home.Zone)
	if err != nil {
		return err
	}
	total := 0
	for _, t := range totals {
		total += t.Calls
	}
	seen := b.progress("charging", int64(total))
	defer seen.end()
	return b.store.EachRecord(ctx, search, func(r *billing.CDR) error {
		seen.add(1)
		return fn(r)
	})
}

type ratesReplay struct {
	Deck  string `required:"" help:"The other deck: a CSV file, or the version of one that is kept."`
	Month string `required:"" help:"Month such as 2026-11, in the company's time zone."`
	Trunk string `help:"The one trunk whose prices a file has. Default: all."`
}

// Run charges the month's calls by the other deck. Nothing is kept.
func (c ratesReplay) Run(t *terminal) error {
	return t.withBackOffice(func(ctx context.Context, b *backOffice) error {
		from, to, err := month(c.Month, b.home.Zone)
		if err != nil {
			return fmt.Errorf("--month: %w", err)
		}
		deck, err := c.deck(ctx, b)
		if err != nil {
			return err
		}
		replay := billing.NewReplay(deck)
		err = b.each(ctx, billing.Search{From: from, To: to, Oldest: true}, func(r *billing.CDR) error {
			replay.Add(r)
			return nil
		})
		if err != nil {
			return err
		}
		return b.differences(replay.Differences())
	})
}

// deck reads the file, or finds the version.
func (c ratesReplay) deck(ctx context.Context, b *backOffice) (*billing.Deck, error) {
	if _, err := os.Stat(c.Deck); err != nil {
		deck, err := b.decks.Version(ctx, c.Deck)
		if errors.Is(err, company.ErrNotFound) {
			return nil, fmt.Errorf("--deck: %s is neither a file nor a version: `partyline rates list` shows the versions", c.Deck)
		}
		return deck, err
	}
	sheet, err := b.readDeck(c.Deck, b.home)
	if err != nil {
		return nil, err
	}
	return billing.NewDeck("", c.Trunk, time.Time{}, sheet.Rates)
}

// differences lists what each cost centre would have paid.
func (b *backOffice) differences(all []billing.Difference) error {
	table := tabwriter.NewWriter(b.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "COST CENTRE\tCALLS\tCOST\tWOULD COST\tDIFFERENCE\tWITHOUT RATE")
	sum := billing.Difference{CostCentre: "all"}
	line := func(d billing.Difference) {
		more, sign := d.After-d.Before, ""
		if more > 0 {
			sign = "+"
		}
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%s%s\t%d\n", d.CostCentre, d.Calls, d.Before, d.After, sign, more, d.Unpriced)
	}
	for _, d := range all {
		sum.Calls, sum.Before, sum.After, sum.Unpriced = sum.Calls+d.Calls, sum.Before+d.Before, sum.After+d.After, sum.Unpriced+d.Unpriced
		if d.CostCentre == "" {
			d.CostCentre = "(none)"
		}
		line(d)
	}
	line(sum)
	return table.Flush()
}
