package outbound

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"partyline/sip/dialplan"
	"partyline/sip/internal/dialog"
	"partyline/sip/internal/resolve"
)

// Why a call did not leave, or was not taken.
var (
	ErrNoTrunk = errors.New("no trunk of this name places calls")
	ErrClosed  = errors.New("no calls are placed any more")
	// ErrNoTarget means that no target of the trunk took the call: another trunk
	// may. It wraps what the last one tried said.
	ErrNoTarget = errors.New("no target of the trunk takes the call")
)

// Config is how carriers are dealt with. The zero value serves.
type Config struct {
	Probe    time.Duration // between OPTIONS to one target; 30 s when zero
	Patience time.Duration // in which some target must say something about a call; 4 s when zero
	Resolver *resolve.Resolver
	second   time.Duration // how long the seconds of registrations are, for tests
	quiet    bool          // no OPTIONS are sent, for tests
}

func (c Config) withDefaults() Config {
	c.Probe = cmp.Or(c.Probe, 30*time.Second)
	c.Patience = cmp.Or(c.Patience, 4*time.Second)
	c.second = cmp.Or(c.second, time.Second)
	if c.Resolver == nil {
		c.Resolver = resolve.New(resolve.Config{})
	}
	return c
}

// scaled is a time of registrations, as tests shorten it.
func (c Config) scaled(d time.Duration) time.Duration {
	return time.Duration(d.Seconds() * float64(c.second))
}

// Carriers are the trunks that calls go out by. Its methods may be called from
// any goroutine.
type Carriers struct {
	cfg   Config
	log   *slog.Logger
	known atomic.Pointer[map[netip.Addr]struct{}] // what Knows tells

	setting sync.Mutex // held by Set, Start and Close

	mu       sync.Mutex // guards what follows
	endpoint *dialog.Endpoint
	carriers map[string]*carrier
	closed   bool
}

// New makes carriers that know no trunk and place no calls yet.
func New(cfg Config, log *slog.Logger) *Carriers {
	return &Carriers{cfg: cfg.withDefaults(), log: log, carriers: make(map[string]*carrier)}
}

// Start begins to use an endpoint, which must outlive the carriers. It may be
// called once, before or after the first Set.
func (c *Carriers) Start(endpoint *dialog.Endpoint) {
	c.setting.Lock()
	defer c.setting.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.endpoint = endpoint
	for _, r := range c.carriers {
		r.endpoint = endpoint
		r.start()
	}
}

// Set makes these the trunks. Calls that stand go on, whatever becomes of their
// trunk; registrations of those that are gone, or have changed, are taken back,
// for which Set waits a moment. The error tells all that is wrong with the
// trunks, and then nothing has changed.
func (c *Carriers) Set(trunks []dialplan.Trunk) error {
	c.setting.Lock()
	defer c.setting.Unlock()
	next, changed, err := c.prepare(trunks)
	if err != nil {
		return err
	}
	var left []*carrier
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return ErrClosed
	}
	for name, r := range c.carriers {
		if next[name] != r {
			left = append(left, r)
		}
	}
	c.carriers = next
	for _, r := range changed {
		r.endpoint = c.endpoint
	}
	started := c.endpoint != nil
	c.mu.Unlock()
	stop(left)
	for _, r := range changed {
		if started {
			r.start()
		}
	}
	c.learn()
	return nil
}

// prepare makes the carriers of trunks, those that have not changed being the
// ones that there are.
func (c *Carriers) prepare(trunks []dialplan.Trunk) (next map[string]*carrier, changed []*carrier, err error) {
	next = make(map[string]*carrier)
	var wrong []error
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range trunks {
		if r := c.carriers[t.Name]; r != nil && reflect.DeepEqual(r.trunk, t) {
			next[t.Name] = r
			continue
		}
		r, err := newCarrier(c, t)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("trunk %q: %w", t.Name, err))
			continue
		}
		next[t.Name] = r
		changed = append(changed, r)
	}
	return next, changed, errors.Join(wrong...)
}

// stop ends what carriers do, side by side.
func stop(carriers []*carrier) {
	var work sync.WaitGroup
	for _, r := range carriers {
		work.Go(r.stop)
	}
	work.Wait()
}

// learn gathers the addresses that Knows tells of.
func (c *Carriers) learn() {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := make(map[netip.Addr]struct{})
	for _, r := range c.carriers {
		for _, addr := range r.addresses() {
			known[addr] = struct{}{}
		}
	}
	c.known.Store(&known)
}

// Knows tells whether an address is one of a carrier's that we call or register
// with: what comes from there is to be listened to. It is meant for
// transport.Config's Allow and Trust and takes no longer than a map's look-up.
func (c *Carriers) Knows(addr netip.Addr) bool {
	known := c.known.Load()
	if known == nil {
		return false
	}
	_, ok := (*known)[addr.Unmap().WithZone("")]
	return ok
}

// Origin tells which trunks a call that comes in may belong to, the likeliest
// first, because it came by way of their registration; none where it did not.
// number is the one that was dialled.
//
// An account registers with a Contact of its own that nobody else knows: what is
// sent there is the account's trunk's, and the number dialled stands in
// P-Called-Party-ID (RFC 7315) or To. A carrier that writes the number over the
// Contact is known by its address.
func (c *Carriers) Origin(d *dialog.Dialog) (trunks []string, number string) {
	number = d.Invitation().Recipient.User
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, r := range c.carriers {
		if r.owns(number) {
			return []string{name}, dialog.Called(d.Invitation())
		}
		if len(r.accounts) > 0 && slices.Contains(r.addresses(), d.Peer().Addr().Unmap()) {
			trunks = append(trunks, name)
		}
	}
	slices.Sort(trunks)
	return trunks, number
}

// find is the carrier of a trunk.
func (c *Carriers) find(trunk string) (*carrier, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.carriers[trunk]
	switch {
	case c.closed:
		return nil, ErrClosed
	case r == nil || c.endpoint == nil || !r.trunk.Dials():
		return nil, fmt.Errorf("%w: %q", ErrNoTrunk, trunk)
	}
	return r, nil
}

// States tells how all trunks are, by name.
func (c *Carriers) States() []State {
	c.mu.Lock()
	defer c.mu.Unlock()
	states := make([]State, 0, len(c.carriers))
	for _, r := range c.carriers {
		states = append(states, r.state())
	}
	slices.SortFunc(states, func(a, b State) int { return strings.Compare(a.Trunk, b.Trunk) })
	return states
}

// Close takes our registrations back and stops. Calls are the endpoint's to end;
// it must be closed after this.
func (c *Carriers) Close() error {
	c.setting.Lock()
	defer c.setting.Unlock()
	c.mu.Lock()
	c.closed = true
	left := make([]*carrier, 0, len(c.carriers))
	for _, r := range c.carriers {
		left = append(left, r)
	}
	c.mu.Unlock()
	stop(left)
	return nil
}

// pause waits; false when ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
