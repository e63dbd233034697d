package ogg

import (
	"encoding/binary"
	"errors"
	"io"
)

// PreSkip is how many samples a decoder is to throw away at first: how late an
// Opus encoder's sound comes, 6.5 ms.
const PreSkip = 312

// errPacket is a packet that fits no page, or has no length.
var errPacket = errors.New("ogg: packet cannot be written")

// Head is what a stream says of itself first.
type Head struct {
	Rate     uint32   // of what was coded, in Hz: for information only
	Comments []string // "NAME=value", see RFC 7845 §5.2
}

// Writer writes a stream. Each page is one Write to what is below, and is about
// a second long at most. After an
// error nothing more is written.
type Writer struct {
	out    io.Writer
	serial uint32
	page   uint32 // number of the next
	at     int64  // position after the last packet
	began  int64  // position of the page to come
	silent bool   // nothing was to be heard last
	lacing []byte // of the page to come
	body   []byte
	buffer []byte
	err    error
}

// NewWriter begins a stream: it writes the two header pages. The serial number
// tells streams of one file apart.
func NewWriter(out io.Writer, serial uint32, head Head) (*Writer, error) {
	w := &Writer{out: out, serial: serial, silent: true}
	id := append([]byte("OpusHead"), 1, 1) // version, channels
	id = binary.LittleEndian.AppendUint16(id, PreSkip)
	id = binary.LittleEndian.AppendUint32(id, head.Rate)
	id = append(id, 0, 0, 0) // no gain, mapping family 0
	w.put(id)
	w.flush(first)

	tags := appendString([]byte("OpusTags"), "partyline")
	tags = binary.LittleEndian.AppendUint32(tags, uint32(len(head.Comments)))
	for _, c := range head.Comments {
		tags = appendString(tags, c)
	}
	if !fits(tags) {
		return nil, errPacket
	}
	w.put(tags)
	w.flush(0)
	return w, w.err
}

func appendString(b []byte, s string) []byte {
	return append(binary.LittleEndian.AppendUint32(b, uint32(len(s))), s...)
}

// At is the position after what was written: of the next packet.
func (w *Writer) At() int64 { return w.at }

// Packet writes an Opus packet that lasts so many samples.
func (w *Writer) Packet(p []byte, samples int) error {
	if len(p) == 0 || samples <= 0 || !fits(p) {
		return errPacket
	}
	if len(w.lacing)+segments(p) > maxLacing || w.at-w.began >= Rate {
		w.flush(0)
	}
	w.put(p)
	w.at += int64(samples)
	w.silent = false
	return w.err
}

// The heads of packets with several frames of one length each, CELT at full
// band (RFC 6716 §3.1 and §3.2.5).
const (
	celt20ms  = 31<<3 | 3
	celt10ms  = 30<<3 | 3
	celt2ms5  = 28<<3 | 3
	most20ms  = 6 // frames in the longest packet, 120 ms
	samples20 = Rate / 50
	samples10 = Rate / 100
	// Grain is the shortest gap, 2.5 ms.
	Grain = Rate / 400
	// loss is the longest gap that is taken for loss: 60 ms.
	loss = 3 * samples20
)

// silence is a frame of it, of any length: CELT's silence flag. A frame without
// anything says that the decoder is to make something up (RFC 7845 §4.1), which
// after a loss is better; but of what was said last it may make a hum that goes
// on for minutes.
var silence = []byte{0xff, 0xfe}

// Gap leaves out so many samples, but for what is less than a Grain. A short
// gap is loss, which the decoder is to conceal, as it is to end what was heard
// before a longer one; the rest of that is silence.
func (w *Writer) Gap(samples int64) error {
	if samples < Grain {
		return w.err
	}
	if made := min(samples, samples20); !w.silent {
		if samples <= loss {
			made = samples
		}
		w.frames(made, nil)
		samples -= made
	}
	w.frames(samples, silence)
	return w.err
}

// frames writes packets of equal frames for so many samples.
func (w *Writer) frames(samples int64, frame []byte) {
	for samples >= Grain && w.err == nil {
		toc, n, length := byte(celt2ms5), samples/Grain, int64(Grain)
		switch {
		case samples >= samples20:
			toc, n, length = celt20ms, min(samples/samples20, most20ms), samples20
		case samples >= samples10:
			toc, n, length = celt10ms, 1, samples10
		}
		packet := append(make([]byte, 0, 16), toc, byte(n))
		for range n {
			packet = append(packet, frame...)
		}
		_ = w.Packet(packet, int(n*length)) // w.err has it
		w.silent = len(frame) > 0
		samples -= n * length
	}
}

// Flush writes a page of what has come since the last.
func (w *Writer) Flush() error {
	if len(w.lacing) > 0 {
		w.flush(0)
	}
	return w.err
}

// Close writes the last page. A packet has to end on it, so that it is a Grain
// of silence if nothing else is left. It does not close what is below.
func (w *Writer) Close() error {
	if len(w.lacing) == 0 {
		w.frames(Grain, silence)
	}
	w.flush(last)
	return w.err
}

// segments is how many segments a packet has: the last is shorter than 255.
func segments(p []byte) int { return len(p)/maxLacing + 1 }

func fits(p []byte) bool { return segments(p) <= maxLacing }

// put adds a packet to the page to come.
func (w *Writer) put(p []byte) {
	n := len(p)
	for ; n >= maxLacing; n -= maxLacing {
		w.lacing = append(w.lacing, maxLacing)
	}
	w.lacing = append(w.lacing, byte(n))
	w.body = append(w.body, p...)
}

// flush writes the page, RFC 3533 §6.
func (w *Writer) flush(flags byte) {
	if w.err != nil {
		return
	}
	b := append(w.buffer[:0], capture...)
	b = append(b, 0, flags)
	b = binary.LittleEndian.AppendUint64(b, uint64(w.at))
	b = binary.LittleEndian.AppendUint32(b, w.serial)
	b = binary.LittleEndian.AppendUint32(b, w.page)
	b = append(b, 0, 0, 0, 0, byte(len(w.lacing)))
	b = append(b, w.lacing...)
	b = append(b, w.body...)
	binary.LittleEndian.PutUint32(b[22:], checksum(b))
	_, w.err = w.out.Write(b)
	w.page++
	w.began = w.at
	w.buffer, w.lacing, w.body = b, w.lacing[:0], w.body[:0]
}
