package dtmf

import "encoding/binary"

// Receiver turns the packets of one telephone-event stream into keys. A key is
// reported with the first packet seen of it, whichever that is: the start may
// be lost, the marker missing, or a single end packet all that arrives. Packets
// of one event share a timestamp (RFC 4733 section 2.5.1.2), which is what
// tells two presses of a key apart. The zero value is ready to use; it is not
// safe for concurrent use.
type Receiver struct {
	started bool
	event   byte
	stamp   uint32
	length  uint32 // longest duration seen, in timestamp units
	ended   bool
}

// Packet takes the payload of a packet whose RTP timestamp is stamp. It
// reports a key when the packet is the first one of a press; short payloads and
// events that are no keys report none.
func (r *Receiver) Packet(payload []byte, stamp uint32) (key byte, pressed bool) {
	if len(payload) < 4 {
		return 0, false
	}
	event, end := payload[0], payload[1]&0x80 != 0
	length := uint32(binary.BigEndian.Uint16(payload[2:]))
	if int(event) >= len(keys) {
		return 0, false
	}
	if r.started {
		if ahead := int32(stamp - r.stamp); ahead < 0 && ahead > -staleWindow {
			return 0, false // a straggler of an earlier press
		} else if ahead == 0 && event == r.event {
			r.length, r.ended = max(r.length, length), r.ended || end
			return 0, false
		}
		if r.continues(event, stamp) {
			r.stamp, r.length, r.ended = stamp, length, end
			return 0, false
		}
	}
	*r = Receiver{started: true, event: event, stamp: stamp, length: length, ended: end}
	return keys[event], true
}

// staleWindow is how far back, in timestamp units, a packet may lie to be taken
// for a late one; a jump beyond it is a sender that started its clock anew.
const staleWindow = 48000 * 10

// segment is the longest duration an event packet can carry.
const segment = 0xFFFF

// continues tells whether a packet is a further segment of a key held down so
// long that its duration field was exhausted (RFC 4733 section 2.5.1.3).
func (r *Receiver) continues(event byte, stamp uint32) bool {
	return event == r.event && !r.ended && stamp-r.stamp == segment
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
