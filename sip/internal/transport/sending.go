package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"

	"partyline/sip/internal/resolve"
)

// Request sends a request in a transaction of its own. The request must say its
// network (SetTransport); a Via is added, and a stream opened where there is
// none under that identity. A destination that is a name is looked up, with port
// 0 as RFC 3263 says. The caller must drain Responses until Done.
func (s *Stack) Request(ctx context.Context, req *sip.Request, as *Identity) (*sip.ClientTx, error) {
	c, err := s.reach(ctx, req, as)
	if err != nil {
		return nil, fmt.Errorf("send %s: %w", req.Method, err)
	}
	tx, err := s.tx.Request(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("send %s: %w", req.Method, c.explain(err))
	}
	return tx, nil
}

// Send sends a request outside of any transaction: an ACK.
func (s *Stack) Send(req *sip.Request, as *Identity) error {
	ctx, cancel := context.WithTimeout(s.ctx, dialTime)
	defer cancel()
	c, err := s.reach(ctx, req, as)
	if err != nil {
		return fmt.Errorf("send %s: %w", req.Method, err)
	}
	if err := s.layer.WriteMsg(req); err != nil {
		return fmt.Errorf("send %s: %w", req.Method, c.explain(err))
	}
	return nil
}

// reach makes sure that a request can go out: by a stream that is open, or from
// the listening UDP socket, so that answers come where NATs and firewalls
// expect them. The connection is that of a stream which we opened.
func (s *Stack) reach(ctx context.Context, req *sip.Request, as *Identity) (c *connection, err error) {
	network := strings.ToLower(req.Transport())
	hops, err := s.hops(ctx, req, network)
	if err != nil {
		return nil, err
	}
	if streams := s.streams(network); streams != nil {
		if c, err = s.connect(ctx, streams, req, hops, as); err != nil {
			return nil, err
		}
	} else {
		req.SetDestination(hops[0].Addr.String())
	}
	s.address(req, network)
	if network == "udp" && s.udp != nil {
		local := s.Local("udp")
		req.Laddr = sip.Addr{IP: local.Addr().AsSlice(), Port: int(local.Port())}
		select { // sipgo must have adopted the socket, or it would bind another
		case <-s.reader.Load().reading:
		case <-s.ctx.Done():
		}
	}
	return c, nil
}

// explain tells why a request could not be written: where its connection was
// closed meanwhile, what closed it.
func (c *connection) explain(err error) error {
	if c == nil {
		return err
	}
	select {
	case <-c.gone:
		return c.lost()
	default:
		return err
	}
}

// hops are the addresses that a request may go to.
func (s *Stack) hops(ctx context.Context, req *sip.Request, network string) ([]resolve.Hop, error) {
	host, port, err := net.SplitHostPort(req.Destination())
	if err != nil {
		return nil, err
	}
	if peer, ok := numeric(host, port); ok {
		return []resolve.Hop{{Network: network, Addr: peer, Name: intended(req, host)}}, nil
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("port %q: %w", port, err)
	}
	return s.cfg.Resolver.Resolve(ctx, resolve.Place{Host: host, Port: uint16(number), Network: network})
}

// streams is what serves a network; nil for UDP.
func (s *Stack) streams(network string) *streams {
	switch network {
	case "tcp":
		return s.tcp
	case "tls":
		return s.tls
	default:
		return nil
	}
}

// connect opens a stream to where a request goes, unless one is open. A
// certificate must be for the name that the request was to reach, not for the
// address that this name led to.
func (s *Stack) connect(ctx context.Context, streams *streams, req *sip.Request, hops []resolve.Hop, as *Identity) (*connection, error) {
	var errs []error
	for _, hop := range hops {
		c, _ := streams.find(hop.Addr, as)
		if c == nil && !s.Connected(streams.network, hop.Addr, as) {
			var err error
			if c, err = streams.dial(ctx, flow{hop.Addr, as}, hop.Name); err != nil {
				errs = append(errs, err)
				continue
			}
		}
		if c != nil {
			c.pin(req)
		}
		req.SetDestination(hop.Addr.String())
		return c, nil
	}
	return nil, errors.Join(errs...)
}

// intended is the name that a request is for when its destination is an
// address already: that of the first hop, if it has one.
func intended(req *sip.Request, address string) string {
	name := req.Recipient.Host
	if route := req.Route(); route != nil {
		name = route.Address.Host
	}
	if _, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil || name == "" {
		return address
	}
	return name
}

// address adds a Via, unless there is one.
func (s *Stack) address(req *sip.Request, network string) {
	if req.Via() != nil {
		return
	}
	peer, _ := netip.ParseAddr(hostOf(req.Destination()))
	local := s.Facing(network, peer)
	port := int(local.Port())
	if port == 0 { // answers come by the stream; nobody is to open another
		port = sip.DefaultPort(network)
	}
	via := &sip.ViaHeader{
		ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: strings.ToUpper(network),
		Host: local.Addr().String(), Port: port, Params: sip.NewParams(),
	}
	via.Params.Add("branch", sip.GenerateBranch())
	via.Params.Add("rport", "")
	req.PrependHeader(via)
}
