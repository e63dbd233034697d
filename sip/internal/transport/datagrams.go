package transport

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"
)

// datagrams is the UDP socket as sipgo reads it: it yields only what the gate
// and the screen let pass, and survives read errors.
type datagrams struct {
	net.PacketConn
	udp     *net.UDPConn
	screen  *screen
	stun    *reflexive
	closing <-chan struct{}
	parking *parking
	sources map[netip.AddrPort]struct{} // seen by this read loop
	limit   int                         // of sources
	reading chan struct{}               // closed once the read loop is under way
	started sync.Once

	in, out []byte
	message message
}

const (
	// maxSources is how many source addresses one reading of the socket may see.
	// sipgo remembers each of them for as long as its read loop runs, so past
	// this number the loop is ended and begun anew, which makes it forget.
	maxSources = 8192
	// maxMessage bounds a message; sipgo's own buffer takes no more at once.
	maxMessage = 30 << 10
)

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
func newDatagrams(udp *net.UDPConn, s *screen, stun *reflexive, limit int, closing <-chan struct{}) *datagrams {
	return &datagrams{
		PacketConn: udp, udp: udp, screen: s, stun: stun, closing: closing, limit: limit,
		sources: make(map[netip.AddrPort]struct{}), reading: make(chan struct{}),
		in: make([]byte, 1<<16), out: make([]byte, 0, 2048),
	}
}

// ReadFrom returns the next datagram that is for sipgo. It returns an error
// only when the socket is being closed, or to make sipgo forget.
func (d *datagrams) ReadFrom(buf []byte) (int, net.Addr, error) {
	d.started.Do(func() { close(d.reading) })
	if len(d.sources) >= d.limit {
		return 0, nil, errForget
	}
	for {
		n, from, err := d.udp.ReadFromUDPAddrPort(d.in)
		if err != nil {
			if d.over(err) {
				d.parking.park()
				return 0, nil, net.ErrClosed
			}
			continue
		}
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		if d.stun.deliver(d.in[:n], from) || !d.judge(d.in[:n], from, time.Now()) || len(d.out) > len(buf) {
			continue
		}
		d.sources[from] = struct{}{}
		return copy(buf, d.out), net.UDPAddrFromAddrPort(from), nil
	}
}

// judge tells whether a datagram is for sipgo, which then finds it in out; what
// is to be answered here is.
func (d *datagrams) judge(data []byte, from netip.AddrPort, now time.Time) bool {
	if v := d.screen.gate.datagram(from.Addr(), data, now); v != admitted {
		d.screen.gate.refused(v, "udp", from, now)
		return false
	}
	if len(data) > maxMessage {
		d.screen.gate.refused(tooLarge, "udp", from, now)
		return false
	}
	m := &d.message
	head := headLength(data)
	if head == 0 { // the empty line is missing, and with it the body
		head = len(data)
	}
	if !m.parse(data[:head]) {
		d.screen.gate.blame(from.Addr(), 1, now)
		d.screen.gate.refused(notSIP, "udp", from, now)
		return false
	}
	m.body = data[head:]
	if m.length > len(m.body) { // RFC 3261 section 18.3
		m.broken = true
	} else if m.length >= 0 {
		m.body = m.body[:m.length]
	}
	var what fate
	what, d.out = d.screen.examine(m, from, "udp", d.out[:0], now)
	if what != drop {
		d.screen.tap.came("udp", from, data[:head+len(m.body)], now)
	}
	if what == reply {
		to := back(m, from)
		d.screen.tap.went("udp", to, d.out, now)
		_, _ = d.udp.WriteToUDPAddrPort(d.out, to)
	}
	return what == pass
}

// WriteTo sends a message of ours.
func (d *datagrams) WriteTo(data []byte, to net.Addr) (int, error) {
	if to, ok := to.(*net.UDPAddr); ok {
		peer, now := netip.AddrPortFrom(to.AddrPort().Addr().Unmap(), to.AddrPort().Port()), time.Now()
		d.screen.tap.went("udp", peer, data, now)
		d.screen.leaving(data, peer.Addr(), now)
	}
	return d.PacketConn.WriteTo(data, to)
}

// over tells whether the socket is gone for good. Anything else, such as an
// ICMP error handed to us, passes; the pause keeps a lasting one from spinning.
func (d *datagrams) over(err error) bool {
	if errors.Is(err, net.ErrClosed) {
		return true
	}
	select {
	case <-d.closing:
		return true
	default:
	}
	d.screen.gate.log.Warn("reading the SIP socket failed, going on", "error", err)
	select {
	case <-d.closing:
		return true
	case <-time.After(50 * time.Millisecond):
		return false
	}
}

// parking is where the read loop waits, when the stack closes, for what it has
// read to be handled. sipgo forgets the socket as soon as the loop ends, and
// would open another one, for good, for a request that is not that far.
type parking struct {
	arrived, leave chan struct{}
}

func newParking() *parking { return &parking{arrived: make(chan struct{}), leave: make(chan struct{})} }

// park is called by the read loop, at its end. There is none in some tests.
func (p *parking) park() {
	if p != nil {
		close(p.arrived)
		<-p.leave
	}
}

// addrPort converts an address of the net package.
func addrPort(a net.Addr) netip.AddrPort {
	p, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(p.Addr().Unmap(), p.Port())
}
