package notify

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"
)

func TestPublicAddresses(t *testing.T) {
	for _, text := range []string{"1.1.1.1", "223.5.5.5", "2400:3200::1", "2606:4700::1111", "64:ff9b::101:101"} {
		if !isPublic(netip.MustParseAddr(text)) {
			t.Errorf("%s is refused", text)
		}
	}
	for _, text := range []string{
		"127.0.0.1", "127.9.9.9", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
		"100.100.100.200", "224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
		"::", "::1", "fe80::1", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "2001:db8::1", "2002:7f00:1::", "2001::1",
		"64:ff9b::7f00:1", "64:ff9b::a00:1", "::127.0.0.1", "100::1",
	} {
		if isPublic(netip.MustParseAddr(text)) {
			t.Errorf("%s is let through", text)
		}
	}
}

func newGuard(t testing.TB, allowed ...string) *Guard {
	t.Helper()
	g, err := NewGuard(allowed)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	return g
}

func postTo(t *testing.T, g *Guard, to string) *Refused {
	t.Helper()
	_, err := g.post(t.Context(), true, URL(to), http.Header{}, []byte("{}"))
	if err == nil {
		return nil
	}
	r, ok := AsRefused(err)
	if !ok {
		t.Fatalf("%s: %v is no refusal", to, err)
	}
	return r
}

// TestGuard: whatever way an address in a private network is written or come
// to, nothing there hears of us.
func TestGuard(t *testing.T) {
	var heard atomic.Int32
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { heard.Add(1) }))
	t.Cleanup(inside.Close)
	_, port, err := net.SplitHostPort(inside.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	g := newGuard(t)
	g.resolver = fakeDNS(t, func() string { return "127.0.0.1" })
	for _, host := range []string{
		"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "[::]", "127.1", "2130706433", "0x7f000001", "0177.0.0.1",
	} {
		if r := postTo(t, g, "http://"+host+":"+port+"/"); r == nil || r.Cause != Private && r.Cause != Unreachable || heard.Load() != 0 {
			t.Errorf("%s: %v, and it was heard %d times", host, r, heard.Load())
		}
	}
	if r := postTo(t, g, "http://chat.example.com:"+port); r == nil || r.Cause != Private {
		t.Errorf("a name that leads inside: %+v", r)
	}
	if r := postTo(t, g, inside.URL); r == nil || r.Cause != Private && r.Cause != Unreachable || !r.Permanent {
		t.Errorf("without an exception: %+v", r)
	}
	for _, allowed := range []string{"127.0.0.1", "127.0.0.0/8", "::ffff:127.0.0.1"} {
		if r := postTo(t, newGuard(t, allowed), inside.URL); r != nil {
			t.Errorf("%s allowed: %v", allowed, r)
		}
	}
	if r := postTo(t, newGuard(t, "LocalHost."), "http://localhost:"+port); r != nil {
		t.Errorf("localhost allowed by its name: %v", r)
	}
	if r := postTo(t, newGuard(t, "localhost"), inside.URL); r == nil || r.Cause != Private {
		t.Errorf("the name is allowed and the address used: %v", r)
	}
	for _, wrong := range []string{"", "http://x", "a b", "10.0.0.0/99", "*.example.com", "host:80"} {
		if _, err := NewGuard([]string{wrong}); err == nil {
			t.Errorf("%q is an exception", wrong)
		}
	}
}

// TestRedirects: none is followed, least of all into a private network.
func TestRedirects(t *testing.T) {
	var heard atomic.Int32
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { heard.Add(1) }))
	t.Cleanup(inside.Close)
	var status atomic.Int32
	outside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, inside.URL, int(status.Load()))
	}))
	t.Cleanup(outside.Close)
	for _, s := range []int{301, 302, 303, 307, 308} {
		status.Store(int32(s))
		if r := postTo(t, newGuard(t, "127.0.0.1"), outside.URL); r == nil || r.Cause != Redirected || !r.Permanent || r.Status != s {
			t.Errorf("%d: %+v", s, r)
		}
	}
	if heard.Load() != 0 {
		t.Errorf("redirects were followed %d times", heard.Load())
	}
}

// TestRebinding: a name that leads to a public address when it is looked at
// and to a private one when it is connected to.
func TestRebinding(t *testing.T) {
	var inner, outer atomic.Int32
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { inner.Add(1) }))
	t.Cleanup(inside.Close)
	_, port, err := net.SplitHostPort(inside.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	// 127.0.0.2 plays the public address.
	public, err := net.Listen("tcp", "127.0.0.2:"+port)
	if err != nil {
		t.Skipf("no second loopback address: %v", err)
	}
	outside := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		outer.Add(1)
		w.Header().Set("Connection", "close")
	})}
	go outside.Serve(public) //nolint:errcheck // it ends by Close
	t.Cleanup(func() { _ = outside.Close() })

	var asked atomic.Int32
	resolver := fakeDNS(t, func() string {
		if asked.Add(1) == 1 {
			return "127.0.0.2"
		}
		return "127.0.0.1"
	})
	g := newGuard(t)
	g.resolver = resolver
	g.public = func(ip netip.Addr) bool { return ip == netip.MustParseAddr("127.0.0.2") }
	to := "http://chat.example.com:" + port + "/"
	if r := postTo(t, g, to); r != nil || outer.Load() != 1 {
		t.Fatalf("the public address: %v, heard %d times", r, outer.Load())
	}
	if r := postTo(t, g, to); r == nil || r.Cause != Private {
		t.Errorf("after the answer of DNS changed: %+v", r)
	}
	if inner.Load() != 0 || asked.Load() < 2 {
		t.Errorf("the private address heard us %d times; DNS was asked %d times", inner.Load(), asked.Load())
	}
}

// fakeDNS is a resolver whose names lead to the address of the moment.
func fakeDNS(t *testing.T, address func() string) *net.Resolver {
	t.Helper()
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	started := make(chan struct{})
	server := &dns.Server{PacketConn: socket, NotifyStartedFunc: func() { close(started) }, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		a := new(dns.Msg)
		a.SetReply(q)
		if q.Question[0].Qtype == dns.TypeA {
			a.Answer = append(a.Answer, &dns.A{
				Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET}, A: net.ParseIP(address()),
			})
		}
		_ = w.WriteMsg(a) // the test fails where it does not arrive
	})}
	done := make(chan error, 1)
	go func() { done <- server.ActivateAndServe() }()
	<-started
	t.Cleanup(func() {
		_ = server.Shutdown()
		<-done
	})
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", socket.LocalAddr().String())
	}}
}

// TestStatuses: what each status of HTTP means for the message.
func TestStatuses(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		status int
		after  string
		want   *Refused
	}{
		{200, "", nil},
		{204, "", nil},
		{302, "", &Refused{Cause: Redirected, Permanent: true}},
		{400, "", &Refused{Cause: Unsupported, Permanent: true}},
		{401, "", &Refused{Cause: BadSecret, Permanent: true}},
		{403, "", &Refused{Cause: BadSecret, Permanent: true}},
		{404, "", &Refused{Cause: BadAddress, Permanent: true}},
		{410, "", &Refused{Cause: BadAddress, Permanent: true, Gone: true}},
		{413, "", &Refused{Cause: TooLong, Permanent: true}},
		{429, "120", &Refused{Cause: Throttled, RetryAfter: 2 * time.Minute}},
		{429, "Mon, 02 Mar 2026 09:00:30 GMT", &Refused{Cause: Throttled, RetryAfter: 30 * time.Second}},
		{429, "Mon, 02 Mar 2026 08:00:00 GMT", &Refused{Cause: Throttled}},
		{429, "soon", &Refused{Cause: Throttled}},
		{429, "-1", &Refused{Cause: Throttled}},
		{500, "", &Refused{Cause: Failing}},
		{503, "99999999", &Refused{Cause: Failing, RetryAfter: 24 * time.Hour}},
	} {
		err := answer{status: tt.status, header: http.Header{"Retry-After": {tt.after}}}.refusal(now)
		if tt.want == nil {
			if err != nil {
				t.Errorf("%d: %v", tt.status, err)
			}
			continue
		}
		tt.want.Status = tt.status
		if r, ok := AsRefused(err); !ok || *r != *tt.want {
			t.Errorf("%d, %q: %+v, want %+v", tt.status, tt.after, r, tt.want)
		}
	}
}

// TestHangs: the caller's deadline holds for an endpoint that takes the
// request and says nothing, and for one that never ends its answer.
func TestHangs(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"nothing": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"half": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusOK)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(handler)
			t.Cleanup(server.Close)
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			_, err := newGuard(t).post(ctx, false, URL(server.URL+"/token"), http.Header{}, nil)
			r, ok := AsRefused(err)
			if !ok || r.Cause != Unreachable || r.Permanent || strings.Contains(err.Error(), "token") {
				t.Errorf("%v", err)
			}
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v does not say that it took too long", err)
			}
		})
	}
}

// FuzzRetryAfter reads what any server may answer.
func FuzzRetryAfter(f *testing.F) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for _, seed := range []string{"", "0", "120", " 5 ", "-5", "1e9", "99999999999999999999", "Mon, 02 Mar 2026 09:00:30 GMT", "Mon, 99 Foo"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if d := retryAfter(text, now); d < 0 || d > maxRetry {
			t.Errorf("%q: %v", text, d)
		}
	})
}

// FuzzURL: no address that passes is without a host or TLS, and none shows
// more than its host.
func FuzzURL(f *testing.F) {
	for _, seed := range []string{"https://a.example/b?c=d", "http://a", "https://u:p@a/", "//a", "https:a", "https://[::1]/", "\x00", "https://a/%zz"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		u := URL(text)
		if u.Check(false) != "" {
			return
		}
		parsed, err := url.Parse(text)
		if err != nil || parsed.Scheme != "https" || parsed.Hostname() == "" || parsed.User != nil {
			t.Errorf("%q passes", text)
		}
		if u.String() != "https://"+parsed.Host+"/…" {
			t.Errorf("%q shows itself as %s", text, u)
		}
	})
}
