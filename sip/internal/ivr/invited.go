package ivr

import "partyline/sfu/audio"

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
	m.sayAll(append(m.invitation(), m.phrase(joining...))...)
}

// joining is what the choice is.
var joining = []string{"to-join-press", numberClip(1), "to-decline-press", numberClip(9)}

// invitation says who calls.
func (m *Machine) invitation() []audio.Phrase {
	switch who := m.invited; {
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

// whileInviting waits for the 1.
func (m *Machine) whileInviting(event Event) {
	switch e := event.(type) {
	case Key:
		switch {
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
	m.say(joining...)
}
