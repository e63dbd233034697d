package rules

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Text is what people read, in both languages.
type Text struct{ English, Chinese string }

// Severity is how soon somebody should look.
type Severity string

// The severities.
const (
	Critical Severity = "critical" // people cannot talk now, or soon
	Warning  Severity = "warning"  // look today
)

// Rule is a recording rule, where Record is set, or an alert.
type Rule struct {
	Record string
	Alert  string
	Expr   string

	For      time.Duration // how long it has to be so
	Severity Severity
	Summary  Text // may have Prometheus's templates
	Advice   Text
}

// Group is rules that are evaluated together.
type Group struct {
	Name  string
	Every time.Duration
	Rules []Rule
}

// Groups are all rules.
func Groups() []Group {
	return []Group{
		{"partyline-ratios", 30 * time.Second, recorded()},
		{"partyline-targets", 30 * time.Second, targets()},
		{"partyline-phones", 30 * time.Second, phones()},
		{"partyline-service", 30 * time.Second, service()},
	}
}

// YAML is a rule file for Prometheus.
func YAML(groups []Group) []byte {
	var b bytes.Buffer
	b.WriteString("# Made by `partyline metrics rules`. Do not edit: make it anew.\ngroups:\n")
	for _, g := range groups {
		fmt.Fprintf(&b, "  - name: %s\n    interval: %s\n    rules:\n", g.Name, seconds(g.Every))
		for _, r := range g.Rules {
			r.write(&b)
		}
	}
	return b.Bytes()
}

func (r Rule) write(b *bytes.Buffer) {
	expr := "        expr: |-\n          " + strings.ReplaceAll(r.Expr, "\n", "\n          ") + "\n"
	if r.Record != "" {
		fmt.Fprintf(b, "      - record: %s\n%s", r.Record, expr)
		return
	}
	fmt.Fprintf(b, "      - alert: %s\n%s", r.Alert, expr)
	if r.For > 0 {
		fmt.Fprintf(b, "        for: %s\n", seconds(r.For))
	}
	fmt.Fprintf(b, "        labels:\n          severity: %s\n        annotations:\n", r.Severity)
	for _, a := range []struct{ key, text string }{
		{"summary", r.Summary.English},
		{"summary_zh", r.Summary.Chinese},
		{"description", r.Advice.English},
		{"description_zh", r.Advice.Chinese},
	} {
		fmt.Fprintf(b, "          %s: %s\n", a.key, strconv.Quote(a.text)) // YAML reads what JSON and Go quote
	}
}

// seconds is a duration as Prometheus writes it.
func seconds(d time.Duration) string { return strconv.Itoa(int(d/time.Second)) + "s" }
