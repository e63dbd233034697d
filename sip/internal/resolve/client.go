package resolve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// The types of record that are asked for.
const (
	typeNAPTR = dns.TypeNAPTR
	typeSRV   = dns.TypeSRV
)

// question is a name, without its last dot, and a type of record.
type question struct {
	name string
	kind uint16
}

func (q question) String() string { return dns.TypeToString[q.kind] + " " + q.name }

const (
	// attemptTime is how long one server may take. With two of them the second
	// is asked well before a caller gives up.
	attemptTime = 1500 * time.Millisecond
	// datagram is the largest answer over UDP that gets through everywhere.
	datagram = 1232
	// nothingKept is how long it is kept that there is nothing, where the answer
	// does not say (RFC 2308 section 5).
	nothingKept = time.Minute
)

// client asks name servers for the records that Go's own resolver does not know,
// or of which it does not tell the time to live.
type client struct{ servers []string }

func newClient(servers []string) *client { return &client{servers} }

// asked are the servers to ask. The system's file is read each time, for it
// changes as a machine changes its network.
func (c *client) asked() ([]string, error) {
	if len(c.servers) > 0 {
		return c.servers, nil
	}
	system, err := dns.ClientConfigFromFile("/etc/resolv.conf")
	if err != nil {
		return nil, fmt.Errorf("which name servers to ask: %w", err)
	}
	var servers []string
	for _, s := range system.Servers {
		servers = append(servers, net.JoinHostPort(s, system.Port))
	}
	return servers, nil
}

// ask asks the servers one after the other until one knows. That there is no
// such name or record is an answer: none.
func (c *client) ask(ctx context.Context, q question) (records []record, lasts time.Duration, err error) {
	servers, err := c.asked()
	if err != nil {
		return nil, 0, err
	}
	err = errors.New("no name server is configured")
	for _, server := range servers {
		var res *dns.Msg
		if res, err = exchange(ctx, server, q); err == nil {
			records, lasts = read(res, q.kind)
			return records, lasts, nil
		}
		if ctx.Err() != nil {
			break
		}
	}
	return nil, 0, fmt.Errorf("ask the DNS for %s: %w", q, err)
}

// exchange asks one server, by TCP where the answer is too long for UDP.
func exchange(ctx context.Context, server string, q question) (*dns.Msg, error) {
	req := new(dns.Msg)
	req.SetQuestion(dns.Fqdn(q.name), q.kind)
	req.SetEdns0(datagram, false)
	for _, network := range []string{"udp", "tcp"} {
		res, _, err := (&dns.Client{Net: network, Timeout: attemptTime, UDPSize: datagram}).ExchangeContext(ctx, req, server)
		switch {
		case err != nil:
			return nil, err
		case res.Truncated && network == "udp":
		case res.Rcode == dns.RcodeSuccess, res.Rcode == dns.RcodeNameError:
			return res, nil
		default:
			return nil, fmt.Errorf("server %s answers %s", server, dns.RcodeToString[res.Rcode])
		}
	}
	return nil, errors.New("the answer is cut short")
}

// read takes the records that serve us out of an answer, whatever names lead to
// them, and the shortest of their times to live.
func read(res *dns.Msg, kind uint16) (records []record, lasts time.Duration) {
	lasts = longestKept
	for _, rr := range res.Answer {
		r, ok := usable(rr)
		if kind == rr.Header().Rrtype && ok && len(records) < mostHops {
			records = append(records, r)
		}
		if kind == rr.Header().Rrtype || rr.Header().Rrtype == dns.TypeCNAME {
			lasts = min(lasts, time.Duration(rr.Header().Ttl)*time.Second)
		}
	}
	if len(records) > 0 {
		return records, lasts
	}
	lasts = nothingKept
	for _, rr := range res.Ns {
		if soa, ok := rr.(*dns.SOA); ok {
			lasts = time.Duration(min(soa.Minttl, soa.Hdr.Ttl)) * time.Second
		}
	}
	return nil, lasts
}

// usable reads a record; of NAPTR those alone that lead to SRV records of a
// transport that we speak (RFC 3263 section 4.1).
func usable(rr dns.RR) (record, bool) {
	plain := func(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }
	switch rr := rr.(type) {
	case *dns.NAPTR:
		network, known := networks[strings.ToUpper(rr.Service)]
		target := plain(rr.Replacement)
		return record{priority: rr.Order, weight: rr.Preference, network: network, target: target},
			known && strings.EqualFold(rr.Flags, "s") && rr.Regexp == "" && target != ""
	case *dns.SRV:
		return record{priority: rr.Priority, weight: rr.Weight, target: plain(rr.Target), port: rr.Port}, true
	}
	return record{}, false
}
