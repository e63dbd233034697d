package sip

import (
	"net/netip"
	"sync"
	"time"

	"partyline/metrics/quality"
	"partyline/sip/billing"
	"partyline/sip/evidence"
	"partyline/sip/internal/dialog"
)

// Attempt is an INVITE that asked for a new call and what became of it.
type Attempt struct {
	Trunk    string // empty where no trunk took the call
	Outbound bool   // we called
	Setup    quality.Setup
	PDD      time.Duration // from INVITE to the first 18x or 200; zero: neither came
}

// Trace is what is kept of a call that is over, so that it can be looked at and
// shown to a carrier. Numbers and secrets in it are masked.
type Trace struct {
	Messages []quality.Message // the ladder: every SIP message, in the order of time
	Missing  int               // messages left out of Messages, in its middle, since there were too many
	// Evidence is all of it in one packed piece, headers of RTP and RTCP included:
	// package evidence unpacks it and makes files of it.
	Evidence []byte
}

// trail is what a call leaves behind: the Call-IDs that it went by, and the headers
// of its packets. Its methods may be called from any goroutine.
type trail struct {
	g *Gateway

	mu   sync.Mutex // guards what follows
	asks []ask
	legs []evidence.Leg
}

// ask is an INVITE for the call.
type ask struct {
	call     string // Call-ID
	trunk    string
	outbound bool
	forked   bool // one of several for the same call, which counts for none
}

// trailOf begins the trail of a call that came in.
func (g *Gateway) trailOf(d *dialog.Dialog, trunk string) *trail {
	t := &trail{g: g}
	t.follows(ask{call: d.Call(), trunk: trunk})
	return t
}

// follows notes an INVITE, at best before it is sent.
func (t *trail) follows(a ask) {
	t.g.ladders.Hold(a.call)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.asks = append(t.asks, a)
}

// carries notes the media of the call, which it has at most one of on each side.
func (t *trail) carries(m *media) {
	if m == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.legs = append(t.legs, m.evidence())
}

// agent is what the peer calls itself.
func (t *trail) agent() string { return t.g.ladders.Agent(t.calls()...) }

func (t *trail) calls() (ids []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, a := range t.asks {
		ids = append(ids, a.call)
	}
	return ids
}

// linger is how long after the end of a call its last messages may come: answers
// to a BYE, the ACK of a refusal, and what was sent again.
const linger = 2 * time.Second

// over tells that a call has ended, how its INVITEs did and, later, what is kept
// of it.
func (g *Gateway) over(r Record, t *trail) {
	g.observer.CallEnded(r)
	t.mu.Lock()
	asks := t.asks
	t.mu.Unlock()
	for _, a := range asks {
		if setup, pdd, first := g.ladders.Attempt(a.call); first && !a.forked {
			g.observer.Attempted(Attempt{Trunk: a.trunk, Outbound: a.outbound, Setup: setup, PDD: pdd})
		}
	}
	g.working.Go(func() {
		wait := time.NewTimer(linger)
		defer wait.Stop()
		select {
		case <-wait.C:
		case <-g.life.Done():
		}
		g.observer.Traced(r, t.trace())
	})
}

// signalling is how the signalling of a call went, as far as it has come; how is
// how its dialog ended.
func (t *trail) signalling(r *Record, how dialog.How) quality.Signalling {
	s := t.g.ladders.Signalling(t.calls()...)
	if s.Q850 == 0 {
		s.Q850 = billing.Q850(s.Status)
	}
	if s.Bye == "" && how.OurBYE() {
		s.Bye = quality.Us
	}
	s.Holds, s.Held = r.Holds, r.Held
	return s
}

// trace is what is kept of the call; its messages are forgotten.
func (t *trail) trace() Trace {
	ids := t.calls()
	messages, missing := t.g.ladders.Messages(ids...)
	t.g.ladders.Release(ids...)
	t.mu.Lock()
	defer t.mu.Unlock()
	capture := evidence.Capture{Messages: messages, Missing: missing}
	return Trace{Messages: capture.Ladder(), Missing: missing, Evidence: evidence.Pack(messages, missing, t.legs...)}
}

// faces is our address as a peer sees it.
func (g *Gateway) faces(network string, peer netip.Addr) netip.AddrPort {
	select {
	case <-g.ready:
	default:
		return netip.AddrPort{}
	}
	port := map[string]uint16{"udp": g.UDP().Port(), "tcp": g.TCP().Port(), "tls": g.TLS().Port()}[network]
	return netip.AddrPortFrom(g.endpoint.Facing(network, peer), port)
}
