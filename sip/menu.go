package sip

import (
	"time"

	"partyline/sip/internal/dtmf"
	"partyline/sip/internal/ivr"
)

// key takes a key from the phone. One that is faster than the ACK proves that
// the answer has arrived.
func (c *call) key(digit dtmf.Digit) {
	c.begin()
	method := "rtp"
	if digit.Method == dtmf.INFO {
		method = "info"
	}
	c.record.Keys++
	c.g.observer.Digit(method)
	c.waiting.start(time.Now())
	c.step(ivr.Key(digit.Key))
}

// step hands an event to the menu and does what it asks for.
func (c *call) step(event ivr.Event) {
	for _, effect := range c.menu.Step(event, time.Now()) {
		c.do(effect)
	}
	if deadline := c.menu.Deadline(); !deadline.IsZero() {
		c.deadline.Reset(time.Until(deadline))
	} else {
		c.deadline.Stop()
	}
}

// do carries out one effect of the menu.
func (c *call) do(effect ivr.Effect) {
	switch e := effect.(type) {
	case ivr.Say:
		c.say(e.Phrases)
	case ivr.FindMeeting:
		c.send(c.findMeeting(Secret(e.Number)))
	case ivr.Identify:
		c.send(c.identify(Secret(e.Code)))
	case ivr.Enter:
		c.send(c.enter())
	case ivr.Join:
		c.record.Entered = time.Now()
		c.send(c.join())
	case ivr.Leave:
		c.g.conference.Leave(c.line)
	case ivr.SetMuted:
		c.send(c.setMuted(e.Muted))
	case ivr.SetHand:
		c.send(c.setHand(e.Raised))
	case ivr.Count:
		c.send(c.count())
	case ivr.HangUp:
		c.hangUp(e.Cause)
	}
}

// hangUp ends the call as the menu wants it.
func (c *call) hangUp(cause ivr.Cause) {
	c.ending = &ending{cause: string(cause), departure: HungUp}
	switch cause {
	case ivr.NotAdmitted, ivr.SentOut, ivr.Over:
		c.ending.departure = SentAway
	case ivr.Broken:
		c.ending.departure = Dropped
	}
}

// notices are the host's acts as the menu calls them.
var notices = map[NoticeKind]ivr.Notice{
	Refused: ivr.Refused, MutedByHost: ivr.MutedByHost, UnmuteAsked: ivr.UnmuteAsked, HandLowered: ivr.HandLowered,
	Locked: ivr.Locked, Unlocked: ivr.Unlocked, Removed: ivr.Removed, Ended: ivr.Ended,
}

// noticed takes what happened to the caller in the meeting. A channel that is
// closed while the caller sits there means that the meeting is over.
func (c *call) noticed(notice Notice, open bool) {
	if !open {
		c.notices = nil
		notice.Kind = Ended
	}
	if notice.Kind == Admitted {
		arrival := arrivalOf(c.seat.Arrival())
		arrival.Waiting = false
		c.step(ivr.Admitted{Arrival: arrival})
		return
	}
	if told, known := notices[notice.Kind]; known {
		c.step(ivr.Noticed{Notice: told})
	}
}

func arrivalOf(a Arrival) ivr.Arrival {
	return ivr.Arrival{Waiting: a.Waiting, Muted: a.Muted, Others: a.Others, Running: a.Running}
}
