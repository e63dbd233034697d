package dialog

import (
	"math/rand/v2"
	"strconv"

	"github.com/emiago/sipgo/sip"

	"partyline/sip/internal/transport"
)

// Statuses that sipgo has no name for.
const (
	statusIntervalTooSmall = 422
	statusBadEvent         = 489
	statusServerTimeout    = 504
)

// serve takes a request within the call. The transport calls it in order.
func (d *Dialog) serve(in transport.Incoming) {
	if in.IsCancel() { // one that found its INVITE would not have come here
		d.e.respond(in, sip.StatusCallTransactionDoesNotExists)
		return
	}
	if !d.advanceRemote(in.CSeq().SeqNo) { // RFC 3261 section 12.2.2
		d.e.respond(in, sip.StatusInternalServerError)
		return
	}
	d.notePeer(in.Request)
	switch in.Method {
	case sip.BYE:
		d.byed(in)
	case sip.INVITE, sip.UPDATE:
		d.refreshed(in)
	case sip.PRACK:
		d.pracked(in)
	case sip.INFO:
		d.informed(in)
	case sip.REFER:
		d.referred(in)
	case sip.NOTIFY:
		d.notified(in)
	case sip.SUBSCRIBE:
		d.e.respond(in, statusBadEvent, allowedEvents())
	default:
		d.e.respond(in, sip.StatusOK, abilities()...)
	}
}

// advanceRemote notes the peer's sequence number; it must rise.
func (d *Dialog) advanceRemote(sequence uint32) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if sequence <= d.sequence.remote {
		return false
	}
	d.sequence.remote = sequence
	return true
}

// byed ends the call and then says so: whoever sees the answer finds no call
// that it could end once more.
func (d *Dialog) byed(in transport.Incoming) {
	if d.e.enter() { // the answer must be out before the sockets close
		defer d.e.work.Done()
	}
	unanswered := d.tx != nil && d.advance(early, settling) == nil
	if unanswered && d.assurance != nil {
		d.assurance.end()
	}
	d.end(Ending{How: PeerHungUp, Cause: causeOf(in.Request)})
	if unanswered { // RFC 3261 section 15.1.2
		d.e.send(d.tx, d.e.response(d.invitation, sip.StatusRequestTerminated, nil))
	}
	d.e.respond(in, sip.StatusOK)
}

// refreshed answers a re-INVITE (RFC 3261 section 14.2) or UPDATE (RFC 3311
// section 5.2). A re-INVITE without SDP asks for an offer of ours; an UPDATE
// without refreshes the session and tells the peer's Contact.
func (d *Dialog) refreshed(in transport.Incoming) {
	if tooSmall(in.Request) {
		d.e.respond(in, statusIntervalTooSmall, minimumHeader())
		return
	}
	var sdp []byte
	if in.IsInvite() || len(in.Body()) > 0 {
		var ok bool
		if sdp, ok = d.negotiate(in, in.Body()); !ok {
			return
		}
	}
	d.retarget(in.Contact())
	if show := d.handle().Refreshed; show != nil {
		show(in.Request)
	}
	var headers []sip.Header
	if d.at(standing) {
		headers = d.respondTimer(in.Request)
	}
	if in.IsInvite() {
		d.confirm(d.expectACK(in.Request, len(in.Body()) == 0), in.Request, in.Tx, sdp, headers)
		return
	}
	res := d.e.response(in.Request, sip.StatusOK, sdp)
	res.AppendHeader(d.contact())
	for _, h := range append(abilities(), headers...) {
		res.AppendHeader(h)
	}
	d.e.send(in.Tx, res)
}

func minimumHeader() sip.Header { return sip.NewHeader("Min-SE", strconv.Itoa(shortest)) }

// negotiate has the owner answer an offer, or make one where it is empty. It
// responds itself where that cannot be, and leaves the session as it was.
func (d *Dialog) negotiate(in transport.Incoming, offer []byte) (sdp []byte, ok bool) {
	if status, headers := d.busy(); status != 0 {
		d.e.respond(in, status, headers...)
		return nil, false
	}
	offered := d.handle().Offered
	if offered == nil {
		d.e.respond(in, sip.StatusNotAcceptableHere)
		return nil, false
	}
	if len(offer) == 0 {
		offer = nil
	}
	sdp, err := offered(offer)
	if err != nil {
		d.e.log.Info("refusing an offer within a call", "call", d.Call(), "error", err)
		d.e.respond(in, sip.StatusNotAcceptableHere)
		return nil, false
	}
	d.mu.Lock()
	d.described = sdp
	d.mu.Unlock()
	return sdp, true
}

// busy tells whether a new offer has to wait: 491 while one of ours is under
// way, 500 while theirs in the INVITE has no answer.
func (d *Dialog) busy() (status int, headers []sip.Header) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.offering {
		return sip.StatusRequestPending, nil
	}
	for _, c := range d.unacked {
		if c.lateOffer {
			return sip.StatusRequestPending, nil
		}
	}
	unanswered := d.tx != nil && (d.assurance == nil || !d.assurance.settled())
	if d.phase != standing && unanswered {
		return sip.StatusInternalServerError, []sip.Header{sip.NewHeader("Retry-After", strconv.Itoa(rand.IntN(10)))}
	}
	return 0, nil
}

// retarget takes a new Contact from a target refresh request or its answer.
func (d *Dialog) retarget(contact *sip.ContactHeader) {
	if contact == nil || contact.Address.Host == "" {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.target = *contact.Address.Clone()
}

func (d *Dialog) informed(in transport.Incoming) {
	if len(in.Body()) == 0 { // a keep-alive
		d.e.respond(in, sip.StatusOK)
		return
	}
	info := d.handle().Info
	if info == nil || info(contentType(in.Request), in.Body()) != nil {
		d.e.respond(in, sip.StatusUnsupportedMediaType, accepted())
		return
	}
	d.e.respond(in, sip.StatusOK)
}
