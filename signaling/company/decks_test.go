package company_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"partyline/signaling/auth"
	"partyline/signaling/company"
	"partyline/signaling/store"
	"partyline/signaling/store/storetest"
	"partyline/sip/billing"
	"partyline/sip/dialplan"
)

func currency(t testing.TB, code string) billing.Currency {
	t.Helper()
	c, err := billing.ParseCurrency(code)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// desk is where money is counted: the decks it was told last, and a clock that
// the test moves.
type desk struct {
	*company.Decks
	now   time.Time
	decks *billing.Decks
	told  int
}

func newDesk(t testing.TB, s *store.Store, code string) *desk {
	t.Helper()
	d := &desk{now: start}
	home := billing.Home{Country: "CN", Currency: currency(t, code), Zone: time.UTC}
	d.Decks = company.NewDecks(s, home, func(decks *billing.Decks) { d.decks, d.told = decks, d.told+1 }, func() time.Time { return d.now }, quiet)
	return d
}

// price is what a call to a number costs per minute, and by which version.
func (d *desk) price(number dialplan.Number, trunk string) string {
	rate, version, ok := d.decks.Find(number, trunk, billing.Outbound, d.now)
	if !ok {
		return "none"
	}
	return version + " " + rate.PerMinute.String()
}

const (
	november = "prefix,destination,rate_per_min,increment_s\n86,China,0.18,6\n44,UK,0.10,60\n49,Germany,0.12,60\n"
	december = "prefix,destination,rate_per_min,increment_s\n86,China,0.20,6\n44,UK,0.10,60\n33,France,0.11,60\n1,USA,0.02,1\n"
)

func TestDecks(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		d := newDesk(t, s, "CNY")
		p, err := d.Import(ctx, ann, company.Upload{Name: "November"}, strings.NewReader(november))
		if err != nil || p.Deck == nil || p.Deck.Version != "0001" || p.Deck.Rows != 3 || p.Deck.State != company.DeckDraft || p.Added != 3 || p.Against != "" || len(p.Deck.SHA256) != 64 {
			t.Fatalf("first: %+v, %v", p, err)
		}
		if d.told != 0 {
			t.Error("a draft is in force")
		}
		first, err := d.Activate(ctx, ann, "0001", company.Activation{})
		if err != nil || first.State != company.DeckActive || !first.ActiveFrom.Equal(start) || first.ActivatedBy != "Ann" {
			t.Fatalf("activated: %+v, %v", first, err)
		}
		if got := d.price("+8613800138000", "a"); got != "0001 0.18" {
			t.Errorf("price: %s", got)
		}
		p, err = d.Import(ctx, cyd, company.Upload{}, strings.NewReader(december))
		if err != nil || p.Against != "0001" || p.Added != 2 || p.Gone != 1 || p.Raised != 1 || p.Lowered != 0 || p.Changed != 0 || len(p.Changes) != 4 {
			t.Errorf("second: %+v, %v", p, err)
		}
		if p.Deck.Name != "2026-11-02 09:00" || p.Deck.UploadedBy.Name != "Cyd" {
			t.Errorf("second: %+v", p.Deck)
		}
		if again, err := d.Preview(ctx, ann, "0002"); err != nil || !cmp.Equal(again, p) {
			t.Errorf("looked at again: %v\n%s", err, cmp.Diff(p, again))
		}
		later := start.Add(48 * time.Hour)
		if deck, err := d.Activate(ctx, ann, "0002", company.Activation{At: later}); err != nil || deck.State != company.DeckScheduled {
			t.Errorf("scheduled: %+v, %v", deck, err)
		}
		if got := d.price("+8613800138000", "a"); got != "0001 0.18" {
			t.Errorf("price before it is in force: %s", got)
		}
		told := d.told
		d.now = later
		if got := d.price("+8613800138000", "a"); got != "0002 0.2" || d.told != told {
			t.Errorf("price when its time has come: %s", got)
		}
		all, err := d.All(ctx, ann)
		var states []company.DeckState
		for _, deck := range all {
			states = append(states, deck.State)
		}
		if err != nil || !cmp.Equal(states, []company.DeckState{company.DeckActive, company.DeckRetired}) {
			t.Errorf("states %v, %v", states, err)
		}
		// A retired version can still be read: records name it.
		old, err := d.Version(ctx, "0001")
		if err != nil {
			t.Fatal(err)
		}
		if rate, ok := old.Find("+4930123456", "a", billing.Outbound, start); !ok || rate.PerMinute != 120_000 {
			t.Errorf("rate of the retired version: %+v, %v", rate, ok)
		}
		write, err := d.Write(ctx, ann, "0001")
		if err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		if err := write(&file); err != nil || !strings.Contains(file.String(), "\n86,China,0.18,0,0,6,") {
			t.Errorf("downloaded: %v\n%s", err, file.String())
		}
	})
}

func TestDeckRules(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		d := newDesk(t, s, "CNY")
		upload := func(csv string) string {
			t.Helper()
			p, err := d.Import(ctx, ann, company.Upload{Trunk: "a"}, strings.NewReader(csv))
			if err != nil || p.Deck == nil {
				t.Fatalf("%+v, %v", p, err)
			}
			return p.Deck.Version
		}
		if _, err := d.Import(ctx, bob, company.Upload{}, strings.NewReader(november)); !errors.Is(err, auth.ErrNotAllowed) {
			t.Errorf("uploaded by no admin: %v", err)
		}
		p, err := d.Import(ctx, ann, company.Upload{}, strings.NewReader("prefix,rate_per_min,colour\n86,0.18,red\n"))
		if err != nil || p.Deck != nil || len(p.Faults) == 0 || p.Faults[0].Line != 1 {
			t.Errorf("unknown column: %+v, %v", p, err)
		}
		p, err = d.Import(ctx, ann, company.Upload{}, strings.NewReader("prefix,rate_per_min\n86,0.18\nx,0.18\n44,-1\n86,0.2\n"))
		if err != nil || len(p.Faults) != 3 || p.Faults[0].Line != 3 {
			t.Errorf("faults: %+v, %v", p, err)
		}
		if _, err := d.Import(ctx, ann, company.Upload{}, io.MultiReader(strings.NewReader("prefix,rate_per_min\n86,"), failing{})); err != nil {
			t.Errorf("a file that breaks off: %v", err)
		}
		if all, err := d.All(ctx, ann); err != nil || len(all) != 0 {
			t.Errorf("kept what is wrong: %+v, %v", all, err)
		}
		first := upload(november)
		if _, err := d.Activate(ctx, ann, first, company.Activation{At: start.Add(-time.Second)}); !errors.Is(err, auth.ErrInvalid) {
			t.Errorf("in the past: %v", err)
		}
		if _, err := d.Activate(ctx, ann, first, company.Activation{}); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Activate(ctx, ann, first, company.Activation{At: start.Add(time.Hour)}); !errors.Is(err, company.ErrDeckInUse) {
			t.Errorf("twice: %v", err)
		}
		if err := d.Remove(ctx, ann, first); !errors.Is(err, company.ErrDeckInUse) {
			t.Errorf("removed in force: %v", err)
		}
		if _, err := d.Cancel(ctx, ann, first); !errors.Is(err, company.ErrDeckInUse) {
			t.Errorf("cancelled in force: %v", err)
		}
		typo := upload(strings.Replace(november, "0.18", "18", 1))
		if _, err := d.Activate(ctx, ann, typo, company.Activation{}); !errors.Is(err, company.ErrConfirm) {
			t.Errorf("a hundredfold rise: %v", err)
		}
		p, err = d.Preview(ctx, ann, typo)
		if err != nil || len(p.Hundredfold) != 1 || p.Raised != 1 || !p.Changes[0].Hundredfold {
			t.Errorf("preview of a hundredfold rise: %+v, %v", p, err)
		}
		if deck, err := d.Activate(ctx, ann, typo, company.Activation{At: start.Add(time.Hour), Confirm: true}); err != nil || deck.State != company.DeckScheduled {
			t.Errorf("confirmed: %+v, %v", deck, err)
		}
		if deck, err := d.Cancel(ctx, ann, typo); err != nil || deck.State != company.DeckDraft {
			t.Errorf("cancelled: %+v, %v", deck, err)
		}
		if _, err := d.Cancel(ctx, ann, typo); !errors.Is(err, company.ErrNotFound) {
			t.Errorf("cancelled twice: %v", err)
		}
		d.now = start.Add(2 * time.Hour)
		if got := d.price("+8613800138000", "a") + ", " + d.price("+8613800138000", "b"); got != first+" 0.18, none" {
			t.Errorf("after it was cancelled: %s", got)
		}
		if err := d.Remove(ctx, ann, typo); err != nil {
			t.Error(err)
		}
		if _, err := d.Preview(ctx, ann, typo); !errors.Is(err, company.ErrNotFound) {
			t.Errorf("a removed draft: %v", err)
		}
		if next := upload(december); next != "0003" {
			t.Errorf("version %s was given again", next)
		}
		for name, err := range map[string]error{
			"listed":    second(d.All(ctx, bob)),
			"looked at": second(d.Preview(ctx, bob, first)),
			"activated": second(d.Activate(ctx, bob, first, company.Activation{})),
			"cancelled": second(d.Cancel(ctx, bob, first)),
			"removed":   d.Remove(ctx, bob, first),
			"taken out": second(d.Write(ctx, bob, first)),
		} {
			if !errors.Is(err, auth.ErrNotAllowed) {
				t.Errorf("%s by no admin: %v", name, err)
			}
		}
		log := logged(t, s)
		for _, line := range []string{
			"Ann added deck 0001 ", "Ann activated deck 0001 activeFrom:>2026-11-02T09:00:00Z\n", "Ann activated deck 0002 activeFrom:>2026-11-02T10:00:00Z\n",
			"Ann cancelled deck 0002 activeFrom:2026-11-02T10:00:00Z>\n", "Ann removed deck 0002 ",
		} {
			if !strings.Contains(log, line) {
				t.Errorf("the log has no %q:\n%s", line, log)
			}
		}
	})
}

// TestDecksAtOnce uploads many decks at the same moment: each gets a version of
// its own.
func TestDecksAtOnce(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(t, s, "CNY")
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if p, err := d.Import(t.Context(), ann, company.Upload{}, strings.NewReader(november)); err != nil || p.Deck == nil {
					t.Errorf("%+v, %v", p, err)
				}
			})
		}
		all.Wait()
		decks, err := d.All(t.Context(), ann)
		if err != nil || len(decks) != 8 || decks[0].Version != "0008" || decks[7].Version != "0001" {
			t.Errorf("%+v, %v", decks, err)
		}
	})
}

// TestDecksOfOneMoment lets two decks come in force at the same instant: the
// list shows as active the one that calls are priced by.
func TestDecksOfOneMoment(t *testing.T) {
	s := storetest.SQLite(t)
	people(t, s)
	d := newDesk(t, s, "CNY")
	for _, csv := range []string{november, december} {
		if _, err := d.Import(t.Context(), ann, company.Upload{}, strings.NewReader(csv)); err != nil {
			t.Fatal(err)
		}
	}
	for _, version := range []string{"0002", "0001"} {
		if _, err := d.Activate(t.Context(), ann, version, company.Activation{Confirm: true}); err != nil {
			t.Fatal(err)
		}
	}
	all, err := d.All(t.Context(), ann)
	if err != nil || all[0].State != company.DeckActive || all[1].State != company.DeckRetired || d.price("+8613800138000", "a") != "0002 0.2" {
		t.Errorf("%+v, price %s, %v", all, d.price("+8613800138000", "a"), err)
	}
}

// TestDeckOfAnotherCurrency has the company change what it counts in: no call
// is priced by figures that mean something else.
func TestDeckOfAnotherCurrency(t *testing.T) {
	s := storetest.SQLite(t)
	people(t, s)
	d := newDesk(t, s, "CNY")
	if _, err := d.Import(t.Context(), ann, company.Upload{}, strings.NewReader(november)); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Activate(t.Context(), ann, "0001", company.Activation{}); err != nil {
		t.Fatal(err)
	}
	euros := newDesk(t, s, "EUR")
	var err error
	if euros.decks, err = euros.Load(t.Context()); err != nil || euros.price("+8613800138000", "a") != "none" {
		t.Errorf("loaded: %v, price %s", err, euros.price("+8613800138000", "a"))
	}
	if all, err := euros.All(t.Context(), ann); err != nil || all[0].State != company.DeckForeign {
		t.Errorf("listed: %+v, %v", all, err)
	}
	if _, err := d.Import(t.Context(), ann, company.Upload{}, strings.NewReader(december)); err != nil {
		t.Fatal(err)
	}
	if _, err := euros.Activate(t.Context(), ann, "0002", company.Activation{Confirm: true}); !errors.Is(err, company.ErrCurrency) {
		t.Errorf("a draft in another currency comes in force: %v", err)
	}
	if p, err := euros.Import(t.Context(), ann, company.Upload{}, strings.NewReader(december)); err != nil || p.Against != "" {
		t.Errorf("compared with another currency: %+v, %v", p, err)
	}
	if _, err := euros.Activate(t.Context(), ann, "0003", company.Activation{}); err != nil || euros.price("+8613800138000", "a") != "0003 0.2" {
		t.Errorf("a deck in the new currency: %v, price %s", err, euros.price("+8613800138000", "a"))
	}
	if d.decks, err = newDesk(t, s, "CNY").Load(t.Context()); err != nil || d.price("+8613800138000", "a") != "0001 0.18" {
		t.Errorf("loaded in its own currency: %v, price %s", err, d.price("+8613800138000", "a"))
	}
}

// TestDeckOfATrunkBesideTheGeneralOne: a price that rises a hundredfold for one
// trunk has to be confirmed also where the deck of all trunks priced it so far.
func TestDeckOfATrunkBesideTheGeneralOne(t *testing.T) {
	s := storetest.SQLite(t)
	people(t, s)
	d := newDesk(t, s, "CNY")
	load := func(trunk, csv string) company.Preview {
		t.Helper()
		p, err := d.Import(t.Context(), ann, company.Upload{Trunk: trunk}, strings.NewReader(csv))
		if err != nil || p.Deck == nil {
			t.Fatalf("%+v, %v", p, err)
		}
		return p
	}
	load("", november)
	if _, err := d.Activate(t.Context(), ann, "0001", company.Activation{}); err != nil {
		t.Fatal(err)
	}
	p := load("a", "prefix,rate_per_min\n86,18\n33,0.1\n")
	if p.Against != "0001" || len(p.Hundredfold) != 1 || p.Raised != 1 || p.Added != 1 || p.Gone != 0 {
		t.Errorf("%+v", p)
	}
	if _, err := d.Activate(t.Context(), ann, "0002", company.Activation{}); !errors.Is(err, company.ErrConfirm) {
		t.Errorf("not asked: %v", err)
	}
	load("a", "prefix,rate_per_min\n33,0.1\n")
	if _, err := d.Activate(t.Context(), ann, "0003", company.Activation{}); err != nil {
		t.Fatal(err)
	}
	if p := load("a", "prefix,rate_per_min\n33,0.1\n86,18\n"); p.Against != "0003" || len(p.Hundredfold) != 1 || p.Added != 0 {
		t.Errorf("beside its own: %+v", p)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("the connection broke") }

// TestDecksAreKeptExactly keeps decks of any rates: they come back as they
// were.
func TestDecksAreKeptExactly(t *testing.T) {
	s := storetest.SQLite(t)
	people(t, s)
	d := newDesk(t, s, "CNY")
	rapid.Check(t, func(t *rapid.T) {
		prefixes := rapid.SliceOfNDistinct(rapid.StringMatching(`[1-9][0-9]{0,14}`), 1, 20, rapid.ID).Draw(t, "prefixes")
		var csv strings.Builder
		csv.WriteString("prefix,destination,rate_per_min,connect_fee,initial_s,increment_s,min_s,grace_s,effective_from,direction\n")
		for _, p := range prefixes {
			fmt.Fprintf(&csv, "%s,\"%s\",%d.%06d,%d.%06d,%d,%d,%d,%d,%s,%s\n", p,
				rapid.StringMatching(`[A-Za-z]([A-Za-z ,é中-]{0,20}[a-z])?`).Draw(t, "destination"),
				rapid.IntRange(0, 40).Draw(t, "price"), rapid.IntRange(0, 999999).Draw(t, "decimals"),
				rapid.IntRange(0, 40).Draw(t, "fee"), rapid.IntRange(0, 999999).Draw(t, "fee decimals"),
				rapid.IntRange(0, 3600).Draw(t, "initial"), rapid.IntRange(1, 3600).Draw(t, "increment"),
				rapid.IntRange(0, 3600).Draw(t, "minimum"), rapid.IntRange(0, 3600).Draw(t, "grace"),
				rapid.SampledFrom([]string{"", "2026-01-02T03:04:05Z", "2026-01-02"}).Draw(t, "from"),
				rapid.SampledFrom([]string{"outbound", "inbound"}).Draw(t, "direction"))
		}
		sheet, faults := billing.ParseDeck(strings.NewReader(csv.String()), billing.Reading{Currency: billing.Currency{Code: "CNY", Exponent: 2}, Zone: time.UTC})
		if len(faults) > 0 {
			t.Fatalf("%v\n%s", faults, csv.String())
		}
		want, err := billing.NewDeck("", "", time.Time{}, sheet.Rates)
		if err != nil {
			t.Fatal(err)
		}
		p, err := d.Import(t.Context(), ann, company.Upload{}, strings.NewReader(csv.String()))
		if err != nil || p.Deck == nil {
			t.Fatalf("%+v, %v", p, err)
		}
		got, err := d.Version(t.Context(), p.Deck.Version)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.Rates(), got.Rates()); diff != "" {
			t.Fatalf("kept otherwise:\n%s", diff)
		}
	})
}

// sheet is a file of so many rates.
func sheet(rows int) []byte {
	var b bytes.Buffer
	b.WriteString("prefix,destination,rate_per_min,connect_fee,initial_s,increment_s\n")
	for i := range rows {
		fmt.Fprintf(&b, "%d,Destination %d,0.%04d,0.01,60,6\n", 1_000_000+i, i%500, i%10_000)
	}
	return b.Bytes()
}

// BenchmarkImport takes 100,000 rows in, from the file to the preview against
// as many that are in force.
func BenchmarkImport(b *testing.B) {
	s := storetest.SQLite(b)
	d := newDesk(b, s, "CNY")
	file := sheet(100_000)
	if _, err := d.Import(b.Context(), ann, company.Upload{}, bytes.NewReader(file)); err != nil {
		b.Fatal(err)
	}
	if _, err := d.Activate(b.Context(), ann, "0001", company.Activation{Confirm: true}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		p, err := d.Import(b.Context(), ann, company.Upload{}, bytes.NewReader(file))
		if err != nil || p.Deck == nil || p.Rows != 100_000 {
			b.Fatal(p.Faults, err)
		}
	}
}
