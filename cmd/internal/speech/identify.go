package speech

import (
	"math"
	"math/cmplx"
	"slices"
	"time"
)

// How voices are told apart.
const (
	earRate   = 8000
	earWindow = earRate     // samples: 1 s
	earHop    = earRate / 2 // between windows
	// alike is the least normalised correlation of a window with a voice. A
	// voice among three as loud has 0.58, and codecs leave 0.8 of that.
	alike = 0.2
	// together is how far windows may differ in offset to count as one voice
	// that goes on: 20 ms, as a jitter buffer moves things.
	together = earRate / 50
	// enough is how many windows must agree.
	enough = 3
)

// Known is a voice to be looked for. It may be repeated endlessly, as a
// browser repeats its fake microphone's file.
type Known struct {
	Name    string
	Samples []int16 // at VoiceRate
}

// Presence tells how much of a known voice is in a recording.
type Presence struct {
	Name    string
	Heard   bool
	Level   float64       // dB re the voice as known, where it is heard
	Share   float64       // of the recording's energy, 0 to 1
	Windows int           // of a second each, overlapping, in which it is heard
	Offset  time.Duration // where in the voice the recording begins
}

// Identify tells which of the voices are in a recording at rate Hz, in turns
// or at once. It is a matched filter: each second of the recording is
// correlated with each voice at every offset, and a voice is there where
// several seconds agree on the offset. Codecs, limiters, echoes and noise do
// not disturb it much, for by chance the offsets never agree.
func Identify(recording []int16, rate int, voices []Known) []Presence {
	x := emphasised(resample(floats(recording), rate, earRate))
	out := make([]Presence, 0, len(voices))
	for _, v := range voices {
		out = append(out, identify(x, v))
	}
	return out
}

// match is how a window of the recording fits a voice.
type match struct {
	window int
	offset int     // of the recording's beginning in the voice, cyclic
	gain   float64 // of the voice in it
	energy float64 // that the voice explains
	loud   float64 // energy of the window
}

func identify(x []float64, v Known) Presence {
	p := Presence{Name: v.Name, Level: math.Inf(-1)}
	f := newMatcher(v)
	var matches []match
	total := 0.0
	for w := 0; w*earHop+earWindow <= len(x); w++ {
		part := x[w*earHop : w*earHop+earWindow]
		loud := energy(part)
		total += loud
		if loud < 1e-6 {
			continue
		}
		if m, sure := f.match(part, w); sure >= alike {
			m.loud = loud
			matches = append(matches, m)
		}
	}
	agreed := f.agree(matches)
	p.Windows = len(agreed)
	if len(agreed) < enough {
		return p
	}
	p.Heard = true
	var gains []float64
	for _, m := range agreed {
		p.Share += m.energy / total
		gains = append(gains, m.gain)
	}
	p.Share = math.Min(p.Share, 1)
	slices.Sort(gains)
	p.Level = 20 * math.Log10(gains[len(gains)/2])
	p.Offset = span(agreed[0].offset, earRate)
	return p
}

// matcher holds a voice, ready to be correlated with windows.
type matcher struct {
	voice  []complex128 // spectrum of the voice, its beginning repeated
	length int          // of one repetition
	power  []float64    // energy of the window at each offset
	dft    transform
}

func newMatcher(v Known) *matcher {
	once := emphasised(resample(floats(v.Samples), VoiceRate, earRate))
	m := &matcher{length: len(once)}
	looped := slices.Clone(once)
	for len(looped) < len(once)+earWindow {
		looped = append(looped, once...)
	}
	looped = looped[:len(once)+earWindow]
	m.voice = spectrum(looped, powerOfTwo(len(looped)+earWindow))
	m.dft = newTransform(len(m.voice))
	sum := energy(looped[:earWindow])
	for i := range once {
		m.power = append(m.power, sum)
		sum += looped[i+earWindow]*looped[i+earWindow] - looped[i]*looped[i]
	}
	return m
}

// match finds the offset at which the voice explains most of the window, and
// how alike they are, 0 to 1.
func (m *matcher) match(part []float64, window int) (match, float64) {
	c := make([]complex128, len(m.voice))
	for i, v := range part {
		c[i] = complex(v, 0)
	}
	m.dft.forward(c)
	for i := range c { // conj(c)·voice, conjugated for the way back
		c[i] *= cmplx.Conj(m.voice[i])
	}
	m.dft.forward(c)
	scale := complex(1/float64(len(c)), 0)
	for i := range c {
		c[i] = cmplx.Conj(c[i]) * scale
	}
	floor := slices.Max(m.power) / 100
	best, explained := 0, 0.0
	for i := range m.length {
		r := real(c[i])
		if e := r * r / math.Max(m.power[i], floor); e > explained && r > 0 {
			best, explained = i, e
		}
	}
	found := match{window: window, energy: explained}
	found.gain = real(c[best]) / math.Max(m.power[best], floor)
	found.offset = ((best-window*earHop)%m.length + m.length) % m.length
	return found, math.Sqrt(explained / (energy(part) + 1e-20))
}

// agree is the largest group of matches that lie at one offset. A match may be
// a little off its neighbours, as delays move.
func (m *matcher) agree(matches []match) (most []match) {
	for _, centre := range matches {
		var group []match
		for _, o := range matches {
			d := abs(o.offset - centre.offset)
			if min(d, m.length-d) <= together {
				group = append(group, o)
			}
		}
		if len(group) > len(most) {
			most = group
		}
	}
	return most
}
