package speech

import (
	"errors"
	"math"
	"slices"
	"testing"
)

func score(t testing.TB, ref, got []int16, rate int) Report {
	t.Helper()
	r, err := Score(ref, got, rate)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestTheOrderingOfKnownChains repeats what was measured with other voices:
// which chain is worse than which must come out the same.
func TestToneSNR(t *testing.T) {
	tone := make([]int16, 16000)
	for i := range tone {
		tone[i] = int16(8000 * math.Sin(2*math.Pi*1000*float64(i)/8000))
	}
	if got := ToneSNR(toALaw(tone), 8000, 1000); got < 35 || got > 60 {
		t.Errorf("A-law gives %.1f dB, want 35 and more", got)
	}
	if got := ToneSNR(amplified(tone, 18, wrapped), 8000, 1000); got > 10 {
		t.Errorf("a wrapped tone has %.1f dB", got)
	}
	if got := ToneSNR(make([]int16, 16000), 8000, 1000); got > 0 {
		t.Errorf("silence has %.1f dB", got)
	}
}

func TestWAVFilesComeBack(t *testing.T) {
	want := voiceOf(t, "lea")[:1000]
	path := t.TempDir() + "/x.wav"
	if err := WriteWAV(path, 16000, want); err != nil {
		t.Fatal(err)
	}
	got, rate, err := ReadWAV(path)
	if err != nil || rate != 16000 || !slices.Equal(got, want) {
		t.Errorf("%d samples at %d Hz, %v", len(got), rate, err)
	}
	if _, _, err := ParseWAV([]byte("RIFFxxxxWAVEjunk")); !errors.Is(err, ErrWAV) {
		t.Errorf("junk gives %v", err)
	}
}

func FuzzParseWAV(f *testing.F) {
	f.Add(FormatWAV(8000, []int16{1, 2, 3}))
	f.Add([]byte("RIFF\xff\xff\xff\xffWAVEfmt \x10\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		samples, rate, err := ParseWAV(b)
		if err == nil && rate == 0 {
			t.Fatal("no rate")
		}
		if 2*len(samples) > len(b) {
			t.Fatalf("%d samples of %d bytes", len(samples), len(b))
		}
	})
}
