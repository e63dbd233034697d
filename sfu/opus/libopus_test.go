//go:build libopus

package opus

import (
	"testing"

	"partyline/sfu/audio"
)

// TestBothBackendsDecodeAlike is the oracle: the same packets through the Go
// port and through C's libopus. Debian's 1.3.1 itself differs from 1.6.1 by
// 49 to 56 dB where packets are lost.
func TestBothBackendsDecodeAlike(t *testing.T) {
	frames := vowels(200)
	for name, backend := range map[string]func() (encoder, error){"gopus": newGopusEncoder, "libopus": newLibopusEncoder} {
		packets := encodeWith(t, backend, frames)
		for _, lose := range []struct {
			name      string
			loss, fec bool
			least     float64
		}{
			{"clean", false, false, 60}, {"concealed", true, false, 45}, {"FEC", true, true, 45},
		} {
			t.Run(name+"/"+lose.name, func(t *testing.T) {
				ours, theirs := decodeWith(t, newGopusDecoder, packets, lose.loss, lose.fec),
					decodeWith(t, newLibopusDecoder, packets, lose.loss, lose.fec)
				if got := snr(theirs, ours); got < lose.least {
					t.Errorf("gopus and libopus differ: %.1f dB, want %.0f", got, lose.least)
				}
			})
		}
	}
}

// TestBothEncodersSoundAlike decodes each one's packets with the other.
func TestBothEncodersSoundAlike(t *testing.T) {
	frames := vowels(200)
	original := flat(frames)
	ours := decodeWith(t, newLibopusDecoder, encodeWith(t, newGopusEncoder, frames), false, false)
	theirs := decodeWith(t, newGopusDecoder, encodeWith(t, newLibopusEncoder, frames), false, false)
	a, b := snr(original, ours), snr(original, theirs)
	if a < b-1.5 {
		t.Errorf("coded by gopus %.1f dB, by libopus %.1f dB", a, b)
	}
}

func encodeWith(t *testing.T, backend func() (encoder, error), frames []audio.Frame) (out [][]byte) {
	t.Helper()
	e, err := backend()
	if err != nil {
		t.Fatal(err)
	}
	for i := range frames {
		dst := make([]byte, MaxPayload)
		n, err := e.encode(frames[i][:], dst)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, dst[:n])
	}
	return out
}

func decodeWith(t *testing.T, backend func() (decoder, error), packets [][]byte, loss, fec bool) []int16 {
	t.Helper()
	d, err := backend()
	if err != nil {
		t.Fatal(err)
	}
	if loss {
		return lossy(t, d, packets, fec)
	}
	var out []int16
	for _, p := range packets {
		buf := make([]int16, MaxSamples)
		n, err := d.decode(p, buf)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, buf[:n]...)
	}
	return out
}
