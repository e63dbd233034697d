package signaling

import (
	"sync/atomic"
	"time"

	"partyline/signaling/dialout"
	"partyline/signaling/wire"
)

// The last-employee rule: when nobody of the company is in a meeting any more,
// the calls that it pays for end after a while. Whoever was called in must not
// go on talking at the company's expense.

// firstEmployeeWithin is how long calls go on into a meeting that nobody of
// the company has come to yet.
const firstEmployeeWithin = 5 * time.Minute

// grace is how long calls go on without anybody of the company; zero: as long as
// they like. It may be changed at any time, by any goroutine.
type grace struct {
	length time.Duration
	off    atomic.Bool
}

func (g *grace) value() time.Duration {
	if g.off.Load() {
		return 0
	}
	return g.length
}

// EndCallsWithoutEmployees decides whether the calls that the company pays for
// end when nobody of it is in a meeting any more, as they do to begin with. It
// may be called from any goroutine.
func (s *Server) EndCallsWithoutEmployees(end bool) { s.grace.off.Store(!end) }

// attendance is who is in a room, as the rule counts them.
type attendance struct {
	employees int // people with an account, those on the way to another room included
	called    int // phones that we have called
}

func (r *room) attendance() attendance {
	var a attendance
	count := func(m *member) {
		if m.who.Person != "" {
			a.employees++
		}
		if m.who.order != "" {
			a.called++
		}
	}
	for _, m := range r.members {
		count(m)
	}
	for _, t := range r.trips {
		count(t.member)
	}
	return a
}

// attend looks whether somebody of the company is in the meeting, in whichever
// of its rooms, and starts or stops the clock.
func (f *family) attend(grace time.Duration) {
	if grace <= 0 {
		return
	}
	f.mu.Lock()
	alone, back := f.alone(), false
	switch {
	case alone && f.ending == nil:
		f.ending = time.AfterFunc(lookAgainAfter, func() { f.warn(grace) })
	case !alone && f.ending != nil:
		f.ending.Stop()
		f.ending, back, f.warned = nil, f.warned, false
	}
	rooms := f.all()
	f.mu.Unlock()
	if back {
		tellEnding(rooms, time.Time{})
	}
}

// lookAgainAfter is how long somebody may be nowhere, such as on the way back
// from a break-out room that closes, before it counts.
const lookAgainAfter = time.Second

// warn tells everybody that the calls will end.
func (f *family) warn(grace time.Duration) {
	f.mu.Lock()
	if f.ending == nil {
		f.mu.Unlock()
		return
	}
	if !f.attended {
		grace = max(grace, firstEmployeeWithin)
	}
	f.ending, f.warned = time.AfterFunc(grace, f.endCalls), true
	rooms := f.all()
	f.mu.Unlock()
	tellEnding(rooms, time.Now().Add(grace))
}

// alone tells whether there are calls, and nobody of the company. Mu is held.
func (f *family) alone() bool {
	var sum attendance
	for _, r := range f.all() {
		a := r.view.Load().attendance
		sum.employees, sum.called = sum.employees+a.employees, sum.called+a.called
	}
	f.attended = f.attended || sum.employees > 0
	return sum.employees == 0 && sum.called > 0
}

// endCalls ends the calls of a meeting in which nobody of the company is, when
// the clock has run down.
func (f *family) endCalls() {
	f.mu.Lock()
	ends := f.ending != nil && f.alone() && f.main.grace.value() > 0
	f.ending, f.warned = nil, false
	rooms := f.all()
	f.mu.Unlock()
	if !ends {
		return
	}
	for _, r := range rooms {
		r.mail.put(r.endCalled)
	}
}

// disband stops the clock of a meeting that is over.
func (f *family) disband() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ending != nil {
		f.ending.Stop()
		f.ending = nil
	}
}

// tellEnding tells everybody when the calls end; zero: that they go on.
func tellEnding(rooms []*room, at time.Time) {
	var message wire.CallsEnding
	notice := EmployeesBack
	if !at.IsZero() {
		message.EndsAt, notice = at.UnixMilli(), EmployeesGone
	}
	for _, r := range rooms {
		r.mail.put(func() {
			r.announce(&message)
			for _, m := range r.members {
				if m.who.order != "" {
					m.out.notice(Notice{Kind: notice})
				}
			}
		})
	}
}

// endCalled ends the calls that we have placed into the room.
func (r *room) endCalled() {
	for _, m := range r.everyMember() {
		if m.who.order != "" {
			r.log.Info("call ended: nobody of the company is here", "participant", m.number, "order", m.who.order)
			r.calls.End(m.who.order, dialout.LastEmployee)
		}
	}
}
