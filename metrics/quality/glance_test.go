package quality

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// TestGlancesLeaveTheIntervalAlone: what is kept every five seconds is the same
// to the last figure, whether somebody glanced meanwhile or not, and what the
// glances saw adds up to it.
func TestGlancesLeaveTheIntervalAlone(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 2026))
	var alone, glanced Reception
	var packets, seen uint64
	var lost, missed float64
	for i := range 3000 {
		now := at(i, random.IntN(30))
		if random.Float64() >= 0.06 {
			alone.Receive(packetOf(uint16(65000+i)), now)
			glanced.Receive(packetOf(uint16(65000+i)), now)
			if random.Float64() < 0.02 {
				alone.Discarded(1)
				glanced.Discarded(1)
			}
		}
		if i%50 == 49 {
			s, span, ok := glanced.Glance(at(i, 40))
			if !ok || i > 50 && span != time.Second || s.Jitter != glanced.Jitter() {
				t.Fatalf("packet %d: %v, %s, %+v", i, ok, span, s)
			}
			seen += s.Packets
			missed += s.Loss * float64(s.Packets)
		}
		if i%250 == 249 {
			want, got := alone.Take(at(i, 45)), glanced.Take(at(i, 45))
			if want != got {
				t.Fatalf("%+v, without glances %+v", got, want)
			}
			packets += got.Packets
			lost += got.Loss * float64(got.Packets)
		}
	}
	if seen != packets || !near(missed, lost, 1e-6) || lost < 100 {
		t.Errorf("glances saw %d packets and %.0f lost, measured were %d and %.0f", seen, missed, packets, lost)
	}
}

// TestAGlanceWaitsForWhatTells: in silence few packets come, and one of them that
// is lost makes no bad second.
func TestAGlanceWaitsForWhatTells(t *testing.T) {
	var r Reception
	if _, _, ok := r.Glance(noon); ok {
		t.Error("before anything came")
	}
	for i := range 40 { // one packet in 400 ms, each tenth lost, and all of them by twos
		now := noon.Add(time.Duration(i) * 400 * ms)
		if i%10 != 9 {
			r.Receive(packetOf(uint16(i)), now)
		}
		s, span, ok := r.Glance(now)
		if ok && (s.Packets < telling && span < patience || s.Loss > 0.1+1e-9) {
			t.Errorf("after %d packets: %+v in %s", i, s, span)
		}
	}
	if _, span, ok := r.Glance(noon.Add(time.Hour)); !ok || span < 50*time.Minute {
		t.Errorf("nothing comes: %v, %s", ok, span)
	}
}

func TestGlanceAtReports(t *testing.T) {
	var r Reported
	if s := r.Glance(noon, Sent{Packets: 50}); s.Packets != 0 {
		t.Errorf("before any report: %+v", s)
	}
	r.Report(Block{Source: 7, Highest: 100, Fraction: 64, Jitter: 9 * ms}, noon)
	for i := range 3 {
		if s := r.Glance(noon.Add(time.Duration(i+1)*time.Second), Sent{Packets: uint32(100 + 50*i)}); s.Packets != 50 || s.Loss != 0.25 || s.Jitter != 9*ms {
			t.Errorf("second %d: %+v", i, s)
		}
	}
	if s := r.Glance(noon.Add(4*time.Second), Sent{Packets: 200}); s.Packets != 0 {
		t.Errorf("nothing was sent: %+v", s)
	}
	if s := r.Glance(noon.Add(reportOverdue+time.Second), Sent{Packets: 600}); s.Packets != 0 {
		t.Errorf("the report is old: %+v", s)
	}
	if s, missing := r.Take(noon.Add(5*time.Second), 5*time.Second, Sent{Packets: 200}); missing || s.Loss != 0.25 || s.Packets != leastReported {
		t.Errorf("what is kept: %+v", s)
	}
}

// TestGlancesWarn: the class moves with every second and is told at once; the
// samples that are kept are those of five seconds, as they were measured.
func TestGlancesWarn(t *testing.T) {
	store := &shelf{}
	collecting(t, store, func(t *testing.T, c *Collector, e *ear) {
		c.Begin(legOf("a", 1))
		second := func(loss float64) Class {
			time.Sleep(time.Second)
			c.Glance("a", sampleOf(time.Second, loss))
			l, _, _ := c.Leg("a")
			return l.Class
		}
		for i, step := range []struct {
			loss float64
			want Class
		}{
			{0, Good}, {0, Good}, {0.5, Good}, {0.5, Good}, {0.5, Poor}, {0, Poor}, {0, Poor}, {0, Good}, {0, Good}, {0, Good},
		} {
			if got := second(step.loss); got != step.want {
				t.Errorf("second %d: %v, want %v", i+1, got, step.want)
			}
			if i%5 == 4 {
				time.Sleep(10 * ms)
				c.Add("a", sampleOf(5*time.Second, 0.01))
				l, _, _ := c.Leg("a")
				if l.Class != step.want || l.Sample.Said.Loss != 0.01 {
					t.Errorf("five seconds moved the warning to %v: %+v", l.Class, l.Sample)
				}
			}
		}
		if want := []Class{Good, Poor, Poor, Good, Good}; !slices.Equal(e.classes, want) {
			t.Errorf("told %v, want %v", e.classes, want)
		}
		rest(5 * time.Second) // no glance
		c.Add("a", sampleOf(5*time.Second, 0.5))
		rest(5 * time.Second)
		c.Add("a", sampleOf(5*time.Second, 0.5))
		if l, _, _ := c.Leg("a"); l.Class != Poor {
			t.Errorf("whole samples alone make it %v", l.Class)
		}
		c.End("a", time.Now(), "hung-up", false)
		c.Glance("a", sampleOf(time.Second, 0))
		c.Glance("nobody", sampleOf(time.Second, 0))
		c.Glance("a", Sample{At: time.Now(), Span: -1})
		rest(10 * time.Second)
		if s := store.samples(t, "a"); len(s) != 4 || s[0].Span != 5*time.Second || s[0].Said.Loss != 0.01 || s[3].Said.Loss != 0.5 {
			t.Errorf("kept %+v", s)
		}
		if e.refused[RefusedEnded] != 1 || e.refused[RefusedUnknown] != 1 || e.refused[RefusedNonsense] != 1 {
			t.Errorf("refused %v", e.refused)
		}
	})
}
