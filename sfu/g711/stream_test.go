package g711

import (
	"errors"
	"math"
	"testing"

	"partyline/sfu/audio"
)

// TestStreamCarriesTheTelephoneBand sends tones through both directions: those
// within 300 to 3400 Hz keep their level, and those beyond 4600 Hz are gone.
func TestStreamCarriesTheTelephoneBand(t *testing.T) {
	for _, law := range []*Law{Mu, A} {
		for _, test := range []struct {
			hz   float64
			lost bool
		}{{300, false}, {1000, false}, {3400, false}, {4600, true}, {6000, true}} {
			encoder, decoder := NewStream(law), NewStream(law)
			var sent, heard float64
			for n := range 50 {
				var in, out audio.Frame
				for i := range in {
					in[i] = int16(8000 * math.Sin(2*math.Pi*test.hz*float64(n*audio.FrameSamples+i)/audio.Rate))
				}
				if err := decoder.Decode(encoder.Encode(&in), &out); err != nil {
					t.Fatal(err)
				}
				if n < 5 { // the filters fill
					continue
				}
				for i := range in {
					sent += float64(in[i]) * float64(in[i])
					heard += float64(out[i]) * float64(out[i])
				}
			}
			gain := 10 * math.Log10(heard/sent)
			if test.lost && gain > -40 || !test.lost && math.Abs(gain) > 0.3 {
				t.Errorf("a tone of %v Hz comes out at %.1f dB", test.hz, gain)
			}
		}
	}
}

func TestStreamRefusesOddPayloads(t *testing.T) {
	var frame audio.Frame
	for _, n := range []int{0, FrameBytes - 1, FrameBytes + 1} {
		if err := NewStream(Mu).Decode(make([]byte, n), &frame); !errors.Is(err, ErrPayload) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}
