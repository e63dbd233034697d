package trace

import (
	"time"

	"go.opentelemetry.io/otel/attribute"

	"partyline/metrics/quality"
)

// Entered tells of a way in, stage by stage, in the story of the leg that it led
// to. One that led to none has a story of its own.
func (t *Tracer) Entered(join quality.Join) {
	if t == nil {
		return
	}
	story := join.Leg
	if story == "" {
		story = "join " + join.Began.UTC().Format(time.RFC3339Nano) + " " + join.Cause
	}
	last := join.Began
	for i, step := range join.Steps {
		reached := join.Began.Add(step.After)
		if reached.Before(last) {
			continue // stages that went on side by side
		}
		t.tell(span{story: story, name: string(step.Stage), number: i, under: "join", from: last, to: reached})
		last = reached
	}
	failed := ""
	if join.Failed != "" {
		failed = string(join.Failed) + ": " + join.Cause
	}
	t.tell(span{
		story: story, name: "join", from: join.Began, to: last, failed: failed,
		facts: []attribute.KeyValue{attribute.String("partyline.kind", string(join.Kind)), attribute.String("partyline.leg", join.Leg)},
	})
}

// Finished tells how a leg fared in its meeting, in the story of its id: after
// the way in of a browser, within the call of a phone.
func (t *Tracer) Finished(record quality.Record) {
	if t == nil {
		return
	}
	leg := record.Leg
	class, _ := record.Summary.Class()
	s := span{
		story: leg.ID, name: "leg", under: "join", from: leg.Began, to: leg.Ended,
		facts: []attribute.KeyValue{
			attribute.String("partyline.leg", leg.ID), attribute.String("partyline.kind", string(leg.Kind)),
			attribute.String("partyline.meeting", leg.Meeting), attribute.String("partyline.codec", leg.Codec),
			attribute.String("partyline.class", class.String()), attribute.String("partyline.cause", leg.Cause),
		},
	}
	if leg.Kind == quality.Phone {
		s.under = "call"
	}
	if leg.Dropped {
		s.failed = "dropped"
	}
	t.tell(s)
}

// Call is a phone call that is over.
type Call struct {
	ID       string // of its record, and so of its leg
	Reminded bool   // it was placed to remind somebody: its story begins with the reminder
	Trunk    string
	Outbound bool
	Status   int    // final one of the INVITE
	Cause    string // word from the gateway's list
	CallID   string // of SIP

	Began    time.Time // INVITE
	Ringing  time.Time // first 18x; zero: none came
	Answered time.Time // zero: it was not
	Entered  time.Time // into the meeting; zero: it never was
	Ended    time.Time
}

// Called tells of a call: how long until it rang and was answered, and how long
// in the menu.
func (t *Tracer) Called(c Call) {
	if t == nil {
		return
	}
	s := span{
		story: c.ID, name: "call", from: c.Began, to: c.Ended,
		facts: []attribute.KeyValue{
			attribute.String("partyline.leg", c.ID), attribute.String("partyline.trunk", c.Trunk), attribute.Bool("partyline.outbound", c.Outbound),
			attribute.Int("sip.status", c.Status), attribute.String("sip.call_id", c.CallID), attribute.String("partyline.cause", c.Cause),
		},
	}
	if c.Reminded {
		s.under = "reminder"
	}
	if c.Answered.IsZero() {
		s.failed = c.Cause
	}
	t.tell(s)
	at := c.Began
	for _, stage := range []struct {
		name string
		to   time.Time
	}{{"ring", c.Ringing}, {"answer", c.Answered}, {"menu", c.Entered}} {
		if stage.to.IsZero() {
			continue
		}
		t.tell(span{story: c.ID, name: stage.name, under: "call", from: at, to: stage.to})
		at = stage.to
	}
}

// Reminder is one reminder that a channel was given.
type Reminder struct {
	ID      string // the reminder's, or that of the call that it is
	Channel string // "mail", "phone" …
	Kind    string // what it is about
	From    time.Time
	To      time.Time
	Failed  string // why no channel took it, in a word; empty: one did
	Reply   string // the key that was pressed; empty: none
}

// Reminded tells of a reminder.
func (t *Tracer) Reminded(r Reminder) {
	t.tell(span{
		story: r.ID, name: "reminder", from: r.From, to: r.To, failed: r.Failed,
		facts: []attribute.KeyValue{
			attribute.String("partyline.channel", r.Channel), attribute.String("partyline.about", r.Kind), attribute.String("partyline.reply", r.Reply),
		},
	})
}
