// Package softphonetest is what tests need to speak over softphones and to hear
// what came of it, without the codecs of another engine.
package softphonetest

import (
	"errors"
	"math"
	"time"

	"partyline/sfu/audio"
)

// frame is 20 ms of G.711 in bytes.
const frame = 160

// ULaw is G.711 µ-law by its formula, slow and short. It is a softphone's codec.
type ULaw struct{ buf [frame]byte }

// Encode codes one frame.
func (u *ULaw) Encode(f *audio.Frame) []byte {
	for i := range u.buf {
		x := float64(f[2*i]) / 32768
		y := math.Log1p(255*math.Abs(x)) / math.Log1p(255)
		b := byte(y*127 + 0.5)
		if x < 0 {
			b |= 0x80
		}
		u.buf[i] = ^b
	}
	return u.buf[:]
}

// Decode decodes 20 ms.
func (u *ULaw) Decode(payload []byte, out *audio.Frame) error {
	if len(payload) != frame {
		return errors.New("not 20 ms")
	}
	for i, b := range payload {
		b = ^b
		x := (math.Pow(256, float64(b&0x7F)/127) - 1) / 255
		if b&0x80 != 0 {
			x = -x
		}
		out[2*i] = int16(x * 32767)
		out[2*i+1] = out[2*i]
	}
	return nil
}

// Tone is a sine of a frequency in Hz, at 16 kHz.
func Tone(hz float64, d time.Duration) []int16 {
	s := make([]int16, int(d*audio.Rate/time.Second))
	for i := range s {
		s[i] = int16(12000 * math.Sin(2*math.Pi*hz*float64(i)/audio.Rate))
	}
	return s
}

// Strength is how much of a frequency in Hz is in a sound at 16 kHz, 0 to 1.
func Strength(s []int16, hz float64) float64 {
	var re, im, all float64
	for i, v := range s {
		x := float64(v)
		re += x * math.Cos(2*math.Pi*hz*float64(i)/audio.Rate)
		im += x * math.Sin(2*math.Pi*hz*float64(i)/audio.Rate)
		all += x * x
	}
	if all == 0 {
		return 0
	}
	return 2 * (re*re + im*im) / (all * float64(len(s)))
}
