package quality

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// shelf is a Store that can be away.
type shelf struct {
	mu      sync.Mutex
	away    error
	slow    time.Duration
	legs    map[string]Record
	chunks  []Chunk
	events  []Happening
	joins   []Join
	calls   []Call
	orphans int // chunks and the like of legs that were not kept before
	early   int // legs that went on when they had ended
	turns   int
}

func (s *shelf) Keep(ctx context.Context, b Batch) error {
	select {
	case <-time.After(s.slow):
	case <-ctx.Done():
		return ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turns++
	if s.away != nil {
		return s.away
	}
	if s.legs == nil {
		s.legs = make(map[string]Record)
	}
	for _, r := range b.Legs {
		if !s.legs[r.Leg.ID].Leg.Ended.IsZero() {
			s.early++
		}
		s.legs[r.Leg.ID] = r
	}
	for _, c := range b.Chunks {
		if _, ok := s.legs[c.Leg]; !ok {
			s.orphans++
		}
	}
	for _, e := range b.Events {
		if _, ok := s.legs[e.Leg]; !ok {
			s.orphans++
		}
	}
	s.chunks, s.events = append(s.chunks, b.Chunks...), append(s.events, b.Events...)
	s.joins, s.calls = append(s.joins, b.Joins...), append(s.calls, b.Calls...)
	return nil
}

func (s *shelf) set(away error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = away
}

func (s *shelf) samples(t *testing.T, leg string) (samples []Sample) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.chunks {
		if c.Leg == leg {
			samples = append(samples, unpacked(t, c.Packed)...)
		}
	}
	return samples
}

// ear is an Observer.
type ear struct {
	mu        sync.Mutex
	scored    []Score
	classes   []Class
	finished  []Record
	entered   int
	refused   map[Refusal]int
	forgotten int
}

func (e *ear) do(f func()) { e.mu.Lock(); defer e.mu.Unlock(); f() }

func (e *ear) Classed(_ Leg, c Class)          { e.do(func() { e.classes = append(e.classes, c) }) }
func (e *ear) Scored(_ Leg, _ Sample, s Score) { e.do(func() { e.scored = append(e.scored, s) }) }
func (e *ear) Finished(r Record)               { e.do(func() { e.finished = append(e.finished, r) }) }
func (e *ear) Entered(Join)                    { e.do(func() { e.entered++ }) }
func (e *ear) Forgotten(n int)                 { e.do(func() { e.forgotten += n }) }
func (e *ear) Refused(r Refusal) {
	e.do(func() {
		if e.refused == nil {
			e.refused = make(map[Refusal]int)
		}
		e.refused[r]++
	})
}

// collecting runs a test with a Collector, within a bubble of time.
func collecting(t *testing.T, store Store, test func(t *testing.T, c *Collector, e *ear)) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		e := &ear{}
		c := NewCollector(store, e, slog.New(slog.DiscardHandler))
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			c.Run(ctx)
		}()
		test(t, c, e)
		cancel()
		<-ended
	})
}

func legOf(id string, participant uint32) Leg {
	return Leg{ID: id, Meeting: "m", Room: "r", Participant: participant, Kind: Phone, Codec: "PCMA", Began: time.Now()}
}

// second is a sample of the last second, with some share of loss.
func sampleOf(span time.Duration, loss float64) Sample {
	return Sample{
		At: time.Now(), Span: span, RoundTrip: 40 * ms,
		Said:  Stream{Packets: uint64(span / (20 * ms)), Loss: loss, Level: -30, Swing: 6, Talking: 0.5},
		Heard: Stream{Packets: uint64(span / (20 * ms)), Level: Unknown},
	}
}

// rest lets time pass, and the Collector be done with what was to do by then.
func rest(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// feed gives a leg samples of a second each, for so many seconds.
func feed(c *Collector, id string, seconds int, loss float64) {
	for range seconds {
		time.Sleep(time.Second)
		c.Add(id, sampleOf(time.Second, loss))
	}
}

func TestCollectorKeepsALeg(t *testing.T) {
	store := &shelf{}
	collecting(t, store, func(t *testing.T, c *Collector, e *ear) {
		c.Begin(legOf("a", 1))
		c.Event("a", Event{At: time.Now(), What: EventJoined})
		feed(c, "a", 20, 0)
		feed(c, "a", 10, 0.2)
		feed(c, "a", 2, 0)
		c.Event("a", Event{At: time.Now(), What: EventHeld, Note: "by\x00 \xffthem"})
		c.Call(Call{Leg: "a", Signalling: Signalling{Status: 200}})
		ended := time.Now()
		c.End("a", ended, "hung-up", false)
		rest(10 * time.Second)

		r, ok := store.legs["a"]
		if !ok || !r.Leg.Ended.Equal(ended) || r.Leg.Cause != "hung-up" {
			t.Fatalf("not complete 10 s after its end: %+v", r)
		}
		if s := r.Summary; s.Samples != 7 || s.Good != 22*time.Second || s.Poor != 10*time.Second || s.Missing != 0 ||
			s.PoorBecause.Loss != 10*time.Second || s.Worst.Class != Poor || s.Worst.To.Sub(s.Worst.From) != 10*time.Second {
			t.Errorf("%+v", s)
		}
		samples := store.samples(t, "a")
		if len(samples) != 7 || samples[4].Said.Loss != 0.2 || samples[6].Span != 2*time.Second {
			t.Errorf("%d samples: %+v", len(samples), samples)
		}
		if len(store.calls) != 1 || len(store.events) != 2 || store.events[1].Number != 2 || store.events[1].Note != "by them" || store.orphans != 0 {
			t.Errorf("%+v, %+v, %d orphans", store.calls, store.events, store.orphans)
		}
		if len(e.scored) != 7 || len(e.finished) != 1 || len(e.refused) != 0 {
			t.Errorf("observed %d, %d, %v", len(e.scored), len(e.finished), e.refused)
		}
	})
}

// A leg that has ended is kept as such once, when all of it is there.
func TestCollectorEndsALegOnce(t *testing.T) {
	store := &shelf{}
	collecting(t, store, func(t *testing.T, c *Collector, _ *ear) {
		c.Begin(legOf("a", 1))
		for range chunkSamples - 1 {
			rest(5 * time.Second)
			c.Add("a", sampleOf(5*time.Second, 0))
		}
		rest(5 * time.Second)
		last := sampleOf(5*time.Second, 0)
		c.End("a", time.Now(), "hung-up", false)
		c.End("a", time.Now().Add(time.Second), "again", true)
		time.Sleep(time.Second)
		c.Add("a", last) // fills a chunk
		rest(10 * time.Second)
		if r := store.legs["a"]; store.early != 0 || r.Leg.Cause != "hung-up" || r.Summary.Samples != chunkSamples || len(store.chunks) != 1 {
			t.Errorf("%d times too early, %+v, %d chunks", store.early, r, len(store.chunks))
		}
	})
}

// A leg that nothing is measured of lives nevertheless, and the Store is told.
func TestCollectorTellsThatALegLives(t *testing.T) {
	store := &shelf{}
	collecting(t, store, func(t *testing.T, c *Collector, _ *ear) {
		c.Begin(legOf("a", 1))
		rest(time.Hour)
		if store.turns < 12 || store.turns > 13 {
			t.Errorf("told %d times in an hour", store.turns)
		}
	})
}

func TestCollectorShowsWhatLives(t *testing.T) {
	collecting(t, nil, func(t *testing.T, c *Collector, _ *ear) {
		for i, id := range []string{"good", "bad", "worse", "new"} {
			c.Begin(legOf(id, uint32(i)))
			time.Sleep(ms)
		}
		began := time.Now()
		for range 4 {
			time.Sleep(time.Second)
			c.Add("good", sampleOf(time.Second, 0))
			c.Add("bad", sampleOf(time.Second, 0.05))
			c.Add("worse", sampleOf(time.Second, 0.3))
		}
		var order []string
		for _, l := range c.Now() {
			order = append(order, l.Leg.ID+" "+l.Class.String())
		}
		if diff := cmp.Diff([]string{"worse poor", "bad degraded", "good good", "new unclassified"}, order); diff != "" {
			t.Error(diff)
		}
		l, pending, ok := c.Leg("worse")
		if !ok || len(pending) != 1 || pending[0].Span != 4*time.Second || !near(pending[0].Said.Loss, 0.3, 1e-9) {
			t.Errorf("%+v", pending)
		}
		if since := l.Since.Sub(began); since != 2*time.Second || !l.Score.Because.Has(BecauseLoss) || !l.Sample.At.Equal(time.Now()) {
			t.Errorf("poor since %s, because of %b", since, l.Score.Because)
		}
		c.End("worse", time.Now(), "", false)
		if now := c.Now(); len(now) != 3 || now[0].Leg.ID != "bad" {
			t.Errorf("%d legs live", len(now))
		}
		if _, _, ok := c.Leg("nobody"); ok {
			t.Error("there is a leg of nobody")
		}
	})
}

// Samples are there at any time: waiting to be full, for the Store, or with it.
func TestCollectorShowsWhatIsNotKeptYet(t *testing.T) {
	store := &shelf{slow: 9 * time.Second}
	collecting(t, store, func(t *testing.T, c *Collector, _ *ear) {
		c.Begin(legOf("a", 1))
		for i := range 40 {
			rest(5 * time.Second)
			c.Add("a", sampleOf(5*time.Second, 0))
			_, pending, _ := c.Leg("a")
			if kept := len(store.samples(t, "a")); kept+len(pending) != i+1 {
				t.Errorf("of %d samples %d are kept and %d pending", i+1, kept, len(pending))
			}
		}
	})
}

func TestCollectorKnowsWhoIsWhere(t *testing.T) {
	collecting(t, nil, func(t *testing.T, c *Collector, _ *ear) {
		at := func(room string, participant uint32, want string) {
			t.Helper()
			if id, ok := c.At(Key{Room: room, Participant: participant, Leg: "x"}); id != want || ok != (want != "") {
				t.Errorf("%s/%d is %q, want %q", room, participant, id, want)
			}
		}
		c.Begin(legOf("a", 1))
		at("r", 1, "a")
		c.Change("a", func(l *Leg) { l.Room, l.ID = "breakout", "x" })
		at("r", 1, "")
		at("breakout", 1, "a")
		c.Begin(Leg{ID: "b", Room: "breakout", Participant: 1}) // a newer visit of the same
		at("breakout", 1, "b")
		c.End("a", time.Now(), "", false)
		at("breakout", 1, "b")
		if c.Change("a", func(*Leg) {}) || c.Change("nobody", func(*Leg) {}) {
			t.Error("what does not live was changed")
		}
		c.End("b", time.Now(), "", false)
		at("breakout", 1, "b") // for what was measured before
		rest(10 * time.Second)
		at("breakout", 1, "")
	})
}

func TestCollectorRefuses(t *testing.T) {
	sound := func() Sample { return sampleOf(time.Second, 0) }
	for name, c := range map[string]struct {
		spoil func(*Sample)
		want  Refusal
	}{
		"not a number":     {func(s *Sample) { s.Said.Loss = math.NaN() }, RefusedNonsense},
		"infinite":         {func(s *Sample) { s.Heard.Burst = math.Inf(1) }, RefusedNonsense},
		"negative":         {func(s *Sample) { s.Heard.Concealed = -0.1 }, RefusedNonsense},
		"more than all":    {func(s *Sample) { s.Said.Talking = 1.1 }, RefusedNonsense},
		"negative time":    {func(s *Sample) { s.Said.Jitter = -1 }, RefusedNonsense},
		"huge time":        {func(s *Sample) { s.RoundTrip = time.Hour }, RefusedNonsense},
		"huge number":      {func(s *Sample) { s.Said.Packets = 1 << 60 }, RefusedNonsense},
		"negative packets": {func(s *Sample) { s.Said.Gap = -1 }, RefusedNonsense},
		"level of a bomb":  {func(s *Sample) { s.Said.Level = 200 }, RefusedNonsense},
		"no level":         {func(s *Sample) { s.Said.Level = math.NaN() }, RefusedNonsense},
		"swing":            {func(s *Sample) { s.Said.Swing = math.Inf(1) }, RefusedNonsense},
		"no span":          {func(s *Sample) { s.Span = 0 }, RefusedNonsense},
		"yesterday":        {func(s *Sample) { s.At = s.At.Add(-24 * time.Hour) }, RefusedClock},
		"tomorrow":         {func(s *Sample) { s.At = s.At.Add(24 * time.Hour) }, RefusedClock},
		"before the last":  {func(s *Sample) { s.At = s.At.Add(-5 * time.Second) }, RefusedClock},
	} {
		t.Run(name, func(t *testing.T) {
			collecting(t, nil, func(t *testing.T, collector *Collector, e *ear) {
				collector.Begin(legOf("a", 1))
				feed(collector, "a", 3, 0)
				time.Sleep(time.Second)
				s := sound()
				c.spoil(&s)
				collector.Add("a", s)
				if diff := cmp.Diff(map[Refusal]int{c.want: 1}, e.refused); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
	collecting(t, nil, func(t *testing.T, c *Collector, e *ear) {
		c.Add("nobody", sound())
		c.Reported("nobody", sound())
		c.Event("nobody", Event{})
		if e.refused[RefusedUnknown] != 3 {
			t.Errorf("%v", e.refused)
		}
		c.Begin(legOf("a", 1))
		time.Sleep(time.Second)
		c.End("a", time.Now(), "", false)
		c.Add("a", sound()) // of before its end
		time.Sleep(2 * time.Second)
		c.Add("a", sound())
		c.Reported("a", sound())
		if e.refused[RefusedEnded] != 2 {
			t.Errorf("%v", e.refused)
		}
		rest(10 * time.Second)
		if e.finished[0].Summary.Samples != 1 {
			t.Errorf("%+v", e.finished[0].Summary)
		}
		if c.Call(Call{Leg: "a"}) {
			t.Error("a call of a leg that is gone was taken")
		}
	})
}

func TestCollectorStemsFloods(t *testing.T) {
	collecting(t, nil, func(t *testing.T, c *Collector, e *ear) {
		c.Begin(legOf("a", 1))
		time.Sleep(time.Second)
		for range 1000 {
			c.Reported("a", sampleOf(5*time.Second, 0))
			c.Event("a", Event{What: EventMuted})
		}
		if n := e.refused[RefusedFlood]; n != 980+950 {
			t.Errorf("%d refused", n)
		}
		c.Begin(legOf("b", 2))
		time.Sleep(time.Second)
		c.Add("b", sampleOf(time.Second, 0)) // somebody else's is none
		if n := e.refused[RefusedFlood]; n != 980+950 {
			t.Errorf("%d refused", n)
		}
	})
}

func TestCollectorPutsReportsToWhatItMeasured(t *testing.T) {
	store := &shelf{}
	collecting(t, store, func(t *testing.T, c *Collector, _ *ear) {
		leg := legOf("a", 1)
		leg.Kind, leg.Codec = Browser, "opus"
		c.Begin(leg)
		measured := func() {
			time.Sleep(time.Second)
			s := sampleOf(time.Second, 0)
			s.Said.Level, s.Said.Swing, s.Said.Talking = Unknown, 0, 0
			c.Add("a", s)
		}
		report := sampleOf(5*time.Second, 0)
		report.Said = Stream{Level: -20, Swing: 3, Clipped: 0.1}
		report.Heard.Concealed, report.Heard.Buffer, report.Heard.Late = 0.05, 80*ms, 10
		report.Marks = Relayed
		c.Reported("a", report)
		for range 5 {
			measured()
		}
		for range 25 { // and then no more
			measured()
		}
		c.End("a", time.Now(), "", false)
		rest(10 * time.Second)
		samples := store.samples(t, "a")
		first := samples[0]
		if first.Said.Packets != 250 || first.Said.Level != -20 || first.Said.Swing != 3 || first.Said.Clipped != 0.1 || first.RoundTrip != 40*ms {
			t.Errorf("said: %+v", first)
		}
		if first.Heard.Packets != 250 || first.Heard.Concealed != 0.05 || first.Heard.Buffer != 80*ms || first.Heard.Late != 10 || first.Marks != Relayed {
			t.Errorf("heard: %+v", first)
		}
		if last := samples[len(samples)-1]; last.Heard.Concealed != 0 || last.Said.Level != Unknown || last.Marks != Missing {
			t.Errorf("without a report: %+v", last)
		}
	})
}

func TestCollectorTakesReportsWhereNothingIsMeasured(t *testing.T) {
	store := &shelf{}
	collecting(t, store, func(t *testing.T, c *Collector, _ *ear) {
		c.Begin(legOf("a", 1))
		for range 6 {
			rest(5 * time.Second)
			c.Reported("a", sampleOf(5*time.Second, 0.02))
		}
		c.End("a", time.Now(), "", false)
		rest(10 * time.Second)
		if n := len(store.samples(t, "a")); n < 2 {
			t.Errorf("%d samples", n)
		}
	})
}

func TestCollectorMarksAPause(t *testing.T) {
	store := &shelf{}
	collecting(t, store, func(t *testing.T, c *Collector, _ *ear) {
		c.Begin(legOf("a", 1))
		feed(c, "a", 3, 0)
		rest(time.Minute)
		feed(c, "a", 5, 0.5)
		c.End("a", time.Now(), "", false)
		rest(10 * time.Second)
		samples := store.samples(t, "a")
		if len(samples) != 2 || samples[0].Span != 3*time.Second || samples[0].Said.Loss != 0 || samples[1].Span != 5*time.Second {
			t.Errorf("%+v", samples)
		}
	})
}

func TestCollectorWaitsForTheStore(t *testing.T) {
	store := &shelf{away: errors.New("disk full"), slow: 1900 * ms}
	collecting(t, store, func(t *testing.T, c *Collector, e *ear) {
		c.Begin(legOf("a", 1))
		c.Joined(Join{Kind: Phone})
		feed(c, "a", 600, 0)
		c.Begin(legOf("b", 2))
		c.End("a", time.Now(), "", false)
		rest(time.Minute)
		if len(store.legs) != 0 {
			t.Error("kept on a full disk")
		}
		store.set(nil)
		rest(5 * time.Second)
		if r := store.legs["a"]; r.Leg.Ended.IsZero() || r.Summary.Samples != 120 || len(store.samples(t, "a")) != 120 || store.orphans != 0 {
			t.Errorf("%+v, %d samples", r, len(store.samples(t, "a")))
		}
		if !slices.IsSortedFunc(store.samples(t, "a"), func(a, b Sample) int { return a.At.Compare(b.At) }) {
			t.Error("out of order")
		}
		if _, ok := store.legs["b"]; !ok || len(store.joins) != 1 || e.forgotten != 0 {
			t.Errorf("%d joins, %d forgotten", len(store.joins), e.forgotten)
		}
	})
}

// What there is no room for is given up, counted, and marked at its leg.
func TestCollectorGivesUpTheOldest(t *testing.T) {
	store := &shelf{away: errors.New("disk full")}
	collecting(t, store, func(t *testing.T, c *Collector, e *ear) {
		c.room = 2500
		c.Begin(legOf("a", 1))
		c.Begin(legOf("b", 2))
		feed(c, "a", 240, 0)
		c.End("a", time.Now(), "", false)
		c.Call(Call{Leg: "a", Signalling: Signalling{Status: 200}, Capture: make([]byte, 60_000)})
		feed(c, "b", 240*10, 0)
		store.set(nil)
		c.End("b", time.Now(), "", false)
		rest(10 * time.Second)
		for id, all := range map[string]int{"a": 48, "b": 480} {
			kept := len(store.samples(t, id))
			if s := store.legs[id].Summary; s.Samples != all || s.Missing != all-kept || kept == all {
				t.Errorf("%s: %d samples, %d missing, %d kept", id, s.Samples, s.Missing, kept)
			}
		}
		if missing := store.legs["a"].Summary.Missing + store.legs["b"].Summary.Missing; e.forgotten != missing {
			t.Errorf("%d forgotten, %d missing", e.forgotten, missing)
		}
		if len(store.calls) != 1 || store.calls[0].Capture != nil || store.calls[0].Signalling.Status != 200 {
			t.Errorf("%d calls", len(store.calls))
		}
	})
}

func TestCollectorKeepsAllAtTheEnd(t *testing.T) {
	store := &shelf{}
	collecting(t, store, func(_ *testing.T, c *Collector, _ *ear) {
		c.Begin(legOf("a", 1))
		feed(c, "a", 7, 0)
	})
	if r := store.legs["a"]; r.Leg.Ended.IsZero() || !r.Leg.Dropped || r.Leg.Cause != causeShutdown || r.Summary.Samples != 2 || len(store.chunks) != 1 {
		t.Errorf("%+v", r)
	}
}

func TestCollectorHasRoomForSoManyLegs(t *testing.T) {
	collecting(t, nil, func(t *testing.T, c *Collector, e *ear) {
		c.most = 100
		for i := range c.most + 5 {
			c.Begin(Leg{ID: fmt.Sprint(i), Participant: uint32(i)})
		}
		if e.refused[RefusedFull] != 5 || len(c.Now()) != c.most {
			t.Errorf("%v", e.refused)
		}
	})
}

func TestCollectorMayBeUsedByManyAtOnce(t *testing.T) {
	store := &shelf{}
	collecting(t, store, func(t *testing.T, c *Collector, e *ear) {
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				id := fmt.Sprint(i)
				c.Begin(legOf(id, uint32(i)))
				feed(c, id, 60, 0)
				c.Now()
				c.Leg(id)
				c.Change(id, func(l *Leg) { l.Site = "Paris" })
				c.Reported(id, sampleOf(5*time.Second, 0))
				c.End(id, time.Now(), "", false)
			})
		}
		all.Wait()
		rest(10 * time.Second)
		if len(store.legs) != 20 || len(e.finished) != 20 || len(e.refused) != 0 {
			t.Errorf("%d legs, %d finished, %v", len(store.legs), len(e.finished), e.refused)
		}
		if slices.ContainsFunc(e.finished, func(r Record) bool { return r.Summary.Samples != 12 }) {
			t.Errorf("%+v", e.finished)
		}
	})
}

// BenchmarkIngest is one sample of a second, of one leg of ten thousand.
func BenchmarkIngest(b *testing.B) {
	c := NewCollector(nil, nil, slog.New(slog.DiscardHandler))
	const legs = 10_000
	ids := make([]string, legs)
	now := time.Now()
	for i := range ids {
		ids[i] = fmt.Sprint(i)
		c.Begin(Leg{ID: ids[i], Room: "r", Participant: uint32(i), Codec: "opus"})
	}
	b.ReportAllocs()
	s := alive(1)[0]
	s.Span = time.Second
	for i := range b.N {
		id := ids[i%legs]
		s.At = now.Add(time.Duration(i/legs) * ms) // as if the clock stood still
		l := c.legs[id]
		l.flow, l.lastAt = bucket{}, time.Time{}
		c.Add(id, s)
		if i%legs == 0 {
			c.collect(now)
			c.sent(Batch{})
		}
	}
}
