package dialog

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"partyline/sip/peertest"
)

// kamailioConfig is a proxy that stays on the path of every call. %[1]s is where
// it listens and %[2]s where calls to "bridge" go, over TCP.
const kamailioConfig = `
debug=0
log_stderror=yes
children=2
tcp_children=1
auto_aliases=no
listen=udp:%[1]s
listen=tcp:%[1]s
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "siputils.so"
loadmodule "maxfwd.so"
request_route {
	if (method == "OPTIONS" && uri == myself) { sl_send_reply("200", "OK"); exit; }
	if (has_totag()) {
		if (loose_route()) { t_relay(); exit; }
		if (method == "ACK") { if (t_check_trans()) { t_relay(); } exit; }
		sl_send_reply("404", "Not Here");
		exit;
	}
	if (method == "CANCEL") { if (t_check_trans()) { t_relay(); } exit; }
	record_route();
	if ($rU == "bridge") { $du = "sip:%[2]s;transport=tcp"; }
	t_relay();
}
`

// witness notes whom an endpoint talks with.
type witness struct {
	mu    sync.Mutex // guards peers
	peers map[string][]string
}

func (w *witness) observe(m Message) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.peers == nil {
		w.peers = make(map[string][]string)
	}
	direction := "received "
	if m.Sent {
		direction = "sent "
	}
	w.peers[m.Peer] = append(w.peers[m.Peer], direction+m.Summary)
}

// strangers are the messages that went past the proxy.
func (w *witness) strangers(proxy string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var found []string
	for peer, messages := range w.peers {
		if peer != proxy {
			found = append(found, peer+": "+strings.Join(messages, ", "))
		}
	}
	return found
}

// TestThroughAProxy has a call go through kamailio, which records its route: we
// are on both ends, so that each of us is caller and called once, and both
// offer, update and hang up. In one case the proxy goes from UDP to TCP.
func TestThroughAProxy(t *testing.T) {
	for _, user := range []string{"100", "bridge"} {
		for _, hangup := range []string{"caller", "callee"} {
			t.Run(user+" ended by "+hangup, func(t *testing.T) {
				t.Parallel()
				var callerSaw, calleeSaw witness
				handlers := Handlers{Offered: func(offer []byte) ([]byte, error) { return append([]byte("answer to "), offer...), nil }}
				answered := make(chan *Dialog, 1)
				callee := endpoint(t, Config{Observe: calleeSaw.observe}, func(ctx context.Context, d *Dialog) {
					d.Handle(handlers)
					d.Ring()
					if _, err := d.Accept(ctx, []byte("answer")); err != nil {
						t.Errorf("Accept: %v", err)
					}
					answered <- d
					<-ctx.Done()
				})
				proxy := peertest.Kamailio(t, kamailioConfig, callee.TCP())
				caller := endpoint(t, Config{Observe: callerSaw.observe}, nil)
				here, err := caller.Invite(limited(t), Invitee{
					Target: fmt.Sprintf("sip:%s@%s", user, callee.UDP()), Through: Way{Peer: proxy}, Offer: sdp("offer"), Handlers: handlers,
				})
				if err != nil {
					t.Fatal(err)
				}
				there := within(t, "the call", answered)
				if got := there.Network(); (got == "tcp") != (user == "bridge") {
					t.Errorf("it came over %s", got)
				}
				for name, d := range map[string]*Dialog{"caller": here, "callee": there} {
					if answer, err := d.Reinvite(limited(t), []byte(name)); err != nil || string(answer) != "answer to "+name {
						t.Errorf("re-INVITE of the %s: %q, %v", name, answer, err)
					}
					if answer, err := d.Update(limited(t), []byte(name)); err != nil || string(answer) != "answer to "+name {
						t.Errorf("UPDATE of the %s: %q, %v", name, answer, err)
					}
				}
				first, second := here, there
				if hangup == "callee" {
					first, second = there, here
				}
				if err := first.Bye(limited(t), Cause{}); err != nil {
					t.Errorf("BYE: %v", err)
				}
				within(t, "the end", second.Done())
				if past := callerSaw.strangers(proxy.String()); len(past) > 0 {
					t.Errorf("the caller talked past the proxy: %q", past)
				}
				if user != "bridge" { // over TCP the proxy speaks from a port of the moment
					if past := calleeSaw.strangers(proxy.String()); len(past) > 0 {
						t.Errorf("the callee talked past the proxy: %q", past)
					}
				} else if past := calleeSaw.strangers(caller.UDP().String()); len(past) == 0 {
					t.Error("the callee talked with the caller directly")
				}
				if n := caller.Calls() + callee.Calls(); n != 0 {
					t.Errorf("%d dialogs are left", n)
				}
			})
		}
	}
}
