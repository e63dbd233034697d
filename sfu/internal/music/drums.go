package music

import (
	"math"

	"partyline/sfu/audio"
)

// When a rhythm is one of drums: it repeats itself exactly, and nobody sings
// or speaks to it. Of the corpus, loops have a likeness of 0.79 and more, and
// what is as toneless without being music one of 0.68 at most (typing in
// noise); nearly all speech has twice the tone.
const (
	alike    = 0.73
	toneless = 0.1 // of the energy above 200 Hz in clear tones, at most
	rhythm   = 130 // frames that are looked at: 2.6 s
	looked   = 10  // frames between two looks
	looks    = 2   // in a row that must agree
	shortest = 10  // frames that a beat takes: 200 ms
	longest  = 60  // 1.2 s
	strokes  = 7   // in that time, at least
	stroke   = 3   // dB by which a frame is louder than the one before, at least
	hardest  = 12  // dB more that count
	floor    = 60  // -dBov below which all is silence
	ringing  = 20  // dB below the loudest that a drum's tone counts
)

// drums looks for a rhythm in how the level rises.
type drums struct {
	strokes [rhythm]float32
	tonal   [rhythm]float32 // -1 where there was no sound
	at, n   int
	level   float32
	found   int // looks in a row that found them
	loudest float32
}

// hear takes a frame's level and tonality and tells whether these are drums.
func (d *drums) hear(level audio.Level, tonal float32) bool {
	now := float32(floor - min(level, floor))
	if d.n == 0 {
		d.level = now
	}
	d.strokes[d.at] = min(max(now-d.level-stroke, 0), hardest)
	d.level = now
	d.loudest = max(d.loudest-0.05, now)
	if d.tonal[d.at] = tonal; now == 0 || now < d.loudest-ringing {
		d.tonal[d.at] = -1
	}
	d.at = (d.at + 1) % rhythm
	if d.n++; d.n < rhythm || d.n%looked != 0 {
		return false
	}
	if d.found++; !d.isToneless() || d.likeness() < alike {
		d.found = 0
	}
	return d.found >= looks
}

func (d *drums) isToneless() bool { return d.tone() < toneless }

// tone is how tonal the sound is on average, 1 without any.
func (d *drums) tone() float32 {
	var sum, n float32
	for _, t := range d.tonal {
		if t >= 0 {
			sum += t
			n++
		}
	}
	if n == 0 {
		return 1
	}
	return sum / n
}

// likeness is how alike the rhythm is to itself a beat later: the largest
// autocorrelation, 0 if there are too few strokes.
func (d *drums) likeness() (most float32) {
	var x [rhythm]float32
	var mean, later, earlier float32
	n := 0
	for i := range x {
		at := d.strokes[(d.at+i)%rhythm]
		if at > 0 {
			n++
		}
		x[i] += 2 * at
		if i > 0 {
			x[i] += d.strokes[(d.at+i-1)%rhythm]
		}
		if i < rhythm-1 {
			x[i] += d.strokes[(d.at+i+1)%rhythm]
		}
		mean += x[i] / rhythm
	}
	if n < strokes {
		return 0
	}
	for i := range x {
		x[i] -= mean
		later += x[i] * x[i]
	}
	earlier = later
	for lag := 1; lag <= longest; lag++ {
		later -= x[lag-1] * x[lag-1]
		earlier -= x[rhythm-lag] * x[rhythm-lag]
		if lag < shortest {
			continue
		}
		var sum float32
		for i, y := range x[:rhythm-lag] {
			sum += y * x[lag+i]
		}
		most = max(most, sum/float32(math.Sqrt(float64(max(later*earlier, 1)))))
	}
	return most
}
