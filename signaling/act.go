package signaling

import (
	"fmt"
	"time"

	"partyline/signaling/meeting"
	"partyline/signaling/wire"
)

// deeds has what each action does, once it is known to be allowed. On is the
// member it is done to: the one who acts, another, or nil for the room.
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
	meeting.End:       func(r *room, by, _ *member) error { r.end(by.number); return nil },
}

// act carries out what a member wants done, if the rules allow it. It returns
// errNotJoined, errNoParticipant or ErrNotAllowed.
func (r *room) act(number uint32, action meeting.Action, on uint32) error {
	by, ok := r.members[number]
	if !ok {
		return errNotJoined
	}
	aim := aimOf(action, number, on)
	if !meeting.Allowed(action, by.role, by.kind, aim) {
		return fmt.Errorf("%s by %s: %w", action, by.role, ErrNotAllowed)
	}
	target := by
	switch {
	case aim == meeting.Room:
		target = nil
	case action == meeting.Admit || action == meeting.Refuse:
		target = r.door[on]
	case aim == meeting.Other:
		target = r.members[on]
	}
	if target == nil && aim != meeting.Room {
		return errNoParticipant
	}
	return deeds[action](r, by, target)
}

// aimOf tells at whom an action is aimed when participant on is named, or
// nobody (0).
func aimOf(action meeting.Action, by, on uint32) meeting.Target {
	switch action {
	case meeting.MuteAll, meeting.Lock, meeting.Unlock, meeting.End:
		return meeting.Room
	}
	if on == 0 || on == by {
		return meeting.Self
	}
	return meeting.Other
}

func (r *room) mute(by, on *member) error {
	if on.muted {
		return nil
	}
	on.muted, on.mutedByHost = true, by != on
	r.audio.SetMuted(r.id, on.number, true)
	if by != on {
		r.tell(on, &wire.MutedByHost{By: by.number}, MutedByHost)
	}
	r.changed(on)
	return nil
}

func (r *room) unmute(_, on *member) error {
	if !on.muted {
		return nil
	}
	on.muted, on.mutedByHost = false, false
	r.audio.SetMuted(r.id, on.number, false)
	r.changed(on)
	return nil
}

func (r *room) muteAll(by, _ *member) error {
	for _, m := range r.everybody() {
		if _, ok := r.members[m.number]; !ok || m.role == meeting.Host {
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
		on.out.notice(HandLowered)
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
	for _, mark := range on.marks {
		r.barred[mark] = true
	}
	if on.kind == meeting.Phone {
		r.audio.SetMuted(r.id, on.number, true)
	} else {
		r.audio.Remove(r.id, on.number)
	}
	r.tell(on, &wire.Removed{By: by.number}, Removed)
	r.unseat(on, wire.LeftRemoved)
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
	r.changed(on)
	for _, m := range r.everybody() {
		if _, waits := r.door[m.number]; waits {
			on.out.event(wire.Marshal(&wire.Knock{Visitor: m.visitor()}))
		}
	}
	return nil
}

func (r *room) setLocked(locked bool) error {
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
		m.out.notice(notice)
	}
	return nil
}
