//go:build !race

package music

import (
	"math"
	"math/rand/v2"
	"sync"

	"partyline/sfu/audio"
)

// The music of these tests: made here, the same each time.

// long is how long a piece is, in seconds.
const long = 12.0

type wave []float64

func (w *wave) add(at float64, sound func(t float64) float64, length float64) {
	from := int(at * audio.Rate)
	n := int(length * audio.Rate)
	for len(*w) < from+n {
		*w = append(*w, 0)
	}
	for i := range n {
		(*w)[from+i] += sound(float64(i) / audio.Rate)
	}
}

func note(semitones float64) float64 { return 440 * math.Pow(2, (semitones-69)/12) }

// organ, piano, pluck, bowed and brass are instruments.
func organ(f, length float64) func(float64) float64 {
	return func(t float64) float64 {
		v := 0.0
		for h, a := range []float64{1, .6, .4, .3, .1, .15} {
			v += a * math.Sin(2*math.Pi*f*float64(h+1)*t)
		}
		return v * min(t/.02, (length-t)/.05, 1)
	}
}

func piano(f, length float64) func(float64) float64 {
	return func(t float64) float64 {
		v := 0.0
		for h := 1.0; h <= 8; h++ {
			v += math.Exp(-t*(1.2+h*.7)) / h * math.Sin(2*math.Pi*f*h*math.Sqrt(1+.0004*h*h)*t)
		}
		return 1.6 * v * min(t/.004, (length-t)/.03, 1)
	}
}

func pluck(f, length float64) func(float64) float64 {
	return func(t float64) float64 {
		v := 0.0
		for h := 1.0; h <= 10; h++ {
			v += math.Exp(-t*(4+h*1.5)) / h * math.Sin(2*math.Pi*f*h*t+h)
		}
		return 1.6 * v * min(t/.003, (length-t)/.02, 1)
	}
}

func bowed(f, length float64) func(float64) float64 {
	return func(t float64) float64 {
		v := 0.0
		for k, detune := range []float64{.9975, 1, 1.003} {
			phase := 2 * math.Pi * f * detune * (t + .0006*math.Sin(2*math.Pi*(5.1+.4*float64(k))*t+float64(k)))
			for h := 1.0; h <= 8; h++ {
				v += math.Sin(phase*h) / h / 3
			}
		}
		return v * min(t/.15, (length-t)/.2, 1)
	}
}

func brass(f, length float64) func(float64) float64 {
	return func(t float64) float64 {
		v := 0.0
		phase := 2*math.Pi*f*t + .5*min(t/.3, 1)*math.Sin(2*math.Pi*5.5*t)*f/300
		for h := 1.0; h <= 10; h++ {
			v += math.Sin(phase*h) / math.Sqrt(h) / 2
		}
		return v * min(t/.05, (length-t)/.06, 1)
	}
}

func kick(t float64) float64 {
	return 2.2 * math.Exp(-t*14) * math.Sin(2*math.Pi*(55*t+6*(1-math.Exp(-t*30))))
}

func hiss(seed uint64, decay float64) func(float64) float64 {
	r := rand.New(rand.NewPCG(seed, 1))
	return func(t float64) float64 { return math.Exp(-t*decay) * r.NormFloat64() }
}

func snare(seed uint64) func(float64) float64 {
	h := hiss(seed, 22)
	return func(t float64) float64 { return h(t) + math.Exp(-t*20)*math.Sin(2*math.Pi*190*t) }
}

var chords = [][]float64{{60, 64, 67, 72}, {57, 60, 64, 69}, {53, 57, 60, 65}, {55, 59, 62, 67}}

type instrument func(f, length float64) func(float64) float64

func chordal(by instrument, each float64) (w wave) {
	for i := 0; float64(i)*each < long; i++ {
		for _, n := range chords[i%4] {
			w.add(float64(i)*each, by(note(n), each), each)
		}
	}
	return w
}

func arpeggio(by instrument, each, ring float64) (w wave) {
	for i := 0; float64(i)*each < long; i++ {
		c := chords[i/8%4]
		w.add(float64(i)*each, by(note(c[[]int{0, 1, 2, 3, 2, 1, 2, 1}[i%8]]+12*float64(i/4%2)), ring), ring)
	}
	return w
}

func melody(by instrument, legato float64) (w wave) {
	at := 0.0
	r := rand.New(rand.NewPCG(7, 8))
	scale := []float64{60, 62, 64, 65, 67, 69, 71, 72, 74, 76}
	k := 4
	for at < long {
		length := []float64{.2, .2, .4, .4, .8}[r.IntN(5)]
		k = min(max(k+r.IntN(5)-2, 0), len(scale)-1)
		w.add(at, by(note(scale[k]), length*legato), length*legato)
		at += length
	}
	return w
}

func drumLoop(bpm float64) (w wave) {
	beat := 60 / bpm
	for i := 0; float64(i)*beat/2 < long; i++ {
		at := float64(i) * beat / 2
		switch i % 8 {
		case 0, 5:
			w.add(at, kick, .3)
		case 2, 6:
			w.add(at, snare(uint64(i%8)), .25)
		}
		w.add(at, func(h func(float64) float64) func(float64) float64 {
			return func(t float64) float64 { return .35 * h(t) }
		}(hiss(9, 60)), .08)
	}
	return w
}

func mixed(parts ...wave) (w wave) {
	for _, p := range parts {
		for len(w) < len(p) {
			w = append(w, 0)
		}
		for i, x := range p {
			w[i] += x
		}
	}
	return w
}

func scaled(w wave, a float64) wave {
	out := make(wave, len(w))
	for i, x := range w {
		out[i] = a * x
	}
	return out
}

func beeps(f, on, every float64) (w wave) {
	for at := .5; at < 24; at += every {
		w.add(at, func(t float64) float64 { return math.Sin(2*math.Pi*f*t) * min(t/.005, (on-t)/.005, 1) }, on)
	}
	w.add(24, func(float64) float64 { return 0 }, .1)
	return w
}

type piece struct {
	name  string
	wave  wave
	drums bool // and nothing else
}

var pieces = sync.OnceValue(func() []piece {
	bass := func(f, l float64) func(float64) float64 { return organ(f/4, l) }
	return []piece{
		{"organ chords", chordal(organ, 2), false},
		{"string chords", chordal(bowed, 2), false},
		{"piano chords", chordal(piano, 1), false},
		{"slow piano chords", chordal(piano, 2), false},
		{"plucked arpeggio", arpeggio(pluck, .15, .5), false},
		{"slow piano arpeggio", arpeggio(piano, .3, 1.2), false},
		{"fast music box", arpeggio(func(f, l float64) func(float64) float64 { return piano(4*f, l) }, .12, .6), false},
		{"piano melody", melody(piano, 1.3), false},
		{"brass melody", melody(brass, .95), false},
		{"string melody", melody(bowed, 1.1), false},
		{"flute melody", melody(func(f, l float64) func(float64) float64 {
			return func(t float64) float64 {
				return (math.Sin(2*math.Pi*f*(t+.0005*math.Sin(2*math.Pi*5*t))) + .1*math.Sin(4*math.Pi*f*t)) * min(t/.04, (l-t)/.04, 1)
			}
		}, .97), false},
		{"drum loop", drumLoop(110), true},
		{"fast drum loop", drumLoop(150), true},
		{"band", mixed(drumLoop(110), scaled(chordal(organ, 60/110.*4), .4), scaled(arpeggio(bass, 60/110./2, .25), .8)), false},
		{"drums and piano", mixed(scaled(drumLoop(96), .8), arpeggio(piano, 60/96./2, .8)), false},
		{"synth pad and lead", mixed(chordal(bowed, 2.4), melody(brass, .9)), false},
		{"drone", chordal(func(f, l float64) func(float64) float64 { return organ(f/2, l) }, long), false},
	}
})

// tones are what exchanges send in place of music.
func tones() []piece {
	return []piece{
		{"beep every 2 s", beeps(440, .4, 2), false},
		{"beep every 4 s", beeps(1000, .5, 4), false},
		{"busy", beeps(425, .5, 1), false},
		{"dial tone", mixed(beeps(350, 12, 13), beeps(440, 12, 13)), false},
	}
}

// frames brings a wave to a level in dBov, over its loud parts, on the bus.
func (w wave) frames(level float64) []audio.Frame {
	var sum float64
	n := 0
	for _, x := range w {
		if math.Abs(x) > 1e-3 {
			sum += x * x
			n++
		}
	}
	gain := 32768 * math.Pow(10, level/20) / math.Sqrt(sum/float64(max(n, 1)))
	out := make([]audio.Frame, len(w)/audio.FrameSamples)
	for i := range out {
		for k := range out[i] {
			out[i][k] = int16(min(max(w[i*audio.FrameSamples+k]*gain, -32768), 32767))
		}
	}
	return out
}

// laughter is breathy and voiced by turns, about five times a second.
func laughter(f0 float64) (w wave) {
	r := rand.New(rand.NewPCG(3, 3))
	for at := .3; at < 10; {
		length := (.9 + .2*r.Float64()) / 4.7
		f := f0 * (1 + .3*math.Exp(-math.Mod(at, 2)) - .1*r.Float64())
		breath := hiss(uint64(at*1000), 0)
		w.add(at, func(t float64) (v float64) {
			for h := 1.0; h < 15; h++ {
				v += math.Sin(h*2*math.Pi*(f*t-60*t*t)) / h
			}
			return v*math.Exp(-t*12)*min(t/.02, 1) + .15*breath(t)
		}, length*.95)
		if at += length; r.IntN(9) == 0 {
			at += .5
		}
	}
	return w
}

// um is what people say while they think: a vowel that hardly glides.
func um(f0 float64) (w wave) {
	r := rand.New(rand.NewPCG(4, 3))
	for at := .2; at < 11; at += 1.6 {
		length, phase := .5+.7*r.Float64(), 0.0
		w.add(at, func(t float64) (v float64) {
			phase += 2 * math.Pi / audio.Rate * f0 * (1 - .08*t + .01*math.Sin(2*math.Pi*3*t) + .01*r.NormFloat64())
			for h := 1.0; h < 12; h++ {
				v += math.Sin(h*phase) / (h * h / 3)
			}
			return v * min(t/.05, (length-t)/.1, 1)
		}, length)
	}
	return w
}

// typing is keys that are hit as they come.
func typing() (w wave) {
	r := rand.New(rand.NewPCG(6, 3))
	for at := .2; at < 11; at += .08 + .2*r.Float64() {
		w.add(at, hiss(uint64(at*1000), 90), .05)
	}
	return w
}
