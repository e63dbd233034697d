package outbound

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/emiago/sipgo/sip"

	"partyline/sip/dialplan"
	"partyline/sip/internal/dialog"
)

// Invitee is whom to call over a trunk, and as whom.
type Invitee struct {
	Number dialplan.Number // in E.164
	// Shown is the number that the callee sees. It must be one that the trunk
	// owns; where it is not, or empty, the trunk's default is shown.
	Shown dialplan.Number
	Name  string // display name that goes with Shown; may be empty
	// Private asks the carrier to show no number at all (RFC 3323).
	Private bool
	// Diverted is the number on whose behalf we call, where the trunk owns it and
	// tells it (RFC 5806); may be empty.
	Diverted dialplan.Number
	// Offer makes the SDP for the address that our media is to be reached at. It
	// is called for each target that is tried, with the same media in mind.
	Offer    func(host netip.Addr) ([]byte, error)
	Handlers dialog.Handlers
	Headers  []sip.Header // added to the INVITE
	// Progress is told of each provisional response beyond 100, with its SDP. It
	// must not block.
	Progress func(status int, reason string, sdp []byte)
	// Inviting is told the Call-ID of each INVITE before it is sent, and the number
	// that it shows; empty: none. It may be nil.
	Inviting func(call string, shown dialplan.Number)
	// Answering and Settled are those of dialog.Invitee. Settled is called once for
	// each call of Offer.
	Answering, Settled func()
	// Failed is told of each attempt that the next target makes good for, before
	// that is tried; it may be nil.
	Failed func(Attempt)
}

// Attempt is one target that a call was tried at.
type Attempt struct {
	Target string // "udp 203.0.113.1:5060 (sbc.carrier.example)"
	Status int    // of the final response; 0 where none came
	Cause  dialog.Cause
	Error  string // why there was no answer, where Status is 0
	Began  time.Time
	Took   time.Duration // until the final response, or until it was given up
}

// String tells the attempt in a line, for logs and the records' explanation: "udp
// 203.0.113.1:5060: 503 after 20ms".
func (a Attempt) String() string {
	became := a.Error
	if a.Status != 0 {
		became = strconv.Itoa(a.Status)
		if cause := a.Cause.String(); cause != "" {
			became += " (" + cause + ")"
		}
	}
	return fmt.Sprintf("%s: %s after %s", a.Target, became, a.Took.Round(time.Millisecond))
}

// mostTried bounds how many targets one call is tried at.
const mostTried = 8

// Call calls somebody over a trunk and returns once they have answered. Targets
// of the trunk are tried one after the other while they say nothing, say 503 or
// cannot be reached, and then it returns ErrNoTarget; any other refusal is final,
// and a *dialog.Rejected. When ctx ends, Call returns at once and the call is
// cancelled behind it. tried tells each attempt, the last one included.
func (c *Carriers) Call(ctx context.Context, trunk string, who Invitee) (d *dialog.Dialog, tried []Attempt, err error) {
	r, err := c.find(trunk)
	if err != nil {
		return nil, nil, err
	}
	deadline := time.Now().Add(c.cfg.Patience)
	leg, err := r.prepare(ctx, who)
	if err != nil {
		return nil, nil, err
	}
	for i, t := range leg.targets {
		patience := share(time.Until(deadline), len(leg.targets)-i, c.cfg.Patience)
		d, attempt, again := leg.try(ctx, t, patience)
		tried, err = append(tried, attempt), leg.err
		if !again {
			return d, tried, err
		}
		c.log.Info("a target did not take a call", "trunk", trunk, "attempt", attempt.String(), "left", len(leg.targets)-i-1)
		if who.Failed != nil && i+1 < len(leg.targets) {
			who.Failed(attempt)
		}
	}
	return nil, tried, fmt.Errorf("%w: %w", ErrNoTarget, err)
}

// share is how long a target may say nothing, where so much is left for so many:
// of four seconds in all, one and a half at most while there are others, since
// an INVITE over UDP is sent again after 0.5 and 1.5 s; and even the last one is
// given the time for an INVITE that gets lost.
func share(left time.Duration, targets int, all time.Duration) time.Duration {
	if targets <= 1 {
		return max(left, all/3)
	}
	return max(min(left/time.Duration(targets), all*3/8), all/8)
}

// outgoing is a call that is being placed.
type outgoing struct {
	r       *carrier
	who     Invitee
	account *account // that the carrier knows us by; nil: none
	routes  []string
	targets []*target
	err     error // why the last attempt failed
}

// prepare finds the way for a call: by the Service-Route that the registration
// gave, or else to the carrier's targets.
func (r *carrier) prepare(ctx context.Context, who Invitee) (*outgoing, error) {
	o := &outgoing{r: r, who: who}
	targets := r.targets
	if o.account = r.speaker(); o.account != nil {
		o.routes = o.account.services()
	}
	if len(o.routes) > 0 {
		if first, err := targetOf(bare(o.routes[0])); err == nil {
			targets = []dialplan.Target{first}
		}
	} else if r.proxy != "" {
		o.routes = []string{r.proxy}
	}
	found, err := r.resolve(ctx, targets)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoTarget, err)
	}
	o.targets = bestFirst(found, time.Now())
	o.targets = o.targets[:min(len(o.targets), mostTried)]
	return o, nil
}

// speaker is the account that calls are made as: the first that is registered,
// or else the first.
func (r *carrier) speaker() *account {
	for _, a := range r.accounts {
		if a.bound() {
			return a
		}
	}
	if len(r.accounts) > 0 {
		return r.accounts[0]
	}
	return nil
}

// try calls at one target and tells whether the next may do better. A stream
// that stood open may have been dead; it is tried once more on a fresh one.
func (o *outgoing) try(ctx context.Context, t *target, patience time.Duration) (d *dialog.Dialog, a Attempt, again bool) {
	a = Attempt{Target: t.name(), Began: time.Now()}
	way, err := o.r.way(t.hop)
	if err == nil {
		d, err = o.invite(ctx, t, way, patience)
		if left := patience - time.Since(a.Began); left > 0 && errors.Is(err, dialog.ErrFlowLost) && ctx.Err() == nil {
			d, err = o.invite(ctx, t, way, left)
		}
	} else {
		err = fmt.Errorf("%w: %w", dialog.ErrUnreachable, err)
	}
	a.Took, o.err = time.Since(a.Began), err
	var refused *dialog.Rejected
	switch {
	case err == nil:
		a.Status = sip.StatusOK
		t.worked()
	case errors.As(err, &refused):
		a.Status, a.Cause = refused.Status, refused.Cause
		if again = refused.Status == sip.StatusServiceUnavailable; again {
			t.failed(time.Now(), refused.RetryAfter, err.Error())
		} else {
			t.worked()
		}
	default:
		a.Error = err.Error()
		again = ctx.Err() == nil && (errors.Is(err, dialog.ErrSilent) || errors.Is(err, dialog.ErrUnreachable))
		if again {
			t.failed(time.Now(), 0, a.Error)
		}
	}
	return d, a, again
}

// invite places the call at one target.
func (o *outgoing) invite(ctx context.Context, t *target, way dialog.Way, patience time.Duration) (*dialog.Dialog, error) {
	out := o.r.trunk.Outbound
	domain := o.r.domain(t)
	var user, name string
	invitee := dialog.Invitee{
		Target: uri(string(o.who.Number), domain) + ";user=phone", Through: way, Patience: patience,
		Offer: o.who.Offer, Handlers: o.who.Handlers, Progress: o.who.Progress,
		Answering: o.who.Answering, Settled: o.who.Settled,
	}
	if len(out.Accounts) > 0 {
		speaks := out.Accounts[0]
		if o.account != nil {
			speaks, invitee.Contact = o.account.Account, o.account.contact
		}
		user, name = speaks.User, authName(speaks)
		invitee.Password = string(speaks.Password)
	}
	id := identify(out.Caller, o.who, domain, user)
	invitee.From, invitee.Display, invitee.User = id.from, id.display, name
	for _, route := range o.routes {
		invitee.Headers = append(invitee.Headers, sip.NewHeader("Route", route))
	}
	if o.who.Inviting != nil {
		shown := out.Caller.For(o.who.Shown)
		if o.who.Private {
			shown = ""
		}
		invitee.Inviting = func(call string) { o.who.Inviting(call, shown) }
	}
	invitee.Headers = slices.Concat(invitee.Headers, id.headers, o.who.Headers)
	return o.r.endpoint.Invite(ctx, invitee)
}
