package outbound

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/goleak"

	"partyline/sip/dialplan"
	"partyline/sip/internal/dialog"
	"partyline/sip/internal/transport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// endpoint listens on loopback with the usual timers.
func endpoint(t *testing.T, cfg dialog.Config, answer dialog.Answering) *dialog.Endpoint {
	t.Helper()
	if cfg.Transport.UDP+cfg.Transport.TCP+cfg.Transport.TLS == "" {
		cfg.Transport.UDP, cfg.Transport.TCP = "127.0.0.1:0", "127.0.0.1:0"
	}
	e, err := dialog.Listen(cfg, answer, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		if n := e.Calls(); n != 0 {
			t.Errorf("%d dialogs are left", n)
		}
	})
	return e
}

// carriers are ready to call over trunks.
func carriers(t *testing.T, cfg Config, e *dialog.Endpoint, trunks ...dialplan.Trunk) *Carriers {
	t.Helper()
	c := New(cfg, slog.New(slog.DiscardHandler))
	if err := c.Set(trunks); err != nil {
		t.Fatal(err)
	}
	c.Start(e)
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return c
}

// trunk has these addresses for targets, in their order.
func trunk(network string, addrs ...netip.AddrPort) dialplan.Trunk {
	t := dialplan.Trunk{Name: "alpha"}
	for i, a := range addrs {
		t.Outbound.Targets = append(t.Outbound.Targets, dialplan.Target{
			Host: a.Addr().String(), Port: int(a.Port()), Transport: network, Priority: uint16(i),
		})
	}
	return t
}

// callee is whom tests call.
func callee() Invitee {
	return Invitee{Number: "+4930123456", Offer: func(netip.Addr) ([]byte, error) { return []byte("offer"), nil }}
}

// answers takes each call and stays until it is ended.
func answers(ctx context.Context, d *dialog.Dialog) {
	d.Ring()
	if _, err := d.Accept(ctx, []byte("answer")); err == nil {
		<-ctx.Done()
	}
}

// refuses refuses each call.
func refuses(status int, headers ...sip.Header) dialog.Answering {
	return func(_ context.Context, d *dialog.Dialog) {
		d.Reject(status, dialog.Cause{Protocol: "Q.850", Code: 41}, headers...)
	}
}

// hole is an address where everything is lost.
func hole(t *testing.T) *net.UDPConn {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func addressOf(conn *net.UDPConn) netip.AddrPort { return conn.LocalAddr().(*net.UDPAddr).AddrPort() }

func limited(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// statuses are those of attempts; -1 where nothing came.
func statuses(tried []Attempt) (found []int) {
	for _, a := range tried {
		if a.Status == 0 && a.Error != "" {
			a.Status = -1
		}
		found = append(found, a.Status)
	}
	return found
}

// thirdAnswers calls over a trunk whose first target is a black hole and whose
// second says 503: the third has answered within four seconds. fresh makes the
// carriers; a machine that stalls gets another chance with others.
func thirdAnswers(t *testing.T, fresh func() *Carriers) (*Carriers, *dialog.Dialog, []Attempt) {
	t.Helper()
	for range 3 {
		c := fresh()
		var failed []Attempt
		who := callee()
		who.Failed = func(a Attempt) { failed = append(failed, a) }
		began := time.Now()
		d, tried, err := c.Call(limited(t), "alpha", who)
		took := time.Since(began)
		if !slices.Equal(failed, tried[:len(tried)-1]) {
			t.Errorf("told of %+v, having tried %+v", failed, tried)
		}
		switch {
		case err != nil:
			t.Logf("%+v, %v", tried, err)
		case took < 4*time.Second && slices.Equal(statuses(tried), []int{-1, 503, 200}):
			return c, d, tried
		default:
			t.Logf("answered after %v: %+v", took, tried)
			_ = d.Bye(limited(t), dialog.Cause{})
		}
	}
	t.Fatal("the third target does not answer in time")
	return nil, nil, nil
}

// TestThirdTargetAnswers is what failover promises. The next call goes to the
// third target at once.
func TestThirdTargetAnswers(t *testing.T) {
	second, third := endpoint(t, dialog.Config{}, refuses(503)), endpoint(t, dialog.Config{}, answers)
	first := addressOf(hole(t))
	c, d, tried := thirdAnswers(t, func() *Carriers {
		return carriers(t, Config{}, endpoint(t, dialog.Config{}, nil), trunk("udp", first, second.UDP(), third.UDP()))
	})
	if want := "udp " + second.UDP().String() + ": 503 (Q.850;cause=41) after "; !strings.HasPrefix(tried[1].String(), want) {
		t.Errorf("told as %q, want %q", tried[1], want)
	}
	if tried[1].Cause.Code != 41 || tried[0].Took < time.Second || !strings.Contains(tried[2].Target, third.UDP().String()) {
		t.Errorf("told: %+v", tried)
	}
	if err := d.Bye(limited(t), dialog.Cause{}); err != nil {
		t.Error(err)
	}
	d, tried, err := c.Call(limited(t), "alpha", callee())
	if err != nil || !slices.Equal(statuses(tried), []int{200}) {
		t.Fatalf("the next call: %+v, %v", tried, err)
	}
	if err := d.Bye(limited(t), dialog.Cause{}); err != nil {
		t.Error(err)
	}
}

// TestOtherRefusalsAreFinal: whoever is busy is busy by every way.
func TestOtherRefusalsAreFinal(t *testing.T) {
	for _, status := range []int{302, 403, 404, 408, 480, 486, 488, 500, 600, 603} {
		first, second := endpoint(t, dialog.Config{}, refuses(status)), endpoint(t, dialog.Config{}, answers)
		c := carriers(t, Config{}, endpoint(t, dialog.Config{}, nil), trunk("udp", first.UDP(), second.UDP()))
		_, tried, err := c.Call(limited(t), "alpha", callee())
		var refused *dialog.Rejected
		if !errors.As(err, &refused) || errors.Is(err, ErrNoTarget) || !slices.Equal(statuses(tried), []int{status}) {
			t.Errorf("%d: %+v, %v", status, tried, err)
		}
	}
}

// TestNoTargetTakesTheCall tells the last reason, so that another trunk can be
// tried.
func TestNoTargetTakesTheCall(t *testing.T) {
	full := endpoint(t, dialog.Config{}, refuses(503, sip.NewHeader("Retry-After", "120 (maintenance);duration=60")))
	closed := endpoint(t, dialog.Config{}, nil)
	nobody := closed.TCP()
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	away := trunk("tcp", nobody)
	away.Outbound.Targets = append(away.Outbound.Targets, trunk("udp", full.UDP()).Outbound.Targets...)
	away.Outbound.Targets[1].Priority = 1
	c := carriers(t, Config{Probe: time.Hour}, endpoint(t, dialog.Config{}, nil), away)
	_, tried, err := c.Call(limited(t), "alpha", callee())
	var refused *dialog.Rejected
	if !errors.Is(err, ErrNoTarget) || !errors.As(err, &refused) || refused.Status != 503 || !slices.Equal(statuses(tried), []int{-1, 503}) {
		t.Fatalf("%+v, %v", tried, err)
	}
	for _, target := range c.States()[0].Targets {
		if left := time.Until(target.Avoided); strings.HasPrefix(target.Target, "udp") && (left < 100*time.Second || left > 2*time.Minute) {
			t.Errorf("Retry-After is not heeded: %+v", target)
		} else if left <= 0 {
			t.Errorf("not avoided: %+v", target)
		}
	}
	if _, _, err := c.Call(limited(t), "beta", callee()); !errors.Is(err, ErrNoTrunk) {
		t.Errorf("a trunk that is not there: %v", err)
	}
}

// late is a peer that answers an INVITE when it is told to.
type late struct {
	t    *testing.T
	conn *net.UDPConn
	from *net.UDPAddr
}

// next reads the next request of a method.
func (l *late) next(method sip.RequestMethod) *sip.Request {
	l.t.Helper()
	buf := make([]byte, 65535)
	for {
		_ = l.conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		n, from, err := l.conn.ReadFromUDP(buf)
		if err != nil {
			l.t.Fatalf("waiting for %s: %v", method, err)
		}
		msg, err := sip.ParseMessage(buf[:n])
		if req, ok := msg.(*sip.Request); err == nil && ok && req.Method == method {
			l.from = from
			return req
		}
	}
}

func (l *late) respond(req *sip.Request, status int, tag string) {
	l.t.Helper()
	res := sip.NewResponseFromRequest(req, status, "x", nil)
	res.To().Params.Remove("tag")
	res.To().Params.Add("tag", tag)
	res.AppendHeader(sip.NewHeader("Contact", "<sip:late@"+l.conn.LocalAddr().String()+">"))
	if _, err := l.conn.WriteToUDP([]byte(res.String()), l.from); err != nil {
		l.t.Fatal(err)
	}
}

// TestLateAnswerOfATargetGivenUp: the first target wakes up after the call went
// to the second. If it rings it is cancelled; if it answers, that is acknowledged
// and ended; and nothing of it is left.
func TestLateAnswerOfATargetGivenUp(t *testing.T) {
	t.Parallel()
	for _, rings := range []bool{true, false} {
		slow := &late{t: t, conn: hole(t)}
		e := endpoint(t, dialog.Config{}, nil)
		c := carriers(t, Config{Probe: time.Hour}, e, trunk("udp", addressOf(slow.conn), endpoint(t, dialog.Config{}, answers).UDP()))
		d, tried, err := c.Call(limited(t), "alpha", callee())
		if err != nil || !slices.Equal(statuses(tried), []int{-1, 200}) {
			t.Fatalf("%+v, %v", tried, err)
		}
		invite := slow.next(sip.INVITE)
		if rings {
			slow.respond(invite, 180, "late")
			cancel := slow.next(sip.CANCEL)
			slow.respond(cancel, 200, "late")
		}
		slow.respond(invite, 200, "late") // in the first case it crosses the CANCEL
		if ack := slow.next(sip.ACK); ack.To().Params.String() != "tag=late" && ack.To().Params.String() != ";tag=late" {
			t.Errorf("ACK to %v", ack.To())
		}
		slow.respond(slow.next(sip.BYE), 200, "late")
		select {
		case <-d.Done():
			t.Error("the call that was wanted has ended")
		default:
		}
		if err := d.Bye(limited(t), dialog.Cause{}); err != nil {
			t.Error(err)
		}
	}
}

// TestGivingUpARingingCall cancels it and tries nobody else.
func TestGivingUpARingingCall(t *testing.T) {
	cancelled := make(chan struct{})
	ringing := endpoint(t, dialog.Config{}, func(ctx context.Context, d *dialog.Dialog) {
		d.Ring()
		<-ctx.Done()
		close(cancelled)
	})
	other := endpoint(t, dialog.Config{}, answers)
	c := carriers(t, Config{}, endpoint(t, dialog.Config{}, nil), trunk("udp", ringing.UDP(), other.UDP()))
	ctx, cancel := context.WithCancel(limited(t))
	who := callee()
	var once sync.Once
	who.Progress = func(status int, _ string, _ []byte) {
		if status == 180 {
			once.Do(cancel)
		}
	}
	_, tried, err := c.Call(ctx, "alpha", who)
	if !errors.Is(err, context.Canceled) || len(tried) != 1 {
		t.Errorf("%+v, %v", tried, err)
	}
	select {
	case <-cancelled:
	case <-time.After(10 * time.Second):
		t.Error("the callee's phone goes on ringing")
	}
	if state := c.States()[0].Targets; !state[0].Avoided.IsZero() || !state[1].Avoided.IsZero() {
		t.Errorf("a target is blamed for it: %+v", state)
	}
}

// TestDeadStreamIsOpenedAnew: the carrier closed the connection that we had, as
// some do when nothing is said; the call goes by another to the same target.
func TestDeadStreamIsOpenedAnew(t *testing.T) {
	t.Parallel()
	far := endpoint(t, dialog.Config{Transport: transport.Config{TCP: "127.0.0.1:0", Idle: 600 * time.Millisecond}}, answers)
	c := carriers(t, Config{Probe: time.Hour}, endpoint(t, dialog.Config{}, nil), trunk("tcp", far.TCP()))
	for i := range 3 {
		d, tried, err := c.Call(limited(t), "alpha", callee())
		if err != nil || !slices.Equal(statuses(tried), []int{200}) {
			t.Fatalf("call %d: %+v, %v", i, tried, err)
		}
		if err := d.Bye(limited(t), dialog.Cause{}); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Duration(i%2) * 700 * time.Millisecond)
	}
}

func TestShare(t *testing.T) {
	const all = 4 * time.Second
	for n := 1; n <= mostTried; n++ {
		left := all
		for i := range n {
			wait := share(left, n-i, all)
			if wait < all/8 || wait > all {
				t.Errorf("target %d of %d may say nothing for %v", i+1, n, wait)
			}
			left -= wait
		}
		if left < -all/3 {
			t.Errorf("%d targets take %v", n, all-left)
		}
	}
	if first, second := share(all, 3, all), share(all-share(all, 3, all), 2, all); first+second > 3*time.Second {
		t.Errorf("two of three that say nothing take %v", first+second)
	}
}
