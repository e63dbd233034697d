package signaling

import (
	"fmt"
	"time"

	"partyline/metrics/quality"
	"partyline/sfu/audio"
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
	// arrived gives what a phone is told of the meeting on entering a room.
	arrived(a Arrival)
	// moved gives the audience of the same one in another room, or nil when
	// whoever it is has left meanwhile.
	moved(to *room, number uint32) audience
	// gone is the last call: the seat is no more.
	gone()
}

// member is a participant of a room, or somebody at its door. It belongs to
// the room's goroutine.
type member struct {
	number      uint32
	visit       string  // id of the stay, also in other rooms
	who         Entrant // as they came
	name        string
	unnamed     int // the 3 of "Caller 3"; 0 with a name of one's own
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

	wait     meeting.Wait // at the door
	position int          // there, from 1

	guarded  bool // muted by the hold guard
	trusted  bool // no longer guarded
	informed bool // has heard the notice of the present recording
	objects  bool // to being recorded
	calledAt time.Time
	spoken   []audio.Frame           // the name in their own voice
	roles    map[string]meeting.Role // in meetings that they were moved out of
}

// silent tells whether nobody is to hear the member.
func (m *member) silent() bool { return m.muted || m.guarded }

// seenBy is the participant as a viewer of that role sees it: outsiders get no
// part of a telephone number.
func (m *member) seenBy(viewer meeting.Role) wire.Participant {
	p := wire.Participant{
		Participant: m.number, Name: m.name, Via: wire.Via(m.kind), Role: wire.Role(m.role),
		Muted: m.silent(), MutedByHost: m.mutedByHost, Held: m.held, Guarded: m.guarded,
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

// nameFor makes up the name of somebody who gave none, with their number.
func (r *room) nameFor(who Entrant, number uint32) string {
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
	visit   string
	waiting bool
	queue   wire.Queue // while waiting
	entry   wire.Entry // unless waiting
}

// enter gives a newcomer a seat, or a place at the door. It calls seated, if
// there is one, before the newcomer hears of anything else.
func (r *room) enter(who Entrant, out audience, seated func(*room, admission)) (admission, error) {
	old := r.members[who.instead]
	if old == nil && who.instead != 0 {
		return admission{}, errMissed
	}
	if r.family.bars(who.marks()) {
		return admission{}, ErrRemoved
	}
	if old == nil && len(r.members)+len(r.door)+r.family.outside() >= r.capacity() {
		return admission{}, ErrFull
	}
	m := r.newcomer(who, out)
	var a admission
	if old != nil {
		m.succeed(old)
		r.giveWay(old, m.number)
		a = r.seat(m)
	} else if wait := r.waitOf(m); wait != meeting.NoWait && !who.invited {
		return r.knock(m, wait, seated), nil
	} else {
		a = r.welcome(m)
	}
	if seated != nil {
		seated(r, a)
	}
	r.settleIn(m)
	return a, nil
}

// newcomer makes a member of whoever comes, with a number of their own.
func (r *room) newcomer(who Entrant, out audience) *member {
	r.last++
	m := &member{
		number: r.last, visit: newVisit(), who: who, name: who.Name, kind: who.Kind, role: r.roleOf(who),
		phoneNumber: who.Number, marks: who.marks(), out: out, muted: who.Muted, spoken: who.Spoken,
		legs: make(map[string]bool),
	}
	if m.name == "" {
		m.name, m.unnamed = r.nameFor(who, r.last), int(r.last)
	}
	r.recall(m)
	return m
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

// welcome seats a newcomer, muted where the meeting wants it or where the same
// person is here already: two microphones of one desk would howl.
func (r *room) welcome(m *member) admission {
	twin := r.twin(m.who)
	if r.entersMuted(m) || twin != nil {
		m.muted = true
	}
	a := r.seat(m)
	if twin != nil {
		a.entry.Elsewhere = twin.number
	}
	return a
}

// seat makes somebody a member; settleIn tells the others.
func (r *room) seat(m *member) admission {
	if m.silent() {
		r.applyMute(m)
	}
	if !r.begun {
		r.begun, r.startedAt = true, time.Now() // until now people only waited
	}
	m.out.arrived(r.arrivalOf(m))
	r.members[m.number] = m
	r.hostCame = r.hostCame || m.role == meeting.Host
	r.publish()
	r.observer.ParticipantsChanged(string(m.kind), 1)
	r.seated(m)
	r.log.Info("participant joined", "participant", m.number, "kind", m.kind, "role", m.role)
	return admission{number: m.number, visit: m.visit, entry: r.entryFor(m)}
}

// arrivalOf is what a phone is told that is about to become a member.
func (r *room) arrivalOf(m *member) Arrival {
	return Arrival{
		Host: m.role == meeting.Host, Muted: m.muted, Hand: !m.handAt.IsZero(), Locked: r.locked, Others: len(r.members), Running: time.Since(r.startedAt),
		Recording: r.taping != nil, NamesWanted: r.meeting.RecordNames && m.unnamed != 0 && m.spoken == nil,
	}
}

// settleIn tells of a new member, and the member of what it has to know.
func (r *room) settleIn(m *member) {
	tone := r.tone(ChimeJoined)
	r.announceAbout(m, m, func(p wire.Participant) wire.Message {
		return &wire.ParticipantJoined{Participant: p, Tone: tone}
	})
	r.inform(m)
	r.recallCalls(m)
	if m.who.order != "" {
		r.calls.Seated(m.who.order, m.number)
	}
	if m.role == meeting.Host {
		r.reconsider()
	}
	if r.breakout != 0 {
		r.family.stir()
	}
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
	if why != wire.LeftHandedOver {
		r.receipt(m)
	}
	r.remember(m, why)
	r.dismiss(m, why)
	m.out.gone()
}

// dismiss is the end of a member in this room.
func (r *room) dismiss(m *member, why wire.LeftReason) {
	delete(r.members, m.number)
	r.publish()
	r.observer.ParticipantsChanged(string(m.kind), -1)
	if why != wire.LeftMoved {
		r.leaves(m, why)
	}
	r.announce(&wire.ParticipantLeft{Participant: m.number, Reason: why, Tone: r.tone(ChimeLeft)})
	r.log.Info("participant left", "participant", m.number, "kind", m.kind, "why", why)
	if m.objects {
		r.tellRecording()
	}
	r.proceed()
	if r.breakout != 0 {
		r.family.stir()
	}
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
