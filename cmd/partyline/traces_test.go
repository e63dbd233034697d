package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/slim/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"partyline/metrics/trace"
	"partyline/signaling/dialout"
	"partyline/signaling/notify"
	"partyline/sip"
)

// told is a house's stories, and what a collector hears of them until close is
// called: "trace span < parent" by numbers in the order of their coming.
func told(t *testing.T) (s *stories, hear func() []string) {
	t.Helper()
	var mu sync.Mutex
	var batches []*collector.ExportTraceServiceRequest
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		batch := &collector.ExportTraceServiceRequest{}
		if err == nil {
			err = proto.Unmarshal(body, batch)
		}
		if err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		batches = append(batches, batch)
	}))
	t.Cleanup(server.Close)
	tracer, err := trace.New(trace.Config{Endpoint: server.URL, Share: 1}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return &stories{Tracer: tracer, reminded: make(map[string]bool)}, func() (heard []string) {
		if err := tracer.Close(context.Background()); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		names, traces := make(map[string]string), make(map[string]int)
		for _, b := range batches {
			for _, span := range b.ResourceSpans[0].ScopeSpans[0].Spans {
				names[string(span.SpanId)] = span.Name
			}
		}
		for _, b := range batches {
			for _, span := range b.ResourceSpans[0].ScopeSpans[0].Spans {
				if _, known := traces[string(span.TraceId)]; !known {
					traces[string(span.TraceId)] = len(traces)
				}
				heard = append(heard, fmt.Sprintf("%d %s < %s %s", traces[string(span.TraceId)], span.Name, names[string(span.ParentSpanId)], span.Status.Message))
			}
		}
		return heard
	}
}

// TestReminderByPhoneIsOneStory: the call that reminds somebody stands under the
// reminder, and a call of somebody else does not.
func TestReminderByPhoneIsOneStory(t *testing.T) {
	s, hear := told(t)
	began := time.Now().Add(-time.Minute)
	end := s.remind(dialout.Order{ID: "order-1", Reminder: &dialout.Reminder{Occasion: dialout.OfMeeting}})
	s.called("order-1", &sip.Record{Order: "order-1", Began: began, Answered: began.Add(time.Second), Ended: began.Add(time.Minute), Status: 200})
	end(dialout.Outcome{Answered: began.Add(time.Second)})
	s.remind(dialout.Order{ID: "order-2"})(dialout.Outcome{})
	s.called("order-2", &sip.Record{Order: "order-2", Began: began, Ended: began.Add(time.Second), Status: 486, Cause: "busy"})
	want := []string{"0 call < reminder ", "0 answer < call ", "0 reminder <  ", "1 call <  busy"}
	if got := hear(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if len(s.reminded) != 0 {
		t.Errorf("%d orders are not forgotten", len(s.reminded))
	}
}

// sends is a channel that takes messages, or does not.
type sends struct{ err error }

func (s sends) Send(context.Context, notify.Message) (notify.Sent, error) {
	return notify.Sent{}, s.err
}

func TestRemindersAreToldOf(t *testing.T) {
	s, hear := told(t)
	for i, err := range []error{nil, fmt.Errorf("send: %w", &notify.Refused{Cause: notify.Throttled}), io.ErrUnexpectedEOF} {
		_, got := toldSender{sends{err}, notify.Mail, s}.Send(t.Context(), notify.Message{Key: fmt.Sprint(i), Kind: "reminder"})
		if got != err {
			t.Errorf("%v became %v", err, got)
		}
	}
	want := []string{"0 reminder <  ", "1 reminder <  " + string(notify.Throttled), "2 reminder <  fault"}
	if got := hear(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
