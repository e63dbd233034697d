package ivr

// ask asks for the meeting number or for a code, saying something first.
func (m *Machine) ask(what stage, first ...string) {
	m.stage, m.asked = what, what
	m.patience, m.digits = noInput, nil
	question := "enter-number"
	if what == coding {
		question = "enter-code"
		if m.codeRequired {
			question = "enter-code-required"
		}
	}
	m.say(append(first, question)...)
}

// retry tells what was wrong and asks again, or ends the call with the cause
// after the third try.
func (m *Machine) retry(cause Cause, wrong ...string) {
	m.tries[m.asked]++
	switch m.tries[m.asked] {
	case maxTries:
		m.part(cause, append(wrong, "check-invitation")...)
	case maxTries - 1:
		m.ask(m.asked, append(wrong, "last-try")...)
	default:
		m.ask(m.asked, wrong...)
	}
}

// whileDialling collects the meeting number.
func (m *Machine) whileDialling(event Event) {
	switch e := event.(type) {
	case Key:
		m.collect(e, NumberDigits)
	case Elapsed:
		m.tooLate()
	}
}

// whileCoding collects a code.
func (m *Machine) whileCoding(event Event) {
	switch e := event.(type) {
	case Key:
		m.collect(e, CodeDigits)
	case Elapsed:
		m.tooLate()
	}
}

// collect takes one key of a number with so many digits.
func (m *Machine) collect(key Key, length int) {
	m.hush()
	m.silences = 0
	switch key {
	case '*':
		m.digits = nil
		m.say("start-again")
	case '#':
		m.submit(length)
	default:
		m.digits = append(m.digits, byte(key))
		m.deadline = m.now.Add(betweenKeys)
		if len(m.digits) == length {
			m.completed = m.now
			m.submit(length)
		}
	}
}

// submit takes the number as it stands.
func (m *Machine) submit(length int) {
	number := Digits(m.digits)
	switch {
	case m.stage == dialling && len(number) == length:
		m.dialled = number
		m.await(FindMeeting{Number: number})
	case m.stage == dialling:
		m.retry(OutOfTries, "number-short")
	case len(number) == length:
		m.await(Identify{Code: number})
	case len(number) == 0 && !m.codeRequired:
		m.await(Enter{})
	default:
		m.retry(OutOfTries, "code-short")
	}
}

// tooLate takes what was typed when no key came for too long. Nothing typed
// at all is asked about again. Where a code is optional, the second silence
// is taken as "I have none": the number alone admits.
func (m *Machine) tooLate() {
	if len(m.digits) > 0 {
		if m.stage == dialling {
			m.submit(NumberDigits)
		} else {
			m.submit(CodeDigits)
		}
		return
	}
	m.silences++
	if m.stage == coding && !m.codeRequired && m.silences == 2 {
		m.await(Enter{})
		return
	}
	m.retry(NoAnswer, "no-input")
}
