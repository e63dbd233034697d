package g722

import (
	"errors"
	"fmt"

	"partyline/sfu/audio"
)

// FrameBytes is how many bytes a frame of the bus takes.
const FrameBytes = audio.FrameSamples / 2

// ErrPayload is wrapped by errors about payloads that are no frame.
var ErrPayload = errors.New("not 20 ms of G.722")

// Stream codes one direction of one call between frames of the bus and G.722.
// It belongs to one goroutine, and either encodes or decodes. The zero value
// is ready.
type Stream struct {
	encoder Encoder
	decoder Decoder
	payload [FrameBytes]byte
}

// Encode codes a frame. The payload is valid until the next call.
func (s *Stream) Encode(frame *audio.Frame) []byte {
	return s.encoder.Encode(s.payload[:], frame[:])
}

// Decode decodes a payload of FrameBytes into frame. It returns ErrPayload for
// others.
func (s *Stream) Decode(payload []byte, frame *audio.Frame) error {
	if len(payload) != FrameBytes {
		return fmt.Errorf("%w: %d bytes", ErrPayload, len(payload))
	}
	s.decoder.Decode(frame[:], payload)
	return nil
}
