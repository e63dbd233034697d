package main

import (
	"encoding/binary"
	"errors"
	"math"
)

// The shape of a finished clip.
const (
	rate         = 16000
	pauseSamples = rate * 180 / 1000
	window       = rate / 100       // 10 ms, in which loudness is measured
	lead         = rate * 20 / 1000 // kept before the first sound
	tail         = rate * 60 / 1000 // kept after the last sound
	edge         = rate * 5 / 1000  // faded in and out
	longestPause = 16               // windows of silence kept within a clip
	frame        = rate / 50        // clips are whole frames
	target       = -20.0            // dBFS, over the windows in which somebody speaks
	ceiling      = 0.84             // -1.5 dBFS, which no sample exceeds
	speechRange  = 30.0             // dB below the loudest window that still count as speech
	quietRange   = 36.0             // dB below the loudest window that count as silence
)

// finish trims a spoken clip, shortens its pauses, levels it and softens its
// edges.
func finish(samples []float64) []float64 {
	loud := loudness(samples)
	first, last := 0, len(loud)-1
	for first < last && !loud[first].sounds {
		first++
	}
	for last > first && !loud[last].sounds {
		last--
	}
	var kept []float64
	quiet := 0
	for i := max(first-lead/window, 0); i <= min(last+tail/window, len(loud)-1); i++ {
		if quiet++; loud[i].sounds {
			quiet = 0
		}
		if quiet <= longestPause {
			kept = append(kept, samples[i*window:(i+1)*window]...)
		}
	}
	scale(kept, gain(kept))
	soften(kept)
	for len(kept)%frame != 0 {
		kept = append(kept, 0)
	}
	return kept
}

// heard is how loud one window is.
type heard struct {
	level  float64 // dBFS
	speech bool
	sounds bool
}

func loudness(samples []float64) []heard {
	windows := make([]heard, len(samples)/window)
	loudest := math.Inf(-1)
	for i := range windows {
		var sum float64
		for _, s := range samples[i*window : (i+1)*window] {
			sum += s * s
		}
		windows[i].level = 10 * math.Log10(sum/window+1e-12)
		loudest = max(loudest, windows[i].level)
	}
	for i := range windows {
		windows[i].speech = windows[i].level > loudest-speechRange
		windows[i].sounds = windows[i].level > loudest-quietRange
	}
	return windows
}

// gain brings speech to the target level, as far as the ceiling allows.
func gain(samples []float64) float64 {
	var sum, peak float64
	n := 0
	for i, w := range loudness(samples) {
		if !w.speech {
			continue
		}
		for _, s := range samples[i*window : (i+1)*window] {
			sum += s * s
			peak = max(peak, math.Abs(s))
			n++
		}
	}
	if n == 0 || peak == 0 {
		return 1
	}
	level := 10 * math.Log10(sum/float64(n))
	return min(math.Pow(10, (target-level)/20), ceiling/peak)
}

func scale(samples []float64, gain float64) {
	for i := range samples {
		samples[i] *= gain
	}
}

// soften fades the clip in and out along half a cosine, so that clips follow
// each other without a click.
func soften(samples []float64) {
	for i := range min(edge, len(samples)/2) {
		fade := 0.5 - 0.5*math.Cos(math.Pi*(float64(i)+0.5)/edge)
		samples[i] *= fade
		samples[len(samples)-1-i] *= fade
	}
}

// resample changes the rate by a windowed sinc of 32 zero crossings a side.
// It is slow and exact; it runs once, when the clips are made.
func resample(samples []float64, from, to int) []float64 {
	if from == to {
		return samples
	}
	const crossings = 32
	ratio := float64(from) / float64(to)
	cutoff := min(1, 1/ratio) * 0.95
	reach := crossings / cutoff
	resampled := make([]float64, int(float64(len(samples))/ratio))
	for i := range resampled {
		centre := float64(i) * ratio
		var sum float64
		for j := max(int(centre-reach)+1, 0); j <= min(int(centre+reach), len(samples)-1); j++ {
			x := float64(j) - centre
			hann := 0.5 + 0.5*math.Cos(math.Pi*x/reach)
			sum += samples[j] * hann * cutoff * sinc(x*cutoff)
		}
		resampled[i] = sum
	}
	return resampled
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// decode reads a mono 16-bit WAV file as both voices write it: a header of 44
// bytes, then the sound.
func decode(file []byte) (samples []float64, from int, err error) {
	const header = 44
	if len(file) <= header || string(file[36:40]) != "data" || binary.LittleEndian.Uint16(file[22:]) != 1 {
		return nil, 0, errors.New("no mono WAV file came out")
	}
	from = int(binary.LittleEndian.Uint32(file[24:]))
	for i := header; i+1 < len(file); i += 2 {
		samples = append(samples, float64(int16(binary.LittleEndian.Uint16(file[i:])))/32768)
	}
	return samples, from, nil
}

// encode writes a mono 16-bit WAV file.
func encode(samples []float64) []byte {
	data := make([]byte, 0, 44+2*len(samples))
	data = append(data, "RIFF"...)
	data = binary.LittleEndian.AppendUint32(data, uint32(36+2*len(samples)))
	data = append(data, "WAVEfmt "...)
	data = binary.LittleEndian.AppendUint32(data, 16)
	data = binary.LittleEndian.AppendUint16(data, 1)
	data = binary.LittleEndian.AppendUint16(data, 1)
	data = binary.LittleEndian.AppendUint32(data, rate)
	data = binary.LittleEndian.AppendUint32(data, 2*rate)
	data = binary.LittleEndian.AppendUint16(data, 2)
	data = binary.LittleEndian.AppendUint16(data, 16)
	data = append(data, "data"...)
	data = binary.LittleEndian.AppendUint32(data, uint32(2*len(samples)))
	for _, s := range samples {
		data = binary.LittleEndian.AppendUint16(data, uint16(int16(math.Round(s*32767))))
	}
	return data
}
