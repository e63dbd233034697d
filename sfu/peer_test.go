package sfu

import (
	"context"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"partyline/metrics/quality"
	"partyline/sfu/audio"
)

// silentPrompts has no clips.
type silentPrompts struct{}

func (silentPrompts) Clip(string, string) ([]audio.Frame, bool) { return nil, false }

// watcher is an Observer that remembers.
type watcher struct {
	mu       sync.Mutex
	speaking map[string][]Speaker
	legs     map[string][]LegState // by "room/participant/leg"
	classes  map[uint32]quality.Class
	ended    map[string][]Recording // by room
	changed  chan struct{}          // closed and renewed with every event
}

func newWatcher() *watcher {
	return &watcher{
		speaking: make(map[string][]Speaker), legs: make(map[string][]LegState),
		classes: make(map[uint32]quality.Class), ended: make(map[string][]Recording),
		changed: make(chan struct{}),
	}
}

func (w *watcher) update(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
	close(w.changed)
	w.changed = make(chan struct{})
}

func (w *watcher) Speaking(room string, s []Speaker) {
	w.update(func() { w.speaking[room] = s })
}

func legKey(room string, participant uint32, leg string) string {
	return room + "/" + strconv.Itoa(int(participant)) + "/" + leg
}

func (w *watcher) LegChanged(room string, participant uint32, leg string, s LegState) {
	k := legKey(room, participant, leg)
	w.update(func() { w.legs[k] = append(w.legs[k], s) })
}

func (w *watcher) Measured(at quality.Key, sample quality.Sample) {
	w.update(func() { w.classes[at.Participant] = sample.Score(quality.CodecOf("opus")).Class })
}

func (w *watcher) Glanced(quality.Key, quality.Sample) {}

func (w *watcher) Together(string, []quality.Together) {}

func (w *watcher) TalkingMuted(string, uint32) {}

func (w *watcher) Music(string, uint32, bool) {}

func (w *watcher) RecordingEnded(room string, how Recording) {
	w.update(func() { w.ended[room] = append(w.ended[room], how) })
}

// await waits until what is true holds, which only events change.
func (w *watcher) await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		w.mu.Lock()
		ok, changed := holds(), w.changed
		w.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("waited in vain for: %s", what)
		}
	}
}

// forget drops what is remembered of a leg, for another one of that name.
func (w *watcher) forget(room string, participant uint32, leg string) {
	w.update(func() { delete(w.legs, legKey(room, participant, leg)) })
}

// awaitLeg waits for a leg to reach a state.
func (w *watcher) awaitLeg(t testing.TB, room string, participant uint32, leg string, state LegState) {
	t.Helper()
	k := legKey(room, participant, leg)
	w.await(t, k+" "+state.String(), func() bool {
		s := w.legs[k]
		return len(s) > 0 && s[len(s)-1] == state
	})
}

// newTestHub is a hub on loopback with ports of its own.
func newTestHub(t testing.TB, change func(*Config)) (*Hub, *watcher) {
	t.Helper()
	cfg := DefaultConfig()
	cfg.UDP, cfg.TCP, cfg.Loopback = "127.0.0.1:0", "", true
	if change != nil {
		change(&cfg)
	}
	w := newWatcher()
	h, err := New(cfg, silentPrompts{}, w, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h, w
}

// peer is a browser made of Pion: it offers as the web client does.
type peer struct {
	t     testing.TB
	pc    *webrtc.PeerConnection
	track *mic
	up    chan struct{} // closed when connected
	level uint8         // extension identifier
	types map[string]uint8
	deaf  bool // what arrives is not looked at
	cfg   webrtc.Configuration

	mu    sync.Mutex
	heard [][]*rtp.Packet // by slot
	times [][]time.Time   // when each came
	came  chan struct{}
}

type peerOption func(*webrtc.SettingEngine, *peer)

// newPeer makes a client with m-lines for that many slots and RED, if wanted,
// before Opus.
func newPeer(t testing.TB, slots int, withRED bool, options ...peerOption) *peer {
	t.Helper()
	p := &peer{t: t, heard: make([][]*rtp.Packet, slots), times: make([][]time.Time, slots), came: make(chan struct{}, 1), types: map[string]uint8{"opus": 109, "red": 63}}
	m := &webrtc.MediaEngine{}
	opus := webrtc.RTPCodecParameters{RTPCodecCapability: webrtc.RTPCodecCapability{
		MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2, SDPFmtpLine: "minptime=10;useinbandfec=1",
	}, PayloadType: 109}
	redundant := webrtc.RTPCodecParameters{RTPCodecCapability: webrtc.RTPCodecCapability{
		MimeType: "audio/red", ClockRate: 48000, Channels: 2, SDPFmtpLine: "109/109",
	}, PayloadType: 63}
	codecs := []webrtc.RTPCodecParameters{opus}
	if withRED {
		codecs = []webrtc.RTPCodecParameters{redundant, opus}
	}
	for _, c := range codecs {
		must(t, m.RegisterCodec(c, webrtc.RTPCodecTypeAudio))
	}
	must(t, m.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: levelURI}, webrtc.RTPCodecTypeAudio))
	s := webrtc.SettingEngine{}
	s.SetIncludeLoopbackCandidate(true)
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	s.SetIPFilter(func(ip net.IP) bool { return ip.IsLoopback() })
	for _, o := range options {
		o(&s, p)
	}
	pc, err := webrtc.NewAPI(webrtc.WithMediaEngine(m), webrtc.WithSettingEngine(s),
		webrtc.WithInterceptorRegistry(&interceptor.Registry{})).NewPeerConnection(p.cfg)
	must(t, err)
	p.pc = pc
	t.Cleanup(p.close)
	p.track, p.up = &mic{}, make(chan struct{})
	pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		if s == webrtc.PeerConnectionStateConnected {
			close(p.up)
		}
	})
	_, err = pc.AddTransceiverFromTrack(p.track, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendrecv})
	must(t, err)
	for range slots - 1 {
		_, err = pc.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly})
		must(t, err)
	}
	pc.OnTrack(p.receive)
	return p
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (p *peer) close() { _ = p.pc.Close() }

// receive records what a slot sends.
func (p *peer) receive(track *webrtc.TrackRemote, r *webrtc.RTPReceiver) {
	if p.deaf {
		return
	}
	slot := -1
	for i, tr := range p.pc.GetTransceivers() {
		if tr.Receiver() == r {
			slot = i
		}
	}
	for {
		packet, _, err := track.ReadRTP()
		if err != nil {
			return
		}
		p.mu.Lock()
		p.heard[slot] = append(p.heard[slot], packet)
		p.times[slot] = append(p.times[slot], time.Now())
		p.mu.Unlock()
		select {
		case p.came <- struct{}{}:
		default:
		}
	}
}

// offer makes the SDP offer.
func (p *peer) offer() string {
	p.t.Helper()
	o, err := p.pc.CreateOffer(nil)
	must(p.t, err)
	must(p.t, p.pc.SetLocalDescription(o))
	return o.SDP
}

// accept takes the answer.
func (p *peer) accept(answer string) {
	p.t.Helper()
	must(p.t, p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}))
	for _, e := range p.pc.GetTransceivers()[0].Sender().GetParameters().HeaderExtensions {
		if e.URI == levelURI {
			p.level = uint8(e.ID)
		}
	}
}

// join connects the peer and waits until it is up.
func (p *peer) join(h *Hub, w *watcher, room string, participant uint32, leg string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	answer, err := h.Connect(ctx, room, participant, leg, p.offer())
	must(p.t, err)
	p.accept(answer)
	w.awaitLeg(p.t, room, participant, leg, LegConnected)
	select {
	case <-p.up:
	case <-ctx.Done():
		p.t.Fatal("the peer is not connected")
	}
}

// say sends one packet of Opus, whose content nobody here looks into.
func (p *peer) say(seq uint16, ts uint32, level audio.Level, payload []byte) {
	p.t.Helper()
	p.sayAs(p.types["opus"], seq, ts, level, payload)
}

func (p *peer) sayAs(payloadType uint8, seq uint16, ts uint32, level audio.Level, payload []byte) {
	p.t.Helper()
	packet := &rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: payloadType, SequenceNumber: seq, Timestamp: ts}, Payload: payload}
	if p.level != 0 {
		must(p.t, packet.SetExtension(p.level, []byte{byte(level)}))
	}
	packet.SSRC = p.track.ssrc
	_, err := p.track.writer.WriteRTP(&packet.Header, packet.Payload)
	must(p.t, err)
}

// mic is a track that lets the test choose every packet's type.
type mic struct {
	ssrc   uint32
	writer webrtc.TrackLocalWriter
}

func (m *mic) Bind(c webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	m.ssrc, m.writer = uint32(c.SSRC()), c.WriteStream()
	return c.CodecParameters()[0], nil
}

func (m *mic) Unbind(webrtc.TrackLocalContext) error { return nil }
func (m *mic) ID() string                            { return "mic" }
func (m *mic) RID() string                           { return "" }
func (m *mic) StreamID() string                      { return "mic" }
func (m *mic) Kind() webrtc.RTPCodecType             { return webrtc.RTPCodecTypeAudio }

// copy is what was heard so far, by slot.
func (p *peer) copy() [][]*rtp.Packet {
	p.mu.Lock()
	defer p.mu.Unlock()
	var heard [][]*rtp.Packet
	for _, slot := range p.heard {
		heard = append(heard, slices.Clone(slot))
	}
	return heard
}

// await waits until what was heard satisfies enough.
func (p *peer) await(what string, enough func(heard [][]*rtp.Packet) bool) {
	p.t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		p.mu.Lock()
		ok := enough(p.heard)
		p.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-p.came:
		case <-deadline:
			p.mu.Lock()
			defer p.mu.Unlock()
			for slot, packets := range p.heard {
				for _, q := range packets {
					p.t.Logf("slot %d: seq %d ts %d from %d type %d, %d octets %.2x", slot, q.SequenceNumber, q.Timestamp, q.CSRC, q.PayloadType, len(q.Payload), q.Payload[:min(2, len(q.Payload))])
				}
			}
			p.t.Fatalf("waited in vain for: %s", what)
		}
	}
}
