package softphone

import (
	"fmt"

	"partyline/sfu/audio"
)

// Codec codes one stream in one direction: an instance is used either for
// encoding or for decoding, by one goroutine.
type Codec interface {
	// Encode codes one frame; nil where nothing is to be sent. The payload is
	// valid until the next call.
	Encode(*audio.Frame) []byte
	// Decode decodes a payload of 20 ms.
	Decode(payload []byte, out *audio.Frame) error
}

// codecs are a call's codecs in one direction, made when first needed. They
// belong to one goroutine.
type codecs struct {
	make func(audio.Codec) (Codec, error)
	made map[audio.Codec]Codec
}

func (c *codecs) get(codec audio.Codec) (Codec, error) {
	if made := c.made[codec]; made != nil {
		return made, nil
	}
	made, err := c.make(codec)
	if err != nil {
		return nil, fmt.Errorf("codec %v: %w", codec, err)
	}
	if c.made == nil {
		c.made = make(map[audio.Codec]Codec)
	}
	c.made[codec] = made
	return made, nil
}
