package sfu

import (
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"partyline/sfu/audio"
	"partyline/sfu/internal/red"
	"partyline/sfu/internal/slot"
)

// slotStream is what one slot of a room sends: one RTP stream, the same for
// all listeners but for SSRC, payload type and redundancy. The stage's
// goroutine owns it.
type slotStream struct {
	index    int
	traffic  *traffic
	number   slot.Numbering
	history  red.History
	reported time.Time // when the last sender reports went out
	active   bool      // something was sent since
	begun    bool      // something was ever sent
	newest   uint16    // the newest packet's number
	pause    bool      // and whether it announces one
	late     []byte    // the packet to send now, if newer ones were sent before

	// One header for each identifier that listeners have given the RFC 6464
	// extension, 0 for none. They share the level and the CSRC.
	headers [maxExtension + 1]rtp.Header
	level   []byte
	csrc    []uint32
}

// maxExtension is the largest identifier of a one-byte header extension,
// RFC 8285 §4.2.
const maxExtension = 14

func newSlotStream(index int, t *traffic) *slotStream {
	s := &slotStream{index: index, traffic: t, level: make([]byte, 1), csrc: make([]uint32, 1)}
	for id := range s.headers {
		h := &s.headers[id]
		h.Version, h.CSRC = 2, s.csrc
		if id > 0 {
			// It cannot fail: the identifier and the length are in range.
			_ = h.SetExtension(uint8(id), s.level)
		}
	}
	return s
}

// send renumbers a packet and sends it to everybody but its speaker, and to the
// tape if the speaker may be on it.
func (s *slotStream) send(a *audience, src *source, v *voice, level audio.Level) {
	seq, ts, marker, ok := s.number.Next(v.stream, v.seq, v.ts, v.arrival)
	if !ok {
		s.traffic.DroppedDuplicate.Add(1)
		return
	}
	from := src.participant
	if a.tape != nil && src.recorded.Load() {
		a.tape.take(s.index, from, ts, marker, v)
	}
	s.level[0], s.csrc[0] = byte(level), from
	if level < audio.Silence {
		s.level[0] |= voiceFlag
	}
	s.fanOut(a, from, packet{seq: seq, ts: ts, marker: marker, opus: v.payload})
}

// voiceFlag is the V bit of RFC 6464 §3.
const voiceFlag = 0x80

// end ends a spurt: one DTX frame tells the listeners' decoders that silence
// follows, which they would otherwise take for loss and conceal for 300 ms.
func (s *slotStream) end(a *audience) {
	last, _ := s.history.Payload(red.None, 0)
	if len(last) == 0 {
		return
	}
	toc := [1]byte{dtxFrame(last[0])}
	if seq, ts, ok := s.number.End(); ok {
		s.level[0] = byte(audio.Silence)
		s.fanOut(a, s.csrc[0], packet{seq: seq, ts: ts, opus: toc[:]})
	}
}

// packet is one packet of a slot's stream, before it is made a listener's.
type packet struct {
	seq    uint16
	ts     uint32
	marker bool
	opus   []byte
}

// fanOut sends a packet to every leg that listens, except the speaker's.
func (s *slotStream) fanOut(a *audience, from uint32, p packet) {
	s.take(p)
	for i := range s.headers {
		h := &s.headers[i]
		h.SequenceNumber, h.Timestamp, h.Marker = p.seq, p.ts, p.marker
	}
	var packets, octets uint64
	for _, l := range a.legs {
		o := l.outlet(s.index)
		if o == nil {
			continue
		}
		if l.participant() == from {
			o.turnAway(s, p.opus[0])
			continue
		}
		n := o.send(s, l.depth())
		if n == 0 {
			continue
		}
		packets++
		octets += uint64(n)
	}
	s.traffic.PacketsOut.Add(packets)
	s.traffic.BytesOut.Add(octets)
}

// take makes p the packet to send now.
func (s *slotStream) take(p packet) {
	s.late = nil
	if s.begun && int16(p.seq-s.newest) < 0 {
		// It was healed, or overtaken. Its neighbours have been sent.
		s.history.Late(p.seq, p.ts, p.opus)
		s.late = p.opus
		return
	}
	s.history.Add(p.seq, p.ts, p.opus)
	s.begun, s.newest = true, p.seq
	s.active, s.pause = true, isDTX(p.opus)
}

// payload is the packet to send now, at the depth given.
func (s *slotStream) payload(d red.Depth, opusType uint8) (payload []byte, isRED bool) {
	if s.late != nil {
		return s.late, false
	}
	return s.history.Payload(d, opusType)
}

// report sends sender reports (RFC 3550 §6.4.1), with which listeners relate
// the stream to the wall clock and we measure the way to them and back.
func (s *slotStream) report(a *audience, now time.Time) {
	if !s.active || now.Sub(s.reported) < reportInterval {
		return
	}
	s.reported, s.active = now, false
	for _, l := range a.legs {
		o := l.outlet(s.index)
		if o == nil || o.packets.Load() == 0 || !o.departed.IsZero() {
			continue
		}
		l.writeRTCP(&rtcp.SenderReport{
			SSRC: o.ssrc, NTPTime: ntpTime(now), RTPTime: s.number.At(now) - o.ahead,
			PacketCount: o.packets.Load(), OctetCount: o.octets.Load(),
		})
	}
}

// ntpTime is a time as sender reports carry it: seconds since 1900 in 32.32
// fixed point.
func ntpTime(t time.Time) uint64 {
	const from1900to1970 = 2208988800
	ns := uint64(t.UnixNano())
	return (ns/1e9+from1900to1970)<<32 | (ns%1e9<<32)/1e9
}
