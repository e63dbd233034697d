package music

import (
	"math"
	"slices"

	"partyline/sfu/audio"
)

// When music is recognised. The corpus of the tests says what these are worth:
// music has an evidence of 0.37 and more in 2 s, speech one of 0.28 at most.
const (
	certain  = 0.35 // evidence above which it is music
	doubtful = 0.28 // and below which it is not
	weighed  = 50   // analyses with sound that are weighed: 2 s
	parts    = 5    // of them, of which four must be musical by themselves

	ended  = 60  // analyses with sound, without music, that end it: 2.4 s
	silent = 300 // frames without sound that end it: 6 s, longer than a queue's beeps are apart
	reach  = 30  // dB below the loudest that still count as sound
	decay  = 0.1 // dB that the loudest is forgotten by each analysis
	lowest = -10 // dB of sound at all
)

// Detector looks for music in one phone's sound. The zero value has heard
// nothing.
type Detector struct {
	samples [size]float32 // at 8 kHz
	carry   float32       // the last sample of the bus
	odd     bool          // every other frame is analysed
	notes   notes
	drums   drums

	loudest  float32
	evidence [weighed]float32 // of analyses with sound, a ring
	at, n    int
	without  int // analyses with sound since the last musical one
	pause    int // frames without sound
	playing  bool
}

// Hear takes a frame and tells whether music is playing.
func (d *Detector) Hear(f *audio.Frame) bool {
	if d.pause > 1 {
		d.samples, d.carry = [size]float32{}, 0
	}
	d.pause = 0
	d.take(f)
	if d.odd = !d.odd; d.odd {
		d.weigh(d.notes.analyse(&d.samples))
	}
	if d.drums.hear(f.Level(), d.notes.tonal) {
		d.playing, d.without = true, 0
	}
	return d.playing
}

// Pause takes a frame that has no sound, and tells whether music is playing.
func (d *Detector) Pause() bool {
	d.notes.forget()
	d.drums.hear(audio.Silence, 0)
	if d.pause++; d.pause >= silent {
		d.n, d.playing = 0, false
	}
	return d.playing
}

// take brings a frame to 8 kHz: what folds down from above 4 kHz, softened by
// three taps, does no harm here.
func (d *Detector) take(f *audio.Frame) {
	const fresh = audio.FrameSamples / 2
	copy(d.samples[:], d.samples[fresh:])
	last := d.carry
	for i := range fresh {
		a, b := float32(f[2*i]), float32(f[2*i+1])
		d.samples[size-fresh+i] = (last + 2*a + b) / 4
		last = b
	}
	d.carry = last
}

// weigh takes the evidence of an analysis, if it had any sound.
func (d *Detector) weigh(evidence, level float32) {
	d.loudest = max(d.loudest-decay, level)
	if level < lowest || level < d.loudest-reach {
		return
	}
	d.evidence[d.at] = evidence
	d.at = (d.at + 1) % weighed
	if d.n < weighed {
		d.n++
	}
	if d.n < weighed {
		return
	}
	switch found := d.found(); {
	case found > certain:
		d.playing, d.without = true, 0
	case found > doubtful:
		d.without = 0
	default:
		if d.without++; d.without >= ended {
			d.playing = false
		}
	}
}

// found is the evidence of the last 2 s of sound: that of all of it, but no
// more than that of the second poorest part, so that one long "um" is none.
func (d *Detector) found() float32 {
	var mean [parts]float32
	var all float32
	for i := range weighed {
		e := d.evidence[(d.at+i)%weighed]
		all += e / weighed
		mean[i*parts/weighed] += e * parts / weighed
	}
	slices.Sort(mean[:])
	return min(all/2, mean[1])
}

// Peaks of a spectrum.
const (
	firstBin  = 6   // 94 Hz
	voiceBin  = 13  // 203 Hz: above the drums that have a tone
	lastBin   = 224 // 3.5 kHz
	mostPeaks = 24
	faintest  = 1e-3 // of the strongest bin's power
	stands    = 3    // times the least power on either side makes a peak
	stark     = 20   // likewise, a clear one
)

// How long and how exactly a note must stay for its energy to count. A voice
// glides: hardly any of its harmonics stay so. An instrument's vibrato is let
// pass if it lasts.
const (
	exactly   = 0.008 // of the frequency
	leastHz   = 4
	roughly   = 0.035
	roughHz   = 8
	steady    = 4  // analyses: 160 ms, exactly
	wavering  = 6  // 240 ms, roughly
	lingering = 12 // 480 ms, roughly
)

// notes follows the peaks of the spectrum from one analysis to the next.
type notes struct {
	exact, rough tracks
	tonal        float32 // part of the voice's energy in clear peaks, at the last analysis
}

// tracks are the peaks of an analysis.
type tracks struct {
	peaks [mostPeaks]track
	n     int
}

type track struct {
	began float32 // Hz
	age   int     // analyses
}

// add takes a peak in: it goes on from the nearest of the analysis before that
// began within the tolerance, and tells its age.
func (t *tracks) add(before *tracks, hz, tolerance float32) int {
	next, nearest := track{began: hz}, tolerance
	for _, old := range before.peaks[:before.n] {
		off := max(old.began-hz, hz-old.began)
		if off <= nearest {
			next, nearest = track{old.began, old.age + 1}, off
		}
	}
	t.peaks[t.n] = next
	t.n++
	return next.age
}

func (n *notes) forget() { n.exact.n, n.rough.n, n.tonal = 0, 0, 0 }

// analyse tells how much of the energy is in notes that stay, counted once for
// each way of staying, and the level in dB.
func (n *notes) analyse(samples *[size]float32) (evidence, level float32) {
	var p [half]float32
	powers(samples, &p)
	var strongest, total, clear, low float32
	for k, x := range p[firstBin:lastBin] {
		strongest = max(strongest, x)
		total += x
		if k == voiceBin-firstBin {
			low = total - x
		}
	}
	var exact, rough tracks
	for k := firstBin; k < lastBin && exact.n < mostPeaks; k++ {
		x := p[k]
		if x <= p[k-1] || x < p[k+1] || x < strongest*faintest {
			continue
		}
		beside := max(min(p[k-3], p[k-2], p[k-1]), min(p[k+1], p[k+2], p[k+3]))
		if x < stands*beside {
			continue
		}
		energy := p[k-1] + x + p[k+1]
		if x > stark*beside && k > voiceBin {
			clear += energy
		}
		hz := (float32(k) + offset(p[k-1], x, p[k+1])) * perBin
		if exact.add(&n.exact, hz, max(leastHz, hz*exactly)) >= steady {
			evidence += energy
		}
		switch age := rough.add(&n.rough, hz, max(roughHz, hz*roughly)); {
		case age >= lingering:
			evidence += 2 * energy
		case age >= wavering:
			evidence += energy
		}
	}
	n.exact, n.rough = exact, rough
	n.tonal = clear / (total - low + 1)
	return evidence / (total + 1), 10 * float32(math.Log10(float64(total)/1e9+1e-9))
}

// offset is how far from its bin a tone's peak is, by its neighbours' powers
// under a Hann window.
func offset(below, at, above float32) float32 {
	if above > below {
		r := float32(math.Sqrt(float64(above / at)))
		return (2*r - 1) / (r + 1)
	}
	r := float32(math.Sqrt(float64(below / at)))
	return -(2*r - 1) / (r + 1)
}
