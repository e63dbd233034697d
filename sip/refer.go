package sip

import (
	"context"
	"errors"

	"partyline/sip/billing"
	"partyline/sip/dialplan"
	"partyline/sip/internal/dialog"
	"partyline/sip/internal/ivr"
)

// Referrals (RFC 3515). A caller may be put through to another meeting, by its
// number; in the place of another call of ours, by the Replaces header that an
// attended transfer names; and a colleague's own phone may have a telephone
// called into its meeting.

// Referrer has a telephone called into a meeting, because a colleague's own
// phone asks for it. It returns at once; an error says why that is not to be.
// report is told the status of the call, 180, 200, 486 …, the last one final; see
// [StatusOf].
type Referrer func(who Identity, meeting Meeting, number Number, report func(status int)) error

// Refer has r place the calls that colleagues' phones ask for from now on. Before,
// they are refused.
func (g *Gateway) Refer(r Referrer) { g.referrer.Store(&r) }

// StatusOf is the SIP status by which somebody is told of a step of a call; 0
// where there is nothing to tell.
func StatusOf(p Progress) int {
	switch p.State {
	case CallRinging, CallEarly:
		return 180
	case CallConfirmed, CallJoined:
		return 200
	case CallEnded:
		if p.Status >= 300 {
			return p.Status
		}
		return statuses[p.Cause]
	default:
		return 0
	}
}

// statuses are those of calls that ended without one, or that were answered by
// somebody who did not come.
var statuses = map[billing.Cause]int{
	billing.CauseBusy: 486, billing.CauseNoAnswer: 480, billing.CauseNotJoined: 480, billing.CauseVoicemail: 480, billing.CauseFax: 480,
	billing.CauseDeclined: 603, billing.CauseRefused: 603, billing.CauseNoMoney: 603, billing.CauseWrongNumber: 404,
	billing.CauseUnreachable: 503, billing.CauseTrunkDown: 503, billing.CauseCancelled: 487, billing.CauseHungUp: 480,
	CauseFault: 500, CauseShuttingDown: 503, CauseDropped: 503,
}

// The refusals of transfers.
var (
	errElsewhere = &dialog.Rejected{
		Status: 603, Reason: "Decline", Cause: dialog.Cause{Protocol: "Q.850", Code: 21, Text: "callers are put through to meetings only"},
	}
	errNotTheirs = &dialog.Rejected{
		Status: 603, Reason: "Decline", Cause: dialog.Cause{Protocol: "Q.850", Code: 21, Text: "that call cannot be taken over"},
	}
)

// referred takes a REFER, on the transport's goroutine.
func (c *call) referred(r *dialog.Referral) error {
	switch {
	case r.Replaces != "":
		if old := c.g.named(r.Replaces); old == nil || old == c || old.caller.Trunk != c.caller.Trunk {
			return errNotTheirs
		}
	case meetingLike(r.To.User):
	case c.called == nil && c.owner.Owner && c.g.referrer.Load() != nil && telephone(r.User(), c.g.cfg.Home) != "":
	default:
		return errElsewhere
	}
	select {
	case c.referrals <- r:
		return nil
	default:
		return &dialog.Rejected{Status: 486, Reason: "Busy Here"}
	}
}

// telephone is the number that a REFER names; empty where that is none.
func telephone(user string, home dialplan.Country) Number {
	if extensionLike(user) {
		return ""
	}
	number, err := dialplan.Parse(user, home)
	if err != nil {
		return ""
	}
	return number
}

// named is the call that a Replaces header names; nil where there is none.
func (g *Gateway) named(replaces string) *call {
	d := g.endpoint.Named(replaces)
	if d == nil {
		return nil
	}
	return g.carrying(d)
}

// refer does what a REFER asks for.
func (c *call) refer(r *dialog.Referral) {
	switch {
	case r.Replaces != "":
		c.succeed(r)
	case meetingLike(r.To.User):
		c.findAnother(r)
	default:
		c.callIn(r)
	}
}

// callIn has a telephone be called into the meeting that the phone is in.
func (c *call) callIn(r *dialog.Referral) {
	if c.seat == nil {
		r.Report(480)
		return
	}
	who := c.identity.on(c.owner)
	if err := (*c.g.referrer.Load())(who, c.meeting, telephone(r.User(), c.g.cfg.Home), r.Report); err != nil {
		c.log.Info("a call by REFER is not to be", "error", err)
		r.Report(603)
	}
}

// succeed takes the place of another call of ours: whoever is at the far end of
// this one is there then, and the other is let go.
func (c *call) succeed(r *dialog.Referral) {
	old := c.g.named(r.Replaces)
	if old == nil {
		r.Report(481)
		return
	}
	heir := make(chan estate, 1)
	c.send(func(ctx context.Context) outcome {
		select {
		case old.heirs <- heir:
			left := <-heir // a call that has accepted an heir leaves at once
			return outcome{left: &left, then: func() { c.moveInto(left, r) }}
		case <-old.dialog.Done():
		case <-ctx.Done():
		}
		return outcome{then: func() { r.Report(481) }}
	})
}

// moveInto leaves what the call has for what another has left it.
func (c *call) moveInto(left estate, r *dialog.Referral) {
	c.log.Info("call takes the place of another, as it was referred to")
	if c.seat != nil {
		c.waited()
		c.seat.Leave(HungUp)
	}
	line := c.line
	c.adopt(left)
	c.media.hear(c.line.Write)
	if err := line.Close(); err != nil {
		c.log.Warn("closing a call's line failed", "error", err)
	}
	c.hold()
	c.remind()
	r.Report(200)
}

// findAnother looks up the meeting that the caller is put through to, and moves them
// there if it exists. They stay where they are otherwise.
func (c *call) findAnother(r *dialog.Referral) {
	number := Secret(r.To.User)
	c.send(func(ctx context.Context) outcome {
		_, err := c.g.directory.FindMeeting(ctx, number, c.caller)
		return outcome{then: func() { c.put(r, err) }}
	})
}

// put puts the caller through to a meeting, as if they had called its number.
func (c *call) put(r *dialog.Referral, err error) {
	if err != nil {
		c.log.Info("a caller cannot be put through", "error", err)
		r.Report(referralStatus(err))
		return
	}
	c.log.Info("caller is put through to another meeting")
	if c.seat != nil {
		c.waited()
		c.g.conference.Leave(c.line)
		c.seat.Leave(HungUp)
		c.seat, c.notices = nil, nil
	}
	c.say(nil)
	c.menu = ivr.New(ivr.Config{Languages: c.g.cfg.Languages, Language: c.menu.Language(), Keys: c.g.cfg.Keys})
	r.Report(200)
	c.step(ivr.Answered{})
	for _, key := range r.To.User + "#" {
		c.step(ivr.Key(key))
	}
}

// referralStatus is what a caller would have been refused with.
func referralStatus(err error) int {
	switch {
	case errors.Is(err, ErrNoMeeting):
		return 404
	case errors.Is(err, ErrTooManyGuesses):
		return 403
	case errors.Is(err, ErrMeetingEnded), errors.Is(err, ErrMeetingFull):
		return 480
	default:
		return 503
	}
}
