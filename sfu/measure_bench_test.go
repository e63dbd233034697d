package sfu

import (
	"fmt"
	"log/slog"
	"math"
	"net"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"

	"partyline/metrics/quality"
	"partyline/sfu/audio"
)

// versus holds what slices of work cost with measuring against those before and
// after them without: whatever else the machine does is in all of them.
type versus struct{ without, more []float64 }

// take adds three neighbours.
func (v *versus) take(slice func(measured bool) float64) {
	before, with, after := slice(false), slice(true), slice(false)
	v.without = append(v.without, (before+after)/2)
	v.more = append(v.more, 100*(2*with/(before+after)-1))
}

// report tells the median of what measuring adds, and how far off that may be by
// the spread.
func (v *versus) report(b *testing.B, unit string) {
	b.Helper()
	slices.Sort(v.more)
	slices.Sort(v.without)
	n := len(v.more)
	b.ReportMetric(v.more[n/2], "measuring-%")
	b.ReportMetric(1.57*(v.more[n*3/4]-v.more[n/4])/math.Sqrt(float64(n)), "±%")
	b.ReportMetric(v.without[n/2], unit)
	b.ReportMetric(0, "ns/op")
}

// sounding gives what is measured to a collector, as the program does.
type sounding struct {
	*watcher
	collector *quality.Collector
	times     int
}

func newSounding(w *watcher, legs int) *sounding {
	s := &sounding{w, quality.NewCollector(nil, nil, slog.New(slog.DiscardHandler)), 0}
	s.begin(legs)
	return s
}

// begin lets everybody come in anew: of one leg the collector takes no more than
// can be true.
func (s *sounding) begin(legs int) {
	s.times++
	for i := range legs {
		s.collector.Begin(quality.Leg{
			ID: fmt.Sprint(s.times, "/", i), Room: "room", Participant: uint32(i + 1), Codec: "opus", Began: time.Now(),
		})
	}
}

func (s *sounding) Measured(at quality.Key, sample quality.Sample) {
	if id, ok := s.collector.At(at); ok {
		s.collector.Add(id, sample)
	}
}

func (s *sounding) Glanced(at quality.Key, sample quality.Sample) {
	if id, ok := s.collector.At(at); ok {
		s.collector.Glance(id, sample)
	}
}

// BenchmarkForwardMeasured is BenchmarkForward with what measuring adds to it:
// seconds with measuring take turns with seconds without, in one run. SFU_BENCH
// names talkers, listeners and turns.
func BenchmarkForwardMeasured(b *testing.B) {
	talkers, listeners, turns := 3, 20, 40
	if s := os.Getenv("SFU_BENCH"); s != "" {
		if _, err := fmt.Sscanf(s, "%d,%d,%d", &talkers, &listeners, &turns); err != nil {
			b.Fatal(err)
		}
	}
	h, w := newTestHub(b, func(c *Config) { c.Slots = min(talkers, MaxSlots) })
	h.observer = newSounding(w, talkers+listeners)
	forwarding(b, h, w, talkers, listeners)
	second := func(measured bool, n int) float64 {
		must(b, h.ask(b.Context(), "room", false, func(r *room) { r.blindfold(!measured, n) }))
		c0, t0 := processTime(), h.Traffic()
		time.Sleep(time.Second)
		c1, t1 := processTime(), h.Traffic()
		return float64((c1 - c0).Microseconds()) / float64(t1.PacketsOut-t0.PacketsOut)
	}
	var v versus
	for n := range turns {
		v.take(func(measured bool) float64 { return second(measured, n) })
	}
	v.report(b, "µs-cpu/forwarded")
}

// blindfold begins a slice: the n-th that is measured goes on where the one
// before ended, so that each fifth ends an interval.
func (r *room) blindfold(on bool, n int) {
	r.hub.blind.Store(on)
	now := time.Now()
	for _, m := range r.members {
		for _, l := range m.legs {
			l.interval.began = now.Add(-time.Duration(n%5) * time.Second)
			l.interval.glanced = now
			l.up.mu.Lock()
			l.up.reception = quality.Reception{}
			l.up.mu.Unlock()
		}
	}
}

// ring is a theatre of phones with sockets, of which each hears what is sent to
// the one before: whatever the room sends it receives, and nobody else is there.
type ring struct {
	*theatre
	talkers  int
	sockets  []*net.UDPConn
	gauges   []quality.Reception
	arrived  sync.WaitGroup // packets of the tick
	ended    sync.WaitGroup
	sounding *sounding
}

// socketEar sends what a phone hears, as a leg does.
type socketEar struct {
	from, to *net.UDPConn
	header   rtp.Header
	buffer   [200]byte
}

func (e *socketEar) Hear(m *audio.Mix) {
	e.header.SequenceNumber++
	e.header.Timestamp += 160
	n, _ := e.header.MarshalTo(e.buffer[:])
	n += copy(e.buffer[n:], m.Payload(audio.PCMU))
	_, _ = e.from.WriteToUDPAddrPort(e.buffer[:n], e.to.LocalAddr().(*net.UDPAddr).AddrPort())
}

func newRing(b *testing.B, phones, talkers int) *ring {
	b.Helper()
	r := &ring{theatre: newTheatre(b, phones), talkers: talkers, gauges: make([]quality.Reception, phones)}
	r.sounding = newSounding(newWatcher(), phones)
	for range phones {
		conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		must(b, err)
		r.sockets = append(r.sockets, conn)
	}
	for i, l := range r.lines {
		l.ear = &socketEar{from: r.sockets[i], to: r.sockets[(i+1)%phones], header: rtp.Header{Version: 2, SSRC: uint32(i)}}
		r.ended.Go(func() { r.read(i) })
	}
	b.Cleanup(func() {
		for _, conn := range r.sockets {
			_ = conn.Close()
		}
		r.ended.Wait()
	})
	return r
}

// read takes a phone's packets until its socket is closed.
func (r *ring) read(i int) {
	var buffer [2048]byte
	var p rtp.Packet
	before := r.sockets[(i+len(r.sockets)-1)%len(r.sockets)].LocalAddr().(*net.UDPAddr).Port
	for {
		n, from, err := r.sockets[i].ReadFromUDPAddrPort(buffer[:])
		if err != nil {
			return
		}
		if int(from.Port()) != before {
			continue // meant for who had the port earlier
		}
		if now := time.Now(); p.Unmarshal(buffer[:n]) == nil {
			if !r.hub.blind.Load() {
				r.gauges[i].Receive(quality.Packet{Source: p.SSRC, Sequence: p.SequenceNumber, Timestamp: p.Timestamp, Clock: 8000, Octets: len(p.Payload)}, now)
			}
			if i < r.talkers {
				p.Payload = r.packets[(int(p.SequenceNumber)+i*7)%len(r.packets)]
			}
			r.lines[i].Write(audio.Packet{
				Codec: audio.PCMU, SSRC: p.SSRC, Sequence: p.SequenceNumber, Timestamp: p.Timestamp, Payload: p.Payload, Arrival: now,
			})
		}
		r.arrived.Done()
	}
}

// slice is some seconds of all phones, and gives the µs of CPU of one phone's tick.
func (r *ring) slice(b *testing.B, measured bool, seconds int) float64 {
	b.Helper()
	const second = 50 // ticks
	r.hub.blind.Store(!measured)
	for i := range r.gauges {
		r.gauges[i] = quality.Reception{}
	}
	r.sounding.begin(len(r.lines))
	before := cpuTime(b)
	for tick := 1; tick <= seconds*second; tick++ {
		r.arrived.Add(len(r.lines))
		r.now = r.now.Add(audio.FrameDuration)
		r.mixer.mix(r.now)
		r.arrived.Wait()
		for i := tick % second; measured && i < len(r.lines); i += second {
			r.look(i, tick > (seconds-1)*second)
		}
	}
	return float64((cpuTime(b) - before).Microseconds()) / float64(seconds*second*len(r.lines))
}

// look measures a phone as its call does: every second at a glance, and after
// five as it is kept.
func (r *ring) look(i int, whole bool) {
	l, now := r.lines[i], time.Now()
	at := quality.Key{Room: "room", Participant: uint32(i + 1)}
	if heard, span, ok := r.gauges[i].Glance(now); ok {
		sound, marks := r.hub.Glance(l)
		heard.Buffer, heard.Concealed = sound.Buffer, sound.Concealed
		r.sounding.Glanced(at, quality.Sample{At: now, Span: span, Said: heard, Marks: marks})
	}
	if whole {
		said := r.gauges[i].Take(now)
		sound, marks := r.hub.Sound(l, measureInterval)
		said.Level, said.Swing, said.Talking, said.Buffer = sound.Level, sound.Swing, sound.Talking, sound.Buffer
		r.sounding.Measured(at, quality.Sample{At: now, Span: measureInterval, Said: said, Marks: marks})
	}
}

// BenchmarkPhonesMeasured is the whole way of a phone's sound, from its socket
// through the room to the next one's, with what measuring adds to it: five
// seconds with measuring take turns with five without. In a call the packets come
// one by one, and cost more. It runs for a fixed time.
func BenchmarkPhonesMeasured(b *testing.B) {
	const turns = 30
	for _, talkers := range []int{0, 1, 100} {
		b.Run(fmt.Sprintf("talking=%d", talkers), func(b *testing.B) {
			r := newRing(b, 100, talkers)
			r.slice(b, true, 5)
			var v versus
			for range turns {
				v.take(func(measured bool) float64 { return r.slice(b, measured, 5) })
			}
			v.report(b, "µs-cpu/leg-tick")
		})
	}
}
