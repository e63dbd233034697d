package sfu

import (
	"errors"
	"strconv"
	"sync/atomic"

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

	packets uint32 // sent, for sender reports
	octets  uint32
	seq     uint16 // of the last packet sent
	ts      uint32
	// skipped is how many of the slot's packets this listener was not sent,
	// being their speaker. Its sequence leaves them out, so that they do not
	// look lost.
	skipped uint16
	away    bool // the listener itself has the slot
	ended   bool // the last packet sent was a DTX frame
}

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
	seq := h.SequenceNumber
	if o.away {
		o.away = false
		if o.packets > 0 {
			o.skipped = seq - (o.seq + 1)
		}
	}
	payload, isRED := s.payload(depth, o.offer.opus)
	h.SSRC, h.PayloadType = o.ssrc, o.offer.opus
	if isRED {
		h.PayloadType = o.offer.red
	}
	h.SequenceNumber = seq - o.skipped
	_, err := o.writer.WriteRTP(h, payload)
	h.SequenceNumber = seq
	if err != nil {
		s.traffic.DroppedUnsent.Add(1)
		return 0
	}
	o.note(seq-o.skipped, h.Timestamp, len(payload))
	o.ended = s.pause
	return len(payload)
}

// note keeps the sender's books.
func (o *outlet) note(seq uint16, ts uint32, octets int) {
	if o.packets == 0 || int16(seq-o.seq) > 0 {
		o.seq, o.ts = seq, ts
	}
	o.packets++
	o.octets += uint32(octets)
}

// turnAway stops sending because the listener itself is being heard in this
// slot. What it heard before ends as every spurt ends.
func (o *outlet) turnAway(s *slotStream, toc byte) {
	if o.away {
		return
	}
	o.away = true
	if o.packets == 0 || o.ended {
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
