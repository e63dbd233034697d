package audio

import (
	"math"
	"time"
)

// The bus: sampling rate in Hz, samples per frame and the frame's duration.
const (
	Rate          = 16000
	FrameSamples  = 320
	FrameDuration = 20 * time.Millisecond
)

// Frame is 20 ms of sound on the bus: 320 mono samples at 16 kHz.
type Frame [FrameSamples]int16

// Level is a sound level in -dBov as RFC 6464 counts it: 0 is the loudest a
// sample can be, 127 is digital silence.
type Level uint8

// Silence is the level of a frame without any sound.
const Silence Level = 127

// Level measures the frame's RMS level.
func (f *Frame) Level() Level {
	var sum int64
	for _, s := range f {
		sum += int64(s) * int64(s)
	}
	return LevelOf(float64(sum) / FrameSamples)
}

// LevelOf turns a mean square of 16-bit samples into -dBov, where 0 dBov is
// the RMS of a full-scale square wave.
func LevelOf(meanSquare float64) Level {
	if meanSquare <= 0 {
		return Silence
	}
	db := -10 * math.Log10(meanSquare/(32768*32768))
	return Level(math.Round(min(max(db, 0), float64(Silence))))
}
