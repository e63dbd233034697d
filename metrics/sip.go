package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"partyline/metrics/quality"
)

// SIP counts how calls are set up, trunk by trunk. Of its counters of INVITEs
// the ratios of RFC 6076 and ITU-T E.425 are made, as [quality.Setup] says.
type SIP struct {
	invites, resent, challenges, holds *prometheus.CounterVec
	delay, answer                      *prometheus.HistogramVec
	examples                           *examples
}

func newSIP(c catalogue) *SIP {
	m := c.part("sip")
	return &SIP{
		invites:    m.counter("invites_total", "INVITEs for new calls, by how they ended; one that was repeated with a password counts once.", "trunk", "direction", "outcome"),
		resent:     m.counter("retransmissions_total", "SIP messages of calls that were sent again, by either side.", "trunk", "direction"),
		challenges: m.counter("challenges_total", "Passwords that were asked for with 401 or 407, and given.", "trunk", "direction"),
		holds:      m.counter("holds_total", "Times that a call was put on hold.", "trunk", "direction"),
		delay:      m.histogram("request_delay_seconds", "From INVITE to the first 18x, or 200 where none came: post-dial delay, SRD of RFC 6076.", delays, "trunk", "direction"),
		answer:     m.histogram("answer_delay_seconds", "From INVITE to 200, of calls that were answered.", delays, "trunk", "direction"),
		examples:   c.examples,
	}
}

// delays are buckets in seconds.
var delays = []float64{.05, .1, .25, .5, 1, 2, 3, 4, 6, 8, 11, 15, 20, 30, 45, 60}

// direction is that of a call, as a label.
func direction(outbound bool) string {
	if outbound {
		return "out"
	}
	return "in"
}

// Attempted counts how an INVITE for a new call ended. With the first of a trunk
// all outcomes begin, so that no ratio lacks a term.
func (s *SIP) Attempted(trunk string, outbound bool, setup quality.Setup) {
	way := direction(outbound)
	for _, one := range quality.Setups() {
		s.invites.WithLabelValues(trunk, way, string(one))
	}
	s.invites.WithLabelValues(trunk, way, string(setup)).Inc()
}

// Signalled counts how the SIP side of a call went, once it is over. leg is the id
// of its record.
func (s *SIP) Signalled(leg, trunk string, outbound bool, one quality.Signalling) {
	way := direction(outbound)
	s.resent.WithLabelValues(trunk, way).Add(float64(max(one.Retransmissions, 0)))
	s.challenges.WithLabelValues(trunk, way).Add(float64(max(one.Challenges, 0)))
	s.holds.WithLabelValues(trunk, way).Add(float64(max(one.Holds, 0)))
	if one.PDD > 0 {
		s.examples.observe(s.delay.WithLabelValues(trunk, way), one.PDD, leg)
	}
	if one.Answer > 0 {
		s.examples.observe(s.answer.WithLabelValues(trunk, way), one.Answer, leg)
	}
}
