package softphone

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"github.com/emiago/sipgo/sip"

	"partyline/sip/internal/dialog"
	"partyline/sip/internal/offer"
)

// Ringing is a call that came in and is not answered yet. Its methods belong to
// the goroutine that Config.Incoming was called on, but for those that say so.
type Ringing struct {
	agent  *Agent
	dialog *dialog.Dialog
	call   *Call // nil before Early or Answer
	sdp    []byte
	early  bool // sound flows before the answer
}

// ID is the Call-ID.
func (r *Ringing) ID() string { return r.dialog.Call() }

// To is the user part of what was dialled.
func (r *Ringing) To() string { return r.dialog.Invitation().Recipient.User }

// From is who is said to be calling: the user part of what the caller asserts,
// or else of From.
func (r *Ringing) From() string { return dialog.Asserted(r.dialog.Invitation()).Caller }

// Invitation is the INVITE. It must not be changed.
func (r *Ringing) Invitation() *sip.Request { return r.dialog.Invitation() }

// Done is closed when the call is over, answered or not. Any goroutine may ask.
func (r *Ringing) Done() <-chan struct{} { return r.dialog.Done() }

// Ending tells how the call ended; it is meaningful once Done is closed. Any
// goroutine may ask.
func (r *Ringing) Ending() dialog.Ending { return r.dialog.Ending() }

// Ring sends 180.
func (r *Ringing) Ring() { r.dialog.Ring() }

// Progress sends 183 without sound.
func (r *Ringing) Progress() { r.dialog.Progress(nil) }

// Refuse ends the call with a final status, and a Q.850 cause in a Reason header
// where that is not 0.
func (r *Ringing) Refuse(status, q850 int, headers ...sip.Header) {
	cause := dialog.Cause{}
	if q850 != 0 {
		cause = dialog.Cause{Protocol: "Q.850", Code: q850}
	}
	r.dialog.Reject(status, cause, headers...)
}

// Early sends 183 with sound (RFC 3960): what the call says is heard before it
// is answered.
func (r *Ringing) Early() (*Call, error) {
	if len(r.dialog.Offer()) == 0 {
		return nil, errors.New("early media: the caller offered no sound")
	}
	if err := r.prepare(); err != nil {
		return nil, err
	}
	if !r.early {
		r.dialog.Handle(r.call.handlers())
		if err := r.call.begin(r.dialog, Early); err != nil {
			return nil, err
		}
		r.early = true
	}
	r.dialog.Progress(r.sdp)
	return r.call, nil
}

// Answer answers the call, and returns once that is acknowledged.
func (r *Ringing) Answer(ctx context.Context) (*Call, error) {
	if err := r.prepare(); err != nil {
		return nil, err
	}
	r.dialog.Handle(r.call.handlers())
	ackSDP, err := r.dialog.Accept(ctx, r.sdp)
	if err != nil {
		r.call.fail(r.dialog)
		return nil, fmt.Errorf("answer: %w", err)
	}
	switch {
	case r.early:
		r.agent.script.note(Answered, "%v", r.call.Codec())
	case len(r.dialog.Offer()) > 0:
		err = r.call.established(r.dialog, nil)
	default:
		err = r.call.established(r.dialog, ackSDP)
	}
	if err != nil {
		r.call.fail(r.dialog)
		return nil, err
	}
	return r.call, nil
}

// AnswerAgain answers a call a second time, as when the telephones of two
// people ring and both pick up. What it returns is a call of its own, which the
// caller has to end.
func (r *Ringing) AnswerAgain(ctx context.Context) (*Call, error) {
	second := &Ringing{agent: r.agent, dialog: r.dialog}
	if len(r.dialog.Offer()) == 0 {
		return nil, errors.New("answer again: the caller offered no sound")
	}
	if err := second.prepare(); err != nil {
		return nil, err
	}
	d, err := r.dialog.Fork(ctx, second.sdp, second.call.handlers())
	if err == nil {
		err = second.call.established(d, nil)
	}
	if err != nil {
		_ = second.call.leg.Close()
		return nil, fmt.Errorf("answer again: %w", err)
	}
	return second.call, nil
}

// prepare opens the call's media and makes its SDP. Where that fails the call is
// refused.
func (r *Ringing) prepare() error {
	if r.call != nil {
		return nil
	}
	c, err := r.agent.newCall()
	if err != nil {
		r.dialog.Reject(sip.StatusServiceUnavailable, dialog.Cause{})
		return err
	}
	c.session = offer.New(netip.AddrPortFrom(r.dialog.Host(), c.leg.Port()), r.agent.cfg.capabilities())
	if len(r.dialog.Offer()) == 0 {
		r.call, r.sdp = c, c.session.Offer(offer.SendRecv)
		return nil
	}
	sdp, media, err := c.session.Answer(r.dialog.Offer())
	if err != nil {
		r.dialog.Reject(offer.Status(err), dialog.Cause{})
		_ = c.leg.Close()
		return fmt.Errorf("answer: %w", err)
	}
	c.agree(media)
	r.call, r.sdp = c, sdp
	return nil
}
