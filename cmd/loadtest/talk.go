package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"partyline/cmd/internal/speech"
	"partyline/sfu/audio"
	"partyline/sfu/opus"
)

// saying is 20 ms of speech in Opus.
type saying struct {
	payload []byte
	level   audio.Level
}

// pause is a level that is no speech any more. Pauses are cut out, so that
// talkers talk all the time and the load stays the same.
const pause = audio.Level(45)

// encodeVoice makes a test voice into packets.
func encodeVoice(name string) ([]saying, error) {
	samples, err := speech.Voice(name)
	if err != nil {
		return nil, err
	}
	encoder, err := opus.NewEncoder()
	if err != nil {
		return nil, err
	}
	var all []saying
	for ; len(samples) >= audio.FrameSamples; samples = samples[audio.FrameSamples:] {
		var frame audio.Frame
		copy(frame[:], samples)
		payload, err := encoder.Encode(make([]byte, opus.MaxPayload), &frame)
		if err != nil {
			return nil, fmt.Errorf("voice %s: %w", name, err)
		}
		if level := frame.Level(); level < pause {
			all = append(all, saying{payload, level})
		}
	}
	return all, nil
}

// redundant puts one redundant block before a payload, as Chromium does (RFC
// 2198 §3): the packet of 20 ms before.
func redundant(payloadType uint8, before, payload []byte) []byte {
	const block = 960 // 20 ms at 48 kHz
	header := uint32(payloadType|0x80)<<24 | block<<10 | uint32(len(before))
	b := binary.BigEndian.AppendUint32(make([]byte, 0, 5+len(before)+len(payload)), header)
	b = append(b, payloadType)
	return append(append(b, before...), payload...)
}

// talk has browsers talk until ctx ends, 50 packets a second each, spread
// evenly over the 20 ms as they are in a room of people.
func talk(ctx context.Context, talkers []*browser) error {
	voices := make([][]saying, len(talkers))
	names := speech.VoiceNames()
	for i := range talkers {
		var err error
		if voices[i], err = encodeVoice(names[i%len(names)]); err != nil {
			return err
		}
	}
	const frame = 20 * time.Millisecond
	began := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for n := 0; ; n++ {
		i, round := n%len(talkers), n/len(talkers)
		due := began.Add(time.Duration(round)*frame + time.Duration(i)*frame/time.Duration(len(talkers)))
		if ahead := time.Until(due); ahead > 0 {
			timer.Reset(ahead)
			select {
			case <-ctx.Done():
				return nil
			case <-timer.C:
			}
		} else if ctx.Err() != nil {
			return nil
		}
		// The same voice twice starts at different places.
		at := round + i*37
		before := voices[i][max(at-1, 0)%len(voices[i])]
		if err := talkers[i].say(before, voices[i][at%len(voices[i])]); err != nil {
			return fmt.Errorf("talk: %w", err)
		}
	}
}
