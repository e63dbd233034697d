package dialog

import (
	"context"
	"errors"
	"net/netip"
	"sync"

	"github.com/emiago/sipgo/sip"

	"partyline/sip/internal/transport"
)

// Why an operation on a dialog did not succeed.
var (
	ErrEnded     = errors.New("the call has ended")
	ErrCancelled = errors.New("the caller gave up")
	ErrNoACK     = errors.New("no ACK arrived for the answer")
	ErrPending   = errors.New("another offer is under way")
)

// Handlers are what the owner of a dialog does about the peer's wishes. They
// are called in the order of arrival, one at a time for each Call-ID, and must
// not block. Nil ones are answered as if the feature did not exist.
type Handlers struct {
	// Offered answers an offer made in a re-INVITE, UPDATE or PRACK, or in the
	// answer to an INVITE of ours without SDP. A nil offer asks for one (a
	// re-INVITE without SDP), whose answer comes to Answered. An error refuses
	// with 488 and changes nothing.
	Offered func(offer []byte) (answer []byte, err error)
	// Answered takes the answer to an offer of ours that came with an ACK or
	// PRACK, or in answer to a session refresh.
	Answered func(answer []byte)
	// Info takes an INFO. An error is answered 415.
	Info func(contentType string, body []byte) error
	// Referred takes a REFER: the peer asks that somebody else be called. A nil
	// error accepts, and obliges the owner to Report how that goes. An error
	// refuses: with its status where it is a *Rejected, with 603 otherwise.
	Referred func(*Referral) error
	// Refreshed is shown each re-INVITE and UPDATE that was accepted: the peer
	// may have become somebody else (RFC 4916; see [Asserted]).
	Refreshed func(*sip.Request)
}

// phase is how far a call has come.
type phase uint8

const (
	early    phase = iota // not answered yet
	settling              // a final response is being sent
	standing              // answered
	over
)

// Dialog is one call. Its methods may be called from any goroutine.
type Dialog struct {
	e          *Endpoint
	id         identity
	invitation *sip.Request  // the INVITE; of a call that we placed, the last one sent
	tx         *sip.ServerTx // of a call that came in
	network    string
	peer       netip.AddrPort
	host       netip.Addr
	as         *transport.Identity // towards the peer, over TLS
	user       string              // of our Contact; empty: the endpoint's
	ctx        context.Context
	cancel     context.CancelFunc
	done       chan struct{}
	credential *credential
	replaces   *Dialog
	assurance  *assurance // of a call that came in and requires 100rel

	mu         sync.Mutex // guards what follows
	phase      phase
	handlers   Handlers
	local      party // we, as From of what we send
	remote     party // the peer, as To of what we send
	target     sip.Uri
	routes     []sip.Uri
	sequence   struct{ local, remote uint32 }
	peerAllows string                   // Allow header that the peer last sent
	offering   bool                     // an offer of ours has no answer yet
	unacked    map[uint32]*confirmation // 2xx that we sent, by CSeq
	described  []byte                   // the SDP that we last sent
	answer     []byte                   // SDP of the response to our INVITE
	rseq       uint32                   // of the last reliable response to our INVITE
	session    session
	references map[uint32]*reference // REFERs of ours, by CSeq
	referrals  int                   // REFERs that came
	ending     Ending
}

// party is one end of a dialog as From and To show it.
type party struct {
	display string
	uri     sip.Uri
	tag     string
}

// Call is the Call-ID.
func (d *Dialog) Call() string { return d.id.call }

// Invitation is the INVITE that started the call. It must not be changed.
func (d *Dialog) Invitation() *sip.Request { return d.invitation }

// Peer is the network address the INVITE came from or went to.
func (d *Dialog) Peer() netip.AddrPort { return d.peer }

// Network is what the INVITE was carried by: "udp", "tcp" or "tls".
func (d *Dialog) Network() string { return d.network }

// Host is our address as the peer is told it; media belongs there too.
func (d *Dialog) Host() netip.Addr { return d.host }

// Offer is the SDP of an INVITE that came in; nil for a late offer, which is
// then ours to make in the answer.
func (d *Dialog) Offer() []byte { return d.invitation.Body() }

// Replaces is the call whose place this one is to take (RFC 3891): its owner
// gives it up once this one is accepted. It is nil for an ordinary call. Whether
// the caller may do that is for the owner to judge.
func (d *Dialog) Replaces() *Dialog { return d.replaces }

// RemoteAnswer is the SDP of the answer to a call we placed; where we made no
// offer, it is theirs.
func (d *Dialog) RemoteAnswer() []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.answer
}

// Handle installs what to do about the peer's wishes. It belongs before Accept.
func (d *Dialog) Handle(h Handlers) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.handlers = h
}

func (d *Dialog) handle() Handlers {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.handlers
}

// Done is closed when the call is over.
func (d *Dialog) Done() <-chan struct{} { return d.done }

// Context ends with the call, once Done is closed.
func (d *Dialog) Context() context.Context { return d.ctx }

// Ending tells how the call ended. It is meaningful once Done is closed.
func (d *Dialog) Ending() Ending {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ending
}

// end makes the call be over, for the first reason given. It is also called
// from within sipgo's transaction lock, so it must call no transaction.
func (d *Dialog) end(how Ending) {
	d.mu.Lock()
	if d.phase == over {
		d.mu.Unlock()
		return
	}
	confirmed := d.phase == standing
	d.phase, d.ending = over, how
	d.session.stop()
	d.mu.Unlock()
	d.e.remove(d, confirmed)
	close(d.done)
	d.cancel()
}

// advance moves the call from one phase to the next; it tells why not.
func (d *Dialog) advance(from, to phase) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.phase == from:
		d.phase = to
		return nil
	case d.phase == over && d.ending.How == Cancelled:
		return ErrCancelled
	default:
		return ErrEnded
	}
}

func (d *Dialog) at(p phase) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.phase == p
}

// newDialog makes a dialog that is not registered yet.
func (e *Endpoint) newDialog(id identity, invitation *sip.Request, peer netip.AddrPort) *Dialog {
	ctx, cancel := context.WithCancel(context.Background())
	network := sip.NetworkToLower(invitation.Transport())
	return &Dialog{
		e: e, id: id, invitation: invitation, network: network, peer: peer,
		host: e.stack.Facing(network, peer.Addr()).Addr(),
		ctx:  ctx, cancel: cancel, done: make(chan struct{}), unacked: make(map[uint32]*confirmation),
		credential: &credential{}, references: make(map[uint32]*reference),
	}
}

// called makes the dialog of a call that comes in (RFC 3261 section 12.1.1).
func (e *Endpoint) called(in transport.Incoming) *Dialog {
	from, to := in.From(), in.To()
	localTag, _ := to.Params.Get("tag")
	remoteTag, _ := from.Params.Get("tag")
	peer, _ := netip.ParseAddrPort(in.Source())
	d := e.newDialog(identity{in.CallID().Value(), localTag, remoteTag}, in.Request, peer)
	d.tx, d.as = in.Tx, e.stack.As(in.Request)
	d.local = party{to.DisplayName, *to.Address.Clone(), localTag}
	d.remote = party{from.DisplayName, *from.Address.Clone(), remoteTag}
	d.target = *in.Contact().Address.Clone()
	d.routes = routesOf(in.Request)
	d.sequence.remote = in.CSeq().SeqNo
	d.notePeer(in.Request)
	if lists(in.Request, "Require", "100rel") {
		d.assurance = newAssurance()
	}
	return d
}

// notePeer remembers which methods the peer says it serves.
func (d *Dialog) notePeer(msg sip.Message) {
	if allow := values(msg, "Allow"); len(allow) > 0 {
		d.mu.Lock()
		d.peerAllows = joined(allow)
		d.mu.Unlock()
	}
}

// allows tells whether the peer says that it serves a method.
func (d *Dialog) allows(method sip.RequestMethod) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return contains(d.peerAllows, string(method))
}

// routesOf lists a message's Record-Route entries from the top.
func routesOf(msg sip.Message) []sip.Uri {
	var routes []sip.Uri
	for _, h := range msg.GetHeaders("Record-Route") {
		if r, ok := h.(*sip.RecordRouteHeader); ok {
			routes = append(routes, *r.Address.Clone())
		}
	}
	return routes
}
