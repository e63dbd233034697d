package dialog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/emiago/sipgo/sip"
)

// follow waits for the final response. When ctx ends it sends CANCEL, as soon
// as a provisional response permits (RFC 3261 section 9.1), and goes on waiting
// for a while, since a 2xx may come all the same.
func (p *placing) follow(ctx context.Context, req *sip.Request, tx *sip.ClientTx) (*sip.Response, error) {
	cancelling, settled := context.WithCancel(context.Background())
	defer settled()
	var provisional, cancelled bool
	var limit, lost <-chan time.Time
	giveUp, closing := ctx.Done(), p.e.ctx.Done()
	gone, why := p.e.stack.Gone(p.network, req.Destination(), p.who.Through.As)
	for {
		if giveUp == nil && provisional && !cancelled {
			cancelled = true
			p.cancel(cancelling, req)
		}
		select {
		case res := <-tx.Responses():
			if !res.IsProvisional() {
				return res, nil
			}
			if closing == nil && !provisional {
				limit = time.After(4 * p.e.cfg.T1)
			}
			provisional = true
		case <-giveUp:
			giveUp = nil
			if closing != nil {
				limit = time.After(64 * p.e.cfg.T1)
			}
		case <-closing:
			closing = nil
			limit = time.After(p.e.cfg.T1)
			if provisional {
				limit = time.After(4 * p.e.cfg.T1)
			}
		case <-limit:
			tx.Terminate()
			return nil, context.Cause(ctx)
		case <-gone: // what came by it is on its way to us still
			gone, lost = nil, time.After(p.e.cfg.T1)
		case <-lost:
			if !provisional { // later answers may come by another stream, but not to what was lost
				tx.Terminate()
				return nil, fmt.Errorf("%w: %w", ErrUnreachable, why())
			}
		case <-tx.Done():
			return nil, fmt.Errorf("%w: %w", ErrUnreachable, errors.Join(context.Cause(ctx), tx.Err()))
		}
	}
}

// cancel sends CANCEL for an INVITE: same branch, and the same Route (RFC 3261 section 9.1). It matters only until ctx ends.
func (p *placing) cancel(ctx context.Context, invite *sip.Request) {
	req := sip.NewRequest(sip.CANCEL, *invite.Recipient.Clone())
	req.SetTransport(invite.Transport())
	req.SetDestination(invite.Destination())
	hops := sip.MaxForwardsHeader(70)
	req.AppendHeader(invite.Via().Clone())
	sip.CopyHeaders("Route", invite, req)
	sip.CopyHeaders("From", invite, req)
	sip.CopyHeaders("To", invite, req)
	sip.CopyHeaders("Call-ID", invite, req)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: invite.CSeq().SeqNo, MethodName: sip.CANCEL})
	req.AppendHeader(&hops)
	req.SetBody(nil)
	p.e.observe(true, req, req.Destination())
	tx, err := p.e.stack.Request(ctx, req, p.who.Through.As)
	if err != nil {
		p.e.log.Warn("sending CANCEL failed", "call", p.id.call, "error", err)
		return
	}
	p.e.spawn(func() {
		for {
			select {
			case res := <-tx.Responses():
				if !res.IsProvisional() {
					return
				}
			case <-tx.Done():
				return
			case <-ctx.Done():
				tx.Terminate()
				return
			}
		}
	})
}
