package api_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/signaling/api"
	"partyline/sip/billing"
	"partyline/sip/dialplan"
)

var began = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

// recordCall keeps the record of a call of a minute and a second that is over.
func (w *world) recordCall(id string, p personBody, change ...func(*billing.CDR)) {
	w.t.Helper()
	c := billing.CDR{
		ID: id, Kind: billing.PhoneOut, State: billing.Opened, From: "+861012345678", To: "+8613800138000", Name: "=1+1",
		Person: p.ID, PersonName: p.Name, Class: dialplan.Mobile, Country: "CN", Trunk: "carrier-a",
		Why:   "carrier-b (+8613, 170000/min, poor): quality; carrier-a (any number, 180000/min, good): last; carrier-c: down",
		Setup: began, Ring: began.Add(2 * time.Second), Answer: began.Add(5 * time.Second), End: began.Add(66 * time.Second),
		Deck: "7", Rate: billing.Rate{Prefix: "86138", PerMinute: 180_000, Initial: 60, Increment: 6},
		Currency: billing.Currency{Code: "CNY", Exponent: 2}, Status: 200, Q850: 16, Cause: billing.CauseHungUp, Side: billing.SideThem,
		Quality: billing.Quality{Codec: "PCMA", MOSIn: 431, LossIn: 12, Class: "good"},
	}
	for _, f := range change {
		f(&c)
	}
	if _, err := w.store.Open(w.t.Context(), c, billing.Hold{}); err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.store.Settle(w.t.Context(), c, c.Rate.Charge(c.Duration())); err != nil {
		w.t.Fatal(err)
	}
}

type callBody struct {
	ID, Person, PersonName, From, To, Trunk, Cause, Quality, Class, Block string
	Masked                                                                bool
	Cost, DurationMs, PDDMs                                               int64
	BilledSeconds                                                         int
	MOSIn                                                                 float64
	Charge                                                                *struct {
		Total    int64
		Seconds  int
		Verified bool
		Steps    []struct {
			Key    string
			Values map[string]string
		}
	}
	Routing []routingBody
}

type routingBody struct {
	Trunk, Why, Prefix, Quality string
	Taken                       bool
	PerMinute                   int64
}

type callsBody struct {
	Calls          []callBody
	Next, Currency string
}

func (c *client) calls(query string) callsBody {
	c.t.Helper()
	var b callsBody
	c.call("GET", "/calls?"+query, nil).want(200).into(&b)
	return b
}

func idsOf(b callsBody) string {
	ids := make([]string, len(b.Calls))
	for i, c := range b.Calls {
		ids[i] = c.ID
	}
	return strings.Join(ids, " ")
}

// lookBody is a line that somebody sees of who looked their calls up.
type lookBody struct {
	By, ByName, What, Call string
	Everybody              bool
}

func (c *client) looks() (acts []string) {
	c.t.Helper()
	var all []lookBody
	c.call("GET", "/me/lookups", nil).want(200).into(&all)
	for _, l := range all {
		acts = append(acts, strings.TrimSpace(fmt.Sprint(l.ByName, " ", l.What, " ", l.Call)))
	}
	return acts
}

// TestWhoSeesWhichCalls: each employee their own, admins all with the numbers
// masked; what an admin looks up leaves a line.
func TestWhoSeesWhichCalls(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		bob := w.bob(ann)
		w.recordCall("c1", ann.me())
		w.recordCall("c2", bob.me(), func(c *billing.CDR) { c.Setup = c.Setup.Add(time.Second) })
		own := bob.calls("")
		if idsOf(own) != "c2" || own.Calls[0].To != "+8613800138000" || own.Calls[0].Masked || own.Currency != "CNY" {
			t.Errorf("bob sees %+v", own)
		}
		all := ann.calls("")
		if idsOf(all) != "c2 c1" || all.Calls[0].To != "•••000" || !all.Calls[0].Masked || all.Calls[1].Masked {
			t.Errorf("ann sees %+v", all)
		}
		if mine := ann.calls("mine=true"); idsOf(mine) != "c1" {
			t.Errorf("ann's own: %+v", mine)
		}
		bob.call("GET", "/calls/c1", nil).problem(api.NotFound)
		bob.call("GET", "/calls?person="+ann.me().ID, nil).problem(api.NotFound)
		bob.call("GET", "/calls/none", nil).problem(api.NotFound)
		w.client().call("GET", "/calls", nil).problem(api.SignedOut)
		if looks := bob.looks(); len(looks) != 0 {
			t.Errorf("a list of all is no look at bob: %v", looks)
		}
		var one callBody
		ann.call("GET", "/calls/c2", nil).want(200).into(&one)
		if one.To != "+8613800138000" || one.Masked {
			t.Errorf("an admin who opens a call sees %+v", one)
		}
		for range 2 {
			ann.calls("person=" + bob.me().ID)
		}
		looks := strings.Join(bob.looks(), ", ")
		if !strings.Contains(looks, "Ann call c2") || strings.Count(looks, "Ann list") != 1 || len(ann.looks()) != 0 {
			t.Errorf("bob is told of %v, ann of %v", looks, ann.looks())
		}
	})
}

// TestChargeIsExplained is the golden call of 61 s at 60/6.
func TestChargeIsExplained(t *testing.T) {
	w := onSQLite(t)
	ann := w.ann()
	w.recordCall("c1", ann.me())
	w.recordCall("failed", ann.me(), func(c *billing.CDR) { c.Answer, c.Cause, c.Why = time.Time{}, billing.CauseBusy, "price 0.18" })
	var one callBody
	ann.call("GET", "/calls/c1", nil).want(200).into(&one)
	if one.Charge == nil || one.Charge.Total != 198_000 || one.Charge.Seconds != 66 || !one.Charge.Verified || one.Cost != 198_000 ||
		one.DurationMs != 61_000 {
		t.Fatalf("%+v", one)
	}
	for _, c := range ann.calls("").Calls {
		if c.Block != "60/6" {
			t.Errorf("in the list %s is billed by %q", c.ID, c.Block)
		}
	}
	if diff := cmp.Diff([]routingBody{
		{Trunk: "carrier-b", Why: "quality", Prefix: "+8613", PerMinute: 170_000, Quality: "poor"},
		{Trunk: "carrier-a", Why: "last", PerMinute: 180_000, Quality: "good", Taken: true},
		{Trunk: "carrier-c", Why: "down"},
	}, one.Routing); diff != "" {
		t.Error(diff)
	}
	var keys []string
	for _, s := range one.Charge.Steps {
		keys = append(keys, s.Key)
	}
	if got := strings.Join(keys, " "); got != "talked initial increments billed minutes total" {
		t.Errorf("steps: %s", got)
	}
	ann.call("GET", "/calls/failed", nil).want(200).into(&one)
	if one.Charge.Total != 0 || !one.Charge.Verified || one.Cause != "busy" || len(one.Routing) != 1 || one.Routing[0].Why != "price 0.18" {
		t.Errorf("one that failed: %+v", one)
	}
}

func TestCallsAreFiltered(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		me := ann.me()
		w.recordCall("a", me)
		w.recordCall("b", me, func(c *billing.CDR) {
			c.Setup, c.Answer, c.Cause, c.Status, c.Trunk = began.Add(time.Hour), time.Time{}, billing.CauseBusy, 486, "carrier-b"
			c.To, c.Country, c.Class, c.Name = "+33123456789", "FR", dialplan.International, "Zoë"
			c.Quality = billing.Quality{}
		})
		for query, want := range map[string]string{
			"":                                  "b a",
			"sort=oldest":                       "a b",
			"trunk=carrier-b":                   "b",
			"cause=busy&status=486":             "b",
			"answered=true":                     "a",
			"answered=false":                    "b",
			"country=fr":                        "b",
			"class=mobile":                      "a",
			"class=internal":                    "",
			"kind=pstn_out&direction=outbound":  "b a",
			"state=closed":                      "b a",
			"state=open":                        "",
			"number=" + url.QueryEscape("+33*"): "b",
			"number=33*":                        "b",
			"number=" + url.QueryEscape("+8613800138000"): "a",
			"number=8613800138*":                          "a",
			"number=8613800139*":                          "",
			"number=13800138000&trunk=carrier-b":          "",
			"number=" + url.QueryEscape("+861012345678"):  "b a",
			"name=zo":                             "b",
			"minCost=1":                           "a",
			"maxCost=0":                           "b",
			"minDuration=60000&maxDuration=62000": "a",
			"minMos=4":                            "a",
			"maxMos=4":                            "",
			"minLoss=0.1":                         "a",
			"codec=PCMA&quality=good&hangup=them": "a",
			"from=2026-11-23T10:30:00Z":           "b",
			"to=2026-11-23T10:30:00Z":             "a",
			"deck=7&prefix=86138":                 "b a",
			"payerKind=company":                   "b a",
			"payerKind=department&payer=Sales":    "",
			"person=" + me.ID:                     "b a",
			"rule=no-money":                       "",
		} {
			if got := idsOf(ann.calls(query)); got != want {
				t.Errorf("%s gives %q, want %q", query, got, want)
			}
		}
		for _, query := range []string{"payer=Sales", "limit=0", "limit=501", "cursor=x", "kind=fax", "status=1", "colour=red", "minCost=a", "from=today"} {
			ann.call("GET", "/calls?"+query, nil).problem(api.Invalid)
		}
	})
}

func TestCallsComeInPages(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		for i := range 7 {
			w.recordCall(fmt.Sprint("c", i), ann.me(), func(c *billing.CDR) { c.Setup = began.Add(time.Duration(i/3) * time.Second) })
		}
		for sort, want := range map[string]string{"newest": "c6 c5 c4 c3 c2 c1 c0", "oldest": "c0 c1 c2 c3 c4 c5 c6"} {
			var seen []string
			next := ""
			for range 4 {
				page := ann.calls("limit=2&sort=" + sort + "&cursor=" + next)
				seen = append(seen, idsOf(page))
				if next = page.Next; next == "" {
					break
				}
			}
			if got := strings.Join(seen, " "); got != want || next != "" {
				t.Errorf("%s: %s, then %q", sort, got, next)
			}
		}
	})
}

func TestCallsAreExported(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		bob := w.bob(ann)
		w.recordCall("c1", ann.me())
		w.recordCall("c2", bob.me(), func(c *billing.CDR) { c.Setup = c.Setup.Add(time.Second) })
		read := func(c *client, query string) (rows [][]string) {
			t.Helper()
			a := c.call("GET", "/calls/export?"+query, nil).want(200)
			if !strings.Contains(a.header.Get("Content-Disposition"), `attachment; filename="calls-`) {
				t.Errorf("%v", a.header)
			}
			rows, err := csv.NewReader(strings.NewReader(string(a.body))).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			return rows
		}
		column := func(rows [][]string, name string, row int) string {
			for i, n := range rows[0] {
				if n == name {
					return rows[row][i]
				}
			}
			return "no column"
		}
		rows := read(ann, "")
		if len(rows) != 3 || column(rows, "to", 1) != "+8613800138000" || column(rows, "to", 2) != "•••000" || column(rows, "display_name", 1) != "'=1+1" {
			t.Errorf("%q", rows)
		}
		if rows = read(bob, "numbers=full"); len(rows) != 2 || column(rows, "cdr_id", 1) != "c2" {
			t.Errorf("an employee exports %q", rows)
		}
		if len(bob.looks()) != 0 {
			t.Errorf("masked numbers leave a line: %v", bob.looks())
		}
		if rows = read(ann, "numbers=full&sort=newest"); column(rows, "to", 1) != "+8613800138000" {
			t.Errorf("%q", rows)
		}
		if looks := bob.looks(); len(looks) != 1 || looks[0] != "Ann export" {
			t.Errorf("bob is told of %v", looks)
		}
		lines := strings.Split(strings.TrimSpace(string(ann.call("GET", "/calls/export?format=jsonl&trunk=carrier-a", nil).want(200).body)), "\n")
		var object map[string]any
		if len(lines) != 2 || json.Unmarshal([]byte(lines[0]), &object) != nil || object["cdr_id"] != "c1" || object["cost_micro"] != 198_000.0 {
			t.Errorf("%q", lines)
		}
		ann.call("GET", "/calls/export?format=xml", nil).problem(api.Invalid)
		bob.call("GET", "/calls/export?person="+ann.me().ID, nil).problem(api.NotFound)
	})
}

func TestCosts(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		bob := w.bob(ann)
		w.recordCall("c1", ann.me(), func(c *billing.CDR) { c.CostCentre = "4711" })
		w.recordCall("c2", bob.me(), func(c *billing.CDR) { c.Setup = began.Add(24 * time.Hour); c.CostCentre = "4712" })
		w.recordCall("c3", bob.me(), func(c *billing.CDR) {
			c.Setup = began.Add(24 * time.Hour)
			c.CostCentre = "4712"
			c.Answer = time.Time{}
		})
		type total struct {
			Key, Name        string
			Calls, Answered  int
			Cost, DurationMs int64
			BilledSeconds    int64
		}
		type costs struct {
			Total total
			Rows  []total
		}
		ask := func(c *client, query string) (b costs) {
			t.Helper()
			c.call("GET", "/costs?"+query, nil).want(200).into(&b)
			return b
		}
		b := ask(ann, "by=cost_centre")
		if len(b.Rows) != 2 || b.Rows[0].Key != "4712" || b.Rows[0].Calls != 2 || b.Rows[0].Answered != 1 ||
			b.Total.Cost != 2*198_000 || b.Total.BilledSeconds != 132 || b.Total.Calls != 3 {
			t.Errorf("%+v", b)
		}
		if b = ask(ann, "by=day"); len(b.Rows) != 2 || b.Rows[0].Key != "2026-11-23" || b.Rows[1].Cost != 198_000 {
			t.Errorf("%+v", b)
		}
		if b = ask(ann, "by=month&trunk=carrier-a"); len(b.Rows) != 1 || b.Rows[0].Key != "2026-11" {
			t.Errorf("%+v", b)
		}
		if b = ask(ann, "by=person"); len(b.Rows) != 2 || b.Rows[0].Name == "" {
			t.Errorf("%+v", b)
		}
		if b = ask(bob, "by=trunk"); b.Total.Calls != 2 {
			t.Errorf("an employee sums up %+v", b)
		}
		for _, by := range billing.Groupings() {
			ask(ann, "by="+string(by))
		}
		ann.call("GET", "/costs", nil).want(200)
		ann.call("GET", "/costs?by=colour", nil).problem(api.Invalid)
	})
}
