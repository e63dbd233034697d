package metrics

import "github.com/prometheus/client_golang/prometheus"

// Phones is what calls hold of the telephone gateway at one moment. The gateway
// has a struct of the same shape, which converts to this one.
type Phones struct {
	Dialogs  int
	RTPPorts int
}

// WatchPhones serves what read gives, which is called once for each gauge and
// scrape. It may be called once.
func (m *Metrics) WatchPhones(read func() Phones) {
	gauge := func(name, help string, value func(Phones) int) prometheus.Collector {
		return prometheus.NewGaugeFunc(
			prometheus.GaugeOpts{Namespace: namespace, Subsystem: "calls", Name: name, Help: help},
			func() float64 { return float64(value(read())) },
		)
	}
	m.registry.MustRegister(
		gauge("dialogs", "SIP dialogs at this moment, early ones included.", func(p Phones) int { return p.Dialogs }),
		gauge("rtp_port_pairs", "Pairs of RTP ports in use at this moment.", func(p Phones) int { return p.RTPPorts }),
	)
}
