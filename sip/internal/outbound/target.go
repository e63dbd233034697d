package outbound

import (
	"slices"
	"sync"
	"time"

	"partyline/sip/internal/resolve"
)

// target is one address of a carrier, and what we know of it.
type target struct {
	hop  resolve.Hop
	host string    // as it was configured
	seen time.Time // when the DNS, or the configuration, last told it; guarded by the carrier

	mu       sync.Mutex // guards what follows
	health   Health
	since    time.Time
	streak   int       // OPTIONS in a row that contradict health
	failures int       // of calls, in a row
	avoided  time.Time // until then others are tried first
	asked    bool      // by the target itself, with Retry-After
	answer   time.Duration
	fault    string
}

func newTarget(hop resolve.Hop, host string, now time.Time) *target {
	return &target{hop: hop, host: host, health: Unknown, since: now}
}

const (
	// steady is how many OPTIONS in a row it takes to change our mind.
	steady = 2
	// shun is how long a target is avoided after its first failure, and twice as
	// long after each further one, up to shunMost. What a Retry-After may ask for
	// is bounded by retryMost.
	shun      = 30 * time.Second
	shunMost  = 5 * time.Minute
	retryMost = 30 * time.Minute
)

// failed notes that a call could not be placed there; after is what its
// Retry-After said.
func (t *target) failed(now time.Time, after time.Duration, fault string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	wait := min(shun<<min(t.failures, 8), shunMost)
	t.failures++
	t.asked = after > 0
	if t.asked {
		wait = min(after, retryMost)
	}
	t.avoided, t.fault = now.Add(wait), fault
}

// worked notes that it took or refused a call as it should.
func (t *target) worked() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failures, t.avoided, t.asked, t.fault = 0, time.Time{}, false, ""
}

// probed notes what became of an OPTIONS, and tells whether that changes our
// mind. Whoever answers is not avoided any longer, unless that was its own wish.
func (t *target) probed(now time.Time, took time.Duration, err error) (changed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	found := Up
	if err != nil {
		found = Down
		t.fault = err.Error()
	} else if t.answer = took; !t.asked || now.After(t.avoided) {
		t.failures, t.avoided, t.asked, t.fault = 0, time.Time{}, false, ""
	}
	if found == t.health {
		t.streak = 0
		return false
	}
	if t.streak++; t.streak < steady && (t.health != Unknown || found == Down) {
		return false
	}
	t.health, t.since, t.streak = found, now, 0
	return true
}

// wavering tells whether the last OPTIONS contradicted what we hold: the next is
// due soon.
func (t *target) wavering() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.streak > 0
}

// good tells whether to try the target before others.
func (t *target) good(now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.health != Down && !now.Before(t.avoided)
}

func (t *target) state(now time.Time) TargetState {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := TargetState{Target: t.name(), Health: t.health, Since: t.since, Answer: t.answer, Error: t.fault}
	if now.Before(t.avoided) {
		s.Avoided = t.avoided
	}
	return s
}

// name writes the target as records and pages show it.
func (t *target) name() string {
	hop := t.hop
	hop.Name = t.host
	return hop.String()
}

// bestFirst puts targets that are down or avoided behind the others, which keep
// their order.
func bestFirst(targets []*target, now time.Time) []*target {
	var first, last []*target
	for _, t := range targets {
		if t.good(now) {
			first = append(first, t)
		} else {
			last = append(last, t)
		}
	}
	return slices.Concat(first, last)
}
