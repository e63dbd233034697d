package prompts

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"partyline/sfu/audio"
)

// longestSilence is how many frames of silence within a clip are a pause of
// speech; more would sound like a line gone dead.
const longestSilence = 13

// TestClipsSoundRight measures every clip that is shipped: loud enough, not
// clipped, beginning and ending softly and at once.
func TestClipsSoundRight(t *testing.T) {
	library := load(t, "")
	for name, clip := range library.clips {
		if strings.HasPrefix(name, sounds) {
			continue
		}
		m := measure(clip)
		if m.level > 23 || m.level < 17 {
			t.Errorf("%s: speech at -%d dBFS, want -17 to -23", name, m.level)
		}
		if m.peak > 28000 {
			t.Errorf("%s: peak %d is close to clipping", name, m.peak)
		}
		if m.silence > longestSilence {
			t.Errorf("%s: %d frames of silence in a row", name, m.silence)
		}
		if m.before > 2 || m.after > 6 {
			t.Errorf("%s: %d frames of silence before and %d after", name, m.before, m.after)
		}
		first, last := clip[0][0], clip[len(clip)-1][audio.FrameSamples-1]
		if abs(int(first)) > 100 || abs(int(last)) > 100 {
			t.Errorf("%s: begins at %d and ends at %d, which clicks", name, first, last)
		}
	}
}

// TestMusic wants music that nobody minds to wait with: quieter than speech,
// long, without a gap, and without a click where it begins again.
func TestMusic(t *testing.T) {
	clip, ok := load(t, "").Clip("en", "music")
	if !ok {
		t.Fatal("there is no music")
	}
	if seconds := len(clip) / 50; seconds < 25 || seconds > 60 {
		t.Errorf("%d seconds of music", seconds)
	}
	m := measure(clip)
	if m.level < 28 || m.level > 34 || m.peak > 8000 || m.silence > 0 || m.before > 0 || m.after > 0 {
		t.Errorf("music at -%d dBFS, peak %d, %d frames of silence", m.level, m.peak, m.silence)
	}
	var steepest, before int
	for i := range clip {
		for _, s := range clip[i] {
			steepest = max(steepest, abs(int(s)-before))
			before = int(s)
		}
	}
	if seam := abs(int(clip[0][0]) - before); seam > steepest/4 {
		t.Errorf("a step of %d where the music begins again, within it at most %d", seam, steepest)
	}
	if chinese, _ := load(t, "").Clip("zh-CN", "music"); len(chinese) != len(clip) {
		t.Error("the music is not the same in every language")
	}
}

// TestProgramStaysSmall bounds what the prompts add to the program.
func TestProgramStaysSmall(t *testing.T) {
	size := 0
	for _, clip := range load(t, "").clips {
		size += len(clip) * audio.FrameSamples * 2
	}
	if size > 18<<20 {
		t.Errorf("the prompts take %d MiB", size>>20)
	}
}

// measured is what a listener would object to.
type measured struct {
	level                  int // dBFS below full scale, over the frames that are spoken
	peak                   int
	silence, before, after int // frames
}

func measure(clip []audio.Frame) measured {
	m := measured{before: -1}
	var sum float64
	spoken, quiet := 0, 0
	for i := range clip {
		for _, s := range clip[i] {
			m.peak = max(m.peak, abs(int(s)))
		}
		if clip[i].Level() > 50 {
			quiet++
			continue
		}
		if m.before < 0 {
			m.before = quiet
		} else {
			m.silence = max(m.silence, quiet)
		}
		quiet = 0
		spoken++
		for _, s := range clip[i] {
			sum += float64(s) * float64(s) / (1 << 30)
		}
	}
	m.after = quiet
	m.level = -int(math.Round(10 * math.Log10(sum/float64(spoken*audio.FrameSamples))))
	return m
}

func abs(s int) int { return max(s, -s) }

// TestTextsAreRecorded compares the table with the files, both ways.
func TestTextsAreRecorded(t *testing.T) {
	library := load(t, "")
	table, err := os.ReadFile("texts.tsv")
	if err != nil {
		t.Fatal(err)
	}
	written := make(map[string]bool)
	for line := range strings.Lines(string(table)) {
		columns := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") {
			continue
		}
		if columns[1] != "-" {
			written["en/"+columns[0]] = true
		}
		if columns[3] != "-" {
			written["zh-CN/"+columns[0]] = true
		}
		if (columns[2] == "-") != (columns[3] == "-") {
			t.Errorf("%s: Chinese without pinyin, or pinyin without Chinese", columns[0])
		}
	}
	for name := range written {
		if library.clips[name] == nil {
			t.Errorf("%s is in the table but not recorded", name)
		}
	}
	for name := range library.clips {
		if !written[name] && !strings.HasPrefix(name, sounds) {
			t.Errorf("%s is recorded but not in the table", name)
		}
	}
}

// TestMakeIsRepeatable renders all prompts anew where the voices are installed
// and compares them with the files in the repository.
func TestMakeIsRepeatable(t *testing.T) {
	if testing.Short() {
		t.Skip("renders every prompt")
	}
	for _, program := range []string{"flite", "espeak-ng"} {
		switch _, err := exec.LookPath(program); {
		case err != nil && os.Getenv("PARTYLINE_REQUIRE_TOOLS") != "":
			t.Fatal(err)
		case err != nil:
			t.Skipf("%s is not installed", program)
		}
	}
	out := t.TempDir()
	command := exec.Command("go", "run", "./make", "-out", out)
	if message, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, message)
	}
	for name := range load(t, "").clips {
		want, err := recorded.ReadFile(name + ".wav")
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(out, filepath.FromSlash(name)+".wav"))
		if err != nil {
			t.Error(err)
			continue
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s comes out differently than it is in the repository: run go generate ./sfu/prompts", name)
		}
	}
}

func TestOwnPrompts(t *testing.T) {
	folder := t.TempDir()
	own := wav(audio.Rate, 1, 16, make([]byte, 2*audio.FrameSamples+2))
	drop(t, folder, "zh-CN/digits/7.wav", own)
	drop(t, folder, "zh-CN/README.txt", []byte("whose voice this is"))
	library := load(t, folder)
	if clip, ok := library.Clip("zh-CN", "digits/7"); !ok || len(clip) != 2 {
		t.Errorf("the dropped file was not taken: %d frames", len(clip))
	}
	if clip, ok := library.Clip("en", "digits/7"); !ok || len(clip) < 10 {
		t.Errorf("another language's clip is gone: %d frames", len(clip))
	}
	if _, ok := library.Clip("en", "nonsense"); ok {
		t.Error("a clip that does not exist was found")
	}
	if got := library.Languages(); len(got) != 2 || got[0] != "en" || got[1] != "zh-CN" {
		t.Errorf("languages = %q", got)
	}
}

func TestBadOwnPrompts(t *testing.T) {
	tests := map[string]struct {
		file    string
		content []byte
		want    string
	}{
		"not WAV":    {"en/welcome.wav", []byte("MP3"), "en/welcome.wav: not a WAV file"},
		"rate":       {"en/welcome.wav", wav(44100, 1, 16, make([]byte, 8)), "44100 Hz, want 16000 Hz; convert it"},
		"stereo":     {"en/welcome.wav", wav(16000, 2, 16, make([]byte, 8)), "2 channels, want one"},
		"bits":       {"en/welcome.wav", wav(16000, 1, 8, make([]byte, 8)), "8 bits a sample"},
		"empty":      {"en/welcome.wav", wav(16000, 1, 16, nil), "no sound in it"},
		"too long":   {"en/welcome.wav", wav(16000, 1, 16, make([]byte, 2*16000*61)), "a prompt may have 1m0s"},
		"cut short":  {"en/welcome.wav", wav(16000, 1, 16, make([]byte, 800))[:100], "cut short"},
		"misspelt":   {"en/wellcome.wav", wav(16000, 1, 16, make([]byte, 8)), "no prompt has this name"},
		"no folder?": {"", nil, "folder of own prompts"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			if test.file == "" {
				folder = filepath.Join(folder, "missing")
			} else {
				drop(t, folder, test.file, test.content)
			}
			if _, err := Load(folder); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Load = %v, want %q in it", err, test.want)
			}
		})
	}
}

func FuzzDecodeWAV(f *testing.F) {
	f.Add(wav(16000, 1, 16, make([]byte, 64)))
	f.Add(wav(8000, 2, 8, nil))
	f.Fuzz(func(t *testing.T, file []byte) {
		samples, err := decodeWAV(file)
		if err == nil && (len(samples) == 0 || len(samples) > len(file)/2) {
			t.Errorf("%d samples of %d bytes", len(samples), len(file))
		}
	})
}

func load(t *testing.T, folder string) *Library {
	t.Helper()
	library, err := Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	return library
}

func drop(t *testing.T, folder, name string, content []byte) {
	t.Helper()
	file := filepath.Join(folder, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// wav makes a WAV file with an odd chunk before the format, as recorders do.
func wav(rate, channels, bits int, data []byte) []byte {
	chunk := func(name string, body []byte) []byte {
		c := binary.LittleEndian.AppendUint32([]byte(name), uint32(len(body)))
		c = append(c, body...)
		if len(body)%2 == 1 {
			c = append(c, 0)
		}
		return c
	}
	format := binary.LittleEndian.AppendUint16(nil, 1)
	format = binary.LittleEndian.AppendUint16(format, uint16(channels))
	format = binary.LittleEndian.AppendUint32(format, uint32(rate))
	format = binary.LittleEndian.AppendUint32(format, uint32(rate*channels*bits/8))
	format = binary.LittleEndian.AppendUint16(format, uint16(channels*bits/8))
	format = binary.LittleEndian.AppendUint16(format, uint16(bits))
	body := append([]byte("WAVE"), chunk("LIST", []byte("abc"))...)
	body = append(body, chunk("fmt ", format)...)
	body = append(body, chunk("data", data)...)
	return chunk("RIFF", body)
}
