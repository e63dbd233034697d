package leg

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"
)

// ErrNoPorts is returned when every pair of the range is in use or resting.
var ErrNoPorts = errors.New("no free RTP ports")

// rest is how long a freed pair is left alone, so that a call does not hear the
// tail of the one before.
const rest = 15 * time.Second

// Ports hands out pairs of UDP ports, RTP on the even one and RTCP above it. A
// freed pair rests before it is used again. It is safe for concurrent use.
type Ports struct {
	host     netip.Addr
	capacity int
	poller   *poller // nil: each port has a goroutine

	mu   sync.Mutex // guards free
	free []pair     // longest free first
}

// pair is a free pair by its even port.
type pair struct {
	even  uint16
	ready time.Time
}

// NewPorts serves pairs from low to high, both included, bound to host; the
// unspecified address binds all. It returns an error that says what is wrong
// with a range that holds no pair. A call that has ended keeps its pair for a
// while, so a range should have room for the calls of that time as well.
func NewPorts(host netip.Addr, low, high uint16) (*Ports, error) {
	if low == 0 || low > high {
		return nil, fmt.Errorf("RTP port range %d-%d: the first port must be at least 1 and not above the last", low, high)
	}
	p := &Ports{host: host}
	for port := int(low) + int(low)%2; port+1 <= int(high); port += 2 {
		p.free = append(p.free, pair{even: uint16(port)})
	}
	p.capacity = len(p.free)
	if p.capacity == 0 {
		return nil, fmt.Errorf("RTP port range %d-%d is too small: each call needs an even port and the odd one above it", low, high)
	}
	// Beginning anywhere keeps ports from being guessed, and two programs that
	// share a range out of each other's way.
	at := rand.IntN(p.capacity)
	p.free = append(p.free[at:], p.free[:at]...)
	return p, nil
}

// Share has the RTP of all legs that are opened from now on read by one
// goroutine, where the system has a way (Linux): many calls then take a quarter
// to nearly half less of the processor. Call it before the first leg is opened.
func (p *Ports) Share() { p.poller = &poller{} }

// Capacity is how many calls the range can carry at once.
func (p *Ports) Capacity() int { return p.capacity }

// InUse is how many pairs are taken now; those that rest are not.
func (p *Ports) InUse() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.capacity - len(p.free)
}

// sockets are a bound pair.
type sockets struct {
	even uint16
	rtp  port
	rtcp *net.UDPConn
}

// open binds the pair that has been free for longest, passing over those that
// some other program holds.
func (p *Ports) open(now time.Time) (sockets, error) {
	for range p.capacity {
		even, ok := p.take(now)
		if !ok {
			break
		}
		s, err := p.bind(even)
		if err == nil {
			return s, nil
		}
		p.giveBack(even, now)
	}
	return sockets{}, fmt.Errorf("%w: all %d pairs of the range are in use or rest for %v after a call: widen the range of RTP ports or allow fewer calls at once",
		ErrNoPorts, p.capacity, rest)
}

func (p *Ports) take(now time.Time) (even uint16, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.free) == 0 || p.free[0].ready.After(now) {
		return 0, false
	}
	even = p.free[0].even
	p.free = p.free[1:]
	return even, true
}

// giveBack frees a pair, to be used again after its rest.
func (p *Ports) giveBack(even uint16, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, pair{even, now.Add(rest)})
}

func (p *Ports) bind(even uint16) (sockets, error) {
	listen := func(port uint16) (*net.UDPConn, error) {
		return net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(p.host, port)))
	}
	rtp, err := listen(even)
	if err != nil {
		return sockets{}, err
	}
	rtcp, err := listen(even + 1)
	if err != nil {
		_ = rtp.Close()
		return sockets{}, err
	}
	return sockets{even, p.poller.port(rtp), rtcp}, nil
}
