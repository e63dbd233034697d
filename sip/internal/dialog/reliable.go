package dialog

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"partyline/sip/internal/transport"
)

// assurance sees to it that a caller who requires 100rel gets each provisional
// response, one after the other: RFC 3262 section 3.
type assurance struct {
	stop chan struct{} // closed with the final response

	mu       sync.Mutex // guards what follows
	stopped  bool
	next     uint32     // RSeq
	queue    []*assured // the first is the one being repeated
	answered bool       // the INVITE's offer has its answer, or ours has theirs
}

// assured is a provisional response on its way to its PRACK.
type assured struct {
	res   *sip.Response
	rseq  uint32
	acked chan struct{} // closed by PRACK
}

func newAssurance() *assurance {
	return &assurance{stop: make(chan struct{}), next: rand.Uint32N(1<<31-1) + 1}
}

// enqueue numbers a response; it reports whether it is the only one, so that
// somebody has to begin sending.
func (a *assurance) enqueue(res *sip.Response) (p *assured, first bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	p = &assured{res: res, rseq: a.next, acked: make(chan struct{})}
	a.next++
	res.AppendHeader(sip.NewHeader("Require", "100rel"))
	res.AppendHeader(sip.NewHeader("RSeq", strconv.FormatUint(uint64(p.rseq), 10)))
	a.queue = append(a.queue, p)
	return p, len(a.queue) == 1
}

// shift takes the first response off the queue and gives the next one.
func (a *assurance) shift() *assured {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.queue = a.queue[1:]
	if len(a.queue) == 0 {
		return nil
	}
	return a.queue[0]
}

// describing is the response with SDP that has no PRACK yet, if there is one.
func (a *assurance) describing() *assured {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, p := range a.queue {
		if len(p.res.Body()) > 0 {
			return p
		}
	}
	return nil
}

// end stops repeating: a final response is on its way.
func (a *assurance) end() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.stopped {
		a.stopped = true
		close(a.stop)
	}
}

// matches finds the response that a PRACK acknowledges, and marks it.
func (a *assurance) matches(r rack, invite uint32) *assured {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.queue) == 0 {
		return nil
	}
	p := a.queue[0]
	select {
	case <-p.acked:
		return nil
	default:
	}
	if r.rseq != p.rseq || r.sequence != invite || r.method != sip.INVITE {
		return nil
	}
	close(p.acked)
	return p
}

// settled tells whether offer and answer were exchanged before the final
// response.
func (a *assurance) settled() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.answered
}

// assure sends a provisional response reliably.
func (d *Dialog) assure(res *sip.Response) {
	if p, first := d.assurance.enqueue(res); first {
		d.e.spawn(func() { d.insistEarly(p) })
	}
}

// insistEarly repeats each provisional response until its PRACK. A caller
// that requires reliability and then gives none is refused.
func (d *Dialog) insistEarly(p *assured) {
	for ; p != nil; p = d.assurance.shift() {
		d.e.send(d.tx, p.res)
		switch err := d.unacknowledged(p); {
		case errors.Is(err, ErrNoACK):
			d.e.log.Info("no PRACK came for a provisional response", "call", d.Call(), "peer", d.peer.String())
			d.Reject(statusServerTimeout, Cause{Protocol: "SIP", Code: 504, Text: "no PRACK arrived"})
			return
		case err != nil:
			return
		}
	}
}

// unacknowledged repeats a response after T1, doubling without a limit, until
// PRACK (nil), a final response or the call's end (ErrEnded), or 64*T1
// (ErrNoACK).
func (d *Dialog) unacknowledged(p *assured) error {
	w := prackWait{acked: p.acked, stop: d.assurance.stop, ended: d.done}
	return w.repeat(d.e.cfg.T1, func() { d.e.send(d.tx, p.res) })
}

// prackWait is what may end the repeating of a provisional response.
type prackWait struct{ acked, stop, ended <-chan struct{} }

func (w prackWait) repeat(t1 time.Duration, send func()) error {
	limit := time.NewTimer(64 * t1)
	defer limit.Stop()
	interval := t1
	next := time.NewTimer(interval)
	defer next.Stop()
	for {
		select {
		case <-w.acked:
			return nil
		case <-w.stop:
			return ErrEnded
		case <-w.ended:
			return ErrEnded
		case <-limit.C:
			return ErrNoACK
		case <-next.C:
			send()
			interval *= 2
			next.Reset(interval)
		}
	}
}

// described waits, before the answer, for the PRACK of what was described in a
// provisional response: RFC 3262 section 3 permits no 2xx before it.
func (a *assurance) described(ctx context.Context, ended <-chan struct{}) error {
	p := a.describing()
	if p == nil {
		return nil
	}
	select {
	case <-p.acked:
		return nil
	case <-ended:
		return ErrEnded
	case <-ctx.Done():
		return ctx.Err()
	}
}

// rack is a RAck header: which response to which request.
type rack struct {
	rseq, sequence uint32
	method         sip.RequestMethod
}

// parseRAck reads a RAck header's value.
func parseRAck(text string) (rack, bool) {
	fields := strings.Fields(text)
	if len(fields) != 3 {
		return rack{}, false
	}
	rseq, err := strconv.ParseUint(fields[0], 10, 32)
	if err != nil {
		return rack{}, false
	}
	sequence, err := strconv.ParseUint(fields[1], 10, 32)
	if err != nil {
		return rack{}, false
	}
	return rack{uint32(rseq), uint32(sequence), sip.RequestMethod(fields[2])}, true
}

// pracked takes a PRACK. Its SDP answers an offer of ours, or is a new one.
func (d *Dialog) pracked(in transport.Incoming) {
	r, ok := parseRAck(value(in.Request, "RAck"))
	if !ok {
		d.e.respond(in, sip.StatusBadRequest)
		return
	}
	var p *assured
	if d.assurance != nil {
		p = d.assurance.matches(r, d.invitation.CSeq().SeqNo)
	}
	if p == nil {
		d.e.respond(in, sip.StatusCallTransactionDoesNotExists)
		return
	}
	var sdp []byte
	fresh := d.assurance.exchanged(p)
	switch {
	case len(in.Body()) == 0:
	case fresh && len(d.Offer()) == 0:
		if answered := d.handle().Answered; answered != nil {
			answered(in.Body())
		}
	default:
		if sdp, ok = d.negotiate(in, in.Body()); !ok {
			return
		}
	}
	d.e.send(in.Tx, d.e.response(in.Request, sip.StatusOK, sdp))
}

// exchanged notes that a response with SDP has arrived; it reports whether it
// was the first.
func (a *assurance) exchanged(p *assured) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(p.res.Body()) == 0 || a.answered {
		return false
	}
	a.answered = true
	return true
}
