package main

import "math"

// The music for those who wait: eight bars of four seconds, a soft pad under a
// slow arpeggio. It ends as it begins, so that it can be repeated without a
// seam, keeps to what a telephone carries, and is quieter than speech.
const (
	bar        = 4.0 // seconds
	notesInBar = 8
	musicLevel = -31.0 // dBFS
	noteA4     = 69    // MIDI's number of the A at 440 Hz
)

// harmony is the chord of each bar, in MIDI's numbers, lowest note first.
var harmony = [][]int{
	{60, 64, 67, 71}, // C major seventh
	{57, 64, 67, 72}, // A minor seventh
	{65, 69, 72, 76}, // F major seventh
	{62, 67, 71, 74}, // G sixth
	{64, 67, 71, 74}, // E minor seventh
	{57, 64, 69, 72}, // A minor
	{62, 65, 69, 72}, // D minor seventh
	{62, 65, 67, 71}, // G seventh
}

// figure is which note of the chord is played when in a bar; -1 is a rest. The
// second half of the bars is a little busier.
var figure = [2][notesInBar]int{
	{0, 1, 2, 3, -1, 2, 1, -1},
	{0, 2, 3, 2, 1, 3, 2, -1},
}

// music composes it.
func music() []float64 {
	samples := make([]float64, int(bar*float64(len(harmony))*rate))
	for i, chord := range harmony {
		begin := bar * float64(i)
		for _, note := range chord {
			add(samples, begin-0.4, bar+1.2, pitch(note), 0.10, pad)
		}
		for j, step := range figure[i/4] {
			if step >= 0 {
				add(samples, begin+bar*float64(j)/notesInBar, 2.4, 2*pitch(chord[step]), 0.30, bell)
			}
		}
	}
	var sum float64
	for _, s := range samples {
		sum += s * s
	}
	level := 10 * math.Log10(sum/float64(len(samples)))
	scale(samples, math.Pow(10, (musicLevel-level)/20))
	return samples
}

// pitch is a note's frequency in Hz, equal temperament.
func pitch(note int) float64 { return 440 * math.Pow(2, float64(note-noteA4)/12) }

// add adds a note; what runs over the end goes on at the beginning. Its
// frequency is rounded to whole oscillations in the whole piece.
func add(samples []float64, begin, length, frequency, volume float64, voice func(at, length, phase float64) float64) {
	whole := float64(len(samples)) / rate
	frequency = math.Round(frequency*whole) / whole
	first := int(begin * rate)
	for i := range int(length * rate) {
		at := float64(i) / rate
		n := (first + i + len(samples)) % len(samples)
		samples[n] += volume * voice(at, length, 2*math.Pi*frequency*at)
	}
}

// pad swells and fades along a sine's half.
func pad(at, length, phase float64) float64 {
	swell := math.Sin(math.Pi * at / length)
	return swell * swell * (math.Sin(phase) + 0.3*math.Sin(2*phase) + 0.1*math.Sin(3*phase))
}

// bell is struck and dies away, its overtones faster.
func bell(at, length, phase float64) float64 {
	strike := min(1, at/0.008) * min(1, (length-at)/0.1)
	return strike * math.Exp(-2.2*at) * (math.Sin(phase) + 0.35*math.Exp(-4*at)*math.Sin(2*phase) + 0.12*math.Exp(-9*at)*math.Sin(4*phase))
}

// The tone after which a caller speaks.
const (
	toneLength    = 0.24 // seconds
	toneFrequency = 880.0
	toneVolume    = 0.14 // -20 dBFS
)

func tone() []float64 {
	samples := make([]float64, int(toneLength*rate))
	for i := range samples {
		samples[i] = toneVolume * math.Sin(2*math.Pi*toneFrequency*float64(i)/rate)
	}
	soften(samples)
	return samples
}
