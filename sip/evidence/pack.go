package evidence

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"time"
)

// ErrUnreadable is returned for what is no packed evidence, or not a whole one.
var ErrUnreadable = errors.New("not packed evidence")

// version begins what is packed, with the number of the format.
const version = "PLE1"

// mostUnpacked bounds what a piece of packed evidence may grow to.
const mostUnpacked = 4 << 20

// Leg is the media of a call: its tape, and the address that the peer was told to
// send RTP to.
type Leg struct {
	Local netip.AddrPort
	Tape  *Tape
}

// networks are those of a Message, as they are packed.
var networks = []string{"udp", "tcp", "tls"}

// Pack writes what is kept of a call in one piece: its messages, masked already,
// how many of them are missing, and its media.
func Pack(messages []Message, missing int, legs ...Leg) []byte {
	b := binary.AppendUvarint(nil, uint64(missing))
	b = binary.AppendUvarint(b, uint64(len(messages)))
	for _, m := range messages {
		b = binary.AppendVarint(b, m.At.UnixNano())
		b = append(b, bits(m.Out, m.Again), byte(max(slices.Index(networks, m.Network), 0)))
		b = appendPeer(appendPeer(b, m.Local), m.Peer)
		b = append(binary.AppendUvarint(b, uint64(len(m.Data))), m.Data...)
	}
	for _, leg := range legs {
		b = leg.Tape.appendTo(appendPeer(b, leg.Local))
	}
	var packed bytes.Buffer
	packed.WriteString(version)
	w, _ := flate.NewWriter(&packed, flate.BestSpeed) // fails for a level that there is none of
	_, _ = w.Write(b)                                 // a buffer takes everything
	_ = w.Close()
	return packed.Bytes()
}

func bits(of ...bool) (b byte) {
	for i, on := range of {
		if on {
			b |= 1 << i
		}
	}
	return b
}

// appendTo writes the tape.
func (t *Tape) appendTo(b []byte) []byte {
	if t == nil {
		return binary.AppendUvarint(binary.AppendUvarint(b, 0), 0)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	b = binary.AppendUvarint(b, t.skipped)
	b = binary.AppendUvarint(b, uint64(len(t.opening)+len(t.latest)))
	for _, c := range slices.Concat(t.opening, t.latest) {
		b = append(binary.AppendUvarint(b, uint64(len(c.data))), c.data...)
	}
	return b
}

// Unpack reads what Pack has written. The error is ErrUnreadable.
func Unpack(packed []byte) (*Capture, error) {
	compressed, ok := bytes.CutPrefix(packed, []byte(version))
	if !ok {
		return nil, fmt.Errorf("%w: it begins otherwise", ErrUnreadable)
	}
	b, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(compressed)), mostUnpacked))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	r := &piece{rest: b}
	c := &Capture{Missing: int(r.uvarint())}
	for range r.uvarint() {
		m := Message{At: time.Unix(0, r.varint()).UTC()}
		flags := r.byte()
		m.Out, m.Again = flags&1 != 0, flags&2 != 0
		m.Network = networks[int(r.byte())%len(networks)]
		m.Local, m.Peer = r.peer(), r.peer()
		m.Data = r.bytes(r.uvarint())
		if r.bad {
			return nil, fmt.Errorf("%w: a message is cut off", ErrUnreadable)
		}
		c.Messages = append(c.Messages, m)
	}
	for len(r.rest) > 0 && !r.bad {
		c.unpackLeg(r)
	}
	if r.bad {
		return nil, fmt.Errorf("%w: the packets are cut off", ErrUnreadable)
	}
	slices.SortStableFunc(c.Packets, func(a, b Packet) int { return a.At.Compare(b.At) })
	return c, nil
}

// unpackLeg reads a tape.
func (c *Capture) unpackLeg(r *piece) {
	local := r.peer()
	c.Skipped += r.uvarint()
	for range r.uvarint() {
		chunk := &piece{rest: r.bytes(r.uvarint())}
		if r.bad {
			return
		}
		d := decoder{piece: chunk, local: local, last: chunk.varint()}
		for len(chunk.rest) > 0 && !chunk.bad {
			d.record(c)
		}
		r.bad = r.bad || chunk.bad
	}
}

// decoder reads the records of a chunk.
type decoder struct {
	*piece
	local netip.AddrPort
	state [2]stream
	last  int64
}

// record reads one.
func (d *decoder) record(c *Capture) {
	flags := d.byte()
	since := int64(d.uvarint())
	if flags&earlier != 0 {
		since = -since
	}
	d.last += since
	p := Packet{At: time.Unix(0, 0).Add(time.Duration(d.last) * tick).UTC(), Out: flags&out != 0, Control: flags&control != 0, Local: d.local}
	if p.Control {
		if flags&marked == 0 {
			p.Local = netip.AddrPortFrom(d.local.Addr(), d.local.Port()+1)
		}
		p.Peer = d.peer()
		p.Header = d.bytes(d.uvarint())
		p.Size = int(d.uvarint())
	} else {
		d.media(&p, flags)
	}
	if d.bad || p.Size < len(p.Header) || p.Size > 1<<16 {
		d.bad = true
		return
	}
	c.Packets = append(c.Packets, p)
}

// media reads the record of an RTP packet.
func (d *decoder) media(p *Packet, flags byte) {
	s := &d.state[direction(p.Out)]
	peer, size := s.peer, s.size
	if flags&elsewhere != 0 {
		peer = d.peer()
	}
	switch {
	case flags&whole != 0:
		p.Header = d.bytes(uint64(d.byte()))
	case !s.known:
		d.bad = true
	default:
		sequence, stamp := s.sequence+1, s.timestamp+s.step
		if flags&jump != 0 {
			sequence += uint16(d.varint())
			stamp += uint32(d.varint())
		}
		second := s.payload
		if flags&marked != 0 {
			second |= 0x80
		}
		p.Header = binary.BigEndian.AppendUint16([]byte{s.first, second}, sequence)
		p.Header = binary.BigEndian.AppendUint32(p.Header, stamp)
		p.Header = binary.BigEndian.AppendUint32(p.Header, s.ssrc)
	}
	if flags&sized != 0 {
		size = int(min(d.uvarint(), 1<<20))
	}
	if d.bad || len(p.Header) < headerSize {
		d.bad = true
		return
	}
	p.Peer, p.Size = peer, size
	s.follow(p.Header, size, peer)
}

// piece is read from its front. Once something was missing it is bad, and gives
// zeros.
type piece struct {
	rest []byte
	bad  bool
}

func (p *piece) bytes(n uint64) []byte {
	if p.bad || n > uint64(len(p.rest)) {
		p.bad, p.rest = true, nil
		return nil
	}
	var b []byte
	b, p.rest = p.rest[:n:n], p.rest[n:]
	return b
}

func (p *piece) byte() byte {
	if b := p.bytes(1); len(b) == 1 {
		return b[0]
	}
	return 0
}

func (p *piece) uvarint() uint64 {
	v, n := binary.Uvarint(p.rest)
	p.skip(n)
	if p.bad {
		return 0
	}
	return v
}

func (p *piece) varint() int64 {
	v, n := binary.Varint(p.rest)
	p.skip(n)
	if p.bad {
		return 0
	}
	return v
}

func (p *piece) skip(n int) {
	if n <= 0 {
		p.bad, p.rest = true, nil
		return
	}
	p.bytes(uint64(n))
}

func (p *piece) peer() netip.AddrPort {
	host := p.bytes(uint64(p.byte()))
	port := p.bytes(2)
	if p.bad {
		return netip.AddrPort{}
	}
	address, ok := netip.AddrFromSlice(host)
	if !ok && len(host) > 0 {
		p.bad = true
	}
	return netip.AddrPortFrom(address, binary.BigEndian.Uint16(port))
}
