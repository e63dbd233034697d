package billing

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"partyline/sip/dialplan"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func newTestDeck(t testing.TB, version, trunk string, from time.Time, rates ...Rate) *Deck {
	t.Helper()
	d, err := NewDeck(version, trunk, from, rates)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func rate(prefix string, price Micro, change ...func(*Rate)) Rate {
	r := Rate{Prefix: prefix, PerMinute: price, Increment: 1}
	for _, f := range change {
		f(&r)
	}
	return r
}

func TestFind(t *testing.T) {
	on := func(trunk string) func(*Rate) { return func(r *Rate) { r.Trunk = trunk } }
	d := newTestDeck(t, "1", "", time.Time{},
		rate("86", 1), rate("8613", 2), rate("8613", 3, on("a")), rate("861380", 4, on("b")), rate("86", 5, func(r *Rate) { r.Direction = Inbound }),
		rate("1", 6, func(r *Rate) { r.To = noon }), rate("1", 7, func(r *Rate) { r.From = noon }),
		rate("44", 8), rate("44", 9, func(r *Rate) { r.Weight = 1 }), rate("447", 10, func(r *Rate) { r.To = noon }))
	for _, c := range []struct {
		number, trunk string
		dir           Direction
		at            time.Time
		want          Micro
	}{
		{"+861065529988", "a", Outbound, noon, 1},
		{"861065529988", "a", Outbound, noon, 1},
		{"+8613800138000", "c", Outbound, noon, 2},
		{"+8613800138000", "a", Outbound, noon, 3},
		{"+8613800138000", "b", Outbound, noon, 4},
		{"+8613800138000", "b", Inbound, noon, 5},
		{"+12125550100", "", Outbound, noon.Add(-1), 6},
		{"+12125550100", "", Outbound, noon, 7},
		{"+442079460000", "", Outbound, noon, 9},
		{"+447700900000", "", Outbound, noon.Add(-1), 10},
		{"+447700900000", "", Outbound, noon, 9}, // the longer prefix has ended
		{"+86", "", Outbound, noon, 1},
		{"+8", "", Outbound, noon, 0},
		{"+4930901820", "", Outbound, noon, 0},
		{"", "", Outbound, noon, 0},
		{"phone", "", Outbound, noon, 0},
		{"++86", "", Outbound, noon, 0},
	} {
		got, ok := d.Find(dialplan.Number(c.number), c.trunk, c.dir, c.at)
		if got.PerMinute != c.want || ok != (c.want != 0) {
			t.Errorf("%s by %q: %d, want %d", c.number, c.trunk, got.PerMinute, c.want)
		}
	}
}

// TestFindIsTheLongestPrefix compares with looking at each rate.
func TestFindIsTheLongestPrefix(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		prefixes := rapid.SliceOfDistinct(rapid.StringMatching(`[1-9][0-9]{0,5}`), rapid.ID).Draw(rt, "prefixes")
		var rates []Rate
		for i, p := range prefixes {
			rates = append(rates, rate(p, Micro(i+1)))
		}
		d, err := NewDeck("1", "", time.Time{}, rates)
		if err != nil {
			rt.Fatal(err)
		}
		number := rapid.StringMatching(`[1-9][0-9]{0,14}`).Draw(rt, "number")
		var want Rate
		for _, r := range rates {
			if strings.HasPrefix(number, r.Prefix) && len(r.Prefix) > len(want.Prefix) {
				want = r
			}
		}
		if got, _ := d.Find(dialplan.Number("+"+number), "a", Outbound, noon); got != want {
			rt.Fatalf("%s: %s, want %s", number, got.Prefix, want.Prefix)
		}
	})
}

func TestVersionsOfDecks(t *testing.T) {
	old := newTestDeck(t, "old", "", time.Time{}, rate("86", 1), rate("44", 2))
	next := newTestDeck(t, "next", "", noon, rate("86", 3))
	own := newTestDeck(t, "own", "a", noon.Add(time.Hour), rate("8613", 4))
	ds := NewDecks(next, own, old)
	for _, c := range []struct {
		number, trunk string
		after         time.Duration
		want          string
	}{
		{"+8613800138000", "a", -1, "old 1"},
		{"+8613800138000", "a", 0, "next 3"},
		{"+8613800138000", "a", time.Hour, "own 4"},
		{"+8613800138000", "b", time.Hour, "next 3"},
		{"+861065529988", "a", time.Hour, "next 3"}, // which the trunk's own has not
		{"+442079460000", "a", -1, "old 2"},
		{"+442079460000", "a", time.Hour, " 0"}, // gone with the old one
	} {
		r, version, ok := ds.Find(dialplan.Number(c.number), c.trunk, Outbound, noon.Add(c.after))
		if got := fmt.Sprint(version, " ", int64(r.PerMinute)); got != c.want || ok != (version != "") {
			t.Errorf("%s by %s after %s: %s, want %s", c.number, c.trunk, c.after, got, c.want)
		}
	}
	if ds.Version("own") != own || ds.Version("none") != nil || ds.InForce("a", noon) != nil || ds.InForce("", noon) != next {
		t.Error("versions")
	}
	if none := (*Decks)(nil); none.InForce("", noon) != nil || none.Version("1") != nil {
		t.Error("no decks")
	}
}

func TestNewDeckRefuses(t *testing.T) {
	for _, rates := range [][]Rate{
		{rate("86", 1), rate("86", 2)},
		{rate("", 1)},
		{rate("x", 1)},
		{rate("086", 1)},
		{rate("86", -1)},
		{rate("86", 1, func(r *Rate) { r.Increment = 0 })},
		{rate("86", 1, func(r *Rate) { r.Class = "cheap" })},
		{rate("86", MostPerMinute+1)},
	} {
		if _, err := NewDeck("1", "", time.Time{}, rates); err == nil {
			t.Errorf("%+v passed", rates)
		}
	}
}

func TestCompare(t *testing.T) {
	old := newTestDeck(t, "1", "", time.Time{},
		rate("86", 100_000), rate("8610", 20_000), rate("44", 10_000), rate("1", 0), rate("49", 1), rate("33", 100),
		rate("81", 7, func(r *Rate) { r.To = noon }))
	next := newTestDeck(t, "2", "", noon,
		rate("86", 100_000), rate("8613", 10_000_000), rate("44", 999_999), rate("1", 1), rate("7", 5), rate("33", 100, func(r *Rate) { r.Initial = 60 }))
	var got []string
	for _, c := range Compare(old, next) {
		price := func(r *Rate) string {
			if r == nil {
				return "none"
			}
			return r.PerMinute.String()
		}
		got = append(got, fmt.Sprint(c.Prefix, " ", price(c.Old), " ", price(c.New), " ", c.Hundredfold))
	}
	want := []string{
		"1 0 0.000001 true",      // was free
		"33 0.0001 0.0001 false", // other billing seconds
		"44 0.01 0.999999 false", // ninety-nine times
		"49 0.000001 none false", // gone
		"7 none 0.000005 false",  // new
		"8610 0.02 0.1 false",    // falls back to 86
		"8613 0.1 10 true",       // was 86
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if changes := Compare(next, next); len(changes) != 0 {
		t.Errorf("of itself: %v", changes)
	}
	dearer := newTestDeck(t, "3", "", noon, rate("44", 10_000, func(r *Rate) { r.Connect = Unit }))
	if changes := Compare(newTestDeck(t, "1", "", time.Time{}, rate("44", 10_000)), dearer); len(changes) != 1 || !changes[0].Hundredfold {
		t.Errorf("a connection fee of a hundred minutes: %+v", changes)
	}
}

func TestPayers(t *testing.T) {
	all := Request{Person: "ann", CostCentre: "100", Department: "sales", Meeting: "m1"}
	for _, c := range []struct {
		payer Payer
		want  string
	}{
		{Payer{}, "[company person ann meeting m1]"},
		{Payer{Company, "x"}, "[company person ann meeting m1]"},
		{Payer{Person, "ann"}, "[company cost_centre 100 department sales person ann meeting m1]"},
		{Payer{Person, "bob"}, "[company cost_centre 100 department sales person ann person bob meeting m1]"},
		{Payer{CostCentre, "200"}, "[company cost_centre 200 person ann meeting m1]"},
		{Payer{Department, "support"}, "[company department support person ann meeting m1]"},
		{Payer{Meeting, "m1"}, "[company person ann meeting m1]"},
	} {
		r := all
		r.Payer = c.payer
		if got := fmt.Sprint(r.Payers()); got != c.want {
			t.Errorf("%s pays: %s, want %s", c.payer, got, c.want)
		}
	}
	if got := fmt.Sprint(Request{}.Payers()); got != "[company]" {
		t.Errorf("nobody: %s", got)
	}
}

// TestDates are those of the company's zone, also where a day has 23 or 25
// hours.
func TestDates(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for utc, want := range map[string]Dates{
		"2026-10-31T22:59:59Z": {"2026-10-31", "2026-10"},
		"2026-10-31T23:00:00Z": {"2026-11-01", "2026-11"},
		"2026-10-24T22:00:00Z": {"2026-10-25", "2026-10"}, // the long day begins
		"2026-10-25T22:59:59Z": {"2026-10-25", "2026-10"}, // and ends 25 hours later
		"2026-10-25T23:00:00Z": {"2026-10-26", "2026-10"},
		"2026-03-29T21:59:59Z": {"2026-03-29", "2026-03"}, // the short day's end
		"2026-03-29T22:00:00Z": {"2026-03-30", "2026-03"},
	} {
		at, err := time.Parse(time.RFC3339, utc)
		if err != nil {
			t.Fatal(err)
		}
		if got := DatesAt(at, berlin); got != want {
			t.Errorf("%s is %v, want %v", utc, got, want)
		}
	}
	d := DatesAt(noon, nil)
	if d.Key(Day) != "2026-11-23" || d.Key(Month) != "2026-11" || d.Key(Once) != "once" {
		t.Errorf("%v", d)
	}
}

func TestTake(t *testing.T) {
	hard := Standing{Budget: Budget{Limit: 100, Hard: true}, Spent: 60, Held: 30}
	soft := hard
	soft.Budget.Hard = false
	over := hard
	over.Spent = 200
	if hard.Take(10) != nil || hard.Take(11) == nil || soft.Take(1000) != nil || over.Take(0) != nil || over.Take(1) == nil {
		t.Error("what a budget covers")
	}
}

func TestNames(t *testing.T) {
	for _, kind := range []PayerKind{Company, CostCentre, Department, Person, Meeting} {
		var back PayerKind
		if text, _ := kind.MarshalText(); back.UnmarshalText(text) != nil || back != kind {
			t.Errorf("%s comes back as %s", kind, back)
		}
	}
	for _, period := range []Period{Month, Day, Once} {
		var back Period
		if text, _ := period.MarshalText(); back.UnmarshalText(text) != nil || back != period {
			t.Errorf("%s comes back as %s", period, back)
		}
	}
	for _, may := range []MayCall{Everyone, Known, Nobody} {
		var back MayCall
		if text, _ := may.MarshalText(); back.UnmarshalText(text) != nil || back != may {
			t.Errorf("%s comes back as %s", may, back)
		}
	}
	for _, state := range []State{Opened, Ringing, Answered, Closed} {
		var back State
		if text, _ := state.MarshalText(); back.UnmarshalText(text) != nil || back != state {
			t.Errorf("%s comes back as %s", state, back)
		}
	}
	if new(PayerKind).UnmarshalText([]byte("x")) == nil || PayerKind(99).String() != "unknown" {
		t.Error("an unknown name")
	}
}

func TestCauses(t *testing.T) {
	for _, c := range []struct {
		status, reason int
		want           Cause
		q850           int
	}{
		{486, 0, CauseBusy, 17},
		{600, 0, CauseBusy, 17},
		{480, 0, CauseNoAnswer, 18},
		{480, 20, CauseUnreachable, 18},
		{408, 0, CauseNoAnswer, 102},
		{603, 0, CauseDeclined, 21},
		{404, 0, CauseWrongNumber, 1},
		{484, 0, CauseWrongNumber, 28},
		{487, 0, CauseCancelled, 16},
		{503, 0, CauseTrunkDown, 41},
		{503, 34, CauseTrunkDown, 41},
		{403, 0, CauseTrunkDown, 21},
		{500, 17, CauseBusy, 41},
		{488, 0, CauseUnreachable, 31},
		{0, 0, CauseTrunkDown, 0},
	} {
		if got := CauseOf(c.status, c.reason); got != c.want || Q850(c.status) != c.q850 {
			t.Errorf("%d with reason %d: %s and %d, want %s and %d", c.status, c.reason, got, Q850(c.status), c.want, c.q850)
		}
	}
	if Q850(200) != 16 || Q850(499) != 31 || Q850(599) != 127 || Q850Name(16) != "normal call clearing" {
		t.Error("others")
	}
	for _, cause := range q850 {
		if Q850Name(cause) == "" {
			t.Errorf("cause %d has no name", cause)
		}
	}
}
