package notify

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"
)

// ErrPrivate is a connection to an address that is not public.
var ErrPrivate = errors.New("address is not public")

// Guard lets HTTP requests out to public addresses only. What counts is the
// address that is connected to, so that neither DNS that changes its answer
// nor another spelling of an address gets past it. It follows no redirects and
// asks no proxy. It may be used from any goroutine.
type Guard struct {
	hosts    []string       // lower case, allowed wherever they are
	networks []netip.Prefix // allowed
	public   func(netip.Addr) bool
	resolver *net.Resolver
	strict   *http.Client
	lax      *http.Client // for what an admin allowed
}

// NewGuard makes a guard with exceptions: host names, addresses, or networks
// such as 10.1.0.0/16 that requests may go to although they are not public.
func NewGuard(allowed []string) (*Guard, error) {
	g := &Guard{public: isPublic}
	for _, a := range allowed {
		a = strings.ToLower(strings.TrimSpace(a))
		if p, err := netip.ParsePrefix(a); err == nil {
			g.networks = append(g.networks, p.Masked())
		} else if ip, err := netip.ParseAddr(a); err == nil {
			g.networks = append(g.networks, netip.PrefixFrom(ip.Unmap(), ip.Unmap().BitLen()))
		} else if a != "" && !strings.ContainsAny(a, "/:@ *") {
			g.hosts = append(g.hosts, strings.TrimSuffix(a, "."))
		} else {
			return nil, fmt.Errorf("%q is neither a host name nor an address nor a network", a)
		}
	}
	g.strict, g.lax = g.client(true), g.client(false)
	return g, nil
}

// Close closes connections that are idle.
func (g *Guard) Close() {
	g.strict.CloseIdleConnections()
	g.lax.CloseIdleConnections()
}

func (g *Guard) client(strict bool) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				return g.dial(ctx, network, address, strict)
			},
			ForceAttemptHTTP2:      true,
			TLSHandshakeTimeout:    5 * time.Second,
			MaxIdleConns:           64,
			MaxIdleConnsPerHost:    8,
			MaxConnsPerHost:        32,
			IdleConnTimeout:        time.Minute,
			MaxResponseHeaderBytes: 16 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (g *Guard) dial(ctx context.Context, network, address string, strict bool) (net.Conn, error) {
	dialer := &net.Dialer{Timeout: 5 * time.Second, Resolver: g.resolver}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if strict && !slices.Contains(g.hosts, strings.ToLower(strings.TrimSuffix(host, "."))) {
		dialer.ControlContext = g.check
	}
	return dialer.DialContext(ctx, network, address)
}

// check sees the address that a socket is about to connect to.
func (g *Guard) check(_ context.Context, _, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return ErrPrivate
	}
	ip := at.Addr().Unmap().WithZone("")
	if g.public(ip) || slices.ContainsFunc(g.networks, func(p netip.Prefix) bool { return p.Contains(ip) }) {
		return nil
	}
	return ErrPrivate
}

// notPublic are networks that are not part of the public Internet: the special
// purposes of RFC 6890 and its registries, beside those that netip knows.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // carriers' networks (RFC 6598); clouds keep their secrets here
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("2001::/23"),
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"), // 6to4: may lead to any IPv4 address
	netip.MustParsePrefix("3fff::/20"),
}

var (
	unicast6 = netip.MustParsePrefix("2000::/3")
	nat64    = netip.MustParsePrefix("64:ff9b::/96") // an IPv4 address in the last 32 bits (RFC 6052)
)

// isPublic tells whether an address is part of the public Internet.
func isPublic(ip netip.Addr) bool {
	if nat64.Contains(ip) {
		b := ip.As16()
		ip = netip.AddrFrom4([4]byte(b[12:]))
	}
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.Is6() && !unicast6.Contains(ip) {
		return false
	}
	return !slices.ContainsFunc(notPublic, func(p netip.Prefix) bool { return p.Contains(ip) })
}
