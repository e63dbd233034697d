// Command make renders the phone menu's prompts from texts.tsv:
//
//	go run ./sfu/prompts/make [-texts file] [-out folder]
//
// English is spoken by flite's voice rms, Mandarin by espeak-ng's
// cmn-latn-pinyin from the pinyin column. (espeak-ng's plain cmn reads pinyin
// as English letters, so that voice is never used.) Each clip is brought to
// 16 kHz, trimmed, levelled and given soft edges. What is no speech - the music
// for those who wait, a tone, a pause - is computed here. The same programs give
// the same bytes each time.
package main

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// noPrompt is the text of a prompt that a language does not have.
const noPrompt = "-"

func main() {
	texts := flag.String("texts", "texts.tsv", "table of what is said")
	out := flag.String("out", ".", "folder to write <language>/<name>.wav under")
	flag.Parse()
	if err := errors.Join(render(*texts, *out), renderSounds(*out)); err != nil {
		fmt.Fprintln(os.Stderr, "prompts:", err)
		os.Exit(1)
	}
}

// prompt is one line of the table.
type prompt struct{ name, english, chinese, pinyin string }

// render writes all prompts of the table under the folder out.
func render(texts, out string) error {
	table, err := os.Open(texts)
	if err != nil {
		return err
	}
	defer table.Close()
	prompts, err := parse(table)
	if err != nil {
		return fmt.Errorf("%s: %w", texts, err)
	}
	for _, p := range prompts {
		if err := renderOne(filepath.Join(out, "en", p.name+".wav"), p.english, flite); err != nil {
			return fmt.Errorf("%s in English: %w", p.name, err)
		}
		if err := renderOne(filepath.Join(out, "zh-CN", p.name+".wav"), p.pinyin, espeak); err != nil {
			return fmt.Errorf("%s in Chinese: %w", p.name, err)
		}
	}
	return nil
}

// parse reads the table: name, English, Chinese and pinyin, parted by tabs.
func parse(table io.Reader) ([]prompt, error) {
	var prompts []prompt
	lines := bufio.NewScanner(table)
	for number := 1; lines.Scan(); number++ {
		line := lines.Text()
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		columns := strings.Split(line, "\t")
		if len(columns) != 4 {
			return nil, fmt.Errorf("line %d has %d columns, want name, English, Chinese and pinyin", number, len(columns))
		}
		prompts = append(prompts, prompt{columns[0], columns[1], columns[2], columns[3]})
	}
	return prompts, lines.Err()
}

// renderOne speaks the text with a voice and writes the finished clip.
func renderOne(file, text string, voice func(text, file string) *exec.Cmd) error {
	if text == noPrompt {
		return nil
	}
	spoken, err := speak(text, voice)
	if err != nil {
		return err
	}
	return write(file, finish(spoken))
}

// renderSounds writes what is no speech under the folder out.
func renderSounds(out string) error {
	for name, sound := range map[string][]float64{"music": music(), "tone": tone(), "pause": make([]float64, pauseSamples)} {
		if err := write(filepath.Join(out, "sounds", name+".wav"), sound); err != nil {
			return err
		}
	}
	return nil
}

func write(file string, samples []float64) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, encode(samples), 0o644)
}

// speak runs a voice on the text and gives its sound at the clip's rate.
func speak(text string, voice func(text, file string) *exec.Cmd) ([]float64, error) {
	folder, err := os.MkdirTemp("", "prompt")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "spoken.wav")
	command := voice(text, file)
	if message, err := command.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s (Debian packages flite and espeak-ng are needed): %w %s", command, err, bytes.TrimSpace(message))
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	samples, from, err := decode(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", command, err)
	}
	return resample(samples, from, rate), nil
}

// flite speaks English.
func flite(text, file string) *exec.Cmd {
	return exec.Command("flite", "-voice", "rms", "--setf", "duration_stretch=0.88", "-t", text, "-o", file)
}

// espeak speaks Mandarin from pinyin.
func espeak(text, file string) *exec.Cmd {
	return exec.Command("espeak-ng", "-v", "cmn-latn-pinyin", "-s", "195", "-w", file, text)
}
