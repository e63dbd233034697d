package dialog

import (
	"context"
	"errors"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Ring sends 180. It does nothing once the call is answered or over.
func (d *Dialog) Ring() { d.provisional(180, nil) }

// Progress sends 183 with early media. It does nothing once the call is
// answered or over.
func (d *Dialog) Progress(sdp []byte) { d.provisional(183, sdp) }

// provisional sends a provisional response; a caller that requires 100rel gets
// it until it has confirmed it, and the next one after that.
func (d *Dialog) provisional(status int, sdp []byte) {
	if d.tx == nil || !d.at(early) {
		return
	}
	res := d.e.response(d.invitation, status, sdp)
	res.AppendHeader(d.contact())
	res.AppendHeader(sip.NewHeader("Allow", allowed))
	if d.assurance != nil {
		d.describe(sdp)
		d.assure(res)
		return
	}
	d.e.send(d.tx, res)
}

// describe notes the SDP that we last sent, if this is any.
func (d *Dialog) describe(sdp []byte) {
	if len(sdp) == 0 {
		return
	}
	d.mu.Lock()
	d.described = sdp
	d.mu.Unlock()
}

// Accept answers the call with 200 and waits for the ACK, repeating the 200 by
// RFC 3261 section 13.3.1.4. It returns the ACK's SDP, which a late offer has
// its answer in. Media may flow before it returns. It returns ErrCancelled,
// ErrEnded, or ErrNoACK, in which case BYE was sent.
func (d *Dialog) Accept(ctx context.Context, sdp []byte) (ackSDP []byte, err error) {
	if d.tx == nil {
		return nil, errors.New("a call that we placed is not ours to accept")
	}
	settled, err := d.settle(ctx)
	if err != nil {
		return nil, err
	}
	if settled {
		sdp = nil
	}
	d.describe(sdp)
	c := d.expectACK(d.invitation, len(d.Offer()) == 0 && !settled)
	if err := d.advance(settling, standing); err != nil {
		return nil, d.crossed(err)
	}
	d.confirm(c, d.invitation, d.tx, sdp, d.respondTimer(d.invitation))
	if errors.Is(d.tx.Err(), sip.ErrTransactionCanceled) {
		return nil, d.crossed(ErrCancelled)
	}
	select {
	case <-c.done:
		return c.sdp, c.err
	case <-ctx.Done():
		return nil, d.unheard(c, ctx.Err())
	}
}

// settle ends the time before the answer. It reports whether offer and answer
// were exchanged in reliable provisional responses, so that the 2xx has none.
func (d *Dialog) settle(ctx context.Context) (settled bool, err error) {
	if d.assurance != nil {
		if err := d.assurance.described(ctx, d.done); err != nil {
			return false, err
		}
	}
	if err := d.advance(early, settling); err != nil {
		return false, err
	}
	if d.assurance == nil {
		return false, nil
	}
	d.assurance.end()
	return d.assurance.settled(), nil
}

// unheard tells why the ACK was not waited for to its end: ctx may well be the
// call's own and have ended with it.
func (d *Dialog) unheard(c *confirmation, err error) error {
	select {
	case <-c.done:
		return c.err
	default:
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.phase != over:
		return err
	case d.ending.How == Cancelled:
		return ErrCancelled
	default:
		return ErrEnded
	}
}

// crossed cleans up after a CANCEL that was faster than our 200: the
// transaction has sent 487, and must have that, not our 200, to repeat.
func (d *Dialog) crossed(err error) error {
	_ = d.tx.Respond(d.e.response(d.invitation, sip.StatusRequestTerminated, nil))
	d.end(Ending{How: Cancelled})
	return err
}

// Reject refuses the call with a final status. cause, where not zero, goes into
// a Reason header; headers are added. It does nothing once the call is answered
// or over.
func (d *Dialog) Reject(status int, cause Cause, headers ...sip.Header) {
	if d.tx == nil || d.advance(early, settling) != nil {
		return
	}
	if d.assurance != nil {
		d.assurance.end()
	}
	res := d.e.response(d.invitation, status, nil)
	for _, h := range append(headers, cause.header()) {
		if h != nil {
			res.AppendHeader(h)
		}
	}
	d.e.send(d.tx, res)
	d.end(Ending{How: Refused, Cause: cause})
}

// finish ends a call in whatever phase it is: status before the answer, BYE
// after it.
func (d *Dialog) finish(ctx context.Context, status int) {
	d.Reject(status, Cause{})
	if d.at(standing) {
		_ = d.Bye(ctx, Cause{})
	}
}

// confirmation is a 2xx of ours on its way to being acknowledged.
type confirmation struct {
	lateOffer bool          // the 2xx carried an offer, the ACK brings the answer
	acked     chan []byte   // the ACK's SDP
	done      chan struct{} // closed when sdp and err are set
	sdp       []byte
	err       error
}

// expectACK notes that a 2xx to an INVITE is about to be sent.
func (d *Dialog) expectACK(req *sip.Request, lateOffer bool) *confirmation {
	c := &confirmation{lateOffer: lateOffer, acked: make(chan []byte, 1), done: make(chan struct{})}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.unacked[req.CSeq().SeqNo] = c
	return c
}

// confirm sends a 2xx to an INVITE and has it repeated until it is ACKed.
func (d *Dialog) confirm(c *confirmation, req *sip.Request, tx *sip.ServerTx, sdp []byte, headers []sip.Header) {
	res := d.e.response(req, sip.StatusOK, sdp)
	res.AppendHeader(d.contact())
	for _, h := range append(abilities(), headers...) {
		res.AppendHeader(h)
	}
	d.e.send(tx, res)
	if !d.e.spawn(func() { d.insist(c, req.CSeq().SeqNo, tx, res) }) {
		c.err = ErrEnded
		close(c.done)
	}
}

// insist waits for the ACK of a 2xx, and hangs up if none comes.
func (d *Dialog) insist(c *confirmation, sequence uint32, tx *sip.ServerTx, res *sip.Response) {
	ack := ackWait{acked: c.acked, byBranch: tx.Acks(), ended: d.done}
	c.sdp, c.err = ack.repeat(d.e.cfg.T1, d.e.cfg.T2, func() { d.e.send(tx, res) })
	d.mu.Lock()
	delete(d.unacked, sequence)
	d.mu.Unlock()
	close(c.done)
	if !errors.Is(c.err, ErrNoACK) {
		return
	}
	d.e.log.Warn("no ACK came for our answer, hanging up", "call", d.Call(), "peer", d.peer.String())
	ctx, cancel := context.WithTimeout(context.Background(), 8*d.e.cfg.T1)
	defer cancel()
	_ = d.bye(ctx, Cause{Protocol: "SIP", Code: 408, Text: "ACK timeout"}, Unconfirmed)
}

// ackWait is what may end the repeating of a 2xx.
type ackWait struct {
	acked <-chan []byte
	// byBranch brings ACKs that came with the branch of the INVITE, as some
	// peers send them: sipgo gives those to the transaction.
	byBranch <-chan *sip.Request
	ended    <-chan struct{}
}

// repeat sends a 2xx again after t1, doubling up to t2, until its ACK comes
// (whose SDP it returns), the call ends (ErrEnded) or 64*t1 have passed
// (ErrNoACK): RFC 3261 section 13.3.1.4.
func (w ackWait) repeat(t1, t2 time.Duration, send func()) ([]byte, error) {
	limit := time.NewTimer(64 * t1)
	defer limit.Stop()
	interval := t1
	next := time.NewTimer(interval)
	defer next.Stop()
	for {
		select {
		case sdp := <-w.acked:
			return sdp, nil
		case ack := <-w.byBranch:
			return ack.Body(), nil
		case <-w.ended:
			return nil, ErrEnded
		case <-limit.C:
			return nil, ErrNoACK
		case <-next.C:
			send()
			interval = min(2*interval, t2)
			next.Reset(interval)
		}
	}
}

// acknowledged takes an ACK that belongs to this call.
func (d *Dialog) acknowledged(ack *sip.Request) {
	if ack.CSeq() == nil {
		return
	}
	d.mu.Lock()
	c := d.unacked[ack.CSeq().SeqNo]
	delete(d.unacked, ack.CSeq().SeqNo) // at once: a new offer may be next in order
	answered := d.handlers.Answered
	initial := ack.CSeq().SeqNo == d.invitation.CSeq().SeqNo
	d.mu.Unlock()
	if c == nil {
		return
	}
	c.acked <- ack.Body() // never blocks: only the first ACK comes here
	if c.lateOffer && !initial && answered != nil {
		answered(ack.Body())
	}
}

// confirmed waits until no 2xx of ours awaits its ACK any more: RFC 3261
// section 15 forbids BYE before that.
func (d *Dialog) confirmed(ctx context.Context) {
	d.mu.Lock()
	var waiting []*confirmation
	for _, c := range d.unacked {
		waiting = append(waiting, c)
	}
	d.mu.Unlock()
	for _, c := range waiting {
		select {
		case <-c.done:
		case <-d.done:
			return
		case <-ctx.Done():
			return
		}
	}
}
