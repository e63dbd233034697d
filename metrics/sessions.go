package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Sessions counts WebSockets, running meetings and the people in them.
type Sessions struct {
	opened, closed, received *prometheus.CounterVec
	open, rooms              *prometheus.GaugeVec
	participants             *prometheus.GaugeVec
	loss, concealed          *prometheus.HistogramVec
	jitter, roundTrip        *prometheus.HistogramVec
}

func newSessions(c catalogue) *Sessions {
	sockets, meetings, downlink := c.part("sockets"), c.part("meetings"), c.part("browsers")
	return &Sessions{
		opened:       sockets.counter("opened_total", "WebSockets opened."),
		closed:       sockets.counter("closed_total", "WebSockets closed, by why.", "reason"),
		open:         sockets.gauge("open", "WebSockets at this moment."),
		received:     sockets.counter("messages_received_total", "Messages of clients, by type.", "type"),
		rooms:        meetings.gauge("running", "Meetings that run at this moment."),
		participants: meetings.gauge("participants", "People in running meetings.", "kind"),
		loss:         downlink.histogram("loss_ratio", "Share of packets lost on the way to a browser, as it reports every 5 s.", shares),
		concealed:    downlink.histogram("concealed_ratio", "Share of sound that a browser had to make up, as it reports every 5 s.", shares),
		jitter:       downlink.histogram("jitter_seconds", "Jitter on the way to a browser, as it reports every 5 s.", networks),
		roundTrip:    downlink.histogram("round_trip_seconds", "Round trip of a browser, as it reports every 5 s.", networks),
	}
}

// SocketOpened and SocketClosed bracket each WebSocket.
func (s *Sessions) SocketOpened() {
	s.opened.WithLabelValues().Inc()
	s.open.WithLabelValues().Inc()
}

// SocketClosed tells why, in one word of a closed list.
func (s *Sessions) SocketClosed(reason string) {
	s.open.WithLabelValues().Dec()
	s.closed.WithLabelValues(reason).Inc()
}

// Received counts a client's message by type, from a closed list.
func (s *Sessions) Received(kind string) { s.received.WithLabelValues(kind).Inc() }

// RoomsChanged tells by how many the running meetings became more or fewer.
func (s *Sessions) RoomsChanged(by int) { s.rooms.WithLabelValues().Add(float64(by)) }

// ParticipantsChanged tells the same of the people in them, by kind: "browser"
// or "phone".
func (s *Sessions) ParticipantsChanged(kind string, by int) {
	s.participants.WithLabelValues(kind).Add(float64(by))
}

// Downlink is what a browser measured of what it received.
type Downlink struct {
	Loss, Concealed   float64 // shares of 1
	Jitter, RoundTrip time.Duration
}

// Reported counts a browser's report.
func (s *Sessions) Reported(d Downlink) {
	s.loss.WithLabelValues().Observe(d.Loss)
	s.concealed.WithLabelValues().Observe(d.Concealed)
	s.jitter.WithLabelValues().Observe(d.Jitter.Seconds())
	s.roundTrip.WithLabelValues().Observe(d.RoundTrip.Seconds())
}
