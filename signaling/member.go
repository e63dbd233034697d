package signaling

import (
	"fmt"
	"slices"
	"time"

	"partyline/metrics/quality"
	"partyline/signaling/meeting"
	"partyline/signaling/wire"
)

// audience is a member's end of the line: a session, or a phone. The room
// calls it from its own goroutine; calls do not block.
type audience interface {
	// event gives a message that browsers read.
	event(body wire.Body)
	// notice gives what phones are told.
	notice(n Notice)
	// connected tells whether somebody is there just now.
	connected() bool
	// gone is the last call: the seat is no more.
	gone()
}

// member is a participant of a room, or somebody at its door. It belongs to
// the room's goroutine.
type member struct {
	number      uint32
	name        string
	kind        meeting.Kind
	role        meeting.Role
	phoneNumber string   // masked
	marks       []string // by which a removed visitor is known again
	out         audience

	muted, mutedByHost bool
	handAt             time.Time // zero while the hand is down
	held               bool
	reconnecting       bool
	quality            quality.Class
	qualityAt          time.Time
	legs               map[string]bool
}

// seenBy is the participant as a viewer of that role sees it: outsiders get no
// part of a telephone number.
func (m *member) seenBy(viewer meeting.Role) wire.Participant {
	p := wire.Participant{
		Participant: m.number, Name: m.name, Via: wire.Via(m.kind), Role: wire.Role(m.role),
		Muted: m.muted, MutedByHost: m.mutedByHost, Held: m.held,
		Connection: wire.Connected, Quality: wire.Class(m.quality.String()),
	}
	if m.reconnecting {
		p.Connection = wire.Reconnecting
	}
	if !m.handAt.IsZero() {
		p.Hand, p.HandAt = true, m.handAt.UnixMilli()
	}
	if viewer != meeting.Guest {
		p.Number = m.phoneNumber
	}
	return p
}

func (m *member) visitor() wire.Visitor {
	return wire.Visitor{Participant: m.number, Name: m.name, Via: wire.Via(m.kind)}
}

// madeUpNames are what a room calls those who gave no name, by language.
var madeUpNames = map[string]map[meeting.Kind]string{
	"en":    {meeting.Browser: "Guest %d", meeting.Phone: "Caller %d"},
	"zh-CN": {meeting.Browser: "访客 %d", meeting.Phone: "来电 %d"},
}

// nameFor is the visitor's own name, or one made with their number.
func (r *room) nameFor(who Entrant, number uint32) string {
	if who.Name != "" {
		return who.Name
	}
	words, ok := madeUpNames[who.Language]
	if !ok {
		words = madeUpNames[r.cfg.Language]
	}
	return fmt.Sprintf(words[who.Kind], number)
}

// mutedFrom is the number of the participant from which on newcomers of a
// meeting are muted: more than eight are present.
const mutedFrom = 9

// entersMuted tells whether the meeting mutes a newcomer. Hosts are spared
// where the meeting's setting is the reason.
func (r *room) entersMuted(m *member) bool {
	return m.muted || r.meeting.MuteOnEntry && m.role != meeting.Host || len(r.members)+1 >= mutedFrom
}

// admission is what came of entering: a seat, or a place at the door.
type admission struct {
	number  uint32
	waiting bool
	entry   wire.Entry // unless waiting
	arrival Arrival
}

// enter gives a newcomer a seat, or a place at the door of a locked room. It
// calls seated, if there is one, before the newcomer hears of anything else.
func (r *room) enter(who Entrant, out audience, seated func(*room, admission)) (admission, error) {
	marks := who.marks()
	if slices.ContainsFunc(marks, func(mark string) bool { return r.barred[mark] }) {
		return admission{}, ErrRemoved
	}
	if len(r.members)+len(r.door) >= r.cfg.MaxParticipants {
		return admission{}, ErrFull
	}
	r.last++
	m := &member{
		number: r.last, name: r.nameFor(who, r.last), kind: who.Kind, role: r.roleOf(who),
		phoneNumber: who.Number, marks: marks, out: out, muted: who.Muted, legs: make(map[string]bool),
	}
	if r.locked && !meeting.PassesLock(m.role) {
		return r.knock(m, seated), nil
	}
	a := r.seat(m)
	if seated != nil {
		seated(r, a)
	}
	r.announceArrival(m)
	return a, nil
}

// roleOf is the role that somebody enters with: given by what they showed, or
// found by who they are.
func (r *room) roleOf(who Entrant) meeting.Role {
	switch {
	case who.Role != "":
		return who.Role
	case who.Person == "":
		return meeting.Guest
	default:
		return meeting.RoleFor(r.meeting.CredentialOf(who.Person))
	}
}

// seat makes somebody a member; announceArrival tells the others.
func (r *room) seat(m *member) admission {
	others := len(r.members)
	if r.entersMuted(m) {
		m.muted = true
		r.audio.SetMuted(r.id, m.number, true)
	}
	r.members[m.number] = m
	r.publish()
	r.observer.ParticipantsChanged(string(m.kind), 1)
	r.log.Info("participant joined", "participant", m.number, "kind", m.kind, "role", m.role)
	return admission{
		number: m.number,
		entry:  r.entryFor(m),
		arrival: Arrival{
			Muted: m.muted, Others: others, Running: time.Since(r.startedAt),
		},
	}
}

func (r *room) announceArrival(m *member) {
	r.announceAbout(m, m, func(p wire.Participant) wire.Message { return &wire.ParticipantJoined{Participant: p} })
}

// entryFor is the whole room as a member sees it.
func (r *room) entryFor(m *member) wire.Entry {
	entry := wire.Entry{
		Room: r.describe(), Self: m.number, Role: wire.Role(m.role),
		Roster: make([]wire.Participant, 0, len(r.members)), Door: []wire.Visitor{},
	}
	for _, other := range r.everybody() {
		if _, ok := r.members[other.number]; ok {
			entry.Roster = append(entry.Roster, other.seenBy(m.role))
		} else if m.role == meeting.Host {
			entry.Door = append(entry.Door, other.visitor())
		}
	}
	return entry
}

// leave takes a seat, or a place at the door. Whoever is gone already is
// ignored, but for their audio: a phone leaves after it was removed.
func (r *room) leave(number uint32, why wire.LeftReason) {
	if m, ok := r.door[number]; ok {
		r.goneFromDoor(m)
		m.out.gone()
		return
	}
	m, ok := r.members[number]
	r.audio.Remove(r.id, number)
	if !ok {
		return
	}
	r.unseat(m, why)
}

// unseat takes a member out of the roster. What becomes of the audio is the
// caller's business.
func (r *room) unseat(m *member, why wire.LeftReason) {
	delete(r.members, m.number)
	m.out.gone()
	r.publish()
	r.observer.ParticipantsChanged(string(m.kind), -1)
	r.announce(&wire.ParticipantLeft{Participant: m.number, Reason: why})
	r.log.Info("participant left", "participant", m.number, "kind", m.kind, "why", why)
}

// look sees whether a member's browser is there, and tells the others. One
// that came back gets what is not repeated to it.
func (r *room) look(number uint32) {
	m, ok := r.members[number]
	if !ok || m.reconnecting == !m.out.connected() {
		return
	}
	m.reconnecting = !m.reconnecting
	r.changed(m)
	if m.reconnecting {
		return
	}
	for _, other := range r.members {
		if !other.qualityAt.IsZero() && time.Since(other.qualityAt) <= r.cfg.KeepSeat {
			m.out.event(wire.Marshal(&wire.Quality{Participant: other.number, Class: wire.Class(other.quality.String())}))
		}
	}
}
