package metrics

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"partyline/metrics/metricstest"
	"partyline/metrics/rules"
)

// TestPrometheusAnswersEveryExpression has a real one read metrics in which
// everything has happened, and ask for everything that we print. An alert
// answers by staying silent; all else has something to show. There are traces, so
// that it reads OpenMetrics, and keeps the examples in them.
func TestPrometheusAnswersEveryExpression(t *testing.T) {
	m := busy(t)
	m.Trace(func(leg string) string { return "trace-of-" + leg })
	m.Calls.Started("carrier")
	m.Calls.Ended(Call{Leg: "leg-1", Trunk: "carrier", Cause: "hung-up", Answer: 80 * time.Millisecond, Duration: time.Minute})
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
	if got := prometheus.Examples("partyline_calls_answer_seconds_bucket"); !slices.Contains(got, "trace-of-leg-1") {
		t.Errorf("the traces beside an answer are %q", got)
	}
}
