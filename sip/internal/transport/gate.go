package transport

import (
	"bytes"
	"log/slog"
	"net/netip"
	"sync"
	"time"
)

// verdict is why a datagram or connection was turned away; admitted is none.
type verdict uint8

const (
	admitted  verdict = iota
	keepAlive         // line ends or zeros that hold a NAT's door open
	notListed         // its source is on no trunk's list
	banned            // its source misbehaved and is not listened to for a while
	notSIP            // it does not begin like a SIP message
	garbled           // it begins like one and cannot be read or answered
	tooFast           // its source sends more than it may
	tooSlow           // a message took too long to come, or ours to go
	tooLarge          // a message is larger than any of ours needs to be
	crowded           // too many connections are open
	verdicts
)

func (v verdict) String() string {
	return [...]string{
		"admitted", "keep-alive", "source not allowed", "source banned", "not SIP", "garbled", "too fast", "too slow", "too large", "too many connections",
	}[v]
}

// gate decides, before anything is parsed, whose bytes are looked at. It keeps
// a fixed amount of state however many sources knock.
type gate struct {
	allow func(netip.Addr) bool
	trust func(netip.Addr) bool
	log   *slog.Logger

	mu      sync.Mutex // guards what follows
	sources *sources
	dropped [verdicts]uint64
	told    [verdicts]time.Time // when the log last heard of it
}

const (
	// tellEvery bounds the log under a flood: one line a reason in this time.
	tellEvery = time.Minute
	// smallest is less than any SIP message has ("SIP/2.0 200 OK" and its headers).
	smallest = 32
)

func newGate(cfg Config, log *slog.Logger) *gate {
	return &gate{allow: cfg.Allow, trust: cfg.Trust, log: log, sources: newSources(cfg.Rate)}
}

// source judges an address alone, as for a new connection.
func (g *gate) source(from netip.Addr, now time.Time) verdict {
	if g.allow != nil && !g.allow(from.Unmap()) {
		return notListed
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.sources.banned(subject(from), now) {
		return banned
	}
	return admitted
}

// datagram judges a datagram: first what costs least and keeps no state.
func (g *gate) datagram(from netip.Addr, data []byte, now time.Time) verdict {
	if len(data) < smallest && len(bytes.Trim(data, "\r\n\x00 ")) == 0 {
		return keepAlive
	}
	if v := g.source(from, now); v != admitted {
		return v
	}
	if !looksLikeSIP(data) {
		g.blame(from, 1, now)
		return notSIP
	}
	return g.pace(from, now)
}

// pace takes a token from the source's bucket.
func (g *gate) pace(from netip.Addr, now time.Time) verdict {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.sources.take(subject(from), now) {
		return tooFast
	}
	return admitted
}

// blame counts against a source, unless it is trusted: its address may be
// forged by somebody who wants it banned.
func (g *gate) blame(from netip.Addr, weight float64, now time.Time) {
	if !from.IsValid() || weight <= 0 || g.trust != nil && g.trust(from.Unmap()) {
		return
	}
	g.mu.Lock()
	length := g.sources.blame(subject(from), weight, now)
	tell := length > 0 && now.Sub(g.told[admitted]) >= time.Second
	if tell {
		g.told[admitted] = now
	}
	g.mu.Unlock()
	if tell {
		g.log.Info("not listening to a source that misbehaves", "source", from.String(), "for", length)
	}
}

// forgive takes blame away from a source that has proved who it is.
func (g *gate) forgive(from netip.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.sources.forgive(subject(from))
}

// refused counts a drop and, now and then, tells the log. What was sent is
// never logged: it is the sender's to choose.
func (g *gate) refused(v verdict, network string, from netip.AddrPort, now time.Time) {
	g.mu.Lock()
	g.dropped[v]++
	count := g.dropped[v]
	tell := v != keepAlive && now.Sub(g.told[v]) >= tellEvery
	if tell {
		g.told[v] = now
	}
	g.mu.Unlock()
	if tell {
		g.log.Info("dropping what is sent to the SIP port", "reason", v.String(),
			"network", network, "source", from.String(), "so_far", count)
	}
}

// drops tells how much was turned away for a reason.
func (g *gate) drops(v verdict) uint64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.dropped[v]
}

// looksLikeSIP checks size and first line: "METHOD uri SIP/2.0" or "SIP/2.0
// 200 OK". A wrong version number passes, since it deserves an answer.
func looksLikeSIP(data []byte) bool {
	if len(data) < smallest || !tokenCharacter(data[0]) {
		return false
	}
	end := bytes.IndexByte(data, '\r')
	if end < 0 {
		return false
	}
	return bytes.HasPrefix(data, []byte("SIP/")) || bytes.Contains(data[:end], []byte(" SIP/"))
}

// count tells what was turned away so far, and how many are banned.
func (g *gate) count(c *Counters, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for v := admitted + 1; v < verdicts; v++ {
		c.Dropped[v.String()] = g.dropped[v]
	}
	c.Banned, _ = g.sources.count(now)
}
