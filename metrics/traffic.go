package metrics

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// Traffic is what the media path has done since it began. The audio engine has
// a struct of the same shape, which converts to this one.
type Traffic struct {
	PacketsIn, PacketsOut uint64
	BytesIn, BytesOut     uint64
	Recovered             uint64
	Lost                  uint64
	AskedAgain            uint64
	Unranked              uint64

	DroppedBehind    uint64
	DroppedDuplicate uint64
	DroppedMalformed uint64
	DroppedOversize  uint64
	DroppedForeign   uint64
	DroppedUnsent    uint64

	Joins, JoinsRefused uint64
	Legs, Rooms         int64
}

// WatchTraffic serves what read gives, which is called once for each scrape.
// It may be called once.
func (m *Metrics) WatchTraffic(read func() Traffic) { m.traffic.read.Store(&read) }

// trafficCollector reads the media path's own counters, so that counting costs
// the media path nothing twice.
type trafficCollector struct {
	read atomic.Pointer[func() Traffic] // nil: there is no media path
	rows []trafficRow
}

// trafficRow is one time series.
type trafficRow struct {
	desc   *prometheus.Desc
	kind   prometheus.ValueType
	value  func(Traffic) float64
	labels []string
}

func newTrafficCollector(all catalogue) *trafficCollector {
	c := &trafficCollector{}
	media := all.part("media")
	counter := func(name, help string, labels ...string) *prometheus.Desc {
		return media.desc(name, "counter", help, labels...)
	}
	add := func(d *prometheus.Desc, kind prometheus.ValueType, value func(Traffic) float64, labels ...string) {
		c.rows = append(c.rows, trafficRow{d, kind, value, labels})
	}
	count := func(d *prometheus.Desc, value func(Traffic) uint64, labels ...string) {
		add(d, prometheus.CounterValue, func(t Traffic) float64 { return float64(value(t)) }, labels...)
	}
	packets := counter("packets_total", "RTP packets of browsers.", "direction")
	count(packets, func(t Traffic) uint64 { return t.PacketsIn }, "in")
	count(packets, func(t Traffic) uint64 { return t.PacketsOut }, "out")
	bytes := counter("bytes_total", "RTP payloads of browsers.", "direction")
	count(bytes, func(t Traffic) uint64 { return t.BytesIn }, "in")
	count(bytes, func(t Traffic) uint64 { return t.BytesOut }, "out")
	count(counter("packets_lost_total", "Packets of browsers that never came, before RED."), func(t Traffic) uint64 { return t.Lost })
	count(counter("packets_recovered_total", "Packets of browsers that only RED brought."), func(t Traffic) uint64 { return t.Recovered })
	count(counter("packets_asked_again_total", "Packets that browsers were asked to repeat."), func(t Traffic) uint64 { return t.AskedAgain })
	count(counter("packets_unranked_total", "Packets of people who hold no slot."), func(t Traffic) uint64 { return t.Unranked })
	dropped := counter("packets_dropped_total", "Packets of browsers that were not forwarded.", "reason")
	count(dropped, func(t Traffic) uint64 { return t.DroppedBehind }, "behind")
	count(dropped, func(t Traffic) uint64 { return t.DroppedDuplicate }, "duplicate")
	count(dropped, func(t Traffic) uint64 { return t.DroppedMalformed }, "malformed")
	count(dropped, func(t Traffic) uint64 { return t.DroppedOversize }, "oversize")
	count(dropped, func(t Traffic) uint64 { return t.DroppedForeign }, "foreign")
	count(dropped, func(t Traffic) uint64 { return t.DroppedUnsent }, "unsent")
	joins := counter("joins_total", "Offers of browsers, by what became of them.", "outcome")
	count(joins, func(t Traffic) uint64 { return t.Joins }, "answered")
	count(joins, func(t Traffic) uint64 { return t.JoinsRefused }, "refused")
	add(media.desc("legs", "gauge", "Browser connections at this moment."), prometheus.GaugeValue, func(t Traffic) float64 { return float64(t.Legs) })
	add(media.desc("rooms", "gauge", "Rooms with audio at this moment."), prometheus.GaugeValue, func(t Traffic) float64 { return float64(t.Rooms) })
	return c
}

// Describe is part of prometheus.Collector.
func (c *trafficCollector) Describe(out chan<- *prometheus.Desc) {
	for _, row := range c.rows {
		out <- row.desc
	}
}

// Collect is part of prometheus.Collector.
func (c *trafficCollector) Collect(out chan<- prometheus.Metric) {
	read := c.read.Load()
	if read == nil {
		return
	}
	traffic := (*read)()
	for _, row := range c.rows {
		out <- prometheus.MustNewConstMetric(row.desc, row.kind, row.value(traffic), row.labels...)
	}
}
