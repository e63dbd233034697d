package dialog

import (
	"context"
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// endpoint listens on loopback with short timers.
func endpoint(t *testing.T, cfg Config, answer Answering) *Endpoint {
	t.Helper()
	if cfg.Transport.UDP == "" && cfg.Transport.TCP == "" {
		cfg.Transport.UDP, cfg.Transport.TCP = "127.0.0.1:0", "127.0.0.1:0"
	}
	if cfg.T1 == 0 {
		cfg.T1, cfg.T2 = 50*time.Millisecond, 200*time.Millisecond
	}
	e, err := Listen(cfg, answer, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return e
}

func limited(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func sdp(text string) func(netip.Addr) ([]byte, error) {
	return func(netip.Addr) ([]byte, error) { return []byte(text), nil }
}

// target is how an endpoint is called.
func target(e *Endpoint, network string) string {
	if network == "tcp" {
		return "sip:100@" + e.TCP().String() + ";transport=tcp"
	}
	return "sip:100@" + e.UDP().String()
}

func within[T any](t *testing.T, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(10 * time.Second):
		t.Fatalf("waited in vain for %s", what)
		panic("unreachable")
	}
}

func TestCallFromInviteToBye(t *testing.T) {
	for _, network := range []string{"udp", "tcp"} {
		for _, hangup := range []string{"caller", "callee"} {
			t.Run(network+" "+hangup, func(t *testing.T) {
				answered := make(chan *Dialog, 1)
				ended := make(chan Ending, 1)
				callee := endpoint(t, Config{}, func(ctx context.Context, d *Dialog) {
					if got := string(d.Offer()); got != "offer" {
						t.Errorf("offer %q", got)
					}
					d.Ring()
					if _, err := d.Accept(ctx, []byte("answer")); err != nil {
						t.Errorf("Accept: %v", err)
					}
					answered <- d
					<-ctx.Done()
					ended <- d.Ending()
				})
				var rings []int
				caller := endpoint(t, Config{}, nil)
				d, err := caller.Invite(limited(t), Invitee{
					Target: target(callee, network), Offer: sdp("offer"),
					Progress: func(status int, _ string, _ []byte) { rings = append(rings, status) },
				})
				if err != nil {
					t.Fatal(err)
				}
				if got := string(d.RemoteAnswer()); got != "answer" {
					t.Errorf("answer %q", got)
				}
				if len(rings) != 1 || rings[0] != 180 {
					t.Errorf("provisional responses %v, want one 180", rings)
				}
				in := within(t, "the answered call", answered)
				cause := Cause{Protocol: "Q.850", Code: 16, Text: `Normal "call" clearing`}
				if hangup == "caller" {
					if err := d.Bye(limited(t), cause); err != nil {
						t.Errorf("Bye: %v", err)
					}
					if got, want := within(t, "the end", ended), (Ending{PeerHungUp, cause}); got != want {
						t.Errorf("ending %+v, want %+v", got, want)
					}
				} else {
					if err := in.Bye(limited(t), cause); err != nil {
						t.Errorf("Bye: %v", err)
					}
					within(t, "the end", d.Done())
					if got, want := d.Ending(), (Ending{PeerHungUp, cause}); got != want {
						t.Errorf("ending %+v, want %+v", got, want)
					}
				}
				if n := caller.Calls() + callee.Calls(); n != 0 {
					t.Errorf("%d dialogs are left", n)
				}
			})
		}
	}
}
