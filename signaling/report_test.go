package signaling_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/metrics/quality"
	"partyline/signaling"
	"partyline/signaling/wire"
)

// fine is a report in which nothing is wrong, of the last 5 s.
func fine() *wire.Stats {
	level := -31.5
	return &wire.Stats{
		Leg: "leg-1", At: time.Now().UnixMilli(), Span: 5000, RTT: 40,
		Said:  wire.Direction{Packets: 250, Loss: 0.02, Jitter: 4, Level: &level, Talking: 0.5},
		Heard: wire.Direction{Packets: 251, Concealed: 0.01, Silent: 0.1, Events: 2, Run: 40, Jitter: 6, Buffer: 60},
	}
}

// connected is a colleague with a leg.
func (w *world) connected(person string) *client {
	w.t.Helper()
	c := w.colleague(person)
	c.send(&wire.Offer{ID: c.id(), Leg: "leg-1", SDP: "v=0"})
	next[*wire.Answer](c)
	return c
}

func TestReport(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		ann := w.connected("ann")
		m := fine()
		m.Facts = &wire.Facts{Transport: "tcp", Candidate: "relay", Device: "Ann's\u202e AirPods " + strings.Repeat("x", 200)}
		m.Muted = true
		ann.send(m)
		synctest.Wait()
		if len(w.counted.reports) != 1 {
			t.Fatalf("%d reports; refused: %v", len(w.counted.reports), w.counted.n)
		}
		got := w.counted.reports[0]
		want := quality.Sample{
			At: time.Now(), Span: 5 * time.Second, RoundTrip: 40 * time.Millisecond, Marks: quality.Muted | quality.Relayed | quality.OverTCP,
			Said:  quality.Stream{Packets: 250, Loss: 0.02, Jitter: 4 * time.Millisecond, Level: -31.5, Talking: 0.5},
			Heard: quality.Stream{Packets: 251, Burst: 1.98, Concealed: 0.01, Jitter: 6 * time.Millisecond, Buffer: 60 * time.Millisecond, Level: quality.Unknown},
		}
		if diff := cmp.Diff(want, got.sample); diff != "" {
			t.Error(diff)
		}
		if (got.at != quality.Key{Room: sync1, Participant: 1, Leg: "leg-1"}) {
			t.Errorf("about %+v", got.at)
		}
		if d := got.facts.Device; !strings.HasPrefix(d, "AirPods x") || len(d) > 80 {
			t.Errorf("device %q: whose it is, or too much of it, is kept", d)
		}
	})
}

// TestReportsThatMakeNoSense are left out and counted, and end no connection,
// however many come.
func TestReportsThatMakeNoSense(t *testing.T) {
	loud := 3.0
	for name, test := range map[string]struct {
		why    string
		change func(*wire.Stats)
	}{
		"negative loss":        {"share", func(m *wire.Stats) { m.Heard.Loss = -0.1 }},
		"more lost than sent":  {"share", func(m *wire.Stats) { m.Said.Loss = 1.5 }},
		"concealed too much":   {"share", func(m *wire.Stats) { m.Heard.Concealed = 1e300 }},
		"silence beyond all":   {"share", func(m *wire.Stats) { m.Heard.Silent = 1.5 }},
		"concealed for years":  {"time", func(m *wire.Stats) { m.Heard.Run = 1e12 }},
		"fewer than no events": {"count", func(m *wire.Stats) { m.Heard.Events = -1 }},
		"negative jitter":      {"time", func(m *wire.Stats) { m.Heard.Jitter = -1 }},
		"huge round trip":      {"time", func(m *wire.Stats) { m.RTT = 1e300 }},
		"negative packets":     {"count", func(m *wire.Stats) { m.Heard.Packets = -5 }},
		"counters that jump":   {"count", func(m *wire.Stats) { m.Heard.Packets = 1 << 40 }},
		"a river of bits":      {"count", func(m *wire.Stats) { m.Said.Bitrate = 1 << 60 }},
		"louder than loud":     {"level", func(m *wire.Stats) { m.Said.Level = &loud }},
		"swinging backwards":   {"level", func(m *wire.Stats) { m.Said.Swing = -1 }},
		"no interval":          {"span", func(m *wire.Stats) { m.Span = 0 }},
		"an interval of years": {"span", func(m *wire.Stats) { m.Span = 1 << 60 }},
		"before time began":    {"clock", func(m *wire.Stats) { m.At = -1 << 60 }},
		"a leg that is not":    {"leg", func(m *wire.Stats) { m.Leg = "leg-9" }},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				ann := w.connected("ann")
				for range 12 {
					m := fine()
					test.change(m)
					ann.send(m)
					time.Sleep(5 * time.Second)
				}
				synctest.Wait()
				if n := w.counted.of("refused " + test.why); n != 12 {
					t.Errorf("%d refused: %v", n, w.counted.n)
				}
				if n := w.counted.of("reported"); n != 0 {
					t.Errorf("%d passed on", n)
				}
				ann.send(fine())
				synctest.Wait()
				if w.counted.of("reported") != 1 {
					t.Errorf("nothing is taken afterwards: %v", w.counted.n)
				}
			})
		})
	}
}

// TestBurstsOfWhatWasConcealed is the burst ratio that a browser's counters
// give, and none where they do not fit together.
func TestBurstsOfWhatWasConcealed(t *testing.T) {
	for name, test := range map[string]struct {
		concealed float64
		events    int64
		run       float64
		want      float64
	}{
		"each packet for itself":   {0.02, 5, 20, 1},
		"five packets in a row":    {0.1, 5, 100, 4.5},
		"less than a packet":       {0.01, 10, 10, 1},
		"no event":                 {0.1, 0, 100, 0},
		"nothing concealed":        {0, 5, 100, 0},
		"no time":                  {0.1, 5, 0, 0},
		"longer than there was":    {0.5, 100, 1000, 0},
		"an event for each sample": {0.1, 900, 0.02, 0},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				ann := w.connected("ann")
				m := fine()
				m.Heard.Concealed, m.Heard.Events, m.Heard.Run = test.concealed, test.events, test.run
				ann.send(m)
				synctest.Wait()
				if len(w.counted.reports) != 1 {
					t.Fatalf("%d reports; refused: %v", len(w.counted.reports), w.counted.n)
				}
				if got := w.counted.reports[0].sample.Heard.Burst; math.Abs(got-test.want) > 1e-9 {
					t.Errorf("burst ratio %g, want %g", got, test.want)
				}
			})
		})
	}
}

func TestReportsOfLegsThatEnded(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		ann := w.connected("ann")
		ann.send(&wire.DropLeg{ID: ann.id(), Leg: "leg-1"})
		next[*wire.Done](ann)
		ann.send(fine())
		ann.send(&wire.Leave{ID: ann.id()})
		next[*wire.Done](ann)
		ann.send(fine())
		synctest.Wait()
		if w.counted.of("refused leg") != 2 || w.counted.of("reported") != 0 {
			t.Errorf("counted %v", w.counted.n)
		}
	})
}

func TestFloodOfReports(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		ann := w.connected("ann")
		for range 50 {
			ann.send(fine())
		}
		synctest.Wait()
		if got, refused := w.counted.of("reported"), w.counted.of("refused flood"); got > 5 || got+refused != 50 {
			t.Errorf("%d passed on, %d refused", got, refused)
		}
		time.Sleep(10 * time.Second)
		ann.send(fine())
		synctest.Wait()
		if w.counted.of("reported") < 2 {
			t.Error("nothing is taken after the flood")
		}
	})
}

// TestClocksOfBrowsers may be wrong by anything; what counts is how late a
// report comes behind the soonest.
func TestClocksOfBrowsers(t *testing.T) {
	for _, off := range []time.Duration{0, -50 * 365 * 24 * time.Hour, 9 * time.Hour} {
		t.Run(fmt.Sprint(off), func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				ann := w.connected("ann")
				send := func(late time.Duration, jump time.Duration) {
					m := fine()
					m.At = time.Now().Add(off + jump - late).UnixMilli()
					ann.send(m)
					synctest.Wait()
				}
				behind := func() time.Duration {
					all := w.counted.reports
					return time.Since(all[len(all)-1].sample.At)
				}
				send(2*time.Second, 0)
				if b := behind(); b != 0 {
					t.Errorf("the first is %v old, although nothing tells", b)
				}
				time.Sleep(5 * time.Second)
				send(0, 0) // a shorter way
				if b := behind(); b != 0 {
					t.Errorf("the second is %v old", b)
				}
				time.Sleep(5 * time.Second)
				send(3*time.Second, 0) // held up on the way
				if b := behind(); b != 3*time.Second {
					t.Errorf("one that was held up for 3 s is %v old", b)
				}
				time.Sleep(5 * time.Second)
				send(0, -time.Hour) // somebody sets the clock
				if n := w.counted.of("refused clock"); n != 1 {
					t.Errorf("%d refused", n)
				}
				time.Sleep(5 * time.Second)
				send(0, -time.Hour)
				if b := behind(); b != 0 || len(w.counted.reports) != 4 {
					t.Errorf("after the jump: %v old, %d reports", b, len(w.counted.reports))
				}
			})
		})
	}
}

func TestJoins(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		guest := w.come(signaling.Identity{Meeting: sync1, Key: "g"})
		guest.send(&wire.Joins{Ago: 5200, Steps: []wire.Step{{Stage: "click"}}, Failed: "microphone", Cause: "denied"})
		guest.send(&wire.Joins{Ago: 900, Failed: "ice", Cause: "<script>"})
		guest.join()
		guest.send(&wire.Joins{Leg: "leg-1", Ago: 1400, Steps: []wire.Step{{Stage: "click"}, {Stage: "signalled", MS: 200}, {Stage: "heard", MS: 1400}}})
		synctest.Wait()
		all := w.counted.joins
		if len(all) != 3 {
			t.Fatalf("%d joins: %v", len(all), w.counted.n)
		}
		if j := all[0]; j.Leg != "" || j.Failed != quality.StageMicrophone || j.Cause != "denied" || !j.Began.Equal(time.Now().Add(-5200*time.Millisecond)) {
			t.Errorf("failed: %+v", j)
		}
		if all[1].Cause != "other" {
			t.Errorf("a cause of one's own: %q", all[1].Cause)
		}
		if j := all[2]; len(j.Leg) != 36 || j.Failed != "" || len(j.Steps) != 3 || j.Steps[1] != (quality.Step{Stage: quality.StageSignalled, After: 200 * time.Millisecond}) {
			t.Errorf("came: %+v", j)
		}
		for _, m := range []*wire.Joins{
			{Ago: -1},
			{Ago: 1 << 50},
			{Failed: "bliss"},
			{Steps: []wire.Step{{Stage: "bliss"}}},
			{Steps: []wire.Step{{Stage: "click", MS: -1}}},
			{Steps: []wire.Step{{Stage: "ice"}, {Stage: "click"}}},
			{Steps: []wire.Step{{Stage: "ice"}, {Stage: "ice"}}},
		} {
			time.Sleep(3 * time.Second)
			guest.send(m)
		}
		synctest.Wait()
		if n := w.counted.of("refused stage"); n != 7 {
			t.Errorf("%d of 7 refused", n)
		}
	})
}

// nurse is a signaling.Health.
type nurse struct {
	mu    sync.Mutex
	asked int
	rated []string
	err   error
}

func (n *nurse) Present(context.Context) wire.Present {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked++
	return wire.Present{MeetingsAll: n.asked, Meetings: []wire.PresentMeeting{}, Worst: []wire.PresentLeg{}, Trunks: []wire.PresentTrunk{}}
}

func (n *nurse) Rate(_ context.Context, visit string, stars int, reasons []string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.rated = append(n.rated, fmt.Sprint(len(visit), stars, reasons))
	return n.err
}

func (n *nurse) times() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.asked
}

func TestRating(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		ann := w.come(signaling.Identity{Person: "ann", Name: "Ann"})
		rate := func() *wire.Rating { return &wire.Rating{ID: ann.id(), Stars: 2, Reasons: []string{"echo"}} }
		if code := ann.fails(rate()); code != wire.CodeUnavailable {
			t.Errorf("nobody to rate for: %s", code)
		}
		n := &nurse{}
		w.server.AskHealth(n)
		if code := ann.fails(rate()); code != wire.CodeNotJoined {
			t.Errorf("before a meeting: %s", code)
		}
		ann.join()
		ann.send(&wire.Leave{ID: ann.id()})
		next[*wire.Done](ann)
		ann.send(rate())
		next[*wire.Done](ann)
		if diff := cmp.Diff([]string{"36 2 [echo]"}, n.rated); diff != "" {
			t.Error(diff)
		}
		n.err = errors.New("disk full")
		if code := ann.fails(rate()); code != wire.CodeInternal {
			t.Errorf("could not be kept: %s", code)
		}
	})
}

// TestWatch shows admins how everything fares at once and every 2 s, and nobody
// is asked when nobody watches.
func TestWatch(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		n := &nurse{}
		w.server.AskHealth(n)
		bob := w.come(signaling.Identity{Person: "bob", Name: "Bob"})
		if code := bob.fails(&wire.Watch{ID: bob.id(), Now: true}); code != wire.CodeNotAllowed {
			t.Errorf("no admin: %s", code)
		}
		ann := w.come(signaling.Identity{Person: "ann", Name: "Ann", Admin: true})
		time.Sleep(time.Minute)
		if n.times() != 0 {
			t.Fatal("asked although nobody watches")
		}
		ann.send(&wire.Watch{ID: ann.id(), Now: true})
		next[*wire.Done](ann)
		for want := 1; want <= 3; want++ {
			begun := time.Now()
			if got := next[*wire.Now](ann).Now.MeetingsAll; got != want {
				t.Fatalf("picture %d, want %d", got, want)
			}
			if took := time.Since(begun); took > 2*time.Second {
				t.Errorf("a picture took %v", took)
			}
		}
		ann.send(&wire.Watch{ID: ann.id()})
		next[*wire.Done](ann)
		asked := n.times()
		time.Sleep(time.Minute)
		if n.times() != asked {
			t.Error("asked on although nobody watches any more")
		}
		ann.send(&wire.Watch{ID: ann.id(), Now: true})
		next[*wire.Now](ann)
		ann.conn.Close() // and does not come back
		time.Sleep(time.Minute)
		synctest.Wait()
		asked = n.times()
		time.Sleep(time.Minute)
		if n.times() != asked {
			t.Error("asked on although whoever watched is gone")
		}
	})
}

func TestFareAndHint(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		ann, bob := w.connected("ann"), w.colleague("bob")
		at := quality.Key{Room: sync1, Participant: 1, Leg: "leg-1"}
		w.server.TellFare(at, wire.Fare{Class: "poor", Because: []string{"loss"}, Side: "said", Loss: 0.14})
		w.server.TellHint(at, wire.Hint{About: wire.HintEcho, With: 2})
		w.server.TellHint(quality.Key{Room: "no such room", Participant: 1}, wire.Hint{About: wire.HintNoise})
		w.server.TellHint(quality.Key{Room: sync1, Participant: 9}, wire.Hint{About: wire.HintNoise})
		if f := next[*wire.Fare](ann); f.Leg != "leg-1" || f.Loss != 0.14 {
			t.Errorf("fare %+v", f)
		}
		if h := next[*wire.Hint](ann); h.About != wire.HintEcho || h.With != 2 {
			t.Errorf("hint %+v", h)
		}
		for _, kind := range bob.waiting() {
			if kind == "fare" || kind == "hint" {
				t.Errorf("somebody else got a %s", kind)
			}
		}
	})
}
