package metrics

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// Phones is what the telephone gateway holds at one moment, and what it has
// turned away since it began. The gateway has a struct of the same shape, which
// converts to this one.
type Phones struct {
	Dialogs    int
	RTPPorts   int
	Registered int
	Streams    int
	Banned     int

	Admitted, Shed uint64
	Dropped        map[string]uint64
	Shown          map[string]uint64
}

// WatchPhones serves what read gives, which is called once for each scrape. It
// may be called once.
func (m *Metrics) WatchPhones(read func() Phones) { m.phones.read.Store(&read) }

// phonesCollector reads the gateway's own counters.
type phonesCollector struct {
	read    atomic.Pointer[func() Phones] // nil: there are none
	gauges  map[*prometheus.Desc]func(Phones) int
	counts  map[*prometheus.Desc]func(Phones) uint64
	dropped *prometheus.Desc
	shown   *prometheus.Desc
}

func newPhonesCollector(c catalogue) *phonesCollector {
	calls, sip := c.part("calls"), c.part("sip")
	return &phonesCollector{
		gauges: map[*prometheus.Desc]func(Phones) int{
			calls.desc("dialogs", "gauge", "SIP dialogs at this moment, early ones included."):            func(p Phones) int { return p.Dialogs },
			calls.desc("rtp_port_pairs", "gauge", "Pairs of RTP ports in use at this moment."):            func(p Phones) int { return p.RTPPorts },
			sip.desc("registered_phones", "gauge", "Phones of the company's own that are registered."):    func(p Phones) int { return p.Registered },
			sip.desc("streams", "gauge", "TCP and TLS connections at this moment."):                       func(p Phones) int { return p.Streams },
			sip.desc("banned_sources", "gauge", "Addresses that are not listened to, for what they did."): func(p Phones) int { return p.Banned },
		},
		counts: map[*prometheus.Desc]func(Phones) uint64{
			sip.desc("invites_admitted_total", "counter", "INVITEs for new calls that were looked at."):             func(p Phones) uint64 { return p.Admitted },
			sip.desc("invites_shed_total", "counter", "INVITEs for new calls that were answered 503 for overload."): func(p Phones) uint64 { return p.Shed },
		},
		dropped: sip.desc("dropped_total", "counter", "Messages and connections that were turned away unread.", "reason"),
		shown:   sip.desc("hep_messages_total", "counter", "Messages for a collector that speaks HEP, by what became of them: sent, or lost because of a full queue, no way there, or a write that failed.", "outcome"),
	}
}

// Describe is part of prometheus.Collector.
func (c *phonesCollector) Describe(out chan<- *prometheus.Desc) {
	for d := range c.gauges {
		out <- d
	}
	for d := range c.counts {
		out <- d
	}
	out <- c.dropped
	out <- c.shown
}

// Collect is part of prometheus.Collector.
func (c *phonesCollector) Collect(out chan<- prometheus.Metric) {
	read := c.read.Load()
	if read == nil {
		return
	}
	phones := (*read)()
	for d, value := range c.gauges {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(value(phones)))
	}
	for d, value := range c.counts {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(value(phones)))
	}
	for reason, n := range phones.Dropped {
		out <- prometheus.MustNewConstMetric(c.dropped, prometheus.CounterValue, float64(n), reason)
	}
	for outcome, n := range phones.Shown {
		out <- prometheus.MustNewConstMetric(c.shown, prometheus.CounterValue, float64(n), outcome)
	}
}
