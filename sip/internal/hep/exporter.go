package hep

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"partyline/sip/internal/transport"
)

// Exporter sends messages to a collector. Its methods may be called from any
// goroutine; those of nil do nothing.
type Exporter struct {
	cfg    Config
	again  time.Duration // between two tries to reach the collector
	log    *slog.Logger
	facing func(network string, peer netip.Addr) netip.AddrPort
	queue  chan message
	life   context.Context // ends with Close
	end    context.CancelFunc
	done   sync.WaitGroup

	sent, queueFull, unreachable, broken atomic.Uint64 // messages
}

const (
	// waiting is how many messages may wait for the collector.
	waiting = 512
	// again is how long after it was looked for the collector is looked for anew.
	again = 10 * time.Second
	// findTime is how long looking for it may take.
	findTime = 5 * time.Second
	// writeTime is how long a connection may take a message.
	writeTime = 5 * time.Second
	// mostFacing bounds the peers whose side of us is remembered.
	mostFacing = 1000
)

// New begins to export. facing tells our address as a peer sees it.
func New(cfg Config, facing func(network string, peer netip.Addr) netip.AddrPort, log *slog.Logger) *Exporter {
	return start(cfg, again, facing, log)
}

// start begins to export and tries to reach the collector every so often.
func start(cfg Config, again time.Duration, facing func(string, netip.Addr) netip.AddrPort, log *slog.Logger) *Exporter {
	if cfg.Network == "" {
		cfg.Network = udp
	}
	e := &Exporter{cfg: cfg, again: again, log: log, facing: facing, queue: make(chan message, waiting)}
	e.life, e.end = context.WithCancel(context.Background())
	e.done.Go(e.send)
	return e
}

// Pass takes a message that passes. It belongs in transport.Config.Tap.
func (e *Exporter) Pass(p transport.Passing) {
	if e == nil {
		return
	}
	p.Data = slices.Clone(p.Data)
	select {
	case e.queue <- message{Passing: p}:
	default:
		e.queueFull.Add(1)
	}
}

// Counts are messages so far. One that a network lost on the way counts as sent.
type Counts struct {
	Sent        uint64
	QueueFull   uint64 // too many waited
	Unreachable uint64 // there was no way to the collector
	Broken      uint64 // the way did not take it
}

// Counts tells what became of messages.
func (e *Exporter) Counts() Counts {
	if e == nil {
		return Counts{}
	}
	return Counts{e.sent.Load(), e.queueFull.Load(), e.unreachable.Load(), e.broken.Load()}
}

// Close stops exporting. What waits is sent if it can be at once.
func (e *Exporter) Close() {
	if e == nil {
		return
	}
	e.end()
	e.done.Wait()
}

// send sends what comes.
func (e *Exporter) send() {
	var out sending
	defer out.close()
	for {
		select {
		case m := <-e.queue:
			e.one(&out, m)
		case <-e.life.Done():
			for {
				select {
				case m := <-e.queue:
					e.one(&out, m)
				default:
					return
				}
			}
		}
	}
}

// sending is what the sending goroutine has.
type sending struct {
	conn   net.Conn
	gone   chan struct{} // closed when the collector has closed the connection; nil over UDP
	retry  time.Time     // when the collector may be looked for again
	told   bool
	facing map[way]netip.AddrPort
	buf    []byte
}

func (s *sending) close() {
	if s.conn == nil {
		return
	}
	_ = s.conn.Close() // what it would say is known already
	if s.gone != nil {
		<-s.gone
	}
	s.conn, s.gone = nil, nil
}

// closed tells whether the collector has closed the connection.
func (s *sending) closed() bool {
	select {
	case <-s.gone:
		return true
	default:
		return false
	}
}

// one sends a message.
func (e *Exporter) one(s *sending, m message) {
	if !e.reach(s) {
		e.unreachable.Add(1)
		return
	}
	m.local = s.local(e.facing, m)
	s.buf = e.cfg.appendTo(s.buf[:0], m)
	_ = s.conn.SetWriteDeadline(time.Now().Add(writeTime)) // the write says so
	_, err := s.conn.Write(s.buf)
	if err == nil {
		e.sent.Add(1)
		s.told = false
		return
	}
	e.broken.Add(1)
	if s.gone != nil {
		s.close() // part of a message may be out: the next one begins another connection
	}
	if !s.told { // over UDP nobody listens there, which an ICMP message told
		e.log.Warn("the collector of SIP messages does not take them", "collector", e.cfg.Collector, "error", err)
	}
	s.told = true
}

// reach finds the collector, again where it has closed the connection.
func (e *Exporter) reach(s *sending) bool {
	if s.conn != nil && s.closed() {
		s.close()
	}
	if s.conn != nil {
		return true
	}
	now := time.Now()
	if now.Before(s.retry) || e.life.Err() != nil {
		return false
	}
	s.retry = now.Add(e.again)
	conn, err := e.dial()
	if err != nil {
		if !s.told {
			e.log.Warn("the collector of SIP messages cannot be reached", "collector", e.cfg.Collector, "error", err)
		}
		s.told = true
		return false
	}
	s.conn = conn
	if e.cfg.Network != udp {
		s.gone = make(chan struct{})
		go listen(conn, s.gone)
	}
	return true
}

// dial connects to the collector.
func (e *Exporter) dial() (net.Conn, error) {
	finding, cancel := context.WithTimeout(e.life, findTime)
	defer cancel()
	secure, err := e.cfg.tls() // read anew: the file may be another
	switch {
	case err != nil:
		return nil, err
	case secure != nil:
		return (&tls.Dialer{Config: secure}).DialContext(finding, "tcp", e.cfg.Collector)
	default:
		return (&net.Dialer{}).DialContext(finding, e.cfg.Network, e.cfg.Collector)
	}
}

// listen waits until a connection is closed, by either side. Collectors say
// nothing.
func listen(conn net.Conn, gone chan<- struct{}) {
	defer close(gone)
	_, err := io.Copy(io.Discard, conn)
	if !errors.Is(err, net.ErrClosed) {
		_ = conn.Close() // the collector has: whoever writes at this moment need not wait
	}
}

// local is our side of the way that a message took.
func (s *sending) local(facing func(string, netip.Addr) netip.AddrPort, m message) netip.AddrPort {
	w := way{m.Network, m.Peer.Addr()}
	if local, known := s.facing[w]; known {
		return local
	}
	if s.facing == nil || len(s.facing) >= mostFacing {
		s.facing = make(map[way]netip.AddrPort)
	}
	s.facing[w] = facing(m.Network, m.Peer.Addr())
	return s.facing[w]
}

// way is how a peer is reached.
type way struct {
	network string
	peer    netip.Addr
}
