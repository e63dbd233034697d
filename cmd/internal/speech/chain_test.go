package speech

import (
	"math"
	"math/rand/v2"
	"testing"

	"partyline/sfu/audio"
	"partyline/sfu/g711"
	"partyline/sfu/opus"
)

// The chains of these tests are what a call does to speech, and what a broken
// one would do.

func voiceOf(t testing.TB, name string) []int16 {
	t.Helper()
	v, err := Voice(name)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func toALaw(x []int16) []int16 {
	codes, out := make([]byte, len(x)), make([]int16, len(x))
	g711.A.Encode(codes, x)
	g711.A.Decode(out, codes)
	return out
}

// What happens to lost packets.
type cure int

const (
	nothingLost cure = iota
	fec
	conceal
	silence
)

func throughOpus(t testing.TB, x []int16, loss float64, c cure) []int16 {
	t.Helper()
	encoder, err := opus.NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	decoder, err := opus.NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	var packets [][]byte
	for i := 0; i+audio.FrameSamples <= len(x); i += audio.FrameSamples {
		payload, err := encoder.Encode(make([]byte, opus.MaxPayload), (*audio.Frame)(x[i:]))
		if err != nil {
			t.Fatal(err)
		}
		packets = append(packets, payload)
	}
	r := rand.New(rand.NewPCG(3, 4))
	var out []int16
	for i, p := range packets {
		buf := make([]int16, opus.MaxSamples)
		lost := r.Float64() < loss && i > 0
		switch {
		case !lost || c == nothingLost:
			if buf, err = decoder.Decode(buf, p); err != nil {
				t.Fatal(err)
			}
		case c == fec && i+1 < len(packets):
			buf = buf[:audio.FrameSamples]
			err = decoder.Recover(buf, packets[i+1])
		case c == silence:
			buf = buf[:audio.FrameSamples]
		default:
			buf = buf[:audio.FrameSamples]
			err = decoder.Conceal(buf)
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, buf...)
	}
	return out
}

// holed is x with frames of 20 ms silenced.
func holed(x []int16, rate int, loss float64) []int16 {
	r := rand.New(rand.NewPCG(5, 6))
	out := append([]int16(nil), x...)
	n := rate / 50
	for i := 0; i+n <= len(out); i += n {
		if r.Float64() < loss {
			clear(out[i : i+n])
		}
	}
	return out
}

func decimated(x []int16) (out []int16) {
	for i := 0; i < len(x); i += 2 {
		out = append(out, x[i])
	}
	return out
}

func zeroStuffed(x []int16) (out []int16) {
	for _, s := range x {
		out = append(out, s, 0)
	}
	for i := range out {
		out[i] = int16(min(max(2*int(out[i]), math.MinInt16), math.MaxInt16))
	}
	return out
}

func amplified(x []int16, db float64, overflow func(int) int16) []int16 {
	out := make([]int16, len(x))
	for i, s := range x {
		out[i] = overflow(int(math.Round(float64(s) * math.Pow(10, db/20))))
	}
	return out
}

func clipped(x int) int16 { return int16(min(max(x, math.MinInt16), math.MaxInt16)) }
func wrapped(x int) int16 { return int16(x) }

func delayed(x []int16, n int) []int16 { return append(make([]int16, n), x...) }

func added(voices ...[]int16) []int16 {
	n := 0
	for _, v := range voices {
		n = max(n, len(v))
	}
	out := make([]int16, n)
	for i := range out {
		sum := 0
		for _, v := range voices {
			if i < len(v) {
				sum += int(v[i])
			}
		}
		out[i] = clipped(sum)
	}
	return out
}
