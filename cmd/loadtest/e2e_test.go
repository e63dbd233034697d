//go:build e2e

package main

import (
	"context"
	"testing"
	"time"
)

// TestE2ELoadTest forwards from two talkers to three listeners for a moment, so
// that the load test is known to work when somebody needs it. A machine that
// stalls gets five tries.
func TestE2ELoadTest(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	b, err := newBench(ctx, options{For: 2 * time.Second, Together: true}, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := b.close(); err != nil {
			t.Error(err)
		}
	}()
	b.command = "forward"
	figures := map[string]float64{}
	for try := range 5 {
		if err := (forwardCase{talkers: 2, listeners: 3, red: true}).measure(ctx, b); err != nil {
			t.Fatal(err)
		}
		for _, f := range b.results[len(b.results)-1].Figures {
			figures[f.Name] = f.Value
		}
		// Each talker hears the other, too: 2 × (3 + 1) × 50 packets a second.
		rate := figures["forwarded"]
		if rate >= 350 && rate <= 450 {
			break
		}
		t.Logf("try %d: %.0f packets a second were forwarded, want 400", try+1, rate)
		if try == 4 {
			t.Error("the rate is wrong however often it is measured")
		}
	}
	if figures["CPU per packet"] <= 0 {
		t.Errorf("forwarding cost %v µs a packet", figures["CPU per packet"])
	}
}

// TestE2ESoak has callers come and go in every way for half a minute: nothing
// of them may be left, and each has a record.
func TestE2ESoak(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 6*time.Minute)
	defer cancel()
	b, err := newBench(ctx, options{Soak: 30 * time.Second, Together: true}, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := b.close(); err != nil {
			t.Error(err)
		}
	}()
	b.command = "soak"
	if err := measureSoak(ctx, b); err != nil {
		t.Error(err)
	}
}
