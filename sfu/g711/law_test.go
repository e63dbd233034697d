package g711

import (
	"math"
	"testing"

	"partyline/sfu/audio"
)

// The reference of these tests is the other well-known formulation of G.711:
// Sun's g711.c for A-law, and for µ-law the intervals of table 2a of the
// Recommendation, counted from the quietest.

func sunALaw(s int16) byte {
	v, mask := int(s)>>3, byte(0xD5)
	if v < 0 {
		mask, v = 0x55, -v-1
	}
	segment := 0
	for end := 0x1F; segment < 8 && v > end; end = end<<1 | 1 {
		segment++
	}
	code := byte(segment) << 4
	if segment < 2 {
		code |= byte(v>>1) & 0x0F
	} else {
		code |= byte(v>>segment) & 0x0F
	}
	return code ^ mask
}

func TestALawEqualsTheReferenceForEverySample(t *testing.T) {
	for s := math.MinInt16; s <= math.MaxInt16; s++ {
		var got [1]byte
		A.Encode(got[:], []int16{int16(s)})
		if want := sunALaw(int16(s)); got[0] != want {
			t.Fatalf("A-law of %d = %#02x, want %#02x", s, got[0], want)
		}
	}
}

func TestMuLawPicksTheIntervalOfTheRecommendation(t *testing.T) {
	for s := math.MinInt16; s <= math.MaxInt16; s++ {
		var code [1]byte
		Mu.Encode(code[:], []int16{int16(s)})
		magnitude := s >> 2
		if s < 0 {
			magnitude = ^s >> 2
		}
		// Interval n of segment k spans step 2^(k+1), starting at 32·2^k-33.
		biased := min(magnitude+33, 8191)
		k := 0
		for biased >= 64<<k {
			k++
		}
		n := k*16 + (biased-32<<k)>>(k+1)
		want := byte(0xFF - n)
		if s < 0 {
			want = byte(0x7F - n)
		}
		if code[0] != want {
			t.Fatalf("µ-law of %d = %#02x, want %#02x", s, code[0], want)
		}
	}
}

func TestKnownValues(t *testing.T) {
	for _, c := range []struct {
		name   string
		law    *Law
		sample int16
		code   byte
		back   int16
	}{
		{"µ zero", Mu, 0, 0xFF, 0},
		{"µ loudest", Mu, 32767, 0x80, 32124},
		{"µ loudest negative is 0x00", Mu, -32768, 0x00, -32124},
		{"A zero", A, 0, 0xD5, 8},
		{"A minus one", A, -1, 0x55, -8},
		{"A loudest", A, 32767, 0xAA, 32256},
		{"A loudest negative", A, -32768, 0x2A, -32256},
	} {
		t.Run(c.name, func(t *testing.T) {
			var code [1]byte
			var back [1]int16
			c.law.Encode(code[:], []int16{c.sample})
			c.law.Decode(back[:], code[:])
			if code[0] != c.code || back[0] != c.back {
				t.Errorf("%d → %#02x → %d, want %#02x → %d", c.sample, code[0], back[0], c.code, c.back)
			}
		})
	}
}

func TestDecodedCodesEncodeToThemselves(t *testing.T) {
	for name, law := range map[string]*Law{"µ": Mu, "A": A} {
		for c := range 256 {
			var back [1]byte
			var sample [1]int16
			law.Decode(sample[:], []byte{byte(c)})
			law.Encode(back[:], sample[:])
			if law == Mu && c == 0x7F {
				continue // negative zero of µ-law expands to zero
			}
			if back[0] != byte(c) {
				t.Errorf("%s: code %#02x comes back as %#02x", name, c, back[0])
			}
		}
	}
}

func TestLevelEqualsThatOfTheDecodedFrame(t *testing.T) {
	for _, amplitude := range []float64{0, 3, 100, 1000, 10000, 32000} {
		var samples, decoded [160]int16
		for i := range samples {
			samples[i] = int16(amplitude * math.Sin(float64(i)*0.3))
		}
		var codes [160]byte
		Mu.Encode(codes[:], samples[:])
		Mu.Decode(decoded[:], codes[:])
		var frame audio.Frame
		copy(frame[:], decoded[:])
		copy(frame[160:], decoded[:])
		if got, want := Mu.Level(codes[:]), frame.Level(); got != want {
			t.Errorf("amplitude %v: level %d, want %d", amplitude, got, want)
		}
	}
	if got := A.Level(nil); got != audio.Silence {
		t.Errorf("level of an empty payload = %d, want silence", got)
	}
}

func BenchmarkEncode(b *testing.B) {
	var codes [160]byte
	var samples [160]int16
	b.ReportAllocs()
	for b.Loop() {
		A.Encode(codes[:], samples[:])
	}
}

func BenchmarkLevel(b *testing.B) {
	codes := make([]byte, 160)
	b.ReportAllocs()
	for b.Loop() {
		A.Level(codes)
	}
}
