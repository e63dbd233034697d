package dialog

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Registration is what a phone asks a registrar for.
type Registration struct {
	Server   string // "sip:host:port;transport=tcp"
	User     string // part of the address of record, and for authentication
	Password string
	Expires  time.Duration // asked for; zero removes the binding
}

// Register binds our address to an address of record (RFC 3261 section 10.2),
// answering a challenge, and tells how long the binding lasts. A refusal is a
// *Rejected. Refreshing it in time is up to the caller.
func (e *Endpoint) Register(ctx context.Context, r Registration) (time.Duration, error) {
	var server sip.Uri
	if err := sip.ParseUri(r.Server, &server); err != nil {
		return 0, fmt.Errorf("SIP address %q: %w", r.Server, err)
	}
	network := "udp"
	if t, ok := server.UriParams.Get("transport"); ok {
		network = strings.ToLower(t)
	}
	proof := credential{user: r.User, password: r.Password}
	call, tag := sip.GenerateTagN(24), sip.GenerateTagN(16)
	for sequence := uint32(1); ; sequence++ {
		req := e.registration(r, server, network, call, tag, sequence)
		proof.authorize(req)
		res, err := e.request(ctx, req)
		switch {
		case err != nil:
			return 0, err
		case res.IsSuccess():
			return granted(res, req.Contact().Address.HostPort()), nil
		case sequence < 3 && proof.challenged(res): // twice: a stale nonce
		default:
			return 0, rejected(res)
		}
	}
}

// registration builds a REGISTER.
func (e *Endpoint) registration(r Registration, server sip.Uri, network, call, tag string, sequence uint32) *sip.Request {
	req := e.outside(sip.REGISTER, sip.Uri{Scheme: "sip", Host: server.Host, Port: server.Port},
		sip.Uri{Scheme: "sip", User: r.User, Host: server.Host}, network, call, tag, sequence)
	req.AppendHeader(sip.NewHeader("Expires", strconv.Itoa(int(r.Expires.Seconds()))))
	return req
}

// Options asks a peer what it can do, and gives the status of its answer. Sent
// now and then it keeps the way through a NAT open.
func (e *Endpoint) Options(ctx context.Context, network string, peer netip.AddrPort) (status int, err error) {
	target := sip.Uri{Scheme: "sip", Host: peer.Addr().String(), Port: int(peer.Port())}
	if peer.Addr().Is6() {
		target.Host = "[" + target.Host + "]"
	}
	req := e.outside(sip.OPTIONS, target, e.contact(network, peer.Addr()).Address, network, sip.GenerateTagN(24), sip.GenerateTagN(16), 1)
	req.SetDestination(peer.String())
	req.AppendHeader(sip.NewHeader("Accept", "application/sdp"))
	res, err := e.request(ctx, req)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, nil
}

// outside builds a request outside of any call, from and to the same party.
func (e *Endpoint) outside(method sip.RequestMethod, target, party sip.Uri, network, call, tag string, sequence uint32) *sip.Request {
	req := sip.NewRequest(method, target)
	req.SetTransport(strings.ToUpper(network))
	req.SetDestination(hostPort(target))
	peer, _ := netip.ParseAddrPort(hostPort(target))
	from := &sip.FromHeader{Address: *party.Clone(), Params: sip.NewParams()}
	from.Params.Add("tag", tag)
	to := *party.Clone()
	if method == sip.OPTIONS {
		to = *target.Clone()
	}
	id, hops := sip.CallIDHeader(call), sip.MaxForwardsHeader(70)
	req.AppendHeader(from)
	req.AppendHeader(&sip.ToHeader{Address: to, Params: sip.NewParams()})
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: sequence, MethodName: method})
	req.AppendHeader(&hops)
	req.AppendHeader(e.contact(network, peer.Addr()))
	req.AppendHeader(sip.NewHeader("User-Agent", e.cfg.Agent))
	return req
}

// request sends a request outside of any call and waits for its final response,
// or for Close.
func (e *Endpoint) request(ctx context.Context, req *sip.Request) (*sip.Response, error) {
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
	e.observe(true, req, req.Destination())
	tx, err := e.stack.Request(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", req.Method, err)
	}
	for {
		select {
		case res := <-tx.Responses():
			if !res.IsProvisional() {
				return res, nil
			}
		case <-tx.Done():
			return nil, fmt.Errorf("%s went unanswered: %w", req.Method, tx.Err())
		case <-ctx.Done():
			tx.Terminate()
			return nil, ctx.Err()
		}
	}
}

// granted is how long the registrar keeps our contact: the parameter of the
// contact before the header (RFC 3261 section 10.2.4).
func granted(res *sip.Response, ours string) time.Duration {
	lasts := func(text string) time.Duration {
		seconds, _ := strconv.ParseUint(strings.TrimSpace(text), 10, 31) // nonsense is no time at all
		return time.Duration(seconds) * time.Second
	}
	for _, h := range res.GetHeaders("Contact") {
		contact, ok := h.(*sip.ContactHeader)
		if ok && contact.Address.HostPort() == ours {
			if text, given := contact.Params.Get("expires"); given {
				return lasts(text)
			}
		}
	}
	if h := res.GetHeader("Expires"); h != nil {
		return lasts(h.Value())
	}
	return 0
}
