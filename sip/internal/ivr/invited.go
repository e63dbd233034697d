package ivr

import (
	"time"

	"partyline/sfu/audio"
)

// Of somebody whom we called, nothing is taken for granted: a voicemail, a fax
// or a child may have answered. They are in the meeting once they press 1.

// invite tells whom we called what this is about.
func (m *Machine) invite(who Invited) {
	m.invited = &who
	if who.Direct {
		m.await(Enter{Return: who.Back})
		return
	}
	m.stage, m.patience = inviting, firstInvite
	m.sayAll(append(m.invitation(), m.phrase(m.choices()...))...)
}

// choices are the keys that mean something to whom we called.
func (m *Machine) choices() []string {
	join, again := []string{"to-join-press", numberClip(1)}, []string{"remind-again-press", numberClip(2)}
	late, decline := []string{"late-press", numberClip(3)}, []string{"to-decline-press", numberClip(9)}
	confirm := []string{"confirm-press", numberClip(1)}
	switch of := m.invited.Of; {
	case of == nil:
		return joined(join, decline)
	case of.Occasion == Meeting:
		return joined(join, again, late, decline)
	case of.Occasion == Todo:
		return joined(confirm, again)
	default:
		return confirm
	}
}

// invitation says who calls.
func (m *Machine) invitation() []audio.Phrase {
	switch who := m.invited; {
	case who.Of != nil:
		return m.reminder(who.Of)
	case who.Back:
		return []audio.Phrase{m.phrase("hello", "cut-off")}
	case who.Own:
		return []audio.Phrase{m.phrase("hello", "your-call")}
	case len(who.By) > 0:
		by := m.phrase("hello")
		by.Sound = who.By
		return []audio.Phrase{by, m.phrase("invites-you")}
	default:
		return []audio.Phrase{m.phrase("hello", "you-are-invited")}
	}
}

// reminder says what somebody is reminded of, and when that is.
func (m *Machine) reminder(of *Reminder) []audio.Phrase {
	greeting := m.phrase("hello")
	about := m.phrase([...]string{Meeting: "reminder-of-meeting", Todo: "reminder-of-todo", News: "news"}[of.Occasion])
	if len(m.invited.By) > 0 && of.Occasion == Meeting {
		greeting.Sound, about = m.invited.By, m.phrase("invites-you")
	}
	about.Sound = of.Spoken
	phrases := []audio.Phrase{greeting, about}
	if when := m.when(of); len(when) > 0 {
		phrases = append(phrases, m.phrase(when...))
	}
	return phrases
}

// when says how soon a meeting begins or how long it has run, or when something
// is to be done.
func (m *Machine) when(of *Reminder) []string {
	switch until := of.At.Sub(m.now); {
	case of.At.IsZero() || of.Occasion == News:
		return nil
	case of.Occasion == Meeting && until <= 0:
		return running(m.language, -until)
	case of.Occasion == Meeting:
		return opening(m.language, until)
	case until.Abs() > 12*time.Hour:
		return nil
	default:
		return append([]string{"due-at"}, hour(m.language, of.At.Hour(), of.At.Minute())...)
	}
}

// replied takes what a key means to somebody who is reminded; it tells whether
// it means anything.
func (m *Machine) replied(key Key) bool {
	of := m.invited.Of
	if of == nil {
		return false
	}
	switch {
	case key == '1' && of.Occasion != Meeting:
		m.thank(HasHeard, "thanks")
	case key == '2' && of.Occasion != News:
		m.thank(RemindAgain, "reminded-again")
	case key == '3' && of.Occasion == Meeting:
		m.thank(ComesLate, "late-told")
	case key == '9' && of.Occasion == Meeting:
		m.thank(CannotCome, "decline-told")
	default:
		return false
	}
	return true
}

// thank tells of a reply at once, and parts.
func (m *Machine) thank(reply ReplyKind, clip string) {
	m.do(Reply{reply})
	m.part(Reminded, clip)
}

// whileInviting waits for the 1.
func (m *Machine) whileInviting(event Event) {
	switch e := event.(type) {
	case Key:
		switch {
		case m.replied(e):
		case e == '1':
			m.hush()
			m.asked, m.named = dialling, m.invited.Back
			m.await(Enter{Return: m.invited.Back})
		case e == '9':
			m.part(Declined)
		case !m.speech.saying:
			m.inviteAgain()
		}
	case Elapsed:
		m.inviteAgain()
	case Noticed:
		m.befall(e)
	}
}

// inviteAgain tells the choice once more. Who does not choose then does not come.
func (m *Machine) inviteAgain() {
	if m.silences++; m.silences > 1 {
		m.part(Unconfirmed)
		return
	}
	m.patience = lastInvite
	m.say(m.choices()...)
}
