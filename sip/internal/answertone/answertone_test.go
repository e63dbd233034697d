package answertone

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"partyline/sfu/audio"
	"partyline/sip/internal/dtmf"
)

// sounds makes 8 kHz sound piece by piece.
type sounds []float64

func (s sounds) tone(hz, level float64, d time.Duration) sounds {
	n := int(d.Seconds() * rate)
	for i := range n {
		s = append(s, level*math.Sin(2*math.Pi*hz*float64(i)/rate))
	}
	return s
}

// ansam is V.8's: 2100 Hz that turns its phase every 450 ms, up and down by a
// fifth at 15 Hz.
func (s sounds) ansam(level float64, d time.Duration) sounds {
	for i := range int(d.Seconds() * rate) {
		at := float64(i) / rate
		turn := 1 - 2*float64(int(at/0.45)%2)
		s = append(s, turn*level*(1+0.2*math.Sin(2*math.Pi*15*at))*math.Sin(2*math.Pi*2100*at))
	}
	return s
}

func (s sounds) quiet(d time.Duration) sounds {
	return append(s, make([]float64, int(d.Seconds()*rate))...)
}

// speech reads a recorded sentence, at half its rate.
func (s sounds) speech(t *testing.T, file string) sounds {
	t.Helper()
	wav, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := 44; i+3 < len(wav); i += 4 {
		a, b := int16(binary.LittleEndian.Uint16(wav[i:])), int16(binary.LittleEndian.Uint16(wav[i+2:]))
		s = append(s, (float64(a)+float64(b))/2)
	}
	return s
}

func (s sounds) noisy(level float64) sounds {
	random := rand.New(rand.NewPCG(1, 2))
	out := make(sounds, len(s))
	for i := range s {
		out[i] = s[i] + level*random.NormFloat64()
	}
	return out
}

// hear plays sound in packets of so many samples.
func hear(s sounds, codec audio.Codec, packet int) Kind {
	var d Detector
	kind := Somebody
	for len(s) > 0 && kind == Somebody {
		n := min(packet, len(s))
		payload := make([]byte, n)
		for i, x := range s[:n] {
			payload[i] = nearest(codec, x)
		}
		kind, s = d.Packet(codec, payload), s[n:]
	}
	return kind
}

// nearest codes a sample.
func nearest(codec audio.Codec, x float64) byte {
	best, least := byte(0), math.Inf(1)
	for b := range 256 {
		if v, _ := dtmf.Expand(codec, byte(b)); math.Abs(float64(v)-x) < least {
			best, least = byte(b), math.Abs(float64(v)-x)
		}
	}
	return best
}

const (
	ms     = time.Millisecond
	hello  = "../../../sfu/prompts/en/check-invitation.wav"
	greets = "../../../sfu/prompts/zh-CN/check-invitation.wav"
)

func TestMachines(t *testing.T) {
	t.Parallel()
	said := sounds{}.quiet(200*ms).speech(t, hello)
	for name, test := range map[string]struct {
		sound sounds
		want  Kind
	}{
		"CNG":                       {sounds{}.quiet(time.Second).tone(1100, 3000, 500*ms).quiet(3 * time.Second), Fax},
		"CNG at the edge of T.30":   {sounds{}.tone(1138, 1000, 500*ms), Fax},
		"CED":                       {sounds{}.quiet(300*ms).tone(2100, 3000, 2600*ms), Fax},
		"ANSam":                     {sounds{}.quiet(300*ms).ansam(3000, 3*time.Second), Fax},
		"CED after a greeting":      {said.tone(2100, 2000, 2600*ms), Fax},
		"beep":                      {said.quiet(300*ms).tone(1000, 5000, 400*ms).quiet(2 * time.Second), Voicemail},
		"low beep":                  {said.tone(440, 2000, 800*ms).quiet(time.Second), Voicemail},
		"high, short beep":          {said.tone(1400, 8000, 200*ms).quiet(time.Second), Voicemail},
		"beep in Chinese":           {sounds{}.speech(t, greets).tone(850, 4000, 500*ms).quiet(time.Second), Voicemail},
		"beep in noise":             {said.tone(1000, 5000, 400*ms).quiet(time.Second).noisy(60), Voicemail},
		"somebody":                  {said.quiet(2 * time.Second), Somebody},
		"beep before anybody spoke": {sounds{}.quiet(300*ms).tone(1000, 5000, 400*ms).quiet(2 * time.Second), Somebody},
		"tone that goes on":         {said.tone(425, 5000, 5*time.Second).quiet(time.Second), Somebody},
		"beep, and speech goes on":  {append(said.tone(1000, 5000, 300*ms), said[2000:]...), Somebody},
		"key":                       {said.quiet(100*ms).key('1', 250*ms).quiet(time.Second), Somebody},
		"silence":                   {sounds{}.quiet(3 * time.Second), Somebody},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, codec := range []audio.Codec{audio.PCMA, audio.PCMU} {
				if got := hear(test.sound, codec, 160); got != test.want {
					t.Errorf("%v: %v, want %v", codec, got, test.want)
				}
			}
			if got := hear(test.sound, audio.PCMA, 233); got != test.want {
				t.Errorf("in odd packets: %v, want %v", got, test.want)
			}
		})
	}
}

func (s sounds) key(key byte, d time.Duration) sounds {
	for _, x := range dtmf.Generate(key, rate, int(d.Seconds()*rate)) {
		s = append(s, float64(x))
	}
	return s
}

// TestNobodyIsTakenForAMachine plays all that our own voices say, which are
// steadier than people's.
func TestNobodyIsTakenForAMachine(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{"en", "zh-CN"} {
		files, err := filepath.Glob("../../../sfu/prompts/" + folder + "/*.wav")
		if err != nil || len(files) < 50 {
			t.Fatalf("%d sentences, %v", len(files), err)
		}
		var all sounds
		for _, file := range files {
			all = all.speech(t, file).quiet(400 * ms)
		}
		if got := hear(all, audio.PCMA, 160); got != Somebody {
			t.Errorf("%s is taken for a %v", folder, got)
		}
	}
}

func TestOtherCodecsAreNotHeard(t *testing.T) {
	var d Detector
	if got := d.Packet(audio.Opus, make([]byte, 4000)); got != Somebody {
		t.Errorf("%v in Opus", got)
	}
}

// FuzzDetector takes any sound.
func FuzzDetector(f *testing.F) {
	f.Add([]byte{0xd5, 0x55, 0x2a})
	f.Add(make([]byte, 20000))
	f.Fuzz(func(t *testing.T, payload []byte) {
		var d Detector
		first := d.Packet(audio.PCMA, payload)
		if second := d.Packet(audio.PCMA, payload); first != Somebody && second != first {
			t.Fatalf("first %v, then %v", first, second)
		}
	})
}
