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
	notListed         // its source is on no trunk's list
	notSIP            // it does not begin like a SIP message
	tooFast           // its source sends more than it may
	crowded           // too many connections are open
	verdicts
)

func (v verdict) String() string {
	return [...]string{"admitted", "source not allowed", "not SIP", "too fast", "too many connections"}[v]
}

// gate decides, before anything is parsed, whose bytes are looked at. It keeps
// a bounded amount of state however many sources knock.
type gate struct {
	allow func(netip.Addr) bool
	rate  float64 // messages a second and source
	log   *slog.Logger

	mu      sync.Mutex // guards what follows
	buckets map[netip.Addr]*bucket
	rest    bucket // shared by sources for which there is no room
	dropped [verdicts]uint64
	told    [verdicts]time.Time // when the log last heard of it
}

// bucket is a token bucket that holds two seconds' worth.
type bucket struct {
	tokens float64
	at     time.Time
}

const (
	maxBuckets = 4096
	// tellEvery bounds the log under a flood: one line a reason in this time.
	tellEvery = time.Minute
	// smallest is less than any SIP message has ("SIP/2.0 200 OK" and its headers).
	smallest = 32
)

func newGate(allow func(netip.Addr) bool, rate int, log *slog.Logger) *gate {
	return &gate{allow: allow, rate: float64(rate), log: log, buckets: make(map[netip.Addr]*bucket)}
}

// source judges an address alone, as for a new connection.
func (g *gate) source(from netip.Addr) verdict {
	if g.allow != nil && !g.allow(from.Unmap()) {
		return notListed
	}
	return admitted
}

// datagram judges a datagram: first what costs least and keeps no state.
func (g *gate) datagram(from netip.Addr, data []byte, now time.Time) verdict {
	if v := g.source(from); v != admitted {
		return v
	}
	if !looksLikeSIP(data) {
		return notSIP
	}
	return g.pace(from, now)
}

// pace takes a token from the source's bucket.
func (g *gate) pace(from netip.Addr, now time.Time) verdict {
	g.mu.Lock()
	defer g.mu.Unlock()
	b := g.bucket(from.Unmap(), now)
	b.tokens = min(2*g.rate, b.tokens+now.Sub(b.at).Seconds()*g.rate)
	b.at = now
	if b.tokens < 1 {
		return tooFast
	}
	b.tokens--
	return admitted
}

// bucket finds or makes a source's bucket; g.mu is held.
func (g *gate) bucket(from netip.Addr, now time.Time) *bucket {
	if b := g.buckets[from]; b != nil {
		return b
	}
	if len(g.buckets) >= maxBuckets {
		for a, b := range g.buckets {
			if now.Sub(b.at) > 2*time.Second { // full again: forgetting it changes nothing
				delete(g.buckets, a)
			}
		}
	}
	if len(g.buckets) >= maxBuckets {
		return &g.rest
	}
	b := &bucket{tokens: 2 * g.rate, at: now}
	g.buckets[from] = b
	return b
}

// refused counts a drop and, now and then, tells the log.
func (g *gate) refused(v verdict, network string, from netip.AddrPort, now time.Time) {
	g.mu.Lock()
	g.dropped[v]++
	count := g.dropped[v]
	tell := now.Sub(g.told[v]) >= tellEvery
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
	if len(data) < smallest || data[0] < 'A' || data[0] > 'Z' {
		return false
	}
	line, _, ok := bytes.Cut(data, []byte("\r\n"))
	if !ok {
		return false
	}
	return bytes.HasPrefix(line, []byte("SIP/")) || bytes.Contains(line, []byte(" SIP/"))
}
