package ivr

import "partyline/sfu/audio"

// whileRinging waits for the call to be answered.
func (m *Machine) whileRinging(event Event) {
	answered, ok := event.(Answered)
	if !ok {
		return
	}
	m.began = m.now
	if answered.Invited != nil {
		m.invite(*answered.Invited)
		return
	}
	if answered.Return == nil {
		m.welcome()
		return
	}
	m.comesBack = *answered.Return
	if m.config.Language == "" && speaks(m.comesBack.Language) {
		m.language = m.comesBack.Language
	}
	clips, patience := []string{"welcome-back"}, noInput
	if m.comesBack.Dropped {
		clips, patience = append(clips, "cut-off"), comeBack
	}
	m.stage, m.patience = returning, patience
	m.say(append(clips, "to-return-press", numberClip(1), "to-join-another-press", numberClip(2))...)
}

// whileReturning lets the caller choose between the meeting they were in and
// another. Whoever was cut off returns without a key; the first digit of a
// number is another meeting.
func (m *Machine) whileReturning(event Event) {
	switch e := event.(type) {
	case Elapsed:
		if m.comesBack.Dropped {
			m.goBack()
			return
		}
		m.welcome()
	case Key:
		switch e {
		case '1':
			m.goBack()
		case '2':
			m.ask(dialling)
		default:
			m.ask(dialling)
			if e >= '0' && e <= '9' {
				m.whileDialling(e)
			}
		}
	}
}

// goBack enters the meeting of before as who the caller was there.
func (m *Machine) goBack() {
	m.hush()
	m.asked, m.host, m.named = dialling, m.comesBack.Host, true
	m.await(Enter{Return: true})
}

// welcome begins with the language where there is a choice.
func (m *Machine) welcome() {
	if m.config.Language != "" || len(m.config.Languages) == 1 {
		m.ask(dialling, "welcome")
		return
	}
	m.stage, m.patience = choosing, languageChoice
	phrases := []audio.Phrase{m.phrase("welcome")}
	for i, language := range m.config.Languages {
		phrases = append(phrases, audio.Phrase{Language: language, Clips: []string{"language-press", numberClip(i + 1)}})
	}
	m.sayAll(phrases...)
}

// whileChoosing waits for the language. A key that is no choice is the first
// of the meeting number, typed by somebody who knows the way.
func (m *Machine) whileChoosing(event Event) {
	switch e := event.(type) {
	case Elapsed:
		m.ask(dialling)
	case Key:
		choice := int(e) - '1'
		if choice >= 0 && choice < len(m.config.Languages) {
			m.language = m.config.Languages[choice]
			m.ask(dialling)
			return
		}
		m.ask(dialling)
		if e >= '0' && e <= '9' {
			m.whileDialling(e)
		}
	}
}

// await waits for an answer from outside, keeping what is typed meanwhile.
func (m *Machine) await(effect Effect) {
	m.stage, m.patience = asking, 0
	m.deadline = m.now.Add(answerLimit)
	m.digits = nil
	m.do(effect)
}

// whileAsking takes the answer to FindMeeting, Identify or Enter.
func (m *Machine) whileAsking(event Event) {
	switch e := event.(type) {
	case Key:
		m.keep(e)
	case MeetingFound:
		m.silences, m.codeRequired = 0, e.CodeRequired
		m.ask(coding, opening(m.language, e.Opens.Sub(m.now))...)
		m.catchUp()
	case Identified:
		m.host = e.Host
		m.await(Enter{})
	case Entered:
		m.arrival, m.host = e.Arrival, m.host || e.Arrival.Host
		m.proceed()
		m.catchUp()
	case Failed:
		m.failed(e)
	case Elapsed:
		m.part(Broken, "fault")
	}
}

// keep keeps a key that was typed ahead.
func (m *Machine) keep(key Key) {
	if len(m.ahead) < maxAhead {
		m.ahead = append(m.ahead, key)
	}
}

// catchUp takes the keys that were typed ahead.
func (m *Machine) catchUp() {
	keys := m.ahead
	m.ahead = nil
	for _, key := range keys {
		if !m.ignored(key) {
			m.take(key)
		}
	}
}

// failed says why the caller did not get further, and asks again where that
// may help.
func (m *Machine) failed(e Failed) {
	m.ahead = nil
	switch e.Why {
	case NoMeeting:
		m.asked = dialling
		m.retry(OutOfTries, append([]string{"number-unknown"}, Spell(string(m.dialled))...)...)
	case MeetingEnded:
		if m.invited != nil {
			m.part(Over, ended(m.language, e.At, m.now)...)
			return
		}
		m.asked = dialling
		m.retry(Over, ended(m.language, e.At, m.now)...)
	case WrongCode:
		m.retry(OutOfTries, "code-wrong")
	case TooManyGuesses:
		m.part(Guessing, "too-many-guesses")
	case MeetingFull:
		m.part(Full, "meeting-full")
	case NotAllowed: // a host removed this caller before
		m.part(SentOut, "removed")
	default:
		m.part(Broken, "fault")
	}
}
