package dialplan

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func dials(name string, prefixes ...string) Trunk {
	return Trunk{Name: name, Outbound: Outbound{Targets: []Target{{Host: "192.0.2.1"}}, Prefixes: prefixes}}
}

func TestOutboundTrunks(t *testing.T) {
	plan, err := NewPlan([]Trunk{
		{Name: "in", Allow: prefixes("192.0.2.0/24")},
		dials("out"),
		{Name: "off", Outbound: Outbound{Domain: "carrier.example", Off: true}},
		{Name: "both", Allow: prefixes("192.0.2.0/24"), Outbound: Outbound{
			Domain: "carrier.example", Register: true, Expires: time.Hour, Accounts: []Account{{User: "u", Password: "p"}},
			Caller:   CallerID{Owned: []Number{"+861065529988", "+8621555500*"}, Default: "+862155550012", Header: PAI},
			Prefixes: []string{"+86", "0 0"}[:1], Proxy: "sip:proxy.example;lr",
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, trunk := range plan.Outbound() {
		names = append(names, trunk.Name)
	}
	if !slices.Equal(names, []string{"out", "both"}) {
		t.Errorf("calls are placed over %v", names)
	}
	if both, ok := plan.Trunk("both"); !ok || both.Outbound.Caller.Header != PAI {
		t.Errorf("both is %v", both.Name)
	}
	if _, ok := plan.Trunk("none"); ok {
		t.Error("there is a trunk nobody configured")
	}
}

func TestBadOutboundTrunks(t *testing.T) {
	cases := map[string]Outbound{
		"without a host":               {Targets: []Target{{Port: 5060}}},
		"with port 70000":              {Targets: []Target{{Host: "h", Port: 70000}}},
		`a target over "sctp"`:         {Targets: []Target{{Host: "h", Transport: "sctp"}}},
		"as outbound proxy":            {Proxy: "proxy.example"},
		"registers nowhere":            {Register: true, Proxy: "sip:p", Accounts: []Account{{User: "u"}}},
		"registers nobody":             {Register: true, Domain: "d"},
		"use at least 1m":              {Domain: "d", Expires: time.Second},
		"account 1 without a user":     {Domain: "d", Accounts: []Account{{Password: "p"}}},
		"negative number of channels":  {Domain: "d", Channels: -1},
		"a client certificate or its":  {Domain: "d", ClientCert: "c"},
		`the prefix "abc"`:             {Domain: "d", Prefixes: []string{"abc"}},
		"that is no number, at place":  {Domain: "d", Caller: CallerID{Owned: []Number{"12345678"}}},
		"at place 1":                   {Domain: "d", Caller: CallerID{Owned: []Number{"+86*"}}},
		"by default that it does not ": {Domain: "d", Caller: CallerID{Owned: []Number{"+861065529988"}, Default: "+861065529989"}},
	}
	for want, out := range cases {
		_, err := NewPlan([]Trunk{{Name: "x", Outbound: out}})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), `trunk "x"`) {
			t.Errorf("%q: %v", want, err)
		}
	}
}

// TestOnlyOwnedNumbersAreShown whatever is asked for.
func TestOnlyOwnedNumbersAreShown(t *testing.T) {
	number := rapid.Custom(func(t *rapid.T) Number {
		return Number(rapid.SampledFrom([]string{"", "+", "+86", "+8610"}).Draw(t, "start") + rapid.StringMatching(`[0-9]{0,6}\*?`).Draw(t, "rest"))
	})
	rapid.Check(t, func(t *rapid.T) {
		c := CallerID{Owned: rapid.SliceOfN(number, 0, 4).Draw(t, "owned"), Default: number.Draw(t, "default")}
		wanted := number.Draw(t, "wanted")
		got := c.For(wanted)
		if got == "" {
			if c.Owns(wanted) {
				t.Fatal("an owned number is not shown")
			}
			return
		}
		owned := slices.ContainsFunc(c.Owned, func(own Number) bool {
			return own == got || strings.HasSuffix(string(own), "*") && len(own) > 1 && strings.HasPrefix(string(got), strings.TrimSuffix(string(own), "*"))
		})
		if !owned || got != wanted && got != c.Default {
			t.Fatalf("%q is shown, asked for was %q", string(got), string(wanted))
		}
	})
}

func TestRoutes(t *testing.T) {
	d := Dialled{Number: "+861065529988", Class: Domestic}
	good := func(c Candidate) Candidate { c.Priced = true; return c }
	off := dials("off")
	off.Outbound.Off = true
	routes, why := Routes(d, []Candidate{
		good(Candidate{Trunk: dials("all"), Price: 10}),
		good(Candidate{Trunk: dials("cheap", "+86"), Price: 100, Grade: Poor}),
		good(Candidate{Trunk: dials("dear", "+86"), Price: 300, Grade: Good}),
		good(Candidate{Trunk: dials("fair", "+1", "+86"), Price: 200, Grade: Fair}),
		good(Candidate{Trunk: dials("better", "+86"), Price: 200, Grade: Good}),
		good(Candidate{Trunk: dials("beijing", "+86 10", "+86"), Price: 900}),
		good(Candidate{Trunk: dials("american", "+1")}),
		good(Candidate{Trunk: dials("down"), Down: true}),
		good(Candidate{Trunk: dials("busy"), Busy: true}),
		{Trunk: dials("free?")},
		good(Candidate{Trunk: off}),
	})
	var order []string
	for _, r := range routes {
		order = append(order, r.Trunk.Name+" "+r.Why)
	}
	want := []string{"beijing prefix", "better quality", "fair price", "dear quality", "cheap prefix", "all last"}
	if !slices.Equal(order, want) {
		t.Errorf("order %q, want %q", order, want)
	}
	text := why.String()
	for _, want := range []string{
		"beijing (+8610, 900/min, fair): prefix; better (+86, 200/min, good): quality", "all (any number, 10/min, fair): last",
		"american: not-served", "down: down", "busy: channels", "free?: no-rate", "off: off",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	read, ok := ParseExplanation(text)
	for i, c := range why { // of trunks that are not tried the verdict alone is written
		if c.Verdict.Tried() && (!ok || read[i] != c) || ok && (read[i].Trunk != c.Trunk || read[i].Verdict != c.Verdict) {
			t.Errorf("%+v is read as %+v", c, read)
		}
	}
	if text, err := json.Marshal(why[:1]); err != nil || string(text) != `[{"trunk":"beijing","prefix":"+8610","price":900,"grade":"fair","verdict":"prefix"}]` {
		t.Errorf("JSON: %s, %v", text, err)
	}
	for _, class := range []Class{Emergency, Denied} {
		if routes, why := Routes(Dialled{Number: "+8816312345678", Class: class}, []Candidate{good(Candidate{Trunk: dials("all")})}); len(routes) != 0 || why[0].Verdict != Never {
			t.Errorf("%v takes %v", class, why)
		}
	}
}

// TestRoutesAreOrdered checks every order for what it promises.
func TestRoutesAreOrdered(t *testing.T) {
	d := Dialled{Number: "+861065529988"}
	rapid.Check(t, func(t *rapid.T) {
		var candidates []Candidate
		for i := range rapid.IntRange(0, 6).Draw(t, "trunks") {
			candidates = append(candidates, Candidate{
				Trunk: dials(fmt.Sprint(i), rapid.SampledFrom([]string{"", "+8", "+86", "+8610", "+1"}).Draw(t, "prefix")),
				Price: rapid.Int64Range(0, 3).Draw(t, "price"), Priced: rapid.Bool().Draw(t, "priced"),
				Grade: Grade(rapid.IntRange(-1, 1).Draw(t, "grade")), Busy: rapid.Bool().Draw(t, "busy"), Down: rapid.Bool().Draw(t, "down"),
			})
		}
		routes, why := Routes(d, candidates)
		if len(why) != len(candidates) {
			t.Fatalf("%d of %d are explained", len(why), len(candidates))
		}
		of := func(name string) Candidate {
			return candidates[slices.IndexFunc(candidates, func(c Candidate) bool { return c.Trunk.Name == name })]
		}
		for i, r := range routes {
			c := of(r.Trunk.Name)
			if !c.Priced || c.Busy || c.Down || why[i].Trunk != r.Trunk.Name || string(why[i].Verdict) != r.Why {
				t.Fatalf("%v is tried: %v", r.Trunk.Name, why)
			}
			if i == 0 {
				continue
			}
			before := of(routes[i-1].Trunk.Name)
			switch a, b := why[i-1], why[i]; {
			case len(a.Prefix) != len(b.Prefix):
				if len(a.Prefix) < len(b.Prefix) {
					t.Fatalf("a shorter prefix first: %v", why)
				}
			case (before.Grade == Poor) != (c.Grade == Poor):
				if before.Grade == Poor {
					t.Fatalf("a poor trunk first: %v", why)
				}
			case before.Price > c.Price, before.Price == c.Price && before.Grade < c.Grade:
				t.Fatalf("a dearer or worse one first: %v", why)
			}
		}
	})
}

// TestGrades follows a trunk that breaks down and recovers.
func TestGrades(t *testing.T) {
	start := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	g := NewGrades(DefaultLimits())
	now := start
	calls := func(answered, failed int) Grade {
		for i := range answered + failed {
			now = now.Add(time.Second)
			g.Attempt("a", now, i < answered)
		}
		return g.Grade("a", now)
	}
	if got := calls(4, 5); got != Fair {
		t.Errorf("nine calls: %v", got)
	}
	if got := calls(20, 5); got != Good { // 24 of 34
		t.Errorf("mostly answered: %v", got)
	}
	if got := calls(0, 16); got != Good { // 24 of 50 = 48 %: less than it took, and still good
		t.Errorf("a little worse: %v", got)
	}
	if got := calls(0, 6); got != Fair { // 43 %
		t.Errorf("worse: %v", got)
	}
	if got := calls(0, 50); got != Poor { // 24 of 106 = 23 %
		t.Errorf("broken down: %v", got)
	}
	if got := calls(15, 0); got != Poor { // 39 of 121 = 32 %: no longer below the border, and not above the other
		t.Errorf("a little better: %v", got)
	}
	if got := calls(20, 0); got != Fair { // 59 of 141 = 42 %
		t.Errorf("recovered: %v", got)
	}
	now = now.Add(2 * time.Hour)
	if got := g.Grade("a", now); got != Fair {
		t.Errorf("long ago: %v", got)
	}
	for range 6 {
		g.Heard("a", now, 2.5)
	}
	if got := calls(20, 0); got != Poor {
		t.Errorf("all are answered and nobody is understood: %v", got)
	}
	if got := g.Grade("another", now); got != Fair {
		t.Errorf("nothing is known: %v", got)
	}
}

func TestIdentityHeaderNames(t *testing.T) {
	for _, h := range []IdentityHeader{From, PAI} {
		text, err := h.MarshalText()
		var back IdentityHeader
		if err != nil || back.UnmarshalText(text) != nil || back != h {
			t.Errorf("%v comes back as %v", h, back)
		}
	}
	if err := new(IdentityHeader).UnmarshalText([]byte("contact")); err == nil {
		t.Error("an unknown header passed")
	}
}

func BenchmarkRoutes(b *testing.B) {
	d := Dialled{Number: "+861065529988"}
	var candidates []Candidate
	for i := range 10 {
		candidates = append(candidates, Candidate{Trunk: dials(fmt.Sprint(i), "+86", "+1", "+8610"), Priced: true, Price: int64(i % 3)})
	}
	for b.Loop() {
		Routes(d, candidates)
	}
}

// FuzzParseExplanation: what is read is written as it was, but for how a price
// may be spelled.
func FuzzParseExplanation(f *testing.F) {
	for _, text := range []string{
		"alpha (+8610, 120000/min, good): price; beta: down", "all (any number, 0/min, poor): only", "a: b (x) (any number, 1/min, fair): last",
		"", "price 0.18", "alpha: price", "alpha (+86, x/min, good): price", " (, 1/min, good): price", ": down",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, ok := ParseExplanation(text)
		if !ok {
			return
		}
		again, ok := ParseExplanation(e.String())
		if !ok || !slices.Equal(e, again) {
			t.Errorf("%q is read as %v and then as %v", text, e, again)
		}
	})
}
