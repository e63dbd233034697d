package ivr

import (
	"slices"
	"time"

	"partyline/sfu/audio"
)

// How long the menu waits, and how often it asks.
const (
	betweenKeys    = 3 * time.Second         // then a number is taken as it stands
	noInput        = 6 * time.Second         // after a question was asked
	languageChoice = 4 * time.Second         // then the default language is spoken
	comeBack       = 3 * time.Second         // then a caller who was cut off returns
	terminator     = 1500 * time.Millisecond // a # this soon after a complete number belongs to it
	answerLimit    = 10 * time.Second        // for whoever answers FindMeeting, Identify and Enter
	speechLimit    = 15 * time.Second        // a Say that is never reported as said,
	clipLimit      = 5 * time.Second         // and so much more for each clip
	nameLimit      = 5 * time.Second         // for saying one's name
	reminder       = 45 * time.Second        // outside
	countdown      = 2 * time.Minute         // before a meeting opens
	doorLimit      = 15 * time.Minute        // outside, from when one could have been let in
	openLimit      = time.Hour               // before a meeting opens
	menuLimit      = 5 * time.Minute         // from the answer to the meeting
	choiceLimit    = 8 * time.Second         // for a choice in the room
	firstInvite    = 5 * time.Second         // then whom we called is asked again,
	lastInvite     = 10 * time.Second        // and then does not come
	maxTries       = 3
	maxAhead       = 32 // keys kept while an answer is awaited
	maxPending     = 4  // sentences waiting for the present one
	briefClips     = 6  // of a sentence which the notice of a recording waits for
	maxActs        = 8  // asked for and not answered yet
)

// Lengths of what is typed.
const (
	NumberDigits = 9
	CodeDigits   = 6
)

// stage is where in the conversation a call is.
type stage uint8

const (
	ringing   stage = iota // not answered yet
	returning              // to the meeting of before, or not
	inviting               // whom we called decides whether to come
	choosing               // the language
	dialling               // the meeting number
	coding                 // host or personal code
	asking                 // an answer from outside is awaited
	naming                 // the caller says who they are
	outside                // waiting to be let in
	warned                 // of the recording
	inRoom
	parting // the last sentence is being said
	over
)

// Machine is one call's conversation. It is not safe for concurrent use.
type Machine struct {
	config   Config
	keys     Keys
	language string
	stage    stage
	now      time.Time
	deadline time.Time // zero: none
	patience time.Duration
	effects  []Effect
	speech   speech
	began    time.Time // when the call was answered, then when the caller came to wait
	cause    Cause     // why it ends

	// On the way to the meeting:
	digits       []byte
	ahead        []Key // typed while an answer was awaited
	completed    time.Time
	dialled      Digits // the number last tried
	asked        stage  // dialling or coding: what Failed refers to
	tries        map[stage]int
	silences     int
	codeRequired bool
	comesBack    Return
	invited      *Invited // not nil: we called
	arrival      Arrival
	named        bool // was asked for their name
	capturing    bool

	// In it:
	host      bool
	muted     bool
	hand      bool
	locked    bool
	recording bool
	guarded   bool   // muted for music
	volume    int    // steps
	typed     string // of a sequence of keys
	typedAt   time.Time
	hinted    bool // was told how to get help
	acts      int  // not answered yet
	counting  counting
	choice    choice
	names     []Attendee // to be told by choice
}

// New makes a machine for a call that has not been answered. The
// configuration must be valid.
func New(config Config) *Machine {
	m := &Machine{config: config, keys: config.Keys, language: config.Language, tries: make(map[stage]int)}
	if len(m.keys) == 0 {
		m.keys = DefaultKeys()
	}
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
		if !m.speech.saying { // it was cut short at the same moment
			return nil
		}
		m.heardOut()
	case Elapsed:
		if m.deadline.IsZero() || now.Before(m.deadline) {
			return nil
		}
		m.deadline = time.Time{}
		if m.speech.saying { // whoever speaks for us has lost its voice: go on as if heard
			m.speech.lost = true
			m.heardOut()
			event = Said{}
		}
	case Held:
		m.hold(e.On)
		return spoken(m.effects)
	case Done, Attended:
		m.acts = max(m.acts-1, 0)
	}
	m.take(event)
	m.speech.lost = false
	m.limitMenu()
	return spoken(m.effects)
}

// take hands an event to the stage that the call is in.
func (m *Machine) take(event Event) {
	switch m.stage {
	case ringing:
		m.whileRinging(event)
	case returning:
		m.whileReturning(event)
	case inviting:
		m.whileInviting(event)
	case choosing:
		m.whileChoosing(event)
	case dialling:
		m.whileDialling(event)
	case coding:
		m.whileCoding(event)
	case asking:
		m.whileAsking(event)
	case naming:
		m.whileNaming(event)
	case outside:
		m.whileOutside(event)
	case warned:
		m.whileWarned(event)
	case inRoom:
		m.whileInRoom(event)
	case parting:
		m.whileParting(event)
	case over:
	}
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

func (m *Machine) do(effects ...Effect) { m.effects = append(m.effects, effects...) }

// act asks for something in the meeting, unless too much was asked for that
// was not answered yet. It tells whether it did.
func (m *Machine) act(effect Effect) bool {
	if m.acts >= maxActs {
		return false
	}
	m.acts++
	m.do(effect)
	return true
}

// phrase is clips in the caller's language.
func (m *Machine) phrase(clips ...string) audio.Phrase {
	return audio.Phrase{Language: m.language, Clips: clips}
}

// part says a last sentence and hangs up when it was heard.
func (m *Machine) part(cause Cause, clips ...string) {
	m.partAtOnce(cause, append(clips, "goodbye")...)
}

// partAtOnce says the last sentence without a farewell: each second is paid.
func (m *Machine) partAtOnce(cause Cause, clips ...string) {
	m.stage, m.cause, m.patience = parting, cause, 0
	m.silence()
	m.say(clips...)
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
