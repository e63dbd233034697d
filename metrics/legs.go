package metrics

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"partyline/metrics/quality"
)

// Quality counts how people's connections fare, interval by interval and leg by
// leg, and what was not believed or could not be kept. It is a [quality.Observer]:
// its methods may be called from any goroutine and never block.
type Quality struct {
	classes, ended, refused, forgotten *prometheus.CounterVec
	joins                              *Joins
	loss, concealed                    *prometheus.HistogramVec
	jitter, buffer, roundTrip          *prometheus.HistogramVec
	mos                                *prometheus.HistogramVec
}

func newQuality(c catalogue, joins *Joins) *Quality {
	m := c.part("quality")
	q := &Quality{
		classes:   m.counter("intervals_total", "Intervals of 5 s, by how a participant's connection was in them.", "kind", "trunk", "class"),
		joins:     joins,
		ended:     m.counter("legs_ended_total", "Connections that ended, by how they were over their length and whether they ended against everybody's will.", "kind", "trunk", "class", "outcome"),
		refused:   m.counter("reports_refused_total", "Reports and samples that were not believed, by why.", "reason"),
		forgotten: m.counter("samples_forgotten_total", "Samples that were measured and could not be stored: they are missing from the pages."),
		loss:      m.histogram("loss_ratio", "Share of packets lost in an interval: said is the way from a participant, heard the way to one.", shares, "kind", "direction"),
		concealed: m.histogram("concealed_ratio", "Share of sound that had to be made up in an interval.", shares, "kind", "direction"),
		jitter:    m.histogram("jitter_seconds", "Interarrival jitter in an interval (RFC 3550).", networks, "kind", "direction"),
		buffer:    m.histogram("buffer_seconds", "How long sound waits in the listener's jitter buffer.", networks, "kind", "direction"),
		roundTrip: m.histogram("round_trip_seconds", "Round trip of a participant's media in an interval.", networks, "kind"),
		mos:       m.histogram("mos", "Estimated mean opinion score of an interval by ITU-T G.107 (band narrow) or G.107.1 (band wide): never to be added up over both.", scores, "kind", "direction", "band"),
	}
	q.start(quality.Browser, "") // so that shares can be made from the beginning
	q.forgotten.WithLabelValues()
	return q
}

// scores are buckets of opinion scores.
var scores = []float64{1.5, 2, 2.5, 2.8, 3.1, 3.3, 3.6, 3.8, 4, 4.2, 4.3, 4.4, 4.5}

// classes are those that a connection may have.
var classes = []quality.Class{quality.Unclassified, quality.Good, quality.Degraded, quality.Poor}

// The outcomes of a connection.
const (
	finished = "ended"
	dropped  = "dropped"
)

// start has every class of a trunk stand at 0, so that no share lacks a term.
func (q *Quality) start(kind quality.Kind, trunk string) {
	for _, class := range classes {
		q.classes.WithLabelValues(string(kind), trunk, class.String())
		q.ended.WithLabelValues(string(kind), trunk, class.String(), finished)
		q.ended.WithLabelValues(string(kind), trunk, class.String(), dropped)
	}
}

var _ quality.Observer = (*Quality)(nil)

// Classed is for the people in the meeting.
func (*Quality) Classed(quality.Leg, quality.Class) {}

// Scored counts an interval of a leg.
func (q *Quality) Scored(leg quality.Leg, s quality.Sample, score quality.Score) {
	kind, band := string(leg.Kind), narrow
	if score.Wideband {
		band = wide
	}
	q.start(leg.Kind, leg.Trunk)
	q.classes.WithLabelValues(kind, leg.Trunk, score.Class.String()).Inc()
	observe(q.roundTrip.WithLabelValues(kind), s.RoundTrip)
	for _, way := range []struct {
		name   string
		stream *quality.Stream
		mos    float64
	}{{"said", &s.Said, score.Said}, {"heard", &s.Heard, score.Heard}} {
		if way.stream.Packets == 0 {
			continue // figures about no packets mean nothing
		}
		q.loss.WithLabelValues(kind, way.name).Observe(way.stream.Loss)
		q.concealed.WithLabelValues(kind, way.name).Observe(way.stream.Concealed)
		q.jitter.WithLabelValues(kind, way.name).Observe(way.stream.Jitter.Seconds())
		observe(q.buffer.WithLabelValues(kind, way.name), way.stream.Buffer)
		if way.mos > 0 {
			q.mos.WithLabelValues(kind, way.name, band).Observe(way.mos)
		}
	}
}

// The bands of scores.
const (
	narrow = "narrow" // 300 to 3400 Hz, ITU-T G.107
	wide   = "wide"   // 50 to 7000 Hz, ITU-T G.107.1
)

// Finished counts a leg that is over, by how it was over its whole length, unless
// nobody heard it.
func (q *Quality) Finished(r quality.Record) {
	if !r.Heard() {
		return
	}
	outcome := finished
	if r.Leg.Dropped {
		outcome = dropped
	}
	q.start(r.Leg.Kind, r.Leg.Trunk)
	class, _ := r.Summary.Class()
	q.ended.WithLabelValues(string(r.Leg.Kind), r.Leg.Trunk, class.String(), outcome).Inc()
}

// Entered counts a way in.
func (q *Quality) Entered(join quality.Join) { q.joins.joined(join) }

// Refused counts what was not believed.
func (q *Quality) Refused(reason quality.Refusal) { q.refused.WithLabelValues(string(reason)).Inc() }

// Forgotten counts samples that could not be kept.
func (q *Quality) Forgotten(samples int) {
	q.forgotten.WithLabelValues().Add(float64(max(samples, 0)))
}

// WatchLegs serves how many legs are measured, by kind, by what read gives for
// each scrape. It may be called once.
func (m *Metrics) WatchLegs(read func() map[quality.Kind]int) { m.legs.read.Store(&read) }

// legsCollector asks who has the legs.
type legsCollector struct {
	read atomic.Pointer[func() map[quality.Kind]int] // nil: nobody has
	legs *prometheus.Desc
}

func newLegsCollector(c catalogue) *legsCollector {
	return &legsCollector{legs: c.part("quality").desc("legs", "gauge", "Connections of participants that are measured at this moment.", "kind")}
}

// Describe is part of prometheus.Collector.
func (c *legsCollector) Describe(out chan<- *prometheus.Desc) { out <- c.legs }

// Collect is part of prometheus.Collector.
func (c *legsCollector) Collect(out chan<- prometheus.Metric) {
	read := c.read.Load()
	if read == nil {
		return
	}
	counts := (*read)()
	for _, kind := range kinds {
		out <- prometheus.MustNewConstMetric(c.legs, prometheus.GaugeValue, float64(counts[kind]), string(kind))
	}
}
