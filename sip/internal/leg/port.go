package leg

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"time"
)

// port is the socket that RTP comes and goes by.
type port interface {
	// send hands a packet to the kernel. It may be lost, as any may on its way.
	send(b []byte, to netip.AddrPort)
	// receive hands take what comes, until ctx ends or the port is closed. The
	// data is valid only during the call; none is made after receive returned.
	receive(ctx context.Context, take intake) error
	Close() error
}

// intake takes a datagram that came from somewhere at some time.
type intake func(data []byte, from netip.AddrPort, at time.Time)

// longest is as much of a datagram as is read.
const longest = 2048

// ownPort is a port with a goroutine that reads it.
type ownPort struct{ *net.UDPConn }

func (p ownPort) send(b []byte, to netip.AddrPort) { _, _ = p.WriteToUDPAddrPort(b, to) }

func (p ownPort) receive(ctx context.Context, take intake) error {
	_ = p.SetReadDeadline(time.Time{})
	stop := context.AfterFunc(ctx, func() { _ = p.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	buf := make([]byte, longest)
	for ctx.Err() == nil {
		n, from, err := p.ReadFromUDPAddrPort(buf)
		switch {
		case err == nil:
			take(buf[:n], plain(from), time.Now())
		case errors.Is(err, net.ErrClosed):
			return nil
		}
	}
	return nil
}

// plain writes an IPv4 address as such, however the socket saw it.
func plain(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}
