package sip

import (
	"context"
	"sync/atomic"
	"time"

	"partyline/sfu/audio"
	"partyline/sip/internal/dialog"
	"partyline/sip/internal/ivr"
)

// Transfers. A call that comes in with Replaces takes the place of another, as
// when an attendant who called the meeting puts somebody through: it inherits
// that call's line and seat and goes on where it stood, and nobody in the room
// notices. What a REFER asks for is in refer.go.

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
		c.placed()
		c.progressed()
	}
	c.ear.call.Store(c)
}

// decline gives an estate up that came too late.
func (c *call) decline(e estate) {
	if e.seat != nil {
		e.seat.Leave(Dropped)
	}
	_ = e.line.Close()
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
