package ivr

import "partyline/sfu/audio"

// choice is what the next single key decides in the room.
type choice uint8

const (
	noChoice     choice = iota
	volumeChoice        // 1 quieter, 2 louder
	namesChoice         // 1 tells the names
	endChoice           // 1 ends the meeting for all
)

// offer opens a choice. It closes when nothing is chosen for a while, or when
// another command is given.
func (m *Machine) offer(c choice) { m.choice, m.patience = c, choiceLimit }

func (m *Machine) closeChoice() { m.choice, m.patience, m.names = noChoice, 0, nil }

// chosen takes a key of the open choice, if it is one.
func (m *Machine) chosen(key Key) bool {
	switch {
	case m.choice == volumeChoice && key == '1':
		m.setVolume(m.volume-1, "quieter", "quietest")
	case m.choice == volumeChoice && key == '2':
		m.setVolume(m.volume+1, "louder", "loudest")
	case m.choice == namesChoice && key == '1':
		names := m.names
		m.closeChoice()
		m.sayAll(m.rollCall(names)...)
	case m.choice == endChoice && key == '1':
		m.closeChoice()
		m.act(Act{Act: End})
	case m.choice == endChoice:
		m.closeChoice()
		m.say("meeting-goes-on")
		return key != '*' // which begins another command
	default:
		return false
	}
	return true
}

// chosenNothing closes a choice that was not made.
func (m *Machine) chosenNothing() {
	was := m.choice
	m.closeChoice()
	if was == endChoice {
		m.say("meeting-goes-on")
	}
}

// setVolume makes everything louder or quieter for this caller alone.
func (m *Machine) setVolume(steps int, said, end string) {
	bounded := min(max(steps, -audio.MaxVolume), audio.MaxVolume)
	switch {
	case bounded != steps:
		said = end
	case steps == 0:
		said = "volume-normal"
	}
	m.volume = bounded
	m.do(SetVolume{Steps: bounded})
	m.say(said)
}

// maxNames is how many are told one by one; nobody listens longer.
const maxNames = 30

// rollCall names those who are there: by their own voice where it was
// recorded, callers by their number, the others by what they are.
func (m *Machine) rollCall(names []Attendee) []audio.Phrase {
	var phrases []audio.Phrase
	colleagues := 0
	for _, who := range names[:min(len(names), maxNames)] {
		var clips []string
		if who.Host {
			clips = []string{"the-host"}
		}
		switch {
		case who.Spoken != nil:
		case who.Phone && who.Caller > 0:
			clips = append(clips, callerClips(m.language, who.Caller)...)
		case who.Phone && !who.Host:
			clips = append(clips, "somebody-by-phone")
		case !who.Host:
			colleagues++
			continue
		}
		phrase := m.phrase(append(clips, pauseClip)...)
		if who.Spoken != nil {
			phrase = m.phrase(append([]string{pauseClip}, clips...)...)
			phrase.Sound = who.Spoken
		}
		phrases = append(phrases, phrase)
	}
	if colleagues > 0 {
		phrases = append(phrases, m.phrase(colleaguesHere(m.language, colleagues)...))
	}
	return phrases
}
