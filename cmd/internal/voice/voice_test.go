package voice

import (
	"math"
	"testing"

	"partyline/sfu/audio"
)

// TestEveryCodecCarriesSound sends a tone through each codec and back.
func TestEveryCodecCarriesSound(t *testing.T) {
	for _, codec := range []audio.Codec{audio.PCMU, audio.PCMA, audio.G722, audio.Opus} {
		encoder, err := NewCodec(codec)
		if err != nil {
			t.Fatal(err)
		}
		decoder, err := NewCodec(codec)
		if err != nil {
			t.Fatal(err)
		}
		var in, out audio.Frame
		for n := range 50 {
			for i := range in {
				in[i] = int16(8000 * math.Sin(2*math.Pi*440*float64(n*audio.FrameSamples+i)/audio.Rate))
			}
			if err := decoder.Decode(encoder.Encode(&in), &out); err != nil {
				t.Fatal(err)
			}
		}
		if want, got := in.Level(), out.Level(); got < want-1 || got > want+1 {
			t.Errorf("%v: a tone at -%d dBov comes out at -%d", codec, want, got)
		}
		if err := decoder.Decode(nil, &out); err == nil {
			t.Errorf("%v: an empty payload is no error", codec)
		}
	}
	if _, err := NewCodec(0); err == nil {
		t.Error("no codec at all is no error")
	}
}
