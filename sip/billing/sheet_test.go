package billing

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/sip/dialplan"
)

var (
	cny      = Currency{"CNY", 2}
	shanghai = time.FixedZone("CST", 8*3600)
	reading  = Reading{Currency: cny, Zone: shanghai}
)

// parse reads a deck that must be sound.
func parse(t testing.TB, text string) []Rate {
	t.Helper()
	sheet, faults := ParseDeck(strings.NewReader(text), reading)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return sheet.Rates
}

func TestParseDeckOfOurs(t *testing.T) {
	got := parse(t, "\ufeffprefix,destination,rate_per_min,connect_fee,initial_s,increment_s,min_s,grace_s,currency,effective_from,effective_to,trunk,direction,class,weight\r\n"+
		"+8613,\"China, mobile\",0.18,0.05,60,6,12,2,CNY,2026-11-01,2026-12-01T00:00:00+08:00,a,outbound,mobile,3\r\n"+
		"\r\n"+
		"44,,0.3,,,1,,,,,,,inbound,,\r\n")
	want := []Rate{
		{
			Prefix: "8613", Destination: "China, mobile", PerMinute: 180_000, Connect: 50_000, Initial: 60, Increment: 6, Minimum: 12, Grace: 2,
			From: time.Date(2026, 10, 31, 16, 0, 0, 0, time.UTC), To: time.Date(2026, 11, 30, 16, 0, 0, 0, time.UTC),
			Trunk: "a", Class: "mobile", Weight: 3,
		},
		{Prefix: "44", PerMinute: 300_000, Increment: 1, Direction: Inbound},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestParseDeckOfOthers has each program's columns come to the same rate.
func TestParseDeckOfOthers(t *testing.T) {
	want := Rate{Prefix: "8613", Destination: "China mobile", PerMinute: 180_000, Connect: 50_000, Initial: 60, Increment: 6}
	for name, text := range map[string]string{
		"Kazoo": "prefix,rate_cost,rate_increment,rate_minimum,rate_surcharge,rate_nocharge_time,iso_country_code,direction,rate_name,weight,ratedeck_id,pvt_rate_cost\n" +
			"8613,0.18,6,60,0.05,0,CN,outbound,China mobile,0,main,0.1\n",
		"Yeastar": "Name*,Match Prefix,Number Length,Rate*,Billable Unit(s),Initial Time(s),Initial Cost\n" +
			"China mobile,8613,,0.018,6,60,0.23\n",
		"A2Billing": "dialprefix,destination,rateinitial,buyrate,buyrateinitblock,buyrateincrement,initblock,billingblock,connectcharge,disconnectcharge," +
			"stepchargea,chargea,timechargea,billingblocka,startdate,stopdate,starttime,endtime,minimal_cost,rounding_calltime,rounding_threshold,additional_grace,tag\n" +
			"8613,China mobile,0.50000,0.18000,60,6,1,1,0.03000,0.02000,0.00000,0.00000,0,0,,0000-00-00 00:00:00,0,10079,0.00000,0,0,0,gold\n",
		"A2Billing without what is bought": "dialprefix;destination;rateinitial;initblock;billingblock;connectcharge\n" +
			"8613;China mobile;0.18;60;6;0.05\n",
		"CGRateS": "#Id,DestinationId,Prefix,ConnectFee,Rate,RateUnit,RateIncrement,GroupIntervalStart,RoundingMethod,RoundingDecimals,MaxCost,MaxCostStrategy,initial_s\n" +
			"R1,China mobile,8613,0.05,0.18,60s,6s,0s,*up,4,0,*disconnect,60s\n",
		"CGRateS in seconds": "Prefix,DestinationId,ConnectFee,Rate,RateUnit,RateIncrement,initial_s\n8613,China mobile,0.05,0.003,1s,6s,1m\n",
		"cnxcc":              "prefix\tdestination\tconnect\tcost/s\tinitial pulse\tfinal pulse\n8613\tChina mobile\t0.05\t0.003\t60\t6\n",
		"pulses":             "prefix,destination,connect,cost_per_second,pulse\n8613,China mobile,0.05,0.003,60/6\n",
	} {
		got := parse(t, text)
		expected := want
		if name == "Kazoo" { // its minimum is one, and no block
			expected.Initial, expected.Minimum = 0, 60
		}
		if diff := cmp.Diff([]Rate{expected}, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		for _, d := range []time.Duration{5 * time.Second, 60 * time.Second, 61 * time.Second, 200 * time.Second} {
			if got[0].Price(d) != want.Price(d) {
				t.Errorf("%s: %s costs %s, want %s", name, d, got[0].Price(d), want.Price(d))
			}
		}
	}
}

// TestFaultsOfDecks says what is wrong, and where.
func TestFaultsOfDecks(t *testing.T) {
	const header = "prefix,rate_per_min,increment_s,currency,effective_from,effective_to,class\n"
	for text, want := range map[string]string{
		"":                                             "line 1: the file is empty",
		"prefix,rate_per_min,colour\n":                 "line 1, colour: no column of a rate deck has this name",
		"prefix,rate_per_min,rate_cost\n":              "line 1, rate_cost: says the same as column rate_per_min",
		"prefix\n86\n":                                 "line 1: there is no column rate_per_min",
		"rate_per_min\n1\n":                            "line 1: there is no column prefix",
		header + "86,1\n":                              "line 2: 2 columns where the header has 7",
		header + "86,1,1,,,,\n8 6,1,1,,,,\n":           `line 3, prefix: "8 6" is no prefix`,
		header + ",1,1,,,,\n":                          "line 2, prefix: a prefix is missing",
		header + "0086,1,1,,,,\n":                      `line 2, prefix: "0086" begins with 0`,
		header + "8612345678901234,1,1,,,,\n":          `line 2, prefix: "8612345678901234" has more than 15 digits`,
		header + "86,,1,,,,\n":                         "line 2, rate_per_min: not an amount of money",
		header + "86,-1,1,,,,\n":                       "line 2, rate_per_min: -1 is below zero",
		header + "86,1e3,1,,,,\n":                      `line 2, rate_per_min: not an amount of money: "1e3"`,
		header + "86,\"0,18\",1,,,,\n":                 "line 2, rate_per_min: not an amount of money: \"0,18\" has a comma",
		header + "86,0.1234567,1,,,,\n":                "more than six decimals",
		header + "86,18000,1,,,,\n":                    "line 2: 18000 a minute and 0 for the connection: no call costs more than 1000.00 CNY",
		header + "86,1,0,,,,\n":                        "line 2: the billing seconds of prefix 86",
		header + "86,1,-6,,,,\n":                       `line 2, increment_s: "-6" is no number of seconds`,
		header + "86,1,1.5,,,,\n":                      `line 2, increment_s: "1.5" is no number of seconds`,
		header + "86,1,99999,,,,\n":                    `line 2, increment_s: "99999" is no number of seconds`,
		header + "86,1,1,XYZ,,,\n":                     `line 2, currency: "XYZ" is no currency of ISO 4217`,
		header + "86,1,1,USD,,,\n":                     "line 2: prices are in USD, and the company's money is CNY",
		header + "86,1,1,,tomorrow,,\n":                `line 2, effective_from: "tomorrow" is no date`,
		header + "86,1,1,,0026-01-01,,\n":              "line 2, effective_from: the year 26",
		header + "86,1,1,,2026-12-01,2026-11-01,\n":    "line 2: the rate of prefix 86 ends before it begins",
		header + "86,1,1,,,,cheap\n":                   `line 2, class: a class of calls cannot be "cheap"`,
		header + "86,1,1,,,,\n1,1,1,,,,\n86,2,1,,,,\n": "line 4, prefix: prefix 86 is on line 2 too",
		header + "86,1,1,,2026-01-01,2026-06-01,\n86,2,1,,2026-05-31,,\n":            "line 3, prefix: prefix 86 is on line 2 too",
		header + "86,1,1,,,,\n86,2,1,,2026-05-31,,\n":                                "line 3, prefix: prefix 86 is on line 2 too",
		header + "\"86,1,1,,,,\n":                                                    "line 2: not CSV (RFC 4180)",
		header + "8\"6,1,1,,,,\n":                                                    "line 2: not CSV (RFC 4180)",
		header + "86,1,1,,,,\xff\n":                                                  "line 2, class: not UTF-8",
		"prefix,rate,Billable Unit(s)\n86,0.1,7\n":                                   "not whole for a minute",
		"prefix,rate,Initial Time(s),Initial Cost\n86,0.6,60,0\n":                    "an initial cost below that of as many seconds",
		"prefix,buyrate,endtime\n86,0.6,600\n":                                       "line 2, endtime: prices by the time of the week: only 10079 is understood",
		"prefix,rate,RoundingMethod\n86,0.6,*down\n":                                 "line 2, RoundingMethod: rounding: only *up is understood",
		"prefix,rate_per_min,direction\n86,0.6,sideways\n":                           "line 2, direction: a direction cannot be",
		"prefix,rate_per_min,weight\n86,0.6,x\n":                                     "line 2, weight: \"x\" is no number",
		"prefix,rate_per_min,destination\n86,0.6," + strings.Repeat("x", 300) + "\n": "line 2, destination: longer than 200 bytes",
	} {
		_, faults := ParseDeck(strings.NewReader(text), reading)
		if len(faults) == 0 || !strings.Contains(faults[0].String(), want) {
			t.Errorf("%q: %v, want %s", text, faults, want)
		}
	}
}

func TestSoundDecksThatLookWrong(t *testing.T) {
	for _, text := range []string{
		"prefix,rate_per_min,effective_from,effective_to\n86,1,2026-01-01,2026-06-01\n86,2,2026-06-01,\n86,3,,2026-01-01\n", // one after the other
		"prefix,rate_per_min,trunk\n86,1,\n86,2,a\n86,3,b\n",
		"prefix,rate_per_min,direction\n86,1,outbound\n86,2,inbound\n",
		"prefix,rate_per_min,weight\n86,1,0\n86,2,10\n",
		"prefix,rate_per_min\n86,0\n",
		"PREFIX , Rate Per Min\n86,1\n861,2", // no line end
	} {
		parse(t, text)
	}
	if _, faults := ParseDeck(strings.NewReader("prefix,rate_per_min\n84,20000\n"), Reading{Currency: Currency{"VND", 0}}); len(faults) > 0 {
		t.Errorf("20,000 dong a minute: %v", faults)
	}
}

func TestAllFaultsAreTold(t *testing.T) {
	_, faults := ParseDeck(strings.NewReader("prefix,rate_per_min\nx,1\n86,y\n1,1\nz,z\n"), reading)
	var got []string
	for _, f := range faults {
		got = append(got, fmt.Sprint(f.Line, f.Column))
	}
	if diff := cmp.Diff([]string{"2prefix", "3rate_per_min", "5prefix", "5rate_per_min"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestLimitsOfDecks(t *testing.T) {
	many := "prefix,rate_per_min\n" + strings.Repeat("x,1\n", 1000)
	limited := reading
	limited.Faults = 10
	if _, faults := ParseDeck(strings.NewReader(many), limited); len(faults) != 11 || !strings.Contains(faults[10].Message, "more faults") {
		t.Errorf("%d faults: %v", len(faults), faults[len(faults)-1])
	}
	limited = reading
	limited.Rows = 2
	_, faults := ParseDeck(strings.NewReader("prefix,rate_per_min\n1,1\n2,1\n3,1\n"), limited)
	if len(faults) != 1 || faults[0].String() != "line 4: more than 2 rates" {
		t.Errorf("%v", faults)
	}
	limited = reading
	limited.Bytes = 30
	for _, text := range []string{many, "prefix,rate_per_min\n\"" + strings.Repeat("1", 1000)} {
		_, faults = ParseDeck(strings.NewReader(text), limited)
		if len(faults) == 0 || !strings.Contains(faults[len(faults)-1].Message, "too large") {
			t.Errorf("%v", faults)
		}
	}
	_, faults = ParseDeck(io.MultiReader(strings.NewReader("prefix,rate_per_min\n"), iotest.ErrReader(errors.New("the disk is gone"))), reading)
	if len(faults) != 1 || !strings.Contains(faults[0].Message, "the disk is gone") {
		t.Errorf("%v", faults)
	}
}

// TestWriteDeck: what is written is read back as it was.
func TestWriteDeck(t *testing.T) {
	want := parse(t, "prefix,destination,rate_per_min,connect_fee,initial_s,increment_s,min_s,grace_s,effective_from,effective_to,trunk,direction,class,weight\n"+
		"8613,\"China, \"\"mobile\"\"\",0.180001,0.05,60,6,12,2,2026-11-01T01:02:03Z,2027-01-01,a,inbound,mobile,3\n44,,1,,,1,,,,,,,,\n")
	var out strings.Builder
	if err := WriteDeck(&out, want, cny); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, parse(t, out.String())); diff != "" {
		t.Error(diff)
	}
}

// hundredThousand is a deck as large as the largest carriers have.
func hundredThousand() string {
	var text strings.Builder
	text.WriteString("prefix,destination,rate_per_min,connect_fee,initial_s,increment_s\n")
	for i := range 100_000 {
		fmt.Fprintf(&text, "%d,Destination %d,0.%04d,0.01,60,6\n", 1_000_000+i*83, i, i%10_000)
	}
	return text.String()
}

// TestHundredThousandRates are read and ready to be used in well under the five
// seconds that an import may take.
func TestHundredThousandRates(t *testing.T) {
	begin := time.Now()
	rates := parse(t, hundredThousand())
	deck, err := NewDeck("1", "", time.Time{}, rates)
	if err != nil || len(deck.Rates()) != 100_000 {
		t.Fatal(err)
	}
	if changes := Compare(nil, deck); len(changes) != 100_000 {
		t.Errorf("%d changes", len(changes))
	}
	t.Logf("%d rates in %s", len(rates), time.Since(begin))
}

func BenchmarkParseDeck(b *testing.B) {
	text := hundredThousand()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		parse(b, text)
	}
}

func BenchmarkFind(b *testing.B) {
	deck, err := NewDeck("1", "", time.Time{}, parse(b, hundredThousand()))
	if err != nil {
		b.Fatal(err)
	}
	decks := NewDecks(deck)
	random := rand.New(rand.NewPCG(1, 2))
	numbers := make([]dialplan.Number, 4096)
	for i := range numbers {
		numbers[i] = dialplan.Number(fmt.Sprintf("+%d%04d", 1_000_000+random.IntN(100_000)*83, random.IntN(10_000)))
	}
	now, i := time.Now(), 0
	b.ReportAllocs()
	for b.Loop() {
		if _, _, ok := decks.Find(numbers[i%len(numbers)], "a", Outbound, now); !ok {
			b.Fatal(numbers[i%len(numbers)])
		}
		i++
	}
}

func FuzzParseDeck(f *testing.F) {
	f.Add("prefix,rate_per_min,effective_from,currency\n86,0.18,2026-11-01,CNY\n")
	f.Add("Name,Match Prefix,Rate,Billable Unit(s),Initial Time(s),Initial Cost\nx;86;1;6;60;1\n")
	f.Add("dialprefix\tbuyrate\tbuyrateincrement\n86\t1\t6\n\"")
	f.Add("\ufeffprefix,cost/s,pulse\n+86,0.003,60/6\n+86,0.003,60/6\n")
	f.Fuzz(func(t *testing.T, text string) {
		sheet, faults := ParseDeck(strings.NewReader(text), reading)
		lines := strings.Count(text, "\n") + 1
		for _, fault := range faults {
			if fault.Line < 1 || fault.Line > lines+1 || fault.Message == "" {
				t.Fatalf("%+v of %d lines", fault, lines)
			}
		}
		if len(faults) > 0 {
			return
		}
		if _, err := NewDeck("1", "", time.Time{}, sheet.Rates); err != nil {
			t.Fatalf("no fault, and no deck: %v", err)
		}
		var out strings.Builder
		if err := WriteDeck(&out, sheet.Rates, cny); err != nil {
			t.Fatal(err)
		}
		again, faults := ParseDeck(strings.NewReader(out.String()), reading)
		if diff := cmp.Diff(sheet.Rates, again.Rates); diff != "" || len(faults) > 0 {
			t.Fatalf("%v\n%s", faults, diff)
		}
	})
}
