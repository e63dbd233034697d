package dialog

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"

	"partyline/sip/internal/transport"
)

// Invitee is whom to call and as whom.
type Invitee struct {
	Target   string // "sip:number@host:port;transport=tcp"
	From     string // "sip:name@host"; our Contact when empty
	Display  string // display name of From
	User     string // user name for digest authentication; empty: none
	Password string
	// Through is how the INVITE is sent, whatever Target says: where a phone
	// behind NAT registered from, or the address of a carrier that was found by
	// its name. The zero value sends it to Target.
	Through Way
	Contact string // user part of our Contact; the endpoint's when empty
	// Patience is how long the peer may say nothing at all before Invite returns
	// ErrSilent; zero leaves that to the transaction, which is 64*T1.
	Patience time.Duration
	// Offer makes the SDP for the address our media is to be reached at. Where
	// it is nil the offer is the peer's to make, for Handlers.Offered to answer.
	Offer    func(host netip.Addr) ([]byte, error)
	Handlers Handlers
	Headers  []sip.Header // added to the INVITE
	// Reliable asks for provisional responses that are repeated until we confirm
	// them (RFC 3262). Those of a peer that insists on it are confirmed anyway.
	Reliable bool
	Progress func(status int, reason string, sdp []byte) // of each 1xx beyond 100; must not block; may be nil
	OmitACK  bool                                        // fault injection: never acknowledge the answer
	// Inviting is told the Call-ID before the INVITE is sent. It may be nil.
	Inviting func(call string)
	// Answering is called when the call is answered, before the answer is
	// acknowledged: what it writes down is written whatever happens next. An answer
	// that crosses our CANCEL, and is ended at once, is one too. It may be nil.
	Answering func()
	// Settled is called once, when the INVITE has its final response or none is
	// waited for any more: also of a call that Invite no longer waits for. It may
	// be nil.
	Settled func()
}

// Why a call was not placed, beside a refusal: with either of the first two,
// another address of the same peer may do better. ErrFlowLost goes with
// ErrUnreachable and says that the stream was closed under the call: a fresh one
// may do better.
var (
	ErrSilent      = errors.New("the peer says nothing")
	ErrUnreachable = errors.New("the peer cannot be reached")
	ErrFlowLost    = transport.ErrFlowLost
)

// Invite places a call and returns once it is answered and ACKed. When ctx ends
// first, Invite returns at once and the call is cancelled behind it, or ended if
// its answer crossed the CANCEL. A refusal is a *Rejected.
func (e *Endpoint) Invite(ctx context.Context, who Invitee) (*Dialog, error) {
	ctx, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	p, err := e.place(who)
	if err != nil {
		return nil, err
	}
	if who.Inviting != nil {
		who.Inviting(p.id.call)
	}
	if who.Patience > 0 {
		defer time.AfterFunc(who.Patience, func() {
			if !p.heard.Load() {
				giveUp(ErrSilent)
			}
		}).Stop()
	}
	outcomes := make(chan outcome) // taken, or else the call is nobody's
	if !e.dispatch(p, func() {
		d, err := p.call(ctx)
		if who.Settled != nil {
			who.Settled()
		}
		select {
		case outcomes <- outcome{d, err}:
		case <-ctx.Done():
			if d != nil {
				d.dismiss(Cause{})
			}
		}
	}) {
		return nil, ErrEnded
	}
	defer e.forget(p)
	select {
	case o := <-outcomes:
		return o.dialog, o.err
	case <-ctx.Done():
		if errors.Is(context.Cause(ctx), ErrSilent) {
			return nil, ErrSilent
		}
		return nil, ctx.Err()
	}
}

// outcome is what became of a call that was placed.
type outcome struct {
	dialog *Dialog
	err    error
}

// dispatch sends a call on its way on a goroutine that Close waits for; it
// reports false once the endpoint is closed.
func (e *Endpoint) dispatch(p *placing, call func()) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.closed {
		e.placing[p.id.call] = p
		e.given.note(p.id, time.Now())
		e.calls.Go(call)
	}
	return !e.closed
}

// forget stops telling of a call's progress.
func (e *Endpoint) forget(p *placing) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.placing, p.id.call)
}

// call sends the INVITE, again where a challenge is to be answered.
func (p *placing) call(ctx context.Context) (*Dialog, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(p.e.ctx, func() { cancel(ErrEnded) })()
	defer p.abandon(true)
	for attempt := 0; ; attempt++ {
		d, res, err := p.attempt(ctx)
		switch {
		case err != nil:
			return nil, err
		case d != nil:
			return d, nil
		case attempt < 4 && (p.credential.challenged(res) || p.raise(res)): // two realms, a stale nonce, 422
			p.abandon(false)
		default:
			return nil, rejected(res)
		}
	}
}

// raise takes a 422: the session interval is to be at least its Min-SE (RFC 4028
// section 7.3). It reports false where the INVITE said so already.
func (p *placing) raise(res *sip.Response) bool {
	least := minimumOf(res)
	if res.StatusCode != statusIntervalTooSmall || least <= p.minimum {
		return false
	}
	p.minimum = least
	return true
}

// placing is a call on its way out.
type placing struct {
	e          *Endpoint
	who        Invitee
	id         identity
	target     sip.Uri
	from       party
	network    string
	peer       netip.AddrPort
	offer      []byte
	credential credential
	sequence   uint32
	minimum    int         // Min-SE that a 422 asked for
	heard      atomic.Bool // the peer has said something

	settled chan struct{} // closed once chosen and ack are set
	chosen  *Dialog       // nil where the answer was unusable
	ackSDP  []byte        // the answer to an offer that came with the 2xx

	mu    sync.Mutex         // guards what follows
	last  *sip.Request       // the present INVITE
	early map[string]*Dialog // by To tag: early dialogs
	over  bool               // none begins any more

	forking sync.Mutex         // guards forks
	forks   map[string]*Dialog // by To tag: other 2xx, dismissed
}

// attempt sends one INVITE and follows it to a dialog or a refusal.
func (p *placing) attempt(ctx context.Context) (*Dialog, *sip.Response, error) {
	if ctx.Err() != nil {
		return nil, nil, context.Cause(ctx)
	}
	req := p.invite()
	p.mu.Lock()
	p.last = req
	p.mu.Unlock()
	p.e.observe(true, req, req.Destination())
	tx, err := p.e.stack.Request(ctx, req, p.who.Through.As)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	tx.OnRetransmission(func(res *sip.Response) { p.again(req, res) })
	res, err := p.follow(ctx, req, tx)
	switch {
	case err != nil:
		return nil, nil, err
	case !res.IsSuccess():
		if ctx.Err() != nil {
			return nil, nil, context.Cause(ctx)
		}
		return nil, res, nil
	}
	d, err := p.answered(req, res)
	switch {
	case err == nil && ctx.Err() == nil:
		return d, nil, nil
	case d != nil: // the answer crossed our CANCEL
		d.dismiss(Cause{})
	}
	return nil, nil, errors.Join(err, context.Cause(ctx))
}

// answered makes the dialog of the first 2xx and acknowledges it. With an error
// the dialog, if there is one, is to be dismissed.
func (p *placing) answered(req *sip.Request, res *sip.Response) (*Dialog, error) {
	defer close(p.settled)
	d, err := p.dialog(req, res)
	if err != nil {
		return nil, err
	}
	p.credential.satisfied()
	p.chosen = d
	if p.offer == nil && d.described == nil {
		if p.ackSDP = d.answerOffer(d.RemoteAnswer()); p.ackSDP == nil {
			err = errUnanswerable
		}
	}
	stands := p.e.add(d)
	if p.who.Answering != nil {
		p.who.Answering()
	}
	if !p.who.OmitACK {
		d.ack(req, p.ackSDP)
	}
	if !stands {
		return d, ErrEnded
	}
	d.answeredTimer(res)
	return d, err
}

// errUnanswerable means that an offer that we asked for cannot be answered.
var errUnanswerable = errors.New("the peer's offer cannot be answered")

// dialog makes the dialog that a 2xx establishes.
func (p *placing) dialog(req *sip.Request, res *sip.Response) (*Dialog, error) {
	_, tag := tags(res)
	if tag == "" || res.Contact() == nil {
		return nil, errors.New("the answer names no tag or no Contact")
	}
	return p.confirm(req, res, tag), nil
}

// again takes a further 2xx: a repetition of one seen is ACKed again; that of
// another fork is ACKed with its own tag and ended.
func (p *placing) again(req *sip.Request, res *sip.Response) {
	if p.who.OmitACK || res.To() == nil {
		return
	}
	<-p.settled // sipgo passes the first 2xx up before it comes here with others
	_, tag := tags(res)
	if p.chosen != nil && p.chosen.id.remoteTag == tag {
		p.chosen.ack(req, p.ackSDP)
		return
	}
	p.forking.Lock()
	d, known := p.forks[tag]
	if !known {
		d, _ = p.dialog(req, res)
		p.forks[tag] = d
	}
	p.forking.Unlock()
	if d == nil {
		return
	}
	d.ack(req, nil)
	if !known {
		p.e.spawn(func() { d.dismiss(Cause{Protocol: "SIP", Code: 200, Text: "Call completed elsewhere"}) })
	}
}

// carries tells whether we can send over a network.
func carries(network string) bool { return slices.Contains([]string{"udp", "tcp", "tls"}, network) }

// dismiss hangs up on an answer that is not wanted.
func (d *Dialog) dismiss(cause Cause) {
	ctx, cancel := context.WithTimeout(context.Background(), 8*d.e.cfg.T1)
	defer cancel()
	_ = d.Bye(ctx, cause)
}
