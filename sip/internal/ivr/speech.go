package ivr

import (
	"time"

	"partyline/sfu/audio"
)

// speech is what the caller is told.
type speech struct {
	saying  bool
	brief   bool             // the present sentence
	lost    bool             // the present event is Said only because nothing was heard of it
	lead    []audio.Phrase   // begins the next sentence
	pending [][]audio.Phrase // to be said after the present sentence
	notice  notice           // of the recording
	held    bool             // the caller cannot hear
}

// notice is how far the notice of the recording is, which must be heard to its
// end before the caller's voice may be recorded.
type notice uint8

const (
	noNotice     notice = iota
	noticeDue           // as soon as the caller can hear
	noticeSaid          // is being said: nothing cuts it short
	noticeMissed        // is being said, but the caller was on hold meanwhile
)

// say says clips in the caller's language, in place of the present sentence.
func (m *Machine) say(clips ...string) { m.sayAll(m.phrase(clips...)) }

// sayAll says phrases in place of the present sentence, or after it where that
// is the notice of a recording, or one which the notice waits for.
func (m *Machine) sayAll(phrases ...audio.Phrase) {
	comes := m.speech.notice == noticeDue && !m.speech.held
	if m.speech.saying && (comes || m.speech.notice >= noticeSaid) {
		m.later(phrases)
		return
	}
	m.speak(phrases)
}

func (m *Machine) speak(phrases []audio.Phrase) {
	phrases = append(m.speech.lead, phrases...)
	m.speech.lead = nil
	m.speech.saying, m.speech.brief = true, clipsIn(phrases) <= briefClips
	m.deadline = m.now.Add(limitOf(phrases))
	m.do(Say{Phrases: phrases})
}

func clipsIn(phrases []audio.Phrase) int {
	clips := 0
	for _, phrase := range phrases {
		clips += len(phrase.Clips)
	}
	return clips
}

// limitOf is when phrases have certainly been heard.
func limitOf(phrases []audio.Phrase) time.Duration {
	limit := speechLimit + time.Duration(clipsIn(phrases))*clipLimit
	for _, phrase := range phrases {
		limit += time.Duration(len(phrase.Sound)) * audio.FrameDuration
	}
	return limit
}

// sayLater says clips after what is being said now.
func (m *Machine) sayLater(clips ...string) { m.sayAllLater(m.phrase(clips...)) }

// sayAllLater says phrases after what is being said now.
func (m *Machine) sayAllLater(phrases ...audio.Phrase) {
	if m.speech.saying {
		m.later(phrases)
		return
	}
	m.sayAll(phrases...)
}

func (m *Machine) later(phrases []audio.Phrase) {
	if len(m.speech.pending) < maxPending {
		m.speech.pending = append(m.speech.pending, phrases)
	}
}

// sayNext says what waited for the present sentence.
func (m *Machine) sayNext() {
	switch {
	case m.speech.notice == noticeDue && !m.speech.held:
		m.sayNotice()
	case len(m.speech.pending) > 0:
		next := m.speech.pending[0]
		m.speech.pending = m.speech.pending[1:]
		m.speak(next)
	}
}

// silence forgets what was to be said, so that a last word can be.
func (m *Machine) silence() { m.speech.pending, m.speech.notice = nil, noNotice }

// hush stops the present sentence.
func (m *Machine) hush() {
	if m.speech.saying {
		m.speech.saying = false
		m.do(Say{})
	}
}

// heardOut notes that the caller heard the last sentence; from now on the
// answer to it is awaited.
func (m *Machine) heardOut() {
	m.speech.saying = false
	m.deadline = time.Time{}
	if m.patience > 0 {
		m.deadline = m.now.Add(m.patience)
	}
}

// music is heard by a caller who waits, until the next sentence.
func (m *Machine) music() {
	m.deadline = m.now.Add(m.patience)
	m.do(Say{Phrases: []audio.Phrase{{Language: m.language, Clips: []string{musicClip}, Loop: true}}})
}

// noticeComes has the notice of the recording said: after a brief sentence, but
// not after a long one, since the recording waits for it.
func (m *Machine) noticeComes() {
	if m.speech.saying && m.speech.brief {
		m.speech.notice = noticeDue
		return
	}
	m.sayNotice()
}

// sayNotice begins the notice of the recording, at once: the recording waits
// for it.
func (m *Machine) sayNotice() {
	m.speech.notice = noticeDue
	if !m.speech.held {
		m.speech.notice = noticeSaid
		clips := []string{"recording-notice"}
		if !m.host {
			clips = append(clips, m.keys.press("to-object", ToggleRecord)...)
		}
		m.speak([]audio.Phrase{m.phrase(clips...)})
	}
}

// noticeHeard tells, after a sentence, whether that was the notice and the
// caller heard all of it. One that was missed is said again by sayNext.
func (m *Machine) noticeHeard() bool {
	was := m.speech.notice
	if was < noticeSaid {
		return false
	}
	m.speech.notice = noNotice
	if was == noticeMissed {
		m.speech.notice = noticeDue
	}
	return was == noticeSaid && !m.speech.lost
}

// hold notes whether the caller can hear, and says then what they missed.
func (m *Machine) hold(on bool) {
	m.speech.held = on
	switch {
	case on && m.speech.notice == noticeSaid:
		m.speech.notice = noticeMissed
	case !on && m.speech.notice == noticeDue && !m.speech.saying:
		m.sayNotice()
	}
}
