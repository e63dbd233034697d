package g722

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	oracle "github.com/gotranspile/g722"

	"partyline/sfu/audio"
)

// sounds are what the codec is tried with: a loud sweep over the whole band,
// noise from soft to clipping, steps, and silence between them.
func sounds() (samples []int16) {
	const rate = 16000
	phase := 0.0
	for i := range 3 * rate {
		phase += 2 * math.Pi * (50 + 7900*float64(i)/(3*rate)) / rate
		samples = append(samples, int16(12000*math.Sin(phase)))
	}
	samples = append(samples, make([]int16, rate/2)...)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 2 * rate {
		loudness := 10 * math.Pow(2, float64(i)/rate*5.5)
		samples = append(samples, int16(max(min(random.NormFloat64()*loudness, 32767), -32768)))
	}
	for i := range rate {
		step := int16(20000)
		if i/37%2 == 1 {
			step = -20000
		}
		samples = append(samples, step)
	}
	return append(samples, make([]int16, rate/2)...)
}

// TestBothWaysLikeAnotherImplementation compares every octet and every sample
// with gotranspile/g722, a translation of spandsp's. That one lets an output
// beyond 16 bits wrap; there ours is clipped.
func TestBothWaysLikeAnotherImplementation(t *testing.T) {
	samples := sounds()
	var encoder Encoder
	coded := encoder.Encode(make([]byte, len(samples)/2), samples)
	if want := oracle.Encode(samples, oracle.Rate64000, 0); !bytes.Equal(coded, want) {
		t.Errorf("encoded otherwise from octet %d on", firstDifference(coded, want))
	}
	var decoder Decoder
	compareDecoded(t, decoder.Decode(make([]int16, len(samples)), coded), coded)
}

func compareDecoded(t *testing.T, got []int16, coded []byte) {
	t.Helper()
	for i, want := range oracle.Decode(coded, oracle.Rate64000, 0) {
		if clipped := got[i] == math.MaxInt16 || got[i] == math.MinInt16; got[i] != want && !clipped {
			t.Fatalf("sample %d is %d, want %d", i, got[i], want)
		}
	}
}

func firstDifference(a, b []byte) int {
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			return i
		}
	}
	return len(a)
}

// TestPiecesOfAnyLengthAreOneStream cuts a stream at random.
func TestPiecesOfAnyLengthAreOneStream(t *testing.T) {
	samples := sounds()[:32000]
	var whole, cut Encoder
	coded := whole.Encode(make([]byte, len(samples)/2), samples)
	var pieces []byte
	random := rand.New(rand.NewPCG(3, 4))
	for rest := samples; len(rest) > 0; {
		n := 2 * min(random.IntN(500), len(rest)/2)
		pieces = append(pieces, cut.Encode(make([]byte, n/2), rest[:n])...)
		rest = rest[n:]
	}
	if !bytes.Equal(pieces, coded) {
		t.Error("encoded otherwise in pieces")
	}
	var decoder, other Decoder
	out := decoder.Decode(make([]int16, len(samples)), coded)
	var parts []int16
	for rest := coded; len(rest) > 0; {
		n := min(random.IntN(300), len(rest))
		parts = append(parts, other.Decode(make([]int16, 2*n), rest[:n])...)
		rest = rest[n:]
	}
	if !slices.Equal(parts, out) {
		t.Error("decoded otherwise in pieces")
	}
}

// TestACopyGoesOn has two encoders part from one.
func TestACopyGoesOn(t *testing.T) {
	samples := sounds()
	var shared Encoder
	shared.Encode(make([]byte, 16000), samples[:32000])
	own := shared
	a := shared.Encode(make([]byte, 8000), samples[32000:48000])
	b := own.Encode(make([]byte, 8000), samples[32000:48000])
	if !bytes.Equal(a, b) {
		t.Error("a copy codes otherwise")
	}
}

// TestSilenceSettles sends constant silence after loud sound, as a bridge does
// when nobody speaks: the decoder falls silent, and an encoder that has
// followed is understood at once when it goes on.
func TestSilenceSettles(t *testing.T) {
	samples := sounds()[8000:24000]
	silence := bytes.Repeat([]byte{Silence}, 160)
	for _, frames := range []int{1, 3, 10} {
		var encoder Encoder
		var decoder Decoder
		decoder.Decode(make([]int16, len(samples)), encoder.Encode(make([]byte, len(samples)/2), samples))
		for range frames {
			encoder.Follow(silence)
			decoder.Decode(make([]int16, 320), silence)
		}
		if frames == 10 {
			for i, s := range decoder.Decode(make([]int16, 320), silence) {
				if s < -64 || s > 64 { // as soft as coded silence is
					t.Fatalf("sample %d of silence is %d", i, s)
				}
			}
			encoder.Follow(silence)
		}
		heard := decoder.Decode(make([]int16, 640), encoder.Encode(make([]byte, 320), samples[:640]))
		var signal, noise float64
		for i := range 600 { // 22 samples of delay
			off := float64(heard[22+i]) - float64(samples[i])
			signal, noise = signal+float64(samples[i])*float64(samples[i]), noise+off*off
		}
		if snr := 10 * math.Log10(signal/noise); snr < 12 {
			t.Errorf("after %d frames of silence the sound comes back at an SNR of %.1f dB", frames, snr)
		}
	}
}

func TestStreamRefusesOddPayloads(t *testing.T) {
	var frame audio.Frame
	for _, n := range []int{0, FrameBytes - 1, FrameBytes + 1} {
		if err := new(Stream).Decode(make([]byte, n), &frame); !errors.Is(err, ErrPayload) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

func TestNothingIsAllocated(t *testing.T) {
	var encoder Encoder
	var decoder Decoder
	samples, coded := sounds()[:320], make([]byte, 160)
	if n := testing.AllocsPerRun(100, func() {
		encoder.Encode(coded, samples)
		decoder.Decode(samples, coded)
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzDecode decodes anything, in two pieces, and compares.
func FuzzDecode(f *testing.F) {
	f.Add([]byte{0xFA, 0, 0xFF, 0x20, 0x1F, 0x80}, uint8(2))
	f.Add(bytes.Repeat([]byte{0x20, 0xA0, 0x04}, 200), uint8(77))
	f.Fuzz(func(t *testing.T, coded []byte, at uint8) {
		var decoder Decoder
		cut := min(int(at), len(coded))
		out := decoder.Decode(make([]int16, 2*cut), coded[:cut])
		out = append(out, decoder.Decode(make([]int16, 2*(len(coded)-cut)), coded[cut:])...)
		compareDecoded(t, out, coded)
	})
}

// FuzzEncode codes anything and compares.
func FuzzEncode(f *testing.F) {
	f.Add([]byte{0, 0, 0xFF, 0x7F, 0, 0x80, 1, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		samples := make([]int16, len(b)/4*2)
		for i := range samples {
			samples[i] = int16(b[2*i]) | int16(b[2*i+1])<<8
		}
		var encoder Encoder
		coded := encoder.Encode(make([]byte, len(samples)/2), samples)
		if want := oracle.Encode(samples, oracle.Rate64000, 0); !bytes.Equal(coded, want) {
			t.Errorf("%x, want %x", coded, want)
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	var encoder Encoder
	samples, coded := sounds(), make([]byte, 160)
	at := 0
	b.ReportAllocs()
	for b.Loop() {
		encoder.Encode(coded, samples[at:at+320])
		at = (at + 320) % 32000
	}
}

func BenchmarkDecode(b *testing.B) {
	var encoder Encoder
	var decoder Decoder
	samples := sounds()
	coded := encoder.Encode(make([]byte, len(samples)/2), samples)
	at := 0
	b.ReportAllocs()
	for b.Loop() {
		decoder.Decode(samples[:320], coded[at:at+160])
		at = (at + 160) % 16000
	}
}

func BenchmarkDecodeOfAnother(b *testing.B) {
	var encoder Encoder
	samples := sounds()
	coded := encoder.Encode(make([]byte, len(samples)/2), samples)
	decoder := oracle.NewDecoder(oracle.Rate64000, 0)
	at := 0
	for b.Loop() {
		decoder.Decode(samples[:320], coded[at:at+160])
		at = (at + 160) % 16000
	}
}
