package speech

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
)

// ErrWAV is a file that is no WAV of 16-bit PCM.
var ErrWAV = errors.New("not a WAV of 16-bit PCM")

// ReadWAV reads a file's samples and their rate in Hz. Of more channels than
// one it takes the first.
func ReadWAV(path string) (samples []int16, rate int, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, 0, err
	}
	if samples, rate, err = ParseWAV(b); err != nil {
		return nil, 0, fmt.Errorf("%s: %w", path, err)
	}
	return samples, rate, nil
}

// ParseWAV is ReadWAV of bytes.
func ParseWAV(b []byte) (samples []int16, rate int, err error) {
	if len(b) < 12 || string(b[:4]) != "RIFF" || string(b[8:12]) != "WAVE" {
		return nil, 0, ErrWAV
	}
	channels := 0
	for b = b[12:]; len(b) >= 8; {
		id, size := string(b[:4]), int(binary.LittleEndian.Uint32(b[4:]))
		body := b[8:]
		size = min(size, len(body)) // a recording cut short says more than it has
		switch id {
		case "fmt ":
			if size < 16 || binary.LittleEndian.Uint16(body[14:]) != 16 {
				return nil, 0, ErrWAV
			}
			channels = int(binary.LittleEndian.Uint16(body[2:]))
			rate = int(binary.LittleEndian.Uint32(body[4:]))
		case "data":
			if channels == 0 || rate == 0 {
				return nil, 0, ErrWAV
			}
			if size == 0 {
				size = len(body) // a recording under way does not say what it has
			}
			for i := 0; i+2*channels <= size; i += 2 * channels {
				samples = append(samples, int16(binary.LittleEndian.Uint16(body[i:])))
			}
			return samples, rate, nil
		}
		b = body[min(size+size%2, len(body)):]
	}
	return nil, 0, ErrWAV
}

// WriteWAV writes mono samples of a rate in Hz to a file.
func WriteWAV(path string, rate int, samples []int16) error {
	return os.WriteFile(path, FormatWAV(rate, samples), 0o644)
}

// FormatWAV is what WriteWAV writes.
func FormatWAV(rate int, samples []int16) []byte {
	le := binary.LittleEndian
	b := append([]byte("RIFF"), le.AppendUint32(nil, uint32(36+2*len(samples)))...)
	b = append(b, "WAVEfmt "...)
	b = le.AppendUint32(b, 16)
	b = le.AppendUint16(b, 1) // PCM
	b = le.AppendUint16(b, 1) // mono
	b = le.AppendUint32(b, uint32(rate))
	b = le.AppendUint32(b, uint32(2*rate))
	b = le.AppendUint16(b, 2)
	b = le.AppendUint16(b, 16)
	b = append(b, "data"...)
	b = le.AppendUint32(b, uint32(2*len(samples)))
	for _, s := range samples {
		b = le.AppendUint16(b, uint16(s))
	}
	return b
}
