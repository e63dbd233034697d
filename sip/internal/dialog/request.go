package dialog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Rejected is a final response that refuses what we asked for.
type Rejected struct {
	Status int
	Reason string // reason phrase
	Cause  Cause  // Reason header
	// RetryAfter is when the peer may be asked again; zero where it does not say.
	RetryAfter time.Duration

	response *sip.Response // nil where the owner of a call made this error
}

// Error names the status.
func (r *Rejected) Error() string { return fmt.Sprintf("peer answered %d %s", r.Status, r.Reason) }

func rejected(res *sip.Response) *Rejected {
	return &Rejected{
		Status: res.StatusCode, Reason: res.Reason, Cause: causeOf(res),
		RetryAfter: lasting(value(res, "Retry-After")), response: res,
	}
}

// Bye ends an answered call. It returns when the BYE was answered or given up,
// and does nothing when the call is over already.
func (d *Dialog) Bye(ctx context.Context, cause Cause) error {
	d.confirmed(ctx)
	return d.bye(ctx, cause, WeHungUp)
}

func (d *Dialog) bye(ctx context.Context, cause Cause, how How) error {
	if !d.at(standing) || !d.e.enter() {
		return nil
	}
	defer d.e.work.Done() // the BYE must be out before the sockets close
	d.end(Ending{How: how, Cause: cause})
	var headers []sip.Header
	if h := cause.header(); h != nil {
		headers = append(headers, h)
	}
	if _, err := d.request(ctx, sip.BYE, nil, headers...); err != nil {
		return fmt.Errorf("end the call: %w", err)
	}
	return nil
}

// Info sends an INFO.
func (d *Dialog) Info(ctx context.Context, contentType string, body []byte) error {
	if !d.at(standing) {
		return ErrEnded
	}
	_, err := d.request(ctx, sip.INFO, body, sip.NewHeader("Content-Type", contentType))
	return err
}

// request sends a request within the call and waits for its success. Challenges
// are answered; 481 and 408 mean that the call is gone (RFC 3261 section
// 12.2.1.2).
func (d *Dialog) request(ctx context.Context, method sip.RequestMethod, body []byte, headers ...sip.Header) (*sip.Response, error) {
	for attempt := 0; ; attempt++ {
		req := d.newRequest(method, d.nextSequence(), body, headers)
		d.credential.authorize(req)
		res, err := d.exchange(ctx, req)
		if err != nil {
			if errors.Is(err, sip.ErrTransactionTimeout) {
				d.lose(Ending{How: Lost})
			}
			return nil, err
		}
		switch {
		case res.IsSuccess():
			d.credential.satisfied()
			return res, nil
		case attempt < 3 && d.credential.challenged(res):
			continue
		case gone(method, res.StatusCode):
			d.lose(Ending{How: Lost, Cause: causeOf(res)})
		}
		return nil, rejected(res)
	}
}

// gone tells whether a refusal means that the peer knows no such call. That of a
// PRACK or NOTIFY speaks of a response or a subscription only.
func gone(method sip.RequestMethod, status int) bool {
	if method == sip.PRACK || method == sip.NOTIFY {
		return false
	}
	return status == sip.StatusCallTransactionDoesNotExists || status == sip.StatusRequestTimeout
}

// lose ends an answered call that the peer knows nothing of. What becomes of an
// early one its INVITE will tell.
func (d *Dialog) lose(how Ending) {
	if d.at(standing) {
		d.end(how)
	}
}

// exchange sends a request and waits for its final response, past any number of
// provisional ones. A 2xx to a re-INVITE is ACKed, as often as it comes; where
// it brings an offer, the ACK brings the owner's answer.
func (d *Dialog) exchange(ctx context.Context, req *sip.Request) (*sip.Response, error) {
	d.e.observe(true, req, req.Destination())
	tx, err := d.e.stack.Request(ctx, req, d.as)
	if err != nil {
		return nil, err
	}
	var sdp []byte
	ready := make(chan struct{}) // closed when sdp is set
	if req.IsInvite() {
		tx.OnRetransmission(func(*sip.Response) {
			select {
			case <-ready:
				d.ack(req, sdp)
			case <-tx.Done():
			}
		})
	}
	for {
		select {
		case res := <-tx.Responses():
			if res.IsProvisional() {
				continue
			}
			d.notePeer(res)
			if res.IsSuccess() && (req.IsInvite() || req.Method == sip.UPDATE) {
				d.retarget(res.Contact())
			}
			if req.IsInvite() && res.IsSuccess() {
				if len(req.Body()) == 0 && len(res.Body()) > 0 {
					sdp = d.answerOffer(res.Body())
				}
				close(ready)
				d.ack(req, sdp)
			}
			return res, nil
		case <-tx.Done():
			return nil, fmt.Errorf("%s went unanswered: %w", req.Method, tx.Err())
		case <-ctx.Done():
			tx.Terminate()
			return nil, ctx.Err()
		}
	}
}

// ack acknowledges a 2xx to an INVITE of ours (RFC 3261 section 13.2.2.4).
func (d *Dialog) ack(invite *sip.Request, sdp []byte) {
	if !d.e.enter() { // the sockets may be closed already
		return
	}
	defer d.e.work.Done()
	ack := d.newRequest(sip.ACK, invite.CSeq().SeqNo, sdp, nil)
	if len(sdp) > 0 {
		ack.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	}
	for _, name := range []string{"Authorization", "Proxy-Authorization"} {
		for _, h := range invite.GetHeaders(name) {
			ack.AppendHeader(h)
		}
	}
	d.e.observe(true, ack, ack.Destination())
	if err := d.e.stack.Send(ack, d.as); err != nil {
		d.e.log.Warn("sending ACK failed", "call", d.Call(), "error", err)
	}
}

func (d *Dialog) nextSequence() uint32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sequence.local++
	return d.sequence.local
}

// newRequest builds a request within the call: RFC 3261 section 12.2.1.1. A
// proxy that does not know loose routing gets itself as Request-URI, and the
// peer at the end of the Route.
func (d *Dialog) newRequest(method sip.RequestMethod, sequence uint32, body []byte, headers []sip.Header) *sip.Request {
	d.mu.Lock()
	defer d.mu.Unlock()
	recipient, routes := d.target, d.routes
	if len(routes) > 0 && !loose(routes[0]) {
		recipient = *routes[0].Clone()
		recipient.Headers = nil
		routes = append(slices.Clone(routes[1:]), d.target)
	}
	network, address := d.hop()
	req := sip.NewRequest(method, *recipient.Clone())
	req.SetTransport(strings.ToUpper(network))
	req.SetDestination(address)
	for _, uri := range routes {
		req.AppendHeader(&sip.RouteHeader{Address: *uri.Clone()})
	}
	from := &sip.FromHeader{DisplayName: d.local.display, Address: *d.local.uri.Clone(), Params: sip.NewParams()}
	from.Params.Add("tag", d.local.tag)
	to := &sip.ToHeader{DisplayName: d.remote.display, Address: *d.remote.uri.Clone(), Params: sip.NewParams()}
	if d.remote.tag != "" {
		to.Params.Add("tag", d.remote.tag)
	}
	call, hops := sip.CallIDHeader(d.id.call), sip.MaxForwardsHeader(70)
	req.AppendHeader(from)
	req.AppendHeader(to)
	req.AppendHeader(&call)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: sequence, MethodName: method})
	req.AppendHeader(&hops)
	if method != sip.ACK && method != sip.BYE {
		req.AppendHeader(d.contact())
	}
	req.AppendHeader(sip.NewHeader("User-Agent", d.e.cfg.Agent))
	for _, h := range headers {
		req.AppendHeader(h)
	}
	req.SetBody(body)
	return req
}

// loose tells whether a proxy routes loosely (RFC 3261 section 16.12).
func loose(route sip.Uri) bool {
	_, ok := route.UriParams.Get("lr")
	return ok
}

// contact is where requests within the call are to reach us.
func (d *Dialog) contact() *sip.ContactHeader {
	return d.e.contact(d.network, d.peer.Addr(), d.user)
}

// contact is where a peer is told to reach us, under the user part given or else
// the endpoint's own.
func (e *Endpoint) contact(network string, peer netip.Addr, user string) *sip.ContactHeader {
	local := e.stack.Facing(network, peer)
	uri := sip.Uri{Scheme: "sip", User: cmp.Or(user, e.cfg.User), Host: local.Addr().String(), Port: int(local.Port())}
	if network != "udp" {
		uri.UriParams = sip.NewParams()
		uri.UriParams.Add("transport", network)
	}
	return &sip.ContactHeader{Address: uri}
}

// hop is how and where requests within the call are sent: to the first route,
// over the transport that it names, else to the peer's Contact. A private
// Contact behind a different address is a phone behind NAT that does not know
// better; it is reached where it came from. So is a peer whose stream is still
// open: it may not accept others. d.mu is held.
func (d *Dialog) hop() (network, address string) {
	if len(d.routes) > 0 {
		network = d.over(d.routes[0])
		return network, destination(d.routes[0], network)
	}
	if d.network != "udp" && d.peer.IsValid() && d.e.stack.Connected(d.network, d.peer, d.as) {
		return d.network, d.peer.String()
	}
	contact, err := netip.ParseAddr(strings.Trim(d.target.Host, "[]"))
	if err == nil && d.peer.IsValid() && contact != d.peer.Addr() &&
		(contact.IsPrivate() || contact.IsLoopback() || contact.IsUnspecified() || contact.IsLinkLocalUnicast()) {
		return d.network, d.peer.String()
	}
	network = d.over(d.target)
	return network, destination(d.target, network)
}

// over is the transport that a URI names, or else that of the call.
func (d *Dialog) over(uri sip.Uri) string {
	if name := networkOf(uri, d.network); carries(name) {
		return name
	}
	return d.network
}
