package sip

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"partyline/sip/dialplan"
	"partyline/sip/internal/dialog"
	"partyline/sip/internal/digest"
	"partyline/sip/internal/hep"
	"partyline/sip/internal/ladder"
	"partyline/sip/internal/leg"
	"partyline/sip/internal/outbound"
	"partyline/sip/internal/registrar"
	"partyline/sip/internal/transport"
)

// Gateway takes telephone calls and seats them in meetings. Its methods may be
// called from any goroutine.
type Gateway struct {
	cfg        Config
	plan       atomic.Pointer[dialplan.Plan]
	conference Conference
	directory  Directory
	accounts   Accounts
	observer   Observer
	billing    Billing                  // nil: no calls are placed
	referrer   atomic.Pointer[Referrer] // nil: no phone has calls placed
	log        *slog.Logger

	endpoint  *dialog.Endpoint
	ports     *leg.Ports
	guard     *digest.Guard
	registrar *registrar.Registrar
	carriers  *outbound.Carriers
	ladders   *ladder.Book
	collector *hep.Exporter // nil: there is none
	peers     peers         // of calls that stand
	grades    *dialplan.Grades
	changing  sync.Mutex      // held while trunks change
	working   sync.WaitGroup  // registrations being looked at, keepAlive, and calls that we place
	ready     chan struct{}   // closed when endpoint is set: until then what comes waits
	closing   chan struct{}   // closed when every call is to end
	life      context.Context // ends with closing
	die       context.CancelFunc
	t1        time.Duration // RFC 3261's T1; zero for its default
	once      sync.Once

	mu      sync.Mutex               // guards what follows
	carried map[*dialog.Dialog]*call // that converse
	calls   int
	onTrunk map[string]int
	drains  bool // no calls are placed any more
}

// New makes a gateway that does not listen yet. accounts may be nil, where no
// phone registers, and so may the observer. The error tells what is wrong with
// the configuration.
func New(cfg Config, conference Conference, directory Directory, accounts Accounts, observer Observer, log *slog.Logger) (*Gateway, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("phones: %w", err)
	}
	var ports *leg.Ports
	if cfg.on() {
		var err error
		if ports, err = leg.NewPorts(everyAddress(), cfg.FirstPort, cfg.LastPort); err != nil {
			return nil, fmt.Errorf("phones: %w", err)
		}
		ports.Share()
	}
	if observer == nil {
		observer = silent{}
	}
	if accounts == nil {
		accounts = nobody{}
	}
	life, die := context.WithCancel(context.Background())
	g := &Gateway{
		life: life, die: die,
		cfg: cfg, conference: conference, directory: directory, accounts: accounts, observer: observer, log: log,
		guard: digest.New(Realm, time.Now, cfg.algorithms()...), registrar: registrar.New(registrar.DefaultConfig()),
		ports: ports, ready: make(chan struct{}), closing: make(chan struct{}), onTrunk: make(map[string]int), carried: make(map[*dialog.Dialog]*call),
		carriers: outbound.New(outbound.Config{Probe: cfg.Probe, Patience: cfg.Failover}, log), grades: dialplan.NewGrades(dialplan.DefaultLimits()),
	}
	g.ladders = ladder.New(g.faces)
	if err := g.SetTrunks(cfg.Trunks); err != nil {
		return nil, fmt.Errorf("phones: %w", err)
	}
	return g, nil
}

// Start opens the sockets and begins to take calls. It may be called once.
func (g *Gateway) Start() error {
	if g.cfg.HEP.Collector != "" {
		g.collector = hep.New(g.cfg.HEP.config(), g.faces, g.log)
	}
	endpoint, err := dialog.Listen(dialog.Config{
		Transport: transport.Config{
			UDP: g.cfg.UDP, TCP: g.cfg.TCP, TLS: g.cfg.TLS, CertFile: g.cfg.Certificate, KeyFile: g.cfg.Key,
			Advertise: g.cfg.PublicAddress, STUN: g.cfg.STUN,
			Allow: g.hears, Trust: g.trusts, Rate: g.cfg.Rate, Pending: g.cfg.MaxSetups, Tap: g.tapped,
		},
		T1: g.t1, SessionExpires: g.cfg.SessionExpires, Register: func(in transport.Incoming) { <-g.ready; g.register(in) },
	}, func(ctx context.Context, d *dialog.Dialog) { <-g.ready; g.serve(ctx, d) }, g.log)
	if err != nil {
		g.collector.Close()
		return fmt.Errorf("phones: %w", err)
	}
	g.endpoint = endpoint
	g.carriers.Start(endpoint)
	close(g.ready)
	if len(g.cfg.Phones) > 0 {
		g.working.Go(func() { g.keepAlive(keepAliveEvery) })
	}
	return nil
}

// hears tells whether messages from an address are read at all.
func (g *Gateway) hears(source netip.Addr) bool {
	return g.plan.Load().Allows(source) || g.cfg.allowsPhones(source) || g.carriers.Knows(source) || g.peers.has(source)
}

// trusts tells whether an address is a carrier's, which is not banned.
func (g *Gateway) trusts(source netip.Addr) bool {
	return g.plan.Load().Knows(source) || g.carriers.Knows(source)
}

// UDP and TCP are the addresses listened on; zero where off. They are known
// once Start has returned.
func (g *Gateway) UDP() netip.AddrPort { return g.endpoint.UDP() }

// TCP is the TCP address listened on.
func (g *Gateway) TCP() netip.AddrPort { return g.endpoint.TCP() }

// TLS is the TLS address listened on.
func (g *Gateway) TLS() netip.AddrPort { return g.endpoint.TLS() }

// Calls is how many calls there are now.
func (g *Gateway) Calls() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.calls
}

// Standing is what the gateway holds at one moment, and what its sockets have
// turned away so far.
type Standing struct {
	Dialogs    int // early ones included
	RTPPorts   int // pairs in use
	Registered int // phones
	Streams    int // TCP and TLS connections
	Banned     int // addresses not listened to

	Admitted, Shed uint64            // INVITEs for new calls
	Dropped        map[string]uint64 // messages and connections, by reason
	Shown          map[string]uint64 // messages for a collector, by what became of them
}

// Standing tells what the gateway holds now.
func (g *Gateway) Standing() Standing {
	if g.endpoint == nil {
		return Standing{}
	}
	c := g.endpoint.Counters()
	return Standing{
		Dialogs: g.endpoint.Calls(), RTPPorts: g.ports.InUse(), Registered: g.registrar.Phones(),
		Streams: c.Streams, Banned: c.Banned, Admitted: c.Admitted, Shed: c.Shed, Dropped: c.Dropped, Shown: g.shown(),
	}
}

// Drain refuses new calls with 503 and Retry-After, and waits until the last
// running one has ended or ctx has, whose error it then returns.
func (g *Gateway) Drain(ctx context.Context) error {
	if g.endpoint == nil {
		return nil
	}
	g.endpoint.Refuse(retryAfter * time.Second)
	g.mu.Lock()
	g.drains = true
	g.mu.Unlock()
	poll := time.NewTicker(50 * time.Millisecond)
	defer poll.Stop()
	for g.endpoint.Calls() > 0 {
		select {
		case <-poll.C:
		case <-ctx.Done():
			return fmt.Errorf("waiting for calls to end: %w", ctx.Err())
		}
	}
	return nil
}

// Close ends every call with BYE, waits until all are recorded, and closes the
// sockets.
func (g *Gateway) Close() error {
	g.once.Do(func() {
		close(g.closing)
		g.die()
	})
	if g.endpoint == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), hangUpLimit)
	defer cancel()
	if err := g.Drain(ctx); err != nil { // calls end themselves; the endpoint ends what is left
		g.log.Warn("not every call could be ended in order", "error", err)
	}
	if err := g.carriers.Close(); err != nil {
		g.log.Warn("carriers were not told that we go", "error", err)
	}
	err := g.endpoint.Close()
	g.working.Wait()
	g.collector.Close()
	if err != nil {
		return fmt.Errorf("closing the phones' sockets: %w", err)
	}
	return nil
}

// serve is one call, from its INVITE to its record. It runs on a goroutine of
// the call's own, which the endpoint waits for.
func (g *Gateway) serve(ctx context.Context, d *dialog.Dialog) {
	if g.isPhone(d) {
		g.servePhone(ctx, d)
		return
	}
	trunk, number, refused := g.admit(d)
	if refused.challenges() {
		refused.reject(d) // and the call comes again, with what it was asked for
		return
	}
	c := g.newCall(d, trunk, number)
	defer c.finish()
	if refused != nil {
		c.refuse(*refused)
		return
	}
	defer g.release(trunk)
	c.carry(ctx, trunk)
}

// servePhone is a call from a phone of the company's own: to another one, or
// into a meeting.
func (g *Gateway) servePhone(ctx context.Context, d *dialog.Dialog) {
	account, refused := g.phoneOwner(ctx, d)
	if refused.challenges() {
		refused.reject(d)
		return
	}
	trunk := dialplan.Trunk{Name: phonesTrunk, Language: account.Language, SRTP: dialplan.SRTPOffered}
	if refused == nil {
		refused = g.take(trunk)
	}
	if refused == nil {
		defer g.release(trunk)
		if extensionLike(d.Invitation().Recipient.User) {
			g.connect(ctx, d, account)
			return
		}
	}
	c := g.newCall(d, trunk, d.Invitation().Recipient.User)
	defer c.finish()
	if refused != nil {
		c.refuse(*refused)
		return
	}
	c.knows(account)
	c.carry(ctx, trunk)
}

// everyAddress is the address that binds all there are: where IPv6 is switched
// off, as in many containers, that is IPv4's.
func everyAddress() netip.Addr {
	probe, err := net.ListenPacket("udp", "[::]:0")
	if err != nil {
		return netip.IPv4Unspecified()
	}
	_ = probe.Close()
	return netip.IPv6Unspecified()
}
