package dialog

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// place prepares a call.
func (e *Endpoint) place(who Invitee) (*placing, error) {
	p := &placing{
		e: e, who: who, network: who.Through.Network, settled: make(chan struct{}),
		early: make(map[string]*Dialog), forks: make(map[string]*Dialog),
	}
	p.credential.user, p.credential.password = who.User, who.Password
	if err := sip.ParseUri(who.Target, &p.target); err != nil {
		return nil, fmt.Errorf("SIP address %q: %w", who.Target, err)
	}
	if p.target.Scheme != "sip" || p.target.Host == "" {
		return nil, fmt.Errorf("SIP address %q: must be like sip:number@host", who.Target)
	}
	if p.network == "" {
		p.network = networkOf(p.target, "udp")
	}
	if !carries(p.network) {
		return nil, fmt.Errorf("SIP address %q: transport %q is not supported", who.Target, p.network)
	}
	p.peer, _ = netip.ParseAddrPort(p.destination())
	contact := e.contact(p.network, p.peer.Addr(), who.Contact)
	p.from = party{display: DisplayName(who.Display), uri: contact.Address, tag: sip.GenerateTagN(16)}
	p.from.uri.UriParams, p.from.uri.Port = nil, 0
	if who.From != "" {
		p.from.uri = sip.Uri{}
		if err := sip.ParseUri(who.From, &p.from.uri); err != nil {
			return nil, fmt.Errorf("own SIP address: %w", err)
		}
	}
	p.id = identity{call: sip.GenerateTagN(24) + "@" + contact.Address.Host, localTag: p.from.tag}
	if who.Offer != nil {
		offer, err := who.Offer(e.stack.Facing(p.network, p.peer.Addr()).Addr())
		if err != nil {
			return nil, fmt.Errorf("offer media: %w", err)
		}
		p.offer = offer
	}
	return p, nil
}

// destination is where the INVITE goes.
func (p *placing) destination() string {
	if p.who.Through.Peer.IsValid() {
		return p.who.Through.Peer.String()
	}
	return destination(p.target, p.network)
}

// invite builds the next INVITE of the call.
func (p *placing) invite() *sip.Request {
	p.sequence++
	req := sip.NewRequest(sip.INVITE, *p.target.Clone())
	req.SetTransport(strings.ToUpper(p.network))
	req.SetDestination(p.destination())
	from := &sip.FromHeader{DisplayName: p.from.display, Address: *p.from.uri.Clone(), Params: sip.NewParams()}
	from.Params.Add("tag", p.from.tag)
	to := *p.target.Clone()
	to.UriParams, to.Headers = nil, nil
	call, hops := sip.CallIDHeader(p.id.call), sip.MaxForwardsHeader(70)
	req.AppendHeader(from)
	req.AppendHeader(&sip.ToHeader{Address: to, Params: sip.NewParams()})
	req.AppendHeader(&call)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: p.sequence, MethodName: sip.INVITE})
	req.AppendHeader(&hops)
	req.AppendHeader(p.e.contact(p.network, p.peer.Addr(), p.who.Contact))
	req.AppendHeader(sip.NewHeader("User-Agent", p.e.cfg.Agent))
	for _, h := range append(p.extensions(), p.who.Headers...) {
		req.AppendHeader(h)
	}
	if p.offer != nil {
		req.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	}
	req.SetBody(p.offer)
	p.credential.authorize(req)
	return req
}

// extensions are what an INVITE says about what we can do, and about the session
// timer.
func (p *placing) extensions() []sip.Header {
	can := supported
	if p.who.Reliable {
		can += ", 100rel"
	}
	interval := max(int(p.e.cfg.SessionExpires/time.Second), p.minimum)
	headers := []sip.Header{
		sip.NewHeader("Allow", allowed), sip.NewHeader("Supported", can), expiry{seconds: interval}.header(),
	}
	if p.minimum > 0 {
		headers = append(headers, sip.NewHeader("Min-SE", strconv.Itoa(p.minimum)))
	}
	return headers
}
