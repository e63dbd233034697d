package dialout

import (
	"slices"
	"time"

	"partyline/signaling/wire"
)

// Batch gives a batch as it stands.
func (x *Exchange) Batch(id string) (Snapshot, bool) {
	var s Snapshot
	x.ask(func() {
		if b := x.batch(id); b != nil {
			s = b.snapshot()
		}
	})
	return s, s.Batch.Batch != ""
}

func (x *Exchange) batch(id string) *batch {
	if i := slices.IndexFunc(x.batches, func(b *batch) bool { return b.id == id }); i >= 0 {
		return x.batches[i]
	}
	return nil
}

// Of lists the batches that a person asked for, the newest first.
func (x *Exchange) Of(person string) []wire.Batch {
	all := []wire.Batch{}
	x.ask(func() {
		for _, b := range slices.Backward(x.batches) {
			if b.by.Person == person {
				all = append(all, b.view())
			}
		}
	})
	return all
}

// Recall has tell called with each call into a meeting that has not ended: all
// of them, or those that the person dialled. It comes from the exchange's
// goroutine, as all that is told later does, and must not block.
func (x *Exchange) Recall(meeting, person string, all bool, tell func(wire.Message)) {
	x.ask(func() {
		for _, b := range x.batches {
			if b.meeting != meeting || !all && b.by.Person != person {
				continue
			}
			for _, c := range b.calls {
				if !c.over() {
					tell(&wire.CallChanged{Call: c.view()})
				}
			}
		}
	})
}

// Watch gives a batch as it stands, and has deliver called with all that
// happens to it from then on, until cancel. Deliver is called from the
// exchange's goroutine and must not block.
func (x *Exchange) Watch(id string, deliver func(wire.Message)) (s Snapshot, cancel func(), ok bool) {
	w := &watcher{deliver}
	x.ask(func() {
		if b := x.batch(id); b != nil {
			s, ok = b.snapshot(), true
			b.watchers[w] = true
		}
	})
	return s, func() {
		x.ask(func() {
			if b := x.batch(id); b != nil {
				delete(b.watchers, w)
			}
		})
	}, ok
}

// Cancel ends a call, or all calls of a batch, rung or joined. May decides by
// who dialled and into which meeting. It returns ErrNotFound or ErrNotAllowed.
func (x *Exchange) Cancel(id string, may func(by, meeting string) bool) error {
	err := ErrNotFound
	x.ask(func() {
		c, b := x.calls[id], x.batch(id)
		if c != nil {
			b = c.batch
		}
		switch {
		case b == nil:
		case !may(b.by.Person, b.meeting):
			err = ErrNotAllowed
		default:
			err = nil
			x.cancel(b, c)
		}
	})
	return err
}

// cancel ends one call of a batch, or with nil all of them.
func (x *Exchange) cancel(b *batch, only *call) {
	now := time.Now()
	var ended []*call
	for _, c := range b.calls {
		if (only == nil || c == only) && c.stop(Cancelled, now) {
			ended = append(ended, c)
			ended = append(ended, b.follow(c, now)...)
		}
	}
	x.changed(b, ended, now)
}

// decision is an admin's answer about calls to a country.
type decision struct {
	granted bool
	at      time.Time
}

// Decide takes an admin's answer to the calls to a country (ISO 3166) that wait
// for it, or are about to.
func (x *Exchange) Decide(country string, granted bool) {
	x.ask(func() {
		now := time.Now()
		x.decided[country] = decision{granted, now}
		for _, b := range x.batches {
			var decided []*call
			for _, c := range b.calls {
				if c.state == wire.CallApproval && c.approval == country {
					c.decide(granted, now)
					decided = append(decided, c)
					decided = append(decided, b.follow(c, now)...)
				}
			}
			x.changed(b, decided, now)
		}
	})
}

// Expected is who enters a meeting by a call that was placed.
type Expected struct {
	Number Number
	To     Callee
	By     Caller
	Self   bool // the caller's own phone
	Host   bool // a host had them called
}

// Expected tells who enters by an order, while its call goes on.
func (x *Exchange) Expected(order string) (e Expected, ok bool) {
	x.ask(func() {
		if c := x.orders[order]; c != nil {
			e = Expected{Number: c.to.Numbers[c.next], To: c.to, By: c.batch.by, Self: c.self, Host: c.batch.host}
			ok = true
		}
	})
	return e, ok
}

// Seated notes as which participant somebody who was called is in the room.
func (x *Exchange) Seated(order string, participant uint32) {
	x.ask(func() {
		c := x.orders[order]
		if c == nil {
			return
		}
		now := time.Now()
		c.participant = participant
		c.progress(Progress{State: wire.CallJoined}, now)
		x.changed(c.batch, []*call{c}, now)
	})
}

// End ends the call of an order.
func (x *Exchange) End(order string, why Cause) {
	x.ask(func() {
		if c := x.orders[order]; c != nil {
			c.stop(why, time.Now())
		}
	})
}

// Explain notes why the call of an order is ended by somebody else, who lets
// it hear why first.
func (x *Exchange) Explain(order string, why Cause) {
	x.ask(func() {
		if c := x.orders[order]; c != nil && c.why == "" {
			c.why = why
		}
	})
}

// MeetingOver ends the calls into a meeting that is no more. Those that have
// joined hear it from the room, and are not placed again.
func (x *Exchange) MeetingOver(meeting string) {
	x.ask(func() {
		x.stopAll(MeetingEnded, func(c *call) bool { return c.batch.meeting == meeting && !c.joined })
		for _, b := range x.batches {
			if b.meeting != meeting {
				continue
			}
			b.meetingOver = true
			for _, c := range b.calls {
				if c.joined && c.order != "" && c.why == "" {
					c.why = MeetingEnded
				}
			}
		}
	})
}
