package audio

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMixEncodesOncePerCodec(t *testing.T) {
	var (
		mix     Mix
		samples Frame
		encoded map[Codec]int
	)
	encode := func(c Codec) []byte {
		encoded[c]++
		if c == Opus {
			return nil // DTX: asked once is asked often enough
		}
		return []byte{byte(c)}
	}
	for tick := range 3 {
		encoded = make(map[Codec]int)
		mix.Reset(&samples, encode)
		for range 10 {
			for _, c := range []Codec{PCMU, Opus, PCMA} {
				got := mix.Payload(c)
				if c == Opus && got != nil || c != Opus && !cmp.Equal(got, []byte{byte(c)}) {
					t.Errorf("tick %d: %v is %v", tick, c, got)
				}
			}
		}
		if d := cmp.Diff(map[Codec]int{PCMU: 1, PCMA: 1, Opus: 1}, encoded); d != "" {
			t.Errorf("tick %d: %s", tick, d)
		}
		for _, none := range []Codec{0, codecs, 200} {
			if got := mix.Payload(none); got != nil {
				t.Errorf("codec %d is %v", none, got)
			}
		}
	}
	if mix.Samples() != &samples {
		t.Error("the samples are others")
	}
}

func TestCodecs(t *testing.T) {
	for _, tt := range []struct {
		codec Codec
		name  string
		clock int
	}{{PCMU, "PCMU", 8000}, {PCMA, "PCMA", 8000}, {Opus, "opus", 48000}, {0, "unknown", 8000}} {
		if tt.codec.String() != tt.name || tt.codec.ClockRate() != tt.clock {
			t.Errorf("%d is %v at %d Hz", tt.codec, tt.codec, tt.codec.ClockRate())
		}
	}
}

func TestLevel(t *testing.T) {
	square := func(amplitude int16) (f Frame) {
		for i := range f {
			if f[i] = amplitude; i%2 == 1 {
				f[i] = -amplitude
			}
		}
		return f
	}
	sine := func(amplitude float64) (f Frame) {
		for i := range f {
			f[i] = int16(amplitude * math.Sin(2*math.Pi*float64(i)/16))
		}
		return f
	}
	for _, tt := range []struct {
		name  string
		frame Frame
		want  Level
	}{
		{"digital silence", Frame{}, Silence},
		{"full-scale square wave", square(math.MaxInt16), 0},
		{"full-scale sine", sine(math.MaxInt16), 3},
		{"a tenth of it", sine(3276.7), 23},
		{"the least significant bit", square(1), 90},
		{"one sample of it", Frame{7: 1}, 115},
	} {
		if got := tt.frame.Level(); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
	for _, tt := range []struct {
		square float64
		want   Level
	}{{0, Silence}, {-1, Silence}, {1e-9, Silence}, {1 << 40, 0}} {
		if got := LevelOf(tt.square); got != tt.want {
			t.Errorf("mean square %v: %d, want %d", tt.square, got, tt.want)
		}
	}
}
