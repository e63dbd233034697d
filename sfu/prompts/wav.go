package prompts

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"partyline/sfu/audio"
)

// maxClip is how long a prompt may be: nobody listens longer, and every clip
// is held in memory.
const maxClip = time.Minute

// Chunks of a RIFF file, each with an eight-byte header of name and length.
const (
	riffHeader  = 12
	chunkHeader = 8
	formatSize  = 16
	formatPCM   = 1
	formatMore  = 0xfffe // WAVE_FORMAT_EXTENSIBLE: PCM with a longer header
)

const convert = "; convert it with: sox in.wav -r 16000 -c 1 -b 16 out.wav"

// decodeWAV reads a WAV file of the bus's format: 16 kHz, mono, 16-bit PCM.
// The error is a sentence for whoever dropped the file.
func decodeWAV(file []byte) ([]int16, error) {
	if len(file) < riffHeader || string(file[:4]) != "RIFF" || string(file[8:12]) != "WAVE" {
		return nil, errors.New("not a WAV file")
	}
	formatSeen := false
	for rest := file[riffHeader:]; len(rest) >= chunkHeader; {
		name := string(rest[:4])
		length := uint64(binary.LittleEndian.Uint32(rest[4:8]))
		body := rest[chunkHeader:]
		if length > uint64(len(body)) {
			return nil, fmt.Errorf("cut short: its %q chunk should have %d bytes and has %d", name, length, len(body))
		}
		chunk := body[:length]
		switch name {
		case "fmt ":
			if err := checkFormat(chunk); err != nil {
				return nil, err
			}
			formatSeen = true
		case "data":
			if !formatSeen {
				return nil, errors.New("its sound comes before its format")
			}
			return decodeSamples(chunk)
		}
		rest = body[min(length+length%2, uint64(len(body))):]
	}
	return nil, errors.New("no sound in it")
}

func checkFormat(chunk []byte) error {
	if len(chunk) < formatSize {
		return errors.New("its format is cut short")
	}
	format := binary.LittleEndian.Uint16(chunk[0:])
	channels := binary.LittleEndian.Uint16(chunk[2:])
	rate := binary.LittleEndian.Uint32(chunk[4:])
	bits := binary.LittleEndian.Uint16(chunk[14:])
	switch {
	case format != formatPCM && format != formatMore:
		return fmt.Errorf("not PCM (format %d)%s", format, convert)
	case channels != 1:
		return fmt.Errorf("%d channels, want one%s", channels, convert)
	case rate != audio.Rate:
		return fmt.Errorf("%d Hz, want %d Hz%s", rate, audio.Rate, convert)
	case bits != 16:
		return fmt.Errorf("%d bits a sample, want 16%s", bits, convert)
	}
	return nil
}

func decodeSamples(data []byte) ([]int16, error) {
	if len(data) < 2 {
		return nil, errors.New("no sound in it")
	}
	samples := make([]int16, len(data)/2)
	if length := time.Duration(len(samples)) * time.Second / audio.Rate; length > maxClip {
		return nil, fmt.Errorf("%v long, a prompt may have %v", length.Round(time.Second), maxClip)
	}
	for i := range samples {
		samples[i] = int16(binary.LittleEndian.Uint16(data[2*i:]))
	}
	return samples, nil
}
