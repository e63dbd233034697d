package g711

import (
	"errors"
	"fmt"

	"partyline/sfu/audio"
	"partyline/sfu/internal/halfband"
)

// FrameBytes is how many bytes a frame of the bus takes: 20 ms at 8 kHz.
const FrameBytes = audio.FrameSamples / 2

// ErrPayload is wrapped by errors about payloads that are no frame.
var ErrPayload = errors.New("not 20 ms of G.711")

// Stream codes one direction of one call between frames of the bus, at 16 kHz,
// and G.711. It belongs to one goroutine, and either encodes or decodes.
type Stream struct {
	law     *Law
	up      halfband.Up
	down    halfband.Down
	narrow  [FrameBytes]int16
	payload [FrameBytes]byte
}

// NewStream makes a stream under one of the two laws.
func NewStream(law *Law) *Stream { return &Stream{law: law} }

// Encode codes a frame. The payload is valid until the next call.
func (s *Stream) Encode(frame *audio.Frame) []byte {
	s.down.Process(s.narrow[:], frame[:])
	s.law.Encode(s.payload[:], s.narrow[:])
	return s.payload[:]
}

// Decode decodes a payload of FrameBytes into frame. It returns ErrPayload for
// others.
func (s *Stream) Decode(payload []byte, frame *audio.Frame) error {
	if len(payload) != FrameBytes {
		return fmt.Errorf("%w: %d bytes", ErrPayload, len(payload))
	}
	s.law.Decode(s.narrow[:], payload)
	s.up.Process(frame[:], s.narrow[:])
	return nil
}
