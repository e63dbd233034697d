package dialog

import (
	"context"
	"crypto/rand"
	"errors"

	"github.com/emiago/sipgo/sip"
)

// Fork answers a call that came in a second time, as when two phones behind a
// proxy are picked up at once (RFC 3261 section 13.2.2.4): the answer has a tag
// of its own, and is a call of its own, which the caller has to end. It belongs
// after Accept, and returns once its ACK has come.
func (d *Dialog) Fork(ctx context.Context, sdp []byte, h Handlers) (*Dialog, error) {
	if d.tx == nil || !d.at(standing) {
		return nil, errors.New("only a call that we answered can be answered twice")
	}
	id := d.id
	id.localTag = rand.Text()
	f := d.e.newDialog(id, d.invitation, d.peer)
	d.mu.Lock()
	f.local, f.remote, f.target, f.routes, f.sequence = d.local, d.remote, d.target, d.routes, d.sequence
	d.mu.Unlock()
	f.local.tag = id.localTag
	f.phase, f.handlers, f.described = standing, h, sdp
	if !d.e.add(f) {
		f.cancel()
		return nil, ErrEnded
	}
	res := d.e.response(d.invitation, sip.StatusOK, sdp)
	res.To().Params.Add("tag", id.localTag)
	res.AppendHeader(f.contact())
	for _, header := range abilities() {
		res.AppendHeader(header)
	}
	c := f.expectACK(d.invitation, false)
	d.e.send(d.tx, res)
	if !d.e.spawn(func() { f.insist(c, d.invitation.CSeq().SeqNo, d.tx, res) }) {
		f.end(Ending{How: Lost})
		return nil, ErrEnded
	}
	select {
	case <-c.done:
		return f, c.err
	case <-ctx.Done():
		return f, ctx.Err()
	}
}
