package outbound

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
	"github.com/miekg/dns"

	"partyline/sip/dialplan"
	"partyline/sip/internal/dialog"
	"partyline/sip/internal/resolve"
)

// nameServer knows some records, and leads every host to this machine.
func nameServer(t *testing.T, records ...string) *resolve.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	known := make(map[string][]dns.RR)
	for _, text := range records {
		rr, err := dns.NewRR(text)
		if err != nil {
			t.Fatal(err)
		}
		key := fmt.Sprint(rr.Header().Rrtype, rr.Header().Name)
		known[key] = append(known[key], rr)
	}
	ready, done := make(chan struct{}), make(chan struct{})
	server := &dns.Server{PacketConn: conn, NotifyStartedFunc: func() { close(ready) }, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, req *dns.Msg) {
		res := new(dns.Msg).SetReply(req)
		res.Answer = known[fmt.Sprint(req.Question[0].Qtype, req.Question[0].Name)]
		_ = w.WriteMsg(res)
	})}
	go func() {
		_ = server.ActivateAndServe()
		close(done)
	}()
	<-ready
	t.Cleanup(func() {
		_ = server.Shutdown()
		<-done
	})
	return resolve.New(resolve.Config{
		Servers: []string{conn.LocalAddr().String()},
		Hosts: func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
		},
	})
}

// TestThirdTargetByDNS is TestThirdTargetAnswers for a trunk that is configured
// by nothing but its domain: NAPTR leads to SRV, SRV to the targets.
func TestThirdTargetByDNS(t *testing.T) {
	second, third := endpoint(t, dialog.Config{}, refuses(503)), endpoint(t, dialog.Config{}, answers)
	const srv = "_sip._udp.carrier.example. 60 SRV %d 1 %d sbc%d.carrier.example."
	resolver := nameServer(
		t, `carrier.example. 60 NAPTR 1 1 "s" "SIP+D2U" "" _sip._udp.carrier.example.`,
		fmt.Sprintf(srv, 30, third.UDP().Port(), 3), fmt.Sprintf(srv, 10, addressOf(hole(t)).Port(), 1), fmt.Sprintf(srv, 20, second.UDP().Port(), 2),
	)
	_, d, tried := thirdAnswers(t, func() *Carriers {
		alpha := dialplan.Trunk{Name: "alpha", Outbound: dialplan.Outbound{Domain: "carrier.example"}}
		return carriers(t, Config{Resolver: resolver}, endpoint(t, dialog.Config{}, nil), alpha)
	})
	if want := third.UDP().String() + " (carrier.example)"; !strings.Contains(tried[2].Target, want) {
		t.Errorf("told as %s, want %s", tried[2].Target, want)
	}
	if host := d.Invitation().Recipient.Host; host != "carrier.example" {
		t.Errorf("the INVITE was for %s", host)
	}
	if err := d.Bye(limited(t), dialog.Cause{}); err != nil {
		t.Error(err)
	}
}

// TestRouteByName: a proxy records its route by a name without a port, which SRV
// leads to; what belongs to the call goes there.
func TestRouteByName(t *testing.T) {
	proxy := &late{t: t, conn: hole(t)}
	resolver := nameServer(t, fmt.Sprintf("_sip._udp.edge.carrier.example. 60 SRV 0 0 %d edge1.carrier.example.", addressOf(proxy.conn).Port()))
	cfg := dialog.Config{}
	cfg.Transport.UDP, cfg.Transport.Resolver = "127.0.0.1:0", resolver
	c := carriers(t, Config{Resolver: resolver, quiet: true}, endpoint(t, cfg, nil), trunk("udp", addressOf(proxy.conn)))
	outcomes := make(chan outcome, 1)
	go func() {
		d, tried, err := c.Call(limited(t), "alpha", callee())
		outcomes <- outcome{d, tried, err}
	}()
	invite := proxy.next(sip.INVITE)
	res := sip.NewResponseFromRequest(invite, 200, "OK", nil)
	res.To().Params.Add("tag", "callee")
	res.AppendHeader(sip.NewHeader("Contact", "<sip:callee@192.0.2.1>"))
	res.AppendHeader(sip.NewHeader("Record-Route", "<sip:edge.carrier.example;lr>"))
	if _, err := proxy.conn.WriteToUDP([]byte(res.String()), proxy.from); err != nil {
		t.Fatal(err)
	}
	o := take(t, outcomes)
	if o.err != nil {
		t.Fatal(o.err)
	}
	proxy.next(sip.ACK)
	go func() { proxy.respond(proxy.next(sip.BYE), 200, "callee") }()
	if err := o.d.Bye(limited(t), dialog.Cause{}); err != nil {
		t.Error(err)
	}
}

// TestOverIPv6 calls a target that has no other address.
func TestOverIPv6(t *testing.T) {
	if l, err := net.ListenPacket("udp", "[::1]:0"); err != nil {
		t.Skip("this machine has no IPv6")
	} else {
		_ = l.Close()
	}
	for _, network := range []string{"udp", "tcp"} {
		cfg := dialog.Config{}
		cfg.Transport.UDP, cfg.Transport.TCP = "[::]:0", "[::]:0"
		far := endpoint(t, cfg, answers)
		port := far.UDP().Port()
		if network == "tcp" {
			port = far.TCP().Port()
		}
		c := carriers(t, Config{}, endpoint(t, cfg, nil), trunk(network, netip.AddrPortFrom(netip.IPv6Loopback(), port)))
		var host netip.Addr
		who := callee()
		who.Offer = func(at netip.Addr) ([]byte, error) {
			host = at
			return []byte("offer"), nil
		}
		d, tried, err := c.Call(limited(t), "alpha", who)
		if err != nil {
			t.Fatalf("%s: %+v, %v", network, tried, err)
		}
		if host != netip.IPv6Loopback() {
			t.Errorf("%s: our media is said to be at %s", network, host)
		}
		if err := d.Bye(limited(t), dialog.Cause{}); err != nil {
			t.Errorf("%s: %v", network, err)
		}
	}
}
