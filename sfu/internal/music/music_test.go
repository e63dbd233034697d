//go:build !race

package music

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"partyline/sfu/audio"
	"partyline/sfu/g711"
	"partyline/sfu/g722"
)

// Nothing here goes on side by side, and the race detector would make it take many
// times as long.

// way is what a line does to sound.
type way struct {
	name string
	send func([]audio.Frame) []audio.Frame
}

var ways = []way{
	{"A-law", func(f []audio.Frame) []audio.Frame { return companded(f, g711.A) }},
	{"µ-law", func(f []audio.Frame) []audio.Frame { return companded(f, g711.Mu) }},
	{"G.722", wideband},
	{"soft", func(f []audio.Frame) []audio.Frame { return companded(amplified(f, -14), g711.A) }},
	{"loud", func(f []audio.Frame) []audio.Frame { return companded(amplified(f, 9), g711.Mu) }},
	{"15 dB over noise", func(f []audio.Frame) []audio.Frame { return companded(noisy(f, -35), g711.A) }},
	{"10 dB over noise", func(f []audio.Frame) []audio.Frame { return companded(noisy(f, -30), g711.A) }},
}

func companded(frames []audio.Frame, law *g711.Law) []audio.Frame {
	encoder, decoder := g711.NewStream(law), g711.NewStream(law)
	out := make([]audio.Frame, len(frames))
	for i := range frames {
		_ = decoder.Decode(encoder.Encode(&frames[i]), &out[i])
	}
	return out
}

func wideband(frames []audio.Frame) []audio.Frame {
	var encoder g722.Encoder
	var decoder g722.Decoder
	out := make([]audio.Frame, len(frames))
	for i := range frames {
		var coded [g722.FrameBytes]byte
		decoder.Decode(out[i][:], encoder.Encode(coded[:], frames[i][:]))
	}
	return out
}

func each(frames []audio.Frame, change func(x float64) float64) []audio.Frame {
	out := make([]audio.Frame, len(frames))
	for i := range frames {
		for k, x := range frames[i] {
			out[i][k] = int16(min(max(change(float64(x)), math.MinInt16), math.MaxInt16))
		}
	}
	return out
}

func amplified(frames []audio.Frame, db float64) []audio.Frame {
	gain := math.Pow(10, db/20)
	return each(frames, func(x float64) float64 { return gain * x })
}

func noisy(frames []audio.Frame, level float64) []audio.Frame {
	random := rand.New(rand.NewPCG(5, 5))
	amplitude := 32768 * math.Pow(10, level/20)
	return each(frames, func(x float64) float64 { return x + amplitude*random.NormFloat64() })
}

// detected is after how much sound music is first told of, and how often that
// changes; never is -1. Like a line, it lets no noise through but for 0.3 s
// after a sound.
func detected(frames []audio.Frame) (after time.Duration, changes int) {
	var d Detector
	after = -1
	sound, was, open := time.Duration(0), false, 0
	for i := range frames {
		if open--; frames[i].Level() <= 62 {
			open = 15
		}
		if open < 0 {
			d.Pause()
		} else {
			d.Hear(&frames[i])
			sound += audio.FrameDuration
		}
		if d.playing != was {
			was = d.playing
			if changes++; after < 0 {
				after = sound
			}
		}
	}
	return after, changes
}

// TestNoMusicForMoreThan3Seconds sends every piece by every way.
func TestNoMusicForMoreThan3Seconds(t *testing.T) {
	latest := time.Duration(0)
	for _, p := range pieces() {
		frames := p.wave.frames(-20)
		for _, way := range ways {
			if p.drums && way.name == "10 dB over noise" {
				continue // so do keys that are hit beside a fan
			}
			after, changes := detected(way.send(frames))
			if after < 0 || after > 3*time.Second {
				t.Errorf("%s, %s: recognised after %v of it", p.name, way.name, after)
			}
			if changes > 1 {
				t.Errorf("%s, %s: recognised and lost %d times", p.name, way.name, changes)
			}
			latest = max(latest, after)
		}
	}
	t.Logf("%d pieces by %d ways: the latest after %v", len(pieces()), len(ways), latest)
}

// TestTonesOfExchangesAreMusic has the beeps that tell a held caller to wait,
// with what the gate lets through after each. The two tones of the American
// ringing are too near each other to be told apart.
func TestTonesOfExchangesAreMusic(t *testing.T) {
	for _, p := range tones() {
		for _, way := range ways[:3] {
			if after, _ := detected(way.send(p.wave.frames(-20))); after < 0 || after > 4*time.Second {
				t.Errorf("%s, %s: recognised after %v of it", p.name, way.name, after)
			}
		}
	}
}

// TestNoSpeechIsMusic sends English and Mandarin, men, women and a machine,
// one after the other and at once, and what else people do on the telephone.
func TestNoSpeechIsMusic(t *testing.T) {
	total := time.Duration(0)
	all := spoken(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		for _, way := range ways {
			frames := way.send(all[name])
			total += time.Duration(len(frames)) * audio.FrameDuration
			if after, _ := detected(frames); after >= 0 {
				t.Errorf("%s, %s: taken for music after %v", name, way.name, after)
			}
		}
	}
	t.Logf("%v of speech", total)
}

// spoken is what people say and do.
func spoken(t testing.TB) map[string][]audio.Frame {
	all := make(map[string][]audio.Frame)
	var voices [][]audio.Frame
	for _, file := range files(t, "../../../cmd/internal/speech/testdata/voices") {
		voice := recorded(t, file)
		all[filepath.Base(file)] = voice
		voices = append(voices, voice)
	}
	for _, language := range []string{"en", "zh-CN"} {
		var prompts []audio.Frame
		for _, file := range files(t, "../../prompts/"+language) {
			prompts = append(prompts, recorded(t, file)...)
		}
		all["prompts "+language] = prompts[:min(len(prompts), 3*60*50)]
	}
	all["two at once"] = together(voices[:2]...)
	all["five at once"] = together(voices...)
	for _, hz := range []float64{120, 220, 350} {
		all[fmt.Sprint("laughter at ", hz)] = laughter(hz).frames(-22)
		all[fmt.Sprint("um at ", hz, " in speech")] = interrupted(voices[1], um(hz).frames(-22))
	}
	all["a fan"] = noisy(make([]audio.Frame, 500), -32)
	all["typing"] = typing().frames(-30)
	return all
}

func files(t testing.TB, folder string) []string {
	t.Helper()
	found, err := filepath.Glob(folder + "/*.wav")
	if err != nil || len(found) == 0 {
		t.Fatalf("no sound in %s: %v", folder, err)
	}
	return found
}

// recorded reads a file of 16 kHz, mono, with the usual header.
func recorded(t testing.TB, file string) (frames []audio.Frame) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var f audio.Frame
	for b = b[44:]; len(b) >= 2*len(f); b = b[2*len(f):] {
		for i := range f {
			f[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
		}
		frames = append(frames, f)
	}
	return frames
}

func together(voices ...[]audio.Frame) []audio.Frame {
	var sum []audio.Frame
	for _, v := range voices {
		for i := range v {
			if i == len(sum) {
				sum = append(sum, audio.Frame{})
			}
			for k, x := range v[i] {
				sum[i][k] = int16(min(max(int(sum[i][k])+int(x)*2/3, math.MinInt16), math.MaxInt16))
			}
		}
	}
	return sum
}

// interrupted puts a piece of other sound between every two seconds of speech.
func interrupted(speech, other []audio.Frame) (frames []audio.Frame) {
	for len(speech) > 0 && len(other) > 0 {
		n, m := min(100, len(speech)), min(80, len(other))
		frames = append(append(frames, speech[:n]...), other[:m]...)
		speech, other = speech[n:], other[m:]
	}
	return frames
}

// TestMusicEnds has somebody come back from hold and speak, or say nothing.
func TestMusicEnds(t *testing.T) {
	music := companded(pieces()[0].wave.frames(-20), g711.A)
	for _, voice := range files(t, "../../../cmd/internal/speech/testdata/voices") {
		var d Detector
		for i := range music {
			d.Hear(&music[i])
		}
		if !d.playing {
			t.Fatal("no music")
		}
		spoken := 0
		for _, f := range companded(recorded(t, voice), g711.A) {
			if spoken++; !d.Hear(&f) {
				break
			}
		}
		if d.playing || spoken > 6*50 {
			t.Errorf("%s: after %d ms of speech it is music still", filepath.Base(voice), spoken*20)
		}
	}
	var d Detector
	for i := range music {
		d.Hear(&music[i])
	}
	for i := range silent {
		if playing := d.Pause(); playing != (i < silent-1) {
			t.Fatalf("music after %d frames of silence: %v", i, playing)
		}
	}
}

func TestNothingIsAllocated(t *testing.T) {
	d := new(Detector)
	frames := pieces()[0].wave.frames(-20)
	at := 0
	if n := testing.AllocsPerRun(200, func() { d.Hear(&frames[at]); at++ }); n > 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

func FuzzDetector(f *testing.F) {
	f.Add([]byte{0, 0, 255, 127, 0, 128, 9, 9}, uint8(3))
	f.Fuzz(func(t *testing.T, b []byte, pauses uint8) {
		var d Detector
		var frame audio.Frame
		for i := range 400 {
			for k := range frame {
				if len(b) > 1 {
					at := (i*7 + k) % (len(b) - 1)
					frame[k] = int16(b[at]) | int16(b[at+1])<<8
				}
			}
			d.Hear(&frame)
			if pauses > 0 && i%int(pauses) == 0 {
				d.Pause()
			}
		}
	})
}

func BenchmarkHear(b *testing.B) {
	d := new(Detector)
	frames := pieces()[len(pieces())-2].wave.frames(-20)
	at := 0
	b.ReportAllocs()
	for b.Loop() {
		d.Hear(&frames[at])
		at = (at + 1) % len(frames)
	}
}
