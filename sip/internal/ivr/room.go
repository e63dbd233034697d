package ivr

import "time"

// arrive takes the caller to the door or into the room.
func (m *Machine) arrive(arrival Arrival) {
	if !arrival.Waiting {
		m.enterRoom(arrival)
		return
	}
	m.stage, m.began, m.patience = atDoor, m.now, reminder
	m.say("at-the-door")
}

// enterRoom joins the meeting and whispers to the caller alone how many are
// there and for how long.
func (m *Machine) enterRoom(arrival Arrival, first ...string) {
	m.stage, m.patience, m.muted = inRoom, 0, arrival.Muted
	m.do(Join{})
	if m.host {
		first = append(first, "you-are-host")
	}
	first = append(first, whisper(m.language, arrival)...)
	if arrival.Muted {
		first = append(first, "arrived-muted")
	}
	m.say(first...)
}

// whileAtDoor waits for the host. Nothing of the room is heard here.
func (m *Machine) whileAtDoor(event Event) {
	switch e := event.(type) {
	case Admitted:
		m.enterRoom(e.Arrival, "admitted")
	case Noticed:
		m.sentAway(e.Notice)
	case Elapsed:
		if m.now.Sub(m.began) >= doorLimit {
			m.part(NotAdmitted, "nobody-opened")
			return
		}
		m.say("still-waiting")
	}
}

// whileInRoom takes commands and tells what happens to the caller.
func (m *Machine) whileInRoom(event Event) {
	switch e := event.(type) {
	case Key:
		m.command(e)
	case Said:
		m.sayNext()
	case MuteSet:
		m.muteSet(e)
	case HandSet:
		m.handSet(e)
	case Counted:
		if e.Why != 0 {
			m.say("fault")
			return
		}
		m.say(headcount(m.language, e.People)...)
	case Noticed:
		m.noticed(e.Notice)
	case Failed:
		m.part(Broken, "fault")
	}
}

// command takes one key in the room: a star, then what it is to do.
func (m *Machine) command(key Key) {
	begun := !m.star.IsZero() && m.now.Sub(m.star) <= betweenKeys
	m.star = time.Time{}
	if key == '*' {
		m.star = m.now
		return
	}
	if !begun {
		m.hint()
		return
	}
	switch key {
	case '6':
		m.muted = !m.muted
		m.do(SetMuted{Muted: m.muted})
	case '9', '5':
		m.hand = !m.hand
		m.do(SetHand{Raised: m.hand})
	case '#':
		m.do(Count{})
	case '1':
		m.say("help")
	default:
		m.hint()
	}
}

// hint tells once per call how to get help.
func (m *Machine) hint() {
	if !m.hinted {
		m.hinted = true
		m.say("unknown-key")
	}
}

func (m *Machine) muteSet(e MuteSet) {
	switch {
	case e.Why == NotAllowed:
		m.muted = e.Muted
		m.say("unmute-refused")
	case e.Why != 0:
		m.muted = e.Muted
		m.say("fault")
	case e.Muted:
		m.say("muted")
	default:
		m.say("unmuted")
	}
}

func (m *Machine) handSet(e HandSet) {
	switch {
	case e.Why != 0:
		m.hand = e.Raised
		m.say("fault")
	case e.Raised:
		m.say("hand-raised")
	default:
		m.say("hand-lowered")
	}
}

// noticed tells the caller, after what is being said now, what was done.
func (m *Machine) noticed(notice Notice) {
	switch notice {
	case MutedByHost:
		m.muted = true
		m.sayLater("muted-by-host")
	case UnmuteAsked:
		m.sayLater("unmute-asked")
	case HandLowered:
		m.hand = false
		m.sayLater("hand-lowered-by-host")
	case Locked:
		m.sayLater("locked")
	case Unlocked:
		m.sayLater("unlocked")
	default:
		m.sentAway(notice)
	}
}

// sentAway parts from a caller who may not stay. They hear nothing of the
// room any more.
func (m *Machine) sentAway(notice Notice) {
	cause, clip := Over, "meeting-ended"
	switch notice {
	case Refused:
		cause, clip = NotAdmitted, "refused"
	case Removed:
		cause, clip = SentOut, "removed"
	case Ended:
	default: // what is told in the room only
		return
	}
	if m.stage == inRoom {
		m.do(Leave{})
	}
	m.part(cause, clip)
}

func (m *Machine) sayLater(clips ...string) {
	if m.saying {
		if len(m.pending) < maxPending {
			m.pending = append(m.pending, clips)
		}
		return
	}
	m.say(clips...)
}

func (m *Machine) sayNext() {
	if len(m.pending) > 0 {
		clips := m.pending[0]
		m.pending = m.pending[1:]
		m.say(clips...)
	}
}
