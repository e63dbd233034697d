package main

import (
	"encoding/binary"
	"net"
	"net/netip"
	"sync"
	"time"
)

// ear is a synthetic browser's socket. It counts the RTP that comes and, unless
// it attends, throws it away: decrypting and sorting it in user space would
// cost the load more than sending costs the server. What is counted needs no
// key: SRTP leaves the RTP header in clear (RFC 3711 §3.1). It is Pion's
// ice.AddrPortReaderWriter.
type ear struct {
	*net.UDPConn
	attends bool
	first   chan struct{} // closed by the first packet

	mu      sync.Mutex // guards what follows
	heardAt time.Time  // when the first packet came
	streams map[uint32]*stream
}

// stream is what came with one SSRC.
type stream struct {
	received  uint64
	octets    uint64
	lowest    uint32 // sequence numbers, extended
	highest   uint32
	reported  uint32 // highest at the last report …
	reportedN uint64 // … and received by then
}

func newEar(attends bool) (*ear, error) {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, err
	}
	_ = conn.SetReadBuffer(1 << 20) // the kernel may allow less
	return &ear{UDPConn: conn, attends: attends, first: make(chan struct{}), streams: make(map[uint32]*stream)}, nil
}

// ReadFromAddrPort reads one datagram for Pion.
func (e *ear) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	for {
		n, from, err := e.ReadFromUDPAddrPort(b)
		if err != nil {
			return n, from, err
		}
		if isMedia(b[:n]) {
			if isRTP(b[:n]) {
				e.count(b[:n])
			}
			if !e.attends {
				continue
			}
		}
		return n, netip.AddrPortFrom(from.Addr().Unmap(), from.Port()), nil
	}
}

// WriteToAddrPort sends one datagram of Pion's.
func (e *ear) WriteToAddrPort(b []byte, to netip.AddrPort) (int, error) {
	return e.WriteToUDPAddrPort(b, to)
}

// isMedia tells RTP and RTCP from STUN and DTLS, RFC 7983 §7.
func isMedia(b []byte) bool { return len(b) >= 12 && b[0] >= 128 && b[0] <= 191 }

// isRTP tells RTP from RTCP, RFC 5761 §4.
func isRTP(b []byte) bool { return b[1]&0x7f < 64 || b[1]&0x7f >= 96 }

func (e *ear) count(b []byte) {
	seq, ssrc := binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint32(b[8:])
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.heardAt.IsZero() {
		e.heardAt = time.Now()
		close(e.first)
	}
	s := e.streams[ssrc]
	if s == nil {
		s = &stream{}
		e.streams[ssrc] = s
	}
	s.count(seq, len(b))
}

// count takes a packet. Sequence numbers are extended as in RFC 3550 A.1, but
// beginning at 65,536 so that late ones fit below.
func (s *stream) count(seq uint16, octets int) {
	if s.received == 0 {
		s.highest = 1<<16 + uint32(seq)
		s.lowest = s.highest
	} else {
		at := s.highest + uint32(int32(int16(seq-uint16(s.highest))))
		s.highest, s.lowest = max(s.highest, at), min(s.lowest, at)
	}
	s.received++
	s.octets += uint64(octets)
}

// lost is how many packets are missing.
func (s *stream) lost() int64 { return int64(s.highest-s.lowest) + 1 - int64(s.received) }

// tally is what a synthetic browser has received so far.
type tally struct {
	received, octets uint64
	lost             int64
}

// tally adds up all streams.
func (e *ear) tally() (t tally) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range e.streams {
		t.received += s.received
		t.octets += s.octets
		t.lost += s.lost()
	}
	return t
}
