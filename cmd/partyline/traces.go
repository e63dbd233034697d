package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"partyline/metrics"
	"partyline/metrics/quality"
	"partyline/metrics/trace"
	"partyline/signaling/dialout"
	"partyline/signaling/notify"
	"partyline/sip"
)

// This file is where the engines meet a collector of OpenTelemetry.

// tracesConfig says what collector is told what becomes of ways in, calls and
// reminders.
type tracesConfig struct {
	Endpoint      string        `toml:"endpoint"`
	Authorization notify.Secret `toml:"authorization"`
	Share         float64       `toml:"share"`
}

func defaultTraces() tracesConfig { return tracesConfig{Share: trace.DefaultConfig().Share} }

// tracing is the part of the configuration that stories are told by.
func (c Config) tracing() trace.Config {
	return trace.Config{
		Endpoint: c.Traces.Endpoint, Authorization: string(c.Traces.Authorization), Share: c.Traces.Share, Version: version(),
	}
}

// stories tells what becomes of ways in, calls and reminders. Without a collector
// it tells nobody.
type stories struct {
	*trace.Tracer

	mu       sync.Mutex
	reminded map[string]bool // orders that go on to remind somebody
}

// openStories connects to the collector. It is told what is left before the
// program ends, after all that may still be told.
func (h *house) openStories(context.Context) error {
	tracer, err := trace.New(h.cfg.tracing(), h.log.With("part", "traces"))
	if err != nil {
		return fmt.Errorf("traces: %w", err)
	}
	if tracer != nil {
		h.metrics.Trace(tracer.Trace)
	}
	h.stories = &stories{Tracer: tracer, reminded: make(map[string]bool)}
	h.onClose(func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := tracer.Close(ctx); err != nil {
			h.log.Warn("some traces are lost", "err", err)
		}
		return nil
	})
	return nil
}

// called tells of a call that is over, by the id of its record.
func (s *stories) called(id string, r *sip.Record) {
	s.mu.Lock()
	reminded := s.reminded[r.Order]
	s.mu.Unlock()
	c := trace.Call{
		ID: id, Reminded: reminded, Trunk: r.Trunk, Outbound: r.Order != "", Status: r.Status, Cause: r.Cause, CallID: r.Call,
		Began: r.Began, Answered: r.Answered, Entered: r.Entered, Ended: r.Ended,
	}
	if rang := r.Signalling.PDD; rang > 0 && (r.Answered.IsZero() || r.Began.Add(rang).Before(r.Answered)) {
		c.Ringing = r.Began.Add(rang)
	}
	s.Called(c)
}

// remind brackets a call that reminds somebody, and tells of it in the end.
func (s *stories) remind(o dialout.Order) (end func(dialout.Outcome)) {
	if o.Reminder == nil {
		return func(dialout.Outcome) {}
	}
	from := time.Now()
	s.mu.Lock()
	s.reminded[o.ID] = true
	s.mu.Unlock()
	return func(outcome dialout.Outcome) {
		s.mu.Lock()
		delete(s.reminded, o.ID)
		s.mu.Unlock()
		failed := string(outcome.Cause)
		if !outcome.Answered.IsZero() {
			failed = ""
		}
		s.Reminded(trace.Reminder{
			ID: o.ID, Channel: string(notify.Phone), Kind: string(o.Reminder.Occasion), From: from, To: time.Now(), Failed: failed,
		})
	}
}

// toldSender tells of what a channel is given.
type toldSender struct {
	notify.Sender
	channel notify.Channel
	stories *stories
}

// Send passes a message on.
func (t toldSender) Send(ctx context.Context, m notify.Message) (notify.Sent, error) {
	from := time.Now()
	sent, err := t.Sender.Send(ctx, m)
	told := trace.Reminder{ID: m.Key, Channel: string(t.channel), Kind: m.Kind, From: from, To: time.Now()}
	var refused *notify.Refused
	switch {
	case errors.As(err, &refused):
		told.Failed = string(refused.Cause)
	case err != nil:
		told.Failed = "fault"
	}
	t.stories.Reminded(told)
	return sent, err
}

// legObserver counts what is made of measured legs, and tells their stories.
type legObserver struct {
	*metrics.Quality
	stories *stories
	lookout *lookout
}

var _ quality.Observer = legObserver{}

func (h *house) legObserver() legObserver {
	return legObserver{h.metrics.Quality, h.stories, h.lookout}
}

// Scored counts an interval.
func (o legObserver) Scored(leg quality.Leg, s quality.Sample, score quality.Score) {
	o.Quality.Scored(leg, s, score)
	o.lookout.scored(score.Class)
}

// Entered counts and tells of a way in.
func (o legObserver) Entered(join quality.Join) {
	o.Quality.Entered(join)
	o.stories.Entered(join)
	o.lookout.entered(join)
}

// Finished counts and tells of a leg that is over.
func (o legObserver) Finished(record quality.Record) {
	o.Quality.Finished(record)
	o.stories.Finished(record)
}
