package sfu

import (
	"errors"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/pion/webrtc/v4"

	"partyline/sfu/audio"
	"partyline/sfu/internal/red"
)

// outlet is one slot as one browser receives it: what Pion calls a local
// track. After Bind only the stage's goroutine touches the rest.
type outlet struct {
	index int
	offer *offer
	bound atomic.Bool

	ssrc   uint32
	writer webrtc.TrackLocalWriter

	packets atomic.Uint32 // sent, for reports and measurements
	octets  atomic.Uint32 // of their payload
	seq     uint16        // of the last packet sent
	ts      uint32
	// skipped is how many of the slot's packets this listener was not sent,
	// being their speaker. Its sequence leaves them out, so that they do not
	// look lost.
	skipped uint16
	away    bool // the listener itself has the slot
	ended   bool // the last packet sent was a DTX frame

	// A listener that comes from another room goes on with its numbers.
	departed   time.Time // from the other room; zero: it has arrived
	departedTS uint32    // its timestamp at that time
	ahead      uint32    // the slot's timestamps minus the listener's
	first      uint16    // the slot's first packet that was for the listener
	settling   bool      // that packet was not long ago
	fresh      int       // packets to come without redundancy
}

// reach is how many packets back redundancy goes at most: what was said before
// a listener came is none of its business.
const reach = 4

// settled is how many packets after its first one a listener can no longer get
// one from before.
const settled = 1 << 10

// Bind is called by Pion once the codecs are agreed upon.
func (o *outlet) Bind(c webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	for _, codec := range c.CodecParameters() {
		if uint8(codec.PayloadType) == o.offer.opus {
			o.ssrc, o.writer = uint32(c.SSRC()), c.WriteStream()
			o.bound.Store(true)
			return codec, nil
		}
	}
	return webrtc.RTPCodecParameters{}, errors.New("opus was not negotiated")
}

// Unbind, ID, RID, StreamID and Kind make it a webrtc.TrackLocal.
func (o *outlet) Unbind(webrtc.TrackLocalContext) error { o.bound.Store(false); return nil }
func (o *outlet) ID() string                            { return "slot-" + strconv.Itoa(o.index) }
func (o *outlet) RID() string                           { return "" }
func (o *outlet) StreamID() string                      { return o.ID() }
func (o *outlet) Kind() webrtc.RTPCodecType             { return webrtc.RTPCodecTypeAudio }

// send sends the slot's newest packet and returns the size of its payload, 0
// if it could not be sent.
func (o *outlet) send(s *slotStream, depth red.Depth) int {
	h := &s.headers[o.offer.levelExtension]
	seq, ts := h.SequenceNumber, h.Timestamp
	switch {
	case !o.departed.IsZero():
		o.arrive(seq, ts, time.Now())
	case o.away && o.packets.Load() > 0:
		o.skipped = seq - (o.seq + 1)
	case o.settling && s.late != nil && int16(seq-o.first) < 0:
		return 0 // its number was another packet's, in the other room
	}
	o.away = false
	if o.fresh > 0 {
		o.fresh--
		depth = red.None
	}
	payload, isRED := s.payload(depth, o.offer.opus)
	h.SSRC, h.PayloadType = o.ssrc, o.offer.opus
	if isRED {
		h.PayloadType = o.offer.red
	}
	h.SequenceNumber, h.Timestamp = seq-o.skipped, ts-o.ahead
	_, err := o.writer.WriteRTP(h, payload)
	h.SequenceNumber, h.Timestamp = seq, ts
	if err != nil {
		s.traffic.DroppedUnsent.Add(1)
		return 0
	}
	o.note(seq-o.skipped, ts-o.ahead, len(payload))
	o.ended = s.pause
	o.settling = o.settling && seq-o.first < settled
	return len(payload)
}

// note keeps the sender's books.
func (o *outlet) note(seq uint16, ts uint32, octets int) {
	if o.packets.Load() == 0 || int16(seq-o.seq) > 0 {
		o.seq, o.ts = seq, ts
	}
	o.packets.Add(1)
	o.octets.Add(uint32(octets))
}

// depart ends what the listener heard of a slot that it has left for another
// room's.
func (o *outlet) depart(s *slotStream, now time.Time) {
	o.fresh = reach
	if o.packets.Load() == 0 || !o.departed.IsZero() {
		return
	}
	if last, _ := s.history.Payload(red.None, 0); len(last) > 0 {
		o.finish(s, last[0])
	}
	o.departed, o.departedTS = now, s.number.At(now)-o.ahead
}

// arrive makes the slot's packet the listener's first one in this room: its
// sequence goes on without a gap, its timestamp advances by the wall clock, in
// whole frames.
func (o *outlet) arrive(seq uint16, ts uint32, now time.Time) {
	due := o.departedTS + uint32(now.Sub(o.departed)*48/time.Millisecond)
	frames := max((int32(due-o.ts)+480)/960, 1)
	o.ahead = ts - (o.ts + uint32(frames)*960)
	o.skipped = seq - (o.seq + 1)
	o.departed, o.first, o.settling = time.Time{}, seq, true
}

// turnAway stops sending because the listener itself is being heard in this
// slot. What it heard before ends as every spurt ends.
func (o *outlet) turnAway(s *slotStream, toc byte) {
	if o.away {
		return
	}
	o.away = true
	o.finish(s, toc)
}

// finish ends the spurt that the listener has been hearing, if one is under
// way.
func (o *outlet) finish(s *slotStream, toc byte) {
	if o.packets.Load() == 0 || o.ended {
		return
	}
	h := &s.headers[o.offer.levelExtension]
	seq, ts, marker, level := h.SequenceNumber, h.Timestamp, h.Marker, s.level[0]
	h.SSRC, h.PayloadType, h.Marker = o.ssrc, o.offer.opus, false
	h.SequenceNumber, h.Timestamp = o.seq+1, o.ts+960
	s.level[0] = byte(audio.Silence)
	frame := [1]byte{dtxFrame(toc)}
	if _, err := o.writer.WriteRTP(h, frame[:]); err == nil {
		o.note(h.SequenceNumber, h.Timestamp, len(frame))
		o.ended = true
	}
	h.SequenceNumber, h.Timestamp, h.Marker, s.level[0] = seq, ts, marker, level
}
