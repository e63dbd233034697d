package metrics

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"partyline/metrics/metricstest"
	"partyline/metrics/rules"
)

// TestPrometheusAnswersEveryExpression has a real one read metrics in which
// everything has happened, and ask for everything that we print. An alert
// answers by staying silent; all else has something to show.
func TestPrometheusAnswersEveryExpression(t *testing.T) {
	m := busy(t)
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.Handler())
	server := httptest.NewServer(mux)
	defer server.Close()
	groups := rules.Groups()
	for i := range groups {
		groups[i].Every = time.Second
	}
	prometheus := metricstest.Start(t, strings.TrimPrefix(server.URL, "http://"), rules.YAML(groups))
	prometheus.Await(`count_over_time(partyline_build_info[1m]) > 2`) // rates need two
	recorded := groups[0].Rules
	prometheus.Await(recorded[len(recorded)-1].Record)
	for _, e := range metricstest.Expressions(t) {
		answer := prometheus.Ask(e.Text)
		if alert := strings.Contains(e.Where, " Partyline"); len(answer) == 0 && !alert {
			t.Errorf("%s has no answer:\n%s", e.Where, e.Text)
		}
	}
}
