package ivr

import (
	"time"

	"partyline/sfu/audio"
)

// noticed tells the caller, after what is being said now, what was done.
func (m *Machine) noticed(e Noticed) {
	switch e.Notice {
	case MutedByHost:
		m.muted = true
		m.sayLater("muted-by-host")
	case UnmuteAsked:
		m.sayLater(m.unmuting("unmute-asked")...)
	case HandLowered:
		m.hand = false
		m.sayLater("hand-lowered-by-host")
	case Locked, Unlocked:
		m.turned(&m.locked, e.Notice == Locked, "locked", "unlocked")
	case RecordingNotice:
		m.recording = true
		m.noticeComes()
	case RecordingStopped:
		m.stopped()
	case TalkingMuted:
		m.talkingMuted()
	case MutedByGuard:
		m.guarded = true
		m.sayLater(m.unmuting("muted-by-guard")...)
	case UnmutedByGuard:
		m.unguarded()
	case Moving:
		m.moved(moving(m.language, e.Count)...)
	case MovedBack:
		m.moved("moved-back")
	case CalledHost:
		m.sayLater(asksForHost(m.language, e.Count)...)
	case SomebodyWaits:
		m.sayLater(append(somebodyWaits(m.language, e.Count), m.keys.press("to-let-in-press", AdmitNext)...)...)
	case IsLate:
		m.sayOf(e.Spoken, append([]string{"will-be-late"}, span(m.language, time.Duration(max(e.Count, 1))*time.Minute)...)...)
	case IsAway:
		m.sayOf(e.Spoken, "cannot-come")
	case NotReplied:
		m.sayLater(append([]string{"no-answer-from"}, count(m.language, e.Count)...)...)
	case OneMinuteLeft:
		m.sayLater("one-minute-left")
	case MadeHost:
		m.host = true
		m.sayLater(append([]string{"you-are-host"}, m.keys.press("for-help-press", TellHelp)...)...)
	default:
		m.sentAway(e.Notice)
	}
}

// sayOf says clips of an invitee: their name first, where they have spoken it.
func (m *Machine) sayOf(spoken []audio.Frame, clips ...string) {
	who := m.phrase("somebody-invited")
	if len(spoken) > 0 {
		who = audio.Phrase{Language: m.language, Sound: spoken}
	}
	m.sayAllLater(who, m.phrase(clips...))
}

// moved tells of another room. Where that one is recorded, a notice of its own
// follows; what was said of the last one counts no more.
func (m *Machine) moved(clips ...string) {
	m.recording, m.locked, m.speech.notice = false, false, noNotice
	m.closeChoice()
	m.sayLater(clips...)
}

// turned tells that something is on or off now, unless the caller did it and
// is told anyway.
func (m *Machine) turned(state *bool, on bool, said, saidOff string) {
	if *state == on {
		return
	}
	*state = on
	if on {
		m.sayLater(said)
		return
	}
	m.sayLater(saidOff)
}

// stopped tells that nothing is recorded any more.
func (m *Machine) stopped() {
	m.speech.notice = noNotice // what it says would be wrong by now
	m.turned(&m.recording, false, "", "recording-stopped")
}

// unguarded tells that the guard lets the caller be heard again, unless they
// did that themselves or are muted beside it.
func (m *Machine) unguarded() {
	if m.guarded && !m.muted {
		m.sayLater("unmuted-by-guard")
	}
	m.guarded = false
}

// talkingMuted tells a caller that nobody hears them. It is told to us once
// for each time they are muted.
func (m *Machine) talkingMuted() {
	why := "muted-by-guard"
	if !m.guarded {
		why, m.muted = "you-are-muted", true
	}
	m.sayLater(m.unmuting(why)...)
}

// unmuting says why one is muted, and how to change that.
func (m *Machine) unmuting(why string) []string {
	return append([]string{why}, m.keys.press("to-speak-press", ToggleMute)...)
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
	case HandedOver:
		cause, clip = Continued, "handed-over"
	case Ended:
	case MoneyOver, TimeOver:
		m.paidOut(notice)
		return
	default: // what is told in the room only
		return
	}
	if m.stage == inRoom {
		m.do(Leave{})
	}
	m.part(cause, clip)
}

// paidOut parts from somebody whom we called, and whose money or time is over.
func (m *Machine) paidOut(notice Notice) {
	if m.stage == inRoom {
		m.do(Leave{})
	}
	if notice == MoneyOver {
		m.partAtOnce(NoMoney, "money-over")
		return
	}
	m.partAtOnce(TooLong, "time-over")
}
