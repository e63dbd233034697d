package outbound

import (
	"context"
	_ "embed"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"

	"partyline/metrics/quality"
	"partyline/sip/dialplan"
	"partyline/sip/evidence"
	"partyline/sip/internal/dialog"
	"partyline/sip/internal/ladder"
	"partyline/sip/internal/transport"
	"partyline/sip/peertest"
)

//go:embed testdata/kamailio.cfg
var kamailioConfig string

// TestKamailioIsTheCarrier: a trunk registers with kamailio by SHA-256, calls a
// number by the Service-Route that it was given, with a password, and is called
// at its Contact; what belongs to the calls goes by the proxy that recorded its
// route. In the end kamailio does not know us any more.
func TestKamailioIsTheCarrier(t *testing.T) {
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			t.Parallel()
			number := endpoint(t, dialog.Config{}, answers)
			carrier := peertest.Kamailio(t, kamailioConfig, number.UDP())
			came := make(chan *dialog.Dialog, 1)
			book := ladder.New(func(string, netip.Addr) netip.AddrPort { return netip.AddrPort{} })
			tapped := transport.Config{UDP: "127.0.0.1:0", TCP: "127.0.0.1:0", Tap: book.Pass}
			e := endpoint(t, dialog.Config{Transport: tapped}, func(ctx context.Context, d *dialog.Dialog) {
				came <- d
				answers(ctx, d)
			})
			alpha := dialplan.Trunk{Name: "alpha", Outbound: dialplan.Outbound{
				Targets:  []dialplan.Target{{Host: "127.0.0.1", Port: int(carrier.Port()), Transport: network}},
				Register: true, Domain: "carrier.example", Accounts: []dialplan.Account{{User: "acme", Password: "secret"}},
			}}
			c := New(Config{}, slog.New(slog.DiscardHandler))
			if err := c.Set([]dialplan.Trunk{alpha}); err != nil {
				t.Fatal(err)
			}
			c.Start(e)
			eventually(t, "registered and up", func() bool { return c.States()[0].Registered() && c.States()[0].Health == Up })

			who := callee()
			who.Inviting = func(call string, _ dialplan.Number) { book.Hold(call) }
			d, tried, err := c.Call(limited(t), "alpha", who)
			if err != nil {
				t.Fatalf("%+v, %v", tried, err)
			}
			if answer, err := d.Reinvite(limited(t), []byte("offer")); err == nil {
				t.Errorf("a re-INVITE that nobody handles is answered %q", answer)
			}
			if err := d.Bye(limited(t), dialog.Cause{}); err != nil {
				t.Error(err)
			}

			if s := book.Signalling(d.Call()); s.Status != 200 || s.Challenges != 1 || s.PDD <= 0 || s.Answer < s.PDD || s.Bye != quality.Us {
				t.Errorf("the signalling of the call was %+v", s)
			}
			if messages, _ := book.Messages(d.Call()); !challenged(messages) {
				t.Errorf("the ladder has %d messages, and among them is no challenge with a masked answer", len(messages))
			}

			caller := endpoint(t, dialog.Config{}, nil)
			there, err := caller.Invite(limited(t), dialog.Invitee{
				Target: "sip:acme@carrier.example", Through: dialog.Way{Network: "udp", Peer: carrier}, Offer: callee().Offer,
			})
			if err != nil {
				t.Fatal(err)
			}
			here := <-came
			if trunks, dialled := c.Origin(here); fmt.Sprintf("%v %s", trunks, dialled) != "[alpha] acme" {
				t.Errorf("the call is of %v, for %s", trunks, dialled)
			}
			if here.Network() != network {
				t.Errorf("the call came over %s", here.Network())
			}
			if err := here.Bye(limited(t), dialog.Cause{}); err != nil {
				t.Error(err)
			}
			<-there.Done()
			if err := c.Close(); err != nil {
				t.Error(err)
			}
			if _, err := caller.Invite(limited(t), dialog.Invitee{
				Target: "sip:acme@carrier.example", Through: dialog.Way{Network: "udp", Peer: carrier}, Offer: callee().Offer,
			}); err == nil || !strings.Contains(err.Error(), "404") {
				t.Errorf("after the registration was taken back: %v", err)
			}
		})
	}
}

// challenged tells whether somebody asked for a password, and that the answer which
// is kept tells nothing of it.
func challenged(messages []evidence.Message) bool {
	asked, answered := false, false
	for _, m := range messages {
		asked = asked || strings.HasPrefix(string(m.Data), "SIP/2.0 407 ")
		answered = answered || strings.Contains(string(m.Data), `response="masked"`)
	}
	return asked && answered
}
