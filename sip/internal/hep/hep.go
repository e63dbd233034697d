// Package hep hands SIP messages to a collector such as Homer or sngrep, in
// version 3 of the Homer Encapsulation Protocol over UDP.
//
// What the collector is slow to take is dropped and counted: calls never wait.
//
//	goroutine | one per  | owns                       | ends when
//	send      | exporter | its socket, what it waits for | Close
package hep

import (
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"partyline/sip/evidence"
	"partyline/sip/internal/transport"
)

// Config says where messages go to.
type Config struct {
	Collector string // "host:port"
	Agent     uint32 // by which the collector knows us
	Password  string // that the collector asks for; empty: none
	// Masking is what is hidden of the messages. Passwords, keys and keys pressed
	// always are.
	Masking evidence.Masking
}

// Validate tells what is wrong with it.
func (c Config) Validate() error {
	if _, port, err := net.SplitHostPort(c.Collector); err != nil || port == "" {
		return fmt.Errorf("the collector %q is not like homer.example.com:9060", c.Collector)
	}
	return nil
}

// Chunks of HEP3, all of vendor 0.
const (
	chunkFamily = 0x0001 + iota
	chunkProtocol
	chunkSource4
	chunkDestination4
	chunkSource6
	chunkDestination6
	chunkSourcePort
	chunkDestinationPort
	chunkSeconds
	chunkMicroseconds
	chunkKind
	chunkAgent
	_ // keep-alive
	chunkPassword
	chunkPayload
)

const (
	familyIPv4, familyIPv6   = 2, 10 // those of the Linux kernel
	protocolTCP, protocolUDP = 6, 17
	kindSIP                  = 1
)

// message is one on its way to the collector.
type message struct {
	transport.Passing
	local netip.AddrPort
}

// appendTo writes a packet.
func (c Config) appendTo(b []byte, m message) []byte {
	start := len(b)
	b = append(b, "HEP3\x00\x00"...)
	from, to := m.Peer, m.local
	if m.Out {
		from, to = m.local, m.Peer
	}
	from, to = plain(from), plain(to)
	if from.Addr().Is4() && to.Addr().Is4() {
		b = appendChunk(b, chunkFamily, []byte{familyIPv4})
		b = appendChunk(b, chunkSource4, from.Addr().AsSlice())
		b = appendChunk(b, chunkDestination4, to.Addr().AsSlice())
	} else {
		source, destination := sixteen(from), sixteen(to)
		b = appendChunk(b, chunkFamily, []byte{familyIPv6})
		b = appendChunk(b, chunkSource6, source[:])
		b = appendChunk(b, chunkDestination6, destination[:])
	}
	protocol := byte(protocolUDP)
	if m.Network != "udp" {
		protocol = protocolTCP
	}
	b = appendChunk(b, chunkProtocol, []byte{protocol})
	b = appendChunk(b, chunkSourcePort, binary.BigEndian.AppendUint16(nil, from.Port()))
	b = appendChunk(b, chunkDestinationPort, binary.BigEndian.AppendUint16(nil, to.Port()))
	b = appendChunk(b, chunkSeconds, binary.BigEndian.AppendUint32(nil, uint32(m.At.Unix())))
	b = appendChunk(b, chunkMicroseconds, binary.BigEndian.AppendUint32(nil, uint32(m.At.Nanosecond()/1000)))
	b = appendChunk(b, chunkKind, []byte{kindSIP})
	b = appendChunk(b, chunkAgent, binary.BigEndian.AppendUint32(nil, c.Agent))
	if c.Password != "" {
		b = appendChunk(b, chunkPassword, []byte(c.Password))
	}
	b = appendChunk(b, chunkPayload, evidence.Mask(m.Data, c.Masking))
	binary.BigEndian.PutUint16(b[start+4:], uint16(len(b)-start))
	return b
}

// appendChunk writes a chunk: vendor, kind and length, which counts these six
// bytes.
func appendChunk(b []byte, kind uint16, content []byte) []byte {
	b = binary.BigEndian.AppendUint16(b, 0)
	b = binary.BigEndian.AppendUint16(b, kind)
	b = binary.BigEndian.AppendUint16(b, uint16(6+len(content)))
	return append(b, content...)
}

func plain(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }

// sixteen is an address as IPv6 writes it; none is the unspecified one.
func sixteen(a netip.AddrPort) [16]byte {
	if !a.IsValid() {
		return [16]byte{}
	}
	return a.Addr().As16()
}

// Exporter sends messages to a collector. Its methods may be called from any
// goroutine; those of nil do nothing.
type Exporter struct {
	cfg    Config
	log    *slog.Logger
	facing func(network string, peer netip.Addr) netip.AddrPort
	queue  chan message
	life   context.Context // ends with Close
	end    context.CancelFunc
	done   sync.WaitGroup
	lost   atomic.Uint64 // messages that were not sent
}

// waiting is how many messages may wait for the collector.
const waiting = 512

// New begins to export. facing tells our address as a peer sees it.
func New(cfg Config, facing func(network string, peer netip.Addr) netip.AddrPort, log *slog.Logger) *Exporter {
	e := &Exporter{cfg: cfg, log: log, facing: facing, queue: make(chan message, waiting)}
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
		e.lost.Add(1)
	}
}

// Lost is how many messages were not sent: the collector's name has no address,
// or there were too many at once.
func (e *Exporter) Lost() uint64 {
	if e == nil {
		return 0
	}
	return e.lost.Load()
}

// Close stops exporting. What waits is sent if it can be at once.
func (e *Exporter) Close() {
	if e == nil {
		return
	}
	e.end()
	e.done.Wait()
}

const (
	// again is how long after it was not found the collector is looked for anew.
	again = 10 * time.Second
	// findTime is how long looking for it may take.
	findTime = 5 * time.Second
	// mostFacing bounds the peers whose side of us is remembered.
	mostFacing = 1000
)

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
	retry  time.Time // when the collector may be looked for again
	told   bool
	facing map[way]netip.AddrPort
	buf    []byte
}

func (s *sending) close() {
	if s.conn != nil {
		_ = s.conn.Close() // a datagram socket has nothing left to say
	}
}

// one sends a message.
func (e *Exporter) one(s *sending, m message) {
	if !e.reach(s) {
		e.lost.Add(1)
		return
	}
	m.local = s.local(e.facing, m)
	s.buf = e.cfg.appendTo(s.buf[:0], m)
	_, err := s.conn.Write(s.buf)
	if err != nil {
		e.lost.Add(1)
	}
	if err != nil && !s.told { // nobody listens there, which an ICMP message told
		e.log.Warn("the collector of SIP messages does not take them", "collector", e.cfg.Collector, "error", err)
	}
	s.told = err != nil
}

// reach finds the collector.
func (e *Exporter) reach(s *sending) bool {
	if s.conn != nil {
		return true
	}
	now := time.Now()
	if now.Before(s.retry) || e.life.Err() != nil {
		return false
	}
	finding, cancel := context.WithTimeout(e.life, findTime)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(finding, "udp", e.cfg.Collector)
	if err != nil {
		s.retry = now.Add(again)
		e.log.Warn("the collector of SIP messages cannot be found", "collector", e.cfg.Collector, "error", err)
		return false
	}
	s.conn = conn
	return true
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
