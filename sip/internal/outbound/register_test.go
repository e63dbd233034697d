package outbound

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"partyline/sip/dialplan"
	"partyline/sip/internal/dialog"
	"partyline/sip/internal/digest"
	"partyline/sip/internal/transport"
)

// registrar is a carrier's: it keeps bindings for those who know the password.
type registrar struct {
	*dialog.Endpoint
	guard *digest.Guard
	lasts int // seconds granted

	mu       sync.Mutex // guards what follows
	requests []*sip.Request
	bound    map[string]string            // user to Contact
	refuse   func(*sip.Request) *refusing // may be nil, and answer nil
	invites  chan *sip.Request
}

// refusing is what a registrar says instead of what it should.
type refusing struct {
	status  int
	headers []sip.Header
}

func newRegistrar(t *testing.T, cfg transport.Config, lasts int) *registrar {
	t.Helper()
	r := &registrar{
		guard: digest.New("carrier", time.Now), lasts: lasts, bound: make(map[string]string), invites: make(chan *sip.Request, 10),
	}
	ready := make(chan struct{})
	r.Endpoint = endpoint(t, dialog.Config{Transport: cfg, Register: func(in transport.Incoming) {
		<-ready
		r.serve(in)
	}}, func(ctx context.Context, d *dialog.Dialog) {
		r.invites <- d.Invitation()
		answers(ctx, d)
	})
	close(ready)
	return r
}

func (r *registrar) serve(in transport.Incoming) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests = append(r.requests, in.Request)
	if r.refuse != nil {
		if no := r.refuse(in.Request); no != nil {
			r.Respond(in, no.status, no.headers...)
			return
		}
	}
	header := in.GetHeader("Authorization")
	if header == nil {
		r.challenge(in)
		return
	}
	user := in.To().Address.User
	if _, err := r.guard.Check(header.Value(), digest.Request{Method: "REGISTER", URI: in.Recipient.String()}, func(string) (digest.Secret, bool) {
		return digest.NewSecret(user, "carrier", "secret of "+user), true
	}); err != nil {
		r.challenge(in)
		return
	}
	lasts := r.lasts
	if in.GetHeader("Expires").Value() == "0" {
		delete(r.bound, user)
		lasts = 0
	} else {
		r.bound[user] = in.Contact().Address.String()
	}
	route := r.TCP()
	if r.UDP().IsValid() {
		route = r.UDP()
	}
	r.Respond(in, 200, sip.NewHeader("Contact", fmt.Sprintf("<sip:other@192.0.2.1>;expires=1000, <%s>;expires=%d", in.Contact().Address.String(), lasts)),
		sip.NewHeader("Service-Route", fmt.Sprintf("<sip:%s;lr>, <sip:behind.example;lr>", route)), sip.NewHeader("Path", "<sip:edge.example;lr>"))
}

func (r *registrar) challenge(in transport.Incoming) {
	var headers []sip.Header
	for _, value := range r.guard.Challenge(false) {
		headers = append(headers, sip.NewHeader("WWW-Authenticate", value))
	}
	r.Respond(in, 401, headers...)
}

// seen are the requests so far.
func (r *registrar) seen() []*sip.Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]*sip.Request(nil), r.requests...)
}

func (r *registrar) contact(user string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.bound[user]
}

func (r *registrar) set(refuse func(*sip.Request) *refusing) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refuse = refuse
}

// registering is a trunk with accounts at a registrar.
func registering(name, network string, at netip.AddrPort, users ...string) dialplan.Trunk {
	t := dialplan.Trunk{Name: name, Outbound: dialplan.Outbound{
		Targets:  []dialplan.Target{{Host: at.Addr().String(), Port: int(at.Port()), Transport: network}},
		Register: true, Domain: "carrier.example",
	}}
	for _, user := range users {
		t.Outbound.Accounts = append(t.Outbound.Accounts, dialplan.Account{User: user, Password: dialplan.Password("secret of " + user)})
	}
	return t
}

// eventually waits for what comes to be true.
func eventually(t *testing.T, what string, true func() bool) {
	t.Helper()
	limit := time.Now().Add(20 * time.Second)
	for !true() {
		if time.Now().After(limit) {
			t.Fatalf("waited in vain: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// TestRegistration: two accounts register by the strongest digest, for as long
// as the registrar wants; they refresh in time; calls take the Service-Route;
// calls that come to their Contact are the trunk's; and Close takes each binding
// back, and no other.
func TestRegistration(t *testing.T) {
	t.Parallel()
	r := newRegistrar(t, transport.Config{UDP: "127.0.0.1:0"}, 1800)
	r.set(func(req *sip.Request) *refusing {
		if req.GetHeader("Expires").Value() == "600" {
			return &refusing{423, []sip.Header{sip.NewHeader("Min-Expires", "1800")}}
		}
		return nil
	})
	came := make(chan *dialog.Dialog, 1)
	e := endpoint(t, dialog.Config{}, func(_ context.Context, d *dialog.Dialog) { came <- d })
	c := New(Config{second: time.Millisecond, Probe: time.Hour}, slog.New(slog.DiscardHandler))
	if err := c.Set([]dialplan.Trunk{registering("alpha", "udp", r.UDP(), "anna", "bert"), {Name: "beta"}}); err != nil {
		t.Fatal(err)
	}
	c.Start(e)
	closed := sync.OnceFunc(func() { _ = c.Close() })
	defer closed()
	eventually(t, "both are registered", func() bool {
		s := c.States()[0]
		return len(s.Accounts) == 2 && s.Accounts[0].Registered && s.Accounts[1].Registered && s.Health == Up
	})
	eventually(t, "both are refreshed", func() bool { return len(r.seen()) > 10 })
	for _, req := range r.seen() {
		if auth := req.GetHeader("Authorization"); auth != nil && !strings.Contains(auth.Value(), "SHA-256") {
			t.Errorf("weaker than it could be: %s", auth.Value())
		}
		if req.Recipient.String() != "sip:carrier.example" || req.To().Address.Host != "carrier.example" {
			t.Errorf("to %s for %v", &req.Recipient, req.To())
		}
	}
	if !c.Knows(r.UDP().Addr()) || c.Knows(netip.MustParseAddr("192.0.2.77")) {
		t.Error("the registrar's address is not known, or another one is")
	}

	d, _, err := c.Call(limited(t), "alpha", callee())
	if err != nil {
		t.Fatal(err)
	}
	invite := <-r.invites
	routes := invite.GetHeaders("Route")
	if len(routes) != 2 || !strings.Contains(routes[1].Value(), "behind.example") || invite.Contact().Address.String() != r.contact("anna") {
		t.Errorf("routes %v, contact %v of %s", routes, invite.Contact(), r.contact("anna"))
	}
	_ = d.Bye(limited(t), dialog.Cause{})

	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	_, _ = r.Invite(ctx, dialog.Invitee{
		Target: r.contact("bert"), Headers: []sip.Header{sip.NewHeader("P-Called-Party-ID", "<sip:+4930999@carrier.example>")},
	})
	if trunks, number := c.Origin(<-came); fmt.Sprintf("%v %s", trunks, number) != "[alpha] +4930999" {
		t.Errorf("a call to a Contact of ours is of %v, for %s", trunks, number)
	}
	_, _ = r.Invite(ctx, dialog.Invitee{Target: "sip:+4930888@" + e.UDP().String()})
	if trunks, number := c.Origin(<-came); fmt.Sprintf("%v %s", trunks, number) != "[alpha] +4930888" {
		t.Errorf("a call from the registrar is of %v, for %s", trunks, number)
	}
	closed()
	if left := r.contact("anna") + r.contact("bert"); left != "" {
		t.Errorf("still bound: %s", left)
	}
	for _, req := range r.seen() {
		if req.Contact() == nil || req.Contact().Address.Wildcard {
			t.Error("others' bindings were removed as well")
		}
	}
}

// TestWrongPassword is said once, and asked with rarely.
func TestWrongPassword(t *testing.T) {
	t.Parallel()
	r := newRegistrar(t, transport.Config{UDP: "127.0.0.1:0"}, 600)
	wrong := registering("alpha", "udp", r.UDP(), "anna")
	wrong.Outbound.Accounts[0].Password = "guessed"
	var log bytes.Buffer
	var mu sync.Mutex
	c := New(Config{second: 100 * time.Microsecond, Probe: time.Hour}, slog.New(slog.NewTextHandler(locked{&mu, &log}, &slog.HandlerOptions{Level: slog.LevelError})))
	if err := c.Set([]dialplan.Trunk{wrong}); err != nil {
		t.Fatal(err)
	}
	c.Start(endpoint(t, dialog.Config{}, nil))
	eventually(t, "three tries", func() bool { return len(r.seen()) >= 4 })
	s := c.States()[0]
	if a := s.Accounts[0]; a.Registered || !a.Refused || !strings.Contains(a.Error, "user name and password") || s.Health != Down || s.LastError != a.Error {
		t.Errorf("%+v", s)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if n := strings.Count(log.String(), "\n"); n != 1 || strings.Contains(log.String(), "guessed") {
		t.Errorf("said %d times:\n%s", n, log.String())
	}
}

type locked struct {
	mu *sync.Mutex
	to *bytes.Buffer
}

func (l locked) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.to.Write(text)
}

// TestFlowLost: the connection that an account registered by is closed, and the
// account registers again by another at once.
func TestFlowLost(t *testing.T) {
	t.Parallel()
	r := newRegistrar(t, transport.Config{TCP: "127.0.0.1:0", Idle: 500 * time.Millisecond}, 3600)
	c := carriers(t, Config{Probe: time.Hour}, endpoint(t, dialog.Config{}, nil), registering("alpha", "tcp", r.TCP(), "anna"))
	eventually(t, "three flows", func() bool {
		flows := make(map[string]bool)
		for _, req := range r.seen() {
			flows[req.Source()] = true
		}
		return len(flows) >= 3
	})
	if c.States()[0].Accounts[0].Error != "" {
		t.Errorf("%+v", c.States()[0])
	}
}

// TestDeadFlowIsNoticed: the far end used to answer keep-alives and does no more,
// without a word.
func TestDeadFlowIsNoticed(t *testing.T) {
	t.Parallel()
	r := newRegistrar(t, transport.Config{TCP: "127.0.0.1:0"}, 3600)
	between := newBetween(t, r.TCP())
	c := carriers(t, Config{Probe: time.Hour, second: 20 * time.Millisecond}, endpoint(t, dialog.Config{}, nil), registering("alpha", "tcp", between.at, "anna"))
	eventually(t, "registered", func() bool { return c.States()[0].Registered() })
	eventually(t, "a keep-alive is answered", func() bool { return between.count("\r\n") > 6 })
	before := len(r.seen())
	between.freeze()
	eventually(t, "registered anew", func() bool { return len(r.seen()) > before })
}

// between carries bytes between two ends, until it is told not to.
type between struct {
	at netip.AddrPort

	mu     sync.Mutex // guards what follows
	frozen map[net.Conn]bool
	back   []byte // what came from the far end
}

func newBetween(t *testing.T, to netip.AddrPort) *between {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &between{at: l.Addr().(*net.TCPAddr).AddrPort(), frozen: make(map[net.Conn]bool)}
	var work sync.WaitGroup
	work.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", to.String())
			if err != nil {
				_ = near.Close()
				return
			}
			b.mu.Lock()
			b.frozen[near], b.frozen[far] = false, false
			b.mu.Unlock()
			work.Go(func() { b.carry(far, near, false) })
			work.Go(func() { b.carry(near, far, true) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		b.mu.Lock()
		for conn := range b.frozen {
			_ = conn.Close()
		}
		b.mu.Unlock()
		work.Wait()
	})
	return b
}

// carry carries from one end to the other.
func (b *between) carry(to, from net.Conn, back bool) {
	buf := make([]byte, 4096)
	for {
		n, err := from.Read(buf)
		if err != nil {
			_ = to.Close()
			return
		}
		b.mu.Lock()
		frozen := b.frozen[from]
		if back && !frozen {
			b.back = append(b.back, buf[:n]...)
		}
		b.mu.Unlock()
		if !frozen {
			_, _ = to.Write(buf[:n])
		}
	}
}

// freeze lets nothing more through the connections that there are.
func (b *between) freeze() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for conn := range b.frozen {
		b.frozen[conn] = true
	}
}

// count tells how often the far end sent these bytes alone, at the end.
func (b *between) count(text string) (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for rest := b.back; bytes.HasSuffix(rest, []byte(text)); n++ {
		rest = rest[:len(rest)-len(text)]
	}
	return n
}

// TestTrunksChange while the gateway runs: what has not changed stays
// registered, what is gone is taken back.
func TestTrunksChange(t *testing.T) {
	t.Parallel()
	r := newRegistrar(t, transport.Config{UDP: "127.0.0.1:0"}, 3600)
	stays, goes := registering("stays", "udp", r.UDP(), "anna"), registering("goes", "udp", r.UDP(), "bert")
	c := carriers(t, Config{Probe: time.Hour}, endpoint(t, dialog.Config{}, nil), stays, goes)
	eventually(t, "registered", func() bool { return r.contact("anna") != "" && r.contact("bert") != "" })
	before := len(r.seen())
	if err := c.Set([]dialplan.Trunk{stays, registering("new", "udp", r.UDP(), "carl")}); err != nil {
		t.Fatal(err)
	}
	if r.contact("bert") != "" {
		t.Error("the trunk that is gone is still registered")
	}
	eventually(t, "the new one is registered", func() bool { return r.contact("carl") != "" })
	for _, req := range r.seen()[before:] {
		if req.To().Address.User == "anna" {
			t.Error("the trunk that stayed registered again")
		}
	}
	broken := stays
	broken.Outbound.CA = "/does/not/exist"
	if err := c.Set([]dialplan.Trunk{broken}); err == nil || !strings.Contains(err.Error(), `trunk "stays"`) {
		t.Errorf("a trunk whose CA cannot be read: %v", err)
	}
	if len(c.States()) != 2 {
		t.Error("something has changed all the same")
	}
}

// TestTrunkGoesAsItRegisters: what the registrar has noted is taken back, though
// it has not said yet that it did.
func TestTrunkGoesAsItRegisters(t *testing.T) {
	t.Parallel()
	r := newRegistrar(t, transport.Config{UDP: "127.0.0.1:0"}, 3600)
	r.set(func(req *sip.Request) *refusing {
		if req.GetHeader("Authorization") == nil || req.GetHeader("Expires").Value() == "0" {
			return nil
		}
		r.bound["anna"] = req.Contact().Address.String()
		return &refusing{status: sip.StatusTrying}
	})
	c := carriers(t, Config{Probe: time.Hour}, endpoint(t, dialog.Config{}, nil), registering("goes", "udp", r.UDP(), "anna"))
	eventually(t, "noted", func() bool { return r.contact("anna") != "" })
	if err := c.Set(nil); err != nil {
		t.Fatal(err)
	}
	if r.contact("anna") != "" {
		t.Error("the trunk that is gone is still registered")
	}
}

// TestRegistrarIsBusy: 503 and silence are tried again soon, at a registrar that
// is there; Retry-After is heeded.
func TestRegistrarIsBusy(t *testing.T) {
	t.Parallel()
	r := newRegistrar(t, transport.Config{UDP: "127.0.0.1:0"}, 3600)
	r.set(func(*sip.Request) *refusing {
		return &refusing{503, []sip.Header{sip.NewHeader("Retry-After", "60")}}
	})
	c := carriers(t, Config{Probe: time.Hour, second: time.Millisecond}, endpoint(t, dialog.Config{}, nil), registering("alpha", "udp", r.UDP(), "anna"))
	eventually(t, "three tries", func() bool { return len(r.seen()) >= 3 })
	if a := c.States()[0].Accounts[0]; a.Refused || !strings.Contains(a.Error, "503") {
		t.Errorf("%+v", a)
	}
	r.set(nil)
	eventually(t, "registered", func() bool { return c.States()[0].Registered() })
}

func TestWhenToTryAgain(t *testing.T) {
	draws := rand.New(rand.NewPCG(5, 6))
	for _, refused := range []bool{false, true} {
		first, most := againFirst, againMost
		if refused {
			first, most = refusedFirst, refusedMost
		}
		for failures := range 40 {
			full := most
			if failures < 10 {
				full = min(most, first*time.Duration(1<<failures))
			}
			if wait := backOff(failures, refused, draws.IntN); wait < full/2 || wait > full {
				t.Errorf("after %d failures: %v of %v", failures, wait, full)
			}
		}
	}
	for _, lasts := range []time.Duration{10 * time.Second, time.Hour} {
		if wait := refreshAfter(lasts, draws.IntN); wait < lasts*7/10 || wait > lasts*8/10 {
			t.Errorf("refreshed %v into %v", wait, lasts)
		}
	}
}
