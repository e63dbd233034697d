package sip

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"partyline/sfu/audio"
	"partyline/sip/internal/dialog"
	"partyline/sip/internal/ivr"
)

// Transfers. A call that comes in with Replaces takes the place of another, as
// when an attendant who called the meeting puts somebody through: it inherits
// that call's line and seat and goes on where it stood, and nobody in the room
// notices. A call that is referred to another meeting's number goes there.

// estate is what a call leaves to the one that takes its place.
type estate struct {
	line     audio.Line
	ear      *ear
	menu     *ivr.Machine
	phrases  []audio.Phrase
	spoken   <-chan struct{}
	captured chan []audio.Frame
	errands  []errand

	before          Return
	meeting         Meeting
	identity, owner Identity
	seat            Seat
	notices         <-chan Notice
	outside, held   time.Time
}

// ear is a call's leg with a stopwatch on it. The call may hand it on to the one
// that takes its place.
type ear struct{ call atomic.Pointer[call] }

// newEar listens for a call.
func newEar(c *call) *ear {
	e := &ear{}
	e.call.Store(c)
	return e
}

// Hear sends a frame to the phone.
func (e *ear) Hear(mix *audio.Mix) {
	c := e.call.Load()
	c.media.leg.Hear(mix)
	if waited, ok := c.waiting.stop(); ok {
		c.g.observer.Prompted(waited)
	}
}

// seek opens the call's line: one of its own, or that of the call whose place it
// takes. It tells why there is none.
func (c *call) seek(ctx context.Context) *refusal {
	if old := c.dialog.Replaces(); old != nil {
		return c.inherit(ctx, old)
	}
	c.ear = newEar(c)
	line, err := c.g.conference.Answer(ctx, c.ear)
	if err != nil {
		if ctx.Err() == nil {
			c.log.Error("the conference gives no line to a call", "error", err)
		}
		return &refusedFault
	}
	c.line = line
	return nil
}

// inherit takes over what another call has, which must have come over the same
// trunk: nobody else may know it well enough to name it, nor shall.
func (c *call) inherit(ctx context.Context, dialog *dialog.Dialog) *refusal {
	old := c.g.carrying(dialog)
	if old == nil || old.caller.Trunk != c.caller.Trunk {
		return &refusedReplaces
	}
	heir := make(chan estate, 1)
	select {
	case old.heirs <- heir:
	case <-dialog.Done():
		return &refusedReplaces
	case <-ctx.Done():
		return &refusedReplaces
	}
	c.adopt(<-heir) // a call that has accepted an heir leaves at once
	c.log.Info("call takes the place of another", "replaced", dialog.Call())
	return nil
}

// adopt makes an estate the call's own.
func (c *call) adopt(e estate) {
	c.line, c.ear, c.menu = e.line, e.ear, e.menu
	c.phrases, c.spoken, c.captured, c.errands = e.phrases, e.spoken, e.captured, e.errands
	c.before, c.meeting, c.identity, c.owner = e.before, e.meeting, e.identity, e.owner
	c.seat, c.notices, c.outside, c.held = e.seat, e.notices, e.outside, e.held
	c.inherited, c.recalled = true, true
	if c.seat != nil {
		c.record.Entered = time.Now()
		c.progressed()
	}
	c.ear.call.Store(c)
}

// bequeath leaves everything to the heir; the call has stopped using it.
func (c *call) bequeath() {
	c.heir <- estate{
		line: c.line, ear: c.ear, menu: c.menu, phrases: c.phrases, spoken: c.spoken, captured: c.captured, errands: c.errands,
		before: c.before, meeting: c.meeting, identity: c.identity, owner: c.owner,
		seat: c.seat, notices: c.notices, outside: c.outside, held: c.held,
	}
}

// heirsNow is where heirs ask; none is heard while an errand is under way, whose
// outcome would be lost.
func (c *call) heirsNow() <-chan chan<- estate {
	if c.busy || !c.acknowledged {
		return nil
	}
	return c.heirs
}

// surrender ends the call in favour of an heir.
func (c *call) surrender(heir chan<- estate) {
	c.heir = heir
	c.ending = &ending{cause: "replaced", bye: dialog.Cause{Protocol: "SIP", Code: 200, Text: "replaced by another call"}}
}

// carry and drop keep the calls by which others may be replaced.
func (g *Gateway) carry(c *call) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.carried[c.dialog] = c
	g.peers.add(c.dialog.Peer().Addr())
}

func (g *Gateway) drop(c *call) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.carried, c.dialog)
	g.peers.remove(c.dialog.Peer().Addr())
}

// carrying is the call of a dialog; nil where there is none that converses.
func (g *Gateway) carrying(d *dialog.Dialog) *call {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.carried[d]
}

// errElsewhere refuses a transfer: we place no calls to other numbers.
var errElsewhere = &dialog.Rejected{
	Status: 603, Reason: "Decline", Cause: dialog.Cause{Protocol: "Q.850", Code: 21, Text: "callers are put through to meetings only"},
}

// referred takes a REFER, on the transport's goroutine.
func (c *call) referred(r *dialog.Referral) error {
	if r.Replaces != "" || !meetingLike(r.To.User) {
		return errElsewhere
	}
	select {
	case c.referrals <- r:
		return nil
	default:
		return &dialog.Rejected{Status: 486, Reason: "Busy Here"}
	}
}

// refer looks up the meeting that the caller is put through to, and moves them
// there if it exists. They stay where they are otherwise.
func (c *call) refer(r *dialog.Referral) {
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
