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
	SIP       *SIP
	Sessions  *Sessions
	Quality   *Quality
	Requests  *Requests
	Reminders *Reminders

	registry *prometheus.Registry
	families *families
	examples *examples
	traffic  *trafficCollector
	phones   *phonesCollector
	trunks   *trunksCollector
	disk     *diskCollector
	legs     *legsCollector
}

// New makes metrics of their own: nothing is global. version is shown beside
// them.
func New(version string) *Metrics {
	registry := prometheus.NewRegistry()
	c := catalogue{registry, &families{}, &examples{}}
	c.part("").constant("build_info", "1, with the version as a label.", "version", version)
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	m := &Metrics{
		Calls:     newCalls(c),
		SIP:       newSIP(c),
		Sessions:  newSessions(c),
		Quality:   newQuality(c, newJoins(c)),
		Requests:  newRequests(c),
		Reminders: newReminders(c),
		registry:  registry,
		families:  c.families,
		examples:  c.examples,
		traffic:   newTrafficCollector(c),
		phones:    newPhonesCollector(c),
		trunks:    newTrunksCollector(c),
		disk:      newDiskCollector(c),
		legs:      newLegsCollector(c),
	}
	registry.MustRegister(m.traffic, m.phones, m.trunks, m.disk, m.legs)
	return m
}

// Handler serves the metrics as Prometheus scrapes them. OpenMetrics, which writes
// buckets otherwise, is for examples alone.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		Registry: m.registry, Timeout: 10 * time.Second, EnableOpenMetrics: m.examples.of != nil,
	})
}

// Buckets, by what is measured.
var (
	waits     = []float64{.05, .1, .2, .3, .4, .5, .75, 1, 2, 3, 5, 10}          // seconds that a person waits
	menus     = []float64{1, 2, 5, 10, 15, 20, 30, 60, 120}                      // seconds in the phone menu
	durations = []float64{10, 60, 300, 900, 1800, 3600, 7200, 4 * 3600}          // seconds of a call
	networks  = []float64{.005, .01, .02, .03, .05, .1, .2, .3, .5, 1}           // seconds of jitter and round trips
	shares    = []float64{.001, .0025, .005, .01, .02, .03, .05, .07, .1, .2, 1} // of 1
)
