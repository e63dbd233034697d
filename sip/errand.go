package sip

import (
	"context"
	"errors"
	"time"

	"partyline/sip/internal/ivr"
)

// errand is something that may take a while and is done for the call on a
// goroutine of its own, one after the other.
type errand func(ctx context.Context) outcome

// outcome is what an errand brings back: an event for the menu, if not nil,
// and what goes with it.
type outcome struct {
	event      ivr.Event
	before     *Return // zero where the caller was in no meeting lately
	meeting    *Meeting
	identified *Identity
	seat       Seat
	done       ActKind // an act that the record tells of
	left       *estate // of a call whose place is taken
	then       func()  // done by the call's goroutine first; may be nil
}

// runErrand starts the next errand if none is under way.
func (c *call) runErrand(ctx context.Context) {
	if c.busy || len(c.errands) == 0 || c.ending != nil {
		return
	}
	next := c.errands[0]
	c.errands = c.errands[1:]
	c.busy = true
	c.working.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, errandLimit)
		defer cancel()
		c.outcomes <- c.safely(ctx, next)
	})
}

// safely runs an errand and turns a panic into a fault of this call alone.
func (c *call) safely(ctx context.Context, next errand) (result outcome) {
	err := guarded(c.log, "a call's errand", func() error {
		result = next(ctx)
		return nil
	})
	if err != nil {
		return outcome{event: ivr.Failed{Why: ivr.Fault}}
	}
	return result
}

// send queues an errand. The menu bounds how many a caller can have us do by
// holding down keys.
func (c *call) send(next errand) { c.errands = append(c.errands, next) }

// returned takes what an errand brought back.
func (c *call) returned(result outcome) {
	c.busy = false
	if result.then != nil {
		result.then()
	}
	if result.before != nil {
		c.recalled, c.before = true, *result.before
	}
	if result.meeting != nil {
		c.meeting, c.identity = *result.meeting, Identity{}
	}
	if result.identified != nil {
		c.identity = *result.identified
	}
	if result.seat != nil {
		c.seat = result.seat
		c.notices = result.seat.Notices()
		if result.seat.Arrival().Waiting {
			c.outside = time.Now()
		}
		if !c.held.IsZero() {
			c.send(c.setHold(true))
		}
	}
	c.note(result.done)
	if result.event != nil {
		c.step(result.event)
	}
}

// note has the record tell of what the caller did.
func (c *call) note(done ActKind) {
	switch done {
	case HeardNotice:
		c.record.RecordingHeard = time.Now()
	case Object:
		c.record.Objected = true
	}
}

// recall asks where the caller was before. It is asked while the answer is on
// its way.
func (c *call) recall() errand {
	caller := c.caller
	return func(ctx context.Context) outcome {
		before, _ := c.g.directory.Returning(ctx, caller)
		return outcome{before: &before}
	}
}

// findMeeting looks a meeting number up.
func (c *call) findMeeting(number Secret) errand {
	return func(ctx context.Context) outcome {
		meeting, err := c.g.directory.FindMeeting(ctx, number, c.caller)
		if err != nil {
			return c.failed("no meeting for a caller", err)
		}
		return outcome{event: ivr.MeetingFound{CodeRequired: meeting.CodeRequired, Opens: meeting.Opens}, meeting: &meeting}
	}
}

// identify asks whose code was typed.
func (c *call) identify(code Secret) errand {
	meeting := c.meeting
	return func(ctx context.Context) outcome {
		identity, err := c.g.directory.Identify(ctx, meeting, code, c.caller)
		if err != nil {
			return c.failed("a caller's code was not taken", err)
		}
		return outcome{event: ivr.Identified{Host: identity.Host}, identified: &identity}
	}
}

// enter asks for a seat in the meeting.
func (c *call) enter() errand {
	meeting, identity, caller := c.meeting, c.identity.on(c.owner), c.caller
	caller.Language = c.menu.Language()
	return func(ctx context.Context) outcome {
		seat, err := c.g.directory.Enter(ctx, meeting, identity, caller)
		if err != nil {
			return c.failed("a caller could not enter", err)
		}
		return outcome{event: ivr.Entered{Arrival: arrivalOf(seat.Arrival())}, seat: seat}
	}
}

// on is who somebody is who calls from a phone that proved to be owner's; zero
// for other phones.
func (i Identity) on(owner Identity) Identity {
	if i.Person == "" && owner.Owner {
		i.Person, i.Name = owner.Person, owner.Name
	}
	i.Owner = owner.Owner && i.Person == owner.Person
	return i
}

// join puts the line into the room's sound: the room that the seat is in, also
// where the host has just moved it.
func (c *call) join() errand {
	seat, line := c.seat, c.line
	return func(ctx context.Context) outcome {
		room, participant := seat.Place()
		for {
			if err := c.g.conference.Join(ctx, room, participant, line); err != nil {
				return c.failed("a line could not join its room", err)
			}
			joined := room
			if room, participant = seat.Place(); room == joined {
				return outcome{}
			}
		}
	}
}

// acts are the menu's acts as a seat calls them.
var acts = map[ivr.ActKind]ActKind{
	ivr.Mute: Mute, ivr.Hand: Hand, ivr.MuteAll: MuteAll, ivr.Lock: Lock, ivr.Admit: Admit, ivr.End: End,
	ivr.SetRecording: SetRecording, ivr.CallHost: CallHost, ivr.Object: Object,
	ivr.HeardNotice: HeardNotice, ivr.SetName: SetName,
}

// act does something in the meeting for the caller.
func (c *call) act(what ivr.Act) errand {
	seat, act := c.seat, Act{Kind: acts[what.Act], On: what.On, Spoken: what.Spoken}
	return func(ctx context.Context) outcome {
		done := ivr.Done{Act: what.Act, On: what.On}
		if err := seat.Do(ctx, act); err != nil {
			done.Why = c.reason("a caller's act was not done", err)
			return outcome{event: done}
		}
		return outcome{event: done, done: act.Kind}
	}
}

// attend asks who is there.
func (c *call) attend() errand {
	seat := c.seat
	return func(ctx context.Context) outcome {
		there, err := seat.Attendance(ctx)
		if err != nil {
			return outcome{event: ivr.Attended{Why: c.reason("counting heads", err)}}
		}
		names := make([]ivr.Attendee, len(there.Names))
		for i, who := range there.Names {
			names[i] = ivr.Attendee{Phone: who.Kind == OnPhone, Host: who.Host, Spoken: who.Spoken, Caller: who.Caller}
		}
		return outcome{event: ivr.Attended{People: there.People, Waiting: there.Waiting, Names: names}}
	}
}

// setHold lets everybody see that the caller is on hold.
func (c *call) setHold(held bool) errand {
	seat := c.seat
	return func(ctx context.Context) outcome {
		if err := seat.Do(ctx, Act{Kind: Hold, On: held}); err != nil {
			c.log.Warn("showing a caller's hold failed", "held", held, "error", err)
		}
		return outcome{}
	}
}

// failed turns an error of the directory or the conference into what the menu
// says about it.
func (c *call) failed(what string, err error) outcome {
	event := ivr.Failed{Why: c.reason(what, err)}
	var ended *MeetingEnded
	if errors.As(err, &ended) {
		event.At = ended.At
	}
	return outcome{event: event}
}

// reason maps an error to the menu's words for it, and logs it: as a fault
// where the caller is not to blame.
func (c *call) reason(what string, err error) ivr.Reason {
	for _, known := range []struct {
		err    error
		reason ivr.Reason
	}{
		{ErrNoMeeting, ivr.NoMeeting},
		{ErrMeetingEnded, ivr.MeetingEnded},
		{ErrMeetingFull, ivr.MeetingFull},
		{ErrWrongCode, ivr.WrongCode},
		{ErrTooManyGuesses, ivr.TooManyGuesses},
		{ErrNotAllowed, ivr.NotAllowed},
	} {
		if errors.Is(err, known.err) {
			c.log.Info(what, "error", err)
			return known.reason
		}
	}
	if errors.Is(err, context.Canceled) { // the call ended meanwhile
		return ivr.Fault
	}
	c.log.Error(what, "error", err)
	return ivr.Fault
}
