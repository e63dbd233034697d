package dtmf

import "encoding/binary"

// Receiver turns the telephone-event packets of one call into keys. A key is
// reported with the first packet seen of it, whichever that is: the start may
// be lost, the marker missing, or a single end packet all that arrives. Packets
// of one event share a timestamp (RFC 4733 section 2.5.1.2), which is what
// tells two presses of a key apart. Timestamps mean nothing across sources (RFC
// 3550 section 5.1): each SSRC has its own, and what comes late of an earlier
// one is still known for what it is. The zero value is ready to use; it is not
// safe for concurrent use.
type Receiver struct {
	recent [3]stream // the newest first
}

// stream is the latest press of one SSRC.
type stream struct {
	started bool
	ssrc    uint32
	event   byte
	stamp   uint32
	length  uint32 // longest duration seen, in timestamp units
	ended   bool
}

// Packet takes the payload of a packet of the source ssrc, whose RTP timestamp
// is stamp. It reports a key when the packet is the first one of a press; short
// payloads and events that are no keys report none.
func (r *Receiver) Packet(ssrc uint32, payload []byte, stamp uint32) (key byte, pressed bool) {
	if len(payload) < 4 || int(payload[0]) >= len(keys) {
		return 0, false
	}
	now := stream{
		started: true, ssrc: ssrc, event: payload[0], stamp: stamp,
		length: uint32(binary.BigEndian.Uint16(payload[2:])), ended: payload[1]&0x80 != 0,
	}
	s, underWay := r.of(now)
	if underWay || !s.takes(now) {
		return 0, false
	}
	return keys[now.event], true
}

// of finds the stream of a packet and makes it the newest. A stream not known
// may go on with a press whose end has not been seen, where something on the
// way has changed the SSRC: underWay is true then.
func (r *Receiver) of(now stream) (s *stream, underWay bool) {
	newest := r.recent[0]
	for i, known := range r.recent {
		if known.started && known.ssrc == now.ssrc {
			copy(r.recent[1:i+1], r.recent[:i])
			r.recent[0] = known
			return &r.recent[0], false
		}
	}
	copy(r.recent[1:], r.recent[:])
	r.recent[0] = stream{}
	if newest.started && !newest.ended && newest.event == now.event && now.length > newest.length {
		r.recent[0] = now
		return &r.recent[0], true
	}
	return &r.recent[0], false
}

// takes notes a packet of the stream and tells whether it begins a press.
func (s *stream) takes(now stream) bool {
	if s.started {
		switch ahead := int32(now.stamp - s.stamp); {
		case ahead < 0 && ahead > -staleWindow:
			return false // a straggler of an earlier press
		case ahead == 0 && now.event == s.event:
			s.length, s.ended = max(s.length, now.length), s.ended || now.ended
			return false
		case s.continuedBy(now):
			*s = now
			return false
		}
	}
	*s = now
	return true
}

// staleWindow is how far back, in timestamp units, a packet may lie to be taken
// for a late one; a jump beyond it is a sender that started its clock anew.
const staleWindow = 48000 * 10

// segment is the longest duration an event packet can carry.
const segment = 0xFFFF

// continuedBy tells whether a packet is a further segment of a key held down so
// long that its duration field was exhausted (RFC 4733 section 2.5.1.3).
func (s *stream) continuedBy(now stream) bool {
	return now.event == s.event && !s.ended && now.stamp-s.stamp == segment
}

// Encode writes the payload of an event packet: key, whether it is an end
// packet, and the duration so far in timestamp units. It reports false for a
// byte that is no key.
func Encode(key byte, end bool, duration uint16) (payload [4]byte, ok bool) {
	event := indexOf(key)
	if event < 0 {
		return payload, false
	}
	const volume = 10 // -10 dBm0, what most phones send
	payload[0], payload[1] = byte(event), volume
	if end {
		payload[1] |= 0x80
	}
	binary.BigEndian.PutUint16(payload[2:], duration)
	return payload, true
}

// indexOf gives the event code of a key, or -1.
func indexOf(key byte) int {
	if key >= 'a' && key <= 'd' {
		key -= 'a' - 'A'
	}
	for i := range len(keys) {
		if keys[i] == key {
			return i
		}
	}
	return -1
}
