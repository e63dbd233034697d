package main

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"partyline/signaling"
)

// greeted is who was told to be there.
type greeted struct {
	mu  sync.Mutex // guards who
	who []string
}

func (g *greeted) Joined(_ context.Context, meeting, key, _ string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.who = append(g.who, meeting+" "+key)
	return nil
}

// take gives who was told since the last time, sorted.
func (g *greeted) take() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	who := g.who
	g.who = nil
	slices.Sort(who)
	return who
}

// TestPresence: whoever may have been invited is told to be there when they
// come, and again while they stay, but not when they have gone.
func TestPresence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p presence
		var told greeted
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			p.greet(ctx, &told, slog.New(slog.DiscardHandler))
		}()
		expect := func(want ...string) {
			t.Helper()
			synctest.Wait()
			if got := told.take(); !slices.Equal(got, want) {
				t.Errorf("told %q, want %q", got, want)
			}
		}
		for _, v := range []signaling.Visit{{ID: "1", Meeting: "m", Name: "Nobody"}, {ID: "2", Meeting: "m", Person: "ann"}, {ID: "3", Meeting: "m", Invitee: "zoe"}} {
			p.seated(v)
		}
		expect("m ann", "m zoe")
		p.seated(signaling.Visit{ID: "2", Meeting: "other", Person: "ann"}) // moved
		expect("other ann")
		p.left("3")
		expect()
		time.Sleep(greetEvery)
		expect("other ann")
		stop()
		<-done
	})
}
