package sip

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"partyline/sip/dialplan"
	"partyline/sip/internal/dialog"
	"partyline/sip/internal/leg"
	"partyline/sip/internal/transport"
)

// Gateway takes telephone calls and seats them in meetings. Its methods may be
// called from any goroutine.
type Gateway struct {
	cfg        Config
	plan       dialplan.Plan
	conference Conference
	directory  Directory
	observer   Observer
	log        *slog.Logger

	endpoint *dialog.Endpoint
	ports    *leg.Ports
	closing  chan struct{} // closed when every call is to end
	t1       time.Duration // RFC 3261's T1; zero for its default
	once     sync.Once

	mu      sync.Mutex // guards calls and onTrunk
	calls   int
	onTrunk map[string]int
}

// New makes a gateway that does not listen yet. The observer may be nil. The
// error tells what is wrong with the configuration.
func New(cfg Config, conference Conference, directory Directory, observer Observer, log *slog.Logger) (*Gateway, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("phones: %w", err)
	}
	var ports *leg.Ports
	var plan dialplan.Plan
	if cfg.UDP != "" || cfg.TCP != "" {
		var err error
		if ports, err = leg.NewPorts(everyAddress(), cfg.FirstPort, cfg.LastPort); err != nil {
			return nil, fmt.Errorf("phones: %w", err)
		}
		if plan, err = dialplan.NewPlan(cfg.Trunks); err != nil {
			return nil, fmt.Errorf("phones: %w", err)
		}
	}
	if observer == nil {
		observer = silent{}
	}
	return &Gateway{
		cfg: cfg, plan: plan, conference: conference, directory: directory, observer: observer, log: log,
		ports: ports, closing: make(chan struct{}), onTrunk: make(map[string]int),
	}, nil
}

// Start opens the sockets and begins to take calls. It may be called once.
func (g *Gateway) Start() error {
	endpoint, err := dialog.Listen(dialog.Config{
		Transport: transport.Config{
			UDP: g.cfg.UDP, TCP: g.cfg.TCP, Advertise: g.cfg.PublicAddress,
			Allow: g.plan.Allows, Trust: g.plan.Allows, Rate: g.cfg.Rate,
		},
		T1: g.t1,
	}, g.serve, g.log)
	if err != nil {
		return fmt.Errorf("phones: %w", err)
	}
	g.endpoint = endpoint
	return nil
}

// UDP and TCP are the addresses listened on; zero where off. They are known
// once Start has returned.
func (g *Gateway) UDP() netip.AddrPort { return g.endpoint.UDP() }

// TCP is the TCP address listened on.
func (g *Gateway) TCP() netip.AddrPort { return g.endpoint.TCP() }

// Calls is how many calls there are now.
func (g *Gateway) Calls() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.calls
}

// Standing is what calls hold of the gateway at one moment. All of it is zero
// once the last call has ended.
type Standing struct {
	Dialogs  int // early ones included
	RTPPorts int // pairs in use
}

// Standing tells what calls hold now.
func (g *Gateway) Standing() Standing {
	if g.endpoint == nil {
		return Standing{}
	}
	return Standing{Dialogs: g.endpoint.Calls(), RTPPorts: g.ports.InUse()}
}

// Drain refuses new calls with 503 and Retry-After, and waits until the last
// running one has ended or ctx has, whose error it then returns.
func (g *Gateway) Drain(ctx context.Context) error {
	if g.endpoint == nil {
		return nil
	}
	g.endpoint.Refuse(retryAfter * time.Second)
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
	g.once.Do(func() { close(g.closing) })
	if g.endpoint == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), hangUpLimit)
	defer cancel()
	if err := g.Drain(ctx); err != nil { // calls end themselves; the endpoint ends what is left
		g.log.Warn("not every call could be ended in order", "error", err)
	}
	if err := g.endpoint.Close(); err != nil {
		return fmt.Errorf("closing the phones' sockets: %w", err)
	}
	return nil
}

// serve is one call, from its INVITE to its record. It runs on a goroutine of
// the call's own, which the endpoint waits for.
func (g *Gateway) serve(ctx context.Context, d *dialog.Dialog) {
	c := g.newCall(d)
	defer c.finish()

	trunk, refused := g.admit(d)
	c.took(trunk)
	if refused != nil {
		c.refuse(*refused)
		return
	}
	defer g.release(trunk)

	if refused := c.open(ctx, trunk); refused != nil {
		c.refuse(*refused)
		return
	}
	defer c.close()

	c.converse(ctx)
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
