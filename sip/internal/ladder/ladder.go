// Package ladder keeps the SIP messages of calls as they pass the sockets, and
// reads from them how the signalling went.
//
// A call is found by its Call-ID from its first INVITE on. One that nobody holds is
// forgotten after a while: it was refused by the transport, or challenged and never
// came again.
package ladder

import (
	"hash/maphash"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"partyline/metrics/quality"
	"partyline/sip/evidence"
	"partyline/sip/internal/transport"
)

// How much is kept of one call: its beginning, and the latest.
const (
	firstMessages, firstBytes   = 96, 64 << 10
	latestMessages, latestBytes = 64, 32 << 10
	// remembered is of how many messages it is known that they have passed.
	remembered = 1024
)

// How many calls are kept that nobody holds, and for how long.
const (
	mostLoose = 1024
	looseTime = 64 * time.Second // a challenge may be answered by a person
)

// Book is the ladders of all calls that live. Its methods may be called from any
// goroutine.
type Book struct {
	facing func(network string, peer netip.Addr) netip.AddrPort
	seed   maphash.Seed

	mu    sync.Mutex // guards what follows
	calls map[string]*call
	loose []*call // those that nobody holds, oldest first
}

// New makes a book. facing tells our address as a peer sees it.
func New(facing func(network string, peer netip.Addr) netip.AddrPort) *Book {
	return &Book{facing: facing, seed: maphash.MakeSeed(), calls: make(map[string]*call)}
}

// call is one Call-ID.
type call struct {
	id    string
	began time.Time
	held  int
	local netip.AddrPort
	from  string // network and peer that local faces
	agent string // what the peer calls itself
	seen  map[uint64]struct{}

	first, latest []evidence.Message
	bytes, recent int // of first and latest
	missing       int

	signalling
}

// Pass takes a message that passes. It belongs in transport.Config.Tap.
func (b *Book) Pass(p transport.Passing) {
	head, ok := evidence.Read(p.Data)
	if !ok {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.calls[head.Call]
	if c == nil {
		if head.Method != "INVITE" || head.ToTag != "" {
			return
		}
		c = b.open(head.Call, p.At)
		b.loose = append(b.loose, c)
		b.tidy(p.At)
	}
	b.note(c, head, p)
}

// open begins a call; b.mu is held.
func (b *Book) open(id string, now time.Time) *call {
	c := &call{id: id, began: now, seen: make(map[uint64]struct{})}
	b.calls[id] = c
	return c
}

// tidy forgets calls that nobody came to hold; b.mu is held.
func (b *Book) tidy(now time.Time) {
	for len(b.loose) > 0 {
		c := b.loose[0]
		if c.held == 0 && len(b.loose) <= mostLoose && now.Sub(c.began) < looseTime {
			return
		}
		b.loose = slices.Delete(b.loose, 0, 1)
		if c.held == 0 && b.calls[c.id] == c {
			delete(b.calls, c.id)
		}
	}
}

// note keeps a message of a call; b.mu is held.
func (b *Book) note(c *call, head evidence.Head, p transport.Passing) {
	m := evidence.Message{
		At: p.At, Out: p.Out, Network: p.Network, Peer: p.Peer, Local: b.local(c, p), Data: evidence.Mask(p.Data, evidence.Everything),
	}
	key := b.key(head, p.Out)
	_, m.Again = c.seen[key]
	if len(c.seen) < remembered {
		c.seen[key] = struct{}{}
	}
	c.keep(m)
	if !p.Out && head.Agent != "" {
		c.agent = shortened(head.Agent)
	}
	c.signalling.note(head, m.Out, m.Again, m.At)
}

// key is the same for a message and its retransmission. The ACK of a 2xx that came
// again is a new transaction, but says nothing new.
func (b *Book) key(h evidence.Head, out bool) uint64 {
	branch := h.Branch
	if h.Method == "ACK" {
		branch = ""
	}
	return maphash.String(b.seed, strings.Join([]string{
		strconv.FormatBool(out), h.Sort(), strconv.FormatUint(uint64(h.Sequence), 10), h.Of, h.ToTag, branch,
	}, " "))
}

// local is our side of the way that a message takes; b.mu is held.
func (b *Book) local(c *call, p transport.Passing) netip.AddrPort {
	if from := p.Network + " " + p.Peer.String(); from != c.from {
		c.from, c.local = from, b.facing(p.Network, p.Peer.Addr())
	}
	return c.local
}

// keep keeps a message: among the first ones, or in place of what is old among the
// latest.
func (c *call) keep(m evidence.Message) {
	if len(c.latest) == 0 && c.missing == 0 && len(c.first) < firstMessages && c.bytes+len(m.Data) <= firstBytes {
		c.first = append(c.first, m)
		c.bytes += len(m.Data)
		return
	}
	c.latest = append(c.latest, m)
	c.recent += len(m.Data)
	for len(c.latest) > latestMessages || c.recent > latestBytes {
		c.recent -= len(c.latest[0].Data)
		c.latest = slices.Delete(c.latest, 0, 1)
		c.missing++
	}
}

// shortened is a name as it can be shown.
func shortened(name string) string {
	const longest = 64
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, ""))
	for i := range name {
		if i >= longest {
			return name[:i]
		}
	}
	return name
}

// Hold keeps a call until Release, from its first message on where that has passed
// lately.
func (b *Book) Hold(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.calls[id]
	if c == nil {
		c = b.open(id, time.Now())
	}
	c.held++
}

// Release forgets calls, unless somebody else holds them.
func (b *Book) Release(ids ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, id := range ids {
		if c := b.calls[id]; c != nil {
			if c.held--; c.held <= 0 {
				delete(b.calls, id)
			}
		}
	}
	b.loose = slices.DeleteFunc(b.loose, func(c *call) bool { return b.calls[c.id] != c })
}

// Messages are those of calls so far, in the order of time, and how many are
// missing in their middle.
func (b *Book) Messages(ids ...string) (messages []evidence.Message, missing int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, id := range ids {
		if c := b.calls[id]; c != nil {
			messages = slices.Concat(messages, c.first, c.latest)
			missing += c.missing
		}
	}
	slices.SortStableFunc(messages, func(a, b evidence.Message) int { return a.At.Compare(b.At) })
	return messages, missing
}

// Signalling is how the signalling of one call went that was tried under several
// Call-IDs, in their order: the last one that was answered or refused tells of
// the answer.
func (b *Book) Signalling(ids ...string) quality.Signalling {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all quality.Signalling
	for _, id := range ids {
		if c := b.calls[id]; c != nil {
			all = c.after(all)
		}
	}
	return all
}

// Agent is what the peer of a call has called itself last, shortened; it may be
// empty.
func (b *Book) Agent(ids ...string) (agent string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, id := range ids {
		if c := b.calls[id]; c != nil && c.agent != "" {
			agent = c.agent
		}
	}
	return agent
}

// Attempt is how the INVITE of a call ended; false where there was none, or it was
// told before.
func (b *Book) Attempt(id string) (setup quality.Setup, pdd time.Duration, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.calls[id]
	if c == nil || c.told || c.invited.IsZero() {
		return "", 0, false
	}
	c.told = true
	return quality.SetupOf(c.status, c.rang), c.pdd, true
}
