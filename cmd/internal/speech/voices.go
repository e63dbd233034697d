package speech

import (
	"embed"
	"fmt"
)

//go:embed testdata/voices/*.wav
var voiceFiles embed.FS

// VoiceRate is the rate of the voices in Hz.
const VoiceRate = 16000

// VoiceNames are the voices that tests can speak with: three men (rms, awb, kal) and
// two women (slt, lea), each with sentences of its own. testdata/voices/make.sh
// makes them.
func VoiceNames() []string { return []string{"rms", "slt", "awb", "lea", "kal"} }

// Voice gives a voice's 6 to 9 seconds of speech, at VoiceRate.
func Voice(name string) ([]int16, error) {
	b, err := voiceFiles.ReadFile("testdata/voices/" + name + ".wav")
	if err != nil {
		return nil, fmt.Errorf("no voice %q: %w", name, err)
	}
	samples, _, err := ParseWAV(b)
	return samples, err
}
