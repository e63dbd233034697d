// Package mix adds voices on the bus.
//
// A [Sum] is one tick of a room: voices are added as they are, in 32 bits, and
// one limiter gain serves every mix that is derived from the sum. So a talker's
// own voice can be subtracted exactly, however loud the room is. A [Leveler]
// brings phones to a common loudness, and [Fade] keeps what begins and ends
// from clicking. Nothing here is safe for concurrent use.
package mix

import (
	"math"

	"partyline/sfu/audio"
)

const (
	ceiling = 32000 // what the limiter lets through
	attack  = 16    // samples: 1 ms
	// release is how much of the way back to 1 the gain goes in a frame: as
	// far as a time constant of 200 ms takes it.
	release = 0.0952
)

// Sum is the sum of a tick's voices and the limiter after it.
type Sum struct {
	samples  [audio.FrameSamples]int32
	from, to float32 // gain at the beginning and the end of the frame; 0 is 1
}

// Clear begins a new tick.
func (s *Sum) Clear() { s.samples = [audio.FrameSamples]int32{} }

// Add puts a voice into the sum.
func (s *Sum) Add(f *audio.Frame) {
	for i, x := range f {
		s.samples[i] += int32(x)
	}
}

// Limit sets the tick's gain once all voices are in: down at once, up slowly.
func (s *Sum) Limit() {
	var peak int32
	for _, x := range s.samples {
		peak = max(peak, x, -x)
	}
	s.from = s.to
	if s.from == 0 {
		s.from = 1
	}
	s.to = s.from + (1-s.from)*release
	if most := float32(ceiling) / float32(max(peak, 1)); s.to > most {
		s.to = most
	}
	if s.to > 0.999 {
		s.to = 1
	}
}

// All writes the whole mix to out.
func (s *Sum) All(out *audio.Frame) {
	if s.from == 1 && s.to == 1 {
		for i, x := range s.samples {
			out[i] = clip(x)
		}
		return
	}
	g, step := s.from, s.slope()
	for i, x := range s.samples {
		out[i] = clip(int32(float32(x) * g))
		g = s.toward(g, step)
	}
}

// Without writes the mix without own, which must be one of the voices added.
func (s *Sum) Without(own, out *audio.Frame) {
	g, step := s.from, s.slope()
	for i, x := range s.samples {
		out[i] = clip(int32(float32(x-int32(own[i])) * g))
		g = s.toward(g, step)
	}
}

// slope is the gain's change per sample: quick down, over the frame up.
func (s *Sum) slope() float32 {
	if s.to < s.from {
		return (s.to - s.from) / attack
	}
	return (s.to - s.from) / audio.FrameSamples
}

func (s *Sum) toward(g, step float32) float32 {
	if step < 0 {
		return max(g+step, s.to)
	}
	return min(g+step, s.to)
}

func clip(x int32) int16 {
	return int16(min(max(x, math.MinInt16), math.MaxInt16))
}

// fadeSamples is how long a voice takes to come or go: 10 ms.
const fadeSamples = audio.FrameSamples / 2

// Fade ramps the beginning of a frame where a voice comes in (from false to
// true) or goes out (from true to false).
func Fade(f *audio.Frame, was, is bool) {
	if was == is {
		if !is {
			*f = audio.Frame{}
		}
		return
	}
	for i := range fadeSamples {
		w := int32(i + 1)
		if was {
			w = fadeSamples - w
		}
		f[i] = int16(int32(f[i]) * w / fadeSamples)
	}
	if was {
		clear(f[fadeSamples:])
	}
}

// Headroom is by how much a frame can be multiplied before it is as loud as a
// limiter lets through: at least 1.
func Headroom(f *audio.Frame) float32 {
	var peak int32
	for _, x := range f {
		peak = max(peak, int32(x), -int32(x))
	}
	return max(ceiling/float32(max(peak, 1)), 1)
}

// joining is how long it takes to come from one sound to another: 5 ms.
const joining = audio.FrameSamples / 4

// Join fades a sound in from where another one ended, at the sample last.
func Join(sound []int16, last int16) {
	for i := range min(len(sound), joining) {
		w := int32(i + 1)
		sound[i] = int16((int32(sound[i])*w + int32(last)*(joining-w)) / joining)
	}
}

// Scale multiplies a frame by a gain that runs evenly from one value to
// another.
func Scale(f *audio.Frame, from, to float32) {
	if from == 1 && to == 1 {
		return
	}
	step := (to - from) / audio.FrameSamples
	for i, x := range f {
		f[i] = clip(int32(float32(x) * from))
		from += step
	}
}

// Over adds a second sound to a frame.
func Over(f, sound *audio.Frame) {
	for i, x := range sound {
		f[i] = clip(int32(f[i]) + int32(x))
	}
}
