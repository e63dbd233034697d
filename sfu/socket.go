package sfu

import (
	"errors"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/ipv4"
)

const (
	// batch is how many datagrams one system call sends. Beyond 64 nothing is
	// gained (measured).
	batch = 64
	// sendQueue is how many datagrams may wait for the writer: what a room of
	// 500 gets in 40 ms. When it is full the oldest goes, which is the one
	// least worth having.
	sendQueue = 2048
	// datagram is the largest we send: DTLS certificates, RED payloads.
	datagram = 1500
	// socketBuffer is asked of the kernel in both directions.
	socketBuffer = 4 << 20
)

// socket is the hub's UDP port. Reading goes straight to the connection.
// Writing only queues: one writer hands the kernel up to batch datagrams per
// call, so that nobody waits for the kernel and a fan-out costs few calls. It
// implements net.PacketConn and ice.AddrPortReaderWriter for Pion's mux.
type socket struct {
	*net.UDPConn
	batches *ipv4.PacketConn
	drops   *atomic.Uint64

	mu     sync.Mutex // guards the ring
	ready  sync.Cond  // the ring has something, or closed
	ring   []outgoing
	head   int // oldest
	length int
	closed bool

	writer sync.WaitGroup
}

// outgoing is a datagram in the ring.
type outgoing struct {
	to   net.UDPAddr
	ip   [16]byte // what to.IP points into
	size int
	data [datagram]byte
}

// openSocket binds addr and starts its writer. Datagrams that cannot be sent
// are counted in drops.
func openSocket(addr string, drops *atomic.Uint64) (*socket, error) {
	local, err := net.ResolveUDPAddr("udp", addr)
	if err != nil {
		return nil, err
	}
	conn, err := net.ListenUDP("udp", local)
	if err != nil {
		return nil, err
	}
	// A smaller buffer than asked for is no reason not to start.
	_ = conn.SetReadBuffer(socketBuffer)
	_ = conn.SetWriteBuffer(socketBuffer)
	s := &socket{
		UDPConn: conn, batches: ipv4.NewPacketConn(conn), drops: drops,
		ring: make([]outgoing, sendQueue),
	}
	s.ready.L = &s.mu
	s.writer.Go(s.write)
	return s, nil
}

// ReadFromAddrPort reads one datagram. It goes on after errors that concern a
// single datagram: Pion would take them for the end.
func (s *socket) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	for {
		n, from, err := s.UDPConn.ReadFromUDPAddrPort(b)
		var timeout net.Error
		if err == nil || errors.Is(err, net.ErrClosed) || errors.As(err, &timeout) && timeout.Timeout() {
			return n, from, err
		}
	}
}

// WriteToAddrPort queues one datagram.
func (s *socket) WriteToAddrPort(b []byte, to netip.AddrPort) (int, error) {
	if len(b) > datagram {
		return 0, errors.New("datagram too long")
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return 0, net.ErrClosed
	}
	if s.length == len(s.ring) {
		s.head = (s.head + 1) % len(s.ring)
		s.length--
		s.drops.Add(1)
	}
	o := &s.ring[(s.head+s.length)%len(s.ring)]
	s.length++
	o.size = copy(o.data[:], b)
	o.address(to)
	wake := s.length == 1
	s.mu.Unlock()
	if wake {
		s.ready.Signal()
	}
	return len(b), nil
}

// address sets where the datagram goes, without allocating.
func (o *outgoing) address(to netip.AddrPort) {
	o.ip = to.Addr().As16()
	o.to.IP, o.to.Port, o.to.Zone = o.ip[:], int(to.Port()), to.Addr().Zone()
}

// WriteTo queues one datagram, for callers that have a net.Addr.
func (s *socket) WriteTo(b []byte, to net.Addr) (int, error) {
	udp, ok := to.(*net.UDPAddr)
	if !ok {
		return 0, errors.New("not a UDP address: " + to.String())
	}
	return s.WriteToAddrPort(b, udp.AddrPort())
}

// SetWriteDeadline does nothing: writes never wait.
func (s *socket) SetWriteDeadline(time.Time) error { return nil }

// Close closes the socket and waits for the writer.
func (s *socket) Close() error {
	s.mu.Lock()
	already := s.closed
	s.closed = true
	s.mu.Unlock()
	if already {
		return nil
	}
	s.ready.Signal()
	s.writer.Wait()
	return s.UDPConn.Close()
}

// write is the writer's goroutine: it sends what there is, up to a batch at a
// time, and sleeps when there is nothing.
func (s *socket) write() {
	taken := make([]outgoing, batch)
	messages := make([]ipv4.Message, batch)
	for i := range messages {
		messages[i].Buffers = make([][]byte, 1)
		messages[i].Addr = &taken[i].to
	}
	for {
		n := s.take(taken, messages)
		if n == 0 {
			return
		}
		s.flush(messages[:n])
	}
}

// take moves the oldest datagrams out of the ring, waiting for the first. It
// returns 0 when the socket is closed.
func (s *socket) take(taken []outgoing, messages []ipv4.Message) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.length == 0 && !s.closed {
		s.ready.Wait()
	}
	n := min(s.length, len(taken))
	for i := range n {
		o := &s.ring[s.head]
		t := &taken[i]
		t.size = copy(t.data[:], o.data[:o.size])
		t.ip = o.ip
		t.to.IP, t.to.Port, t.to.Zone = t.ip[:], o.to.Port, o.to.Zone
		messages[i].Buffers[0] = t.data[:t.size]
		s.head = (s.head + 1) % len(s.ring)
	}
	if s.length -= n; s.length == 0 {
		s.head = 0 // the front of the ring is what the cache still has
	}
	return n
}

// flush hands datagrams to the kernel. One that it refuses is dropped, so
// that an unreachable browser does not stop the others.
func (s *socket) flush(messages []ipv4.Message) {
	for len(messages) > 0 {
		n, err := s.send(messages)
		if err != nil && n <= 0 {
			s.drops.Add(1)
			n = 1
		}
		messages = messages[max(n, 0):]
	}
}

// send hands as many as it can to the kernel at once, which is one where there
// is no sendmmsg(2). There x/net is of no use either: it has nothing for
// Windows, and addresses IPv4 peers in a way that macOS refuses on a socket for
// both families.
func (s *socket) send(messages []ipv4.Message) (sent int, err error) {
	if runtime.GOOS == "linux" {
		return s.batches.WriteBatch(messages, 0)
	}
	_, err = s.UDPConn.WriteToUDP(messages[0].Buffers[0], messages[0].Addr.(*net.UDPAddr))
	if err != nil {
		return 0, err
	}
	return 1, nil
}
