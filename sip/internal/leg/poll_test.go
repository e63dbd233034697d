//go:build linux

package leg

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"
	"golang.org/x/sys/unix"

	"partyline/sfu/audio"
)

// ways are those in which a port is read.
var ways = []struct {
	name  string
	ports func(testing.TB) *Ports
}{{"own", ownPorts}, {"shared", ports}}

// got is what a port has handed on.
type got struct {
	data string
	from netip.AddrPort
	at   time.Time
}

// TestPortsAreAlike sends to a port and from it by IPv4 and IPv6, whatever its
// socket is of.
func TestPortsAreAlike(t *testing.T) {
	hosts := []struct{ bound, peer string }{
		{"127.0.0.1", "127.0.0.1"}, {"::1", "::1"}, {"::", "127.0.0.1"}, {"::", "::1"},
	}
	for _, way := range ways {
		for _, h := range hosts {
			t.Run(way.name+" "+h.bound+" "+h.peer, func(t *testing.T) {
				far, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(h.peer), 0)))
				if err != nil {
					t.Skip("the machine has no such addresses: ", err)
				}
				defer func() { _ = far.Close() }()
				pool := way.ports(t)
				pool.host = netip.MustParseAddr(h.bound)
				s, err := pool.open(time.Now())
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _, _ = s.rtp.Close(), s.rtcp.Close() }()
				checkPort(t, s, far)
			})
		}
	}
}

// checkPort exchanges datagrams with the port and ends it.
func checkPort(t *testing.T, s sockets, far *net.UDPConn) {
	t.Helper()
	there := far.LocalAddr().(*net.UDPAddr).AddrPort()
	here := netip.AddrPortFrom(there.Addr(), s.even)
	ctx, cancel := context.WithCancel(t.Context())
	taken, ended := make(chan got, 100), make(chan error, 1)
	receive := func() {
		ended <- s.rtp.receive(ctx, func(data []byte, from netip.AddrPort, at time.Time) {
			taken <- got{string(data), from, at}
		})
	}
	go receive()
	began := time.Now()
	for i := range 20 { // more than are read at once
		if _, err := far.WriteToUDPAddrPort([]byte{'a' + byte(i)}, here); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 20 {
		g := within(t, "a datagram", taken)
		if g.data != string(rune('a'+i)) || g.from != there {
			t.Fatalf("number %d is %q from %v, sent from %v", i, g.data, g.from, there)
		}
		if g.at.Before(began.Add(-time.Millisecond)) || g.at.After(time.Now()) {
			t.Errorf("it came at %v, sent after %v", g.at, began)
		}
	}
	s.rtp.send([]byte("back"), there)
	buf := make([]byte, 10)
	_ = far.SetReadDeadline(time.Now().Add(10 * time.Second))
	if n, from, err := far.ReadFromUDPAddrPort(buf); err != nil || string(buf[:n]) != "back" || plain(from) != here {
		t.Errorf("came back: %q from %v, %v", buf[:n], from, err)
	}
	cancel()
	if err := within(t, "the end", ended); err != nil {
		t.Error(err)
	}
	ctx = t.Context()
	_, _ = far.WriteToUDPAddrPort([]byte("meanwhile"), here)
	go receive()
	if g := within(t, "a datagram", taken); g.data != "meanwhile" {
		t.Errorf("after a pause: %q", g.data)
	}
	if err := s.rtp.Close(); err != nil {
		t.Error(err)
	}
	if err := within(t, "the end", ended); err != nil {
		t.Error(err)
	}
	s.rtp.send([]byte("too late"), there)
}

// TestArrivalIsWhenItCame has a packet wait at its port: its time is not when it
// was read.
func TestArrivalIsWhenItCame(t *testing.T) {
	far := newPeer(t)
	s, err := ports(t).open(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = s.rtp.Close(), s.rtcp.Close() }()
	before := time.Now()
	far.raw(netip.AddrPortFrom(loopback, s.even), []byte("sound"))
	sent := time.Now()
	time.Sleep(50 * time.Millisecond)
	ctx, cancel := context.WithCancel(t.Context())
	var at time.Time
	_ = s.rtp.receive(ctx, func(_ []byte, _ netip.AddrPort, came time.Time) {
		at = came
		cancel()
	})
	// Two clocks are compared, which may be a little apart.
	if at.Before(before.Add(-10*time.Millisecond)) || at.After(sent.Add(10*time.Millisecond)) {
		t.Errorf("it came at %v, sent between %v and %v", at, before, sent)
	}
}

// TestWhatCameBeforeTheEndIsTaken: a call that is over between two rounds has
// lost nothing.
func TestWhatCameBeforeTheEndIsTaken(t *testing.T) {
	far := newPeer(t)
	s, err := ports(t).open(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = s.rtp.Close(), s.rtcp.Close() }()
	for range 20 {
		far.raw(netip.AddrPortFrom(loopback, s.even), []byte("sound"))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	taken := 0
	if err := s.rtp.receive(ctx, func([]byte, netip.AddrPort, time.Time) { taken++ }); err != nil || taken != 20 {
		t.Errorf("of 20 datagrams %d were taken, %v", taken, err)
	}
}

// TestOneFaultEndsOneLeg has one of two legs' sinks panic.
func TestOneFaultEndsOneLeg(t *testing.T) {
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			pool, far := way.ports(t), newPeer(t)
			bad, good := open(t, pool, Config{}), open(t, pool, Config{})
			bad.Agree(g711(far.address(), 101))
			good.Agree(g711(far.address(), 101))
			packets, _ := run(t, good)
			fault := make(chan error, 1)
			go func() { fault <- bad.Run(t.Context(), func(audio.Packet) { panic("a fault for a test") }) }()
			far.send(address(bad), 0, voice)
			if err := within(t, "the fault", fault); !errors.Is(err, ErrFault) {
				t.Errorf("Run ended with %v", err)
			}
			far.send(address(good), 0, voice)
			within(t, "the other's sound", packets)
		})
	}
}

// BenchmarkPhones is 200 phones that send 50 packets a second and are sent as
// many, read each by a goroutine of its own, and all by one. cpu-ms/leg-s is what
// that takes, without what the phones take.
func BenchmarkPhones(b *testing.B) {
	for _, way := range ways {
		b.Run(way.name, func(b *testing.B) { benchmarkPhones(b, way.ports(b)) })
	}
}

func benchmarkPhones(b *testing.B, pool *Ports) {
	const phones, every = 200, 20 * time.Millisecond
	far, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(loopback, 0)))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = far.Close() }()
	peer := far.LocalAddr().(*net.UDPAddr).AddrPort()
	ctx, cancel := context.WithCancel(b.Context())
	var ends sync.WaitGroup
	defer ends.Wait()
	defer cancel()
	var legs [phones]*Leg
	for i := range legs {
		legs[i] = open(b, pool, Config{})
		legs[i].Agree(g711(peer, 101))
		ends.Go(func() { _ = legs[i].Run(ctx, func(audio.Packet) {}) })
	}
	spent := make(chan time.Duration)
	stop := make(chan struct{})
	go func() { // the phones, one after another
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		before := threadTime(b)
		data := marshal(b, rtp.Packet{Header: rtp.Header{Version: 2, SSRC: 1}, Payload: bytes.Repeat([]byte{0xFF}, 160)})
		for began, sent := time.Now(), 0; ; time.Sleep(time.Millisecond) {
			for ; sent < int(time.Since(began)*phones/every); sent++ {
				data[2], data[3] = byte(sent/phones>>8), byte(sent/phones)
				_, _ = far.WriteToUDPAddrPort(data, address(legs[sent%phones]))
			}
			select {
			case <-stop:
				spent <- threadTime(b) - before
				return
			default:
			}
		}
	}()
	m := mix(make([]byte, 160))
	before, began := processorTime(b), time.Now()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for b.Loop() {
		<-tick.C
		for _, l := range legs {
			l.Hear(m)
		}
	}
	close(stop)
	total, took := processorTime(b)-before-<-spent, time.Since(began)
	var received uint64
	for _, l := range legs {
		received += l.Statistics().Received
	}
	b.ReportMetric(1000*total.Seconds()/took.Seconds()/phones, "cpu-ms/leg-s")
	b.ReportMetric(float64(received)/took.Seconds()/phones, "packets/leg-s")
}

// threadTime is what this thread has used of the processor.
func threadTime(b *testing.B) time.Duration {
	b.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_THREAD, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
