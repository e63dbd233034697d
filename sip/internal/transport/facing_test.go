package transport

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/stun/v4"
)

// stunServer answers binding requests on loopback with a made-up address.
type stunServer struct {
	conn    *net.UDPConn
	says    netip.AddrPort
	asked   atomic.Int64
	ignores int64 // so many requests
}

func newSTUNServer(t *testing.T, says string, ignores int64) *stunServer {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	s := &stunServer{conn: conn, says: netip.MustParseAddrPort(says), ignores: ignores}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.serve()
	}()
	t.Cleanup(func() { _ = conn.Close(); <-done })
	return s
}

func (s *stunServer) address() string { return s.conn.LocalAddr().String() }

func (s *stunServer) serve() {
	buf := make([]byte, 2048)
	for {
		n, from, err := s.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		request := stun.New()
		if stun.Decode(buf[:n], request) != nil || request.Type != stun.BindingRequest {
			continue
		}
		if s.asked.Add(1) <= s.ignores {
			continue
		}
		forged, _ := stun.Build(stun.TransactionID, stun.BindingSuccess, &stun.XORMappedAddress{IP: net.IPv4(6, 6, 6, 6), Port: 666})
		response, err := stun.Build(request, stun.BindingSuccess,
			&stun.XORMappedAddress{IP: s.says.Addr().AsSlice(), Port: int(s.says.Port())}, stun.Fingerprint)
		if err != nil {
			continue
		}
		for _, m := range []*stun.Message{forged, response} {
			_, _ = s.conn.WriteToUDPAddrPort(m.Raw, from)
		}
	}
}

// TestPublicAddressBySTUN asks on the SIP socket, through a lost answer and a
// forged one.
func TestPublicAddressBySTUN(t *testing.T) {
	server := newSTUNServer(t, "203.0.113.9:40123", 1)
	h := &handler{}
	s := start(t, Config{STUN: server.address(), Allow: func(a netip.Addr) bool { return a != netip.MustParseAddr("6.6.6.6") }}, h, nil)
	await(t, "the public address", func() bool { return s.stun.address().IsValid() })
	outside := netip.MustParseAddr("198.51.100.1")
	if got := s.Facing("udp", outside); got != netip.MustParseAddrPort("203.0.113.9:40123") {
		t.Errorf("a peer outside is told %v", got)
	}
	if got := s.Facing("tcp", outside); got != netip.AddrPortFrom(netip.MustParseAddr("203.0.113.9"), s.Local("tcp").Port()) {
		t.Errorf("a peer outside is told %v for TCP", got)
	}
	if got := s.Facing("udp", netip.MustParseAddr("127.0.0.1")); got != s.Local("udp") {
		t.Errorf("a peer of our own net is told %v", got)
	}
	req := outgoing("UDP", netip.MustParseAddrPort("198.51.100.1:5060"), "example.com")
	s.address(req, "udp")
	if got := req.Via().SentBy(); got != "203.0.113.9:40123" {
		t.Errorf("Via of %s", got)
	}
	conn := dial(t, "udp", s.Local("udp"))
	if _, err := conn.Write([]byte(request("OPTIONS", "sip-too", 1, "udp"))); err != nil {
		t.Fatal(err)
	}
	readUntil(t, conn, "SIP/2.0 200")
}

// TestPublicAddressWithoutUDP has no SIP socket to ask from.
func TestPublicAddressWithoutUDP(t *testing.T) {
	server := newSTUNServer(t, "203.0.113.9:40123", 0)
	s, err := Listen(Config{TCP: "127.0.0.1:0", STUN: server.address()}, &handler{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	await(t, "the public address", func() bool {
		return s.Facing("tcp", netip.MustParseAddr("198.51.100.1")) == netip.AddrPortFrom(netip.MustParseAddr("203.0.113.9"), s.Local("tcp").Port())
	})
}

// TestSTUNIsAskedAgain lets time pass: every five minutes there is an inquiry,
// a server that is silent is complained of once, and what was found stays.
func TestSTUNIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log lockedBuffer
		pass := func(d time.Duration) { time.Sleep(d); synctest.Wait() }
		r := newReflexive("127.0.0.1:3478", slog.New(slog.NewTextHandler(&log, nil)))
		var silent atomic.Bool
		var asked atomic.Int64
		r.send = func(data []byte, to netip.AddrPort) error {
			port := int(asked.Add(1))
			request := stun.New()
			if err := stun.Decode(data, request); err != nil || silent.Load() {
				return err
			}
			response, err := stun.Build(request, stun.BindingSuccess, &stun.XORMappedAddress{IP: net.IPv4(203, 0, 113, 1), Port: port})
			if err != nil {
				return err
			}
			if r.deliver(response.Raw, netip.MustParseAddrPort("127.0.0.9:3478")) {
				t.Error("a stranger's answer is believed")
			}
			if !r.deliver(response.Raw, to) {
				t.Error("the answer was not taken")
			}
			return nil
		}
		ctx, cancel := context.WithCancel(t.Context())
		go r.run(ctx)
		pass(time.Second)
		<-r.first
		if asked.Load() != 1 || r.address().Port() != 1 {
			t.Errorf("asked %d times, found %v", asked.Load(), r.address())
		}
		pass(5 * time.Minute)
		if asked.Load() != 2 || r.address().Port() != 2 {
			t.Errorf("asked %d times after five minutes, found %v", asked.Load(), r.address())
		}
		silent.Store(true)
		pass(20 * time.Minute)
		if r.address().Port() != 2 {
			t.Errorf("found %v", r.address())
		}
		if n := strings.Count(log.String(), "trying on"); n != 1 {
			t.Errorf("%d complaints", n)
		}
		silent.Store(false)
		asked.Store(100)
		pass(time.Minute)
		if r.address().Port() != 101 {
			t.Errorf("found %v after the server came back", r.address())
		}
		cancel()
		synctest.Wait()
	})
}

// TestFacing tells each peer the address by which it finds us.
func TestFacing(t *testing.T) {
	dual := &Stack{cfg: Config{Advertise: netip.MustParseAddr("203.0.113.9")}, stun: newReflexive("", nil)}
	dual.tcp, dual.tls = &streams{}, &streams{}
	var err error
	if dual.udp, err = listenDatagrams("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = dual.udp.Close() }()
	for peer, want := range map[string]string{
		"198.51.100.1":        "203.0.113.9", // outside
		"::ffff:198.51.100.1": "203.0.113.9",
		"127.0.0.5":           "127.0.0.1", // on our own net
		"2001:db8::1":         "127.0.0.1", // another family: not the public IPv4 address
	} {
		if got := dual.Facing("udp", netip.MustParseAddr(peer)).Addr().String(); got != want {
			t.Errorf("%s is told %s, want %s", peer, got, want)
		}
	}
}

// TestBothFamilies listens on every address and is asked by IPv4 and by IPv6.
func TestBothFamilies(t *testing.T) {
	if probe, err := net.ListenPacket("udp", "[::1]:0"); err != nil {
		t.Skip("this machine has no IPv6")
	} else {
		_ = probe.Close()
	}
	h := &handler{}
	s, err := Listen(Config{UDP: ":0", TCP: ":0"}, h, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for _, host := range []string{"127.0.0.1", "::1"} {
		address := netip.MustParseAddr(host)
		for _, network := range []string{"udp", "tcp"} {
			conn := dial(t, network, netip.AddrPortFrom(address, s.Local(network).Port()))
			if _, err := conn.Write([]byte(request("OPTIONS", network+strings.ReplaceAll(host, ":", "x"), 1, network))); err != nil {
				t.Fatal(err)
			}
			if got := readUntil(t, conn, "\r\n\r\n"); !strings.Contains(got, "SIP/2.0 200") || !strings.Contains(got, "received="+host) {
				t.Errorf("%s by %s: %s", network, host, got)
			}
			if got := s.Facing(network, address).Addr(); got != address {
				t.Errorf("%s by %s is told %v", network, host, got)
			}
			// And the other way: a request of ours to a peer of that family.
			peer := start6(t, network, address)
			tx, err := s.Request(t.Context(), outgoing(strings.ToUpper(network), peer.Local(network), "there"), nil)
			if err != nil {
				t.Errorf("%s to %s: %v", network, host, err)
				continue
			}
			select {
			case res := <-tx.Responses():
				if res.StatusCode != 200 {
					t.Errorf("%s to %s: %v", network, host, res)
				}
			case <-time.After(10 * time.Second):
				t.Errorf("%s to %s: no answer", network, host)
			}
			tx.Terminate()
		}
	}
}

func start6(t *testing.T, network string, address netip.Addr) *Stack {
	cfg := Config{UDP: netip.AddrPortFrom(address, 0).String()}
	if network == "tcp" {
		cfg = Config{TCP: netip.AddrPortFrom(address, 0).String()}
	}
	s, err := Listen(cfg, &handler{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}
