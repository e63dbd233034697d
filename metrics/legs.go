package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"partyline/metrics/quality"
)

// Quality counts how people's connections fare, interval by interval and leg by
// leg. Its methods may be called from any goroutine and never block.
type Quality struct {
	classes, ended, refused, unkept *prometheus.CounterVec
	live                            *prometheus.GaugeVec
	loss, concealed                 *prometheus.HistogramVec
	jitter, buffer, roundTrip       *prometheus.HistogramVec
	mos                             *prometheus.HistogramVec
}

func newQuality(c catalogue) *Quality {
	m := c.part("quality")
	q := &Quality{
		classes:   m.counter("intervals_total", "Intervals of 5 s, by how a participant's connection was in them.", "kind", "trunk", "class"),
		live:      m.gauge("legs", "Connections of participants that are measured at this moment.", "kind"),
		ended:     m.counter("legs_ended_total", "Connections that ended, by how they were over their length and whether they ended against everybody's will.", "kind", "trunk", "class", "outcome"),
		refused:   m.counter("reports_refused_total", "Reports and samples that were not believed, by why.", "reason"),
		unkept:    m.counter("unkept_total", "Samples and legs that could not be stored, and are missing from the pages.", "what"),
		loss:      m.histogram("loss_ratio", "Share of packets lost in an interval: said is the way from a participant, heard the way to one.", shares, "kind", "direction"),
		concealed: m.histogram("concealed_ratio", "Share of sound that had to be made up in an interval.", shares, "kind", "direction"),
		jitter:    m.histogram("jitter_seconds", "Interarrival jitter in an interval (RFC 3550).", networks, "kind", "direction"),
		buffer:    m.histogram("buffer_seconds", "How long sound waits in the listener's jitter buffer.", networks, "kind", "direction"),
		roundTrip: m.histogram("round_trip_seconds", "Round trip of a participant's media in an interval.", networks, "kind"),
		mos:       m.histogram("mos", "Estimated mean opinion score of an interval by ITU-T G.107 (band narrow) or G.107.1 (band wide): never to be added up over both.", scores, "kind", "direction", "band"),
	}
	for _, kind := range kinds { // so that shares can be made from the start
		q.live.WithLabelValues(string(kind))
		if kind == quality.Browser {
			q.start(kind, "")
		}
	}
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

// Began counts a leg that is measured from now on. Ended follows for each.
func (q *Quality) Began(leg *quality.Leg) {
	q.start(leg.Kind, leg.Trunk)
	q.live.WithLabelValues(string(leg.Kind)).Inc()
}

// Ended counts a leg that is over, with its class over its whole length.
func (q *Quality) Ended(leg *quality.Leg, class quality.Class) {
	outcome := finished
	if leg.Dropped {
		outcome = dropped
	}
	q.live.WithLabelValues(string(leg.Kind)).Dec()
	q.ended.WithLabelValues(string(leg.Kind), leg.Trunk, class.String(), outcome).Inc()
}

// Refused counts a report that was not believed. The reason is a word from the
// list of whoever refused it.
func (q *Quality) Refused(reason string) { q.refused.WithLabelValues(reason).Inc() }

// Unkept counts what could not be stored: "samples", "legs" or "joins".
func (q *Quality) Unkept(what string, n int) { q.unkept.WithLabelValues(what).Add(float64(max(n, 0))) }

// Measured counts an interval of a browser or phone of which only the class is
// known.
func (q *Quality) Measured(kind string, class quality.Class) {
	q.classes.WithLabelValues(kind, "", class.String()).Inc()
}

// Sampled counts an interval of a leg. It has been checked.
func (q *Quality) Sampled(leg *quality.Leg, s *quality.Sample) {
	kind := string(leg.Kind)
	q.classes.WithLabelValues(kind, leg.Trunk, s.Class().String()).Inc()
	q.way(kind, "said", &s.Said)
	q.way(kind, "heard", &s.Heard)
	observe(q.roundTrip.WithLabelValues(kind), s.RoundTrip)
}

// way counts one direction of an interval; figures about no packets mean nothing.
func (q *Quality) way(kind, direction string, s *quality.Stream) {
	if s.Packets == 0 {
		return
	}
	q.loss.WithLabelValues(kind, direction).Observe(s.Loss)
	q.concealed.WithLabelValues(kind, direction).Observe(s.Concealed)
	q.jitter.WithLabelValues(kind, direction).Observe(s.Jitter.Seconds())
	observe(q.buffer.WithLabelValues(kind, direction), s.Buffer)
}

// Band is the bandwidth that a score is about.
type Band string

// The bands.
const (
	Narrow Band = "narrow" // 300 to 3400 Hz, ITU-T G.107
	Wide   Band = "wide"   // 50 to 7000 Hz, ITU-T G.107.1
)

// Scored counts an estimated score of an interval of a leg; direction is "said"
// or "heard".
func (q *Quality) Scored(kind quality.Kind, direction string, band Band, mos float64) {
	q.mos.WithLabelValues(string(kind), direction, string(band)).Observe(mos)
}
