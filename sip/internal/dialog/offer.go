package dialog

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Reinvite makes a new offer and returns its answer. A nil offer asks the peer
// for one, which Handlers.Offered answers. Where both sides offered at once it
// waits as RFC 3261 section 14.1 says and tries again; it returns ErrPending
// when an offer of the peer's is under way then, and a *Rejected when the peer
// refuses, which leaves the session as it was.
func (d *Dialog) Reinvite(ctx context.Context, offer []byte) (answer []byte, err error) {
	return d.offer(ctx, sip.INVITE, offer)
}

// Update does what Reinvite does by an UPDATE (RFC 3311), which a call that is
// not answered yet may also do. A nil offer changes nothing but refreshes the
// session and tells our Contact.
func (d *Dialog) Update(ctx context.Context, offer []byte) (answer []byte, err error) {
	return d.offer(ctx, sip.UPDATE, offer)
}

// glares is how often an offer that met one of the peer's is made again.
const glares = 3

// offer sends a re-INVITE or UPDATE until it meets none of the peer's.
func (d *Dialog) offer(ctx context.Context, method sip.RequestMethod, sdp []byte) ([]byte, error) {
	for attempt := 0; ; attempt++ {
		d.confirmed(ctx) // the ACK of an answer of ours may be on its way
		res, err := d.offerOnce(ctx, method, sdp)
		var refused *Rejected
		switch {
		case err == nil:
			return res.Body(), nil
		case !errors.As(err, &refused) || refused.Status != sip.StatusRequestPending || attempt >= glares:
			return nil, err
		}
		again := time.NewTimer(backOff(d.tx == nil, d.e.cfg.T1, rand.IntN))
		select {
		case <-again.C:
		case <-ctx.Done():
			again.Stop()
			return nil, ctx.Err()
		case <-d.done:
			again.Stop()
			return nil, ErrEnded
		}
	}
}

// backOff is how long whoever gets 491 waits: between 2.1 and 4 s for the side
// that made up the Call-ID, up to 2 s for the other, in units of 10 ms (RFC 3261
// section 14.1). As all times of SIP it grows and shrinks with T1.
func backOff(ours bool, t1 time.Duration, random func(n int) int) time.Duration {
	unit := t1 / 50
	if ours {
		return unit * time.Duration(210+random(191))
	}
	return unit * time.Duration(random(201))
}

// offerOnce sends one re-INVITE or UPDATE.
func (d *Dialog) offerOnce(ctx context.Context, method sip.RequestMethod, sdp []byte) (*sip.Response, error) {
	offers := method == sip.INVITE || len(sdp) > 0
	if err := d.beginOffer(method, offers); err != nil {
		return nil, err
	}
	if offers {
		defer d.endOffer()
	}
	headers := append([]sip.Header{sip.NewHeader("Allow", allowed), sip.NewHeader("Supported", supported)}, d.requestTimer()...)
	if len(sdp) > 0 {
		headers = append(headers, sip.NewHeader("Content-Type", "application/sdp"))
	}
	res, err := d.request(ctx, method, sdp, headers...)
	var refused *Rejected
	if errors.As(err, &refused) && d.raise(refused.response) {
		return d.offerOnceMore(ctx, method, sdp, headers)
	}
	if err != nil {
		return nil, err
	}
	return d.offered(res, sdp), nil
}

// offerOnceMore repeats what 422 refused, with an interval that is long enough.
func (d *Dialog) offerOnceMore(ctx context.Context, method sip.RequestMethod, sdp []byte, headers []sip.Header) (*sip.Response, error) {
	var kept []sip.Header
	for _, h := range headers {
		if h.Name() != "Session-Expires" && h.Name() != "Min-SE" {
			kept = append(kept, h)
		}
	}
	res, err := d.request(ctx, method, sdp, append(kept, d.requestTimer()...)...)
	if err != nil {
		return nil, err
	}
	return d.offered(res, sdp), nil
}

// offered notes what a 2xx to an offer of ours settled.
func (d *Dialog) offered(res *sip.Response, sdp []byte) *sip.Response {
	if d.at(standing) {
		d.answeredTimer(res)
	}
	if len(sdp) > 0 {
		d.mu.Lock()
		d.described = sdp
		d.mu.Unlock()
	}
	return res
}

// beginOffer tells whether we may offer now, and if so keeps others from it.
func (d *Dialog) beginOffer(method sip.RequestMethod, offers bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.phase != standing && (d.phase != early || method != sip.UPDATE):
		return ErrEnded
	case offers && (d.offering || len(d.unacked) > 0):
		return ErrPending
	case offers && d.phase == early && d.tx != nil && (d.assurance == nil || !d.assurance.settled()):
		return ErrPending // the INVITE's own offer comes first
	}
	d.offering = d.offering || offers
	return nil
}

func (d *Dialog) endOffer() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.offering = false
}
