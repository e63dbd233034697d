package trace

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	otel "go.opentelemetry.io/otel/trace"
)

// Config is where traces go.
type Config struct {
	Endpoint      string  // of a collector: "http://127.0.0.1:4318"; empty: there are no traces
	Authorization string  // header that it wants; empty: none
	Share         float64 // of stories that are told, 0 to 1
	Version       string  // of this program
}

// DefaultConfig tells nobody, and would tell all.
func DefaultConfig() Config { return Config{Share: 1} }

// Validate tells what is wrong.
func (c Config) Validate() error {
	var errs []error
	if u, err := url.Parse(c.Endpoint); c.Endpoint != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
		errs = append(errs, fmt.Errorf("endpoint: %q is not like http://127.0.0.1:4318", c.Endpoint))
	}
	if !(c.Share >= 0 && c.Share <= 1) {
		errs = append(errs, fmt.Errorf("share: %v is not between 0 and 1", c.Share))
	}
	return errors.Join(errs...)
}

// Tracer sends spans. The nil Tracer sends none. Its methods may be called from
// any goroutine and do not wait for the collector.
type Tracer struct {
	provider *sdk.TracerProvider
	tracer   otel.Tracer
	sampler  sdk.Sampler
}

// New makes a Tracer, nil where the configuration has no endpoint. Spans that a
// collector does not take are lost, and the log says so.
func New(cfg Config, log *slog.Logger) (*Tracer, error) {
	if cfg.Endpoint == "" {
		return nil, nil
	}
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	sampler := sdk.TraceIDRatioBased(cfg.Share) // of the story's id: all of it is told, or nothing
	provider := sdk.NewTracerProvider(
		sdk.WithBatcher(newExporter(cfg, log), sdk.WithBatchTimeout(batchWithin), sdk.WithExportTimeout(sendWithin)),
		sdk.WithSampler(sampler),
		sdk.WithIDGenerator(namedIDs{}),
		sdk.WithResource(resource.NewSchemaless(
			attribute.String("service.name", "partyline"), attribute.String("service.version", cfg.Version),
		)),
	)
	return &Tracer{provider, provider.Tracer("partyline"), sampler}, nil
}

// Trace is the id of the trace that a story is, in hexadecimal; empty where it is
// not told.
func (t *Tracer) Trace(story string) string {
	if t == nil || story == "" {
		return ""
	}
	id := ids(story, "", 0).trace
	if t.sampler.ShouldSample(sdk.SamplingParameters{ParentContext: context.Background(), TraceID: id}).Decision != sdk.RecordAndSample {
		return ""
	}
	return id.String()
}

// How long spans wait for others, and how long sending them may take.
const (
	batchWithin = 2 * time.Second
	sendWithin  = 10 * time.Second
)

// Close sends what is left, as long as ctx allows.
func (t *Tracer) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	if err := t.provider.Shutdown(ctx); err != nil {
		return fmt.Errorf("send the last traces: %w", err)
	}
	return nil
}

// span is a part of a story that is over. Its name is unlike any other of the
// story, but for what comes again; then number tells it apart.
type span struct {
	story    string
	name     string
	number   int
	under    string // name of the span that it is a part of; empty: the story's first
	from, to time.Time
	failed   string // why, in a word; empty: it went well
	facts    []attribute.KeyValue
}

// tell makes the span.
func (t *Tracer) tell(s span) {
	if t == nil || s.story == "" || s.from.IsZero() || s.to.Before(s.from) {
		return
	}
	ctx := context.WithValue(context.Background(), named{}, ids(s.story, s.name, s.number))
	if s.under != "" {
		above := ids(s.story, s.under, 0)
		ctx = otel.ContextWithRemoteSpanContext(ctx, otel.NewSpanContext(otel.SpanContextConfig{
			TraceID: above.trace, SpanID: above.span, TraceFlags: otel.FlagsSampled, Remote: true,
		}))
	}
	_, made := t.tracer.Start(ctx, s.name, otel.WithTimestamp(s.from), otel.WithAttributes(s.facts...))
	if s.failed != "" {
		made.SetStatus(codes.Error, s.failed)
	}
	made.End(otel.WithTimestamp(s.to))
}

// identity is what a span is known by.
type identity struct {
	trace otel.TraceID
	span  otel.SpanID
}

// ids makes it of names.
func ids(story, name string, number int) (id identity) {
	trace := sha256.Sum256([]byte(story))
	span := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%d", story, name, number))
	copy(id.trace[:], trace[:])
	copy(id.span[:], span[:])
	return id
}

// named is the key of a span's identity in the context that it is begun with.
type named struct{}

// namedIDs gives spans the identity that their names make.
type namedIDs struct{}

// NewIDs gives the first span of a story its identity.
func (namedIDs) NewIDs(ctx context.Context) (otel.TraceID, otel.SpanID) {
	id, _ := ctx.Value(named{}).(identity)
	return id.trace, id.span
}

// NewSpanID gives it to a further one.
func (namedIDs) NewSpanID(ctx context.Context, _ otel.TraceID) otel.SpanID {
	id, _ := ctx.Value(named{}).(identity)
	return id.span
}
