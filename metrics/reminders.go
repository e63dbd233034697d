package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Reminders counts what people are reminded of.
type Reminders struct {
	planned, expired                             *prometheus.CounterVec
	sent, failed, suppressed, acknowledged, gaps *prometheus.CounterVec
	lateness                                     *prometheus.HistogramVec
}

func newReminders(c catalogue) *Reminders {
	m := c.part("reminders")
	r := &Reminders{
		planned:      m.counter("planned_total", "Reminders planned, each of one person, step and channel."),
		sent:         m.counter("sent_total", "Reminders that a channel has taken.", "channel"),
		failed:       m.counter("failed_total", "Reminders that no channel took, by why.", "channel", "reason"),
		expired:      m.counter("expired_total", "Reminders that were too late to be sent."),
		suppressed:   m.counter("suppressed_total", "Reminders that were not needed or not wanted, by why.", "channel", "reason"),
		acknowledged: m.counter("acknowledged_total", "Answers of people, by what they say.", "act"),
		gaps:         m.counter("missed_windows_total", "Reminders that were not on their way within five minutes of their time.", "channel"),
		lateness:     m.histogram("lateness_seconds", "From the time at which a reminder should come to when it went out; below 0 where that was earlier on purpose.", latenesses, "channel"),
	}
	r.planned.WithLabelValues()
	r.expired.WithLabelValues()
	return r
}

// latenesses are buckets in seconds.
var latenesses = []float64{-60, -10, 0, .5, 1, 2, 3, 5, 10, 30, 60, 300, 900, 3600}

// Planned counts reminders that are new.
func (r *Reminders) Planned(n int) { r.planned.WithLabelValues().Add(float64(n)) }

// Sent counts a reminder, with how long after its time it went out.
func (r *Reminders) Sent(channel string, late time.Duration) {
	r.sent.WithLabelValues(channel).Inc()
	r.lateness.WithLabelValues(channel).Observe(late.Seconds())
}

// Failed counts a reminder that was given up.
func (r *Reminders) Failed(channel, reason string) { r.failed.WithLabelValues(channel, reason).Inc() }

// Expired counts reminders that were too late to be sent.
func (r *Reminders) Expired(n int) { r.expired.WithLabelValues().Add(float64(n)) }

// Suppressed counts a reminder that was left out.
func (r *Reminders) Suppressed(channel, reason string) {
	r.suppressed.WithLabelValues(channel, reason).Inc()
}

// Acknowledged counts an answer.
func (r *Reminders) Acknowledged(act string) { r.acknowledged.WithLabelValues(act).Inc() }

// Missed counts a reminder that was late by more than its window.
func (r *Reminders) Missed(channel string) { r.gaps.WithLabelValues(channel).Inc() }
