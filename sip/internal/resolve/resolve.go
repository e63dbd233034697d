package resolve

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// Place is what is to be reached, as a SIP URI names it.
type Place struct {
	Host string // name or address, IPv6 with or without brackets
	Port uint16 // 0: the DNS says, or the transport's own
	// Network is "udp", "tcp" or "tls"; empty: the DNS says, UDP otherwise.
	Network string
}

// String writes the place as logs and pages show it.
func (p Place) String() string {
	text := strings.Trim(p.Host, "[]")
	if strings.Contains(text, ":") {
		text = "[" + text + "]"
	}
	if p.Port != 0 {
		text = fmt.Sprintf("%s:%d", text, p.Port)
	}
	if p.Network != "" {
		text = p.Network + " " + text
	}
	return text
}

// Hop is one address that a place is reached at.
type Hop struct {
	Network string // "udp", "tcp" or "tls"
	Addr    netip.AddrPort
	Name    string // that the certificate is to be for, with TLS: the place's host
}

// String writes the hop as logs and pages show it.
func (h Hop) String() string {
	text := h.Network + " " + h.Addr.String()
	if h.Name != "" && h.Name != h.Addr.Addr().String() {
		text += " (" + h.Name + ")"
	}
	return text
}

// ErrNowhere means that the DNS knows a place and that nothing is there: no
// address, no transport of ours, or a service that is decidedly not available.
var ErrNowhere = errors.New("the name leads to no address")

// Config is how the DNS is asked. The zero value asks the system's servers.
type Config struct {
	// Servers are those asked for NAPTR and SRV, "host:port"; none: those of
	// /etc/resolv.conf.
	Servers []string
	// Hosts finds the addresses of a name, in the order in which to try them;
	// nil: as the system does, its hosts file and search list included.
	Hosts func(ctx context.Context, name string) ([]netip.Addr, error)
	// Random draws a number below n; nil: from the system. It is called by one
	// goroutine at a time.
	Random func(n int) int
}

// Resolver finds addresses. Its methods may be called from any goroutine.
type Resolver struct {
	records *cache[question, []record]
	hosts   *cache[string, []netip.Addr]

	mu     sync.Mutex // guards random
	random func(n int) int
}

// Random draws a number below n, as the Config says.
func (r *Resolver) Random(n int) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.random(n)
}

// hostsKept is how long addresses are kept; the system does not tell their time
// to live, and those who move services count on minutes.
const hostsKept = 30 * time.Second

// New makes a resolver that knows nothing yet.
func New(cfg Config) *Resolver {
	if cfg.Random == nil {
		cfg.Random = rand.IntN
	}
	if cfg.Hosts == nil {
		cfg.Hosts = func(ctx context.Context, name string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", name)
		}
	}
	client := newClient(cfg.Servers)
	return &Resolver{
		random:  cfg.Random,
		records: newCache(client.ask),
		hosts: newCache(func(ctx context.Context, name string) ([]netip.Addr, time.Duration, error) {
			addresses, err := cfg.Hosts(ctx, name)
			var missing *net.DNSError
			if errors.As(err, &missing) && missing.IsNotFound {
				return nil, hostsKept, nil
			}
			return addresses, hostsKept, err
		}),
	}
}

// Resolve finds where a place is, in the order in which to try. The order is
// drawn anew each time, by the weights that the DNS gives. It returns ErrNowhere,
// or why the DNS could not be asked.
func (r *Resolver) Resolve(ctx context.Context, place Place) ([]Hop, error) {
	host := strings.ToLower(strings.TrimSuffix(strings.Trim(place.Host, "[]"), "."))
	place.Network = strings.ToLower(place.Network)
	if addr, err := netip.ParseAddr(host); err == nil {
		network := orUDP(place.Network)
		return []Hop{{network, netip.AddrPortFrom(addr.Unmap(), orUsual(place.Port, network)), named(network, addr.String())}}, nil
	}
	services, failed := r.services(ctx, host, place)
	var hops []Hop
	for _, s := range services {
		addresses, err := r.hosts.get(ctx, s.host)
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		for _, a := range addresses {
			hop := Hop{s.network, netip.AddrPortFrom(a.Unmap().WithZone(""), s.port), named(s.network, host)}
			if !slices.Contains(hops, hop) && len(hops) < mostHops {
				hops = append(hops, hop)
			}
		}
	}
	switch {
	case len(hops) > 0:
		return hops, nil
	case failed == nil:
		failed = ErrNowhere
	}
	return nil, fmt.Errorf("find %s: %w", place, failed)
}

// mostHops bounds what a name may lead to.
const mostHops = 32

// service is a host that serves a place.
type service struct {
	network string
	host    string
	port    uint16
}

// services finds the hosts of a name: RFC 3263 sections 4.1 and 4.2. Where the
// DNS does not say, the name itself is one. Some name servers fail when they are
// asked for what they do not know: that is told, and then taken for nothing.
func (r *Resolver) services(ctx context.Context, host string, place Place) ([]service, error) {
	network := orUDP(place.Network)
	plain := []service{{network, host, orUsual(place.Port, network)}}
	if place.Port != 0 {
		return plain, nil
	}
	if place.Network != "" {
		found, err := r.serving(ctx, network, prefixes[network]+host)
		return orElse(found, plain, err)
	}
	pointers, failed := r.records.get(ctx, question{host, typeNAPTR})
	var found []service
	for _, p := range ranked(pointers) {
		more, err := r.serving(ctx, p.network, p.target)
		found, failed = append(found, more...), errors.Join(failed, err)
	}
	for _, network := range []string{"udp", "tcp", "tls"} {
		if len(found) > 0 {
			break
		}
		var err error
		found, err = r.serving(ctx, network, prefixes[network]+host)
		failed = errors.Join(failed, err)
	}
	return orElse(found, plain, failed)
}

// prefixes are what comes before a name to ask for its SRV records. TLS is a
// matter of sips, whatever RFC 2782 would call it (RFC 3263 section 4.1).
var prefixes = map[string]string{"udp": "_sip._udp.", "tcp": "_sip._tcp.", "tls": "_sips._tcp."}

// serving asks for the SRV records of a name and gives their hosts in order.
func (r *Resolver) serving(ctx context.Context, network, name string) ([]service, error) {
	records, err := r.records.get(ctx, question{name, typeSRV})
	if err != nil {
		return nil, err
	}
	if len(records) == 1 && records[0].target == "" { // RFC 2782, "Target"
		return nil, ErrNowhere
	}
	var found []service
	for _, rec := range Weighed(records, record.rank, r.Random) {
		if rec.target != "" && rec.port != 0 {
			found = append(found, service{network, rec.target, rec.port})
		}
	}
	return found, nil
}

// orElse is what was found, or else what stands for it, unless the DNS says that
// nothing does.
func orElse(found, otherwise []service, err error) ([]service, error) {
	if len(found) == 0 && !errors.Is(err, ErrNowhere) {
		return otherwise, err
	}
	return found, err
}

func orUDP(network string) string {
	if network == "" {
		return "udp"
	}
	return network
}

// orUsual is a port, or the one that a transport uses where none is given (RFC
// 3261 section 19.1.2).
func orUsual(port uint16, network string) uint16 {
	switch {
	case port != 0:
		return port
	case network == "tls":
		return 5061
	}
	return 5060
}

// named is the name that a certificate is to be for.
func named(network, host string) string {
	if network != "tls" {
		return ""
	}
	return host
}
