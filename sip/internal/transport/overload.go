package transport

import (
	"bytes"
	"hash/maphash"
	"sync"
	"time"
)

// overload tells when to take no further calls: when INVITEs wait for an answer
// in numbers that say that those who answer are behind, or when requests wait
// for the processor. It starts at the limit and ends well below it, so that it
// does not flutter. What is within a call is never turned away.
type overload struct {
	limit int // INVITEs without an answer at once
	seed  maphash.Seed

	mu       sync.Mutex // guards what follows
	waiting  map[uint64]time.Time
	taken    map[uint64]struct{} // INVITEs admitted in this period of memory …
	before   map[uint64]struct{} // … and the one before: their repetitions pass
	shedding bool
	lag      time.Duration
	measured time.Time
	admitted uint64
	shed     uint64
}

const (
	// lagHigh and lagLow are how long requests may wait for the processor, on
	// average, before calls are turned away, and before they are taken again.
	lagHigh = 500 * time.Millisecond
	lagLow  = 100 * time.Millisecond
	// stale is when a lag that was measured says nothing about now.
	stale = 500 * time.Millisecond
	// longSetUp is when an INVITE without answer is taken to wait for somebody
	// else, such as a telephone that does not say that it rings.
	longSetUp = 32 * time.Second
	// maxTaken bounds what is remembered of INVITEs in a period.
	maxTaken = 1 << 16
)

func newOverload(limit int) *overload {
	return &overload{
		limit: limit, seed: maphash.MakeSeed(), waiting: make(map[uint64]time.Time),
		taken: make(map[uint64]struct{}), before: make(map[uint64]struct{}),
	}
}

// key tells one INVITE from another by its Call-ID and sequence number.
func (o *overload) key(call, sequence []byte) uint64 {
	var h maphash.Hash
	h.SetSeed(o.seed)
	_, _ = h.Write(call)
	_ = h.WriteByte(0)
	_, _ = h.Write(sequence)
	return h.Sum64()
}

// admit tells whether an INVITE that asks for a new call may go on.
func (o *overload) admit(m *message, now time.Time) bool {
	number, _, _ := cutBlank(m.first(cseq))
	key := o.key(m.first(callID), number)
	o.mu.Lock()
	defer o.mu.Unlock()
	_, known := o.taken[key]
	if _, earlier := o.before[key]; known || earlier {
		return true
	}
	o.judge(now)
	if o.shedding {
		o.shed++
		return false
	}
	o.admitted++
	if len(o.taken) < maxTaken {
		o.taken[key] = struct{}{}
	}
	o.waiting[key] = now
	return true
}

// judge decides whether to shed; o.mu is held.
func (o *overload) judge(now time.Time) {
	lag := o.lag
	if now.Sub(o.measured) > stale {
		lag = 0
	}
	if o.shedding {
		o.shedding = len(o.waiting) > o.limit*3/4 || lag > lagLow
	} else {
		o.shedding = len(o.waiting) >= o.limit || lag > lagHigh
	}
}

// handled notes how long a request waited for the processor. One that waited
// long says little; the average of some does.
func (o *overload) handled(lag time.Duration, now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if now.Sub(o.measured) > stale {
		o.lag = 0
	}
	o.lag += (lag - o.lag) / 8
	o.measured = now
}

// answered notes that an INVITE has got an answer.
func (o *overload) answered(call, sequence []byte) {
	key := o.key(call, sequence)
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.waiting, key)
}

// tidy forgets; due once a period of memory.
func (o *overload) tidy(now time.Time, due bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for key, at := range o.waiting {
		if now.Sub(at) > longSetUp {
			delete(o.waiting, key)
		}
	}
	o.judge(now)
	if due {
		o.taken, o.before = make(map[uint64]struct{}), o.taken
	}
}

// answer is what the gate needs to know of a response that we send.
type answer struct {
	status         int
	call, sequence []byte
	method         []byte
}

// readAnswer reads a response of our own writing.
func readAnswer(data []byte) (a answer, ok bool) {
	line, ok := bytes.CutPrefix(data, []byte("SIP/2.0 "))
	if !ok || len(line) < 3 {
		return answer{}, false
	}
	for _, c := range line[:3] {
		a.status = 10*a.status + int(c-'0')
	}
	a.call = ownHeader(data, "\r\nCall-ID: ")
	a.sequence, a.method, ok = cutBlank(ownHeader(data, "\r\nCSeq: "))
	return a, ok
}

// ownHeader finds a header as we write it.
func ownHeader(data []byte, name string) []byte {
	i := bytes.Index(data, []byte(name))
	if i < 0 {
		return nil
	}
	value, _, _ := bytes.Cut(data[i+len(name):], lineEnd)
	return value
}

// count tells what was done so far.
func (o *overload) count(c *Counters) {
	o.mu.Lock()
	defer o.mu.Unlock()
	c.Admitted, c.Shed, c.Pending, c.Overloaded = o.admitted, o.shed, len(o.waiting), o.shedding
}
