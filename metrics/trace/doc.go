// Package trace tells a collector of OpenTelemetry what became of ways in, calls
// and reminders, by OTLP over HTTP.
//
// A trace is a story that has an id of ours, such as that of a leg: the ids of
// trace and spans are made of it, so that whoever knows a part of the story adds
// it, at its own time, without knowing the others. Spans are made when what they
// tell is over; nothing on the way of sound or signalling waits for them. They
// carry ids and words from closed lists, never a name or a number.
//
// It is the only package that knows OpenTelemetry. Of that the SDK batches and
// samples; the exporter is ours, since the SDK's own brings gRPC with it, eight
// megabytes for one POST.
//
//	goroutine        one per  owns               ends when
//	batch processor  Tracer   spans to be sent   Close returns
package trace
