package signaling

import (
	"maps"
	"slices"
	"time"

	"partyline/signaling/meeting"
	"partyline/signaling/wire"
)

// queue is who waits at the door, in the order in which they came.
func (r *room) queue() []*member { return byNumber(slices.Collect(maps.Values(r.door))) }

// nextAtDoor is who has waited longest, or 0.
func (r *room) nextAtDoor() uint32 {
	if waiting := r.queue(); len(waiting) > 0 {
		return waiting[0].number
	}
	return 0
}

// waitOf tells what a newcomer has to wait for now.
func (r *room) waitOf(m *member) meeting.Wait {
	return meeting.WaitAt(meeting.Door{
		Early: r.meeting.Early(time.Now()), WaitForHost: r.meeting.WaitForHost, HostCame: r.hostCame, Locked: r.locked,
	}, m.role)
}

// awaitsBeginning tells whether somebody waits for the meeting to begin, and
// not for a host who would have to be here.
func (r *room) awaitsBeginning() bool {
	for _, m := range r.door {
		if m.wait != meeting.ForUnlock {
			return true
		}
	}
	return false
}

// place is what somebody at the door is told.
func (r *room) place(m *member) wire.Queue {
	q := wire.Queue{Reason: wire.Wait(m.wait), Position: m.position}
	if m.wait == meeting.TooEarly {
		q.OpensAt = r.meeting.OpensAt.UnixMilli()
	}
	return q
}

// knock puts a newcomer at the door and tells the hosts. Nobody there hears or
// sees anything of the room.
func (r *room) knock(m *member, wait meeting.Wait, seated func(*room, admission)) admission {
	m.position = len(r.door) + 1
	r.waits(m, wait)
	r.door[m.number] = m
	r.publish()
	a := admission{number: m.number, visit: m.visit, waiting: true, queue: r.place(m)}
	if seated != nil {
		seated(r, a)
	}
	r.tellHosts(&wire.Knock{Visitor: m.visitor()})
	r.noticeHosts(Notice{Kind: SomebodyWaits, Count: len(r.door)})
	r.log.Info("somebody is at the door", "participant", m.number, "kind", m.kind, "wait", wait)
	return a
}

// waits notes what somebody at the door waits for.
func (r *room) waits(m *member, wait meeting.Wait) {
	m.wait = wait
	arrival := Arrival{Waiting: true, Position: m.position, WaitsForHost: wait == meeting.ForHost, Host: m.role == meeting.Host}
	if wait == meeting.TooEarly {
		arrival.OpensAt = r.meeting.OpensAt
	}
	m.out.arrived(arrival)
}

// goneFromDoor takes somebody from the door, whatever the reason; the others
// move up.
func (r *room) goneFromDoor(m *member) {
	delete(r.door, m.number)
	r.publish()
	r.tellHosts(&wire.KnockGone{Participant: m.number})
	for i, other := range r.queue() {
		if other.position != i+1 {
			other.position = i + 1
			r.waits(other, other.wait)
			other.out.event(wire.Marshal(&wire.StillWaiting{Queue: r.place(other)}))
			other.out.notice(Notice{Kind: PositionChanged, Count: other.position})
		}
	}
}

// watchOpening has the room look at its door when the meeting opens.
func (r *room) watchOpening() {
	if r.opening != nil {
		r.opening.Stop()
		r.opening = nil
	}
	if !r.meeting.Early(time.Now()) {
		return
	}
	r.opening = r.later(time.Until(r.meeting.OpensAt), func() {
		r.reconsider()
		r.roomChanged()
	})
}

// beginnings are what a phone is told when its wait is over.
var beginnings = map[meeting.Wait]NoticeKind{meeting.TooEarly: Opened, meeting.ForHost: HostArrived}

// reconsider lets in whoever waited for the meeting to begin, when it does.
// Whoever waits at a locked door waits for a host's yes.
func (r *room) reconsider() {
	for _, m := range r.queue() {
		wait := r.waitOf(m)
		if wait == m.wait || m.wait == meeting.ForUnlock {
			continue
		}
		before := m.wait
		if wait != meeting.NoWait {
			r.waits(m, wait)
		}
		if kind, ok := beginnings[before]; ok && wait != meeting.TooEarly {
			m.out.notice(Notice{Kind: kind})
		}
		if wait == meeting.NoWait {
			r.letIn(m)
			continue
		}
		m.out.event(wire.Marshal(&wire.StillWaiting{Queue: r.place(m)}))
	}
}

// admit is a host's yes to somebody at the door.
func (r *room) admit(_, m *member) error {
	r.letIn(m)
	return nil
}

func (r *room) letIn(m *member) {
	r.goneFromDoor(m)
	a := r.welcome(m)
	r.tell(m, &wire.Admitted{Entry: a.entry}, Admitted)
	r.settleIn(m)
	m.reconnecting = false
	r.look(m.number) // the browser may have broken while it waited
}

// refuse sends somebody away from the door. They may knock again.
func (r *room) refuse(_, m *member) error {
	r.goneFromDoor(m)
	r.tell(m, &wire.RefusedEntry{}, Refused)
	m.out.gone()
	return nil
}

func (r *room) tellHosts(message wire.Message) {
	body := wire.Marshal(message)
	for _, m := range r.members {
		if m.role == meeting.Host {
			m.out.event(body)
		}
	}
}

func (r *room) noticeHosts(n Notice) {
	for _, m := range r.members {
		if m.role == meeting.Host {
			m.out.notice(n)
		}
	}
}
