package leg

import (
	"context"
	"log/slog"
	"math"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"testing"
	"time"
	"unsafe"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"partyline/metrics/quality"
	"partyline/sfu/audio"
	"partyline/sip/internal/dtmf"
	"partyline/sip/internal/offer"
)

// impairment is a bad network of which everything is known: packets get lost by
// a chain of two states (Gilbert), or come late by an equal chance.
type impairment struct {
	loss   float64 // share of packets
	run    float64 // mean length of runs of lost packets
	delay  time.Duration
	jitter time.Duration // from nothing to this, on top
	seed   uint64
}

// truth is what became of the packets.
type truth struct {
	loss, burst float64
	gap         int
	jitter      time.Duration // RFC 3550 by its definition
}

// arrivalOf is a packet's number and when it comes.
type arrivalOf struct {
	packet int
	at     time.Duration
}

// send takes n packets of 20 ms over the network.
func (n impairment) send(packets int) (arrivals []arrivalOf, t truth) {
	random := rand.New(rand.NewPCG(n.seed, 2026))
	lost, runs, run := 0, 0, 0
	for i := range packets {
		chance := n.loss / (1 - n.loss) / n.run // to begin a run
		if run > 0 {
			chance = 1 - 1/n.run // to go on
		}
		if i > 0 && i < packets-20 && random.Float64() < chance {
			if lost++; run == 0 {
				runs++
			}
			run++
			t.gap = max(t.gap, run)
			continue
		}
		run = 0
		late := n.delay
		if n.jitter > 0 {
			late += time.Duration(random.Int64N(int64(n.jitter)))
		}
		arrivals = append(arrivals, arrivalOf{i, time.Duration(i)*20*time.Millisecond + late})
	}
	slices.SortStableFunc(arrivals, func(a, b arrivalOf) int { return int(a.at - b.at) })
	t.loss = float64(lost) / float64(packets)
	if runs > 0 {
		t.burst = max(1, float64(lost)/float64(runs)*(1-t.loss))
	}
	var jitter, before float64
	for i, a := range arrivals {
		transit := (a.at - time.Duration(a.packet)*20*time.Millisecond).Seconds()
		if i > 0 {
			jitter += (math.Abs(transit-before) - jitter) / 16
		}
		before = transit
	}
	t.jitter = time.Duration(jitter * float64(time.Second))
	return arrivals, t
}

var networks = map[string]impairment{
	"nothing wrong":    {run: 1, seed: 1},
	"1 % at random":    {loss: 0.01, run: 1, seed: 2},
	"5 % at random":    {loss: 0.05, run: 1, jitter: 20 * time.Millisecond, seed: 3},
	"15 % in bursts":   {loss: 0.15, run: 4, seed: 4},
	"10 ms of jitter":  {run: 1, jitter: 30 * time.Millisecond, seed: 5},
	"60 ms of jitter":  {run: 1, jitter: 180 * time.Millisecond, delay: 200 * time.Millisecond, seed: 6},
	"all of it":        {loss: 0.08, run: 3, jitter: 60 * time.Millisecond, delay: 80 * time.Millisecond, seed: 7},
	"30 % in bursts":   {loss: 0.30, run: 6, jitter: 10 * time.Millisecond, seed: 8},
	"0.4 % at random":  {loss: 0.004, run: 1, seed: 9},
	"a second's delay": {delay: time.Second, run: 1, seed: 10},
}

// agreedLeg is a leg without a network, that has agreed with its peer.
func agreedLeg() *Leg {
	l := &Leg{digits: make(chan dtmf.Digit, 64), log: slog.New(slog.DiscardHandler)}
	media := g711(phone, 101)
	media.Mux = true
	media.Extended.Metrics, media.Extended.Summary = true, true
	l.Agree(media)
	return l
}

var phone = netip.MustParseAddrPort("192.0.2.1:4000")

// TestMeasuredAgainstTheNetwork holds what is measured of a phone's packets
// against what the network did to them.
func TestMeasuredAgainstTheNetwork(t *testing.T) {
	for name, n := range networks {
		t.Run(name, func(t *testing.T) {
			l := agreedLeg()
			start := time.Unix(1_700_000_000, 0)
			l.interval.began = start
			arrivals, truth := n.send(3000)
			var p rtp.Packet
			for _, a := range arrivals {
				data := marshal(t, rtp.Packet{Header: rtp.Header{
					Version: 2, SequenceNumber: uint16(64000 + a.packet), Timestamp: uint32(a.packet * 160), SSRC: 7,
				}, Payload: make([]byte, 160)})
				l.datagram(&p, data, phone, start.Add(a.at), func(audio.Packet) {})
			}
			said := l.Measure(start.Add(62 * time.Second)).Said
			if said.Packets < 2990 || said.Packets > 3000 || math.Abs(said.Loss-truth.loss) > 0.005 || said.Gap != truth.gap {
				t.Errorf("%d packets, %.2f %% lost, %d in a row; want 3000, %.2f %%, %d", said.Packets, 100*said.Loss, said.Gap, 100*truth.loss, truth.gap)
			}
			if truth.burst > 0 && math.Abs(said.Burst-truth.burst) > truth.burst/5 {
				t.Errorf("burst ratio %.2f, want %.2f", said.Burst, truth.burst)
			}
			if d := (said.Jitter - truth.jitter).Abs(); d > truth.jitter/5+100*time.Microsecond {
				t.Errorf("jitter %v, want %v", said.Jitter, truth.jitter)
			}
			if want := n.jitter * 95 / 100; said.Spread < want*9/10-time.Millisecond || said.Spread > n.jitter+time.Millisecond {
				t.Errorf("spread %v of up to %v", said.Spread, n.jitter)
			}
			if said.Bitrate < int(62000*(1-truth.loss))-2000 || said.Bitrate > 64000 {
				t.Errorf("%d bit/s", said.Bitrate)
			}
		})
	}
}

// TestGlancesAtALeg looks at a phone every second while keys are pressed and
// packets get lost; what is measured afterwards knows nothing of that.
func TestGlancesAtALeg(t *testing.T) {
	l := agreedLeg()
	start := time.Unix(1_700_000_000, 0)
	l.interval.began = start
	var p rtp.Packet
	var packets, lost float64
	var keyed time.Duration
	for i := range 500 {
		header := rtp.Header{Version: 2, SequenceNumber: uint16(65400 + i), Timestamp: uint32(i * 160), SSRC: 7}
		payload := make([]byte, 160)
		if i >= 100 && i < 110 {
			header.PayloadType, header.Timestamp, payload = 101, 16000, []byte{5, 10, 0, 160}
		}
		if i%10 != 7 || i >= 100 && i < 110 {
			l.datagram(&p, marshal(t, rtp.Packet{Header: header, Payload: payload}), phone, start.Add(time.Duration(i)*20*time.Millisecond), func(audio.Packet) {})
		}
		if i%50 == 49 {
			now := start.Add(time.Duration(i+1) * 20 * time.Millisecond)
			s, down, ok := l.Glance(now)
			if !ok || !s.At.Equal(now) || s.Span != time.Second || s.Said.Packets == 0 {
				t.Errorf("after %d packets: %v, %+v", i+1, ok, s)
			}
			packets += float64(s.Said.Packets)
			lost += s.Said.Loss * float64(s.Said.Packets)
			keyed += down
		}
	}
	if math.Abs(lost/packets-0.1) > 0.005 || keyed != 200*time.Millisecond {
		t.Errorf("%.1f %% of %.0f lost, keys for %s", 100*lost/packets, packets, keyed)
	}
	s := l.Measure(start.Add(11 * time.Second))
	if s.Said.Packets != 500 || math.Abs(s.Said.Loss-0.098) > 1e-9 || s.Span != 11*time.Second || l.Keyed() != 200*time.Millisecond {
		t.Errorf("measured %+v, keys for %s", s, l.Keyed())
	}
}

// TestReportedByThePhone holds what a phone's reports become against what they
// said, and the round trip against the way there and back.
func TestReportedByThePhone(t *testing.T) {
	l := agreedLeg()
	l.sender.ssrc, l.sender.clock = 99, 8000
	now := time.Unix(1_700_000_000, 0)
	l.interval.began = now
	trip, hold := 180*time.Millisecond, 700*time.Millisecond
	report := func(highest, lost uint32, fraction uint8, more ...rtcp.Packet) {
		l.sender.sum.Packets, l.sender.sum.Octets = highest, highest*160
		data, err := rtcp.Marshal(append([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: 7, Reports: []rtcp.ReceptionReport{{
			SSRC: 99, FractionLost: fraction, TotalLost: lost, LastSequenceNumber: highest, Jitter: 96,
			LastSenderReport: uint32(ntp(now.Add(-trip-hold)) >> 16), Delay: uint32(hold.Seconds() * 65536),
		}}}}, more...))
		if err != nil {
			t.Fatal(err)
		}
		l.controlled(data, phone, now)
		stranger := netip.MustParseAddrPort("198.51.100.9:4000")
		l.controlled(data, stranger, now)
	}
	measure := func() quality.Sample {
		now = now.Add(5 * time.Second)
		return l.Measure(now)
	}
	report(1000, 0, 0)
	measure()
	report(1250, 10, 10)
	s := measure()
	if s.Heard.Packets != 250 || math.Abs(s.Heard.Loss-0.04) > 0.005 || s.Heard.Jitter != 12*time.Millisecond || s.Heard.Bitrate != 64000 {
		t.Errorf("%+v", s.Heard)
	}
	if (s.RoundTrip - trip).Abs() > 20*time.Millisecond {
		t.Errorf("round trip %v, want %v", s.RoundTrip, trip)
	}
	if s.Marks != 0 || s.Span != 5*time.Second || !s.At.Equal(now) {
		t.Errorf("%+v", s)
	}
	if got := l.Statistics().Strangers; got != 2 {
		t.Errorf("%d reports of strangers counted", got)
	}
	report(1500, 10, 0, &rtcp.ExtendedReport{SenderSSRC: 7, Reports: []rtcp.ReportBlock{
		&rtcp.VoIPMetricsReportBlock{SSRC: 99, DiscardRate: 5, JBNominal: 60, SignalLevel: uint8(256 - 15)},
		&rtcp.StatisticsSummaryReportBlock{SSRC: 99, DuplicateReports: true, BeginSeq: 1250, EndSeq: 1500, DupPackets: 3},
		&rtcp.VoIPMetricsReportBlock{SSRC: 98, JBNominal: 900},
	}})
	s = measure()
	if s.Heard.Buffer != 60*time.Millisecond || s.Heard.Duplicated != 3 || math.Abs(s.Heard.Concealed-5.0/256) > 0.001 || math.Abs(s.Heard.Level+21.15) > 0.1 {
		t.Errorf("extended: %+v", s.Heard)
	}
	for range 3 {
		l.sender.sum.Packets += 250
		s = measure()
	}
	if !s.Marks.Has(quality.Missing) || s.Heard.Packets != 0 {
		t.Errorf("a phone that reports nothing any more: %+v", s)
	}
}

// TestExtendedReports has two legs of ours tell each other.
func TestExtendedReports(t *testing.T) {
	l := agreedLeg()
	start := time.Unix(1_700_000_000, 0)
	arrivals, truth := networks["15 % in bursts"].send(3000)
	var p rtp.Packet
	for _, a := range arrivals {
		data := marshal(t, rtp.Packet{Header: rtp.Header{
			Version: 2, SequenceNumber: uint16(a.packet), Timestamp: uint32(a.packet * 160), SSRC: 7,
		}, Payload: []byte("x")})
		l.datagram(&p, data, phone, start.Add(a.at), func(audio.Packet) {})
	}
	l.Buffered(40 * time.Millisecond)
	r, _ := l.reception.Report()
	told, err := rtcp.Marshal(l.extendedReport(99, r, l.agreed.Load()))
	if err != nil {
		t.Fatal(err)
	}
	read, err := rtcp.Unmarshal(told)
	if err != nil {
		t.Fatal(err)
	}
	blocks := read[0].(*rtcp.ExtendedReport).Reports
	metrics, summary := blocks[0].(*rtcp.VoIPMetricsReportBlock), blocks[1].(*rtcp.StatisticsSummaryReportBlock)
	if math.Abs(float64(metrics.LossRate)/256-truth.loss) > 0.01 || metrics.SSRC != 7 || metrics.JBNominal != 40 || metrics.BurstDensity == 0 || metrics.Gmin != 16 {
		t.Errorf("%+v; the loss was %.2f", metrics, truth.loss)
	}
	if math.Abs(float64(summary.LostPackets)-truth.loss*3000) > 1 || summary.SSRC != 7 {
		t.Errorf("%+v", summary)
	}
	media := g711(phone, 101)
	l.Agree(media)
	if l.extendedReport(99, r, l.agreed.Load()) != nil {
		t.Error("a phone that did not ask is told")
	}
}

// TestMarksOfALeg holds it, and sends it what cannot be heard.
func TestMarksOfALeg(t *testing.T) {
	l := agreedLeg()
	now := time.Now()
	l.interval.began = now
	held := g711(phone, 101)
	held.Direction = offer.RecvOnly // seen from us
	l.Agree(held)
	l.Agree(g711(phone, 101))
	if s := l.Measure(now.Add(5 * time.Second)); !s.Marks.Has(quality.Held) {
		t.Errorf("held for a while: %+v", s)
	}
	if s := l.Measure(now.Add(10 * time.Second)); s.Marks.Has(quality.Held) {
		t.Errorf("after the hold: %+v", s)
	}
	var p rtp.Packet
	for i := range 50 {
		data := marshal(t, rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 18, SequenceNumber: uint16(i), SSRC: 7}, Payload: []byte("x")})
		l.datagram(&p, data, phone, now, func(audio.Packet) { t.Error("G.729 is heard") })
	}
	if s := l.Measure(now.Add(15 * time.Second)); !s.Marks.Has(quality.Unheard) {
		t.Errorf("a codec that was not agreed on: %+v", s)
	}
}

// TestMeasuringTakesLittle bounds what measuring adds to a leg.
func TestMeasuringTakesLittle(t *testing.T) {
	var l Leg
	if size := unsafe.Sizeof(l.reception) + unsafe.Sizeof(l.control.theirs) + unsafe.Sizeof(l.interval); size > 2200 {
		t.Errorf("%d bytes for a leg", size)
	}
}

// BenchmarkMeasured is BenchmarkLeg with what measuring adds to it, in percent:
// five seconds of packets with measuring between five before and after without, so
// that whatever else the machine does is in all of them. It runs for a fixed time.
func BenchmarkMeasured(b *testing.B) {
	const second, turns = 50, 500 // packets, and times
	pool := ports(b)
	near, far := open(b, pool, Config{}), open(b, pool, Config{})
	near.Agree(g711(address(far), 101))
	far.Agree(g711(address(near), 101))
	collector := quality.NewCollector(nil, nil, slog.New(slog.DiscardHandler))
	var id string
	var packets int
	look := func() { // as a call does, but for the ticks that it waits for
		now := time.Now()
		if packets++; near.blind.Load() || packets%second != 0 {
			return
		}
		s, _, _ := near.Glance(now)
		s.Span = time.Second
		if collector.Glance(id, s); packets%(5*second) == 0 {
			s = near.Measure(now)
			s.Span = 5 * time.Second
			collector.Add(id, s)
		}
	}
	arrived := make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = near.Run(ctx, func(audio.Packet) { look(); arrived <- struct{}{} })
	}()
	m, calls := mix(make([]byte, 160)), 0
	slice := func(measured bool) float64 {
		calls++ // of one leg the collector takes no more than can be true
		id = strconv.Itoa(calls)
		collector.Begin(quality.Leg{ID: id, Codec: "PCMU", Began: time.Now()})
		near.blind.Store(!measured)
		near.in.Lock()
		near.reception = quality.Reception{}
		near.in.Unlock()
		before := processorTime(b)
		for range 5 * second {
			far.Hear(m)
			<-arrived
		}
		return float64((processorTime(b) - before).Nanoseconds()) / (5 * second)
	}
	var without, more []float64
	for range turns {
		before, with, after := slice(false), slice(true), slice(false)
		without = append(without, (before+after)/2)
		more = append(more, 100*(2*with/(before+after)-1))
	}
	slices.Sort(more)
	slices.Sort(without)
	b.ReportMetric(more[turns/2], "measuring-%")
	b.ReportMetric(1.57*(more[turns*3/4]-more[turns/4])/math.Sqrt(turns), "±%")
	b.ReportMetric(without[turns/2]/1000, "µs-cpu/packet")
	b.ReportMetric(0, "ns/op")
	cancel()
	<-done
}
