package ivr

// commands are the actions that keys may be given.
var commands = map[Action]func(*Machine){
	ToggleMute: (*Machine).toggleMute,
	ToggleHand: func(m *Machine) { m.toggle(Hand, &m.hand) },
	ToggleLock: func(m *Machine) { m.toggle(Lock, &m.locked) },
	TellHelp:   func(m *Machine) { m.say(m.keys.help(m.host, m.recording)...) },
	TellCount:  func(m *Machine) { m.attend(toTell) },
	ChangeVolume: func(m *Machine) {
		m.offer(volumeChoice)
		m.say("volume", "quieter-press", numberClip(1), "louder-press", numberClip(2))
	},
	AskHost:    func(m *Machine) { m.act(Act{Act: CallHost}) },
	MuteOthers: func(m *Machine) { m.act(Act{Act: MuteAll, On: true}) },
	AdmitNext:  (*Machine).admit,
	ToggleRecord: func(m *Machine) {
		if m.host {
			m.act(Act{Act: SetRecording, On: !m.recording})
			return
		}
		m.act(Act{Act: Object, On: true})
	},
}

// whileInRoom takes commands and tells what happens to the caller.
func (m *Machine) whileInRoom(event Event) {
	switch e := event.(type) {
	case Key:
		m.key(e)
	case Said:
		if m.noticeHeard() {
			m.do(Act{Act: HeardNotice})
		}
		m.sayNext()
	case Elapsed:
		m.chosenNothing()
	case Done:
		m.done(e)
	case Attended:
		m.attended(e)
	case Noticed:
		m.noticed(e)
	case Failed:
		m.part(Broken, "fault")
	}
}

// key takes one key in the room: of a choice that is open, or of a sequence.
// One that belongs to neither stops what is being said.
func (m *Machine) key(key Key) {
	if m.now.Sub(m.typedAt) > betweenKeys {
		m.typed = ""
	}
	if m.typed == "" && m.chosen(key) {
		return
	}
	typed := m.typed + string(rune(key))
	m.typed, m.typedAt = "", m.now
	if !m.keys.begins(typed) {
		typed = string(rune(key))
	}
	action, complete := m.keys[typed]
	switch {
	case complete:
		m.closeChoice()
		commands[action](m)
	case m.keys.begins(typed):
		m.typed = typed
	default:
		m.hint()
	}
}

// hint tells once per call how to get help, unless the key was to stop what is
// being said.
func (m *Machine) hint() {
	if m.speech.saying && m.speech.notice < noticeSaid {
		m.hush()
		m.heardOut()
		m.sayNext()
		return
	}
	help := m.keys.press("for-help-press", TellHelp)
	if !m.hinted && help != nil {
		m.hinted = true
		m.say(help...)
	}
}

// toggle asks for the other state. What it has become is told by Done.
func (m *Machine) toggle(act ActKind, state *bool) {
	if m.act(Act{Act: act, On: !*state}) {
		*state = !*state
	}
}

// toggleMute mutes or unmutes the caller. Whom the hold guard has muted wants
// to be heard.
func (m *Machine) toggleMute() {
	if m.guarded {
		m.guarded, m.muted = false, true
	}
	m.toggle(Mute, &m.muted)
}

// confirmation is what is said about an act. An empty sentence means that
// somebody else says it.
type confirmation struct{ on, off, refused string }

var confirmations = map[ActKind]confirmation{
	Mute:         {"muted", "unmuted", "unmute-refused"},
	Hand:         {"hand-raised", "hand-lowered", "fault"},
	MuteAll:      {"all-muted", "", "host-only"},
	Lock:         {"locked", "unlocked", "host-only"},
	Admit:        {"", "let-in", "host-only"},
	End:          {"", "", "host-only"},
	SetRecording: {"recording-begins", "recording-stopped", "recording-refused"},
	CallHost:     {"", "host-called", "no-host"},
	Object:       {"objected", "", "not-recorded"},
}

// done confirms an act, or says why it was not done.
func (m *Machine) done(e Done) {
	words, known := confirmations[e.Act]
	if !known {
		return
	}
	said := words.off
	if e.On {
		said = words.on
	}
	switch {
	case e.Why == NotAllowed:
		said = words.refused
	case e.Why != 0:
		said = "fault"
	}
	m.settle(e)
	if e.Act == SetRecording && e.Why == 0 && m.recording == e.On {
		return // the notice was faster and says more
	}
	if e.Act == SetRecording && e.Why == 0 && !e.On {
		m.recording = false
	}
	if said != "" {
		m.say(said)
	}
}

// settle brings what we believe in line with what was done.
func (m *Machine) settle(e Done) {
	is := e.On == (e.Why == 0)
	switch e.Act {
	case Mute:
		m.muted = is
	case Hand:
		m.hand = is
	case Lock:
		m.locked = is
	}
}

// counting is what the number of people was asked for.
type counting uint8

const (
	toTell  counting = iota // to tell it
	toAdmit                 // to know if anybody is at the door
)

func (m *Machine) attend(why counting) {
	if m.act(Attend{}) {
		m.counting = why
	}
}

// attended tells how many there are, or lets somebody in.
func (m *Machine) attended(e Attended) {
	why := m.counting
	m.counting = toTell
	switch {
	case e.Why != 0:
		m.say("fault")
	case why == toAdmit && e.Waiting > 0:
		m.act(Act{Act: Admit})
	case why == toAdmit:
		m.offer(endChoice)
		m.say("nobody-waits", "to-end-press", numberClip(1))
	case len(e.Names) > 1:
		m.offer(namesChoice)
		m.names = e.Names
		m.say(append(headcount(m.language, e.People), "for-names-press", numberClip(1))...)
	default:
		m.say(headcount(m.language, e.People)...)
	}
}

// admit lets the next one in, or asks whether to end a meeting at whose door
// nobody is. Whoever is no host is told so by the meeting.
func (m *Machine) admit() {
	if !m.host {
		m.act(Act{Act: Admit})
		return
	}
	m.attend(toAdmit)
}
