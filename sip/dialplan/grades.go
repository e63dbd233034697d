package dialplan

import (
	"fmt"
	"sync"
	"time"
)

// Grade is how a trunk's calls went lately. Higher is better.
type Grade int8

// The grades. A trunk of which too little is known is Fair: neither preferred
// nor shunned.
const (
	Poor Grade = iota - 1
	Fair
	Good
)

// String gives the grade in lower case.
func (g Grade) String() string {
	switch g {
	case Good:
		return "good"
	case Fair:
		return "fair"
	default:
		return "poor"
	}
}

// MarshalText gives the grade in lower case.
func (g Grade) MarshalText() ([]byte, error) { return []byte(g.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (g *Grade) UnmarshalText(text []byte) error {
	for _, known := range []Grade{Poor, Fair, Good} {
		if known.String() == string(text) {
			*g = known
			return nil
		}
	}
	return fmt.Errorf("%q is no grade", text)
}

// Limits are where grades change. Each has two thresholds, so that a trunk at
// the border does not change its place with every call.
type Limits struct {
	Window        time.Duration // how far back calls count
	Least         int           // calls in the window below which a trunk is Fair
	PoorASR       float64       // answered ÷ attempts, below which a trunk is Poor
	PoorMOS       float64       // mean estimated MOS, below which a trunk is Poor
	RecoveredASR  float64       // what a Poor trunk must reach again
	RecoveredMOS  float64
	GoodASR       float64 // what a trunk must reach to be Good
	GoodMOS       float64
	StillGoodASR  float64 // what a Good trunk must keep
	StillGoodMOS  float64
	LeastMOSCalls int // measured calls in the window below which MOS does not count
}

// DefaultLimits are an hour of calls, at least ten of them.
func DefaultLimits() Limits {
	return Limits{
		Window: time.Hour, Least: 10, LeastMOSCalls: 5,
		PoorASR: 0.25, RecoveredASR: 0.40, GoodASR: 0.55, StillGoodASR: 0.45,
		PoorMOS: 3.1, RecoveredMOS: 3.5, GoodMOS: 4.0, StillGoodMOS: 3.8,
	}
}

// window is the greatest number of calls remembered of one trunk.
const window = 200

// Grades remembers how the calls of trunks went. It may be used by any
// goroutine.
type Grades struct {
	limits Limits
	mu     sync.Mutex // guards trunks
	trunks map[string]*record
}

// record is the recent past of one trunk.
type record struct {
	attempts []attempt // at most window, oldest first
	scores   []score
	grade    Grade
}

type attempt struct {
	at       time.Time
	answered bool
}

type score struct {
	at  time.Time
	mos float64
}

// NewGrades makes a memory that is empty: every trunk is Fair.
func NewGrades(limits Limits) *Grades {
	return &Grades{limits: limits, trunks: make(map[string]*record)}
}

// Attempt counts a call that was placed over a trunk and ended, answered or
// not. Calls that the caller gave up before they could be answered say nothing
// of the trunk and should not be counted.
func (g *Grades) Attempt(trunk string, at time.Time, answered bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	r := g.of(trunk)
	r.attempts = append(r.attempts[max(0, len(r.attempts)-window+1):], attempt{at, answered})
}

// Heard counts the estimated MOS (1 to 5) of a call that ended.
func (g *Grades) Heard(trunk string, at time.Time, mos float64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	r := g.of(trunk)
	r.scores = append(r.scores[max(0, len(r.scores)-window+1):], score{at, mos})
}

// Grade tells how a trunk's calls went before now. What a grade was decides what
// it takes to leave it.
func (g *Grades) Grade(trunk string, now time.Time) Grade {
	g.mu.Lock()
	defer g.mu.Unlock()
	r := g.of(trunk)
	r.grade = g.limits.next(r, now)
	return r.grade
}

// of finds the record of a trunk. g.mu is held.
func (g *Grades) of(trunk string) *record {
	r, ok := g.trunks[trunk]
	if !ok {
		r = &record{}
		g.trunks[trunk] = r
	}
	return r
}

// next is the grade that follows from a record.
func (l Limits) next(r *record, now time.Time) Grade {
	asr, calls := r.asr(now.Add(-l.Window))
	mos, measured := r.mos(now.Add(-l.Window))
	if calls < l.Least {
		return Fair // also how a Poor trunk comes back: nothing is left of its bad hour
	}
	reaches := func(minASR, minMOS float64) bool {
		return asr >= minASR && (measured < l.LeastMOSCalls || mos >= minMOS)
	}
	switch {
	case !reaches(l.PoorASR, l.PoorMOS):
		return Poor
	case r.grade == Poor && !reaches(l.RecoveredASR, l.RecoveredMOS):
		return Poor
	case reaches(l.GoodASR, l.GoodMOS):
		return Good
	case r.grade == Good && reaches(l.StillGoodASR, l.StillGoodMOS):
		return Good
	default:
		return Fair
	}
}

// asr is the answer-seizure ratio of the calls since a time, and their number.
func (r *record) asr(since time.Time) (ratio float64, calls int) {
	answered := 0
	for _, a := range r.attempts {
		if a.at.Before(since) {
			continue
		}
		calls++
		if a.answered {
			answered++
		}
	}
	return float64(answered) / float64(max(1, calls)), calls
}

// mos is the mean score of the calls since a time, and their number.
func (r *record) mos(since time.Time) (mean float64, calls int) {
	sum := 0.0
	for _, s := range r.scores {
		if s.at.Before(since) {
			continue
		}
		calls++
		sum += s.mos
	}
	return sum / float64(max(1, calls)), calls
}
