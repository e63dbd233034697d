package wire

import (
	"errors"
	"maps"
	"math"
	"slices"
)

// Limits of what one act may ask for.
const (
	MaxMoved     = 500 // people in one move
	MaxBreakouts = 50  // break-out rooms of a meeting
	maxToken     = 64  // bytes of the token of a move
)

// shape is what belongs to an action beside its name.
type shape struct {
	needsOther, mayName bool // a participant
	moves               bool // participants, and a place to move them to
	dials               bool // people to call, or to ask about
	value               func(any) bool
}

// actions has the shape of each action.
var actions = map[Action]shape{
	Mute:       {mayName: true},
	LowerHand:  {mayName: true},
	Unmute:     {},
	RaiseHand:  {},
	MuteAll:    {},
	Lock:       {},
	Unlock:     {},
	EndMeeting: {},
	AskUnmute:  {needsOther: true, mayName: true},
	Remove:     {needsOther: true, mayName: true},
	MakeHost:   {needsOther: true, mayName: true},
	Admit:      {mayName: true},
	Refuse:     {needsOther: true, mayName: true},

	CallHost: {},
	HandOver: {},
	Unguard:  {needsOther: true, mayName: true},

	Move:           {moves: true},
	UndoMove:       {value: isToken},
	Breakouts:      {value: isNumber(MaxBreakouts)},
	CloseBreakouts: {},

	Record: {value: func(v any) bool { _, ok := v.(bool); return ok }},
	Heard:  {value: isNumber(math.MaxUint32)},
	Object: {},

	Quote:      {dials: true},
	DialOut:    {dials: true},
	DialCancel: {value: isToken},
}

// Actions lists every action, sorted.
func Actions() []Action { return slices.Sorted(maps.Keys(actions)) }

func isToken(v any) bool {
	s, ok := v.(string)
	return ok && s != "" && len(s) <= maxToken
}

// isNumber tells of whole numbers from 1. JSON has no others than float64.
func isNumber(most float64) func(any) bool {
	return func(v any) bool {
		n, ok := v.(float64)
		return ok && n >= 1 && n <= most && n == math.Trunc(n)
	}
}

// Number is the value of an act that takes a number, and 0 for others.
func (m *Act) Number() uint32 {
	n, _ := m.Value.(float64)
	return uint32(n)
}

// Flag is the value of an act that takes a yes or no.
func (m *Act) Flag() bool {
	yes, _ := m.Value.(bool)
	return yes
}

// Token is the value of an act that takes a text.
func (m *Act) Token() string {
	token, _ := m.Value.(string)
	return token
}

func (m *Act) check() error {
	form, ok := actions[m.Action]
	switch {
	case !ok:
		return errors.New("unknown action")
	case form.needsOther && m.Participant == 0:
		return errors.New("no participant")
	case !form.mayName && m.Participant != 0:
		return errors.New("participant where none belongs")
	case form.value == nil && m.Value != nil:
		return errors.New("value where none belongs")
	case form.value != nil && !form.value(m.Value):
		return errors.New("wrong value")
	case form.dials != (m.Dial != nil):
		return errors.New("nobody to call, or somebody where none belongs,")
	case form.moves:
		return m.checkMove()
	case form.dials && m.Action == DialOut && m.Dial.Key == "":
		return errors.New("no key")
	case form.dials:
		return m.Dial.Check()
	case m.Participants != nil || m.From != nil || m.To != nil:
		return errors.New("a move where none belongs")
	}
	return nil
}

func (m *Act) checkMove() error {
	switch {
	case len(m.Participants) == 0 || len(m.Participants) > MaxMoved:
		return errors.New("nobody, or too many, to move")
	case slices.Contains(m.Participants, 0):
		return errors.New("participant 0")
	case m.To == nil || !m.To.one():
		return errors.New("no place to move to, or several,")
	case m.From != nil && (!m.From.one() || m.From.Meeting != ""):
		return errors.New("no place of this meeting to move from")
	}
	return nil
}

// one tells whether exactly one field is set, to something possible.
func (p *Place) one() bool {
	n := 0
	for _, set := range []bool{p.Meeting != "", p.Breakout != 0, p.Main} {
		if set {
			n++
		}
	}
	return n == 1 && len(p.Meeting) <= maxMeeting && p.Breakout >= 0 && p.Breakout <= MaxBreakouts
}
