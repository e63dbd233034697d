package evidence

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Tape keeps the headers of a call's RTP and RTCP packets in a bounded piece of
// memory: those of the first ten seconds, and then the latest. A packet that
// follows the one before as RTP's packets do takes three to five bytes. Its
// methods may be called from any goroutine; a nil Tape keeps nothing.
//
// A record is a byte of flags, the time since the record before in 100 µs, and
// what differs from what was to be expected:
//
//	control    whole RTCP packet, with its length
//	whole      RTP header of 12 bytes or more, with its length
//	jump       sequence number and timestamp, as differences to the expected ones
//	sized      bytes of the packet
//	elsewhere  the peer's address
//	marked     the marker bit; of RTCP, that it shares the port of RTP
//	earlier    that the packet came before that of the record before
//
// A chunk of records can be read by itself: it begins with the time, and expects
// nothing.
type Tape struct {
	room int // chunks

	mu      sync.Mutex // guards what follows
	opening []chunk    // of the first seconds
	latest  []chunk    // oldest first
	began   time.Time
	state   [2]stream // in, out
	last    int64     // time of the record before, in ticks
	skipped uint64    // records that were forgotten
}

// chunk is some records.
type chunk struct {
	data    []byte
	records int
}

// stream is what a direction's next packet is expected to be like.
type stream struct {
	known     bool
	first     byte // with version, padding, extension and CSRC count
	payload   byte
	sequence  uint16
	timestamp uint32
	step      uint32
	ssrc      uint32
	size      int
	peer      netip.AddrPort
}

const (
	chunkSize = 2 << 10
	// tick is what times are rounded to.
	tick = 100 * time.Microsecond
	// beginning is what is kept of a call in any case, unless it takes more than a
	// quarter of the room.
	beginning = 10 * time.Second
	// longestHeader bounds an RTP header with its CSRCs and extension, and longestReport
	// an RTCP packet.
	longestHeader, longestReport = 72, 400
	headerSize                   = 12
	// around is how long what stands around these in a record may be.
	around = 40
)

// Flags of a record.
const (
	out byte = 1 << iota
	control
	whole
	sized
	elsewhere
	jump
	marked
	earlier
)

// NewTape makes a tape of size bytes, at least 8 kB. It takes them as it needs them.
func NewTape(size int) *Tape { return &Tape{room: max(size/chunkSize, 4)} }

// RTP notes an RTP packet that came from a peer or went to it.
func (t *Tape) RTP(now time.Time, outward bool, peer netip.AddrPort, data []byte) {
	if t == nil || len(data) < headerSize {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.chunk(now, longestHeader)
	s := &t.state[direction(outward)]
	var flags byte
	if outward {
		flags = out
	}
	sequence, stamp := binary.BigEndian.Uint16(data[2:]), binary.BigEndian.Uint32(data[4:])
	ssrc, header := binary.BigEndian.Uint32(data[8:]), length(data)
	if !s.known || data[0] != s.first || data[1]&0x7F != s.payload || ssrc != s.ssrc || header > headerSize {
		flags |= whole
	} else {
		if sequence != s.sequence+1 || stamp != s.timestamp+s.step {
			flags |= jump
		}
		if data[1]&0x80 != 0 {
			flags |= marked
		}
	}
	if len(data) != s.size {
		flags |= sized
	}
	if peer != s.peer {
		flags |= elsewhere
	}
	b := t.begin(c.data, flags, now)
	if flags&elsewhere != 0 {
		b = appendPeer(b, peer)
	}
	switch {
	case flags&whole != 0:
		b = append(append(b, byte(header)), data[:header]...)
	case flags&jump != 0:
		b = binary.AppendVarint(b, int64(int16(sequence-s.sequence-1)))
		b = binary.AppendVarint(b, int64(int32(stamp-s.timestamp-s.step)))
	}
	if flags&sized != 0 {
		b = binary.AppendUvarint(b, uint64(len(data)))
	}
	s.follow(data, len(data), peer)
	c.data = b
	c.records++
}

// RTCP notes an RTCP packet in the clear; muxed tells that it came to the port of
// RTP, or from it. Names in it are left out.
func (t *Tape) RTCP(now time.Time, outward, muxed bool, peer netip.AddrPort, data []byte) {
	if t == nil || len(data) < 8 {
		return
	}
	kept := reports(data)
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.chunk(now, len(kept))
	flags := control | sized | elsewhere
	if outward {
		flags |= out
	}
	if muxed {
		flags |= marked
	}
	b := appendPeer(t.begin(c.data, flags, now), peer)
	b = append(binary.AppendUvarint(b, uint64(len(kept))), kept...)
	c.data = binary.AppendUvarint(b, uint64(len(data)))
	c.records++
}

// chunk is where the next record goes, with so much of a packet; t.mu is held.
func (t *Tape) chunk(now time.Time, size int) *chunk {
	if t.began.IsZero() {
		t.began = now
	}
	if now.Sub(t.began) < beginning && len(t.opening) <= t.room/4 && len(t.latest) == 0 {
		if n := len(t.opening); n > 0 && t.opening[n-1].fits(size) {
			return &t.opening[n-1]
		}
		if len(t.opening) < t.room/4 {
			t.opening = append(t.opening, t.fresh(nil, now))
			return &t.opening[len(t.opening)-1]
		}
	}
	if n := len(t.latest); n > 0 && t.latest[n-1].fits(size) {
		return &t.latest[n-1]
	}
	var old []byte
	if len(t.opening)+len(t.latest) >= t.room {
		old = t.latest[0].data
		t.skipped += uint64(t.latest[0].records)
		t.latest = slices.Delete(t.latest, 0, 1)
	}
	t.latest = append(t.latest, t.fresh(old, now))
	return &t.latest[len(t.latest)-1]
}

// fits tells whether a record has room.
func (c *chunk) fits(size int) bool { return len(c.data)+size+around <= chunkSize }

// fresh begins a chunk; t.mu is held.
func (t *Tape) fresh(room []byte, now time.Time) chunk {
	if room == nil {
		room = make([]byte, 0, chunkSize)
	}
	t.state = [2]stream{}
	t.last = now.UnixNano() / int64(tick)
	return chunk{data: binary.AppendVarint(room[:0], t.last)}
}

// begin writes what every record begins with; t.mu is held. What came in is told
// later than what went out meanwhile.
func (t *Tape) begin(b []byte, flags byte, now time.Time) []byte {
	since := now.UnixNano()/int64(tick) - t.last
	t.last += since
	if since < 0 {
		flags, since = flags|earlier, -since
	}
	return binary.AppendUvarint(append(b, flags), uint64(since))
}

// follow notes what the next packet is expected to be like.
func (s *stream) follow(header []byte, size int, peer netip.AddrPort) {
	sequence, stamp := binary.BigEndian.Uint16(header[2:]), binary.BigEndian.Uint32(header[4:])
	if step := stamp - s.timestamp; s.known && sequence == s.sequence+1 {
		s.step = step
	}
	s.known, s.first, s.payload = true, header[0], header[1]&0x7F
	s.sequence, s.timestamp, s.ssrc = sequence, stamp, binary.BigEndian.Uint32(header[8:])
	s.size, s.peer = size, peer
}

func direction(outward bool) int {
	if outward {
		return 1
	}
	return 0
}

// length is how long an RTP header is, with CSRCs and extension (RFC 3550 section
// 5.1), but no longer than is kept.
func length(data []byte) int {
	n := headerSize + 4*int(data[0]&0x0F)
	if data[0]&0x10 != 0 && len(data) >= n+4 {
		n += 4 + 4*int(binary.BigEndian.Uint16(data[n+2:]))
	}
	return min(n, len(data), longestHeader)
}

// appendPeer writes an address.
func appendPeer(b []byte, peer netip.AddrPort) []byte {
	host := peer.Addr().AsSlice()
	b = append(append(b, byte(len(host))), host...)
	return binary.BigEndian.AppendUint16(b, peer.Port())
}

// The kinds of RTCP packets (RFC 3550 section 12.1, RFC 4585, RFC 3611).
const (
	senderReport = 200 + iota
	receiverReport
	description
	goodbye
	application
	transportFeedback
	payloadFeedback
	extendedReport
)

// reports is a compound RTCP packet (RFC 3550 section 6.1), whose texts are zeros:
// names, reasons and what applications say.
func reports(data []byte) []byte {
	kept := make([]byte, 0, min(len(data), longestReport))
	for len(data) >= 4 {
		size := min(4+4*int(binary.BigEndian.Uint16(data[2:])), len(data))
		if len(kept)+size > longestReport {
			break
		}
		kept = append(kept, data[:size]...)
		silence(kept[len(kept)-size:])
		data = data[size:]
	}
	return kept
}

// silence takes the texts out of one packet of RTCP.
func silence(part []byte) {
	keep := 8
	switch count := int(part[0] & 0x1F); part[1] {
	case senderReport, receiverReport, transportFeedback, payloadFeedback, extendedReport:
		return
	case description:
		for rest := part[min(4, len(part)):]; len(rest) > 4; {
			rest = items(rest[4:])
		}
		return
	case goodbye:
		keep = 4 + 4*count + 1
	case application:
		keep = 12
	}
	clear(part[min(keep, len(part)):])
}

// items takes the texts out of the items of a chunk of SDES (RFC 3550 section
// 6.5), up to the zeros that end it, and gives what follows.
func items(rest []byte) []byte {
	at := 0
	for at+1 < len(rest) && rest[at] != 0 {
		text := rest[at+2:]
		length := min(int(rest[at+1]), len(text))
		clear(text[:length])
		at += 2 + length
	}
	return rest[min(at+4-at%4, len(rest)):]
}
