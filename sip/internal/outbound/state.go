package outbound

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Health is how a trunk or a target is, as far as we know.
type Health string

// The healths. A trunk is down where all its targets are, or where it must
// register and no account is registered.
const (
	Unknown Health = "unknown" // not asked yet, or switched off
	Up      Health = "up"
	Down    Health = "down"
)

// State is how a trunk is.
type State struct {
	Trunk     string
	Health    Health
	Since     time.Time // of Health
	LastError string    // in a sentence; empty while all is well
	Accounts  []AccountState
	Targets   []TargetState
}

// Registers tells whether the trunk is one that registers.
func (s State) Registers() bool { return len(s.Accounts) > 0 }

// Registered tells whether some account of the trunk is registered.
func (s State) Registered() bool {
	return slices.ContainsFunc(s.Accounts, func(a AccountState) bool { return a.Registered })
}

// AccountState is how the registration of one account is.
type AccountState struct {
	User       string
	Registered bool
	Expires    time.Time // of the registration; zero where there is none
	Next       time.Time // when it is refreshed, or tried again
	Error      string    // why it is not registered, or could not be refreshed
	Refused    bool      // the registrar does not accept name and password, and trying again will not help
}

// TargetState is how one address of a trunk is.
type TargetState struct {
	Target  string // "udp 203.0.113.1:5060 (sbc.carrier.example)"
	Health  Health
	Since   time.Time
	Avoided time.Time     // until then others are tried first; zero: not avoided
	Answer  time.Duration // how long the last OPTIONS took
	Error   string
}

// state tells how the carrier is.
func (r *carrier) state() State {
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	s := State{Trunk: r.trunk.Name, Health: r.health, Since: r.since, LastError: r.fault}
	for _, a := range r.accounts {
		account := a.state()
		s.Accounts = append(s.Accounts, account)
		s.LastError = cmp.Or(account.Error, s.LastError)
	}
	for _, t := range r.hops {
		target := t.state(now)
		s.Targets = append(s.Targets, target)
	}
	slices.SortFunc(s.Targets, func(a, b TargetState) int { return strings.Compare(a.Target, b.Target) })
	for _, t := range s.Targets {
		s.LastError = cmp.Or(s.LastError, t.Error)
	}
	return s
}

// judge forms our opinion of the carrier anew and logs it where it has changed.
func (r *carrier) judge() {
	now := time.Now()
	s := r.state()
	found := Unknown
	count := make(map[Health]int)
	for _, t := range s.Targets {
		count[t.Health]++
	}
	refused := s.Registers() && !s.Registered() && slices.ContainsFunc(s.Accounts, func(a AccountState) bool { return a.Error != "" })
	switch {
	case refused, len(s.Targets) == 0 && s.LastError != "", count[Down] > 0 && count[Down] == len(s.Targets):
		found = Down
	case count[Up] > 0, s.Registered():
		found = Up
	}
	r.mu.Lock()
	changed := found != r.health
	if changed {
		r.health, r.since = found, now
	}
	r.mu.Unlock()
	if changed && found == Down {
		r.c.log.Warn("a trunk is down", "trunk", r.trunk.Name, "error", s.LastError)
	} else if changed {
		r.c.log.Info("a trunk's state has changed", "trunk", r.trunk.Name, "state", string(found))
	}
}
