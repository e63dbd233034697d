package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/company"
	"partyline/signaling/store"
	"partyline/sip/billing"
)

type ratesCommand struct {
	Check  ratesCheck  `cmd:"" help:"Read a rate deck (CSV) and list what is wrong with it. Nothing is kept."`
	Import ratesImport `cmd:"" help:"Take a rate deck in: show what it changes, and have it come in force."`
	List   ratesList   `cmd:"" help:"List the versions."`
	Show   ratesShow   `cmd:"" help:"Show what calls to a number cost, and why."`
	Verify ratesVerify `cmd:"" help:"Charge every record again by its own version, and check that the ledger adds up."`
	Replay ratesReplay `cmd:"" help:"Show what a month would have cost under another deck, by cost centre."`
}

// clerk is who the log says has changed rates from the command line.
func clerk() auth.Person {
	who := operator
	who.Name = "command line"
	return who
}

// backOffice is what commands about rates work with.
type backOffice struct {
	*terminal
	cfg   Config
	home  billing.Home
	store *store.Store
	decks *company.Decks
}

// withBackOffice opens the data for a command about rates.
func (t *terminal) withBackOffice(use func(context.Context, *backOffice) error) error {
	return t.withStore(func(cfg Config, data *store.Store, log *slog.Logger) error {
		home := cfg.money()
		return use(t.ctx, &backOffice{t, cfg, home, data, company.NewDecks(data, home, nil, nil, log)})
	})
}

// openDeck opens a file of rates and begins a bar over its bytes.
func (t *terminal) openDeck(name string) (file *os.File, seen *bar, err error) {
	file, err = os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	about, err := file.Stat()
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	return file, t.progress("reading", about.Size()), nil
}

// readDeck reads a file of rates and tells what is wrong with it.
func (t *terminal) readDeck(name string, home billing.Home) (billing.Sheet, error) {
	file, seen, err := t.openDeck(name)
	if err != nil {
		return billing.Sheet{}, err
	}
	defer file.Close()
	sheet, faults := billing.ParseDeck(counted{file, seen}, billing.Reading{Currency: home.Currency, Zone: home.Zone})
	seen.end()
	return sheet, t.tellFaults(name, faults)
}

// tellFaults lists what is wrong with a file, and fails where anything is.
func (t *terminal) tellFaults(name string, faults []billing.Fault) error {
	for _, f := range faults {
		fmt.Fprintf(t.err, "%s: %s\n", name, f)
	}
	if len(faults) > 0 {
		fmt.Fprintln(t.err, "Nothing was kept: mend the file and try again.")
		return failure{1}
	}
	return nil
}

type ratesCheck struct {
	File string `arg:"" type:"existingfile" help:"CSV file."`
}

// Run reads the file as an import would.
func (c ratesCheck) Run(t *terminal) error {
	cfg, err := t.config()
	if err != nil {
		return err
	}
	sheet, err := t.readDeck(c.File, cfg.money())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(t.out, "%s is sound: %d rates in %s.\n", c.File, len(sheet.Rates), cfg.money().Currency)
	return err
}

type ratesImport struct {
	File  string `arg:"" type:"existingfile" help:"CSV file."`
	From  string `help:"When it comes in force: a date such as 2026-12-01 in the company's time zone, or a time in RFC 3339. Default: now."`
	Trunk string `help:"The one trunk whose prices these are. Default: all."`
	Name  string `help:"Name for people. Default: that of the file."`
	Draft bool   `help:"Only keep it, to be looked at and let come in force by an admin."`
	Yes   bool   `help:"Do not ask where a price rises a hundredfold."`
}

// Run imports the file. A deck that is not confirmed is forgotten.
func (c ratesImport) Run(t *terminal) error {
	return t.withBackOffice(func(ctx context.Context, b *backOffice) error {
		at, err := when(c.From, b.home.Zone)
		if err != nil {
			return fmt.Errorf("--from: %w", err)
		}
		file, seen, err := b.openDeck(c.File)
		if err != nil {
			return err
		}
		defer file.Close()
		name := c.Name
		if name == "" {
			name = filepath.Base(c.File)
		}
		p, err := b.decks.Import(ctx, clerk(), company.Upload{Name: name, Trunk: c.Trunk}, counted{file, seen})
		seen.end()
		if err != nil {
			return plainFields(err)
		}
		if err := b.tellFaults(c.File, p.Faults); err != nil {
			return err
		}
		if err := b.preview(p); err != nil || c.Draft {
			return err
		}
		return b.activate(ctx, p, at, c.Yes)
	})
}

// when reads a date or a time; nothing is now.
func when(text string, zone *time.Location) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.DateTime, "2006-01-02 15:04", time.RFC3339} {
		if at, err := time.ParseInLocation(layout, text, zone); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no date: write 2026-12-01 or 2026-12-01T08:00:00+08:00", text)
}

// shownChanges is how many changes a preview lists.
const shownChanges = 20

// preview shows what a deck changes.
func (b *backOffice) preview(p company.Preview) error {
	fmt.Fprintf(b.out, "Deck %s: %d rates in %s.\n", p.Deck.Version, p.Rows, p.Deck.Currency)
	if p.Against == "" {
		fmt.Fprintln(b.out, "No other deck is in force.")
	} else {
		fmt.Fprintf(b.out, "Beside deck %s, which is in force: %d new, %d gone, %d dearer, %d cheaper, %d otherwise changed.\n",
			p.Against, p.Added, p.Gone, p.Raised, p.Lowered, p.Changed)
	}
	changes := p.Changes[:min(len(p.Changes), shownChanges)]
	if p.Against == "" || len(changes) == 0 {
		return nil
	}
	table := tabwriter.NewWriter(b.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "PREFIX\tDESTINATION\tTRUNK\tNOW\tTHEN\t")
	for _, c := range changes {
		mark := ""
		if c.Hundredfold {
			mark = "HUNDREDFOLD"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", c.Prefix, destination(c), c.Trunk, tariff(c.Old), tariff(c.New), mark)
	}
	return table.Flush()
}

func destination(c billing.Change) string {
	if c.New != nil {
		return c.New.Destination
	}
	return c.Old.Destination
}

// tariff writes a price with its billing seconds: "0.18 60/6 +0.05".
func tariff(r *billing.Rate) string {
	if r == nil {
		return "-"
	}
	text := fmt.Sprintf("%s %s", r.PerMinute, pulses(r))
	if r.Connect > 0 {
		text += " +" + r.Connect.String()
	}
	return text
}

// pulses writes the initial block and the increment: "60/6".
func pulses(r *billing.Rate) string {
	return fmt.Sprintf("%d/%d", max(r.Initial, r.Minimum), r.Increment)
}

// activate lets a deck come in force, where need be after asking.
func (b *backOffice) activate(ctx context.Context, p company.Preview, at time.Time, yes bool) error {
	version := p.Deck.Version
	if n := len(p.Hundredfold); n > 0 && !yes {
		fmt.Fprintf(b.out, "%d prices rise a hundredfold, or were nothing: most likely a decimal point is in the wrong place.\n", n)
		if !b.ask("Let the deck come in force all the same? [y/N] ") {
			fmt.Fprintln(b.out, "Nothing was kept.")
			return errors.Join(failure{1}, b.decks.Remove(ctx, clerk(), version))
		}
	}
	deck, err := b.decks.Activate(ctx, clerk(), version, company.Activation{At: at, Confirm: true})
	if err != nil {
		return errors.Join(plainFields(err), b.decks.Remove(ctx, clerk(), version))
	}
	if at.IsZero() {
		_, err = fmt.Fprintf(b.out, "Deck %s is in force. A running server takes it within half a minute.\n", version)
		return err
	}
	_, err = fmt.Fprintf(b.out, "Deck %s comes in force on %s.\n", version, deck.ActiveFrom.In(b.home.Zone).Format("2006-01-02 15:04 MST"))
	return err
}

// ask wants a yes; what is none is a no.
func (t *terminal) ask(question string) bool {
	fmt.Fprint(t.out, question)
	answer, err := bufio.NewReader(t.in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return false
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes", "是":
		return true
	}
	return false
}

type ratesList struct{}

// Run lists the versions, the latest first.
func (ratesList) Run(t *terminal) error {
	return t.withBackOffice(func(ctx context.Context, b *backOffice) error {
		all, err := b.decks.All(ctx, clerk())
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "VERSION\tSTATE\tFROM\tTRUNK\tRATES\tNAME")
		for _, d := range all {
			from := "-"
			if !d.ActiveFrom.IsZero() {
				from = d.ActiveFrom.In(b.home.Zone).Format("2006-01-02 15:04")
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%s\n", d.Version, d.State, from, d.Trunk, d.Rows, d.Name)
		}
		return table.Flush()
	})
}
