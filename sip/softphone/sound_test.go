package softphone

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/sfu/audio"
)

func wav(t testing.TB, s Sound) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := s.WriteWAV(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWAVThereAndBack(t *testing.T) {
	want := tone(440, 100*time.Millisecond)
	got, err := ReadWAV(bytes.NewReader(wav(t, want)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestNarrowWAVIsDoubled(t *testing.T) {
	wide := tone(1000, 200*time.Millisecond)
	narrow := make(Sound, len(wide)/2)
	for i := range narrow {
		narrow[i] = wide[2*i]
	}
	data := wav(t, narrow)
	binary.LittleEndian.PutUint32(data[24:], 8000)
	got, err := ReadWAV(bytes.NewReader(data))
	if err != nil || len(got) != len(wide) {
		t.Fatalf("%d samples, %v", len(got), err)
	}
	for i := 100; i < len(wide)-100; i++ {
		if d := int(got[i]) - int(wide[i]); d < -150 || d > 150 {
			t.Fatalf("sample %d is %d, want %d", i, got[i], wide[i])
		}
	}
}

func TestBadWAV(t *testing.T) {
	good := wav(t, tone(440, 20*time.Millisecond))
	edit := func(at int, b byte) []byte {
		data := bytes.Clone(good)
		data[at] = b
		return data
	}
	for name, data := range map[string][]byte{
		"empty": nil, "no RIFF": []byte("hello, this is no sound"), "stereo": edit(22, 2), "8 bits": edit(34, 8),
		"44.1 kHz": edit(24, 0x44), "no data": good[:36], "float": edit(20, 3),
	} {
		if _, err := ReadWAV(bytes.NewReader(data)); !errors.Is(err, ErrBadWAV) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzReadWAV(f *testing.F) {
	f.Add([]byte("RIFF"))
	f.Add(wav(f, tone(440, 5*time.Millisecond)))
	f.Fuzz(func(t *testing.T, data []byte) {
		if s, err := ReadWAV(bytes.NewReader(data)); err == nil && len(s) > len(data) {
			t.Fatalf("%d samples from %d bytes", len(s), len(data))
		}
	})
}

// TestListenerKeepsTime feeds packets with loss, doubles and a jump and looks at
// where they end up.
func TestListenerKeepsTime(t *testing.T) {
	start := time.Now()
	l := &listener{tape: &tape{start: start}, codecs: &codecs{make: newULaw}}
	loud := bytes.Repeat([]byte{0x00}, g711Frame)
	hear := func(sequence uint16, stamp uint32, at time.Duration) {
		l.hear(audio.Packet{Codec: audio.PCMU, SSRC: 1, Sequence: sequence, Timestamp: stamp, Payload: loud, Arrival: start.Add(at)})
	}
	hear(1, 0, 100*time.Millisecond)
	hear(2, 160, 150*time.Millisecond) // late by 30 ms: its timestamp rules
	hear(2, 160, 151*time.Millisecond)
	hear(4, 480, 161*time.Millisecond)                // one lost: concealed
	hear(5, 480+160*50, 1180*time.Millisecond)        // a second of silence
	hear(6, 480+160*51+800000, 1200*time.Millisecond) // the clock jumps
	heard := l.tape.until(start.Add(2 * time.Second)).Sound
	if len(heard) != 2*audio.Rate {
		t.Errorf("%d samples in two seconds", len(heard))
	}
	var loudAt []int
	for ms := 0; ms < 2000; ms += 20 {
		if s := heard[ms*16+160]; s != 0 {
			loudAt = append(loudAt, ms)
		}
	}
	if diff := cmp.Diff([]int{100, 120, 140, 160, 1160, 1200}, loudAt); diff != "" {
		t.Errorf("sound at ms (-want +got):\n%s", diff)
	}
}
