package sip

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"partyline/sip/billing"
)

// dials begins a call of the gateway's to the peers of a transcript: "% dial",
// with the names of further peers that the trunk has as targets.
func (p *play) dials(words []string) {
	p.t.Helper()
	h := &dialling{house: p.h, billing: &fakeBilling{}}
	h.Pay(h.billing)
	var peers []netip.AddrPort
	for _, name := range append([]string{""}, words...) {
		peers = append(peers, netip.MustParseAddrPort(p.role(name).conn.LocalAddr().String()))
	}
	if err := h.SetTrunks(append(DefaultConfig().Trunks, trunkTo("out", peers...))); err != nil {
		p.t.Fatal(err)
	}
	o := orderOf("call-1")
	o.Ring = 2 * time.Second
	p.dialling, p.dialled = h, h.begin(p.t, o)
}

// directs obeys a line that begins with %.
func (p *play) directs(line string) {
	p.t.Helper()
	words := strings.Fields(line)[1:]
	switch words[0] {
	case "slow":
		p.h.conference.mu.Lock()
		p.h.conference.slow = time.Second
		p.h.conference.mu.Unlock()
	case "dial":
		p.dials(words[1:])
	case "until":
		p.dialled.until(State(words[1]))
	case "cancel":
		p.dialled.cancel(nil)
	case "press":
		for _, key := range words[1] {
			p.roles[""].say("INFO", []string{"Content-Type: application/dtmf-relay"}, fmt.Sprintf("Signal=%c\r\nDuration=160\r\n", key))
			p.roles[""].hear("200", nil, nil)
		}
	case "ended":
		p.ended(words[1], words[2])
	default:
		p.t.Fatalf("%q is no direction", line)
	}
}

// ended wants the call to have ended so, and to be settled once: "paid" or
// "free".
func (p *play) ended(cause, money string) {
	p.t.Helper()
	out := p.dialled.over()
	if out.Cause != billing.Cause(cause) {
		p.t.Errorf("ended by %s, want %s; told %q", out.Cause, cause, p.dialled.told)
	}
	tab := p.dialling.billing.tab(p.t, 0)
	tab.result(p.t)
	if got := map[bool]string{true: "free", false: "paid"}[tab.answered.IsZero()]; got != money {
		p.t.Errorf("the call is %s, want %s", got, money)
	}
}

// toGateway are the headers of a request by a peer whom the gateway called.
func (r *role) toGateway() (from, to, call string) {
	from = header(r.called, "To")
	if !strings.Contains(from, "tag=") {
		from += ";tag=" + r.name + "tag"
	}
	return from, header(r.called, "From"), header(r.called, "Call-ID")
}
