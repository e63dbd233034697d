package opus

import (
	"errors"
	"fmt"

	"partyline/sfu/audio"
)

const (
	bitrate    = 32000 // bit/s
	complexity = 5
	// assumedLoss is the percentage that makes the encoder spend bits on FEC.
	assumedLoss = 10
	// MaxPayload is the size of a buffer that any payload of ours fits in.
	MaxPayload = 512
	// MaxSamples is what the longest packet, 120 ms, decodes to.
	MaxSamples = audio.Rate * 120 / 1000
)

// Errors of this package. Decoding errors wrap ErrPayload.
var (
	ErrPayload = errors.New("opus: payload cannot be decoded")
	errEncode  = errors.New("opus: frame cannot be encoded")
)

// encoder and decoder are what a backend provides.
type encoder interface {
	encode(frame []int16, dst []byte) (int, error)
	setLoss(percent int) error
	reset() error
}

type decoder interface {
	decode(payload []byte, dst []int16) (int, error)
	conceal(dst []int16) error
	recover(next []byte, dst []int16) error
	reset() error
}

// Encoder codes one stream of frames.
type Encoder struct{ backend encoder }

// NewEncoder makes an encoder for the bus.
func NewEncoder() (*Encoder, error) {
	backend, err := newEncoder()
	if err != nil {
		return nil, fmt.Errorf("opus: make an encoder: %w", err)
	}
	return &Encoder{backend}, nil
}

// Encode codes a frame into dst, which should hold MaxPayload bytes, and
// returns the payload, a part of dst.
func (e *Encoder) Encode(dst []byte, frame *audio.Frame) (payload []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			payload, err = nil, fmt.Errorf("%w: %v", errEncode, r)
		}
	}()
	n, err := e.backend.encode(frame[:], dst)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errEncode, err)
	}
	return dst[:n], nil
}

// SetLoss tells the encoder what percentage of its packets is lost, so that it
// divides its bits between the frame and the FEC of the frame before.
func (e *Encoder) SetLoss(percent int) error {
	return e.backend.setLoss(min(max(percent, 0), 100))
}

// Reset forgets the stream.
func (e *Encoder) Reset() error { return e.backend.reset() }

// Decoder decodes one stream of packets to 16 kHz.
type Decoder struct{ backend decoder }

// NewDecoder makes a decoder to the bus's rate.
func NewDecoder() (*Decoder, error) {
	backend, err := newDecoder()
	if err != nil {
		return nil, fmt.Errorf("opus: make a decoder: %w", err)
	}
	return &Decoder{backend}, nil
}

// Decode decodes a payload into dst, which must hold MaxSamples, and returns
// the samples, a part of dst.
func (d *Decoder) Decode(dst []int16, payload []byte) (samples []int16, err error) {
	defer fence(&err)
	if len(payload) == 0 {
		return nil, fmt.Errorf("%w: empty", ErrPayload)
	}
	n, err := d.backend.decode(payload, dst)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPayload, err)
	}
	return dst[:n], nil
}

// Conceal fills dst for packets of that length that did not arrive. The length
// must be a multiple of 2.5 ms.
func (d *Decoder) Conceal(dst []int16) (err error) {
	defer fence(&err)
	if err := d.backend.conceal(dst[:len(dst):len(dst)]); err != nil {
		return fmt.Errorf("%w: %w", ErrPayload, err)
	}
	return nil
}

// Recover fills dst for a lost packet from the FEC that the next packet
// carries, or conceals it if there is none. next is still to be decoded.
func (d *Decoder) Recover(dst []int16, next []byte) (err error) {
	defer fence(&err)
	if len(next) == 0 {
		return fmt.Errorf("%w: empty", ErrPayload)
	}
	if err := d.backend.recover(next, dst[:len(dst):len(dst)]); err != nil {
		return fmt.Errorf("%w: %w", ErrPayload, err)
	}
	return nil
}

// Reset forgets the stream.
func (d *Decoder) Reset() error { return d.backend.reset() }

// fence turns a panic of the codec into an error: one bad packet must not end
// the calls of a whole room.
func fence(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("%w: %v", ErrPayload, r)
	}
}

// Duration tells how many milliseconds of sound a payload holds by its TOC
// (RFC 6716 section 3.1), or 0 if it is malformed or longer than 120 ms.
func Duration(payload []byte) int { return Samples(payload) / 48 }

// Samples is Duration in samples at 48 kHz.
func Samples(payload []byte) int {
	if len(payload) == 0 {
		return 0
	}
	frames := 0
	switch payload[0] & 3 {
	case 0:
		frames = 1
	case 1, 2:
		frames = 2
	case 3:
		if len(payload) < 2 {
			return 0
		}
		frames = int(payload[1] & 0x3F)
	}
	total := frames * frameTenths(payload[0]>>3)
	if total > 1200 {
		return 0
	}
	return total * 48 / 10
}

// frameTenths is the length of a frame of a configuration in tenths of a ms.
func frameTenths(config byte) int {
	switch {
	case config < 12: // SILK
		return [4]int{100, 200, 400, 600}[config&3]
	case config < 16: // hybrid
		return [2]int{100, 200}[config&1]
	default: // CELT
		return [4]int{25, 50, 100, 200}[config&3]
	}
}

// Quiet tells that a payload says "nothing is said": DTX, which is the TOC with
// at most one byte after it (RFC 6716 section 2.1.9, RFC 7587 section 3.1.3).
func Quiet(payload []byte) bool { return len(payload) <= 2 }
