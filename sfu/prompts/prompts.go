// Package prompts is what the phone menu says: recorded clips in English and
// Mandarin, inside the program, each replaceable by a file.
//
// The clips are made from texts.tsv by one command, which needs the Debian
// packages flite and espeak-ng and gives the same bytes each time:
//
//	go generate ./sfu/prompts
//
// A company that prefers a human voice puts WAV files (16 kHz, mono, 16 bit)
// into a folder laid out like this one, such as voices/zh-CN/welcome.wav or
// voices/sounds/music.wav, and names the folder in the configuration. SOURCES.md tells whose voices these
// are and under which licence they stand.
package prompts

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"partyline/sfu/audio"
)

//go:generate go run ./make

//go:embed en zh-CN sounds
var recorded embed.FS

// sounds is the folder of clips that every language shares.
const sounds = "sounds"

// Library holds clips by language and name. It does not change after Load and
// may be used from any goroutine.
type Library struct {
	clips map[string][]audio.Frame // by language/name
}

// Load reads the clips that come with the program, then those in folder, which
// replace them one by one. An empty folder replaces nothing. The error names
// every file of the folder that cannot be used, and why.
func Load(folder string) (*Library, error) {
	library := &Library{clips: make(map[string][]audio.Frame)}
	if err := library.read(recorded, nil); err != nil {
		return nil, fmt.Errorf("prompts of the program: %w", err)
	}
	if folder == "" {
		return library, nil
	}
	if _, err := os.ReadDir(folder); err != nil {
		return nil, fmt.Errorf("folder of own prompts: %w", err)
	}
	known := make(map[string]bool, len(library.clips))
	for name := range library.clips {
		known[name] = true
	}
	if err := library.read(os.DirFS(folder), known); err != nil {
		return nil, fmt.Errorf("own prompts in %s: %w", folder, err)
	}
	return library, nil
}

// read takes every .wav file in. Where known is not nil, only names in it are
// allowed: a misspelt one would be a prompt that is silently never heard.
func (l *Library) read(files fs.FS, known map[string]bool) error {
	var bad []error
	err := fs.WalkDir(files, ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, isWAV := strings.CutSuffix(file, ".wav")
		if !isWAV {
			return nil
		}
		if known != nil && !known[name] {
			bad = append(bad, fmt.Errorf("%s: no prompt has this name; names are <language>/<prompt>.wav, such as en/welcome.wav", file))
			return nil
		}
		content, err := fs.ReadFile(files, file)
		if err != nil {
			return err
		}
		samples, err := decodeWAV(content)
		if err != nil {
			bad = append(bad, fmt.Errorf("%s: %w", file, err))
			return nil
		}
		l.clips[name] = frames(samples)
		return nil
	})
	return errors.Join(append(bad, err)...)
}

// frames cuts samples into frames and fills the last one with silence.
func frames(samples []int16) []audio.Frame {
	cut := make([]audio.Frame, (len(samples)+audio.FrameSamples-1)/audio.FrameSamples)
	for i := range cut {
		copy(cut[i][:], samples[i*audio.FrameSamples:])
	}
	return cut
}

// Clip is a clip by its name without ending, such as "digits/7"; music and
// tones are the same in every language. The frames are shared and must not be
// written to.
func (l *Library) Clip(language, name string) ([]audio.Frame, bool) {
	clip, ok := l.clips[path.Join(language, name)]
	if !ok {
		clip, ok = l.clips[path.Join(sounds, name)]
	}
	return clip, ok
}

// Languages lists the languages that there are clips in.
func (l *Library) Languages() []string {
	var languages []string
	for name := range l.clips {
		language, _, _ := strings.Cut(name, "/")
		if language != sounds && !slices.Contains(languages, language) {
			languages = append(languages, language)
		}
	}
	slices.Sort(languages)
	return languages
}
