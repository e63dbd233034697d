package metrics

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const namespace = "partyline"

// Metrics is everything that one server counts. Its parts may be used from any
// goroutine and never block.
type Metrics struct {
	Calls     *Calls
	Sessions  *Sessions
	Quality   *Quality
	Requests  *Requests
	Reminders *Reminders

	registry *prometheus.Registry
}

// New makes metrics of their own: nothing is global. version is shown beside
// them.
func New(version string) *Metrics {
	registry := prometheus.NewRegistry()
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: namespace, Name: "build_info",
		Help: "1, with the version as a label.", ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	registry.MustRegister(build,
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return &Metrics{
		Calls:     newCalls(registry),
		Sessions:  newSessions(registry),
		Quality:   newQuality(registry),
		Requests:  newRequests(registry),
		Reminders: newReminders(registry),
		registry:  registry,
	}
}

// Handler serves the metrics as Prometheus scrapes them.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry, Timeout: 10 * time.Second})
}

// maker makes collectors of one part and registers them.
type maker struct {
	registry *prometheus.Registry
	part     string
}

func (m maker) counter(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Subsystem: m.part, Name: name, Help: help}, labels)
	m.registry.MustRegister(c)
	return c
}

func (m maker) gauge(name, help string, labels ...string) *prometheus.GaugeVec {
	g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Subsystem: m.part, Name: name, Help: help}, labels)
	m.registry.MustRegister(g)
	return g
}

// histogram has classic buckets for every scraper and fine native ones for
// those that speak protobuf.
func (m maker) histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: namespace, Subsystem: m.part, Name: name, Help: help, Buckets: buckets,
		NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 100, NativeHistogramMinResetDuration: time.Hour,
	}, labels)
	m.registry.MustRegister(h)
	return h
}

// Buckets, by what is measured.
var (
	waits     = []float64{.05, .1, .2, .3, .4, .5, .75, 1, 2, 3, 5, 10}          // seconds that a person waits
	menus     = []float64{1, 2, 5, 10, 15, 20, 30, 60, 120}                      // seconds in the phone menu
	durations = []float64{10, 60, 300, 900, 1800, 3600, 7200, 4 * 3600}          // seconds of a call
	networks  = []float64{.005, .01, .02, .03, .05, .1, .2, .3, .5, 1}           // seconds of jitter and round trips
	shares    = []float64{.001, .0025, .005, .01, .02, .03, .05, .07, .1, .2, 1} // of 1
)
