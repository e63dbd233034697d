package quality

import (
	"fmt"
	"math"
	"testing"
	"time"
)

const ms = time.Millisecond

func TestDelayImpairment(t *testing.T) {
	shortcut := func(d float64) float64 { return 0.024*d + 0.11*max(d-177.3, 0) }
	for _, c := range []struct {
		delay          time.Duration
		full, shortcut float64 // what the standard says, and what others make of it
	}{
		{0, 0, 0},
		{100 * ms, 0, 2.40},
		{150 * ms, 0.16, 3.60},
		{200 * ms, 3.04, 7.30},
		{250 * ms, 8.92, 14.00},
		{400 * ms, 24.07, 34.10},
	} {
		if got := idd(c.delay); !near(got, c.full, 0.005) {
			t.Errorf("Idd(%s) = %.3f, want %.2f", c.delay, got, c.full)
		}
		if got := shortcut(float64(c.delay / ms)); !near(got, c.shortcut, 0.005) {
			t.Errorf("the shortcut for %s is %.3f, want %.2f", c.delay, got, c.shortcut)
		}
	}
}

// The table of golden values: G.711, a jitter buffer of 40 ms or twice the
// jitter, 20 ms packets.
func TestNarrowbandMOS(t *testing.T) {
	g711 := CodecOf("pcma")
	for _, c := range []struct {
		roundTrip, jitter time.Duration
		loss              float64
		random, bursty    float64 // burst ratios 1 and 2
	}{
		{20 * ms, 5 * ms, 0, 4.41, 4.41},
		{60 * ms, 10 * ms, 0.01, 4.33, 4.33},
		{60 * ms, 10 * ms, 0.03, 4.13, 4.11},
		{60 * ms, 10 * ms, 0.05, 3.92, 3.86},
		{100 * ms, 30 * ms, 0.10, 3.41, 3.18},
		{300 * ms, 10 * ms, 0, 4.32, 4.32},
		{500 * ms, 10 * ms, 0, 3.92, 3.92},
		{800 * ms, 10 * ms, 0, 3.35, 3.35},
	} {
		for burst, want := range map[float64]float64{0: c.random, 1: c.random, 2: c.bursty} {
			s := Stream{Packets: 250, Loss: c.loss, Burst: burst, Jitter: c.jitter}
			if got := s.MOS(g711, c.roundTrip); !near(got, want, 0.0051) {
				t.Errorf("%+v, burst ratio %g: %.3f, want %.2f", c, burst, got, want)
			}
		}
	}
	if got := mos(93.2); !near(got, 4.409, 0.0005) {
		t.Errorf("MOS(93.2) = %.4f", got)
	}
}

func TestMOSStaysOnItsScale(t *testing.T) {
	for _, codec := range append(Codecs(), CodecOf("speex")) {
		before := 5.0
		for loss := 0.0; loss <= 1; loss += 0.01 {
			got := codec.MOS(loss, 1, 50*ms)
			if got < 1 || got > 4.5 || got > before {
				t.Errorf("%s at %.2f: %g after %g", codec.Name, loss, got, before)
			}
			before = got
		}
		if got := codec.MOS(2, -5, time.Hour); got != 1 {
			t.Errorf("%s at its worst: %g", codec.Name, got)
		}
	}
	for r := -50.0; r < 150; r++ {
		if got := mos(r); got < 1 || got > 4.5 || math.IsNaN(got) {
			t.Errorf("MOS(%g) = %g", r, got)
		}
	}
}

func TestWidebandRating(t *testing.T) {
	perfect := Codec{Bpl: 10, Wideband: true}
	if r := perfect.Rating(0, 0, 0); r != 129 {
		t.Errorf("the best rating is %g, want 129", r)
	}
	if got := perfect.MOS(0, 0, 0); got != 4.5 {
		t.Errorf("the best MOS is %g", got)
	}
	g722 := CodecOf("G722")
	if r := g722.Rating(0, 0, 0); r != 129-13 {
		t.Errorf("G.722 is rated %g, want 116", r)
	}
	if got, want := g722.MOS(0, 0, 0), mos(116/1.29); got != want {
		t.Errorf("MOS %g, want %g", got, want)
	}
	// Delay costs as many points of the longer scale, and so less of the MOS.
	if got, want := g722.Rating(0, 0, 0)-g722.Rating(0, 0, 400*ms), 24.07; !near(got, want, 0.005) {
		t.Errorf("400 ms cost %.3f, want %.2f", got, want)
	}
}

func TestCodecsSayWhatTheyAre(t *testing.T) {
	for name, want := range map[string]struct{ wideband, estimate bool }{
		"PCMU": {false, false}, "pcma": {false, false}, "G722": {true, true}, "OPUS": {true, true}, "AMR": {false, true},
	} {
		c := CodecOf(name)
		if c.Wideband != want.wideband || c.Estimate != want.estimate || c.Source == "" {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

// What a listener heard counts, not what RED and FEC made good.
func TestMOSOfWhatWasHeard(t *testing.T) {
	opus := CodecOf("opus")
	clean := Stream{Packets: 250, Buffer: 60 * ms}.MOS(opus, 0)
	for name, c := range map[string]struct {
		stream Stream
		same   bool
	}{
		"lost, and nothing was concealed":   {Stream{Packets: 250, Loss: 0.1, Buffer: 60 * ms}, true},
		"lost, and nobody tells the rest":   {Stream{Packets: 250, Loss: 0.1}, false},
		"lost and healed":                   {Stream{Packets: 250, Loss: 0.1, Healed: 25, Jitter: 30 * ms}, true},
		"too late":                          {Stream{Packets: 250, Late: 25, Jitter: 30 * ms}, false},
		"concealed though nothing was lost": {Stream{Packets: 250, Concealed: 0.1, Buffer: 60 * ms}, false},
	} {
		if got := c.stream.MOS(opus, 0); near(got, clean, 1e-9) != c.same {
			t.Errorf("%s: %.2f, clean is %.2f", name, got, clean)
		}
	}
	if got := (Stream{}).MOS(opus, 0); got != 0 {
		t.Errorf("of nothing: %g", got)
	}
}

func ExampleCodec_MOS() {
	for _, name := range []string{"PCMA", "opus"} {
		c := CodecOf(name)
		fmt.Printf("%s: Ie %g, Bpl %g, wideband %v, estimate %v: %.2f\n", c.Name, c.Ie, c.Bpl, c.Wideband, c.Estimate, c.MOS(0.05, 1, 100*ms))
	}
	// Output:
	// PCMA: Ie 0, Bpl 25.1, wideband false, estimate false: 3.92
	// opus: Ie 10, Bpl 15, wideband true, estimate true: 3.85
}
