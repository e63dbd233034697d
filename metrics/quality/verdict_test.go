package quality

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// path is one direction of a leg's network.
type path struct {
	loss   float64       // share of packets
	burst  float64       // mean run of lost packets, 1 for random
	jitter time.Duration // standard deviation of the delay
	delay  time.Duration
}

// trouble is what is wrong with a leg for a while, as it is seeded.
type trouble struct {
	leg      string
	from, to time.Duration
	up, down path
	mend     func(s *Sample) // what does not come from the network
}

// scene is a simulated meeting of ten minutes.
type scene struct {
	t        *testing.T
	r        *rand.Rand
	legs     []Leg
	troubles []trouble
}

var sceneBegan = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

const sceneLength = 10 * time.Minute

func newScene(t *testing.T, seed uint64, legs ...string) *scene {
	s := &scene{t: t, r: rand.New(rand.NewPCG(seed, 12))}
	for _, id := range legs {
		l := Leg{ID: id, Kind: Browser, Codec: "opus", Wideband: true, Began: sceneBegan}
		if kind, trunk, phone := strings.Cut(id, "@"); phone {
			l.ID, l.Kind, l.Trunk, l.Codec, l.Wideband = kind, Phone, trunk, "PCMA", false
		}
		s.legs = append(s.legs, l)
	}
	return s
}

// run sends every packet of every leg, in both directions, through its network
// into the gauge that a server has, and takes a sample every 5 s.
func (s *scene) run() []Lane {
	lanes := make([]Lane, len(s.legs))
	lost := make([]map[int]bool, len(s.legs)) // packets of the speakers that never reached us
	for i, leg := range s.legs {
		lost[i] = make(map[int]bool)
		lanes[i] = Lane{Leg: leg}
		lanes[i].Samples = s.samples(leg, func(tr *trouble) path { return tr.up }, func(n int) { lost[i][n] = true }, nil)
	}
	for i, leg := range s.legs {
		heard := s.samples(leg, func(tr *trouble) path { return tr.down }, func(int) {}, func(n int) bool {
			speaker := n / 250 % len(s.legs) // they take turns of five seconds
			return leg.Kind == Browser && s.legs[speaker].Kind == Browser && speaker != i && lost[speaker][n]
		})
		for j := range heard {
			sample := &lanes[i].Samples[j]
			sample.Heard, sample.Said.Level, sample.Said.Swing = heard[j].Said, -30, 12
			sample.RoundTrip += heard[j].RoundTrip
			sample.Said.Talking = 0.5
			for k := range s.troubles {
				if tr := &s.troubles[k]; tr.leg == leg.ID && tr.mend != nil && tr.during(sample.At.Sub(sceneBegan)-time.Second) {
					tr.mend(sample)
				}
			}
		}
	}
	return lanes
}

func (t *trouble) during(at time.Duration) bool { return at >= t.from && at < t.to }

func (s *scene) pathAt(leg string, at time.Duration, side func(*trouble) path) path {
	p := path{jitter: 3 * time.Millisecond, delay: 20 * time.Millisecond, loss: 0.002, burst: 1}
	for i := range s.troubles {
		if tr := &s.troubles[i]; tr.leg == leg && tr.during(at) {
			if bad := side(tr); bad != (path{}) {
				p.loss, p.burst = max(p.loss, bad.loss), max(p.burst, bad.burst)
				p.jitter, p.delay = max(p.jitter, bad.jitter), max(p.delay, bad.delay)
			}
		}
	}
	return p
}

// samples are of one direction; gone are packets that were never there to send.
func (s *scene) samples(leg Leg, side func(*trouble) path, lose func(n int), gone func(n int) bool) []Sample {
	const frame = 20 * time.Millisecond
	type arrival struct {
		n  int
		at time.Time
	}
	var arrivals []arrival
	losing := false
	for n := range int(sceneLength / frame) {
		at := time.Duration(n) * frame
		p := s.pathAt(leg.ID, at, side)
		losing = s.loses(losing, p)
		if losing {
			lose(n)
		}
		if losing || gone != nil && gone(n) {
			continue
		}
		late := time.Duration(math.Abs(s.r.NormFloat64()) * float64(p.jitter) * 1.6)
		arrivals = append(arrivals, arrival{n, sceneBegan.Add(at + p.delay + late)})
	}
	slices.SortStableFunc(arrivals, func(a, b arrival) int { return a.at.Compare(b.at) })
	var samples []Sample
	var gauge Reception
	next := sceneBegan.Add(5 * time.Second)
	take := func() {
		p := s.pathAt(leg.ID, next.Sub(sceneBegan)-time.Second, side)
		samples = append(samples, Sample{At: next, Span: 5 * time.Second, Said: gauge.Take(next), RoundTrip: p.delay})
		next = next.Add(5 * time.Second)
	}
	for _, a := range arrivals {
		for a.at.After(next) {
			take()
		}
		gauge.Receive(Packet{Source: 7, Sequence: uint16(a.n), Timestamp: uint32(a.n * 160), Clock: 8000, Octets: 160}, a.at)
	}
	for next.Sub(sceneBegan) <= sceneLength {
		take()
	}
	return samples
}

// loses is Gilbert's model with a mean run of lost packets.
func (s *scene) loses(losing bool, p path) bool {
	if p.burst <= 1 {
		return s.r.Float64() < p.loss
	}
	if losing {
		return s.r.Float64() >= 1/p.burst
	}
	return s.r.Float64() < p.loss/(1-p.loss)/p.burst
}

// Twelve faults are seeded into meetings of five; the first finding has to name
// the right leg, way and cause, and where in time it was.
func TestTwelveFaults(t *testing.T) {
	const minute = time.Minute
	named := 0
	for i, c := range []struct {
		name    string
		trouble []trouble
		fault   Fault
		leg     string // empty: any
		way     Way
	}{
		{"random loss on an uplink", []trouble{{leg: "b1", from: 3 * minute, to: 5 * minute, up: path{loss: 0.14}}}, UplinkLoss, "b1", WaySaid},
		{"bursts on an uplink", []trouble{{leg: "b2", from: 2 * minute, to: 4 * minute, up: path{loss: 0.08, burst: 6}}}, UplinkLoss, "b2", WaySaid},
		{"loss on a downlink", []trouble{{leg: "b1", from: 6 * minute, to: 7 * minute, down: path{loss: 0.10}}}, DownlinkLoss, "b1", WayHeard},
		{"jitter", []trouble{{leg: "b3", from: minute, to: 3 * minute, up: path{jitter: 60 * time.Millisecond}}}, HighJitter, "b3", WaySaid},
		{"a long way", []trouble{{leg: "b2", to: sceneLength, up: path{delay: 350 * time.Millisecond}, down: path{delay: 250 * time.Millisecond}}}, HighDelay, "b2", WayHeard},
		{"TCP", []trouble{{
			leg: "b1", from: 4 * minute, to: 6 * minute, down: path{delay: 400 * time.Millisecond, jitter: 80 * time.Millisecond},
			mend: func(s *Sample) { s.Marks |= OverTCP },
		}}, Detour, "b1", WayHeard},
		{"a dead microphone", []trouble{{leg: "b3", to: sceneLength, mend: func(s *Sample) { s.Said.Level, s.Said.Swing, s.Said.Talking = -127, 0, 0 }}}, DeadMicrophone, "b3", WaySaid},
		{"a microphone that is too loud", []trouble{{leg: "b2", from: minute, to: 9 * minute, mend: func(s *Sample) { s.Said.Level, s.Said.Clipped = -5, 0.06 }}}, Clipping, "b2", WaySaid},
		{"one-way audio", []trouble{{leg: "p1", from: 2 * minute, to: 4 * minute, up: path{loss: 1}}}, OneWay, "p1", WaySaid},
		{"a carrier that loses", []trouble{
			{leg: "p1", from: 5 * minute, to: 7 * minute, up: path{loss: 0.07}},
			{leg: "p2", from: 5 * minute, to: 7 * minute, up: path{loss: 0.09}},
		}, CarrierFault, "p2", WaySaid},
		{"a carrier that jitters on one call", []trouble{{leg: "p1", from: minute, to: 4 * minute, up: path{jitter: 70 * time.Millisecond}}}, CarrierFault, "p1", WaySaid},
		{"a server that is overloaded", []trouble{
			{leg: "b1", from: 3 * minute, to: 4 * minute, mend: late},
			{leg: "b2", from: 3 * minute, to: 4 * minute, mend: late},
			{leg: "b3", from: 3 * minute, to: 4 * minute, mend: late},
			{leg: "p1", from: 3 * minute, to: 4 * minute, mend: late},
			{leg: "p2", from: 3 * minute, to: 4 * minute, mend: late},
		}, ServerOverload, "", WayHeard},
	} {
		s := newScene(t, uint64(i), "b1", "b2", "b3", "p1@trunk", "p2@trunk")
		s.troubles = c.trouble
		v := Judge(s.run())
		if len(v.Findings) == 0 {
			t.Logf("%s: nothing found", c.name)
			continue
		}
		f := v.Findings[0]
		first := c.trouble[0]
		from, to := f.From.Sub(sceneBegan), f.To.Sub(sceneBegan)
		timely := (from-first.from).Abs() <= 10*time.Second && (to-first.to).Abs() <= 10*time.Second
		if f.Fault == c.fault && f.Way == c.way && (c.leg == "" || f.Leg == c.leg) && timely {
			named++
		} else {
			t.Logf("%s: %s", c.name, describe(&f))
		}
		for _, f := range v.Findings[1:] {
			t.Logf("%s: beside it %s", c.name, describe(&f))
		}
	}
	if named < 11 {
		t.Errorf("%d of 12 faults named", named)
	}
}

func late(s *Sample) { s.Marks |= Overloaded; s.Heard.Jitter = 60 * time.Millisecond }

func describe(f *Finding) string {
	return fmt.Sprintf("%s (%s) of %s %s, %v to %v, %.3f, with %v", f.Fault, f.Symptom, f.Leg, f.Way,
		f.From.Sub(sceneBegan), f.To.Sub(sceneBegan), f.Mean, f.Others)
}

// Nothing is found where nothing was wrong, and what lasts a moment is nothing.
func TestNothingIsFound(t *testing.T) {
	for seed := range uint64(20) {
		s := newScene(t, 100+seed, "b1", "b2", "b3", "p1@trunk", "p2@trunk")
		s.troubles = []trouble{{leg: "b1", from: 20 * time.Second, to: 21 * time.Second, up: path{loss: 0.5}}}
		if v := Judge(s.run()); len(v.Findings) > 0 {
			t.Errorf("found: %s", describe(&v.Findings[0]))
		}
	}
}

// What never reached the server is the speaker's fault, not that of each
// listener's network, which report it as well.
func TestListenersAreNotBlamed(t *testing.T) {
	s := newScene(t, 50, "b1", "b2", "b3")
	s.troubles = []trouble{{leg: "b1", from: time.Minute, to: 4 * time.Minute, up: path{loss: 0.3}}}
	v := Judge(s.run())
	if len(v.Findings) != 1 || v.Findings[0].Leg != "b1" || !v.Findings[0].Alone || v.Affected != 1 {
		for i := range v.Findings {
			t.Error(describe(&v.Findings[i]))
		}
	}
}

// Muted people and holes in the samples are no fault.
func TestMutedIsNoFault(t *testing.T) {
	lane := Lane{Leg: Leg{ID: "b", Kind: Browser}}
	for i := range 60 {
		lane.Samples = append(lane.Samples, Sample{
			At: sceneBegan.Add(time.Duration(i) * 5 * time.Second), Span: 5 * time.Second, Marks: Muted | Missing, Heard: Stream{Loss: 1},
		})
	}
	v := Judge([]Lane{lane})
	if len(v.Findings) > 0 || v.Missing != 1 {
		t.Errorf("%+v", v)
	}
}
