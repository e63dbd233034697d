package metrics

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// WatchDisk serves how many bytes are free where data is kept, by what read
// gives for each scrape; false where it cannot be told. It may be called once.
func (m *Metrics) WatchDisk(read func() (free uint64, ok bool)) { m.disk.read.Store(&read) }

// diskCollector asks the file system.
type diskCollector struct {
	read atomic.Pointer[func() (uint64, bool)] // nil: nobody told where
	free *prometheus.Desc
}

func newDiskCollector(c catalogue) *diskCollector {
	return &diskCollector{free: c.part("disk").desc("free_bytes", "gauge", "Room left where data is kept.")}
}

// Describe is part of prometheus.Collector.
func (c *diskCollector) Describe(out chan<- *prometheus.Desc) { out <- c.free }

// Collect is part of prometheus.Collector.
func (c *diskCollector) Collect(out chan<- prometheus.Metric) {
	read := c.read.Load()
	if read == nil {
		return
	}
	if free, ok := (*read)(); ok {
		out <- prometheus.MustNewConstMetric(c.free, prometheus.GaugeValue, float64(free))
	}
}
