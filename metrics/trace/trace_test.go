package trace_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/slim/otlp/collector/trace/v1"
	traces "go.opentelemetry.io/proto/slim/otlp/trace/v1"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	"partyline/metrics/quality"
	"partyline/metrics/trace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// receiver is a collector that keeps what it is sent.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex // guards what follows
	answers  []int      // statuses of the next answers; none: 200
	requests int
	service  string
	header   http.Header
	spans    []*traces.Span
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		var batch collector.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(body, &batch)
		}
		if err != nil || request.URL.Path != "/v1/traces" {
			t.Errorf("%s: %v", request.URL, err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.requests++
		r.header = request.Header
		if len(r.answers) > 0 {
			status := r.answers[0]
			r.answers = r.answers[1:]
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(status)
			return
		}
		for _, rs := range batch.ResourceSpans {
			for _, a := range rs.Resource.Attributes {
				if a.Key == "service.name" {
					r.service = a.Value.GetStringValue()
				}
			}
			for _, ss := range rs.ScopeSpans {
				r.spans = append(r.spans, ss.Spans...)
			}
		}
	}))
	t.Cleanup(r.Close)
	return r
}

// lines are the spans as "trace name < parent (duration) status", by beginning.
func (r *receiver) lines() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	names := make(map[string]string)
	for _, s := range r.spans {
		names[hex.EncodeToString(s.SpanId)] = s.Name
	}
	slices.SortStableFunc(r.spans, func(a, b *traces.Span) int {
		if d := int64(a.StartTimeUnixNano) - int64(b.StartTimeUnixNano); d != 0 {
			return int(d)
		}
		return int(int64(b.EndTimeUnixNano) - int64(a.EndTimeUnixNano))
	})
	stories := make(map[string]string)
	var lines []string
	for _, s := range r.spans {
		id := hex.EncodeToString(s.TraceId)
		if stories[id] == "" {
			stories[id] = string(rune('A' + len(stories)))
		}
		line := stories[id] + " " + s.Name
		if len(s.ParentSpanId) > 0 {
			line += " < " + names[hex.EncodeToString(s.ParentSpanId)]
		}
		line += " " + time.Duration(s.EndTimeUnixNano-s.StartTimeUnixNano).String()
		if s.Status.GetCode() == traces.Status_STATUS_CODE_ERROR {
			line += " failed: " + s.Status.Message
		}
		lines = append(lines, line)
	}
	return lines
}

func open(t *testing.T, cfg trace.Config, log *slog.Logger) *trace.Tracer {
	t.Helper()
	tracer, err := trace.New(cfg, log)
	if err != nil || tracer == nil {
		t.Fatalf("%v, %v", tracer, err)
	}
	return tracer
}

// at is a moment of the test's evening.
func at(seconds float64) time.Time {
	return time.Date(2026, 12, 1, 20, 0, 0, 0, time.UTC).Add(time.Duration(seconds * float64(time.Second)))
}

// tellAll tells of a browser that comes in, of one that does not, and of somebody
// who is reminded by phone and comes.
func tellAll(tracer *trace.Tracer) {
	tracer.Finished(quality.Record{Leg: quality.Leg{ID: "visit-1", Kind: quality.Browser, Name: "Lea Sommer", Began: at(2), Ended: at(602), Dropped: true}})
	tracer.Entered(quality.Join{Leg: "visit-1", Kind: quality.Browser, Began: at(0), Steps: []quality.Step{
		{Stage: quality.StageSignalled, After: 300 * time.Millisecond}, {Stage: quality.StageICE, After: 700 * time.Millisecond}, {Stage: quality.StageHeard, After: 2 * time.Second},
	}})
	tracer.Entered(quality.Join{
		Kind: quality.Browser, Began: at(1000), Failed: quality.StageMicrophone, Cause: "denied",
		Steps: []quality.Step{{Stage: quality.StageClick}},
	})
	tracer.Called(trace.Call{
		ID: "call-1", Reminded: true, Trunk: "carrier", Outbound: true, Status: 200, Cause: "hung-up",
		Began: at(2001), Ringing: at(2003), Answered: at(2010), Entered: at(2015), Ended: at(2100),
	})
	tracer.Finished(quality.Record{Leg: quality.Leg{ID: "call-1", Kind: quality.Phone, Number: "+8613800000000", Began: at(2015), Ended: at(2100)}})
	tracer.Reminded(trace.Reminder{ID: "call-1", Channel: "phone", Kind: "meeting", From: at(2000), To: at(2016), Reply: "join"})
	tracer.Reminded(trace.Reminder{ID: "reminder-2", Channel: "mail", Kind: "todo", From: at(3000), To: at(3001), Failed: "refused"})
}

func TestStories(t *testing.T) {
	r := newReceiver(t)
	tracer := open(t, trace.Config{Endpoint: r.URL + "/", Authorization: "Bearer key", Share: 1, Version: "test"}, slog.New(slog.DiscardHandler))
	tellAll(tracer)
	if err := tracer.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"A join 2s", "A signalled < join 300ms", "A ice < join 400ms", "A heard < join 1.3s", "A leg < join 10m0s failed: dropped",
		"B click < join 0s", "B join 0s failed: microphone: denied",
		"C reminder 16s", "C call < reminder 1m39s", "C ring < call 2s", "C answer < call 7s", "C menu < call 5s", "C leg < call 1m25s",
		"D reminder 1s failed: refused",
	}
	if got := r.lines(); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if r.service != "partyline" || r.header.Get("Authorization") != "Bearer key" {
		t.Errorf("service %q, header %v", r.service, r.header)
	}
	if id := tracer.Trace("call-1"); !slices.ContainsFunc(r.spans, func(s *traces.Span) bool { return hex.EncodeToString(s.TraceId) == id }) {
		t.Errorf("no span is of the trace %q", id)
	}
	for _, s := range r.spans {
		if text := s.String(); strings.Contains(text, "Lea") || strings.Contains(text, "86138") {
			t.Errorf("a span tells who it was: %s", text)
		}
	}
}

// TestOffUnlessThereIsAnEndpoint: the Tracer of an empty configuration is nil, and
// may be used.
func TestOffUnlessThereIsAnEndpoint(t *testing.T) {
	tracer, err := trace.New(trace.DefaultConfig(), slog.New(slog.DiscardHandler))
	if err != nil || tracer != nil {
		t.Fatalf("%v, %v", tracer, err)
	}
	tellAll(tracer)
	if err := tracer.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestNoShareOfStories(t *testing.T) {
	r := newReceiver(t)
	tracer := open(t, trace.Config{Endpoint: r.URL}, slog.New(slog.DiscardHandler))
	tellAll(tracer)
	if err := tracer.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if id := tracer.Trace("call-1"); len(r.spans) > 0 || id != "" {
		t.Errorf("%d spans were sent, and the trace is %q", len(r.spans), id)
	}
}

// TestCollectorInTrouble: a busy one is asked again; one that refuses is told of
// once, and nobody waits for it.
func TestCollectorInTrouble(t *testing.T) {
	r := newReceiver(t)
	r.answers = []int{http.StatusServiceUnavailable}
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, nil))
	tracer := open(t, trace.Config{Endpoint: r.URL, Share: 1}, log)
	tellAll(tracer)
	if err := tracer.Close(t.Context()); err != nil || len(r.spans) == 0 || r.requests != 2 {
		t.Errorf("after a 503: %v, %d spans, %d requests", err, len(r.spans), r.requests)
	}
	gone := open(t, trace.Config{Endpoint: "http://127.0.0.1:1", Share: 1}, log)
	tellAll(gone)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := gone.Close(ctx); err != nil {
		t.Error(err)
	}
	if n := strings.Count(out.String(), "takes no traces"); n != 1 {
		t.Errorf("the log says %d times that traces are lost:\n%s", n, &out)
	}
}

func TestConfig(t *testing.T) {
	for _, wrong := range []trace.Config{{Endpoint: "collector:4318"}, {Endpoint: "http://", Share: 1}, {Share: 2}, {Share: -1}} {
		if wrong.Validate() == nil {
			t.Errorf("%+v is taken", wrong)
		}
	}
	if err := trace.DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
}
