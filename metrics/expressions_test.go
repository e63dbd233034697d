package metrics

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"partyline/metrics/grafana"
	"partyline/metrics/metricstest"
	"partyline/metrics/rules"
)

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
	for _, e := range metricstest.Expressions(t) {
		parsed, err := parser.ParseExpr(e.Text)
		if err != nil {
			t.Errorf("%s: %v\n%s", e.Where, err, e.Text)
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

func checkSelector(t *testing.T, known map[string][]string, e metricstest.Expression, n *parser.VectorSelector) {
	t.Helper()
	has, ok := known[n.Name]
	if !ok {
		t.Errorf("%s: no metric is called %q", e.Where, n.Name)
		return
	}
	for _, m := range n.LabelMatchers {
		if m.Name != labels.MetricName && !slices.Contains(has, m.Name) {
			t.Errorf("%s: %s has no label %q", e.Where, n.Name, m.Name)
		}
	}
}

// checkGrouping looks whether what is added up by a label has it.
func checkGrouping(t *testing.T, known map[string][]string, e metricstest.Expression, n *parser.AggregateExpr) {
	t.Helper()
	parser.Inspect(n.Expr, func(node parser.Node, _ []parser.Node) error {
		if s, ok := node.(*parser.VectorSelector); ok && !n.Without {
			for _, label := range n.Grouping {
				if !slices.Contains(known[s.Name], label) {
					t.Errorf("%s: %s has no label %q to be added up by", e.Where, s.Name, label)
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
