package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// examples knows which trace tells how a value of a histogram came about. Its
// zero value knows none.
type examples struct {
	of func(story string) (trace string) // nil: there are no traces
}

// observe notes a time, with the trace of its story where there is one.
func (e *examples) observe(to prometheus.Observer, d time.Duration, story string) {
	if e.of != nil && story != "" {
		if trace := e.of(story); trace != "" {
			to.(prometheus.ExemplarObserver).ObserveWithExemplar(d.Seconds(), prometheus.Labels{traceLabel: trace})
			return
		}
	}
	to.Observe(d.Seconds())
}

// traceLabel is the one that Grafana looks for.
const traceLabel = "trace_id"

// Trace has the histograms of ways in and calls show an example of each bucket:
// the trace that of gives for the id of a leg, empty for one that is not told.
// Readers that ask for OpenMetrics get them, and see whole numbers as "1.0" in
// the label "le". It is called before anything is counted or served.
func (m *Metrics) Trace(of func(leg string) (trace string)) { m.examples.of = of }

// observe notes a time that is known.
func observe(to prometheus.Observer, d time.Duration) {
	if d > 0 {
		to.Observe(d.Seconds())
	}
}
