package transport

import (
	"hash/maphash"
	"net/netip"
	"strconv"
	"time"
)

// screen judges every message that comes, and sees every response that goes.
// What is not a valid request or response ends here: dropped, or answered
// without a transaction.
type screen struct {
	gate      *gate
	abilities Abilities
	overload  *overload
	replier   replier
	tap       tap
}

func newScreen(g *gate, cfg Config) *screen {
	return &screen{gate: g, abilities: cfg.Abilities, overload: newOverload(cfg.Pending), replier: replier{seed: maphash.MakeSeed()}, tap: cfg.Tap}
}

// fate is what becomes of a message.
type fate uint8

const (
	pass  fate = iota // out holds it, rewritten
	reply             // out holds the answer to it
	drop
)

// examine judges a message that was parsed and has its body, and writes what
// is to be passed on or answered into out.
func (s *screen) examine(m *message, source netip.AddrPort, network string, out []byte, now time.Time) (fate, []byte) {
	if !m.request {
		if m.malformed() || string(m.version) != "SIP/2.0" {
			s.gate.refused(garbled, network, source, now)
			return drop, out
		}
		return pass, m.appendTo(out)
	}
	if s.replier.owns(m) {
		return drop, out
	}
	why := s.abilities.refuse(m)
	if why.status == 400 {
		s.gate.blame(source.Addr(), 1, now)
	}
	if why.status == 0 && m.initial() && !s.overload.admit(m, now) {
		// Spread over some seconds, so that not all come back at once.
		wait := 4 + s.overload.key(m.first(callID), nil)%6
		why = refusal{status: 503, headers: [2]string{"Retry-After: " + strconv.FormatUint(wait, 10)}}
	}
	if why.status == 0 {
		return pass, m.appendTo(out)
	}
	return s.answer(m, why, source, network, out, now)
}

// answer refuses a request, if there is anything to answer to.
func (s *screen) answer(m *message, why refusal, source netip.AddrPort, network string, out []byte, now time.Time) (fate, []byte) {
	if m.is("ACK") || m.first(via) == nil {
		s.gate.refused(garbled, network, source, now)
		return drop, out
	}
	return reply, s.replier.appendTo(out, m, why, source)
}

// leaving sees what is sent to a peer. An answer ends an INVITE's wait; being
// refused again and again counts against the peer, and getting in speaks for it.
func (s *screen) leaving(data []byte, peer netip.Addr, now time.Time) {
	a, ok := readAnswer(data)
	if !ok {
		return
	}
	if a.status > 100 && string(a.method) == "INVITE" {
		s.overload.answered(a.call, a.sequence)
	}
	switch a.status {
	case 401, 407, 403, 404:
		s.gate.blame(peer, 1, now)
	case 200:
		if method := string(a.method); method == "INVITE" || method == "REGISTER" {
			s.gate.forgive(peer)
		}
	}
}
