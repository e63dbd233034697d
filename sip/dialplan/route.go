package dialplan

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Candidate is a trunk that a call might take, as things stand.
type Candidate struct {
	Trunk  Trunk
	Price  int64 // per minute, in millionths of the company's currency
	Priced bool  // the trunk's deck has a rate for the number
	Grade  Grade // how its calls went lately
	Busy   bool  // all its channels are taken
	Down   bool  // it answers nobody, or its registration failed
}

// Route is a trunk to try, and why it stands where it does.
type Route struct {
	Trunk Trunk
	Why   string
}

// Choice is what became of one candidate.
type Choice struct {
	Trunk   string  `json:"trunk"`
	Prefix  string  `json:"prefix,omitempty"` // the longest of the trunk's that fits; empty: it calls every number
	Price   int64   `json:"price,omitempty"`  // per minute, in millionths
	Grade   Grade   `json:"grade"`
	Verdict Verdict `json:"verdict"`
}

// Verdict is why a candidate is tried or not.
type Verdict string

// The verdicts, as they stand in call records.
const (
	Only        Verdict = "only"         // the only one left
	ByPrefix    Verdict = "prefix"       // its prefix is longer than the next one's
	ByPrice     Verdict = "price"        // it is cheaper than the next one
	ByGrade     Verdict = "quality"      // it was better lately than the next one
	ByOrder     Verdict = "order"        // all else is equal: the order of the configuration
	Last        Verdict = "last"         // none is left behind it
	NotServed   Verdict = "not-served"   // it does not call this number
	SwitchedOff Verdict = "off"          // switched off, or without a target
	Unpriced    Verdict = "no-rate"      // nobody knows what the call would cost
	IsBusy      Verdict = "channels"     // all its channels are taken
	IsDown      Verdict = "down"         // it answers nobody
	Never       Verdict = "not-callable" // emergency and denied numbers take no trunk
)

// Explanation is what became of every candidate: those to be tried first, in
// their order.
type Explanation []Choice

// String is the explanation in a line, for logs and records: "alpha (+8610,
// 120000/min, good): price; beta: down".
func (e Explanation) String() string {
	var out []string
	for _, c := range e {
		if !c.Verdict.Tried() {
			out = append(out, fmt.Sprintf("%s: %s", c.Trunk, c.Verdict))
			continue
		}
		out = append(out, fmt.Sprintf("%s (%s, %d/min, %s): %s", c.Trunk, cmp.Or(c.Prefix, anyNumber), c.Price, c.Grade, c.Verdict))
	}
	return strings.Join(out, "; ")
}

// ParseExplanation reads what String has written. It reports false for any other
// text.
func ParseExplanation(text string) (Explanation, bool) {
	var e Explanation
	for part := range strings.SplitSeq(text, "; ") {
		c, ok := parseChoice(part)
		if !ok {
			return nil, false
		}
		e = append(e, c)
	}
	return e, true
}

// parseChoice reads "alpha (+8610, 120000/min, good): price" or "beta: down".
func parseChoice(text string) (Choice, bool) {
	at := strings.LastIndex(text, ": ")
	if at < 0 {
		return Choice{}, false
	}
	c := Choice{Trunk: text[:at], Verdict: Verdict(text[at+len(": "):])}
	if !c.Verdict.Tried() {
		return c, slices.Contains(obstacles, c.Verdict) && c.Trunk != ""
	}
	figures, closed := strings.CutSuffix(c.Trunk, ")")
	at = strings.LastIndex(figures, " (")
	if at <= 0 || !closed {
		return Choice{}, false
	}
	parts := strings.Split(figures[at+len(" ("):], ", ")
	if len(parts) != 3 {
		return Choice{}, false
	}
	price, err := strconv.ParseInt(strings.TrimSuffix(parts[1], "/min"), 10, 64)
	if err != nil || c.Grade.UnmarshalText([]byte(parts[2])) != nil {
		return Choice{}, false
	}
	c.Trunk, c.Price = figures[:at], price
	if parts[0] != anyNumber {
		c.Prefix = parts[0]
	}
	return c, true
}

// obstacles are the verdicts on candidates that are not tried.
var obstacles = []Verdict{NotServed, SwitchedOff, Unpriced, IsBusy, IsDown, Never}

// anyNumber stands for the prefix of a trunk that calls every number.
const anyNumber = "any number"

// Tried tells whether a candidate with the verdict is tried.
func (v Verdict) Tried() bool {
	return slices.Contains([]Verdict{Only, ByPrefix, ByPrice, ByGrade, ByOrder, Last}, v)
}

// ranked is a candidate that can take the call.
type ranked struct {
	Candidate
	prefix string
}

// Routes orders the trunks that a call may take: the longest prefix first, then
// the lowest price, then the best grade, then the order given. Within a prefix,
// trunks graded Poor come last whatever they cost: a cheap trunk that nobody is
// understood over is no bargain. The explanation names every candidate.
func Routes(d Dialled, candidates []Candidate) ([]Route, Explanation) {
	var fit []ranked
	var unfit Explanation
	for _, c := range candidates {
		prefix, serves := c.Trunk.Calls(d.Number)
		if verdict := obstacle(d, c, serves); verdict != "" {
			unfit = append(unfit, Choice{c.Trunk.Name, prefix, c.Price, c.Grade, verdict})
			continue
		}
		fit = append(fit, ranked{c, prefix})
	}
	slices.SortStableFunc(fit, func(a, b ranked) int { order, _ := compare(a, b); return order })
	routes := make([]Route, 0, len(fit))
	explained := make(Explanation, 0, len(candidates))
	for i, r := range fit {
		choice := Choice{r.Trunk.Name, r.prefix, r.Price, r.Grade, Last}
		switch {
		case len(fit) == 1:
			choice.Verdict = Only
		case i+1 < len(fit):
			_, choice.Verdict = compare(r, fit[i+1])
		}
		explained = append(explained, choice)
		routes = append(routes, Route{r.Trunk, string(choice.Verdict)})
	}
	return routes, append(explained, unfit...)
}

// obstacle tells why a candidate cannot take the call; empty: it can.
func obstacle(d Dialled, c Candidate, serves bool) Verdict {
	switch {
	case d.Class == Emergency || d.Class == Denied:
		return Never
	case !c.Trunk.Dials():
		return SwitchedOff
	case !serves:
		return NotServed
	case c.Down:
		return IsDown
	case !c.Priced:
		return Unpriced
	case c.Busy:
		return IsBusy
	}
	return ""
}

// compare orders two candidates, and tells by what.
func compare(a, b ranked) (int, Verdict) {
	if order := cmp.Compare(len(b.prefix), len(a.prefix)); order != 0 {
		return order, ByPrefix
	}
	if (a.Grade == Poor) != (b.Grade == Poor) {
		if a.Grade == Poor {
			return 1, ByGrade
		}
		return -1, ByGrade
	}
	if order := cmp.Compare(a.Price, b.Price); order != 0 {
		return order, ByPrice
	}
	if order := cmp.Compare(b.Grade, a.Grade); order != 0 {
		return order, ByGrade
	}
	return 0, ByOrder
}
