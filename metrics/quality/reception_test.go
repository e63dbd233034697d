package quality

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// send has a Reception receive packets of 20 ms from number first on, each
// late by the milliseconds that late tells; a negative one is lost.
func send(r *Reception, first uint16, late ...int) {
	for i, l := range late {
		if l >= 0 {
			r.Receive(packetOf(first+uint16(i)), at(i, l))
		}
	}
}

func packetOf(sequence uint16) Packet {
	return Packet{Source: 7, Sequence: sequence, Timestamp: uint32(sequence) * 160, Clock: 8000, Octets: 160}
}

// at is when the i-th packet comes that is late by some milliseconds.
func at(i, late int) time.Time { return noon.Add(time.Duration(20*i+late) * time.Millisecond) }

// quiet is long after the n-th packet, so that every fate is decided.
func quiet(n int) time.Time { return at(n, 1000) }

func near(got, want, tolerance float64) bool { return math.Abs(got-want) <= tolerance }

const gone = -1

func TestReceptionCountsLoss(t *testing.T) {
	for _, c := range []struct {
		name  string
		late  []int
		loss  float64
		gap   int
		burst float64
	}{
		{"all there", []int{0, 0, 0, 0}, 0, 0, 0},
		{"one lost", []int{0, gone, 0, 0}, 0.25, 1, 1},
		{"two runs", []int{0, gone, gone, gone, 0, gone, 0, 0, 0, 0}, 0.4, 3, 2 * 0.6},
		{"the last ones are not missed", []int{0, 0, gone, gone}, 0, 0, 0},
	} {
		for _, first := range []uint16{5, 65533} { // the second wraps
			var r Reception
			send(&r, first, c.late...)
			s := r.Take(quiet(len(c.late)))
			if !near(s.Loss, c.loss, 1e-9) || s.Gap != c.gap || !near(s.Burst, c.burst, 1e-9) {
				t.Errorf("%s from %d: %+v", c.name, first, s)
			}
			if again := r.Take(quiet(len(c.late))); again.Packets != 0 || again.Loss != 0 {
				t.Errorf("%s: the next interval %+v", c.name, again)
			}
		}
	}
}

func TestReceptionTellsOvertakenFromLost(t *testing.T) {
	var r Reception
	for i, sequence := range []uint16{0, 1, 3, 4, 2, 5, 5, 5, 6} {
		if fresh := r.Receive(packetOf(sequence), at(i, 0)); fresh != (i != 6 && i != 7) {
			t.Errorf("packet %d is new: %v", i, fresh)
		}
	}
	if s := r.Take(quiet(9)); s.Packets != 7 || s.Loss != 0 || s.Reordered != 1 || s.Duplicated != 2 {
		t.Errorf("%+v", s)
	}
}

// A packet that comes when it has been given up was not lost, but of no use.
func TestReceptionTellsLateFromLost(t *testing.T) {
	var r Reception
	for i := range 40 {
		if i != 3 {
			r.Receive(packetOf(uint16(i)), at(i, 0))
		}
	}
	r.Receive(packetOf(3), at(40, 0))
	r.Receive(packetOf(3), at(40, 1))
	if s := r.Take(quiet(41)); s.Packets != 40 || s.Loss != 0 || s.Late != 1 || s.Reordered != 1 || s.Duplicated != 1 {
		t.Errorf("%+v", s)
	}
	if totals := r.Totals(); totals.Received != 40 || totals.Lost != 0 {
		t.Errorf("%+v", totals)
	}
}

func TestReceptionKeepsTheNewestForLater(t *testing.T) {
	var r Reception
	send(&r, 0, make([]int, 250)...)
	if s := r.Take(at(250, 0)); s.Packets != 250-settle {
		t.Errorf("%d packets", s.Packets)
	}
	if s := r.Take(quiet(250)); s.Packets != settle {
		t.Errorf("%d packets left", s.Packets)
	}
}

// A run of lost packets that an interval begins with is one of its runs as well.
func TestReceptionAcrossIntervals(t *testing.T) {
	late := make([]int, 100)
	for i := 40; i < 60; i++ {
		late[i] = gone
	}
	var r Reception
	send(&r, 0, late[:50+settle]...)
	first := r.Take(at(50+settle, 0))
	for i := 50 + settle; i < 100; i++ {
		r.Receive(packetOf(uint16(i)), at(i, 0))
	}
	second := r.Take(quiet(100))
	if first.Packets+second.Packets != 100 || first.Loss == 0 || second.Loss == 0 || second.Burst < 5 || second.Gap != 20 {
		t.Errorf("%+v\n%+v", first, second)
	}
}

func TestReceptionMeasuresRandomAndBurstyLoss(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct{ p, q, loss, burst float64 }{ // received to lost, lost to received
		{0.05, 0.95, 0.05, 1},
		{0.10, 0.90, 0.10, 1},
		{0.0333, 0.30, 0.10, 3},
		{0.01, 0.15, 0.0625, 6.25},
	} {
		var r Reception
		const packets = 60000
		bad := false
		for i := range packets {
			if bad = random.Float64() < c.p && !bad || bad && random.Float64() >= c.q; !bad {
				r.Receive(packetOf(uint16(i)), at(i, 0))
			}
		}
		if s := r.Take(quiet(packets)); !near(s.Loss, c.loss, 0.005) || !near(s.Burst/c.burst, 1, 0.08) {
			t.Errorf("%+v: loss %.4f, burst ratio %.2f", c, s.Loss, s.Burst)
		}
	}
}

// The example: in 200 packets, a burst of 5 losses over 9 packets, and two
// losses by themselves.
func TestReceptionTellsBurstsFromGaps(t *testing.T) {
	late := make([]int, 200)
	for _, i := range []int{20, 60, 62, 63, 66, 68, 150} {
		late[i] = gone
	}
	var r Reception
	send(&r, 0, late...)
	r.Take(quiet(200))
	want := Bursts{Count: 1, Density: 5. / 9, GapDensity: 2. / 191, MeanPackets: 9, MeanGap: 191. / 2}
	if got := r.Bursts(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestReceptionSeparatesBurstsByGmin(t *testing.T) {
	for distance, bursts := range map[int]int{2: 1, 15: 1, 16: 1, 17: 0, 30: 0} { // 17: 16 came in between
		b := newBursts(distance)
		if f := b.figures(); f.Count != bursts {
			t.Errorf("two losses %d apart are %d bursts", distance, f.Count)
		}
	}
}

func newBursts(distance int) (b bursts) {
	b.packet(true)
	for range distance - 1 {
		b.packet(false)
	}
	b.packet(true)
	return b
}

func TestReceptionMeasuresJitter(t *testing.T) {
	var r Reception
	for i := range 300 { // number and timestamp wrap on the way
		p := packetOf(uint16(65500 + i))
		p.Timestamp = uint32(1<<32 - 160*200 + 160*i)
		r.Receive(p, at(i, i%2*10))
	}
	s := r.Take(quiet(300))
	if j := s.Jitter.Seconds() * 1000; !near(j, 10, 0.1) {
		t.Errorf("jitter %s", s.Jitter)
	}
	if s.Spread != 10*time.Millisecond {
		t.Errorf("spread %s", s.Spread)
	}
	if report, ok := r.Report(); !ok || report.Jitter < 79 || report.Jitter > 80 {
		t.Errorf("%+v", report)
	}
}

func TestReceptionMeasuresSpreadOfManyPackets(t *testing.T) {
	var r Reception
	random := rand.New(rand.NewPCG(3, 4))
	late := make([]int, 3000)
	for i := range late {
		late[i] = random.IntN(41)
	}
	send(&r, 0, late...)
	if s := r.Take(quiet(3000)); s.Spread < 35*time.Millisecond || s.Spread > 40*time.Millisecond {
		t.Errorf("spread %s, want about 38ms", s.Spread)
	}
}

func TestReceptionLeavesKeysOutOfTheJitter(t *testing.T) {
	var r Reception
	for i := range 100 {
		p := packetOf(uint16(i))
		if i >= 50 && i < 60 {
			p.Timestamp, p.Clock = 50*160, 0
		}
		r.Receive(p, at(i, 0))
	}
	if s := r.Take(quiet(100)); s.Jitter != 0 || s.Packets != 100 {
		t.Errorf("%+v", s)
	}
}

func TestReceptionForgetsALeapOfTheTimestamp(t *testing.T) {
	var r Reception
	for i := range 200 {
		p := packetOf(uint16(i))
		if i >= 100 {
			p.Timestamp += 1 << 30
		}
		if i >= 150 { // another codec
			p.Clock, p.Timestamp = 48000, uint32(i)*960
		}
		r.Receive(p, at(i, 0))
	}
	if s := r.Take(quiet(200)); s.Jitter != 0 || s.Spread != 0 {
		t.Errorf("jitter %s, spread %s", s.Jitter, s.Spread)
	}
}

func TestReceptionAcrossSources(t *testing.T) {
	var r Reception
	send(&r, 100, 0, gone, 0, 0)
	for i := range 4 {
		p := packetOf(uint16(9000 + i))
		p.Source = 8
		r.Receive(p, at(4+i, 0))
	}
	if s := r.Take(quiet(8)); s.Packets != 8 || s.Loss != 0.125 || s.Bitrate == 0 {
		t.Errorf("%+v", s)
	}
	if totals := r.Totals(); totals != (Totals{Received: 7, Lost: 1, Sources: 2}) {
		t.Errorf("%+v", totals)
	}
	if report, _ := r.Report(); report.Source != 8 || report.Lost != 0 || report.Highest != 1<<16|9003 {
		t.Errorf("%+v", report)
	}
}

func TestReceptionIgnoresStraysAndFollowsANewCounting(t *testing.T) {
	var r Reception
	send(&r, 100, 0, 0, 0, 0)
	if r.Receive(packetOf(30000), at(4, 0)) {
		t.Error("a stray counts")
	}
	send(&r, 104, 0, 0)
	if totals := r.Totals(); totals != (Totals{Received: 6, Strays: 1, Sources: 1}) {
		t.Errorf("%+v", totals)
	}
	send(&r, 40000, 0, 0, 0)
	if totals := r.Totals(); totals != (Totals{Received: 9, Strays: 1, Sources: 2}) {
		t.Errorf("a new counting: %+v", totals)
	}
	if s := r.Take(quiet(9)); s.Packets != 9 || s.Loss != 0 {
		t.Errorf("%+v", s)
	}
}

func TestReceptionReports(t *testing.T) {
	var r Reception
	if _, ok := r.Report(); ok {
		t.Error("a report of nothing")
	}
	send(&r, 65534, 0, gone, gone, 0)
	report, ok := r.Report()
	if want := (Report{Source: 7, Expected: 4, Missing: 2, Fraction: 128, Lost: 2, Highest: 2<<16 | 1, Run: 2}); !ok || report != want {
		t.Errorf("%+v, want %+v", report, want)
	}
	send(&r, 2, 0, 0)
	if report, _ = r.Report(); report.Expected != 2 || report.Missing != 0 || report.Fraction != 0 || report.Lost != 2 {
		t.Errorf("the next one: %+v", report)
	}
}

func FuzzReception(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 0, 2, 9, 9, 200, 1, 200, 2})
	f.Add([]byte{255, 255, 0, 0, 0, 0, 255, 250, 128, 0, 128, 1})
	f.Fuzz(func(t *testing.T, input []byte) {
		var r Reception
		now := noon
		for len(input) >= 3 {
			p := packetOf(uint16(input[0])<<8 | uint16(input[1]))
			p.Source = uint32(input[2] & 1)
			p.Clock = int(input[2]>>1&3) * 8000
			p.Timestamp *= uint32(input[2])
			now = now.Add(time.Duration(input[2]) * time.Millisecond)
			r.Receive(p, now)
			input = input[3:]
			if len(input)%7 == 0 {
				r.Report()
				if s := r.Take(now); s.Loss < 0 || s.Loss > 1 || s.Burst < 0 || s.Jitter < 0 || s.Spread < 0 || math.IsNaN(s.Loss) {
					t.Fatalf("%+v", s)
				}
			}
		}
		r.Bursts()
	})
}

func BenchmarkReception(b *testing.B) {
	var r Reception
	b.ReportAllocs()
	for i := range b.N {
		r.Receive(packetOf(uint16(i)), at(i, i%7))
		if i%250 == 249 {
			r.Take(at(i, 0))
		}
	}
}
