package signaling

import (
	"partyline/signaling/meeting"
	"partyline/signaling/wire"
)

// knock puts a newcomer at the door and tells the hosts. Nobody there hears or
// sees anything of the room.
func (r *room) knock(m *member, seated func(*room, admission)) admission {
	r.door[m.number] = m
	a := admission{number: m.number, waiting: true, arrival: Arrival{Waiting: true}}
	if seated != nil {
		seated(r, a)
	}
	r.tellHosts(&wire.Knock{Visitor: m.visitor()})
	r.log.Info("somebody is at the door", "participant", m.number, "kind", m.kind)
	return a
}

// goneFromDoor takes somebody from the door, whatever the reason.
func (r *room) goneFromDoor(m *member) {
	delete(r.door, m.number)
	r.tellHosts(&wire.KnockGone{Participant: m.number})
}

// admit lets somebody in.
func (r *room) admit(_, m *member) error {
	r.goneFromDoor(m)
	a := r.seat(m)
	r.tell(m, &wire.Admitted{Entry: a.entry}, Admitted)
	r.announceArrival(m)
	m.reconnecting = false
	r.look(m.number) // the browser may have broken while it waited
	return nil
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
