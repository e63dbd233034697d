package quality

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// alive makes samples as those of a browser's leg that fares well and at times
// does not: all figures that change do so.
func alive(n int) []Sample {
	r := rand.New(rand.NewPCG(5, 6))
	about := func(mean, off float64) float64 { return mean + (2*r.Float64()-1)*off }
	samples := make([]Sample, n)
	for i := range samples {
		samples[i] = Sample{
			At: noon.Add(time.Duration(i)*5*time.Second + time.Duration(about(0, 8))*ms), Span: 5 * time.Second,
			RoundTrip: time.Duration(about(40, 6)) * ms,
			Said: Stream{
				Packets: uint64(about(250, 2)), Jitter: time.Duration(about(4000, 900)) * time.Microsecond,
				Spread: time.Duration(about(18, 6)) * ms, Bitrate: int(about(32000, 2500)),
				Level: about(-28, 6), Swing: about(9, 3), Talking: about(0.5, 0.4), Buffer: time.Duration(about(45, 9)) * ms,
			},
			Heard: Stream{
				Packets: uint64(about(250, 2)), Jitter: time.Duration(about(5000, 900)) * time.Microsecond,
				Spread: time.Duration(about(18, 6)) * ms, Bitrate: int(about(32000, 2500)),
				Level: about(-28, 6), Swing: about(9, 3), Talking: about(0.5, 0.4), Buffer: time.Duration(about(60, 9)) * ms,
				Concealed: max(about(0.002, 0.004), 0),
			},
		}
		if r.IntN(4) == 0 {
			said := &samples[i].Said
			said.Loss, said.Gap, said.Burst, said.Healed = about(0.03, 0.02), 1+r.IntN(3), about(1.3, 0.3), 4
			samples[i].Marks = Relayed
		}
	}
	return samples
}

// exact is how far a packed figure may be off, by its name; those of other
// names are kept as they are. Times are in seconds.
var exact = map[string]float64{
	".At": 0.010, ".RoundTrip": 0.0005, ".Spread": 0.0005, ".Buffer": 0.0005, ".Jitter": 0.00005, ".Bitrate": 50,
	".Loss": 0.0005, ".Concealed": 0.0005, ".Clipped": 0.0005, ".Talking": 0.005, ".Burst": 0.025, ".Level": 0.25, ".Swing": 0.1,
}

// nearly compares as exactly as that.
func nearly() (options cmp.Options) {
	seconds := func(v any) float64 {
		switch v := v.(type) {
		case time.Time:
			return float64(v.UnixNano()) / 1e9
		case time.Duration:
			return v.Seconds()
		case int:
			return float64(v)
		default:
			return v.(float64)
		}
	}
	for name, off := range exact {
		options = append(options, cmp.FilterPath(
			func(p cmp.Path) bool { return p.Last().String() == name },
			cmp.Comparer(func(a, b any) bool { return near(seconds(a), seconds(b), off+1e-9) }),
		))
	}
	return options
}

func unpacked(t *testing.T, packed []byte) []Sample {
	t.Helper()
	samples, err := Unpack(packed)
	if err != nil {
		t.Fatal(err)
	}
	return samples
}

func TestPackKeepsWhatMatters(t *testing.T) {
	samples := alive(100)
	chunk := NewChunk("leg", samples)
	got := unpacked(t, chunk.Packed)
	if diff := cmp.Diff(samples, got, nearly()); diff != "" {
		t.Error(diff)
	}
	if chunk.Leg != "leg" || chunk.Samples != 100 || !chunk.From.Equal(samples[0].At.Add(-5*time.Second)) || !chunk.To.Equal(samples[99].At) {
		t.Errorf("%s, %d samples from %s to %s", chunk.Leg, chunk.Samples, chunk.From, chunk.To)
	}
	if again := NewChunk("leg", got); !bytes.Equal(again.Packed, chunk.Packed) {
		t.Error("what was read is packed in another way")
	}
}

// Packed, samples take at most 40 bytes each; the rest of those is left to the
// row that holds a chunk.
func TestPackIsSmall(t *testing.T) {
	chunk := NewChunk("leg", alive(chunkSamples))
	if each := float64(len(chunk.Packed)) / chunkSamples; each > 32 {
		t.Errorf("%.1f bytes a sample", each)
	} else {
		t.Logf("%.1f bytes a sample", each)
	}
}

func TestPackOfExtremes(t *testing.T) {
	wild := Stream{
		Packets: math.MaxUint64, Loss: math.NaN(), Burst: math.Inf(1), Gap: -5, Jitter: -time.Hour, Spread: math.MaxInt64,
		Bitrate: math.MaxInt, Level: math.Inf(-1), Talking: 7,
	}
	samples := []Sample{{At: noon, Said: wild, Heard: wild, Marks: math.MaxUint16}, {At: noon.Add(-time.Hour)}}
	got := unpacked(t, NewChunk("", samples).Packed)
	want := Stream{Packets: 1 << 32, Burst: 1000, Spread: time.Minute, Bitrate: 1e9, Level: Unknown, Talking: 1}
	if diff := cmp.Diff(want, got[0].Said); diff != "" {
		t.Error(diff)
	}
	if !got[1].At.Equal(noon.Add(-time.Hour)) || got[0].Marks != math.MaxUint16 {
		t.Errorf("%+v", got)
	}
}

func TestPackIsStable(t *testing.T) {
	const version1 = "\x01\x80\x84\xb0\xd1\xac\n" // the begin of what is stored already
	got := NewChunk("", []Sample{{At: noon, Span: 5 * time.Second, Said: Stream{Packets: 250, Level: Unknown}, Heard: Stream{Level: Unknown}}}).Packed
	const want = version1 + "\x89\x30\x00\xe8\x07\xf4\x03\xff\x03\xff\x03"
	if string(got) != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestUnpackRefuses(t *testing.T) {
	packed := NewChunk("", alive(3)).Packed
	for name, damaged := range map[string][]byte{
		"another version": append([]byte{2}, packed[1:]...),
		"cut off":         packed[:len(packed)-1],
		"only a version":  {packing1},
		"impossible":      {packing1, 0, 1 << 6, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
		"unknown figures": {packing1, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40, 0},
		"too many":        append([]byte{packing1, 0}, make([]byte, 2*(mostSamples+1))...),
	} {
		if samples, err := Unpack(damaged); !errors.Is(err, ErrPacked) {
			t.Errorf("%s: %v, %v", name, samples, err)
		}
	}
	if samples, err := Unpack(nil); err != nil || samples != nil {
		t.Errorf("nothing: %v, %v", samples, err)
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(NewChunk("", alive(5)).Packed)
	f.Add([]byte{packing1, 0, 0, 0})
	f.Fuzz(func(t *testing.T, packed []byte) {
		samples, err := Unpack(packed)
		if err != nil || len(samples) == 0 {
			return
		}
		again, err := Unpack(NewChunk("", samples).Packed)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(samples, again, cmpopts.EquateNaNs()); diff != "" {
			t.Error(diff)
		}
	})
}

func BenchmarkPack(b *testing.B) {
	samples := alive(chunkSamples)
	b.ReportAllocs()
	octets := 0
	for range b.N {
		octets = len(NewChunk("leg", samples).Packed)
	}
	b.ReportMetric(float64(octets)/chunkSamples, "B/sample")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/chunkSamples, "ns/sample")
}

func BenchmarkUnpack(b *testing.B) {
	packed := NewChunk("leg", alive(chunkSamples)).Packed
	b.ReportAllocs()
	for range b.N {
		if _, err := Unpack(packed); err != nil {
			b.Fatal(err)
		}
	}
}
