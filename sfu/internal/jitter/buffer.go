// Package jitter holds a stream's packets back just long enough that they can
// be played evenly, and tells what to do where one is missing.
//
// A [Buffer] is filled as packets arrive and pulled by the clock of a mixer.
// What comes out is a packet, a loss to be concealed (with the packet after
// it, for its FEC), or silence. How long it holds packets follows from how
// unevenly they arrived in the last two seconds: the 97th percentile and one
// frame more, within 20 and 200 ms. It grows by putting silence into pauses, or
// when packets come too late; it shrinks by leaving quiet packets out, and if
// there are none and the delay is far too long, loud ones. So the delay is
// bounded and never grows by itself.
//
// Time is a parameter everywhere. A Buffer is not safe for concurrent use.
package jitter

import "time"

// Limits of the delay and of the buffer.
const (
	Frame     = 20 * time.Millisecond
	MinTarget = 20 * time.Millisecond
	MaxTarget = 200 * time.Millisecond
	first     = 40 * time.Millisecond // target while little is known
	slots     = 64

	frame = int64(Frame / time.Microsecond)
	// dryLimit is how long an empty buffer asks for concealment before it
	// takes the stream for paused.
	dryLimit = 3 * frame
	// annoying is how far over the target loud packets are left out as well,
	// if no quiet one came for as many pulls as its patience lasts; far over
	// it they are left out at once.
	annoying = 5 * frame / 2
	far      = 5 * frame
	patience = 50
	// jump is how far a timestamp may be off before it counts as a new one.
	jump = int64(time.Second / time.Microsecond)
)

// Packet is a packet as it arrived.
type Packet struct {
	Stream    uint64 // SSRC or the like: another one is another stream
	Sequence  uint16
	Timestamp uint32 // in units of the buffer's clock
	Duration  uint32 // of the payload, in the same units
	Quiet     bool   // below the voice gate: may be left out
	DTX       bool   // the sender pauses after this packet
	Tag       uint16 // the caller's: comes back with the packet
	Payload   []byte // copied
	Arrival   time.Time
}

// Kind is what to play.
type Kind uint8

// The kinds of items.
const (
	Silence Kind = iota // nothing was said
	Loss                // something was said but is missing: conceal it
	Sound               // a packet
)

// Item is what to play next.
type Item struct {
	Kind     Kind
	Duration uint32 // in units of the clock
	// Payload is the packet, or for a Loss the one right after it, nil if
	// that has not come. It is valid until the next Put.
	Payload []byte
	// Tag is what the packet was put in with.
	Tag uint16
	// Spliced means that sound was left out before this packet, so that its
	// beginning should be blended with what was played.
	Spliced bool
}

// Stats counts what became of a stream's packets, and tells the delay.
type Stats struct {
	Received, Lost, Late, Skipped, Inserted, Resets uint64
	Target, Delay                                   time.Duration

	Played, Concealed time.Duration // sound, and what stood in for it
	Waited            time.Duration // of all packets played, together
	Packets           uint64        // played
}

type slot struct {
	full       bool
	seq        uint16
	ts, length int64
	quiet, dtx bool
	tag        uint16
	payload    []byte
}

// Buffer is the jitter buffer of one stream at a time.
type Buffer struct {
	rate  int64 // clock units per second
	ring  [slots]slot
	stats Stats

	begun   bool
	stream  uint64
	epoch   time.Time
	rawTS   uint32 // of the packet that lastTS belongs to
	lastTS  int64  // timestamp, unwrapped
	lastSeq uint16 // highest sequence
	endTS   int64  // end of the latest packet
	length  int64  // of the latest packet
	strange uint16 // the sequence that would confirm a jump
	doubt   bool   // whether strange is set
	spread  spread
	target  int64 // µs

	playing bool
	placed  bool // whether nextSeq means something: it outlives a pause
	nextSeq uint16
	nextTS  int64
	owed    int64 // concealed while dry: the units that may already have been replaced
	dry     int64 // µs of concealment in a row
	bridge  int64 // µs of it still to come between a stream and the next
	paused  bool  // the last packet was DTX
	over    int   // pulls in a row that were over the target
	spliced bool
}

// New makes a buffer for streams of a clock of rate Hz.
func New(rate int) *Buffer {
	return &Buffer{rate: int64(rate), target: int64(first / time.Microsecond)}
}

// Stats reports on the stream.
func (b *Buffer) Stats() Stats {
	s := b.stats
	s.Target = time.Duration(b.target) * time.Microsecond
	return s
}

// Reset forgets the stream but not the target.
func (b *Buffer) Reset() {
	for i := range b.ring {
		b.ring[i].full = false
	}
	b.begun, b.playing, b.placed = false, false, false
	b.doubt, b.paused, b.spliced = false, false, false
	b.owed, b.dry, b.over, b.bridge = 0, 0, 0, 0
}

// Put takes a packet in.
func (b *Buffer) Put(p Packet) {
	b.stats.Received++
	if p.Duration == 0 || int64(p.Duration) > b.rate*120/1000 {
		return
	}
	if !b.begun || p.Stream != b.stream {
		b.begin(p)
	}
	ts := b.lastTS + int64(int32(p.Timestamp-b.rawTS))
	if b.jumped(p, ts) {
		if !b.doubt || p.Sequence != b.strange {
			b.doubt, b.strange = true, p.Sequence+1 // wait for a second one
			return
		}
		b.begin(p)
		ts = b.lastTS
	}
	b.doubt = false
	b.spread.add(b.transit(ts, p.Arrival))
	if b.spread.n >= window/2 {
		b.target = min(max(b.spread.p97()+frame, int64(MinTarget/time.Microsecond)),
			int64(MaxTarget/time.Microsecond))
	}
	if b.placed && int16(p.Sequence-b.nextSeq) < 0 {
		b.stats.Late++
		return
	}
	b.store(p, ts)
	if b.placed && int16(b.lastSeq-b.nextSeq) >= slots { // nobody pulled
		b.playing, b.placed = false, false
	}
}

// begin starts over with p as the first packet. What was being played is cut
// off, and concealed until the new stream has been held long enough.
func (b *Buffer) begin(p Packet) {
	if b.begun {
		b.stats.Resets++
	}
	bridge := b.bridge
	if b.playing && !b.paused { // in the middle of something
		bridge = dryLimit - b.dry
	}
	b.Reset()
	b.bridge = bridge
	b.begun, b.stream, b.epoch = true, p.Stream, p.Arrival
	b.rawTS, b.lastTS, b.lastSeq, b.endTS = p.Timestamp, 0, p.Sequence, 0
	b.spread = spread{}
}

// jumped tells whether p does not belong where the stream was.
func (b *Buffer) jumped(p Packet, ts int64) bool {
	if d := int16(p.Sequence - b.lastSeq); d >= slots || d <= -slots {
		return true
	}
	if b.spread.n == 0 {
		return false
	}
	off := b.transit(ts, p.Arrival) - b.spread.base()
	return off > jump || off < -jump
}

func (b *Buffer) store(p Packet, ts int64) {
	s := &b.ring[p.Sequence%slots]
	if s.full && s.seq == p.Sequence {
		return // a duplicate
	}
	s.full, s.seq, s.ts, s.length = true, p.Sequence, ts, int64(p.Duration)
	s.quiet, s.dtx, s.tag = p.Quiet, p.DTX, p.Tag
	s.payload = append(s.payload[:0], p.Payload...)
	if int16(p.Sequence-b.lastSeq) >= 0 {
		b.lastSeq, b.lastTS, b.rawTS = p.Sequence, ts, p.Timestamp
		b.endTS, b.length = ts+s.length, s.length
	}
}

// transit is how long after its timestamp a packet came, in µs from the epoch.
func (b *Buffer) transit(ts int64, arrival time.Time) int64 {
	return arrival.Sub(b.epoch).Microseconds() - b.micros(ts)
}

func (b *Buffer) micros(units int64) int64 { return units * 1_000_000 / b.rate }
func (b *Buffer) units(micros int64) int64 { return micros * b.rate / 1_000_000 }
