package ogg

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// What reading may find. ErrTruncated comes after all there is: the stream
// ends within a page, or without its last one.
var (
	ErrInvalid   = errors.New("ogg: not a stream of Opus")
	ErrTruncated = errors.New("ogg: stream was not finished")
)

// Reader reads a stream that is alone in its file.
type Reader struct {
	Vendor   string
	Comments []string
	PreSkip  int

	in     io.Reader
	serial uint32
	page   uint32 // number of the next
	flags  byte   // of the newest page
	at     int64  // position after the newest page

	header [headerSize + maxLacing]byte
	body   [maxLacing * maxLacing]byte
	lacing []byte // of the newest page, not yet read
	rest   []byte // of its body
	packet []byte
}

// NewReader reads a stream's headers.
func NewReader(in io.Reader) (*Reader, error) {
	r := &Reader{in: in}
	head, err := r.Next()
	if err != nil {
		return nil, err
	}
	alone := r.flags&first != 0 && len(r.lacing) == 0 // on its page
	if len(head) < 19 || string(head[:8]) != "OpusHead" || head[8]>>4 != 0 || !alone {
		return nil, fmt.Errorf("%w: no head", ErrInvalid)
	}
	r.PreSkip = int(binary.LittleEndian.Uint16(head[10:]))
	tags, err := r.Next()
	if err != nil {
		return nil, err
	}
	if len(tags) < 8 || string(tags[:8]) != "OpusTags" {
		return nil, fmt.Errorf("%w: no tags", ErrInvalid)
	}
	return r, r.readTags(tags[8:])
}

// readTags reads the comments, RFC 7845 §5.2.
func (r *Reader) readTags(b []byte) error {
	text := func() (string, bool) {
		if len(b) < 4 {
			return "", false
		}
		n := binary.LittleEndian.Uint32(b)
		if b = b[4:]; uint64(n) > uint64(len(b)) {
			return "", false
		}
		s := string(b[:n])
		b = b[n:]
		return s, true
	}
	var ok bool
	if r.Vendor, ok = text(); !ok || len(b) < 4 {
		return fmt.Errorf("%w: bad tags", ErrInvalid)
	}
	n := binary.LittleEndian.Uint32(b)
	b = b[4:]
	for range n {
		c, ok := text()
		if !ok {
			return fmt.Errorf("%w: bad tags", ErrInvalid)
		}
		r.Comments = append(r.Comments, c)
	}
	return nil
}

// Next gives the next packet, which is valid until the one after. It returns
// io.EOF at the stream's end, ErrTruncated, ErrInvalid or what the input says.
func (r *Reader) Next() ([]byte, error) {
	r.packet = r.packet[:0]
	for {
		for len(r.lacing) > 0 {
			n := int(r.lacing[0])
			r.packet = append(r.packet, r.rest[:n]...)
			r.lacing, r.rest = r.lacing[1:], r.rest[n:]
			if n < maxLacing {
				return r.packet, nil
			}
		}
		if r.flags&last != 0 {
			return nil, io.EOF
		}
		if err := r.turn(); err != nil {
			return nil, err
		}
		if (r.flags&continued != 0) != (len(r.packet) > 0) {
			return nil, fmt.Errorf("%w: a packet is torn", ErrInvalid)
		}
	}
}

// At is the position that the newest page ends at, and whether all its packets
// have been read.
func (r *Reader) At() (position int64, read bool) { return r.at, len(r.lacing) == 0 }

// turn reads the next page.
func (r *Reader) turn() error {
	h := r.header[:headerSize]
	if err := r.fill(h); err != nil {
		return err
	}
	if string(h[:4]) != capture || h[4] != 0 {
		return fmt.Errorf("%w: no page", ErrInvalid)
	}
	n := int(h[26])
	h = r.header[:headerSize+n]
	if err := r.fill(h[headerSize:]); err != nil {
		return err
	}
	size := 0
	for _, l := range h[headerSize:] {
		size += int(l)
	}
	body := r.body[:size]
	if err := r.fill(body); err != nil {
		return err
	}
	sum := binary.LittleEndian.Uint32(h[22:])
	clear(h[22:26])
	if got := checksum(append(append(make([]byte, 0, len(h)+size), h...), body...)); got != sum {
		return fmt.Errorf("%w: bad checksum", ErrInvalid)
	}
	serial, page := binary.LittleEndian.Uint32(h[14:]), binary.LittleEndian.Uint32(h[18:])
	if page != r.page || page > 0 && serial != r.serial {
		return fmt.Errorf("%w: page %d of stream %d is out of place", ErrInvalid, page, serial)
	}
	r.serial, r.page, r.flags = serial, page+1, h[5]
	r.at = int64(binary.LittleEndian.Uint64(h[6:]))
	r.lacing, r.rest = h[headerSize:], body
	return nil
}

// fill reads all of p. A stream that ends before was not finished.
func (r *Reader) fill(p []byte) error {
	_, err := io.ReadFull(r.in, p)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrTruncated
	}
	return err
}
