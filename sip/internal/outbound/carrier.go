package outbound

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"partyline/sip/dialplan"
	"partyline/sip/internal/dialog"
	"partyline/sip/internal/resolve"
	"partyline/sip/internal/transport"
)

// carrier is one trunk at run time.
type carrier struct {
	c        *Carriers
	trunk    dialplan.Trunk
	targets  []dialplan.Target // where requests go when no Service-Route says otherwise
	proxy    string            // Route that every request has; empty: none
	accounts []*account
	endpoint *dialog.Endpoint // set before start

	cancel context.CancelFunc
	work   sync.WaitGroup

	mu         sync.Mutex // guards what follows
	identities map[string]*transport.Identity
	hops       map[resolve.Hop]*target
	health     Health
	since      time.Time
	fault      string // of the DNS
}

// newCarrier makes the carrier of a trunk. It fails where its certificates
// cannot be read.
func newCarrier(c *Carriers, t dialplan.Trunk) (*carrier, error) {
	r := &carrier{
		c: c, trunk: t, targets: t.Outbound.Targets, cancel: func() {}, health: Unknown, since: time.Now(),
		identities: make(map[string]*transport.Identity), hops: make(map[resolve.Hop]*target),
	}
	out := t.Outbound
	switch {
	case out.Proxy != "":
		target, err := targetOf(out.Proxy)
		if err != nil {
			return nil, fmt.Errorf("outbound proxy: %w", err)
		}
		r.targets, r.proxy = []dialplan.Target{target}, loose(out.Proxy)
	case len(r.targets) == 0 && out.Domain != "":
		r.targets = []dialplan.Target{{Host: out.Domain}}
	}
	if out.ServerName+out.CA+out.ClientCert != "" {
		if _, err := r.identity(out.ServerName); err != nil {
			return nil, err
		}
	}
	if out.Register {
		for i := range out.Accounts {
			r.accounts = append(r.accounts, newAccount(r, out.Accounts[i]))
		}
	}
	return r, nil
}

// targetOf is where a URI points.
func targetOf(text string) (dialplan.Target, error) {
	var uri sip.Uri
	if err := sip.ParseUri(strings.Trim(text, "<>"), &uri); err != nil || uri.Host == "" {
		return dialplan.Target{}, fmt.Errorf("%q is no SIP address", text)
	}
	t := dialplan.Target{Host: uri.Host, Port: uri.Port}
	t.Transport, _ = uri.UriParams.Get("transport")
	if uri.Scheme == "sips" {
		t.Transport = "tls"
	}
	return t, nil
}

// loose writes a proxy as a Route header does; it is one that routes loosely
// (RFC 3261 section 16.12).
func loose(uri string) string {
	uri = strings.Trim(uri, "<>")
	if !slices.Contains(strings.Split(uri, ";"), "lr") {
		uri += ";lr"
	}
	return "<" + uri + ">"
}

// start begins to register and to look after the targets.
func (r *carrier) start() {
	if !r.trunk.Dials() {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	if !r.c.cfg.quiet {
		r.work.Go(func() { r.watch(ctx) })
	}
	for _, a := range r.accounts {
		r.work.Go(func() { a.run(ctx) })
	}
}

// stop ends what start began, and waits until it has.
func (r *carrier) stop() {
	r.cancel()
	r.work.Wait()
}

// identity is who we are to a host of the carrier's over TLS, which must prove
// to be the name that is configured, or that host.
func (r *carrier) identity(host string) (*transport.Identity, error) {
	out := r.trunk.Outbound
	name := out.ServerName
	if name == "" {
		name = host
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if id := r.identities[name]; id != nil {
		return id, nil
	}
	id, err := transport.NewIdentity(name, out.CA, out.ClientCert, out.ClientKey, r.c.log.With("trunk", r.trunk.Name))
	if err == nil {
		r.identities[name] = id
	}
	return id, err
}

// way is how a hop is reached.
func (r *carrier) way(hop resolve.Hop) (dialog.Way, error) {
	way := dialog.Way{Network: hop.Network, Peer: hop.Addr}
	if hop.Network == "tls" {
		var err error
		if way.As, err = r.identity(hop.Name); err != nil {
			return way, err
		}
	}
	return way, nil
}

// resolve finds the addresses of targets, in the order in which to try them, and
// remembers that they are the carrier's. One that cannot be found is left out
// while there are others.
func (r *carrier) resolve(ctx context.Context, targets []dialplan.Target) ([]*target, error) {
	resolver := r.c.cfg.Resolver
	ordered := resolve.Weighed(targets, func(t dialplan.Target) (priority, weight uint16) { return t.Priority, t.Weight }, resolver.Random)
	var hops []resolve.Hop
	var hosts []string
	var failed []error
	for _, t := range ordered {
		found, err := resolver.Resolve(ctx, resolve.Place{Host: t.Host, Port: uint16(t.Port), Network: t.Transport})
		if err != nil {
			failed = append(failed, err)
			continue
		}
		for _, hop := range found {
			hops, hosts = append(hops, hop), append(hosts, t.Host)
		}
	}
	err := errors.Join(failed...)
	found := r.note(hops, hosts, err)
	if len(found) == 0 {
		return nil, err
	}
	return found, nil
}

// forgotten is after how long an address that the DNS tells no more is not the
// carrier's any more.
const forgotten = time.Hour

// note remembers hops, and where the DNS failed, why.
func (r *carrier) note(hops []resolve.Hop, hosts []string, fault error) []*target {
	now, news := time.Now(), false
	r.mu.Lock()
	r.fault = ""
	if fault != nil {
		r.fault = fault.Error()
	}
	var found []*target
	for i, hop := range hops {
		t := r.hops[hop]
		if t == nil {
			t = newTarget(hop, hosts[i], now)
			r.hops[hop], news = t, true
		}
		t.seen = now
		if !slices.Contains(found, t) {
			found = append(found, t)
		}
	}
	for hop, t := range r.hops {
		if now.Sub(t.seen) > forgotten {
			delete(r.hops, hop)
			news = true
		}
	}
	r.mu.Unlock()
	if news {
		r.c.learn()
	}
	return found
}

// addresses are those that the carrier is known by.
func (r *carrier) addresses() []netip.Addr {
	r.mu.Lock()
	defer r.mu.Unlock()
	found := make([]netip.Addr, 0, len(r.hops))
	for hop := range r.hops {
		found = append(found, hop.Addr.Addr())
	}
	return found
}

// domain is the host part of the carrier's URIs, for requests to a host of its.
func (r *carrier) domain(t *target) string {
	if domain := r.trunk.Outbound.Domain; domain != "" {
		return domain
	}
	if r.proxy != "" && len(r.trunk.Outbound.Targets) > 0 {
		return bracketed(r.trunk.Outbound.Targets[0].Host)
	}
	return bracketed(t.host)
}

// bracketed writes a host as URIs do.
func bracketed(host string) string {
	if strings.Contains(host, ":") {
		return "[" + strings.Trim(host, "[]") + "]"
	}
	return host
}

// registrar is what is registered with, and where requests to it go.
func (r *carrier) registrar() (host string, targets []dialplan.Target) {
	out := r.trunk.Outbound
	host, port := out.Registrar, 0
	if name, digits, err := net.SplitHostPort(out.Registrar); err == nil {
		host = name
		port, _ = strconv.Atoi(digits)
	}
	switch {
	case host == "":
		return out.Domain, r.targets
	case r.proxy != "":
		return host, r.targets
	}
	t := dialplan.Target{Host: host, Port: port}
	if len(r.targets) > 0 {
		t.Transport = r.targets[0].Transport
	}
	return host, []dialplan.Target{t}
}

// owns tells whether a user part is the Contact of one of the accounts.
func (r *carrier) owns(user string) bool {
	return slices.ContainsFunc(r.accounts, func(a *account) bool { return a.contact == user })
}
