package sip

import (
	"context"
	"time"

	"partyline/sfu/audio"
	"partyline/sip/billing"
	"partyline/sip/internal/answertone"
	"partyline/sip/internal/dialog"
	"partyline/sip/internal/ivr"
)

// endingFault is how a call ends that a fault of ours ended.
var endingFault = ending{"fault", Dropped, dialog.Cause{Protocol: "Q.850", Code: 41, Text: "a fault of ours"}}

// overhear passes what the callee says on, and listens for a machine until they
// have pressed 1.
func (c *call) overhear(write soundSink) {
	var detector answertone.Detector
	heard := c.called.heard
	c.media.hear(func(p audio.Packet) {
		if kind := detector.Packet(p.Codec, p.Payload); kind != answertone.Somebody {
			select {
			case heard <- kind:
			default:
			}
		}
		write(p)
	})
}

// machine ends a call that a machine has answered.
func (c *call) machine(kind answertone.Kind) {
	if c.called.confirmed || c.called.extending {
		return
	}
	c.ending = &ending{cause: kind.String(), departure: HungUp, bye: dialog.Cause{Protocol: "Q.850", Code: 16, Text: "a machine answered"}}
}

// invited begins the conversation with whom we called.
func (o *called) invited() *ivr.Invited {
	if o == nil {
		return nil
	}
	greeting := o.order.Greeting
	who := &ivr.Invited{By: greeting.By, Own: greeting.Own, Back: o.order.Back, Direct: o.order.Direct}
	if of := greeting.Of; of != nil {
		who.Of = &ivr.Reminder{Occasion: ivr.Occasion(of.Occasion), At: of.At, Spoken: of.Spoken}
	}
	return who
}

// replies are the answers to a reminder.
var replies = map[ivr.ReplyKind]Reply{
	ivr.RemindAgain: RemindAgain, ivr.ComesLate: ComesLate, ivr.CannotCome: CannotCome, ivr.HasHeard: HasHeard,
}

// replied tells what the callee answers to a reminder, before the last words.
func (o *called) replied(reply ivr.ReplyKind) {
	o.confirmed = true
	o.say(Progress{State: CallReplied, Reply: replies[reply]})
}

// comes notes that the callee wants to be in the meeting. It does nothing for
// those who called.
func (c *call) comes() {
	o := c.called
	if o == nil || o.confirmed {
		return
	}
	if !o.order.Direct { // where nobody was asked, it is still listened for machines
		o.confirmed = true
		c.media.hear(c.line.Write)
		o.say(Progress{State: CallConfirmed})
	}
}

// isIn notes that the callee is in the meeting.
func (o *called) isIn() {
	if o != nil && !o.joined {
		o.joined = true
		o.say(Progress{State: CallJoined})
	}
}

// lastMinute is when somebody is told that their time will be over.
const lastMinute = time.Minute

// timed has the callee be told, a minute before, that their longest time is over.
func (c *call) timed() {
	o := c.called
	if longest := o.tab.Longest(); longest > lastMinute {
		o.wake(longest-lastMinute-time.Since(time.Unix(0, o.since.Load())), func() {
			c.warned(billing.Warning{Kind: billing.MaxDuration, Left: lastMinute})
		})
	}
}

// warned tells the callee, and whoever dialled, of money and time that are about
// to be over. Where they are, this call alone ends.
func (c *call) warned(w billing.Warning) {
	o := c.called
	o.say(Progress{State: CallWarned, Warning: &w})
	switch {
	case w.Kind == billing.OneMinuteLeft, w.Kind == billing.MaxDuration && w.Left > 0:
		c.step(ivr.Noticed{Notice: ivr.OneMinuteLeft})
	case w.Kind == billing.OutOfMoney:
		o.refusal = w.Rule
		c.lastWord(ivr.MoneyOver, ivr.NoMoney, w.Left-goodbye)
	case w.Kind == billing.MaxDuration:
		c.lastWord(ivr.TimeOver, ivr.TooLong, lastWords)
	}
}

// lastWord says why the call ends. Where that is not heard in time, it ends all
// the same.
func (c *call) lastWord(notice ivr.Notice, cause ivr.Cause, within time.Duration) {
	c.called.wake(within, func() { c.hangUp(cause) })
	c.step(ivr.Noticed{Notice: notice})
}

// calledOff ends a call because its order is.
func (c *call) calledOff(ctx context.Context) {
	cause := because(c.called.ctx)
	if cause == CauseShuttingDown {
		c.shutDown(ctx)
		return
	}
	c.ending = &ending{string(cause), SentAway, dialog.Cause{Protocol: "Q.850", Code: 16}}
}

// settle closes the tab of a call that is over, and tells how it ended.
func (c *call) settle() Outcome {
	o := c.called
	result := c.result()
	ctx, cancel := context.WithTimeout(context.Background(), ledgerLimit)
	defer cancel()
	record, err := o.tab.Close(ctx, result)
	if err != nil { // which tries again by itself
		c.log.Error("a call could not be settled yet", "error", err)
	}
	if o.seized {
		c.finish()
	}
	if !o.told {
		o.say(Progress{State: CallEnded, Status: result.Status, Cause: result.Cause, Refusal: o.refusal})
	}
	return Outcome{Cause: result.Cause, Refusal: o.refusal, Status: result.Status, Record: record, Signalling: c.record.Signalling}
}

// result is how the call ended, for its record.
func (c *call) result() billing.Result {
	o, r := c.called, &c.record
	result := billing.Result{
		Ended: o.over, Cause: o.cause, Status: o.status, Q850: o.q850, Keys: r.Keys, Notice: r.RecordingHeard,
	}
	if o.refusal != nil {
		result.Rule = o.refusal.Rule
	}
	if o.confirmed {
		result.Join = "confirm"
	}
	if c.dialog == nil {
		r.Status, r.Cause = o.status, string(o.cause)
		return result
	}
	result.CallID, result.Quality = c.dialog.Call(), c.record.Heard()
	if c.ending == nil {
		return result
	}
	result.Cause, result.Side = endingCause(c.ending.cause), billing.SideUs
	if result.Q850 = q850Of(c.ending.bye); result.Cause == billing.CauseHungUp {
		result.Side, result.Q850 = billing.SideThem, q850Of(c.dialog.Ending().Cause)
	}
	return result
}
