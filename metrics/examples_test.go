package metrics

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"partyline/metrics/quality"
)

// openMetrics is what Prometheus asks for.
const openMetrics = "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3"

// TestExamples: with traces, buckets of ways in and calls lead to one; readers
// that know no examples, and installations without traces, see what they always did.
func TestExamples(t *testing.T) {
	count := func(m *Metrics) {
		m.Quality.Entered(quality.Join{Leg: "leg-1", Kind: quality.Browser, Steps: []quality.Step{{Stage: quality.StageHeard, After: 900 * time.Millisecond}}})
		m.Quality.Entered(quality.Join{Kind: quality.Phone, Steps: []quality.Step{{Stage: quality.StageHeard, After: time.Second}}})
		m.Calls.Started("carrier")
		m.Calls.Ended(Call{Leg: "leg-2", Trunk: "carrier", Answer: 80 * time.Millisecond, Menu: 9 * time.Second, Duration: time.Minute})
		m.SIP.Signalled("leg-3", "carrier", true, quality.Signalling{PDD: 2 * time.Second, Answer: 5 * time.Second})
		m.SIP.Signalled("untold", "carrier", false, quality.Signalling{PDD: 2 * time.Second})
	}
	read := func(m *Metrics, accept string) (kind, body string) {
		r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		r.Header.Set("Accept", accept)
		response := httptest.NewRecorder()
		m.Handler().ServeHTTP(response, r)
		return response.Header().Get("Content-Type"), response.Body.String()
	}
	traced := New("test")
	traced.Trace(func(leg string) string {
		if leg == "untold" {
			return ""
		}
		return "trace-of-" + leg
	})
	count(traced)
	kind, body := read(traced, openMetrics)
	if !strings.HasPrefix(kind, "application/openmetrics-text") {
		t.Errorf("it is %q", kind)
	}
	for _, want := range []string{
		`partyline_joins_stage_seconds_bucket{kind="browser",stage="heard",le="1.0"} 1 # {trace_id="trace-of-leg-1"} 0.9`,
		`partyline_calls_answer_seconds_bucket{le="0.1"} 1 # {trace_id="trace-of-leg-2"} 0.08`,
		`partyline_calls_menu_seconds_bucket{le="10.0"} 1 # {trace_id="trace-of-leg-2"} 9.0`,
		`partyline_calls_duration_seconds_bucket{trunk="carrier",le="60.0"} 1 # {trace_id="trace-of-leg-2"} 60.0`,
		`partyline_sip_request_delay_seconds_bucket{direction="out",trunk="carrier",le="2.0"} 1 # {trace_id="trace-of-leg-3"} 2.0`,
		`partyline_sip_answer_delay_seconds_bucket{direction="out",trunk="carrier",le="6.0"} 1 # {trace_id="trace-of-leg-3"} 5.0`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("nothing begins with %s", want)
		}
	}
	if n := strings.Count(body, "trace_id"); n != 6 {
		t.Errorf("%d examples, want 6:\n%s", n, body)
	}
	untraced := New("test")
	count(untraced)
	for name, m := range map[string]*Metrics{"text/plain": traced, openMetrics: untraced} {
		if kind, body := read(m, name); !strings.HasPrefix(kind, "text/plain") || strings.Contains(body, "trace_id") {
			t.Errorf("for %q it is %q, with examples: %v", name, kind, strings.Contains(body, "trace_id"))
		}
	}
}
