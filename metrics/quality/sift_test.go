package quality

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// choosy is a Store that refuses what has one leg's events or records.
type choosy struct {
	shelf
	refuses map[string]error
}

func (s *choosy) Keep(ctx context.Context, b Batch) error {
	for _, owner := range b.owners() {
		if err := s.refuses[owner]; err != nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.turns++
			return err
		}
	}
	return s.shelf.Keep(ctx, b)
}

// absent is how a Store says that it does not work.
type absent struct{ error }

func (absent) Unavailable() bool { return true }

// A Store that refuses what is known of one leg gets everything else.
func TestCollectorSetsAsideWhatIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		store, e := &choosy{refuses: map[string]error{"4": errors.New("invalid byte sequence")}}, &ear{}
		c := NewCollector(store, e, slog.New(slog.NewTextHandler(&log, nil)))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); c.Run(ctx) }()
		for i := range 9 {
			leg := legOf(fmt.Sprint(i), uint32(i))
			leg.Name, leg.Number = "Grace", "+8613800000031"
			c.Begin(leg)
			c.Event(leg.ID, Event{What: EventMuted})
			c.Joined(Join{Leg: leg.ID, Kind: Phone})
		}
		c.Joined(Join{Kind: Browser, Cause: "timeout"})
		time.Sleep(time.Second)
		for range 240 {
			time.Sleep(time.Second)
			for i := range 9 {
				s := alive(1)[0]
				s.Span, s.At = time.Second, time.Now()
				c.Add(fmt.Sprint(i), s)
			}
		}
		for i := range 9 {
			id := fmt.Sprint(i)
			if _, there := store.legs[id]; there == (i == 4) || i != 4 && len(store.samples(t, id)) < 24 {
				t.Errorf("leg %s: kept %v with %d samples", id, there, len(store.samples(t, id)))
			}
		}
		if len(store.events) != 8 || len(store.joins) != 9 {
			t.Errorf("%d events and %d ways in are kept", len(store.events), len(store.joins))
		}
		live, _, _ := c.Leg("4")
		if missing := live.Summary.Missing; missing == 0 || e.forgotten != missing || e.refused[RefusedByStore] == 0 {
			t.Errorf("%d missing, %d forgotten, refused %v", missing, e.forgotten, e.refused)
		}
		if said := log.String(); !strings.Contains(said, "leg=4") || strings.Contains(said, "Grace") || strings.Contains(said, "138") {
			t.Error(said)
		}
		delete(store.refuses, "4")
		c.End("4", time.Now(), "", false)
		rest(10 * time.Second)
		if r := store.legs["4"]; r.Summary.Samples != 48 || r.Summary.Missing != e.forgotten {
			t.Errorf("%+v", r.Summary)
		}
		cancel()
		<-done
	})
}

// Whatever a Store refuses that does not work, or that takes nothing at all,
// waits as it is.
func TestCollectorSetsNothingAsideForAStoreThatTakesNothing(t *testing.T) {
	for name, err := range map[string]error{"away": fmt.Errorf("keep: %w", absent{errors.New("disk full")}), "broken": errors.New("no such table")} {
		t.Run(name, func(t *testing.T) {
			store := &choosy{}
			store.set(err)
			collecting(t, store, func(t *testing.T, c *Collector, e *ear) {
				c.Begin(legOf("a", 1))
				c.Begin(legOf("b", 2))
				feed(c, "a", 20, 0)
				turns := store.turns
				if looked := turns > 11; looked == (name == "away") || e.refused[RefusedByStore]+e.forgotten != 0 {
					t.Errorf("%d turns, refused %v, %d forgotten", turns, e.refused, e.forgotten)
				}
				store.set(nil)
				c.End("a", time.Now(), "", false)
				rest(10 * time.Second)
				if len(store.samples(t, "a")) != 4 || len(store.legs) != 2 {
					t.Errorf("%d samples, %d legs", len(store.samples(t, "a")), len(store.legs))
				}
			})
		})
	}
}
