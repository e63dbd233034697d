package dialout_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"partyline/signaling/dialout"
	"partyline/signaling/wire"
)

// queue keeps calls in memory.
type queue struct {
	mu   sync.Mutex
	kept map[string]dialout.Order
	err  error
}

func (q *queue) Keep(_ context.Context, waiting []dialout.Order) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, o := range waiting {
		q.kept[o.Call] = o
	}
	return q.err
}

func (q *queue) Drop(_ context.Context, calls ...string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, id := range calls {
		delete(q.kept, id)
	}
	return nil
}

// whom lists the numbers of the calls that are kept.
func (q *queue) whom() string {
	q.mu.Lock()
	defer q.mu.Unlock()
	var numbers []string
	for o := range maps.Values(q.kept) {
		numbers = append(numbers, string(o.Number))
	}
	slices.Sort(numbers)
	return strings.Join(numbers, " ")
}

// TestQueue: a call is kept until its turn comes or it is over, but for those
// whom a stop of the server leaves uncalled.
func TestQueue(t *testing.T) {
	rings := answer{rings: 20 * time.Second, talks: time.Hour}
	all := answers{"+1": {rings}, "+2": {rings}, "+3": {rings}, "+4": {rings}}
	to := []wire.Callee{by("", "+1"), by("", "+2"), by("", "+3"), by("", "+4"), by("", "no")}
	for name, test := range map[string]struct {
		then func(o *office, b dialout.Snapshot)
		left string
	}{
		"nothing yet":      {func(*office, dialout.Snapshot) {}, "+2 +3 +4"},
		"the next turn":    {func(*office, dialout.Snapshot) { after(20 * time.Second) }, "+3 +4"},
		"one is cancelled": {func(o *office, b dialout.Snapshot) { cancel(o, b.Calls[2].Call) }, "+2 +4"},
		"all are":          {func(o *office, b dialout.Snapshot) { cancel(o, b.Batch.Batch) }, ""},
		"the meeting ends": {func(o *office, _ dialout.Snapshot) { o.MeetingOver("m1") }, ""},
		"the server stops": {func(o *office, _ dialout.Snapshot) { o.Drain() }, "+2 +3 +4"},
	} {
		t.Run(name, func(t *testing.T) {
			q := &queue{kept: map[string]dialout.Order{}}
			inOffice(t, all, func(o *office) {
				b := o.ask(wire.Dial{Kind: wire.DialInto, To: to})
				after(time.Second)
				test.then(o, b)
				after(time.Second)
				o.want("kept", q.whom(), test.left)
			}, func(cfg *dialout.Config) { cfg.Queue, cfg.Ringing = q, 1 })
		})
	}
}

func cancel(o *office, id string) {
	o.Helper()
	if err := o.Cancel(id, func(string, string) bool { return true }); err != nil {
		o.Error(err)
	}
}

// TestQueueFull: what is not placed for another reason is not kept either, and
// nothing is placed that cannot be kept.
func TestQueueFull(t *testing.T) {
	q := &queue{kept: map[string]dialout.Order{}}
	wish := dialout.Wish{By: ann, Meeting: "m1", Dial: wire.Dial{Key: "k", Kind: wire.DialInto, To: []wire.Callee{by("", "+1"), by("", "+2")}}}
	inOffice(t, nil, func(o *office) {
		if _, err := o.Dial(t.Context(), wish); !errors.Is(err, dialout.ErrTooMany) {
			t.Error(err)
		}
		o.want("kept", q.whom(), "")
		q.err = errors.New("the disk is full")
		if _, err := o.Dial(t.Context(), wish); !errors.Is(err, q.err) {
			t.Error(err)
		}
		after(time.Minute)
		o.wantCalls()
	}, func(cfg *dialout.Config) { cfg.Queue, cfg.Ringing, cfg.Waiting = q, 1, 1 })
}
