// Package impair is a bad network in user space: a UDP relay on loopback that
// loses, delays and cuts what passes, repeatably, for tests and the load test.
package impair

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// Network says what happens to datagrams on their way, the same in both
// directions. The zero value loses nothing.
type Network struct {
	Loss   float64       // share of media packets lost at random, 0 to 1
	Delay  time.Duration // one way
	Jitter time.Duration // added at random, uniformly between 0 and this; may reorder
	Seed   uint64
}

// Relay passes datagrams between any number of clients and one server. STUN
// and DTLS pass unharmed, so that what is measured is the loss of media.
type Relay struct {
	server   netip.AddrPort
	listener *net.UDPConn
	cut      atomic.Bool
	passed   atomic.Int64
	lost     atomic.Int64

	mu      sync.Mutex // guards what follows
	up      Network    // to the server
	down    Network
	clients map[netip.AddrPort]*net.UDPConn
	random  *rand.Rand
	work    sync.WaitGroup
}

// Start opens a relay on a loopback port of its own in front of server.
func Start(server netip.AddrPort, n Network) (*Relay, error) {
	listener, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, fmt.Errorf("impair: %w", err)
	}
	r := &Relay{
		up: n, down: n, server: server, listener: listener,
		clients: map[netip.AddrPort]*net.UDPConn{},
		random:  rand.New(rand.NewPCG(n.Seed, 0)),
	}
	r.work.Go(r.upstream)
	return r, nil
}

// Port is where clients send to.
func (r *Relay) Port() int { return r.listener.LocalAddr().(*net.UDPAddr).Port }

// Change makes the two ways other than they were, to the server and from it.
func (r *Relay) Change(up, down Network) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.up, r.down = up, down
}

// Cut stops everything, STUN included, until it is called with false.
func (r *Relay) Cut(cut bool) { r.cut.Store(cut) }

// Counts tells how many media packets passed and how many were lost.
func (r *Relay) Counts() (passed, lost int64) { return r.passed.Load(), r.lost.Load() }

// Close ends the relay and waits for its goroutines.
func (r *Relay) Close() error {
	err := r.listener.Close()
	r.mu.Lock()
	for _, c := range r.clients {
		err = errors.Join(err, c.Close())
	}
	r.mu.Unlock()
	r.work.Wait()
	return err
}

func (r *Relay) upstream() {
	buffer := make([]byte, 2048)
	for {
		n, from, err := r.listener.ReadFromUDPAddrPort(buffer)
		if err != nil {
			return
		}
		if conn := r.client(from); conn != nil {
			r.pass(buffer[:n], &r.up, func(b []byte) { _, _ = conn.Write(b) })
		}
	}
}

// client finds the socket that stands for one client towards the server.
func (r *Relay) client(from netip.AddrPort) *net.UDPConn {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c, ok := r.clients[from]; ok {
		return c
	}
	c, err := (&net.Dialer{}).DialContext(context.Background(), "udp4", r.server.String())
	if err != nil {
		return nil
	}
	conn := c.(*net.UDPConn)
	r.clients[from] = conn
	r.work.Go(func() { r.downstream(conn, from) })
	return conn
}

func (r *Relay) downstream(conn *net.UDPConn, to netip.AddrPort) {
	buffer := make([]byte, 2048)
	for {
		n, err := conn.Read(buffer)
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			continue // ECONNREFUSED while the server restarts
		}
		r.pass(buffer[:n], &r.down, func(b []byte) { _, _ = r.listener.WriteToUDPAddrPort(b, to) })
	}
}

// pass sends one datagram on, or not, now or later.
func (r *Relay) pass(datagram []byte, by *Network, send func([]byte)) {
	if r.cut.Load() {
		return
	}
	media := len(datagram) > 0 && datagram[0] >= 128 && datagram[0] <= 191 // RFC 7983
	lose, wait := r.roll(by)
	if media && lose {
		r.lost.Add(1)
		return
	}
	if media {
		r.passed.Add(1)
	}
	if wait == 0 {
		send(datagram)
		return
	}
	copied := append([]byte(nil), datagram...)
	time.AfterFunc(wait, func() { send(copied) })
}

func (r *Relay) roll(by *Network) (lose bool, wait time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	wait = by.Delay
	if by.Jitter > 0 {
		wait += time.Duration(r.random.Int64N(int64(by.Jitter)))
	}
	return r.random.Float64() < by.Loss, wait
}
