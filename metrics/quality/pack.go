package quality

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Samples are packed as what changed since the one before, in units that are
// finer than what anybody can measure: shares of packets and of sound in 0.1
// points, jitter in 0.1 ms, other times in 1 ms, bit rates in 100 bit/s, levels
// in 0.5 dB, times of day in 10 ms.
//
//	version   1 byte, packing1
//	begin     varint, Unix time in 10 ms of the first sample's end
//	samples   each: uvarint, which of the figures changed, a bit each;
//	          varint, 10 ms that it ended later than one span after the last;
//	          a varint for each that changed, by how much
const packing1 = 1

// Times of day are in ticks since 1970, not later than the year 9999.
const (
	tick   = 10 * time.Millisecond
	latest = 253402300799 * int64(time.Second/tick)
)

// chunkSamples is how many samples a chunk of the Collector has: two minutes,
// so that the row that holds it costs little beside them, and a crash not more.
const chunkSamples = 24

// mostSamples is how many samples a chunk may have, so that reading one that
// was tampered with takes no more memory than that.
const mostSamples = 4096

// ErrPacked tells that a chunk's samples cannot be read.
var ErrPacked = errors.New("packed samples are damaged")

// packer packs samples as they come.
type packer struct {
	packed   []byte
	samples  int
	from, to time.Time // begin of the first, end of the last
	last     quanta
	lastAt   int64 // ticks
}

func (p *packer) add(s *Sample) {
	at, q := s.At.UnixMilli()/tick.Milliseconds(), quantaOf(s)
	if p.samples == 0 {
		p.from, p.lastAt = s.At.Add(-s.Span), at-q[0]
		p.packed = binary.AppendVarint(append(p.packed, packing1), at)
	}
	changed := uint64(0)
	for i := range q {
		if q[i] != p.last[i] {
			changed |= 1 << i
		}
	}
	p.packed = binary.AppendUvarint(p.packed, changed)
	p.packed = binary.AppendVarint(p.packed, at-p.lastAt-q[0])
	for i := range q {
		if changed>>i&1 == 1 {
			p.packed = binary.AppendVarint(p.packed, q[i]-p.last[i])
		}
	}
	p.last, p.lastAt, p.to = q, at, s.At
	p.samples++
}

// chunk gives what was packed, and begins anew.
func (p *packer) chunk(leg string) Chunk {
	c := Chunk{Leg: leg, From: p.from, To: p.to, Samples: p.samples, Packed: slices.Clip(p.packed)}
	*p = packer{}
	return c
}

// NewChunk packs samples of a leg, at most 4096 in the order of time.
func NewChunk(leg string, samples []Sample) Chunk {
	var p packer
	for i := range samples[:min(len(samples), mostSamples)] {
		p.add(&samples[i])
	}
	return p.chunk(leg)
}

// Unpack reads a chunk's samples. Errors are ErrPacked.
func Unpack(packed []byte) ([]Sample, error) {
	if len(packed) == 0 {
		return nil, nil
	}
	if packed[0] != packing1 {
		return nil, fmt.Errorf("version %d: %w", packed[0], ErrPacked)
	}
	r := unpacker{left: packed[1:]}
	at := r.varint()
	var samples []Sample
	var q quanta
	for first := true; len(r.left) > 0; first = false {
		changed, later := r.uvarint(), r.varint()
		for i := range q {
			if changed>>i&1 == 1 {
				q[i] += r.varint()
			}
		}
		s, ok := q.sample()
		if !ok || r.failed || changed>>figures != 0 || len(samples) == mostSamples {
			return nil, fmt.Errorf("sample %d: %w", len(samples)+1, ErrPacked)
		}
		if !first {
			at += q[0] + later
		}
		if at < -latest || at > latest {
			return nil, fmt.Errorf("sample %d: %w", len(samples)+1, ErrPacked)
		}
		s.At = time.UnixMilli(at * tick.Milliseconds()).UTC()
		samples = append(samples, s)
	}
	if r.failed {
		return nil, ErrPacked
	}
	return samples, nil
}

// unpacker reads numbers one after the other, and remembers when one was none.
type unpacker struct {
	left   []byte
	failed bool
}

func (u *unpacker) varint() int64 {
	v, n := binary.Varint(u.left)
	u.skip(n)
	return v
}

func (u *unpacker) uvarint() uint64 {
	v, n := binary.Uvarint(u.left)
	u.skip(n)
	return v
}

func (u *unpacker) skip(n int) {
	if n <= 0 {
		u.failed, u.left = true, nil
		return
	}
	u.left = u.left[n:]
}
