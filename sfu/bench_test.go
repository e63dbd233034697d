package sfu

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/pion/rtp"

	"partyline/metrics/quality"
	"partyline/sfu/internal/red"
)

// discard is where a benchmark's packets go.
type discard struct{ packets int }

func (d *discard) WriteRTP(*rtp.Header, []byte) (int, error) { d.packets++; return 0, nil }
func (d *discard) Write(b []byte) (int, error)               { return len(b), nil }

// crowd is a stage, driven by hand, whose slots go to 100 legs of every depth,
// without Pion.
type crowd struct {
	stage  *stage
	sink   *discard
	parcel *parcel
	now    time.Time
	seq    uint16
}

func newCrowd() *crowd {
	t := new(traffic)
	c := &crowd{stage: newStage(3, t, func([]Speaker) {}, func([]quality.Together) {}), sink: &discard{}, now: time.Now()}
	c.stage.close() // its goroutine is not wanted: we are the stage
	h := &Hub{traffic: t}
	a := &audience{}
	for i := range 100 {
		l := &leg{hub: h, offer: &offer{opus: uint8(109 + 2*(i%2)), red: 63, levelExtension: 1}}
		l.seat.Store(&seat{"room", uint32(i + 2)})
		for slot := range 3 {
			o := &outlet{index: slot, offer: l.offer, ssrc: uint32(i), writer: c.sink}
			o.bound.Store(true)
			l.outlets = append(l.outlets, o)
		}
		l.down.chosen.Store(uint32(i % int(red.Depths)))
		l.ready.Store(true)
		a.legs = append(a.legs, l)
	}
	c.stage.audience.Store(a)
	c.parcel = &parcel{source: &source{participant: 1, stage: c.stage}}
	return c
}

// hear is one packet of the talker's, ranked, renumbered and written to all.
func (c *crowd) hear() {
	c.now = c.now.Add(20 * time.Millisecond)
	c.seq++
	p := c.parcel
	p.voice = voice{seq: c.seq, ts: uint32(c.seq) * 960, level: 30, arrival: c.now}
	p.voice.payload = p.buffer[:80]
	p.buffer[0] = 0x78
	c.stage.hear(p)
}

// TestFanOutAllocatesNothing is BenchmarkFanOut as a gate.
func TestFanOutAllocatesNothing(t *testing.T) {
	c := newCrowd()
	for range 100 {
		c.hear()
	}
	c.sink.packets = 0
	allocs := testing.AllocsPerRun(500, c.hear)
	if allocs != 0 {
		t.Errorf("%v allocations for a packet to 100 legs", allocs)
	}
	if want := 100 * 501; c.sink.packets != want { // one run to warm up
		t.Errorf("%d packets forwarded, want %d", c.sink.packets, want)
	}
}

// BenchmarkFanOut is our own share of forwarding: one source packet ranked,
// renumbered and written to 100 legs of every depth, without Pion.
func BenchmarkFanOut(b *testing.B) {
	c := newCrowd()
	b.ReportAllocs()
	for b.Loop() {
		c.hear()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(c.sink.packets), "ns/forwarded")
}

// BenchmarkForward is the whole way of a packet through the hub, sockets and
// kernel included: 6 open microphones, 100 listeners, all six forwarded. The
// browsers are another process, so that the CPU time is the hub's alone. It
// runs for a fixed time; SFU_BENCH names talkers, listeners and seconds.
func BenchmarkForward(b *testing.B) {
	talkers, listeners, seconds := 6, 100, 8
	if s := os.Getenv("SFU_BENCH"); s != "" {
		if _, err := fmt.Sscanf(s, "%d,%d,%d", &talkers, &listeners, &seconds); err != nil {
			b.Fatal(err)
		}
	}
	h, w := newTestHub(b, func(c *Config) { c.Slots = min(talkers, MaxSlots) })
	forwarding(b, h, w, talkers, listeners)

	memory := func() (m runtime.MemStats) { runtime.ReadMemStats(&m); return m }
	m0, c0, t0 := memory(), processTime(), h.Traffic()
	time.Sleep(time.Duration(seconds) * time.Second)
	m1, c1, t1 := memory(), processTime(), h.Traffic()
	out := float64(t1.PacketsOut - t0.PacketsOut)
	if out == 0 {
		b.Fatal("nothing was forwarded")
	}
	b.ReportMetric(float64((c1-c0).Microseconds())/out, "µs-cpu/forwarded")
	b.ReportMetric(out/float64(seconds), "forwarded/s")
	b.ReportMetric(float64(m1.Mallocs-m0.Mallocs)/out, "allocs/forwarded")
	b.ReportMetric(float64(t1.DroppedUnsent-t0.DroppedUnsent), "unsent")
	b.ReportMetric(float64(m1.HeapInuse+m1.StackInuse)/1000/float64(talkers+listeners), "kB/leg")
	b.ReportMetric(float64(runtime.NumGoroutine())/float64(talkers+listeners), "goroutines/leg")
	b.ReportMetric(0, "ns/op")
}

// forwarding has browsers in a process of their own talk and listen in a room.
func forwarding(b *testing.B, h *Hub, w *watcher, talkers, listeners int) {
	b.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		offer, _ := io.ReadAll(r.Body)
		id, _ := strconv.Atoi(r.URL.Query().Get("participant"))
		answer, err := h.Connect(r.Context(), "room", uint32(id), "a", string(offer))
		if err != nil {
			http.Error(rw, err.Error(), http.StatusBadRequest)
			return
		}
		fmt.Fprint(rw, answer)
	}))
	b.Cleanup(server.Close)
	load := exec.Command(os.Args[0], "-test.run=^TestLoad$")
	load.Env = append(os.Environ(), "SFU_LOAD="+server.URL, fmt.Sprintf("SFU_BENCH=%d,%d,0", talkers, listeners))
	load.Stdout, load.Stderr = os.Stderr, os.Stderr
	if err := load.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = load.Process.Kill(); _ = load.Wait() })
	w.await(b, "all browsers", func() bool { return len(w.legs) == talkers+listeners })
	time.Sleep(2 * time.Second)
}

// processTime is what this process has used of the CPU, in user and kernel mode.
func processTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestLoad is the browsers of BenchmarkForward, in a process of their own.
func TestLoad(t *testing.T) {
	url := os.Getenv("SFU_LOAD")
	if url == "" {
		t.Skip("only as the other side of BenchmarkForward")
	}
	var talkers, listeners, seconds int
	if _, err := fmt.Sscanf(os.Getenv("SFU_BENCH"), "%d,%d,%d", &talkers, &listeners, &seconds); err != nil {
		t.Fatal(err)
	}
	var browsers sync.WaitGroup
	turn := make(chan struct{}, 16)
	for id := 1; id <= talkers+listeners; id++ {
		browsers.Go(func() {
			turn <- struct{}{}
			p := newPeer(t, min(talkers, MaxSlots), false)
			p.deaf = true
			reply, err := http.Post(fmt.Sprintf("%s/?participant=%d", url, id), "", strings.NewReader(p.offer()))
			must(t, err)
			answer, _ := io.ReadAll(reply.Body)
			_ = reply.Body.Close()
			p.accept(string(answer))
			<-p.up
			<-turn
			if id > talkers {
				return
			}
			tick := time.NewTicker(20 * time.Millisecond)
			defer tick.Stop()
			for i := range 50 * 600 {
				<-tick.C
				p.say(uint16(i), uint32(i)*960, 30, speech(0))
			}
		})
	}
	browsers.Wait()
}
