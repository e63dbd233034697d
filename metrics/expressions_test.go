package metrics

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"partyline/metrics/grafana"
	"partyline/metrics/rules"
)

// expression is one that we print for others.
type expression struct{ where, text string }

// variables are what Grafana puts in.
var variables = strings.NewReplacer("$__rate_interval", "5m", "$job", ".+")

// expressions are all of rules and dashboards, in either language.
func expressions(t *testing.T) []expression {
	t.Helper()
	var all []expression
	for _, g := range rules.Groups() {
		for _, r := range g.Rules {
			all = append(all, expression{g.Name + " " + r.Record + r.Alert, r.Expr})
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
				all = append(all, expression{"dashboard " + name, variables.Replace(text)})
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

// vocabulary is the labels of every series that a scrape of ours gives, and of
// those that the rules record.
func vocabulary(t *testing.T) map[string][]string {
	t.Helper()
	m := busy(t)
	known := make(map[string][]string)
	target := []string{"job", "instance"} // which Prometheus adds
	for _, f := range m.Families() {
		all := slices.Concat(f.Labels, target)
		if f.Type == "histogram" {
			known[f.Name+"_sum"], known[f.Name+"_count"], known[f.Name+"_bucket"] = all, all, append(slices.Clone(all), "le")
			continue
		}
		known[f.Name] = all
	}
	gathered, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range gathered {
		if !strings.HasPrefix(f.GetName(), namespace+"_") {
			known[f.GetName()] = target
		}
	}
	for _, g := range rules.Groups() {
		for _, r := range g.Rules {
			if r.Record != "" {
				level, _, _ := strings.Cut(r.Record, ":")
				known[r.Record] = strings.Split(level, "_")
			}
		}
	}
	return known
}

// TestExpressionsAreAboutWhatThereIs parses each expression and looks up every
// metric and every label in it.
func TestExpressionsAreAboutWhatThereIs(t *testing.T) {
	known := vocabulary(t)
	for _, e := range expressions(t) {
		parsed, err := parser.ParseExpr(e.text)
		if err != nil {
			t.Errorf("%s: %v\n%s", e.where, err, e.text)
			continue
		}
		parser.Inspect(parsed, func(node parser.Node, above []parser.Node) error {
			switch n := node.(type) {
			case *parser.VectorSelector:
				checkSelector(t, known, e, n)
			case *parser.AggregateExpr:
				checkGrouping(t, known, e, n)
			}
			return nil
		})
	}
}

func checkSelector(t *testing.T, known map[string][]string, e expression, n *parser.VectorSelector) {
	t.Helper()
	has, ok := known[n.Name]
	if !ok {
		t.Errorf("%s: no metric is called %q", e.where, n.Name)
		return
	}
	for _, m := range n.LabelMatchers {
		if m.Name != labels.MetricName && !slices.Contains(has, m.Name) {
			t.Errorf("%s: %s has no label %q", e.where, n.Name, m.Name)
		}
	}
}

// checkGrouping looks whether what is added up by a label has it.
func checkGrouping(t *testing.T, known map[string][]string, e expression, n *parser.AggregateExpr) {
	t.Helper()
	parser.Inspect(n.Expr, func(node parser.Node, _ []parser.Node) error {
		if s, ok := node.(*parser.VectorSelector); ok && !n.Without {
			for _, label := range n.Grouping {
				if !slices.Contains(known[s.Name], label) {
					t.Errorf("%s: %s has no label %q to be added up by", e.where, s.Name, label)
				}
			}
		}
		return nil
	})
}

// TestDashboardsAreInBothLanguages looks for texts that are the same in both, or
// missing, and for figures that share a place.
func TestDashboardsAreInBothLanguages(t *testing.T) {
	type page struct {
		Title, UID string
		Panels     []struct {
			ID      int
			Title   string
			GridPos struct{ X, Y, W, H int }
		}
	}
	uids := make(map[string]bool)
	for _, name := range grafana.Names() {
		var pages [2]page
		for i, language := range []string{"en", "zh-CN"} {
			text, err := grafana.JSON(name, language)
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(text, &pages[i]); err != nil {
				t.Fatal(err)
			}
		}
		uids[pages[0].UID] = true
		ids := make(map[int]bool)
		for i, p := range pages[0].Panels {
			ids[p.ID] = true
			if chinese := pages[1].Panels[i].Title; p.Title == "" || chinese == "" || chinese == p.Title {
				t.Errorf("%s: %q is %q in Chinese", name, p.Title, chinese)
			}
			if p.GridPos.X+p.GridPos.W > 24 || p.GridPos.W == 0 {
				t.Errorf("%s: %q stands at %+v", name, p.Title, p.GridPos)
			}
		}
		if len(ids) != len(pages[0].Panels) {
			t.Errorf("%s: panels share an id", name)
		}
	}
	if len(uids) != len(grafana.Names()) {
		t.Error("dashboards share an id")
	}
	if _, err := grafana.JSON("none", "en"); err == nil {
		t.Error("a dashboard that is not there was made")
	}
}
