package browser

import (
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// loopPage sends the microphone to itself through two peer connections.
const loopPage = `<!doctype html><script>
(async () => {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
  const a = new RTCPeerConnection(), b = new RTCPeerConnection();
  a.onicecandidate = (e) => e.candidate && b.addIceCandidate(e.candidate);
  b.onicecandidate = (e) => e.candidate && a.addIceCandidate(e.candidate);
  b.ontrack = (e) => { const el = new Audio(); el.srcObject = e.streams[0]; el.play(); window.kept = el; };
  a.addTrack(stream.getAudioTracks()[0], stream);
  await a.setLocalDescription(); await b.setRemoteDescription(a.localDescription);
  await b.setLocalDescription(); await a.setRemoteDescription(b.localDescription);
})();
</script>`

// TestPageHearsItsMicrophone proves the instrument before it is used: a tone
// given as the microphone is recorded where it is spoken and where it is heard.
func TestPageHearsItsMicrophone(t *testing.T) {
	microphone := filepath.Join(t.TempDir(), "tone.wav")
	if err := os.WriteFile(microphone, tone(440, 48000, 4*time.Second), 0o600); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(loopPage))
	}))
	defer server.Close()
	p, err := Open(t.Context(), Options{Microphone: microphone, Log: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Run(time.Minute, chromedp.Navigate(server.URL)); err != nil {
		t.Fatal(err)
	}
	if err := p.WaitFor(time.Minute, "window.__partyline.heard.samples > 16000*3"); err != nil {
		t.Fatal(err)
	}
	for _, part := range []struct {
		name string
		take func() (Sound, error)
	}{{"spoken", p.Spoken}, {"heard", p.Heard}} {
		s, err := part.take()
		if err != nil {
			t.Fatal(err)
		}
		best := 0.0 // of any second: a browser that stalls tears holes into some
		for second := range slices.Chunk(s.Samples, 16000) {
			if len(second) == 16000 {
				best = max(best, toneShare(second, 440))
			}
		}
		if best < 0.9 {
			t.Errorf("%s: %.2f of the energy is at 440 Hz, want ≥ 0.9", part.name, best)
		}
		if ago := time.Since(s.Start); ago < time.Second || ago > time.Minute {
			t.Errorf("%s started %v ago", part.name, ago)
		}
	}
	stats, err := p.Stats()
	if err != nil || stats.Packets == 0 {
		t.Errorf("stats: %+v, %v", stats, err)
	}
}

// tone is a mono 16-bit WAV file of a sine at half scale.
func tone(hz float64, rate int, length time.Duration) []byte {
	n := int(length.Seconds() * float64(rate))
	data := make([]byte, 44+2*n)
	copy(data, "RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00")
	put := func(at int, v uint32, size int) {
		for i := range size {
			data[at+i] = byte(v >> (8 * i))
		}
	}
	put(4, uint32(36+2*n), 4)
	put(24, uint32(rate), 4)
	put(28, uint32(2*rate), 4)
	put(32, 2, 2)
	put(34, 16, 2)
	copy(data[36:], "data")
	put(40, uint32(2*n), 4)
	for i := range n {
		v := int16(16384 * math.Sin(2*math.Pi*hz*float64(i)/float64(rate)))
		put(44+2*i, uint32(uint16(v)), 2)
	}
	return data
}

// toneShare is the part of the energy that a sine at hz explains, as the median
// of spans of 50 ms: a busy machine breaks its phase now and then.
func toneShare(x []int16, hz float64) float64 {
	var shares []float64
	for span := range slices.Chunk(x, 800) {
		shares = append(shares, spanShare(span, hz))
	}
	slices.Sort(shares)
	return shares[len(shares)/2]
}

func spanShare(x []int16, hz float64) float64 {
	var re, im, energy float64
	for i, s := range x {
		v, phase := float64(s), 2*math.Pi*hz*float64(i)/16000
		re += v * math.Cos(phase)
		im += v * math.Sin(phase)
		energy += v * v
	}
	if energy == 0 {
		return 0
	}
	return 2 * (re*re + im*im) / (float64(len(x)) * energy)
}
