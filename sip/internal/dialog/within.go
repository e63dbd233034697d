package dialog

import (
	"math/rand/v2"
	"strconv"

	"github.com/emiago/sipgo/sip"

	"partyline/sip/internal/transport"
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
	switch in.Method {
	case sip.BYE:
		d.byed(in)
	case sip.INVITE:
		d.reinvited(in)
	case sip.UPDATE:
		d.updated(in)
	case sip.INFO:
		d.informed(in)
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
	d.end(Ending{How: PeerHungUp, Cause: causeOf(in.Request)})
	if unanswered { // RFC 3261 section 15.1.2
		d.e.send(d.tx, d.e.response(d.invitation, sip.StatusRequestTerminated, nil))
	}
	d.e.respond(in, sip.StatusOK)
}

// reinvited answers a re-INVITE: RFC 3261 section 14.2. Without SDP it asks for
// an offer of ours.
func (d *Dialog) reinvited(in transport.Incoming) {
	late := len(in.Body()) == 0
	var offer []byte
	if !late {
		offer = in.Body()
	}
	if sdp, ok := d.negotiate(in, offer); ok {
		d.confirm(d.expectACK(in.Request, late), in.Request, in.Tx, sdp)
	}
}

// updated answers an UPDATE: RFC 3311 section 5.2. Without SDP it refreshes.
func (d *Dialog) updated(in transport.Incoming) {
	var sdp []byte
	if len(in.Body()) == 0 {
		d.retarget(in.Request)
	} else {
		var ok bool
		if sdp, ok = d.negotiate(in, in.Body()); !ok {
			return
		}
	}
	res := d.e.response(in.Request, sip.StatusOK, sdp)
	res.AppendHeader(d.contact())
	d.e.send(in.Tx, res)
}

// negotiate has the owner answer an offer, or make one where it is nil. It
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
	sdp, err := offered(offer)
	if err != nil {
		d.e.log.Info("refusing an offer within a call", "call", d.Call(), "error", err)
		d.e.respond(in, sip.StatusNotAcceptableHere)
		return nil, false
	}
	d.retarget(in.Request)
	return sdp, true
}

// busy tells whether a new offer has to wait: 491 while one of ours is under
// way, 500 while the first INVITE is not answered.
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
	if d.phase != standing {
		return sip.StatusInternalServerError, []sip.Header{sip.NewHeader("Retry-After", strconv.Itoa(rand.IntN(10)))}
	}
	return 0, nil
}

// retarget takes a new Contact from a target refresh request.
func (d *Dialog) retarget(req *sip.Request) {
	contact := req.Contact()
	if contact == nil {
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
		d.e.respond(in, sip.StatusUnsupportedMediaType, abilities()[1:]...)
		return
	}
	d.e.respond(in, sip.StatusOK)
}
