package transport

import (
	"net"

	"github.com/emiago/sipgo/sip"
)

// buried is a connection by which nothing is sent any more.
type buried struct{ local net.Addr }

// bury has sipgo find a dead connection wherever it looked for the UDP socket.
// sipgo opens a socket, for good, for whatever finds none: a request of ours
// that comes too late, or one of a peer's that order does not wait for, such as
// the ACK of a refusal, whose goroutine has not run yet. The read loop must have
// stopped.
func (s *Stack) bury() {
	pool, dead := s.layer.Pool("udp"), buried{s.udp.LocalAddr()}
	pool.Add(dead.local.String(), dead)
	for peer := range s.reader.Load().sources {
		pool.Add(net.UDPAddrFromAddrPort(peer).String(), dead)
	}
}

// LocalAddr is where the socket listened.
func (b buried) LocalAddr() net.Addr { return b.local }

// WriteMsg sends nothing.
func (b buried) WriteMsg(sip.Message) error { return net.ErrClosed }

// Ref counts nothing.
func (b buried) Ref(int) int { return 1 }

// TryClose does nothing.
func (b buried) TryClose() (int, error) { return 1, nil }

// Close does nothing.
func (b buried) Close() error { return nil }
