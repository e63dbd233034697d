package sip

import (
	"errors"
	"slices"
	"strconv"

	sipmsg "github.com/emiago/sipgo/sip"

	"partyline/sip/dialplan"
	"partyline/sip/internal/dialog"
)

// refusal is why a call is not taken: the true status, and for people who
// look for the fault a Reason and the rule that decided.
type refusal struct {
	status  int
	q850    int             // cause of ITU-T Q.850, for carriers
	rule    string          // for the log and the record
	text    string          // for the Reason header
	warning string          // for the Warning header, where an offer is refused
	headers []sipmsg.Header // beside these, such as challenges
}

// The refusals.
var (
	refusedSource   = refusal{status: 403, q850: 21, rule: "source-not-allowed", text: "no trunk calls from this address"}
	refusedNumber   = refusal{status: 404, q850: 1, rule: "number-not-served", text: "no trunk serves this number"}
	refusedReplaces = refusal{status: 603, q850: 21, rule: "not-to-be-replaced", text: "that call cannot be taken over"}
	refusedCalls    = refusal{status: 503, q850: 34, rule: "too-many-calls", text: "all lines are taken"}
	refusedTrunk    = refusal{status: 503, q850: 34, rule: "too-many-calls-on-trunk", text: "all lines of this trunk are taken"}
	refusedPorts    = refusal{status: 503, q850: 34, rule: "no-rtp-ports", text: "no RTP ports are free"}
	refusedOffer    = refusal{status: 488, q850: 88, rule: "no-common-media", text: "none of PCMU, PCMA, G722 and Opus is offered"}
	refusedSRTP     = refusal{status: 488, q850: 88, rule: "srtp-required", text: "SRTP is required, with keys in a=crypto"}
	refusedSDP      = refusal{status: 400, q850: 100, rule: "malformed-sdp", text: "the session description cannot be read"}
	refusedFault    = refusal{status: 500, q850: 41, rule: "fault", text: "the conference does not answer"}
	refusedShutDown = refusal{status: 503, q850: 41, rule: "shutting-down", text: "this server is stopping"}
)

// retryAfter is when a caller whom we have no room for may try again, seconds.
const retryAfter = 10

// reject answers the INVITE with the refusal.
func (r refusal) reject(d *dialog.Dialog) {
	cause := dialog.Cause{Protocol: "Q.850", Code: r.q850, Text: r.text}
	headers := slices.Clone(r.headers)
	if r.status == sipmsg.StatusServiceUnavailable {
		headers = append(headers, sipmsg.NewHeader("Retry-After", strconv.Itoa(retryAfter)))
	}
	if r.warning != "" {
		headers = append(headers, sipmsg.NewHeader("Warning", r.warning))
	}
	d.Reject(r.status, cause, headers...)
}

// admit finds the trunk that a call belongs to, by the number that it is for,
// and takes one of its lines. The caller must release it.
func (g *Gateway) admit(d *dialog.Dialog) (trunk dialplan.Trunk, number string, refused *refusal) {
	if trunk, number, ok := g.origin(d); ok {
		return trunk, number, g.take(trunk)
	}
	trunk, number, err := route(d.Invitation(), func(number string) (dialplan.Trunk, error) {
		return g.plan.Load().Route(d.Peer().Addr(), number)
	})
	if errors.Is(err, dialplan.ErrNoTrunk) && g.plan.Load().Roaming() {
		return g.admitRoaming(d)
	}
	switch {
	case errors.Is(err, dialplan.ErrNoTrunk):
		return trunk, number, &refusedSource
	case err != nil:
		return trunk, number, &refusedNumber
	}
	if trunk.User != "" {
		if _, refused := g.proven(d, g.secretOf(trunk)); refused != nil {
			return trunk, number, refused
		}
	}
	return trunk, number, g.take(trunk)
}

// route finds the trunk of a call and the number that decides it: the one that
// the INVITE is for or, where that is no trunk's and the call was forwarded, the
// one that was dialled first, if the trunk is to be believed.
func route(invitation *sipmsg.Request, find func(number string) (dialplan.Trunk, error)) (dialplan.Trunk, string, error) {
	number := invitation.Recipient.User
	trunk, err := find(number)
	if errors.Is(err, dialplan.ErrNoTrunk) || err == nil && len(trunk.Numbers) > 0 {
		return trunk, number, err
	}
	if parties := dialog.Asserted(invitation); parties.Forwarded {
		if first, err := find(parties.Dialled); err == nil && first.Vouches {
			return first, parties.Dialled, nil
		}
	}
	return trunk, number, err
}

// take counts a call in, unless there are too many.
func (g *Gateway) take(trunk dialplan.Trunk) *refusal {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.cfg.MaxCalls > 0 && g.calls >= g.cfg.MaxCalls:
		return &refusedCalls
	case g.crowded(trunk):
		return &refusedTrunk
	}
	g.calls++
	g.onTrunk[trunk.Name]++
	return nil
}

// release counts a call out.
func (g *Gateway) release(trunk dialplan.Trunk) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.calls--
	g.onTrunk[trunk.Name]--
}

// withheld is the number of callers who do not want to be known (RFC 3323
// section 4.1.1.3).
const withheld Number = "anonymous"

// callerOf reads who rings from the INVITE: who its network says it is, on a
// trunk that is to be believed; From otherwise. Whoever does not want to be
// known is nobody, on every trunk.
func (g *Gateway) callerOf(d *dialog.Dialog, trunk dialplan.Trunk) Caller {
	invitation := d.Invitation()
	parties := dialog.Asserted(invitation)
	caller := Caller{
		Call: d.Call(), Trunk: trunk.Name, Source: d.Peer().Addr().String(),
		From: normal(invitation.From().Address.User, g.cfg.Home),
	}
	silent := invitation.GetHeader("P-Asserted-Identity") == nil && invitation.GetHeader("Remote-Party-ID") == nil
	switch {
	case parties.Private:
		caller.From = withheld
	case trunk.Vouches && parties.Asserted:
		caller.From, caller.Vouched = normal(parties.Caller, g.cfg.Home), true
	case trunk.Vouches && silent: // an exchange that stands for From itself
		caller.Vouched = true
	}
	return caller
}

// normal writes a caller's number as E.164, so that it is one caller whatever
// trunk it comes by. What is no telephone number stays as it is.
func normal(user string, home dialplan.Country) Number {
	number, err := dialplan.Parse(user, home)
	if err != nil {
		return Number(user)
	}
	return number
}
