package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Calls counts phone calls.
type Calls struct {
	started, ended, digits, packets, dropped *prometheus.CounterVec
	running                                  *prometheus.GaugeVec
	answer, menu, duration, prompt           *prometheus.HistogramVec
	jitter, roundTrip                        *prometheus.HistogramVec
	remoteLoss                               *prometheus.HistogramVec
	examples                                 *examples
}

func newCalls(c catalogue) *Calls {
	m := c.part("calls")
	return &Calls{
		started:    m.counter("started_total", "INVITEs that a trunk sent.", "trunk"),
		ended:      m.counter("ended_total", "Calls that ended, refused ones included, by what ended them.", "trunk", "cause"),
		running:    m.gauge("running", "Calls at this moment, those that ring included.", "trunk"),
		digits:     m.counter("digits_total", "Keys pressed, by how they came.", "method"),
		packets:    m.counter("packets_total", "RTP packets of phones.", "trunk", "direction"),
		dropped:    m.counter("packets_dropped_total", "RTP packets of phones that were not used or never came.", "trunk", "reason"),
		answer:     m.histogram("answer_seconds", "From INVITE to 200.", waits),
		menu:       m.histogram("menu_seconds", "From 200 to the meeting.", menus),
		duration:   m.histogram("duration_seconds", "From 200 to the end.", durations, "trunk"),
		prompt:     m.histogram("prompt_seconds", "From a key, or 200, to the first sound of what is said about it.", waits),
		jitter:     m.histogram("jitter_seconds", "Interarrival jitter of a call at its end (RFC 3550).", networks, "trunk"),
		roundTrip:  m.histogram("round_trip_seconds", "Round trip of a call's media at its end, where the phone tells.", networks, "trunk"),
		remoteLoss: m.histogram("remote_loss_ratio", "Share of our packets that a phone last reported lost.", shares, "trunk"),
		examples:   c.examples,
	}
}

// Call is what is counted of a call that ended.
type Call struct {
	Leg       string        // id of its record, for traces
	Trunk     string        // empty where no trunk took it
	Cause     string        // word from the gateway's list
	Answer    time.Duration // from INVITE to 200; zero where it was refused
	Menu      time.Duration // from 200 to the meeting; zero where it got to none
	Duration  time.Duration // from 200 to the end
	Sent      uint64        // RTP packets
	Received  uint64
	Lost      int64 // of those that should have been received; negative with duplicates
	Strangers uint64
	Malformed uint64
	Jitter    time.Duration
	RoundTrip time.Duration // zero when unknown

	RemoteLoss float64 // share of 1
}

// Started tells of an INVITE. Ended follows for each.
func (c *Calls) Started(trunk string) {
	c.started.WithLabelValues(trunk).Inc()
	c.running.WithLabelValues(trunk).Inc()
}

// Ended tells how a call went.
func (c *Calls) Ended(call Call) {
	c.running.WithLabelValues(call.Trunk).Dec()
	c.ended.WithLabelValues(call.Trunk, call.Cause).Inc()
	if call.Answer <= 0 {
		return
	}
	c.examples.observe(c.answer.WithLabelValues(), call.Answer, call.Leg)
	c.examples.observe(c.duration.WithLabelValues(call.Trunk), call.Duration, call.Leg)
	if call.Menu > 0 {
		c.examples.observe(c.menu.WithLabelValues(), call.Menu, call.Leg)
	}
	c.packets.WithLabelValues(call.Trunk, "in").Add(float64(call.Received))
	c.packets.WithLabelValues(call.Trunk, "out").Add(float64(call.Sent))
	c.dropped.WithLabelValues(call.Trunk, "lost").Add(float64(max(call.Lost, 0)))
	c.dropped.WithLabelValues(call.Trunk, "stranger").Add(float64(call.Strangers))
	c.dropped.WithLabelValues(call.Trunk, "malformed").Add(float64(call.Malformed))
	if call.Received > 0 {
		c.jitter.WithLabelValues(call.Trunk).Observe(call.Jitter.Seconds())
	}
	if call.RoundTrip > 0 {
		c.roundTrip.WithLabelValues(call.Trunk).Observe(call.RoundTrip.Seconds())
		c.remoteLoss.WithLabelValues(call.Trunk).Observe(call.RemoteLoss)
	}
}

// Digit tells that a key was pressed, and by which method it came.
func (c *Calls) Digit(method string) { c.digits.WithLabelValues(method).Inc() }

// Prompted tells how long a caller waited for the first sound.
func (c *Calls) Prompted(latency time.Duration) {
	c.prompt.WithLabelValues().Observe(latency.Seconds())
}
