// Package answertone hears from its tones that a machine has answered a call: a
// fax or modem, or a voicemail that begins to record.
package answertone

import (
	"math"

	"partyline/sfu/audio"
	"partyline/sip/internal/dtmf"
)

// Kind is what has answered.
type Kind uint8

// The kinds. The zero value is somebody, or a machine that did not show itself
// yet.
const (
	Somebody  Kind = iota
	Fax            // a fax that calls (CNG, ITU-T T.30) or answers (CED; ANSam of V.8), or a modem
	Voicemail      // a greeting that ended in a beep
)

// String names the kind as call records do.
func (k Kind) String() string { return [...]string{"somebody", "fax", "voicemail"}[k] }

const (
	rate       = 8000 // Hz
	blockSize  = 160
	blockTime  = 20 // ms
	cng        = 1100.0
	ced        = 2100.0
	cngRange   = 45.0 // Hz: 38 by T.30, and some for the estimate
	cedRange   = 35.0 // 15 by T.30
	leastCNG   = 400 / blockTime
	leastCED   = 460 / blockTime // the phase of ANSam turns every 450 ms
	leastBeep  = 140 / blockTime
	longBeep   = 1400 / blockTime
	afterBeep  = 300 / blockTime // of silence: a voicemail listens
	greeting   = 400 / blockTime // of sound before the beep
	lowestBeep = 350.0
	topBeep    = 2600.0
	steady     = 25.0 // Hz from one block to the next
	// impure is the greatest share of a block's energy that is no part of one
	// sine wave. That of G.711's quantisation is 10⁻⁴, that of a vowel 10⁻¹.
	impure = 0.01
	// silent is the mean square of a block below which it has no sound: -45 dBov.
	silent = 32768 * 32768 * 3.2e-5
)

// Detector listens to G.711 sound from the answer on. The zero value is ready to
// use; it is not safe for concurrent use.
type Detector struct {
	block  [blockSize]float32
	filled int

	tone   float64 // Hz of the present run of blocks; 0: none
	run    int     // its length
	gap    bool    // one block of it was no tone
	sound  int     // blocks with other sound than the run
	beep   int     // length of the run before the present silence, where it may have been a beep
	silent int     // blocks of silence since
	found  Kind
}

// Packet takes the next packet and tells what is known then. It hears nothing in
// codecs other than G.711.
func (d *Detector) Packet(codec audio.Codec, payload []byte) Kind {
	for _, b := range payload {
		sample, ok := dtmf.Expand(codec, b)
		if !ok {
			return d.found
		}
		d.block[d.filled] = sample
		if d.filled++; d.filled == blockSize {
			d.filled = 0
			d.advance()
		}
	}
	return d.found
}

// advance takes a block.
func (d *Detector) advance() {
	frequency, kind := analyse(&d.block)
	switch {
	case d.found != Somebody:
	case kind == silence:
		d.silence()
	case kind == tone && d.run > 0 && math.Abs(frequency-d.tone) <= steady:
		d.run++
		d.gap = false
		d.tone += (frequency - d.tone) / 4
		d.recognise()
	case d.run >= 2 && !d.gap: // the phase turned, or a click
		d.gap = true
	default:
		d.sound += d.run
		d.tone, d.run, d.gap, d.beep = 0, 0, false, 0
		if kind == tone {
			d.tone, d.run = frequency, 1
		} else {
			d.sound++
		}
	}
}

// recognise tells whether the present tone is a fax's.
func (d *Detector) recognise() {
	if near(d.tone, cng, cngRange) && d.run >= leastCNG || near(d.tone, ced, cedRange) && d.run >= leastCED {
		d.found = Fax
	}
}

func near(f, of, within float64) bool { return math.Abs(f-of) <= within }

// silence ends a tone, which was a beep if it was of its length and somebody
// spoke before; it is one for certain when the silence lasts.
func (d *Detector) silence() {
	if d.run > 0 {
		d.beep, d.silent = 0, 0
		if d.run >= leastBeep && d.run <= longBeep && d.sound >= greeting && d.tone >= lowestBeep && d.tone <= topBeep {
			d.beep = d.run
		}
		d.tone, d.run, d.gap = 0, 0, false
	}
	if d.silent++; d.beep > 0 && d.silent >= afterBeep {
		d.found = Voicemail
	}
}

// content is what a block holds.
type content uint8

const (
	silence content = iota
	sound
	tone
)

// analyse fits one sine wave to a block: each sample of it is its neighbours' sum
// by twice the cosine of its step.
func analyse(x *[blockSize]float32) (frequency float64, kind content) {
	var energy, cross, neighbours float64
	for i := 1; i < blockSize-1; i++ {
		s, n := float64(x[i]), float64(x[i-1])+float64(x[i+1])
		energy += s * s
		cross += s * n
		neighbours += n * n
	}
	const samples = blockSize - 2
	if energy/samples < silent {
		return 0, silence
	}
	c := cross / energy // twice the cosine
	rest := neighbours - c*cross
	if math.Abs(c) >= 2 || rest > impure*4*energy {
		return 0, sound
	}
	return math.Acos(c/2) * rate / (2 * math.Pi), tone
}
