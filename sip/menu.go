package sip

import (
	"time"

	"partyline/sfu/audio"
	"partyline/sip/billing"
	"partyline/sip/internal/dtmf"
	"partyline/sip/internal/ivr"
)

// methods are the ways a key may come, as an [Observer] hears of them.
var methods = map[dtmf.Method]string{dtmf.Event: "rtp", dtmf.INFO: "info", dtmf.InBand: "tone"}

// key takes a key from the phone. One that is faster than the ACK proves that
// the answer has arrived.
func (c *call) key(digit dtmf.Digit) {
	c.begin()
	c.record.Keys++
	c.g.observer.Digit(methods[digit.Method])
	c.waiting.start(time.Now())
	c.step(ivr.Key(digit.Key))
}

// step hands an event to the menu and does what it asks for.
func (c *call) step(event ivr.Event) {
	switch event.(type) {
	case ivr.Noticed, ivr.Admitted, ivr.Waits, ivr.Said, ivr.Elapsed:
		c.waiting.drop() // what is said now answers no key
	}
	for _, effect := range c.menu.Step(event, time.Now()) {
		c.do(effect)
	}
	c.remind()
}

// remind sets the menu's deadline.
func (c *call) remind() {
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
		c.comes()
		if e.Return && c.before.Meeting.ID != "" {
			c.meeting, c.identity = c.before.Meeting, c.before.Identity
			c.record.Returned = true
		}
		c.send(c.enter())
	case ivr.Join:
		c.entered()
		c.send(c.join())
	case ivr.Leave:
		c.g.conference.Leave(c.line)
	case ivr.Capture:
		c.capture(e.Limit)
	case ivr.SetVolume:
		c.line.SetVolume(e.Steps)
	case ivr.Act:
		c.send(c.act(e))
	case ivr.Attend:
		c.send(c.attend())
	case ivr.Reply:
		c.called.replied(e.Reply)
	case ivr.HangUp:
		c.hangUp(e.Cause)
	}
}

// entered notes that the caller is in the room now.
func (c *call) entered() {
	c.record.Entered = time.Now()
	c.placed()
	c.progressed()
	c.called.isIn()
	c.waited()
}

// waited adds up how long the caller waited to be let in.
func (c *call) waited() {
	if !c.outside.IsZero() {
		c.record.Waited += time.Since(c.outside)
		c.outside = time.Time{}
	}
}

// capture keeps what the caller says for so long.
func (c *call) capture(limit time.Duration) {
	c.line.Capture(limit, func(spoken []audio.Frame) {
		select {
		case c.captured <- spoken:
		default: // the name was given up meanwhile
		}
	})
}

// hangUp ends the call as the menu wants it.
func (c *call) hangUp(cause ivr.Cause) {
	c.ending = &ending{cause: string(cause), departure: HungUp}
	switch cause {
	case ivr.NotAdmitted, ivr.SentOut, ivr.Over, ivr.NoMoney, ivr.TooLong:
		c.ending.departure = SentAway
	case ivr.Broken:
		c.ending.departure = Dropped
	case ivr.Reminded:
		c.ending.cause = string(billing.CauseHungUp)
	}
}

// notices are the host's acts as the menu calls them.
var notices = map[NoticeKind]ivr.Notice{
	Refused: ivr.Refused, MutedByHost: ivr.MutedByHost, UnmuteAsked: ivr.UnmuteAsked, HandLowered: ivr.HandLowered,
	Locked: ivr.Locked, Unlocked: ivr.Unlocked, Removed: ivr.Removed, Ended: ivr.Ended,
	Moving: ivr.Moving, MovedBack: ivr.MovedBack,
	RecordingNotice: ivr.RecordingNotice, RecordingStopped: ivr.RecordingStopped,
	TalkingMuted: ivr.TalkingMuted, MutedByGuard: ivr.MutedByGuard, UnmutedByGuard: ivr.UnmutedByGuard,
	CalledHost: ivr.CalledHost, SomebodyWaits: ivr.SomebodyWaits, MadeHost: ivr.MadeHost, HandedOver: ivr.HandedOver,
	IsLate: ivr.IsLate, IsAway: ivr.IsAway, NotReplied: ivr.NotReplied,
}

// noticed takes what happened to the caller in the meeting. A channel that is
// closed while the caller sits there means that the meeting is over.
func (c *call) noticed(notice Notice, open bool) {
	if !open {
		c.notices = nil
		notice.Kind = Ended
	}
	switch notice.Kind {
	case Admitted:
		arrival := arrivalOf(c.seat.Arrival())
		arrival.Waiting = false
		c.step(ivr.Admitted{Arrival: arrival})
		return
	case PositionChanged, HostArrived, Opened:
		arrival := arrivalOf(c.seat.Arrival())
		if notice.Kind == PositionChanged {
			arrival.Position = notice.Count
		}
		c.step(ivr.Waits{Arrival: arrival})
		return
	case Moving, MovedBack:
		c.record.Moves++
	}
	if told, known := notices[notice.Kind]; known {
		c.step(ivr.Noticed{Notice: told, Count: notice.Count, Spoken: notice.Spoken})
	}
}

func arrivalOf(a Arrival) ivr.Arrival { return ivr.Arrival(a) }
