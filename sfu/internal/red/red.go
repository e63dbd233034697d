// Package red takes redundant audio (RFC 2198) apart and puts it together. It
// knows nothing of sockets or time.
package red

import "errors"

// What RFC 2198 §3 leaves room for.
const (
	// MaxBlocks is the most blocks that Parse accepts, the primary included.
	MaxBlocks = 32
	// maxOffset and maxLength are what the 14 and 10 bits of a redundant
	// block's header can say.
	maxOffset = 1<<14 - 1
	maxLength = 1<<10 - 1

	redundantHeader = 4 // octets
	primaryHeader   = 1
	follow          = 0x80 // F bit: another header follows
)

// Why a payload cannot be taken apart.
var (
	ErrTruncated = errors.New("red: truncated")
	ErrTooMany   = errors.New("red: too many blocks")
)

// Block is one coded frame in a RED payload.
type Block struct {
	PayloadType uint8
	// Offset is how much older than the packet's timestamp the block is, in
	// units of its RTP clock. The primary's is 0.
	Offset uint32
	// Data is a part of the payload that was parsed.
	Data []byte
}

// Parse appends the blocks of a RED payload to dst, oldest first and the
// primary last, as they stand in the packet.
func Parse(dst []Block, payload []byte) ([]Block, error) {
	first, total, data := len(dst), 0, payload
	var lengths [MaxBlocks]int
	for {
		if len(data) < primaryHeader {
			return dst[:first], ErrTruncated
		}
		if data[0]&follow == 0 {
			break
		}
		if len(data) < redundantHeader {
			return dst[:first], ErrTruncated
		}
		n := len(dst) - first
		if n+1 >= MaxBlocks {
			return dst[:first], ErrTooMany
		}
		lengths[n] = int(data[2]&3)<<8 | int(data[3])
		total += lengths[n]
		dst = append(dst, Block{
			PayloadType: data[0] &^ follow,
			Offset:      uint32(data[1])<<6 | uint32(data[2])>>2,
		})
		data = data[redundantHeader:]
	}
	primary := data[0]
	data = data[primaryHeader:]
	if len(data) < total {
		return dst[:first], ErrTruncated
	}
	for i := range dst[first:] {
		dst[first+i].Data, data = data[:lengths[i]], data[lengths[i]:]
	}
	return append(dst, Block{PayloadType: primary, Data: data}), nil
}

// Append puts blocks together, oldest first and the primary last, each under
// the payload type given. Redundant blocks that RFC 2198 cannot express - too
// old or too long - are left out.
func Append(dst []byte, payloadType uint8, blocks []Block) []byte {
	if len(blocks) == 0 {
		return dst
	}
	redundant, primary := blocks[:len(blocks)-1], blocks[len(blocks)-1]
	for _, b := range redundant {
		if !b.fits() {
			continue
		}
		n := len(b.Data)
		dst = append(dst, payloadType|follow, byte(b.Offset>>6), byte(b.Offset<<2)|byte(n>>8), byte(n))
	}
	dst = append(dst, payloadType)
	for _, b := range redundant {
		if b.fits() {
			dst = append(dst, b.Data...)
		}
	}
	return append(dst, primary.Data...)
}

// fits tells whether b can be sent as a redundant block.
func (b Block) fits() bool {
	return b.Offset > 0 && b.Offset <= maxOffset && len(b.Data) > 0 && len(b.Data) <= maxLength
}
