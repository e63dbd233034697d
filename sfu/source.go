package sfu

import (
	"sync"
	"sync/atomic"
	"time"

	"partyline/sfu/audio"
)

// maxPayload is the largest Opus packet: one frame of RFC 6716 §3.2.1's 1,275
// bytes and its TOC byte. 20 ms of speech are about 80.
const maxPayload = 1276

// voice is one packet of what a participant says.
type voice struct {
	// stream tells apart the numberings a source has had: another SSRC,
	// another leg. A slot goes on smoothly where the stream changes. Of two
	// streams that deliver at once, the higher one is taken.
	stream uint64
	seq    uint16
	ts     uint32 // RTP clock of 48 kHz
	level  audio.Level
	// arrival is when it came, which is the selection's clock.
	arrival time.Time
	// payload is one Opus packet. Empty makes this a bid: it competes for a
	// slot with its level, and nothing is sent.
	payload []byte
	// mixed tells that the packet is not for the tap: it is a phone's, whose
	// sound the mixer has already.
	mixed bool
}

// source is one participant's voice as the room sees it, whatever it comes
// from: a browser's uplink or a phone. Methods and atomics may be used from
// any goroutine.
type source struct {
	participant uint32
	stage       *stage
	muted, held atomic.Bool
	recorded    atomic.Bool // may be on a tape
	onAir       atomic.Bool

	turn *turn // the stage's notes about this source; its goroutine only
}

// feed offers a packet to the room, which ranks the source and, if it holds a
// slot, sends the packet to everybody else. It copies the payload and never
// blocks. Packets of a muted or held source go no further.
func (s *source) feed(v voice) {
	if s.silenced() {
		return
	}
	if len(v.payload) > maxPayload {
		s.stage.traffic.DroppedOversize.Add(1)
		return
	}
	p := parcels.Get().(*parcel)
	p.source, p.voice = s, v
	p.voice.payload = p.buffer[:copy(p.buffer[:], v.payload)]
	s.stage.push(p)
}

// heard tells whether the source holds a slot: whether it is worth encoding,
// and belongs in the mix of the phones.
func (s *source) heard() bool { return s.onAir.Load() }

// silenced tells whether nobody shall hear this source.
func (s *source) silenced() bool { return s.muted.Load() || s.held.Load() }

// again is the same participant's voice on another stage, where it has not
// heard yet that it may be recorded.
func (s *source) again(on *stage, participant uint32) *source {
	next := &source{participant: participant, stage: on}
	next.muted.Store(s.muted.Load())
	next.held.Store(s.held.Load())
	return next
}

// setMuted and setHeld take the source off its slot at once, or let it
// compete again.
func (s *source) setMuted(muted bool) { s.muted.Store(muted); s.stage.nudge() }
func (s *source) setHeld(held bool)   { s.held.Store(held); s.stage.nudge() }

// parcel carries a copied voice to the stage.
type parcel struct {
	source *source
	voice  voice
	buffer [maxPayload]byte
}

// parcels spares the media path its allocations.
var parcels = sync.Pool{New: func() any { return new(parcel) }}

// release gives a parcel back once nobody looks at its payload any more.
func (p *parcel) release() {
	p.source, p.voice = nil, voice{}
	parcels.Put(p)
}

// tap is where a room's phones hear its browsers. The stage calls it from its
// goroutine, so it copies what it keeps and does not block.
type tap interface {
	// Tap hands over a packet of a browser that holds a slot. Sequence and
	// timestamp are the source's own, healed and in order of arrival.
	Tap(participant uint32, v voice)
	// Untap tells that the participant holds no slot any more.
	Untap(participant uint32)
}
