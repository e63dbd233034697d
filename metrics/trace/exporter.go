package trace

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	collector "go.opentelemetry.io/proto/slim/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/slim/otlp/common/v1"
	resources "go.opentelemetry.io/proto/slim/otlp/resource/v1"
	traces "go.opentelemetry.io/proto/slim/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// exporter posts spans to a collector, as OTLP over HTTP in binary protobuf.
type exporter struct {
	url           string
	authorization string
	client        *http.Client
	log           *slog.Logger
	failing       atomic.Bool // the log says once that the collector does not take them
}

func newExporter(cfg Config, log *slog.Logger) *exporter {
	at := strings.TrimSuffix(cfg.Endpoint, "/")
	if !strings.HasSuffix(at, tracesPath) {
		at += tracesPath
	}
	return &exporter{url: at, authorization: cfg.Authorization, client: &http.Client{Timeout: sendWithin}, log: log}
}

// tracesPath is where collectors take traces.
const tracesPath = "/v1/traces"

// ExportSpans sends a batch. It is called by one goroutine.
func (e *exporter) ExportSpans(ctx context.Context, batch []sdk.ReadOnlySpan) error {
	if len(batch) == 0 {
		return nil
	}
	body, err := proto.Marshal(request(batch))
	if err != nil {
		return fmt.Errorf("write spans: %w", err)
	}
	err = e.post(ctx, body)
	if pause, again := later(err); again {
		select {
		case <-time.After(pause):
			err = e.post(ctx, body)
		case <-ctx.Done():
		}
	}
	switch {
	case err != nil && !e.failing.Swap(true):
		e.log.Warn("the collector takes no traces; they are lost until it does", "endpoint", e.url, "err", err)
	case err == nil && e.failing.Swap(false):
		e.log.Info("the collector takes traces again", "endpoint", e.url)
	}
	return nil // it is said, and the SDK would say it again each time
}

// Shutdown has nothing to do: every batch was sent or is lost.
func (e *exporter) Shutdown(context.Context) error {
	e.client.CloseIdleConnections()
	return nil
}

// busyError is the answer of a collector that may take the same later.
type busyError struct {
	status string
	after  time.Duration
}

func (e *busyError) Error() string { return e.status }

// later tells after what time a batch is worth another try.
func later(err error) (pause time.Duration, again bool) {
	var busy *busyError
	if !errors.As(err, &busy) {
		return 0, false
	}
	return busy.after, true
}

func (e *exporter) post(ctx context.Context, body []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-protobuf")
	if e.authorization != "" {
		r.Header.Set("Authorization", e.authorization)
	}
	response, err := e.client.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10)) // so that the connection can be used again
	switch response.StatusCode {
	case http.StatusOK, http.StatusAccepted, http.StatusNoContent:
		return nil
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		after, err := time.ParseDuration(response.Header.Get("Retry-After") + "s")
		if err != nil || after < 0 {
			after = time.Second
		}
		return &busyError{response.Status, min(after, sendWithin/2)}
	default:
		return errors.New(response.Status)
	}
}

// request is a batch as OTLP has it. All spans are of this program.
func request(batch []sdk.ReadOnlySpan) *collector.ExportTraceServiceRequest {
	scope := &traces.ScopeSpans{Scope: &common.InstrumentationScope{Name: batch[0].InstrumentationScope().Name}}
	for _, s := range batch {
		scope.Spans = append(scope.Spans, spanOf(s))
	}
	return &collector.ExportTraceServiceRequest{ResourceSpans: []*traces.ResourceSpans{{
		Resource:   &resources.Resource{Attributes: attributes(batch[0].Resource().Attributes())},
		ScopeSpans: []*traces.ScopeSpans{scope},
	}}}
}

func spanOf(s sdk.ReadOnlySpan) *traces.Span {
	trace, id := s.SpanContext().TraceID(), s.SpanContext().SpanID()
	out := &traces.Span{
		TraceId: trace[:], SpanId: id[:], Name: s.Name(), Kind: traces.Span_SPAN_KIND_INTERNAL,
		StartTimeUnixNano: uint64(s.StartTime().UnixNano()), EndTimeUnixNano: uint64(s.EndTime().UnixNano()),
		Attributes: attributes(s.Attributes()), Status: &traces.Status{},
	}
	if s.Parent().SpanID().IsValid() {
		above := s.Parent().SpanID()
		out.ParentSpanId = above[:]
	}
	if s.Status().Code == codes.Error {
		out.Status = &traces.Status{Code: traces.Status_STATUS_CODE_ERROR, Message: s.Status().Description}
	}
	return out
}

// attributes are facts as OTLP has them: words, numbers, and yes or no. What is
// not known is left out.
func attributes(all []attribute.KeyValue) []*common.KeyValue {
	out := make([]*common.KeyValue, 0, len(all))
	for _, one := range all {
		value := &common.AnyValue{}
		switch one.Value.Type() {
		case attribute.BOOL:
			value.Value = &common.AnyValue_BoolValue{BoolValue: one.Value.AsBool()}
		case attribute.INT64:
			value.Value = &common.AnyValue_IntValue{IntValue: one.Value.AsInt64()}
		default:
			if one.Value.AsString() == "" {
				continue
			}
			value.Value = &common.AnyValue_StringValue{StringValue: one.Value.AsString()}
		}
		out = append(out, &common.KeyValue{Key: string(one.Key), Value: value})
	}
	return out
}
