package transport

import (
	"net"
	"net/netip"
	"strings"
)

// Facing is the address that a peer is to be told for a network ("udp", "tcp",
// "tls"): the public one, which is configured or found by STUN, or for a peer
// that we reach without leaving our own nets the local address facing it. The
// port is 0 where the network is not listened on.
func (s *Stack) Facing(network string, peer netip.Addr) netip.AddrPort {
	local := s.Local(network)
	peer = peer.Unmap()
	if public := s.public(); public.IsValid() && !s.inside(peer) && sameFamily(public.Addr(), peer) {
		if strings.EqualFold(network, "udp") && public.Port() != 0 {
			return public
		}
		return netip.AddrPortFrom(public.Addr(), local.Port())
	}
	if host := local.Addr(); host.IsValid() && !host.IsUnspecified() {
		return local
	}
	return netip.AddrPortFrom(towards(peer), local.Port())
}

// public is the configured address, or the one found by STUN with its port.
func (s *Stack) public() netip.AddrPort {
	if s.cfg.Advertise.IsValid() {
		return netip.AddrPortFrom(s.cfg.Advertise, 0)
	}
	found := s.stun.address()
	if s.udp == nil { // the port is that of a socket which is used for nothing else
		return netip.AddrPortFrom(found.Addr(), 0)
	}
	return found
}

// inside tells whether a peer has an address of a private net and we have one
// facing it: it would not find us under the public one.
func (s *Stack) inside(peer netip.Addr) bool {
	if !peer.IsPrivate() && !peer.IsLinkLocalUnicast() && !peer.IsLoopback() {
		return false
	}
	local := towards(peer)
	return local.IsPrivate() || local.IsLinkLocalUnicast() || local.IsLoopback()
}

// sameFamily tells whether an address can be reached by a peer: one of the same
// family, or any while the peer's is not known.
func sameFamily(a, peer netip.Addr) bool {
	return !peer.IsValid() || a.Unmap().Is4() == peer.Is4()
}

// towards finds the local address on the route to a peer; no packet is sent.
func towards(peer netip.Addr) netip.Addr {
	if !peer.IsValid() {
		peer = netip.AddrFrom4([4]byte{192, 0, 2, 1}) // any address outside
	}
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(peer, 9)))
	if err != nil {
		if peer.Is6() {
			return netip.IPv6Loopback()
		}
		return netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	defer func() { _ = conn.Close() }()
	return addrPort(conn.LocalAddr()).Addr()
}
