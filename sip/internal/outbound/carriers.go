package outbound

import (
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"partyline/sip/dialplan"
	"partyline/sip/internal/dialog"
)

// Why a call did not leave.
var (
	ErrNoTrunk = errors.New("no trunk of this name places calls")
	ErrClosed  = errors.New("no calls are placed any more")
)

// Config is how carriers are dealt with. The zero value serves.
type Config struct{}

// Carriers are the trunks that calls go out by. Its methods may be called from
// any goroutine.
type Carriers struct {
	cfg      Config
	log      *slog.Logger
	endpoint *dialog.Endpoint

	mu     sync.Mutex // guards what follows
	trunks map[string]dialplan.Trunk
}

// New makes carriers that know no trunk and place no calls yet.
func New(cfg Config, log *slog.Logger) *Carriers {
	return &Carriers{cfg: cfg, log: log, trunks: make(map[string]dialplan.Trunk)}
}

// Start begins to use an endpoint, which must outlive the carriers. It may be
// called once, before or after the first Set.
func (c *Carriers) Start(endpoint *dialog.Endpoint) { c.endpoint = endpoint }

// Set makes these the trunks. Calls that stand go on, whatever becomes of their
// trunk. The error tells all that is wrong with the trunks, and then nothing has
// changed.
func (c *Carriers) Set(trunks []dialplan.Trunk) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.trunks)
	for _, t := range trunks {
		c.trunks[t.Name] = t
	}
	return nil
}

// Knows tells whether an address is one of a carrier's that we call or register
// with: what comes from there is to be listened to. It is meant for
// transport.Config's Allow and Trust and takes no longer than a map's look-up.
func (c *Carriers) Knows(netip.Addr) bool { return false }

// Origin tells which trunks a call that comes in may belong to, the likeliest
// first, because it came to an address that we registered with their carrier;
// none where it did not. number is the one that was dialled.
func (c *Carriers) Origin(d *dialog.Dialog) (trunks []string, number string) { return nil, "" }

// Health is how a trunk or a target is, as far as we know.
type Health string

// The healths. A trunk is down where all its targets are, or where it must
// register and is not registered.
const (
	Unknown Health = "unknown" // not asked yet, or switched off
	Up      Health = "up"
	Down    Health = "down"
)

// State is how a trunk is.
type State struct {
	Trunk      string
	Health     Health
	Since      time.Time // of Health
	Registers  bool      // the trunk is one that registers
	Registered bool
	Expires    time.Time // of the registration
	LastError  string    // in a sentence; empty while all is well
	Targets    []TargetState
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

// States tells how all trunks are, by name.
func (c *Carriers) States() []State {
	c.mu.Lock()
	defer c.mu.Unlock()
	var states []State
	for name := range c.trunks {
		states = append(states, State{Trunk: name, Health: Unknown})
	}
	slices.SortFunc(states, func(a, b State) int { return strings.Compare(a.Trunk, b.Trunk) })
	return states
}

// Close takes our registrations back and stops. Calls are the endpoint's to end;
// it must be closed after this.
func (c *Carriers) Close() error { return nil }
