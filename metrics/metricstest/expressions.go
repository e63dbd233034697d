package metricstest

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"partyline/metrics/grafana"
	"partyline/metrics/rules"
)

// Expression is one that we print for others.
type Expression struct {
	Where string // it stands: group and rule, or dashboard
	Text  string
}

// variables are what Grafana puts in.
var variables = strings.NewReplacer("$__rate_interval", "5m", "$job", ".+")

// Expressions are all of rules and dashboards, in either language.
func Expressions(t testing.TB) []Expression {
	t.Helper()
	var all []Expression
	for _, g := range rules.Groups() {
		for _, r := range g.Rules {
			all = append(all, Expression{g.Name + " " + r.Record + r.Alert, r.Expr})
		}
	}
	for _, name := range grafana.Names() {
		for _, language := range []string{"en", "zh-CN"} {
			page, err := grafana.JSON(name, language)
			if err != nil {
				t.Fatal(err)
			}
			var any any
			if err := json.Unmarshal(page, &any); err != nil {
				t.Fatal(err)
			}
			for _, text := range exprs(any) {
				all = append(all, Expression{"dashboard " + name, variables.Replace(text)})
			}
		}
	}
	if len(all) < 100 {
		t.Fatalf("only %d expressions: this looks in the wrong place", len(all))
	}
	return all
}

// exprs are the values of all members called "expr", at any depth.
func exprs(in any) (found []string) {
	switch v := in.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if text, ok := v[key].(string); ok && key == "expr" {
				found = append(found, text)
				continue
			}
			found = append(found, exprs(v[key])...)
		}
	case []any:
		for _, one := range v {
			found = append(found, exprs(one)...)
		}
	}
	return found
}
