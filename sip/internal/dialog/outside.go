package dialog

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"partyline/sip/internal/transport"
)

// Options asks a peer what it can do, and gives the status of its answer. Sent
// now and then it keeps the way through a NAT open.
func (e *Endpoint) Options(ctx context.Context, network string, peer netip.AddrPort) (status int, err error) {
	res, err := e.probe(ctx, peer.Addr().String(), int(peer.Port()), Way{Network: network, Peer: peer})
	if err != nil {
		return 0, err
	}
	return res.StatusCode, nil
}

// Probe asks a host, which a way leads to, what it can do. Any answer shows that
// it is there: one other than 200 is told as a *Rejected.
func (e *Endpoint) Probe(ctx context.Context, host string, way Way) error {
	res, err := e.probe(ctx, host, 0, way)
	if err == nil && !res.IsSuccess() {
		return rejected(res)
	}
	return err
}

func (e *Endpoint) probe(ctx context.Context, host string, port int, way Way) (*sip.Response, error) {
	if strings.Contains(host, ":") {
		host = "[" + strings.Trim(host, "[]") + "]"
	}
	req := e.outside(sip.OPTIONS, outsider{
		target: sip.Uri{Scheme: "sip", Host: host, Port: port}, party: e.contact(way.Network, way.Peer.Addr(), "").Address,
		way: way, call: sip.GenerateTagN(24), tag: sip.GenerateTagN(16), sequence: 1,
	})
	req.AppendHeader(sip.NewHeader("Accept", "application/sdp"))
	return e.request(ctx, req, way.As)
}

// outsider is who asks what of whom outside of any call.
type outsider struct {
	target, party sip.Uri // party is From, and To as well but for OPTIONS
	way           Way
	call, tag     string
	sequence      uint32
	contact       string // user part of our Contact; may be empty
}

// outside builds a request outside of any call.
func (e *Endpoint) outside(method sip.RequestMethod, o outsider) *sip.Request {
	req := sip.NewRequest(method, o.target)
	req.SetTransport(strings.ToUpper(o.way.Network))
	req.SetDestination(destination(o.target, o.way.Network))
	if o.way.Peer.IsValid() {
		req.SetDestination(o.way.Peer.String())
	}
	peer, _ := netip.ParseAddrPort(req.Destination())
	from := &sip.FromHeader{Address: *o.party.Clone(), Params: sip.NewParams()}
	from.Params.Add("tag", o.tag)
	to := *o.party.Clone()
	if method == sip.OPTIONS {
		to = *o.target.Clone()
	}
	id, hops := sip.CallIDHeader(o.call), sip.MaxForwardsHeader(70)
	req.AppendHeader(from)
	req.AppendHeader(&sip.ToHeader{Address: to, Params: sip.NewParams()})
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: o.sequence, MethodName: method})
	req.AppendHeader(&hops)
	req.AppendHeader(e.contact(o.way.Network, peer.Addr(), o.contact))
	req.AppendHeader(sip.NewHeader("User-Agent", e.cfg.Agent))
	return req
}

// request sends a request outside of any call and waits for its final response,
// or for Close.
func (e *Endpoint) request(ctx context.Context, req *sip.Request, as *transport.Identity) (*sip.Response, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	e.mu.Lock()
	closed := e.closed
	if !closed {
		e.calls.Add(1)
		defer e.calls.Done()
	}
	e.mu.Unlock()
	if closed {
		return nil, ErrEnded
	}
	defer context.AfterFunc(e.ctx, cancel)()
	req.SetBody(nil) // and its length, which a stream needs
	e.observe(true, req, req.Destination())
	tx, err := e.stack.Request(ctx, req, as)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", req.Method, err)
	}
	var lost <-chan time.Time
	gone, why := e.stack.Gone(sip.NetworkToLower(req.Transport()), req.Destination(), as)
	for {
		select {
		case res := <-tx.Responses():
			if !res.IsProvisional() {
				return res, nil
			}
		case <-gone: // what came by it is on its way to us still
			gone, lost = nil, time.After(e.cfg.T1)
		case <-lost:
			tx.Terminate()
			return nil, fmt.Errorf("%s: %w", req.Method, why())
		case <-tx.Done():
			return nil, fmt.Errorf("%s went unanswered: %w", req.Method, tx.Err())
		case <-ctx.Done():
			tx.Terminate()
			return nil, ctx.Err()
		}
	}
}
