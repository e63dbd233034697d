package metrics

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// WatchTrunks serves which of the trunks that calls are placed over are there,
// by what read gives for each scrape: true for one that takes calls. It may be
// called once.
func (m *Metrics) WatchTrunks(read func() map[string]bool) { m.trunks.read.Store(&read) }

// trunksCollector reads the trunks' lights.
type trunksCollector struct {
	read atomic.Pointer[func() map[string]bool] // nil: there are none
	up   *prometheus.Desc
}

func newTrunksCollector(c catalogue) *trunksCollector {
	return &trunksCollector{up: c.part("trunks").desc("up", "gauge", "1 for a trunk that calls can be placed over, 0 for one that is down.", "trunk")}
}

// Describe is part of prometheus.Collector.
func (c *trunksCollector) Describe(out chan<- *prometheus.Desc) { out <- c.up }

// Collect is part of prometheus.Collector.
func (c *trunksCollector) Collect(out chan<- prometheus.Metric) {
	read := c.read.Load()
	if read == nil {
		return
	}
	for trunk, up := range (*read)() {
		value := 0.0
		if up {
			value = 1
		}
		out <- prometheus.MustNewConstMetric(c.up, prometheus.GaugeValue, value, trunk)
	}
}
