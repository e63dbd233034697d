package ivr

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"partyline/sfu/audio"
)

// How long the menu waits, and how often it asks.
const (
	betweenKeys    = 3 * time.Second         // then a number is taken as it stands
	noInput        = 6 * time.Second         // after a question was asked
	languageChoice = 4 * time.Second         // then the default language is spoken
	terminator     = 1500 * time.Millisecond // a # this soon after a complete number belongs to it
	answerLimit    = 10 * time.Second        // for whoever answers FindMeeting, Identify and Enter
	speechLimit    = 45 * time.Second        // a Say that is never reported as said
	reminder       = 45 * time.Second        // at the door
	doorLimit      = 15 * time.Minute        // at the door
	menuLimit      = 5 * time.Minute         // from the answer to the meeting
	maxTries       = 3
	maxAhead       = 32 // keys kept while an answer is awaited
	maxPending     = 4  // sentences waiting for the present one
)

// Lengths of what is typed.
const (
	NumberDigits = 9
	CodeDigits   = 6
)

// Config is what the menu needs to know of the trunk that the call came over.
type Config struct {
	// Languages to offer, the default first. Key 1 chooses the first.
	Languages []string
	// Language to speak without asking; empty asks if there are several.
	Language string
}

// Validate tells what is wrong with the configuration.
func (c Config) Validate() error {
	if len(c.Languages) == 0 && c.Language == "" {
		return errors.New("the phone menu needs at least one language")
	}
	if len(c.Languages) > 9 {
		return errors.New("the phone menu can offer at most nine languages, one per key")
	}
	for _, language := range append(slices.Clone(c.Languages), c.Language) {
		if language != English && language != Mandarin && language != "" {
			return fmt.Errorf("the phone menu does not speak %q, only %q and %q", language, English, Mandarin)
		}
	}
	return nil
}

// stage is where in the conversation a call is.
type stage uint8

const (
	ringing  stage = iota // not answered yet
	choosing              // the language
	dialling              // the meeting number
	coding                // host or personal code
	asking                // an answer from outside is awaited
	atDoor
	inRoom
	parting // the last sentence is being said
	over
)

// Machine is one call's conversation. It is not safe for concurrent use.
type Machine struct {
	config   Config
	language string
	stage    stage
	now      time.Time
	deadline time.Time // zero: none
	patience time.Duration
	saying   bool
	effects  []Effect

	digits       []byte
	ahead        []Key // typed while an answer was awaited
	completed    time.Time
	dialled      Digits // the number last tried
	asked        stage  // dialling or coding: what Failed refers to
	tries        map[stage]int
	silences     int
	codeRequired bool
	host         bool

	began   time.Time // when the call was answered, then when the caller came to the door
	muted   bool
	hand    bool
	star    time.Time // when a command of the room was begun
	hinted  bool
	pending [][]string // sentences to say after the present one
	cause   Cause
}

// New makes a machine for a call that has not been answered. The
// configuration must be valid.
func New(config Config) *Machine {
	m := &Machine{config: config, language: config.Language, tries: make(map[stage]int)}
	if m.language == "" {
		m.language = config.Languages[0]
	}
	return m
}

// Deadline is when Elapsed is to be sent, if no event comes before. The zero
// time means that nothing is awaited.
func (m *Machine) Deadline() time.Time { return m.deadline }

// Language is what the caller is being spoken to in.
func (m *Machine) Language() string { return m.language }

// InRoom tells whether the caller takes part in the meeting.
func (m *Machine) InRoom() bool { return m.stage == inRoom }

// Over tells whether the machine has hung up.
func (m *Machine) Over() bool { return m.stage == over }

// take hands an event to the stage that the call is in.
func (m *Machine) take(event Event) {
	switch m.stage {
	case ringing:
		m.whileRinging(event)
	case choosing:
		m.whileChoosing(event)
	case dialling:
		m.whileDialling(event)
	case coding:
		m.whileCoding(event)
	case asking:
		m.whileAsking(event)
	case atDoor:
		m.whileAtDoor(event)
	case inRoom:
		m.whileInRoom(event)
	case parting:
		m.whileParting(event)
	case over:
	}
}

// Step takes one event and returns what is to be done about it, in order. now
// must not go backwards.
func (m *Machine) Step(event Event, now time.Time) []Effect {
	m.now, m.effects = now, nil
	switch e := event.(type) {
	case Key:
		if m.ignored(e) {
			return nil
		}
	case Said:
		if !m.saying { // it was cut short at the same moment
			return nil
		}
		m.heardOut()
	case Elapsed:
		if m.deadline.IsZero() || now.Before(m.deadline) {
			return nil
		}
		m.deadline = time.Time{}
		if m.saying { // whoever speaks for us has lost its voice: go on as if heard
			m.heardOut()
			event = Said{}
		}
	}
	m.take(event)
	m.limitMenu()
	return spoken(m.effects)
}

// limitMenu ends a call that neither fails nor gets anywhere.
func (m *Machine) limitMenu() {
	inMenu := m.stage == choosing || m.stage == dialling || m.stage == coding
	if inMenu && m.now.Sub(m.began) > menuLimit {
		m.part(OutOfTries, "check-invitation")
	}
}

// spoken leaves out what would be said only to be cut short in the same step.
func spoken(effects []Effect) []Effect {
	kept := effects[:0]
	for i, effect := range effects {
		_, says := effect.(Say)
		if says && slices.ContainsFunc(effects[i+1:], func(e Effect) bool { _, ok := e.(Say); return ok }) {
			continue
		}
		kept = append(kept, effect)
	}
	return kept
}

// ignored tells whether a key means nothing: it is none of a phone's twelve,
// or a # that ends a number which was already complete without it.
func (m *Machine) ignored(key Key) bool {
	if (key < '0' || key > '9') && key != '*' && key != '#' {
		return true
	}
	late := m.completed.IsZero() || m.now.Sub(m.completed) > terminator
	m.completed = time.Time{}
	return key == '#' && !late
}

// heardOut notes that the caller heard the last sentence; from now on the
// answer to it is awaited.
func (m *Machine) heardOut() {
	m.saying = false
	m.deadline = time.Time{}
	if m.patience > 0 {
		m.deadline = m.now.Add(m.patience)
	}
}

func (m *Machine) do(effects ...Effect) { m.effects = append(m.effects, effects...) }

// say says clips in the caller's language, in place of the present sentence.
func (m *Machine) say(clips ...string) {
	m.sayAll(audio.Phrase{Language: m.language, Clips: clips})
}

func (m *Machine) sayAll(phrases ...audio.Phrase) {
	m.saying = true
	m.deadline = m.now.Add(speechLimit)
	m.do(Say{Phrases: phrases})
}

// hush stops the present sentence.
func (m *Machine) hush() {
	if m.saying {
		m.saying = false
		m.do(Say{})
	}
}

// whileRinging waits for the call to be answered.
func (m *Machine) whileRinging(event Event) {
	if _, ok := event.(Answered); !ok {
		return
	}
	m.began = m.now
	if m.config.Language != "" || len(m.config.Languages) == 1 {
		m.ask(dialling, "welcome")
		return
	}
	m.stage, m.patience = choosing, languageChoice
	phrases := []audio.Phrase{{Language: m.language, Clips: []string{"welcome"}}}
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
		if len(m.ahead) < maxAhead {
			m.ahead = append(m.ahead, e)
		}
	case MeetingFound:
		m.silences, m.codeRequired = 0, e.CodeRequired
		m.ask(coding)
		m.catchUp()
	case Identified:
		m.host = e.Host
		m.await(Enter{})
	case Entered:
		m.arrive(e.Arrival)
		m.catchUp()
	case Failed:
		m.failed(e.Why)
	case Elapsed:
		m.part(Broken, "fault")
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
func (m *Machine) failed(why Reason) {
	m.ahead = nil
	switch why {
	case NoMeeting:
		m.asked = dialling
		m.retry(OutOfTries, append([]string{"number-unknown"}, Spell(string(m.dialled))...)...)
	case MeetingEnded:
		m.asked = dialling
		m.retry(Over, "meeting-ended")
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

// part says a last sentence and hangs up when it was heard.
func (m *Machine) part(cause Cause, clips ...string) {
	m.stage, m.cause, m.patience = parting, cause, 0
	m.pending = nil
	m.say(append(clips, "goodbye")...)
}

// whileParting hangs up once the farewell was heard. Keys do not cut it short:
// it tells the caller what to do next.
func (m *Machine) whileParting(event Event) {
	switch event.(type) {
	case Said, Elapsed:
		m.stage, m.deadline = over, time.Time{}
		m.do(HangUp{Cause: m.cause})
	}
}
