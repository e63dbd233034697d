package softphone

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"partyline/sfu/audio"
)

// Sound is mono sound at 16 kHz.
type Sound []int16

// ErrBadWAV is wrapped by ReadWAV for what it cannot use.
var ErrBadWAV = errors.New("not a usable WAV file")

// longestWAV bounds what ReadWAV takes into memory: an hour at 16 kHz.
const longestWAV = 3600 * audio.Rate * 2

// ReadWAV reads a WAV file of 16-bit mono PCM at 16 or 8 kHz.
func ReadWAV(r io.Reader) (Sound, error) {
	data, err := io.ReadAll(io.LimitReader(r, longestWAV+1<<16))
	if err != nil {
		return nil, fmt.Errorf("read WAV: %w", err)
	}
	if len(data) < 12 || string(data[:4]) != "RIFF" || string(data[8:12]) != "WAVE" {
		return nil, fmt.Errorf("%w: no RIFF header", ErrBadWAV)
	}
	rate := 0
	for rest := data[12:]; len(rest) >= 8; {
		name, size := string(rest[:4]), int64(binary.LittleEndian.Uint32(rest[4:]))
		rest = rest[8:]
		body := rest[:min(size, int64(len(rest)))] // writers that stream leave the size open
		switch name {
		case "fmt ":
			if rate, err = wavRate(body); err != nil {
				return nil, err
			}
		case "data":
			return wavSamples(body, rate)
		}
		rest = rest[min(size+size%2, int64(len(rest))):]
	}
	return nil, fmt.Errorf("%w: no sound in it", ErrBadWAV)
}

// wavRate reads the format and returns the sampling rate in Hz.
func wavRate(body []byte) (int, error) {
	if len(body) < 16 {
		return 0, fmt.Errorf("%w: short format", ErrBadWAV)
	}
	format, channels := binary.LittleEndian.Uint16(body), binary.LittleEndian.Uint16(body[2:])
	rate, bits := binary.LittleEndian.Uint32(body[4:]), binary.LittleEndian.Uint16(body[14:])
	const pcm, extensible = 1, 0xFFFE
	if format != pcm && format != extensible || channels != 1 || bits != 16 || rate != 16000 && rate != 8000 {
		return 0, fmt.Errorf("%w: it has %d channels of %d bits at %d Hz; wanted is mono, 16 bits, 16000 or 8000 Hz",
			ErrBadWAV, channels, bits, rate)
	}
	return int(rate), nil
}

func wavSamples(body []byte, rate int) (Sound, error) {
	if rate == 0 {
		return nil, fmt.Errorf("%w: sound before its format", ErrBadWAV)
	}
	samples := make(Sound, len(body)/2)
	for i := range samples {
		samples[i] = int16(binary.LittleEndian.Uint16(body[2*i:]))
	}
	if rate == 8000 {
		return doubled(samples), nil
	}
	return samples, nil
}

// doubled brings sound from 8 to 16 kHz: each new sample is interpolated by a
// windowed sinc over the 16 around it.
func doubled(narrow Sound) Sound {
	const half = 8
	var taps [half]float64
	sum := 0.0
	for i := range taps {
		x := float64(i) + 0.5
		taps[i] = math.Sin(math.Pi*x) / (math.Pi * x) * (0.5 + 0.5*math.Cos(math.Pi*x/(half+0.5)))
		sum += 2 * taps[i]
	}
	at := func(i int) float64 {
		if i < 0 || i >= len(narrow) {
			return 0
		}
		return float64(narrow[i])
	}
	wide := make(Sound, 2*len(narrow))
	for i, s := range narrow {
		wide[2*i] = s
		v := 0.0
		for k, tap := range taps {
			v += tap * (at(i-k) + at(i+1+k))
		}
		wide[2*i+1] = int16(math.Round(min(max(v/sum, math.MinInt16), math.MaxInt16)))
	}
	return wide
}

// WriteWAV writes the sound as a WAV file of 16-bit mono PCM at 16 kHz.
func (s Sound) WriteWAV(w io.Writer) error {
	var b bytes.Buffer
	put := func(values ...any) {
		for _, v := range values {
			_ = binary.Write(&b, binary.LittleEndian, v) // a Buffer takes everything
		}
	}
	size := uint32(2 * len(s))
	b.WriteString("RIFF")
	put(36 + size)
	b.WriteString("WAVEfmt ")
	put(uint32(16), uint16(1), uint16(1), uint32(audio.Rate), uint32(2*audio.Rate), uint16(2), uint16(16))
	b.WriteString("data")
	put(size, []int16(s))
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write WAV: %w", err)
	}
	return nil
}
