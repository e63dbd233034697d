// Package registrar remembers where phones are: the bindings of RFC 3261
// section 10.3 between an address of record and the contacts at which it can
// be reached.
//
// It is pure: time is a parameter, and who may register is decided before.
// message.go is how it looks in SIP.
// Bindings live in memory, as phones come back by themselves.
package registrar

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Config bounds what phones may ask for.
type Config struct {
	Min, Max, Default time.Duration // how long a binding lasts
	Contacts          int           // at most, for one address of record
}

// DefaultConfig suits phones behind NAT, which come back often.
func DefaultConfig() Config {
	return Config{Min: time.Minute, Max: time.Hour, Default: 5 * time.Minute, Contacts: 5}
}

// Validate tells what is wrong with the configuration.
func (c Config) Validate() error {
	if c.Min <= 0 || c.Default < c.Min || c.Max < c.Default || c.Contacts <= 0 {
		return fmt.Errorf("registrations cannot last from %v to %v, by default %v: choose min ≤ default ≤ max", c.Min, c.Max, c.Default)
	}
	return nil
}

// Why a registration is refused.
var (
	// ErrOutOfOrder means a CSeq that is not higher than the last one of the
	// same Call-ID: an old request, repeated or overtaken.
	ErrOutOfOrder = errors.New("an older registration than the one in force")
	// ErrTooMany means more contacts than one address of record may have.
	ErrTooMany = errors.New("too many phones are registered for this account")
	// ErrTooBrief deserves 423 with Min-Expires.
	ErrTooBrief = errors.New("a registration that would last too short a time")
	// ErrWildcard means a Contact of * that does not stand alone or does not
	// expire everything.
	ErrWildcard = errors.New("a contact of * only removes everything")
)

// Unset is an expiry that was not given.
const Unset = -1

// Contact is one contact of a REGISTER.
type Contact struct {
	URI     string
	Expires int // seconds; Unset where the header's holds
}

// Request is a REGISTER as far as it matters here.
type Request struct {
	AOR      string // whose it is, such as "alice"
	Contacts []Contact
	Wildcard bool // Contact: *
	Expires  int  // of the header, seconds; Unset without
	CallID   string
	CSeq     uint32
	Flow     Flow
	Path     []string // RFC 3327: the route back, topmost first
	Agent    string   // User-Agent
	// Proof is a fingerprint of the secret that proved whose request it is. A
	// binding counts for as long as it is the account's.
	Proof string
}

// Flow is how a REGISTER came: requests go back the same way, which passes any
// NAT (RFC 5626 in spirit).
type Flow struct {
	Network string // "udp", "tcp", "tls"
	Source  netip.AddrPort
}

// Binding is where one phone is.
type Binding struct {
	URI     string
	Flow    Flow
	Path    []string
	Agent   string
	Expires time.Time
	Proof   string // of the request

	callID string
	cseq   uint32
}

// Registrar keeps bindings. Its methods may be called from any goroutine.
type Registrar struct {
	cfg Config

	mu       sync.Mutex           // guards bindings
	bindings map[string][]Binding // by address of record; the latest first
}

// New makes a registrar without bindings.
func New(cfg Config) *Registrar { return &Registrar{cfg: cfg, bindings: make(map[string][]Binding)} }

// MinExpires is what a request that was too brief has to ask for, in seconds.
func (r *Registrar) MinExpires() int { return int(r.cfg.Min.Seconds()) }

// Register carries a request out, wholly or not at all, and gives the bindings
// in force after it. A request without contacts only asks for them. The errors
// are those of this package.
func (r *Registrar) Register(request Request, now time.Time) ([]Binding, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	next := slices.DeleteFunc(slices.Clone(r.bindings[request.AOR]), func(b Binding) bool { return !now.Before(b.Expires) })
	for _, b := range next {
		if (len(request.Contacts) > 0 || request.Wildcard) && b.callID == request.CallID && request.CSeq <= b.cseq {
			return nil, ErrOutOfOrder
		}
	}
	switch {
	case request.Wildcard && (len(request.Contacts) > 0 || request.Expires != 0):
		return nil, ErrWildcard
	case request.Wildcard:
		next = nil
	}
	for _, contact := range request.Contacts {
		var err error
		if next, err = r.bind(next, request, contact, now); err != nil {
			return nil, err
		}
	}
	if len(next) > r.cfg.Contacts {
		return nil, ErrTooMany
	}
	r.bindings[request.AOR] = next
	if len(next) == 0 {
		delete(r.bindings, request.AOR)
	}
	return slices.Clone(next), nil
}

// bind adds, refreshes or removes one contact.
func (r *Registrar) bind(all []Binding, request Request, contact Contact, now time.Time) ([]Binding, error) {
	lasts, err := r.lasts(request, contact)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(b Binding) bool { return b.URI == contact.URI })
	if lasts == 0 {
		return all, nil
	}
	return slices.Insert(all, 0, Binding{
		URI: contact.URI, Flow: request.Flow, Path: request.Path, Agent: request.Agent, Proof: request.Proof,
		Expires: now.Add(lasts), callID: request.CallID, cseq: request.CSeq,
	}), nil
}

// lasts is how long a contact is bound; zero removes it.
func (r *Registrar) lasts(request Request, contact Contact) (time.Duration, error) {
	seconds := contact.Expires
	if seconds == Unset {
		seconds = request.Expires
	}
	if seconds == Unset {
		return r.cfg.Default, nil
	}
	switch asked := time.Duration(seconds) * time.Second; {
	case asked <= 0:
		return 0, nil
	case asked < r.cfg.Min:
		return 0, ErrTooBrief
	default:
		return min(asked, r.cfg.Max), nil
	}
}

// Find gives the bindings of an address of record, the latest first.
func (r *Registrar) Find(aor string, now time.Time) []Binding {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(r.bindings[aor]), func(b Binding) bool { return !now.Before(b.Expires) })
}

// Registered tells whether a phone registered by this way.
func (r *Registrar) Registered(way Flow) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, all := range r.bindings {
		if slices.ContainsFunc(all, func(b Binding) bool { return b.Flow == way }) {
			return true
		}
	}
	return false
}

// Remove forgets all bindings of an address of record: its account is gone.
func (r *Registrar) Remove(aor string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.bindings, aor)
}

// Flows forgets what has expired, and gives the ways to all phones that are
// left, for keeping their NAT open.
func (r *Registrar) Flows(now time.Time) []Flow {
	r.mu.Lock()
	defer r.mu.Unlock()
	ways := make(map[Flow]bool)
	for aor, all := range r.bindings {
		all = slices.DeleteFunc(all, func(b Binding) bool { return !now.Before(b.Expires) })
		if len(all) == 0 {
			delete(r.bindings, aor)
			continue
		}
		r.bindings[aor] = all
		for _, b := range all {
			ways[b.Flow] = true
		}
	}
	flows := make([]Flow, 0, len(ways))
	for way := range ways {
		flows = append(flows, way)
	}
	return flows
}

// Phones is how many bindings there are, expired ones included until Flows.
func (r *Registrar) Phones() (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, all := range r.bindings {
		n += len(all)
	}
	return n
}
