package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// streams is the TCP or TLS connections as sipgo accepts them: those that came
// in from admitted sources, and only so many; and those that we opened, which
// sipgo so takes to be accepted as well.
type streams struct {
	network     string // "tcp" or "tls"
	screen      *screen
	ctx         context.Context // ends when all is being closed
	idle        time.Duration   // a silent connection lives no longer
	messageTime time.Duration   // from a message's first byte to its last
	writeTime   time.Duration   // for a message of ours to be taken
	perSource   int

	listener net.Listener // nil: off
	server   *tls.Config  // nil with TCP
	client   *tls.Config  // of nobody in particular; nil with TCP

	ready   chan *connection // for sipgo
	handed  *connection      // what Accept returned last; its own
	dialing singleflight.Group
	work    sync.WaitGroup

	mu     sync.Mutex // guards what follows
	open   map[*connection]struct{}
	opened map[flow]*connection // by us, and adopted by sipgo
	from   map[netip.Addr]int   // connections that came in, by source
	came   int                  // connections that came in
	closed bool
}

const (
	maxConnections          = 1024
	maxConnectionsPerSource = 64
	// handshakeTime is how long a peer may take for TLS.
	handshakeTime = 10 * time.Second
	// dialTime is how long a connection may take to open, TLS included.
	dialTime = 10 * time.Second
)

func newStreams(ctx context.Context, network string, cfg Config, s *screen) *streams {
	return &streams{
		network: network, screen: s, ctx: ctx,
		idle: cfg.Idle, messageTime: cfg.MessageTime, writeTime: cfg.WriteTime, perSource: cfg.PerSource,
		ready: make(chan *connection), open: make(map[*connection]struct{}), opened: make(map[flow]*connection), from: make(map[netip.Addr]int),
	}
}

// listen binds an address.
func (s *streams) listen(addr string) (err error) {
	s.listener, err = net.Listen("tcp", addr)
	return err
}

// Accept gives sipgo its next connection. It returns an error only when all is
// being closed.
func (s *streams) Accept() (net.Conn, error) {
	if s.handed != nil { // sipgo asks for the next, so it has the last one
		s.settle(s.handed)
		s.handed = nil
	}
	select {
	case c := <-s.ready:
		s.handed = c
		return c, nil
	case <-s.ctx.Done():
		return nil, net.ErrClosed
	}
}

// Addr is the address listened on.
func (s *streams) Addr() net.Addr {
	if s.listener == nil {
		return &net.TCPAddr{IP: net.IPv4zero}
	}
	return s.listener.Addr()
}

// Close stops listening and closes every connection.
func (s *streams) Close() error {
	var err error
	if s.listener != nil {
		err = s.listener.Close()
	}
	s.mu.Lock()
	s.closed = true
	open := s.open
	s.open = make(map[*connection]struct{})
	s.mu.Unlock()
	for c := range open {
		_ = c.raw.Close()
	}
	s.work.Wait()
	return err
}

// welcome takes connections that come in, until the listener is closed.
func (s *streams) welcome() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			s.screen.gate.log.Warn("accepting a SIP connection failed, going on", "error", err)
			select { // out of file descriptors, most likely
			case <-s.ctx.Done():
				return
			case <-time.After(50 * time.Millisecond):
			}
			continue
		}
		now := time.Now()
		c := s.wrap(conn)
		if v := s.enter(c, now); v != admitted {
			s.screen.gate.refused(v, s.network, c.peer, now)
			_ = conn.Close()
			continue
		}
		s.work.Go(func() { s.greet(c) })
	}
}

// greet gets an incoming connection through TLS, where that is spoken, and
// hands it to sipgo.
func (s *streams) greet(c *connection) {
	if s.server != nil {
		secure := tls.Server(c.Conn, s.server)
		ctx, cancel := context.WithTimeout(s.ctx, handshakeTime)
		err := secure.HandshakeContext(ctx)
		cancel()
		if err != nil {
			s.screen.gate.blame(c.peer.Addr(), 1, time.Now())
			_ = c.Close()
			return
		}
		c.Conn = secure
	}
	if !s.hand(c) {
		_ = c.Close()
	}
}

// hand waits until sipgo takes a connection.
func (s *streams) hand(c *connection) bool {
	select {
	case s.ready <- c:
		return true
	case <-s.ctx.Done():
		return false
	}
}

// dial opens a connection to a peer, which for TLS must prove to be name. Those
// who ask for the same peer under the same identity at once share one.
func (s *streams) dial(ctx context.Context, key flow, name string) (*connection, error) {
	result := s.dialing.DoChan(fmt.Sprintf("%s %p %s", key.peer, key.as, name), func() (any, error) {
		if !s.begin() {
			return nil, net.ErrClosed
		}
		defer s.work.Done()
		return s.connect(key, name)
	})
	select {
	case r := <-result:
		c, _ := r.Val.(*connection)
		return c, r.Err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// connect opens a connection and returns once sipgo has it in its pool.
func (s *streams) connect(key flow, name string) (*connection, error) {
	ctx, cancel := context.WithTimeout(s.ctx, dialTime)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", key.peer.String())
	if err != nil {
		return nil, err
	}
	c := s.wrap(conn)
	c.key = key
	if s.client != nil {
		config := key.as.config(s.client, name)
		secure := tls.Client(conn, config)
		if err := secure.HandshakeContext(ctx); err != nil {
			_ = conn.Close()
			if fault := certificateFault(err); fault != "" {
				err = fmt.Errorf("%s: %w", fault, err)
			}
			return nil, fmt.Errorf("secure the connection to %s: %w", config.ServerName, err)
		}
		c.Conn = secure
	}
	if !s.keep(c) || !s.hand(c) {
		_ = c.Close()
		return nil, net.ErrClosed
	}
	select {
	case <-c.adopted:
		return c, nil
	case <-s.ctx.Done():
		return nil, net.ErrClosed
	}
}

// settle notes that sipgo has a connection in its pool.
func (s *streams) settle(c *connection) {
	s.mu.Lock()
	if _, open := s.open[c]; open && c.key != (flow{}) {
		s.opened[c.key] = c
	}
	s.mu.Unlock()
	close(c.adopted)
}

// begin begins work that Close waits for; false once it has begun.
func (s *streams) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.work.Add(1)
	}
	return !s.closed
}

func (s *streams) wrap(conn net.Conn) *connection {
	c := &connection{
		Conn: conn, raw: conn, owner: s, peer: addrPort(conn.RemoteAddr()),
		name: nameConnection(), adopted: make(chan struct{}), gone: make(chan struct{}),
	}
	c.heard.Store(time.Now().UnixNano())
	return c
}

// enter finds a place for a connection that came in.
func (s *streams) enter(c *connection, now time.Time) verdict {
	if v := s.screen.gate.source(c.peer.Addr(), now); v != admitted {
		return v
	}
	who := subject(c.peer.Addr())
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.came >= maxConnections || s.from[who] >= s.perSource {
		return crowded
	}
	s.open[c] = struct{}{}
	s.came++
	s.from[who]++
	c.counted = true
	return admitted
}

// keep remembers a connection that we opened; false once all is closed.
func (s *streams) keep(c *connection) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.open[c] = struct{}{}
	}
	return !s.closed
}

// leave gives a connection's place back.
func (s *streams) leave(c *connection) {
	who := subject(c.peer.Addr())
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, c)
	if s.opened[c.key] == c {
		delete(s.opened, c.key)
	}
	if !c.counted {
		return
	}
	s.came--
	if s.from[who]--; s.from[who] <= 0 {
		delete(s.from, who)
	}
}

// connections tells how many are open.
func (s *streams) connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}
