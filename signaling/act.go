package signaling

import (
	"fmt"
	"time"

	"partyline/signaling/dialout"
	"partyline/signaling/meeting"
	"partyline/signaling/wire"
)

// deed is what a member wants done.
type deed struct {
	action meeting.Action
	on     uint32 // participant, 0 for oneself and the room
	number uint32 // of a notice
}

// deeds has what each action does in one room, once it is known to be allowed.
// On is the member it is done to: the one who acts, another, or nil for the
// room.
var deeds = map[meeting.Action]func(r *room, by, on *member) error{
	meeting.Mute:      (*room).mute,
	meeting.Unmute:    (*room).unmute,
	meeting.RaiseHand: (*room).raiseHand,
	meeting.LowerHand: (*room).lowerHand,
	meeting.AskUnmute: (*room).askUnmute,
	meeting.Remove:    (*room).remove,
	meeting.MakeHost:  (*room).makeHost,
	meeting.Admit:     (*room).admit,
	meeting.Refuse:    (*room).refuse,
	meeting.MuteAll:   (*room).muteAll,
	meeting.Lock:      func(r *room, _, _ *member) error { return r.setLocked(true) },
	meeting.Unlock:    func(r *room, _, _ *member) error { return r.setLocked(false) },
	meeting.End:       (*room).endForAll,
	meeting.CallHost:  (*room).callHost,
	meeting.Unguard:   (*room).unguard,
	meeting.Object:    (*room).object,
}

// act carries out what a member wants done, if the rules allow it. It returns
// errNotJoined, errNoParticipant, ErrNotAllowed or ErrNoHost.
func (r *room) act(number uint32, d deed) error {
	if d.action == meeting.Admit && d.on == 0 {
		d.on = r.nextAtDoor()
	}
	by, err := r.mayTo(number, d.action, aimOf(d.action, number, d.on))
	if err != nil {
		return err
	}
	if d.action == meeting.Heard {
		r.hasHeard(by, d.number)
		return nil
	}
	aim, target := aimOf(d.action, number, d.on), by
	switch {
	case aim == meeting.Room:
		target = nil
	case d.action == meeting.Admit || d.action == meeting.Refuse:
		target = r.door[d.on]
	case aim == meeting.Other:
		target = r.members[d.on]
	}
	if target == nil && aim != meeting.Room {
		return errNoParticipant
	}
	do, ok := deeds[d.action]
	if !ok {
		return fmt.Errorf("%s is no deed of one room: %w", d.action, ErrNotAllowed)
	}
	return do(r, by, target)
}

// may gives the member who wants to do something to themselves or to the
// room, if the rules allow it.
func (r *room) may(number uint32, action meeting.Action) (*member, error) {
	return r.mayTo(number, action, aimOf(action, number, 0))
}

func (r *room) mayTo(number uint32, action meeting.Action, aim meeting.Target) (*member, error) {
	by, ok := r.members[number]
	if !ok {
		return nil, errNotJoined
	}
	if !meeting.Allowed(action, by.role, by.kind, aim) {
		return nil, fmt.Errorf("%s by %s: %w", action, by.role, ErrNotAllowed)
	}
	return by, nil
}

// aimOf tells at whom an action is aimed when participant on is named, or
// nobody (0).
func aimOf(action meeting.Action, by, on uint32) meeting.Target {
	switch action {
	case meeting.MuteAll, meeting.Lock, meeting.Unlock, meeting.End, meeting.Record,
		meeting.Move, meeting.UndoMove, meeting.Breakouts, meeting.CloseBreakouts,
		meeting.Quote, meeting.DialOut, meeting.DialCancel:
		return meeting.Room
	case meeting.Admit: // whoever it is, they are at the door
		return meeting.Other
	}
	if on == 0 || on == by {
		return meeting.Self
	}
	return meeting.Other
}

// callAgain is how soon the same participant may call the host again.
const callAgain = 10 * time.Second

func (r *room) mute(by, on *member) error {
	if on.muted {
		return nil
	}
	on.muted, on.mutedByHost = true, by != on
	r.applyMute(on)
	if by != on {
		r.tell(on, &wire.MutedByHost{By: by.number}, MutedByHost)
	}
	r.changed(on)
	return nil
}

func (r *room) unmute(_, on *member) error {
	if !on.silent() {
		return nil
	}
	on.trusted = on.trusted || on.guarded // they know what they are heard with
	on.muted, on.mutedByHost, on.guarded = false, false, false
	r.applyMute(on)
	r.changed(on)
	return nil
}

func (r *room) muteAll(by, _ *member) error {
	for _, m := range r.everyMember() {
		if m.role == meeting.Host {
			continue
		}
		if err := r.mute(by, m); err != nil {
			return err
		}
	}
	return nil
}

func (r *room) raiseHand(_, on *member) error {
	if on.handAt.IsZero() {
		on.handAt = time.Now()
		r.changed(on)
	}
	return nil
}

func (r *room) lowerHand(by, on *member) error {
	if on.handAt.IsZero() {
		return nil
	}
	on.handAt = time.Time{}
	if by != on {
		on.out.notice(Notice{Kind: HandLowered})
	}
	r.changed(on)
	return nil
}

// askUnmute asks; nobody opens another one's microphone.
func (r *room) askUnmute(by, on *member) error {
	if on.muted {
		r.tell(on, &wire.UnmuteAsked{By: by.number}, UnmuteAsked)
	}
	return nil
}

// remove sends a member away and bars the way back while the meeting runs. A
// phone is silenced at once and hears why from the gateway, which then leaves.
func (r *room) remove(by, on *member) error {
	r.family.bar(on.marks)
	r.explain(on, dialout.Removed)
	r.silence(on)
	r.tell(on, &wire.Removed{By: by.number}, Removed)
	r.unseat(on, wire.LeftRemoved)
	return nil
}

// silence ends what is heard of a member: a browser's audio as a whole, a
// phone's voice until the gateway has said why and hung up.
func (r *room) silence(m *member) {
	if m.kind == meeting.Phone {
		r.audio.SetMuted(r.id, m.number, true)
	} else {
		r.audio.Remove(r.id, m.number)
	}
}

// callHost asks for a host; asking again soon is heard once.
func (r *room) callHost(by, _ *member) error {
	found := false
	again := time.Since(by.calledAt) < callAgain
	for _, m := range r.everyMember() {
		if m.role != meeting.Host || m == by {
			continue
		}
		if found = true; !again {
			m.out.event(wire.Marshal(&wire.HostCalled{Participant: by.number}))
			m.out.notice(Notice{Kind: CalledHost, Count: by.unnamed})
		}
	}
	if !found {
		return ErrNoHost
	}
	if !again {
		by.calledAt = time.Now()
	}
	return nil
}

// endForAll ends the meeting, from whichever of its rooms.
func (r *room) endForAll(by, _ *member) error {
	if r.breakout == 0 {
		r.end(by.number)
		return nil
	}
	main := r.family.main
	main.mail.put(func() {
		main.endedByHost = true
		main.end(0)
	})
	return nil
}

// makeHost adds a host, who gets to know who is at the door.
func (r *room) makeHost(_, on *member) error {
	if !meeting.MayBecomeHost(on.role) {
		return fmt.Errorf("make a %s host: %w", on.role, ErrNotAllowed)
	}
	if on.role == meeting.Host {
		return nil
	}
	on.role = meeting.Host
	r.publish()
	r.changed(on)
	r.recallCalls(on)
	on.out.notice(Notice{Kind: MadeHost})
	for _, m := range r.queue() {
		on.out.event(wire.Marshal(&wire.Knock{Visitor: m.visitor()}))
	}
	return nil
}

// setLocked shuts or opens the meeting's door, which the main room has.
func (r *room) setLocked(locked bool) error {
	if r.breakout != 0 {
		return fmt.Errorf("a break-out room has no door: %w", ErrNotAllowed)
	}
	if r.locked == locked {
		return nil
	}
	r.locked = locked
	r.roomChanged()
	notice := Unlocked
	if locked {
		notice = Locked
	}
	for _, m := range r.members {
		m.out.notice(Notice{Kind: notice})
	}
	return nil
}
