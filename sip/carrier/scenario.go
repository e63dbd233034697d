package carrier

import (
	_ "embed"
	"math/rand/v2"
	"strings"
	"time"

	"partyline/sip/dialplan"
)

// Default is the scenario of the simulated telephone company, as it is printed
// for people to change.
//
//go:embed default.scenario
var Default string

// Scenario is what the telephone company does. It is not changed once made, and
// may be used by any goroutine.
type Scenario struct {
	Accounts []Account
	Sounds   map[string]string // names of WAV files by what steps call them
	Rules    []Rule            // looked at in order
	Callers  []Caller
}

// Account is whoever may register, and answer a challenge.
type Account struct {
	User     string
	Password dialplan.Password
}

// Rule is what happens when certain numbers are called.
type Rule struct {
	Numbers Pattern
	Steps   []Step
	Line    int // where it stands
}

// Caller is somebody who dials in.
type Caller struct {
	Number dialplan.Number
	Steps  []Step
	Line   int
}

// For finds the rule of a number.
func (s Scenario) For(number string) (Rule, bool) {
	for _, r := range s.Rules {
		if r.Numbers.Fits(number) {
			return r, true
		}
	}
	return Rule{}, false
}

// Pattern is digits with a star before or after them for any others, and an x
// for any one: "*001", "+8610*", "*4xx", "*".
type Pattern string

// Fits tells whether a number, with or without its plus, is one of the
// pattern's.
func (p Pattern) Fits(number string) bool {
	number = strings.TrimPrefix(number, "+")
	pattern := strings.TrimPrefix(string(p), "+")
	digits, open := strings.CutSuffix(pattern, "*")
	digits, any := strings.CutPrefix(digits, "*")
	switch n := len(digits); {
	case len(number) < n:
		return false
	case any && open:
		for i := range len(number) - n + 1 {
			if same(number[i:i+n], digits) {
				return true
			}
		}
		return false
	case any:
		return same(number[len(number)-n:], digits)
	case open:
		return same(number[:n], digits)
	default:
		return len(number) == n && same(number, digits)
	}
}

// same compares a number with a pattern of its length.
func same(number, pattern string) bool {
	for i := range len(number) {
		if number[i] != pattern[i] && pattern[i] != 'x' {
			return false
		}
	}
	return true
}

// Step is one thing that a telephone does. Which fields count depends on the
// verb.
type Step struct {
	Verb    Verb
	Span    Span   // how long
	Text    string // keys, a sound's name or a number
	Count   int    // a SIP status, or how often
	Network Network
}

// Network is a bad one.
type Network struct {
	Loss          float64 // share of packets, 0 to 1, in either direction
	Delay, Jitter time.Duration
}

// Span is a time between two others; both zero: none was given.
type Span struct{ From, To time.Duration }

// pick chooses a time within the span.
func (s Span) pick() time.Duration {
	if s.To <= s.From {
		return s.From
	}
	return s.From + rand.N(s.To-s.From)
}

// Verb is what a step does.
type Verb string

// The verbs. Time is written as Go does, "1.5s", or from one time to another,
// "1s-3s".
const (
	Ring      Verb = "ring"      // 180, and ring so long; without a time until the caller gives up
	Progress  Verb = "progress"  // so many provisional responses
	Early     Verb = "early"     // 183, and a sound before the answer: so long, or once
	Challenge Verb = "challenge" // 407, unless an account's password is proven
	Answer    Verb = "answer"    // 200; "answer twice" sends a second one with a tag of its own
	Refuse    Verb = "refuse"    // a final status; "refuse digits": the last three of the number
	Say       Verb = "say"       // a sound to its end
	Play      Verb = "play"      // a sound over and over, while what follows is done
	Quiet     Verb = "quiet"     // end what is played
	Press     Verb = "press"     // keys, as RFC 4733 events
	Hear      Verb = "hear"      // wait until something is heard, so long at most; 30 s
	Wait      Verb = "wait"      // so long
	Hold      Verb = "hold"      // put the other side on hold so long
	Net       Verb = "network"   // loss=10% delay=80ms jitter=40ms, from here on
	Vanish    Verb = "vanish"    // send nothing any more, not even BYE
	Stay      Verb = "stay"      // until the other side hangs up, or so long
	Hangup    Verb = "hangup"    // BYE
	Dial      Verb = "dial"      // call a number: callers alone
)
