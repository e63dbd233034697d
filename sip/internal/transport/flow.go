package transport

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"
)

// A connection that we opened is known by its peer and by who we are to it. In
// sipgo's pool it is found by a name of its own, an address that nobody has:
// sipgo files connections by their local address too, and would otherwise send
// what is meant for one carrier account over another's connection, or what is
// meant for our own address to whoever connected last.

// flow is what tells the connections that we opened apart.
type flow struct {
	peer netip.AddrPort
	as   *Identity
}

// discard is the prefix of addresses that lead nowhere (RFC 6666).
var discard = [8]byte{0x01, 0x00}

var connectionsNamed atomic.Uint64

// nameConnection makes the name of one more connection.
func nameConnection() netip.AddrPort {
	var address [16]byte
	copy(address[:], discard[:])
	binary.BigEndian.PutUint64(address[8:], connectionsNamed.Add(1))
	return netip.AddrPortFrom(netip.AddrFrom16(address), 9)
}

// LocalAddr names the connection rather than our address.
func (c *connection) LocalAddr() net.Addr { return net.TCPAddrFromAddrPort(c.name) }

// pin makes a request go out by this connection and no other.
func (c *connection) pin(req *sip.Request) {
	req.Laddr = sip.Addr{IP: c.name.Addr().AsSlice(), Port: int(c.name.Port())}
}

// find is the connection to a peer that we opened under an identity; nil where
// there is none. others tells that there is one under another identity.
func (s *streams) find(peer netip.AddrPort, as *Identity) (c *connection, others bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, c := range s.opened {
		switch {
		case key.peer != peer:
		case key.as == as:
			return c, false
		default:
			others = true
		}
	}
	return nil, others
}

// Connected tells whether a stream to a peer is open, whoever opened it.
func (s *Stack) Connected(network string, peer netip.AddrPort, as *Identity) bool {
	streams := s.streams(network)
	if streams == nil {
		return false
	}
	peer = netip.AddrPortFrom(peer.Addr().Unmap(), peer.Port())
	c, others := streams.find(peer, as)
	if c != nil || as != nil || others {
		return c != nil
	}
	conn := s.layer.Pool(network).Get(peer.String())
	if conn == nil {
		return false
	}
	_, _ = conn.TryClose() // gives the reference back that Get took
	return true
}

// ErrFlowLost means that the stream which a request went by was closed before its
// answer came.
var ErrFlowLost = errors.New("the connection was closed")

// Gone is closed when the stream that we opened to a peer is, and then why tells
// an ErrFlowLost with its cause; nil where none is open.
func (s *Stack) Gone(network, address string, as *Identity) (gone <-chan struct{}, why func() error) {
	peer, _ := netip.ParseAddrPort(address)
	if c := s.opened(network, peer, as); c != nil {
		return c.gone, c.lost
	}
	return nil, nil
}

// lost tells why the connection is closed.
func (c *connection) lost() error {
	cause := c.fault.Load()
	if cause == nil {
		return ErrFlowLost
	}
	if fault := certificateFault(*cause); fault != "" {
		return fmt.Errorf("%w: %s: %w", ErrFlowLost, fault, *cause)
	}
	return fmt.Errorf("%w: %w", ErrFlowLost, *cause)
}

// KeepAlive sends what keeps the way to a peer open, by UDP or the stream that
// we opened. On a stream, a peer that knows RFC 5626 answers; see Heard.
func (s *Stack) KeepAlive(network string, peer netip.AddrPort, as *Identity) {
	ping := slices.Concat(lineEnd, lineEnd)
	if c := s.opened(network, peer, as); c != nil {
		_, _ = c.Write(ping) // an error closes it, for whoever waits for that
	} else if network == "udp" && s.udp != nil {
		_, _ = s.udp.WriteToUDPAddrPort(ping, peer)
	}
}

// Heard is when something last came by the stream that we opened to a peer; zero
// where none is open.
func (s *Stack) Heard(network string, peer netip.AddrPort, as *Identity) time.Time {
	if c := s.opened(network, peer, as); c != nil {
		return time.Unix(0, c.heard.Load())
	}
	return time.Time{}
}

// Drop closes the stream that we opened to a peer, which is found to be dead.
func (s *Stack) Drop(network string, peer netip.AddrPort, as *Identity) {
	if c := s.opened(network, peer, as); c != nil {
		_ = c.Close()
	}
}

func (s *Stack) opened(network string, peer netip.AddrPort, as *Identity) *connection {
	streams := s.streams(network)
	if streams == nil {
		return nil
	}
	c, _ := streams.find(netip.AddrPortFrom(peer.Addr().Unmap(), peer.Port()), as)
	return c
}

// As is who we are to the peer that a message came from: it is the identity of
// the connection that we opened to there, nil for any other.
func (s *Stack) As(msg sip.Message) *Identity {
	streams := s.streams(sip.NetworkToLower(msg.Transport()))
	peer, err := netip.ParseAddrPort(msg.Source())
	if streams == nil || err != nil {
		return nil
	}
	streams.mu.Lock()
	defer streams.mu.Unlock()
	for key := range streams.opened {
		if key.peer == peer && key.as != nil {
			return key.as
		}
	}
	return nil
}

// numeric is a destination as an address; false where it is a name.
func numeric(host, port string) (netip.AddrPort, bool) {
	addr, err := netip.ParseAddr(host)
	number, bad := strconv.ParseUint(port, 10, 16)
	return netip.AddrPortFrom(addr.Unmap(), uint16(number)), err == nil && bad == nil && number != 0
}
