package metrics

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Family is one metric, for reference tables and for whoever checks that an
// expression is about something that there is.
type Family struct {
	Name   string
	Type   string   // "counter", "gauge" or "histogram"
	Labels []string // in alphabetical order
	Help   string
}

// Families are all metrics of ours by name; those that every Go program has are
// not among them.
func (m *Metrics) Families() []Family { return slices.Clone(m.families.all) }

// Reference is the table of all metrics of ours in Markdown, for the operators'
// guide.
func (m *Metrics) Reference() string {
	var b strings.Builder
	b.WriteString("| metric | type | labels | what it is |\n| --- | --- | --- | --- |\n")
	for _, f := range m.families.all {
		labels := make([]string, len(f.Labels))
		for i, l := range f.Labels {
			labels[i] = "`" + l + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", f.Name, f.Type, strings.Join(labels, ", "), strings.ReplaceAll(f.Help, "|", "\\|"))
	}
	return b.String()
}

// families are the metrics made so far, by name.
type families struct{ all []Family }

func (f *families) add(name, kind, help string, labels []string) {
	family := Family{Name: name, Type: kind, Labels: slices.Sorted(slices.Values(labels)), Help: help}
	at, _ := slices.BinarySearchFunc(f.all, name, func(one Family, name string) int { return cmp.Compare(one.Name, name) })
	f.all = slices.Insert(f.all, at, family)
}

// catalogue is where metrics are registered, and written down.
type catalogue struct {
	registry *prometheus.Registry
	families *families
	examples *examples
}

// part gives the maker of one part's metrics.
func (c catalogue) part(name string) maker { return maker{c, name} }

// maker makes collectors of one part and registers them.
type maker struct {
	catalogue
	part string
}

// desc describes a metric that a collector of ours serves.
func (m maker) desc(name, kind, help string, labels ...string) *prometheus.Desc {
	full := prometheus.BuildFQName(namespace, m.part, name)
	m.families.add(full, kind, help, labels)
	return prometheus.NewDesc(full, help, labels, nil)
}

// constant is 1 with one label, for facts about this server.
func (m maker) constant(name, help, label, value string) {
	m.gauge(name, help, label).WithLabelValues(value).Set(1)
}

func (m maker) counter(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Subsystem: m.part, Name: name, Help: help}, labels)
	m.desc(name, "counter", help, labels...)
	m.registry.MustRegister(c)
	return c
}

func (m maker) gauge(name, help string, labels ...string) *prometheus.GaugeVec {
	g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Subsystem: m.part, Name: name, Help: help}, labels)
	m.desc(name, "gauge", help, labels...)
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
	m.desc(name, "histogram", help, labels...)
	m.registry.MustRegister(h)
	return h
}
