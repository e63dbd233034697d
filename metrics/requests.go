package metrics

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Requests counts HTTP requests.
type Requests struct {
	seconds *prometheus.HistogramVec
	total   *prometheus.CounterVec
}

func newRequests(c catalogue) *Requests {
	m := c.part("http")
	return &Requests{
		seconds: m.histogram("request_seconds", "Time to answer a request. WebSockets are not in it.", prometheus.DefBuckets),
		total:   m.counter("requests_total", "Requests, by the pattern that served them.", "route", "status"),
	}
}

// Count wraps a handler. A request is named by the pattern of the mux that
// served it, never by its path, which may have a link in it.
func (r *Requests) Count(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		start := time.Now()
		counted := &countedResponse{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(counted, request)
		route := request.Pattern
		if route == "" {
			route = "none"
		}
		r.total.WithLabelValues(route, strconv.Itoa(counted.status)).Inc()
		if counted.status != http.StatusSwitchingProtocols {
			r.seconds.WithLabelValues().Observe(time.Since(start).Seconds())
		}
	})
}

// countedResponse notes the status.
type countedResponse struct {
	http.ResponseWriter
	status int
	begun  bool
}

func (c *countedResponse) WriteHeader(status int) {
	if !c.begun {
		c.status, c.begun = status, status >= 200 || status == http.StatusSwitchingProtocols
	}
	c.ResponseWriter.WriteHeader(status)
}

func (c *countedResponse) Write(p []byte) (int, error) {
	c.begun = true
	return c.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (c *countedResponse) Unwrap() http.ResponseWriter { return c.ResponseWriter }
