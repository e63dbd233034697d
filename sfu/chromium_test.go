package sfu

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// page is the least that a web client does: see the package's documentation.
const page = `<!doctype html><title>peer</title><script>
window.join = async (participant, leg, slots, sending) => {
  const stream = sending ? await navigator.mediaDevices.getUserMedia({audio: {echoCancellation: false, noiseSuppression: false, autoGainControl: false}}) : null;
  const pc = window.pc = new RTCPeerConnection({bundlePolicy: 'max-bundle'});
  pc.ontrack = (e) => { const a = new Audio(); a.srcObject = new MediaStream([e.track]); a.play(); (window.audios ||= []).push(a); };
  const mic = window.mic = pc.addTransceiver(stream ? stream.getAudioTracks()[0] : 'audio', {direction: 'sendrecv'});
  for (let i = 1; i < slots; i++) pc.addTransceiver('audio', {direction: 'recvonly'});
  const codecs = RTCRtpReceiver.getCapabilities('audio').codecs;
  const wanted = ['audio/red', 'audio/opus'].flatMap((m) => codecs.filter((c) => c.mimeType === m));
  for (const t of pc.getTransceivers()) t.setCodecPreferences(wanted);
  const offer = await pc.createOffer();
  const again = offer.sdp.replace(/a=rtpmap:(\d+) (opus|red)\/48000\/2\r\n/g, '$&a=rtcp-fb:$1 nack\r\n');
  await pc.setLocalDescription({type: 'offer', sdp: again}).catch(() => pc.setLocalDescription());
  const reply = await fetch('/connect?participant=' + participant + '&leg=' + leg, {method: 'POST', body: pc.localDescription.sdp});
  if (!reply.ok) throw new Error(await reply.text());
  await pc.setRemoteDescription({type: 'answer', sdp: await reply.text()});
  return pc.localDescription.sdp + '\n=====\n' + pc.remoteDescription.sdp;
};
window.report = async () => {
  const r = {concealed: 0, total: 0, energy: 0, fec: 0, received: 0, lost: 0, sent: 0, delay: 0, emitted: 0, state: pc.connectionState, sources: []};
  (await pc.getStats()).forEach((s) => {
    if (s.type === 'inbound-rtp') {
      r.concealed += s.concealedSamples - s.silentConcealedSamples; r.total += s.totalSamplesReceived;
      r.energy += s.totalAudioEnergy; r.received += s.packetsReceived; r.lost += s.packetsLost; r.fec += s.fecPacketsReceived || 0;
      r.delay += s.jitterBufferDelay; r.emitted += s.jitterBufferEmittedCount;
    }
    if (s.type === 'outbound-rtp') r.sent += s.packetsSent;
  });
  for (const rec of pc.getReceivers()) for (const c of rec.getContributingSources()) r.sources.push({source: c.source, level: c.audioLevel, age: performance.timeOrigin + performance.now() - c.timestamp});
  return JSON.stringify(r);
};
</script>`

// pageReport is what window.report tells.
type pageReport struct {
	Concealed, Total, Energy, Fec, Received, Lost, Sent, Delay, Emitted float64
	State                                                               string
	Sources                                                             []struct {
		Source uint32
		Level  float64
		Age    float64
	}
}

// chromium starts a browser whose microphone is a file of speech.
func chromium(t *testing.T, speech string) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium here")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.Flag("headless", "new"),
		chromedp.Flag("mute-audio", false),
		chromedp.Flag("use-fake-ui-for-media-stream", true),
		chromedp.Flag("use-fake-device-for-media-stream", true),
		chromedp.Flag("use-file-for-fake-audio-capture", speech),
		chromedp.Flag("allow-loopback-in-peer-connection", true),
		chromedp.Flag("disable-features", "WebRtcHideLocalIpsWithMdns"),
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"),
	)
	allocated, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocated)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// speechFile makes a WAV of somebody speaking.
func speechFile(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("espeak-ng")
	if err != nil {
		t.Skip("no espeak-ng here")
	}
	file := filepath.Join(t.TempDir(), "speech.wav")
	text := "The birch canoe slid on the smooth planks. Glue the sheet to the dark blue background. It is easy to tell the depth of a well. These days a chicken leg is a rare dish."
	if out, err := exec.Command(path, "-w", file, text).CombinedOutput(); err != nil {
		t.Fatal(err, string(out))
	}
	return file
}

// serve answers the pages' offers, by way of a lossy network if there is one.
func serve(t *testing.T, h *Hub, w *wire) string {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "text/html")
		fmt.Fprint(rw, page)
	})
	mux.HandleFunc("POST /connect", func(rw http.ResponseWriter, r *http.Request) {
		var offer strings.Builder
		if _, err := fmt.Fprint(&offer, readAll(r)); err != nil {
			return
		}
		n, _ := strconv.Atoi(r.URL.Query().Get("participant"))
		answer, err := h.Connect(r.Context(), "room", uint32(n), r.URL.Query().Get("leg"), offer.String())
		if err != nil {
			http.Error(rw, err.Error(), http.StatusBadRequest)
			return
		}
		if w != nil {
			answer = w.redirect(answer)
		}
		fmt.Fprint(rw, answer)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

func readAll(r *http.Request) string {
	b := make([]byte, r.ContentLength)
	for n := 0; n < len(b); {
		m, err := r.Body.Read(b[n:])
		n += m
		if err != nil {
			break
		}
	}
	return string(b)
}

// wire is a network between browsers and the hub that loses packets.
type wire struct {
	front    *net.UDPConn
	back     *net.UDPAddr
	mu       sync.Mutex
	loss     float64
	downOnly bool
	ways     map[string]*net.UDPConn
}

func newWire(t *testing.T, h *Hub) *wire {
	t.Helper()
	front, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	must(t, err)
	w := &wire{front: front, back: h.network.udp.LocalAddr().(*net.UDPAddr), ways: map[string]*net.UDPConn{}}
	t.Cleanup(func() {
		_ = front.Close()
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, c := range w.ways {
			_ = c.Close()
		}
	})
	go func() {
		b := make([]byte, 2000)
		for {
			n, from, err := front.ReadFromUDP(b)
			if err != nil {
				return
			}
			if c := w.way(from); c != nil && (w.downOnly || !w.lost(b[0])) {
				_, _ = c.Write(b[:n])
			}
		}
	}()
	return w
}

// lost decides a packet's fate. Only media is at stake: what DTLS and ICE do
// about loss is not measured here.
func (w *wire) lost(first byte) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return first >= 128 && rand.Float64() < w.loss
}

func (w *wire) way(from *net.UDPAddr) *net.UDPConn {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c := w.ways[from.String()]; c != nil {
		return c
	}
	c, err := net.DialUDP("udp", nil, w.back)
	if err != nil {
		return nil
	}
	w.ways[from.String()] = c
	go func() {
		b := make([]byte, 2000)
		for {
			n, err := c.Read(b)
			if err != nil {
				return
			}
			if !w.lost(b[0]) {
				_, _ = w.front.WriteToUDP(b[:n], from)
			}
		}
	}()
	return c
}

// redirect makes an answer point at the wire.
func (w *wire) redirect(answer string) string {
	port := strconv.Itoa(w.front.LocalAddr().(*net.UDPAddr).Port)
	hub := regexp.MustCompile(`127\.0\.0\.1 ` + strconv.Itoa(w.back.Port) + ` `)
	return hub.ReplaceAllString(answer, "127.0.0.1 "+port+" ")
}

// run evaluates a promise in a page.
func run(t *testing.T, ctx context.Context, script string) string {
	t.Helper()
	out, err := chromedp.Run(ctx, chromedp.Evaluate[string](script, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(script, err)
	}
	return out
}

func look(t *testing.T, ctx context.Context) pageReport {
	t.Helper()
	var r pageReport
	must(t, json.Unmarshal([]byte(run(t, ctx, "report()")), &r))
	return r
}

// SFU_TEST_LOSS is the share of media packets to lose on the way, in both
// directions or, with SFU_TEST_DOWN, towards the browsers only; and
// SFU_TEST_SECONDS for how long to measure what was concealed.
func TestChromiumHearsChromium(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a browser")
	}
	file := speechFile(t)
	h, _ := newTestHub(t, nil)
	first := chromium(t, file)
	second, cancel := chromedp.NewContext(first)
	defer cancel()
	wires := newWire(t, h)
	if s := os.Getenv("SFU_TEST_LOSS"); s != "" {
		wires.loss, _ = strconv.ParseFloat(s, 64)
	}
	wires.downOnly = os.Getenv("SFU_TEST_DOWN") != ""
	url := serve(t, h, wires)
	for _, c := range []context.Context{first, second} {
		must(t, chromedp.Do(c, chromedp.Navigate(url)))
	}
	sdp := run(t, first, `join(1, "a", 3, true)`)
	if testing.Verbose() {
		t.Log(sdp)
	}
	run(t, second, `join(2, "a", 3, true)`)
	time.Sleep(10 * time.Second)
	start := look(t, second)
	seconds := 10
	if s := os.Getenv("SFU_TEST_SECONDS"); s != "" {
		seconds, _ = strconv.Atoi(s)
	}
	time.Sleep(time.Duration(seconds) * time.Second)
	for _, c := range []context.Context{first, second} {
		r := look(t, c)
		t.Logf("%+v", r)
		if r.Energy == 0 || r.Sent == 0 {
			t.Errorf("silence")
		}
	}
	end := look(t, second)
	t.Logf("concealed after the start: %.2f %%, delay %.0f ms", 100*(end.Concealed-start.Concealed)/(end.Total-start.Total), 1000*(end.Delay-start.Delay)/(end.Emitted-start.Emitted))
	t.Logf("%+v", h.Traffic())
}
