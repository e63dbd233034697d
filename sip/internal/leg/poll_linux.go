package leg

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// round is how often all ports are looked at. It delays no sound: the jitter
	// buffer goes by when packets came, which the kernel notes, and holds each
	// back for longer than this.
	round = 5 * time.Millisecond
	// handful is how many datagrams of a port are read at once where it has more
	// than the one that is nearly always there, and handfuls how many times in a
	// round: as much as its socket holds. So a flood at one port does not keep the
	// others waiting for long.
	handful, handfuls = 8, 32
)

// poller reads many ports from one goroutine, which runs while there are any.
// A goroutine for each is woken, and often a processor with it, by every packet
// of every phone; that costs more than the packet. It is safe for concurrent use.
type poller struct {
	mu      sync.Mutex // guards what follows
	watched map[int32]*sharedPort
	epoll   int
	halt    chan struct{} // ends the goroutine
	halted  chan struct{}
}

// port takes the socket over. Where that cannot be done the port keeps a
// goroutine of its own.
func (p *poller) port(conn *net.UDPConn) port {
	if p == nil {
		return ownPort{conn}
	}
	s := &sharedPort{poller: p, gone: make(chan struct{})}
	if err := s.takeOver(conn); err != nil {
		return ownPort{conn}
	}
	_ = conn.Close() // so that the runtime's poller does not wake for it
	return s
}

// watch has a port read from now on.
func (p *poller) watch(s *sharedPort) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.watched) == 0 {
		epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
		if err != nil {
			return fmt.Errorf("watch the RTP ports: %w", err)
		}
		p.epoll, p.watched = epoll, make(map[int32]*sharedPort)
		p.halt, p.halted = make(chan struct{}), make(chan struct{})
		go p.run(epoll, p.halt, p.halted)
	}
	p.watched[int32(s.fd)] = s
	err := s.use(func(fd int) error {
		return unix.EpollCtl(p.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
	})
	if err != nil {
		return fmt.Errorf("watch an RTP port: %w", err)
	}
	return nil
}

// forget ends that, and the goroutine with the last port.
func (p *poller) forget(s *sharedPort) {
	p.mu.Lock()
	if p.watched[int32(s.fd)] == s {
		delete(p.watched, int32(s.fd))
		_ = s.use(func(fd int) error { return unix.EpollCtl(p.epoll, unix.EPOLL_CTL_DEL, fd, nil) })
	}
	var halted chan struct{}
	if len(p.watched) == 0 && p.halt != nil {
		close(p.halt)
		halted, p.halt = p.halted, nil
	}
	p.mu.Unlock()
	if halted != nil {
		<-halted
	}
}

// run reads what has come to any port, round by round.
func (p *poller) run(epoll int, halt, halted chan struct{}) {
	defer close(halted)
	defer func() { _ = unix.Close(epoll) }()
	tick := time.NewTicker(round)
	defer tick.Stop()
	ready := make([]unix.EpollEvent, 256)
	in := newInbox()
	for {
		select {
		case <-halt:
			return
		case <-tick.C:
		}
		for i := range 1 + handfuls {
			n, _ := unix.EpollWait(epoll, ready, 0)
			if n <= 0 {
				break
			}
			for _, event := range ready[:n] {
				if s := p.at(event.Fd); s != nil {
					s.read(in, min(1+i*handful, handful))
				}
			}
		}
	}
}

func (p *poller) at(fd int32) *sharedPort {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.watched[fd]
}

// sharedPort is a port that a poller reads.
type sharedPort struct {
	poller *poller
	six    bool          // the socket's addresses are of IPv6
	gone   chan struct{} // closed with the port

	using  sync.RWMutex // held for reading while fd is used; guards closed
	fd     int
	closed bool

	taking sync.Mutex // guards take, and is held while it runs
	take   intake     // nil: nobody receives
}

// takeOver makes fd a second name of the socket, and has the kernel note when
// packets come.
func (s *sharedPort) takeOver(conn *net.UDPConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		family, err := unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_DOMAIN)
		if err == nil {
			err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1)
		}
		if err == nil {
			s.fd, err = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0)
		}
		s.six, failed = family == unix.AF_INET6, err
	})
	if err != nil {
		return err
	}
	return failed
}

// use does something with fd, unless that is closed.
func (s *sharedPort) use(do func(fd int) error) error {
	s.using.RLock()
	defer s.using.RUnlock()
	if s.closed {
		return nil
	}
	return do(s.fd)
}

// Close implements port.
func (s *sharedPort) Close() error {
	s.using.Lock()
	defer s.using.Unlock()
	if s.closed {
		return net.ErrClosed
	}
	s.closed = true
	close(s.gone)
	return unix.Close(s.fd)
}

// receive implements port.
func (s *sharedPort) receive(ctx context.Context, take intake) error {
	s.taking.Lock()
	s.take = take
	s.taking.Unlock()
	err := s.poller.watch(s)
	if err == nil {
		select {
		case <-ctx.Done():
		case <-s.gone:
		}
	}
	s.poller.forget(s)
	in := newInbox()
	for range handfuls { // what came since the last round
		if s.read(in, handful) < handful {
			break
		}
	}
	s.taking.Lock()
	defer s.taking.Unlock()
	s.take = nil
	return err
}

// read hands on what has come, some datagrams at most, and tells how many.
func (s *sharedPort) read(in *inbox, some int) (n int) {
	s.taking.Lock()
	defer s.taking.Unlock()
	if s.take == nil {
		return 0
	}
	n = s.fill(in, some)
	now := time.Now()
	for i := range n {
		s.take(in.data[i][:in.messages[i].size], in.source(i), in.arrival(i, now))
	}
	return n
}

// fill tells how many datagrams it has put into the inbox. The call does not
// wait, so the scheduler need not know of it.
func (s *sharedPort) fill(in *inbox, some int) int {
	s.using.RLock()
	defer s.using.RUnlock()
	if s.closed {
		return 0
	}
	in.empty(some)
	n, _, failed := unix.RawSyscall6(unix.SYS_RECVMMSG, uintptr(s.fd), uintptr(unsafe.Pointer(&in.messages)), uintptr(some), unix.MSG_DONTWAIT, 0, 0)
	if failed != 0 {
		return 0
	}
	return int(n)
}

// send implements port. The call does not wait either: where the kernel has no
// room the packet is lost.
func (s *sharedPort) send(b []byte, to netip.AddrPort) {
	s.using.RLock()
	defer s.using.RUnlock()
	if s.closed || len(b) == 0 {
		return
	}
	var name unsafe.Pointer
	var size uintptr
	var six unix.RawSockaddrInet6
	var four unix.RawSockaddrInet4
	if s.six {
		six = unix.RawSockaddrInet6{Family: unix.AF_INET6, Port: swapped(to.Port()), Addr: to.Addr().As16(), Scope_id: scope(to.Addr().Zone())}
		name, size = unsafe.Pointer(&six), unix.SizeofSockaddrInet6
	} else {
		if !to.Addr().Unmap().Is4() {
			return
		}
		four = unix.RawSockaddrInet4{Family: unix.AF_INET, Port: swapped(to.Port()), Addr: to.Addr().As4()}
		name, size = unsafe.Pointer(&four), unix.SizeofSockaddrInet4
	}
	_, _, _ = unix.RawSyscall6(unix.SYS_SENDTO, uintptr(s.fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)),
		unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, uintptr(name), size)
}

// swapped is a port in the order of the network, whichever the machine's is.
func swapped(port uint16) (network uint16) {
	b := (*[2]byte)(unsafe.Pointer(&network))
	b[0], b[1] = byte(port>>8), byte(port)
	return network
}

// scope is the number of the interface that a link-local address belongs to.
func scope(zone string) uint32 {
	if zone == "" {
		return 0
	}
	if n, err := strconv.ParseUint(zone, 10, 32); err == nil {
		return uint32(n)
	}
	if i, err := net.InterfaceByName(zone); err == nil {
		return uint32(i.Index)
	}
	return 0
}

// inbox is what recvmmsg(2) fills.
type inbox struct {
	messages [handful]message
	vectors  [handful]unix.Iovec
	names    [handful]unix.RawSockaddrInet6
	notes    [handful]note
	data     [handful][longest]byte
}

// message is struct mmsghdr.
type message struct {
	unix.Msghdr
	size uint32
}

// note is what the kernel adds to a datagram: when it came.
type note struct {
	header unix.Cmsghdr
	at     unix.Timespec
	_      [32]byte
}

func newInbox() *inbox {
	in := new(inbox)
	for i := range in.messages {
		m := &in.messages[i]
		in.vectors[i].Base = &in.data[i][0]
		in.vectors[i].SetLen(longest)
		m.Iov = &in.vectors[i]
		m.SetIovlen(1)
		m.Name = (*byte)(unsafe.Pointer(&in.names[i]))
		m.Control = (*byte)(unsafe.Pointer(&in.notes[i]))
	}
	return in
}

// empty makes room for some datagrams in place of those before.
func (in *inbox) empty(some int) {
	for i := range some {
		in.messages[i].Namelen = uint32(unsafe.Sizeof(in.names[i]))
		in.messages[i].SetControllen(int(unsafe.Sizeof(in.notes[i])))
	}
}

// source is where a datagram came from.
func (in *inbox) source(i int) netip.AddrPort {
	six := &in.names[i]
	port := swapped(six.Port) // which stands at the same place in either
	if six.Family == unix.AF_INET {
		four := (*unix.RawSockaddrInet4)(unsafe.Pointer(six))
		return netip.AddrPortFrom(netip.AddrFrom4(four.Addr), port)
	}
	addr := netip.AddrFrom16(six.Addr).Unmap()
	if six.Scope_id != 0 {
		addr = addr.WithZone(strconv.FormatUint(uint64(six.Scope_id), 10))
	}
	return netip.AddrPortFrom(addr, port)
}

// oldest is how long a datagram can have waited: what is older was noted by
// another clock than this, which was set meanwhile.
const oldest = time.Second

// arrival is when a datagram came, by the clock that now is of.
func (in *inbox) arrival(i int, now time.Time) time.Time {
	n := &in.notes[i]
	if in.messages[i].Controllen == 0 || n.header.Level != unix.SOL_SOCKET || n.header.Type != unix.SO_TIMESTAMPNS {
		return now
	}
	if waited := now.Sub(time.Unix(n.at.Unix())); waited > 0 && waited < oldest {
		return now.Add(-waited)
	}
	return now
}
