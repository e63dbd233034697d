//go:build !race

package dtmf

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"partyline/sfu/audio"
)

// Nothing here goes on side by side, and the race detector would make it take many
// times as long.

// codes are G.711's codes by sample, found by searching the tables of expansion
// for the nearest.
var codes = map[audio.Codec]*[1 << 16]byte{audio.PCMU: nearest(&muLaw), audio.PCMA: nearest(&aLaw)}

func nearest(table *[256]float32) *[1 << 16]byte {
	order := make([]int, 256)
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return int(table[a]) - int(table[b]) })
	codes := new([1 << 16]byte)
	at := 0
	for x := math.MinInt16; x <= math.MaxInt16; x++ {
		for at < 255 && float32(x) > (table[order[at]]+table[order[at+1]])/2 {
			at++
		}
		codes[uint16(int16(x))] = byte(order[at])
	}
	return codes
}

// compress codes samples as G.711.
func compress(codec audio.Codec, samples []float64) []byte {
	out := make([]byte, len(samples))
	table := codes[codec]
	for i, x := range samples {
		out[i] = table[uint16(int16(min(max(x, math.MinInt16), math.MaxInt16)))]
	}
	return out
}

// signal is a tone pair as a telephone makes it.
type signal struct {
	key       byte
	length    int     // samples
	level     float64 // of the low tone, dBm0
	twist     float64 // of the high tone, dB
	deviation float64 // of both frequencies, as a share
}

// frequencies are those of a key, in Hz.
func frequencies(key byte) (lowTone, highTone float64) {
	for row, line := range layout {
		if column := strings.IndexByte(line, key); column >= 0 {
			return rows[row], columns[column]
		}
	}
	panic("no key")
}

func (s signal) samples() []float64 {
	const full = 22500 // peak of a sine at 0 dBm0, which is 3.14 dB below the largest
	lowTone, highTone := frequencies(s.key)
	a := full * math.Pow(10, s.level/20)
	b := full * math.Pow(10, (s.level+s.twist)/20)
	out := make([]float64, s.length)
	for i := range out {
		at := 2 * math.Pi * float64(i) * (1 + s.deviation) / sampling
		out[i] = a*math.Sin(lowTone*at) + b*math.Sin(highTone*at+1)
	}
	return out
}

// press has a detector hear sound in packets and gives the keys it found.
func (t *Tones) keysIn(codec audio.Codec, sound []byte, packet int) string {
	var keys []byte
	for part := range slices.Chunk(sound, packet) {
		if key, _ := t.Packet(codec, part); key != 0 {
			keys = append(keys, key)
		}
	}
	return string(keys)
}

// TestThousandTones presses a thousand keys of 45 ms and more, with pauses as
// short, at levels, twists and frequencies that Q.24 allows.
func TestThousandTones(t *testing.T) {
	for _, codec := range []audio.Codec{audio.PCMU, audio.PCMA} {
		random := rand.New(rand.NewPCG(1, uint64(codec)))
		between := func(from, to float64) float64 { return from + random.Float64()*(to-from) }
		var want []byte
		var sound []float64
		for range 1000 {
			s := signal{
				key: keys[random.IntN(len(keys))], length: int(between(0.045, 0.12) * sampling), level: between(-30, -5),
				twist: between(-6, 3), deviation: between(-0.012, 0.012),
			}
			want = append(want, s.key)
			sound = append(sound, s.samples()...)
			sound = append(sound, make([]float64, int(between(0.045, 0.12)*sampling))...)
		}
		coded := compress(codec, sound)
		for _, packet := range []int{80, 160, 480} {
			var tones Tones
			if got := tones.keysIn(codec, coded, packet); got != string(want) {
				t.Errorf("%v in packets of %d: %s", codec, packet, firstDifference(got, string(want)))
			}
		}
	}
}

func TestGenerate(t *testing.T) {
	var sound []float64
	for i := range len(keys) {
		for _, x := range Generate(keys[i], sampling, 400) {
			sound = append(sound, float64(x))
		}
		sound = append(sound, make([]float64, 400)...)
	}
	var tones Tones
	if got := tones.keysIn(audio.PCMA, compress(audio.PCMA, sound), 160); got != keys {
		t.Errorf("heard %q of %q", got, keys)
	}
	if Generate('x', sampling, 10) != nil {
		t.Error("x has tones")
	}
}

func firstDifference(got, want string) string {
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			return fmt.Sprintf("key %d is %c, want %c; %d of %d", i, got[i], want[i], len(got), len(want))
		}
	}
	return fmt.Sprintf("%d keys of %d", len(got), len(want))
}

// TestTonesOutsideTheirLimits are no keys.
func TestTonesOutsideTheirLimits(t *testing.T) {
	good := signal{key: '5', length: 800, level: -10}
	with := func(change func(*signal)) []float64 {
		s := good
		change(&s)
		return s.samples()
	}
	mix := func(parts ...[]float64) []float64 {
		sum := make([]float64, len(parts[0]))
		for _, p := range parts {
			for i := range sum {
				sum[i] += p[i]
			}
		}
		return sum
	}
	sine := func(frequency, level float64) []float64 {
		out := make([]float64, 800)
		for i := range out {
			out[i] = 22500 * math.Pow(10, level/20) * math.Sin(2*math.Pi*frequency*float64(i)/sampling)
		}
		return out
	}
	for _, c := range []struct {
		name   string
		sound  []float64
		strict bool
		want   string
	}{
		{"as it should be", good.samples(), false, "5"},
		{"as it should be, strictly", good.samples(), true, "5"},
		{"too short", with(func(s *signal) { s.length = 100 }), false, ""},
		{"too short for strictness", with(func(s *signal) { s.length = 250 }), true, ""},
		{"too faint", with(func(s *signal) { s.level = -45 }), false, ""},
		{"the high tone too weak", with(func(s *signal) { s.twist = -10 }), false, ""},
		{"the high tone too strong", with(func(s *signal) { s.twist = 6 }), false, ""},
		{"frequencies 3.5 % off", with(func(s *signal) { s.deviation = 0.035 }), false, ""},
		{"the low tone alone", sine(770, -10), false, ""},
		{"the high tone alone", sine(1336, -10), false, ""},
		{"a third tone", mix(good.samples(), sine(1000, -12)), false, ""},
		{"a harmonic of the high tone", mix(good.samples(), sine(2672, -18)), false, ""},
		{"dial tone", mix(sine(350, -13), sine(440, -13)), false, ""},
		{"ringing", mix(sine(440, -13), sine(480, -13)), false, ""},
		{"busy", mix(sine(480, -13), sine(620, -13)), false, ""},
		{"a little noise", mix(good.samples(), sine(2000, -35)), false, "5"},
	} {
		tones := Tones{Strict: c.strict}
		sound := append(c.sound, make([]float64, 1600)...)
		if got := tones.keysIn(audio.PCMA, compress(audio.PCMA, sound), 160); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	var tones Tones
	if got := tones.keysIn(audio.G722, compress(audio.PCMA, good.samples()), 160); got != "" {
		t.Errorf("%q was heard in G.722", got)
	}
}

// TestVerdicts follows a key packet by packet: what is to be kept from the room.
func TestVerdicts(t *testing.T) {
	sound := append(make([]float64, 320), signal{key: '1', length: 640, level: -10}.samples()...)
	sound = append(sound, make([]float64, 640)...)
	var tones Tones
	var got []Verdict
	for part := range slices.Chunk(compress(audio.PCMU, sound), 160) {
		_, verdict := tones.Packet(audio.PCMU, part)
		got = append(got, verdict)
	}
	want := []Verdict{Sound, Sound, Doubtful, Tone, Tone, Tone, Tone, Tone, Sound, Sound}
	if !slices.Equal(got, want) {
		t.Errorf("verdicts %v, want %v", got, want)
	}
}

func TestSilence(t *testing.T) {
	for codec, table := range map[audio.Codec]*[256]float32{audio.PCMU: &muLaw, audio.PCMA: &aLaw} {
		payload := []byte{1, 2, 3}
		Silence(codec, payload)
		for _, b := range payload {
			if math.Abs(float64(table[b])) > 8 {
				t.Errorf("%v: silence is %v", codec, table[b])
			}
		}
	}
}

// TestNoKeyInSpeech has voices speak for five minutes and more, in either law
// and as loud as it gets; nor is their speech held back more than now and then.
func TestNoKeyInSpeech(t *testing.T) {
	voices := append(filedVoices(t), spokenVoices(t)...)
	var minutes float64
	for codec, gain := range map[audio.Codec]float64{audio.PCMU: 1, audio.PCMA: 3} {
		minutes = 0
		for _, voice := range voices {
			loud := make([]float64, len(voice))
			for i, x := range voice {
				loud[i] = min(max(x*gain, -32000), 32000)
			}
			minutes += float64(len(voice)) / sampling / 60
			checkSpeech(t, codec, compress(codec, loud))
		}
	}
	t.Logf("%.1f minutes of speech", minutes)
	if minutes < 4.5 && os.Getenv("PARTYLINE_REQUIRE_TOOLS") != "" {
		t.Errorf("only %.1f minutes of speech", minutes)
	}
}

func checkSpeech(t *testing.T, codec audio.Codec, coded []byte) {
	t.Helper()
	var tones Tones
	heldBack, packets := 0, 0
	for part := range slices.Chunk(coded, 160) {
		packets++
		key, verdict := tones.Packet(codec, part)
		if key != 0 {
			t.Errorf("%v: key %c in speech", codec, key)
		}
		if verdict != Sound {
			heldBack++
		}
	}
	if heldBack*200 > packets+200 {
		t.Errorf("%v: %d of %d packets of speech are held back", codec, heldBack, packets)
	}
}

// filedVoices are the voices that other tests speak with, at 8 kHz.
func filedVoices(t *testing.T) (voices [][]float64) {
	t.Helper()
	files, err := filepath.Glob("../../../cmd/internal/speech/testdata/voices/*.wav")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		voices = append(voices, readVoice(t, file))
	}
	return voices
}

// spokenVoices has flite read a text made of numbers and words, in four voices,
// for over a minute each.
func spokenVoices(t *testing.T) (voices [][]float64) {
	t.Helper()
	switch _, err := exec.LookPath("flite"); {
	case err != nil && os.Getenv("PARTYLINE_REQUIRE_TOOLS") != "":
		t.Fatal(err)
	case err != nil:
		return nil
	}
	words := strings.Fields("we need to talk about the budget for next year one two three four five six seven eight nine zero " +
		"Monday Tuesday who is going to do that yes no please me see key free really ease peace money union moon room bloom " +
		"hello everybody sorry I was muted could you repeat the question oh eye air ear our seventy eighty ninety million")
	random := rand.New(rand.NewPCG(3, 4))
	for _, voice := range []string{"rms", "slt", "awb", "kal"} {
		var text strings.Builder
		for i := range 220 {
			text.WriteString(words[random.IntN(len(words))])
			text.WriteString(map[bool]string{true: ". ", false: " "}[i%11 == 10])
		}
		file := filepath.Join(t.TempDir(), voice+".wav")
		if out, err := exec.CommandContext(t.Context(), "flite", "-voice", voice, "-t", text.String(), "-o", file).CombinedOutput(); err != nil {
			t.Fatalf("flite: %v\n%s", err, out)
		}
		voices = append(voices, readVoice(t, file))
	}
	return voices
}

// readVoice reads a WAV file of 16-bit mono at 16 or 8 kHz, and brings it to 8.
func readVoice(t *testing.T, file string) []float64 {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil || len(data) < 44 {
		t.Fatalf("%s: %d bytes, %v", file, len(data), err)
	}
	rate := binary.LittleEndian.Uint32(data[24:])
	var samples []float64
	for at := 44; at+1 < len(data); at += 2 {
		samples = append(samples, float64(int16(binary.LittleEndian.Uint16(data[at:]))))
	}
	if rate == sampling {
		return samples
	}
	if rate != 2*sampling {
		t.Fatalf("%s: %d Hz", file, rate)
	}
	halved := make([]float64, 0, len(samples)/2)
	for i := 16; i+16 < len(samples); i += 2 {
		sum := 0.0
		for k := -15; k <= 15; k++ { // a windowed sinc of 4 kHz
			tap := 0.5
			if k != 0 {
				tap = math.Sin(math.Pi*float64(k)/2) / (math.Pi * float64(k))
			}
			sum += samples[i+k] * tap * (0.5 + 0.5*math.Cos(math.Pi*float64(k)/16))
		}
		halved = append(halved, sum)
	}
	return halved
}

func BenchmarkTones(b *testing.B) {
	loud := compress(audio.PCMA, signal{key: '5', length: 160, level: -10}.samples())
	for name, payload := range map[string][]byte{"loud": loud, "silent": compress(audio.PCMA, make([]float64, 160))} {
		b.Run(name, func(b *testing.B) {
			var tones Tones
			b.ReportAllocs()
			for b.Loop() {
				tones.Packet(audio.PCMA, payload)
			}
		})
	}
}

func FuzzTones(f *testing.F) {
	f.Add(compress(audio.PCMU, signal{key: '5', length: 480, level: -10}.samples()), uint8(80))
	f.Add([]byte{0, 255, 0, 255}, uint8(1))
	f.Fuzz(func(t *testing.T, sound []byte, packet uint8) {
		var tones Tones
		for _, key := range []byte(tones.keysIn(audio.PCMU, sound, int(packet)+1)) {
			if indexOf(key) < 0 {
				t.Fatalf("key %q", key)
			}
		}
	})
}
