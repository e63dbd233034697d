// Package voice gives softphones the codecs of the audio engine. The two meet
// only in commands: no engine knows another.
package voice

import (
	"fmt"

	"partyline/sfu/audio"
	"partyline/sfu/g711"
	"partyline/sfu/g722"
	"partyline/sfu/opus"
	"partyline/sip/softphone"
)

// NewCodec makes a codec for one direction of one call.
func NewCodec(codec audio.Codec) (softphone.Codec, error) {
	if law := g711.ForCodec(codec); law != nil {
		return g711.NewStream(law), nil
	}
	switch codec {
	case audio.G722:
		return new(g722.Stream), nil
	case audio.Opus:
		return &opusCodec{}, nil
	}
	return nil, fmt.Errorf("codec %v is not spoken here", codec)
}

// opusCodec makes its encoder or decoder when it is first used: it will be
// used for one of the two.
type opusCodec struct {
	encoder *opus.Encoder
	decoder *opus.Decoder
	payload [opus.MaxPayload]byte
	samples [opus.MaxSamples]int16
}

// Encode codes a frame, and gives nothing where that fails: the next frame
// may do better, and a softphone has nobody to tell.
func (c *opusCodec) Encode(frame *audio.Frame) []byte {
	if c.encoder == nil {
		encoder, err := opus.NewEncoder()
		if err != nil {
			return nil
		}
		c.encoder = encoder
	}
	payload, err := c.encoder.Encode(c.payload[:], frame)
	if err != nil {
		return nil
	}
	return payload
}

// Decode decodes a payload; what is longer than a frame is cut off.
func (c *opusCodec) Decode(payload []byte, frame *audio.Frame) error {
	if c.decoder == nil {
		decoder, err := opus.NewDecoder()
		if err != nil {
			return err
		}
		c.decoder = decoder
	}
	samples, err := c.decoder.Decode(c.samples[:], payload)
	if err != nil {
		return err
	}
	*frame = audio.Frame{}
	copy(frame[:], samples)
	return nil
}
