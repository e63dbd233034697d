package dialog

import (
	"context"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// progressed takes a provisional response to an INVITE of ours; the transport's
// reader calls it, in order of arrival. One with a tag makes an early dialog
// (RFC 3261 section 12.1), one for each branch of a fork; one that requires it
// gets its PRACK.
func (p *placing) progressed(res *sip.Response) {
	if d := p.branch(res); d != nil {
		d.notePeer(res)
		if lists(res, "Require", "100rel") {
			p.acknowledge(d, res)
		}
	}
	if p.who.Progress != nil {
		p.who.Progress(res.StatusCode, res.Reason, res.Body())
	}
}

// branch finds or makes the early dialog of a provisional response.
func (p *placing) branch(res *sip.Response) *Dialog {
	_, tag := tags(res)
	if tag == "" || res.Contact() == nil || res.CSeq() == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if d := p.early[tag]; d != nil || p.over || p.last == nil || res.CSeq().SeqNo != p.last.CSeq().SeqNo {
		return d
	}
	d := p.newBranch(p.last, res, tag)
	d.offering = p.offer != nil
	p.early[tag] = d
	if !p.e.add(d) {
		return nil
	}
	return d
}

// newBranch makes the dialog of a response with a tag and a Contact (RFC 3261
// section 12.1.2).
func (p *placing) newBranch(req *sip.Request, res *sip.Response, tag string) *Dialog {
	d := p.e.newDialog(identity{p.id.call, p.id.localTag, tag}, req, p.peer)
	d.as, d.user = p.who.Through.As, p.who.Contact
	d.credential = &p.credential
	d.handlers = p.who.Handlers
	d.described = p.offer
	d.local = p.from
	d.remote = party{res.To().DisplayName, *res.To().Address.Clone(), tag}
	d.route(res)
	d.sequence.local = req.CSeq().SeqNo
	return d
}

// route takes the remote target and the route set from a response.
func (d *Dialog) route(res *sip.Response) {
	routes := routesOf(res)
	for i, j := 0, len(routes)-1; i < j; i, j = i+1, j-1 {
		routes[i], routes[j] = routes[j], routes[i]
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.target, d.routes = *res.Contact().Address.Clone(), routes
}

// acknowledge sends PRACK for a reliable response, unless it was sent for it
// already or one before it is missing: RFC 3262 section 4.
func (p *placing) acknowledge(d *Dialog, res *sip.Response) {
	rseq, err := strconv.ParseUint(value(res, "RSeq"), 10, 32)
	if err != nil {
		return
	}
	d.mu.Lock()
	due := d.rseq == 0 || uint32(rseq) == d.rseq+1
	var unoffered bool
	if due {
		d.rseq = uint32(rseq)
		unoffered = p.offer == nil && d.answer == nil
		if len(res.Body()) > 0 && d.answer == nil {
			d.answer, d.offering = res.Body(), false
		}
	}
	d.mu.Unlock()
	if !due {
		return
	}
	proof := sip.NewHeader("RAck", strings.Join([]string{strconv.FormatUint(rseq, 10), strconv.FormatUint(uint64(res.CSeq().SeqNo), 10), string(sip.INVITE)}, " "))
	p.e.spawn(func() {
		headers := []sip.Header{proof}
		var answer []byte
		if unoffered && len(res.Body()) > 0 {
			answer = d.answerOffer(res.Body())
			headers = append(headers, sip.NewHeader("Content-Type", "application/sdp"))
		}
		ctx, cancel := context.WithTimeout(d.ctx, 64*p.e.cfg.T1)
		defer cancel()
		if _, err := d.request(ctx, sip.PRACK, answer, headers...); err != nil {
			p.e.log.Info("a PRACK was not confirmed", "call", p.id.call, "error", err)
		}
	})
}

// answerOffer has the owner answer an offer that came in a response; nil where
// that cannot be.
func (d *Dialog) answerOffer(offer []byte) []byte {
	offered := d.handle().Offered
	if offered == nil {
		return nil
	}
	answer, err := offered(offer)
	if err != nil {
		d.e.log.Info("an offer cannot be answered", "call", d.Call(), "error", err)
		return nil
	}
	d.mu.Lock()
	d.described = answer
	d.mu.Unlock()
	return answer
}

// confirm makes the early dialog of a tag an answered one, or makes one where
// there was none.
func (p *placing) confirm(req *sip.Request, res *sip.Response, tag string) *Dialog {
	p.mu.Lock()
	d := p.early[tag]
	delete(p.early, tag)
	p.mu.Unlock()
	if d == nil || d.advance(early, standing) != nil {
		d = p.newBranch(req, res, tag)
		d.phase = standing
	}
	d.route(res)
	d.notePeer(res)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.offering = false
	if len(res.Body()) > 0 && d.answer == nil {
		d.answer = res.Body()
	}
	return d
}

// abandon ends the early dialogs that nobody answered in; none begins any more.
func (p *placing) abandon(final bool) {
	p.mu.Lock()
	left := p.early
	p.early = make(map[string]*Dialog)
	p.over = p.over || final
	p.mu.Unlock()
	for _, d := range left {
		d.end(Ending{How: Unanswered})
	}
}
