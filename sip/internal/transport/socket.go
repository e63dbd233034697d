package transport

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"
)

// datagrams is the UDP socket as sipgo reads it: it yields only what the gate
// admits, and survives read errors.
type datagrams struct {
	net.PacketConn
	udp     *net.UDPConn
	gate    *gate
	closing <-chan struct{}
	sources map[netip.AddrPort]struct{} // seen by this read loop
	limit   int                         // of sources
	reading chan struct{}               // closed once the read loop is under way
	started sync.Once
}

// maxSources is how many source addresses one reading of the socket may see.
// sipgo remembers each of them for as long as its read loop runs, so past this
// number the loop is ended and begun anew, which makes it forget.
const maxSources = 8192

// errForget ends a read loop; it is net.ErrClosed to sipgo, which then leaves
// without complaint and without touching the socket.
var errForget = net.ErrClosed

func listenDatagrams(addr string) (*net.UDPConn, error) {
	local, err := net.ResolveUDPAddr("udp", addr)
	if err != nil {
		return nil, err
	}
	return net.ListenUDP("udp", local)
}

// newDatagrams is a socket for one read loop of sipgo's.
func newDatagrams(udp *net.UDPConn, g *gate, limit int, closing <-chan struct{}) *datagrams {
	return &datagrams{
		PacketConn: udp, udp: udp, gate: g, closing: closing, limit: limit,
		sources: make(map[netip.AddrPort]struct{}), reading: make(chan struct{}),
	}
}

// ReadFrom returns the next admitted datagram. It returns an error only when
// the socket is being closed, or to make sipgo forget.
func (d *datagrams) ReadFrom(buf []byte) (int, net.Addr, error) {
	d.started.Do(func() { close(d.reading) })
	if len(d.sources) >= d.limit {
		return 0, nil, errForget
	}
	for {
		n, from, err := d.udp.ReadFromUDPAddrPort(buf)
		if err != nil {
			if d.over(err) {
				return 0, nil, net.ErrClosed
			}
			continue
		}
		now := time.Now()
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		if v := d.gate.datagram(from.Addr(), buf[:n], now); v != admitted {
			d.gate.refused(v, "udp", from, now)
			continue
		}
		d.sources[from] = struct{}{}
		return n, net.UDPAddrFromAddrPort(from), nil
	}
}

// over tells whether the socket is gone for good. Anything else, such as an
// ICMP error handed to us, passes; the pause keeps a lasting one from spinning.
func (d *datagrams) over(err error) bool {
	if errors.Is(err, net.ErrClosed) {
		return true
	}
	d.gate.log.Warn("reading the SIP socket failed, going on", "error", err)
	select {
	case <-d.closing:
		return true
	case <-time.After(50 * time.Millisecond):
		return false
	}
}

// connections is the TCP listener as sipgo accepts from it: it yields only
// connections from admitted sources, and only so many.
type connections struct {
	net.Listener
	gate    *gate
	closing <-chan struct{}

	mu   sync.Mutex // guards open
	open map[netip.Addr]int
	all  int
}

const (
	maxConnections          = 1024
	maxConnectionsPerSource = 64
)

func listenConnections(addr string, g *gate, closing <-chan struct{}) (*connections, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &connections{Listener: l, gate: g, closing: closing, open: make(map[netip.Addr]int)}, nil
}

// Accept returns the next admitted connection, and an error only when the
// listener is closed.
func (c *connections) Accept() (net.Conn, error) {
	for {
		conn, err := c.Listener.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return nil, err
			}
			c.gate.log.Warn("accepting a SIP connection failed, going on", "error", err)
			select { // out of file descriptors, most likely
			case <-c.closing:
				return nil, net.ErrClosed
			case <-time.After(50 * time.Millisecond):
			}
			continue
		}
		from := addrPort(conn.RemoteAddr())
		if v := c.enter(from.Addr()); v != admitted {
			c.gate.refused(v, "tcp", from, time.Now())
			_ = conn.Close()
			continue
		}
		return &connection{Conn: conn, owner: c, from: from}, nil
	}
}

func (c *connections) enter(from netip.Addr) verdict {
	if v := c.gate.source(from); v != admitted {
		return v
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all >= maxConnections || c.open[from] >= maxConnectionsPerSource {
		return crowded
	}
	c.all++
	c.open[from]++
	return admitted
}

func (c *connections) leave(from netip.Addr) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all--
	if c.open[from]--; c.open[from] <= 0 {
		delete(c.open, from)
	}
}

// connection is an accepted connection whose reads are paced.
type connection struct {
	net.Conn
	owner *connections
	from  netip.AddrPort
	once  sync.Once
}

// errTooFast closes a connection: a stream cannot be dropped from in between.
var errTooFast = errors.New("peer sends faster than allowed")

// Read reads, unless the source sends too fast.
func (c *connection) Read(buf []byte) (int, error) {
	n, err := c.Conn.Read(buf)
	if err != nil {
		return n, err
	}
	now := time.Now()
	if v := c.owner.gate.pace(c.from.Addr(), now); v != admitted {
		c.owner.gate.refused(v, "tcp", c.from, now)
		return 0, errTooFast
	}
	return n, nil
}

// Close closes the connection and frees its place.
func (c *connection) Close() error {
	c.once.Do(func() { c.owner.leave(c.from.Addr()) })
	return c.Conn.Close()
}

// addrPort converts an address of the net package.
func addrPort(a net.Addr) netip.AddrPort {
	p, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(p.Addr().Unmap(), p.Port())
}
