package carrier

import (
	"bytes"
	"embed"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"partyline/sfu/audio"
	"partyline/sip/softphone"
)

// spoken are sentences, made by make.sh.
//
//go:embed voices/*.wav
var spoken embed.FS

// tones are the sounds of telephones, by their names in scenarios.
var tones = map[string]func() softphone.Sound{
	"ringback": func() softphone.Sound { return cadence(425, time.Second, 4*time.Second) },
	"busy":     func() softphone.Sound { return cadence(425, 350*time.Millisecond, 350*time.Millisecond) },
	"beep":     func() softphone.Sound { return sine(1000, 600*time.Millisecond) },
	"fax":      func() softphone.Sound { return sine(2100, 3*time.Second) }, // CED, ITU-T T.30 section 4.3.3.1
	"cng":      func() softphone.Sound { return cadence(1100, 500*time.Millisecond, 3*time.Second) },
	"ansam":    answerTone,
	"music":    melody,
	"noise":    noise,
}

// loadSounds gives every sound that the steps of a scenario name.
func loadSounds(s Scenario) (map[string]softphone.Sound, error) {
	sounds := make(map[string]softphone.Sound)
	for name, make := range tones {
		sounds[name] = make()
	}
	files, err := spoken.ReadDir("voices")
	if err != nil {
		return nil, fmt.Errorf("sounds: %w", err)
	}
	for _, file := range files {
		data, err := spoken.ReadFile("voices/" + file.Name())
		if err != nil {
			return nil, fmt.Errorf("sounds: %w", err)
		}
		if sounds[strings.TrimSuffix(file.Name(), ".wav")], err = softphone.ReadWAV(bytes.NewReader(data)); err != nil {
			return nil, fmt.Errorf("sound %s: %w", file.Name(), err)
		}
	}
	for name, file := range s.Sounds {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("sound %s: %w", name, err)
		}
		if sounds[name], err = softphone.ReadWAV(bytes.NewReader(data)); err != nil {
			return nil, fmt.Errorf("sound %s: %s: %w", name, file, err)
		}
	}
	return sounds, unknownSounds(s, sounds)
}

// unknownSounds tells of a step that names a sound there is none of.
func unknownSounds(s Scenario, sounds map[string]softphone.Sound) error {
	check := func(line int, steps []Step) error {
		for _, step := range steps {
			if step.Verb != Say && step.Verb != Play && step.Verb != Early {
				continue
			}
			if _, ok := sounds[step.Text]; !ok {
				return fmt.Errorf("%w: line %d: there is no sound %q: name its file in a line that begins with sound, or use one of %s",
					ErrBadScenario, line, step.Text, strings.Join(slices.Sorted(maps.Keys(sounds)), ", "))
			}
		}
		return nil
	}
	for _, r := range s.Rules {
		if err := check(r.Line, r.Steps); err != nil {
			return err
		}
	}
	for _, c := range s.Callers {
		if err := check(c.Line, c.Steps); err != nil {
			return err
		}
	}
	return nil
}

// level is the amplitude of tones: -13 dBm0, as ITU-T Q.35 wants them.
const level = 5000

func samples(d time.Duration) int { return int(d * audio.Rate / time.Second) }

// sine is a tone of a frequency in Hz.
func sine(hz float64, d time.Duration) softphone.Sound {
	s := make(softphone.Sound, samples(d))
	for i := range s {
		s[i] = int16(level * math.Sin(2*math.Pi*hz*float64(i)/audio.Rate))
	}
	return s
}

// cadence is a tone that is on and then off.
func cadence(hz float64, on, off time.Duration) softphone.Sound {
	return append(sine(hz, on), make(softphone.Sound, samples(off))...)
}

// answerTone is ANSam of ITU-T V.8 section 7.2: 2100 Hz, amplitude modulated at
// 15 Hz, whose phase turns every 450 ms.
func answerTone() softphone.Sound {
	s := sine(2100, 4*time.Second)
	turn := samples(450 * time.Millisecond)
	for i := range s {
		v := float64(s[i]) * (1 + 0.2*math.Sin(2*math.Pi*15*float64(i)/audio.Rate))
		if i/turn%2 == 1 {
			v = -v
		}
		s[i] = int16(v)
	}
	return s
}

// melody is music to be put on hold by: chords, broken up, 16 s of them.
func melody() softphone.Sound {
	chords := [][4]float64{
		{261.63, 329.63, 392.00, 523.25},
		{220.00, 261.63, 329.63, 440.00},
		{174.61, 220.00, 261.63, 349.23},
		{196.00, 246.94, 293.66, 392.00},
	}
	const note = 250 * time.Millisecond
	var s softphone.Sound
	for bar := range 8 {
		chord := chords[bar%len(chords)]
		for beat := range 8 {
			s = append(s, pluck(chord[beat%4], chord[0]/2, note)...)
		}
	}
	return s
}

// pluck is a note that fades, over a bass that does not.
func pluck(hz, bass float64, d time.Duration) softphone.Sound {
	s := make(softphone.Sound, samples(d))
	for i := range s {
		t := float64(i) / audio.Rate
		fade := math.Exp(-4 * t)
		s[i] = int16(level * (0.7*fade*(math.Sin(2*math.Pi*hz*t)+0.3*math.Sin(4*math.Pi*hz*t)) + 0.3*math.Sin(2*math.Pi*bass*t)))
	}
	return s
}

// noise is what a bad line hisses: the same at every run.
func noise() softphone.Sound {
	s := make(softphone.Sound, samples(4*time.Second))
	state := uint32(1)
	for i := range s {
		state = state*1664525 + 1013904223
		s[i] = int16(int32(state) >> 20)
	}
	return s
}
