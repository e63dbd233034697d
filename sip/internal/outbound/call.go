package outbound

import (
	"context"
	"net/netip"
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
	// Diverted is the number on whose behalf we call, where the trunk tells it
	// (RFC 5806); may be empty.
	Diverted dialplan.Number
	// Offer makes the SDP for the address that our media is to be reached at. It
	// is called for each target that is tried, with the same media in mind.
	Offer    func(host netip.Addr) ([]byte, error)
	Handlers dialog.Handlers
	Headers  []sip.Header // added to the INVITE
	// Progress is told of each provisional response beyond 100, with its SDP. It
	// must not block.
	Progress func(status int, reason string, sdp []byte)
	// Answering and Settled are those of dialog.Invitee. Settled is called once for
	// each call of Offer.
	Answering, Settled func()
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

// Call calls somebody over a trunk and returns once they have answered. Targets
// of the trunk are tried one after the other while they say nothing, say 503 or
// cannot be reached; any other refusal is final, and a *dialog.Rejected. When ctx
// ends, Call returns at once and the call is cancelled behind it. tried tells
// each attempt, the last one included.
func (c *Carriers) Call(ctx context.Context, trunk string, who Invitee) (d *dialog.Dialog, tried []Attempt, err error) {
	return nil, nil, ErrNoTrunk
}
