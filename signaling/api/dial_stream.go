package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"partyline/signaling/auth"
	"partyline/signaling/wire"
)

const (
	eventStream = "text/event-stream"
	// pulse is how often a stream shows that it is alive, and looks whether the
	// visitor still may listen.
	pulse = 15 * time.Second
	// eventsWait is how many events may wait for a reader; a slower one is cut
	// off, comes back, and begins with how things stand.
	eventsWait = 1024
	// writeEventWithin is how long one event may take to be written.
	writeEventWithin = 10 * time.Second
)

func (a *API) dialStreams() {
	register(a, operation{
		id: "watch-batch", method: http.MethodGet, path: "/batches/{id}/events", access: signedIn, errors: []Code{NotFound},
		summary: "What happens to a batch, as server-sent events: batch, call and money-warning, as over the WebSocket. " +
			"It begins with how things stand, and ends when all calls have",
		content: []string{eventStream},
	}, a.watchBatch)
}

func (a *API) watchBatch(ctx context.Context, v auth.Visitor, in *ByID) (*huma.StreamResponse, error) {
	if _, err := a.batchFor(ctx, v, in.ID); err != nil {
		return nil, err
	}
	return a.stream(v, func(l *listener) (cancel func()) {
		now, cancel, ok := a.cfg.Dialling.Calls.Watch(in.ID, l.hear)
		if !ok { // forgotten just now
			l.close()
			return cancel
		}
		for _, c := range now.Calls {
			l.first = append(l.first, &wire.CallChanged{Call: c})
		}
		l.first = append(l.first, &wire.BatchChanged{Batch: now.Batch})
		return cancel
	}), nil
}

// listener is one reader of a stream.
type listener struct {
	first  []wire.Message    // how things stand
	events chan wire.Message // what happens then
	slow   chan struct{}     // holds one token when the reader is too slow, or there is nothing more
}

// hear takes an event. It never blocks.
func (l *listener) hear(m wire.Message) {
	select {
	case l.events <- m:
	default:
		l.close()
	}
}

func (l *listener) close() {
	select {
	case l.slow <- struct{}{}:
	default:
	}
}

// stream answers with events for as long as the visitor may listen.
func (a *API) stream(v auth.Visitor, listen func(*listener) (cancel func())) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(c huma.Context) {
		r, w := humago.Unwrap(c)
		c.SetHeader("Content-Type", eventStream)
		c.SetHeader("X-Accel-Buffering", "no") // nginx would keep it
		l := &listener{events: make(chan wire.Message, eventsWait), slow: make(chan struct{}, 1)}
		cancel := listen(l)
		defer cancel()
		out := &eventWriter{w: w, control: http.NewResponseController(w)}
		defer out.release()
		out.comment("begin")
		for _, m := range l.first {
			out.event(m)
		}
		a.pump(r.Context(), v, l, out)
	}}
}

// pump writes events until the reader is gone, too slow or signed out, the
// batch is over, or the server stops.
func (a *API) pump(ctx context.Context, v auth.Visitor, l *listener, out *eventWriter) {
	alive := time.NewTicker(pulse)
	defer alive.Stop()
	for out.err == nil && !out.over {
		select {
		case m := <-l.events:
			out.event(m)
		case <-alive.C:
			if now, err := a.admit(ctx, signedIn); err != nil || now.Person.Admin != v.Person.Admin {
				return
			}
			out.comment("ping")
		case <-l.slow:
			return
		case <-a.cfg.Dialling.Feed.Done():
			return
		case <-ctx.Done():
			return
		}
	}
}

// eventWriter writes server-sent events (WHATWG HTML, section 9.2).
type eventWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
	err     error
	over    bool // a batch has ended
}

func (e *eventWriter) event(m wire.Message) {
	data, err := json.Marshal(m)
	if err != nil { // messages are structs of strings and numbers
		e.err = err
		return
	}
	e.write("event: %s\ndata: %s\n\n", m.Kind(), data)
	if b, ok := m.(*wire.BatchChanged); ok && b.Batch.EndedAt != 0 {
		e.over = true
	}
}

// release leaves the connection as it was, for the next request.
func (e *eventWriter) release() { _ = e.control.SetWriteDeadline(time.Time{}) }

func (e *eventWriter) comment(text string) { e.write(": %s\n\n", text) }

func (e *eventWriter) write(format string, args ...any) {
	if e.err != nil {
		return
	}
	// Where deadlines cannot be set there are none, as in tests of the handler.
	_ = e.control.SetWriteDeadline(time.Now().Add(writeEventWithin))
	if _, e.err = fmt.Fprintf(e.w, format, args...); e.err == nil {
		e.err = e.control.Flush()
	}
}
