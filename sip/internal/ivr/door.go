package ivr

import (
	"time"

	"partyline/sfu/audio"
)

// proceed takes the caller one step further on the way from the seat to the
// room's sound: their name, the wait outside, the notice of a recording.
func (m *Machine) proceed() {
	switch {
	case m.arrival.NamesWanted && !m.named:
		m.askName()
	case m.arrival.Waiting:
		m.waitOutside()
	case m.arrival.Recording:
		m.began = m.now
		m.warn()
	default:
		m.enterRoom()
	}
}

// askName asks the caller to say their name.
func (m *Machine) askName() {
	m.stage, m.patience, m.named, m.capturing = naming, 0, true, false
	m.sayAll(m.phrase("say-name"), m.phrase(toneClip))
}

// whileNaming keeps what the caller says after the tone. A # skips that, or
// ends it. Who is let in meanwhile goes on afterwards.
func (m *Machine) whileNaming(event Event) {
	switch e := event.(type) {
	case Said:
		m.capturing, m.deadline = true, m.now.Add(2*nameLimit)
		m.do(Capture{Limit: nameLimit})
	case Key:
		switch {
		case e != '#':
		case m.capturing:
			m.do(Capture{}) // what was said until now comes as Captured
		default:
			m.hush()
			m.proceed()
		}
	case Captured:
		m.captured(e.Spoken)
	case Elapsed:
		m.proceed()
	default:
		m.befall(event)
	}
}

// captured gives the caller the name they said, and plays it to them.
func (m *Machine) captured(name []audio.Frame) {
	if len(name) > 0 && m.act(Act{Act: SetName, Spoken: name}) {
		back := m.phrase("announced-as")
		back.Sound = name
		m.speech.lead = append(m.speech.lead, back)
	}
	m.proceed()
}

// befall is what may happen to a caller before they are in the room.
func (m *Machine) befall(event Event) {
	switch e := event.(type) {
	case Admitted:
		m.arrival, m.arrival.Waiting = e.Arrival, false
		m.host = m.host || e.Arrival.Host
	case Waits:
		m.arrival = e.Arrival
	case Noticed:
		switch e.Notice {
		case RecordingNotice:
			m.arrival.Recording = true
		case RecordingStopped:
			m.arrival.Recording = false
		case MadeHost:
			m.host = true
		case OneMinuteLeft:
			m.speech.lead = append(m.speech.lead, m.phrase("one-minute-left"))
		default:
			m.sentAway(e.Notice)
		}
	case Failed:
		m.part(Broken, "fault")
	}
}

// waitOutside tells what the caller waits for. Nothing of the room is heard.
func (m *Machine) waitOutside() {
	m.stage, m.began, m.patience = outside, m.now, reminder
	until := m.arrival.OpensAt.Sub(m.now)
	if until > 0 {
		m.patience = countdown
	}
	if until > openLimit {
		m.part(NotOpen, append(opening(m.language, until), "call-again-then")...)
		return
	}
	m.say(m.whyOutside(until)...)
}

func (m *Machine) whyOutside(until time.Duration) []string {
	switch {
	case until > 0:
		return append(opening(m.language, until), "wait-for-opening")
	case m.arrival.WaitsForHost:
		return []string{"host-absent"}
	default:
		return append([]string{"at-the-door"}, position(m.language, m.arrival.Position)...)
	}
}

// whileOutside plays music until the caller is let in, and tells now and then
// how far they have come.
func (m *Machine) whileOutside(event Event) {
	switch e := event.(type) {
	case Admitted:
		m.befall(e)
		m.letIn()
	case Waits:
		m.stillOutside(e.Arrival)
	case Said:
		m.music()
	case Key: // is somebody there?
		if !m.speech.saying {
			m.say(m.stillWaiting()...)
		}
	case Elapsed:
		m.remind()
	default:
		m.befall(event)
		if len(m.speech.lead) > 0 && !m.speech.saying {
			m.sayAll()
		}
	}
}

func (m *Machine) letIn() {
	m.speech.lead = append(m.speech.lead, m.phrase("admitted"))
	m.proceed()
}

// stillOutside tells what has changed for a caller who waits.
func (m *Machine) stillOutside(now Arrival) {
	before := m.arrival
	m.arrival = now
	switch {
	case !now.Waiting:
		m.letIn()
	case now.WaitsForHost != before.WaitsForHost, !now.OpensAt.Equal(before.OpensAt):
		m.waitOutside()
	case now.Position != before.Position && now.Position > 0:
		m.say(position(m.language, now.Position)...)
	}
}

// remind says once in a while that the caller is not forgotten, but not for
// ever.
func (m *Machine) remind() {
	since := m.began
	if m.arrival.OpensAt.After(since) {
		since = m.arrival.OpensAt
	}
	if m.now.Sub(since) >= doorLimit {
		m.part(NotAdmitted, "nobody-opened")
		return
	}
	m.say(m.stillWaiting()...)
}

// stillWaiting is what the caller waits for, in fewer words than at first.
func (m *Machine) stillWaiting() []string {
	until := m.arrival.OpensAt.Sub(m.now)
	switch {
	case until > 0:
		return opening(m.language, until)
	case m.arrival.WaitsForHost:
		return []string{"host-still-absent"}
	default:
		return append([]string{"still-waiting"}, position(m.language, m.arrival.Position)...)
	}
}

// warn tells that the meeting is recorded, before anything of it is heard.
func (m *Machine) warn() {
	if m.now.Sub(m.began) >= doorLimit {
		m.part(Broken, "fault")
		return
	}
	m.stage, m.patience = warned, reminder
	m.deadline = m.now.Add(m.patience) // while on hold
	m.sayNotice()
}

// whileWarned goes into the room when the warning was heard.
func (m *Machine) whileWarned(event Event) {
	switch e := event.(type) {
	case Key:
		m.keep(e)
	case Said:
		switch {
		case m.noticeHeard():
			m.do(Act{Act: HeardNotice})
			m.enterRoom()
			m.catchUp()
		case m.speech.lost:
			m.part(Broken, "fault")
		case !m.speech.held:
			m.warn()
		}
	case Elapsed: // on hold for long
		m.warn()
	default:
		m.befall(event)
	}
}

// enterRoom joins the meeting and whispers to the caller alone how many are
// there and for how long.
func (m *Machine) enterRoom() {
	a := m.arrival
	m.stage, m.patience = inRoom, 0
	m.muted, m.hand, m.locked, m.recording = a.Muted, a.Hand, a.Locked, a.Recording
	m.silence()
	m.do(Join{})
	var clips []string
	if m.host {
		clips = append(clips, "you-are-host")
	}
	clips = append(clips, whisper(m.language, a)...)
	if a.Muted {
		clips = append(clips, m.unmuting("you-are-muted")...)
	}
	if a.Hand {
		clips = append(clips, "hand-raised")
	}
	m.say(clips...)
}
