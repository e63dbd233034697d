package reminder

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"partyline/signaling/notify"
)

// Step is a rung of the ladder by which somebody is reminded. Steps that there
// can be several of have a number behind: "again-2".
type Step string

// The steps.
const (
	Ask    Step = "ask"    // a message with what can be answered
	Ring   Step = "ring"   // a card on the page, with a sound
	Call   Step = "call"   // a phone call to those who are needed and have not answered
	Host   Step = "host"   // hosts are told who is missing
	Dial   Step = "dial"   // a phone call into the meeting; it reminds of nothing
	Again  Step = "again"  // once more, because the organiser wants it
	Snooze Step = "snooze" // once more, because the person wants it
	Tell   Step = "tell"   // an announcement
)

// Steps lists every step.
func Steps() []Step { return []Step{Ask, Ring, Call, Host, Dial, Again, Snooze, Tell} }

// Base is the step without its number.
func (s Step) Base() Step {
	base, _, _ := strings.Cut(string(s), "-")
	return Step(base)
}

// numbered is the n-th of a step.
func (s Step) numbered(n int) Step { return Step(fmt.Sprintf("%s-%d", s, n)) }

// Rung is when a step is taken.
type Rung struct {
	Step    Step `json:"step"`
	Minutes int  `json:"minutes"` // after the start; negative: before
}

// after is the rung's distance from the start.
func (r Rung) after() time.Duration { return time.Duration(r.Minutes) * time.Minute }

// Ladder is how people are reminded of one meeting. A step that it has no rung
// for is not taken.
type Ladder struct {
	Rungs []Rung `json:"rungs"`
}

// ErrBadLadder is a ladder that nobody should be reminded by.
var ErrBadLadder = errors.New("ask is up to a day before the start, ring up to 10 minutes before, call up to 30 minutes after, host 1 to 60 minutes after; each once")

// spans are the minutes that each rung may be at.
var spans = map[Step]struct{ from, to int }{
	Ask: {-24 * 60, 0}, Ring: {-10, 0}, Call: {0, 30}, Host: {1, 60}, Dial: {0, 0}, Tell: {0, 0},
}

// DefaultLadder is how people are reminded of a subject of this kind unless
// its organiser decided otherwise.
func DefaultLadder(k Kind) Ladder {
	switch k {
	case Todo:
		return Ladder{[]Rung{{Ask, -10}, {Ring, 0}}}
	case Broadcast:
		return Ladder{[]Rung{{Tell, 0}}}
	default:
		return Ladder{[]Rung{{Ask, -10}, {Ring, -1}, {Dial, 0}, {Call, 1}, {Host, 3}}}
	}
}

// Check returns ErrBadLadder for what an organiser cannot choose.
func (l Ladder) Check() error {
	seen := make(map[Step]bool)
	for _, r := range l.Rungs {
		span, ok := spans[r.Step]
		if !ok || r.Step == Tell || seen[r.Step] || r.Minutes < span.from || r.Minutes > span.to {
			return ErrBadLadder
		}
		seen[r.Step] = true
	}
	return nil
}

// ladder is the subject's own, or its kind's. People who are to be called into
// the meeting are, whatever reminds the others.
func (s *Subject) ladder() Ladder {
	l := DefaultLadder(s.Kind)
	if s.Ladder == nil || s.Kind == Broadcast {
		return l
	}
	own := Ladder{slices.Clone(s.Ladder.Rungs)}
	if !slices.ContainsFunc(own.Rungs, func(r Rung) bool { return r.Step == Dial }) && s.Kind == Meeting {
		own.Rungs = append(own.Rungs, Rung{Dial, 0})
	}
	return own
}

// Choice is how a person wants to be reminded.
type Choice struct {
	// Channels are those that messages come by; nil: push and the chat, and mail
	// where there is neither.
	Channels []notify.Channel `json:"channels"`
	// Lead are the minutes before the start at which they come, instead of the
	// meeting's.
	Lead []int `json:"lead"`
	// NoRing leaves out the card with a sound, NoCall the phone.
	NoRing bool `json:"noRing"`
	NoCall bool `json:"noCall"`
}

// ErrBadChoice is one that cannot be made.
var ErrBadChoice = errors.New("at most three lead times, each up to a day; channels are push, mail and the chats")

// maxLeads is how many messages before the start somebody may want.
const maxLeads = 3

// Check returns ErrBadChoice.
func (c Choice) Check() error {
	if len(c.Lead) > maxLeads {
		return ErrBadChoice
	}
	for i, minutes := range c.Lead {
		if minutes < 0 || minutes > 24*60 || slices.Contains(c.Lead[:i], minutes) {
			return ErrBadChoice
		}
	}
	for _, channel := range c.Channels {
		if !isMessage(channel) {
			return ErrBadChoice
		}
	}
	return nil
}

// isMessage tells whether a channel brings something to read later.
func isMessage(c notify.Channel) bool { return c == notify.Push || c == notify.Mail || c.IsBot() }
