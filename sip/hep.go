package sip

import (
	"partyline/sip/dialplan"
	"partyline/sip/evidence"
	"partyline/sip/internal/hep"
	"partyline/sip/internal/transport"
)

// HEP is a collector of SIP messages, such as Homer or sngrep, that every message
// of the gateway is sent to as it passes: version 3 of the Homer Encapsulation
// Protocol. Passwords, keys of SRTP and keys that callers press are never
// in them.
type HEP struct {
	Collector string            // "host:port"; empty: none
	Transport string            // "udp", "tcp" or "tls"
	CA        string            // PEM file with who signed its certificate; empty: the system's
	Agent     uint32            // by which the collector knows us
	Password  dialplan.Password // that the collector asks for; may be empty
	Numbers   bool              // whether numbers and names are shown to it
}

func (h HEP) config() hep.Config {
	cfg := hep.Config{Collector: h.Collector, Network: h.Transport, CA: h.CA, Agent: h.Agent, Password: string(h.Password)}
	if h.Numbers {
		cfg.Masking = evidence.SecretsOnly
	}
	return cfg
}

// shown is what became of messages that a collector was to be shown, by "sent" and
// why it was not; nil without one.
func (g *Gateway) shown() map[string]uint64 {
	if g.collector == nil {
		return nil
	}
	c := g.collector.Counts()
	return map[string]uint64{"sent": c.Sent, "queue-full": c.QueueFull, "unreachable": c.Unreachable, "write-failed": c.Broken}
}

// tapped is told of every SIP message as it passes.
func (g *Gateway) tapped(p transport.Passing) {
	g.ladders.Pass(p)
	g.collector.Pass(p)
}
