package metrics

import "github.com/prometheus/client_golang/prometheus"

// Sessions counts WebSockets, running meetings and the people in them.
type Sessions struct {
	opened, closed, received *prometheus.CounterVec
	open, rooms              *prometheus.GaugeVec
	participants             *prometheus.GaugeVec
}

func newSessions(c catalogue) *Sessions {
	sockets, meetings := c.part("sockets"), c.part("meetings")
	return &Sessions{
		opened:       sockets.counter("opened_total", "WebSockets opened."),
		closed:       sockets.counter("closed_total", "WebSockets closed, by why.", "reason"),
		open:         sockets.gauge("open", "WebSockets at this moment."),
		received:     sockets.counter("messages_received_total", "Messages of clients, by type.", "type"),
		rooms:        meetings.gauge("running", "Meetings that run at this moment."),
		participants: meetings.gauge("participants", "People in running meetings.", "kind"),
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
