package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/logging"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"partyline/cmd/internal/bridge"
	"partyline/signaling/wire"
)

// Payload types, as Chromium gives them.
const (
	opusType = 111
	redType  = 63
	levelURI = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
)

// browser is a synthetic browser: the WebSocket protocol, and a Pion
// PeerConnection that offers what the web client does.
type browser struct {
	*bridge.Session
	ear  *ear
	mux  *ice.UDPMuxDefault
	pc   *webrtc.PeerConnection
	mic  *mic
	read atomic.Uint64 // packets that Pion decrypted, for those who attend

	// What say needs.
	header rtp.Header
	level  uint8 // header extension
}

// kindOf says how a synthetic browser is.
type kindOf struct {
	red     bool // offers RED, before Opus
	attends bool // has what comes decrypted, instead of counting it only
	muted   bool
}

// enter brings a browser into a meeting: ticket, WebSocket, seat, offer, and
// waits until its leg is connected.
func enter(ctx context.Context, s *bridge.Server, meeting string, kind kindOf) (*browser, error) {
	ticket, err := s.Ticket(ctx, meeting)
	if err != nil {
		return nil, err
	}
	b := &browser{}
	if b.Session, err = s.Connect(ctx, ticket, nil); err != nil {
		return nil, err
	}
	if err := b.enter(ctx, meeting, kind); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func (b *browser) enter(ctx context.Context, meeting string, kind kindOf) error {
	joined, err := b.Join(ctx, meeting, kind.muted)
	if err != nil {
		return err
	}
	if !kind.muted { // they are one person, whose second seat is muted at first
		if _, err := b.Act(ctx, wire.Act{Action: wire.Unmute}); err != nil {
			return err
		}
	}
	if err := b.open(joined.Room.Slots, kind); err != nil {
		return err
	}
	offer, err := b.pc.CreateOffer(nil)
	if err != nil {
		return fmt.Errorf("offer: %w", err)
	}
	if err := b.pc.SetLocalDescription(offer); err != nil {
		return fmt.Errorf("offer: %w", err)
	}
	answer, connected, err := b.Offer(ctx, "leg-1", offer.SDP)
	if err != nil {
		return err
	}
	err = b.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: loopbackOnly(answer)})
	if err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	b.prepare(kind)
	if _, err = bridge.Await(ctx, b.Session, connected); err != nil {
		return fmt.Errorf("leg: %w", err)
	}
	return nil
}

// loopbackOnly leaves only the UDP candidate on loopback: nothing of the load
// shall leave the machine.
func loopbackOnly(sdp string) string {
	var kept []string
	for _, line := range strings.Split(sdp, "\r\n") {
		fields := strings.Fields(line)
		if strings.HasPrefix(line, "a=candidate:") && (len(fields) < 5 || fields[2] != "udp" || fields[4] != "127.0.0.1") {
			continue
		}
		kept = append(kept, line)
	}
	return strings.Join(kept, "\r\n")
}

// open makes the PeerConnection with a socket of its own.
func (b *browser) open(slots int, kind kindOf) error {
	var err error
	if b.ear, err = newEar(kind.attends); err != nil {
		return err
	}
	quiet := logging.NewDefaultLoggerFactory()
	quiet.DefaultLogLevel = logging.LogLevelDisabled
	b.mux = ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: b.ear, Logger: quiet.NewLogger("ice")})
	settings := webrtc.SettingEngine{LoggerFactory: quiet}
	settings.SetICEUDPMux(b.mux)
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	media, err := mediaEngine(kind.red)
	if err != nil {
		return err
	}
	api := webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithSettingEngine(settings),
		webrtc.WithInterceptorRegistry(&interceptor.Registry{}))
	if b.pc, err = api.NewPeerConnection(webrtc.Configuration{}); err != nil {
		return fmt.Errorf("peer connection: %w", err)
	}
	b.mic = &mic{}
	_, err = b.pc.AddTransceiverFromTrack(b.mic, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendrecv})
	for range slots - 1 {
		if err == nil {
			_, err = b.pc.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly})
		}
	}
	if err != nil {
		return fmt.Errorf("peer connection: %w", err)
	}
	b.pc.OnTrack(b.attend)
	return nil
}

// mediaEngine is what is offered.
func mediaEngine(red bool) (*webrtc.MediaEngine, error) {
	m := &webrtc.MediaEngine{}
	codec := func(mime, parameters string, payloadType webrtc.PayloadType) webrtc.RTPCodecParameters {
		return webrtc.RTPCodecParameters{
			RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: mime, ClockRate: 48000, Channels: 2, SDPFmtpLine: parameters},
			PayloadType:        payloadType,
		}
	}
	codecs := []webrtc.RTPCodecParameters{codec(webrtc.MimeTypeOpus, "minptime=10;useinbandfec=1", opusType)}
	if red {
		codecs = append([]webrtc.RTPCodecParameters{codec("audio/red", "111/111", redType)}, codecs...)
	}
	for _, c := range codecs {
		if err := m.RegisterCodec(c, webrtc.RTPCodecTypeAudio); err != nil {
			return nil, err
		}
	}
	return m, m.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: levelURI}, webrtc.RTPCodecTypeAudio)
}

// attend reads what Pion decrypted.
func (b *browser) attend(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
	buffer := make([]byte, 1500)
	for {
		if _, _, err := track.Read(buffer); err != nil {
			return
		}
		b.read.Add(1)
	}
}

// prepare readies the header of what is said.
func (b *browser) prepare(kind kindOf) {
	b.header = rtp.Header{Version: 2, SSRC: b.mic.ssrc, PayloadType: opusType}
	if kind.red {
		b.header.PayloadType = redType
	}
	for _, e := range b.pc.GetTransceivers()[0].Sender().GetParameters().HeaderExtensions {
		if e.URI == levelURI {
			b.level = uint8(e.ID)
		}
	}
}

// say sends 20 ms of speech, and those before where RED was offered. One
// goroutine may call it.
func (b *browser) say(before, s saying) error {
	b.header.SequenceNumber++
	b.header.Timestamp += 960
	if b.level != 0 {
		if err := b.header.SetExtension(b.level, []byte{0x80 | byte(s.level)}); err != nil {
			return err
		}
	}
	payload := s.payload
	if b.header.PayloadType == redType {
		payload = redundant(opusType, before.payload, payload)
	}
	_, err := b.mic.writer.WriteRTP(&b.header, payload)
	return err
}

// report sends a receiver report about every stream, as browsers do every
// five seconds.
func (b *browser) report() error {
	var blocks []rtcp.ReceptionReport
	b.ear.mu.Lock()
	for ssrc, s := range b.ear.streams {
		blocks = append(blocks, s.report(ssrc))
	}
	b.ear.mu.Unlock()
	if len(blocks) == 0 {
		return nil
	}
	return b.pc.WriteRTCP([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: b.mic.ssrc, Reports: blocks}})
}

// report makes the block about what came since the last one, RFC 3550 §6.4.1.
func (s *stream) report(ssrc uint32) rtcp.ReceptionReport {
	if s.reported == 0 {
		s.reported = s.lowest - 1
	}
	expected, received := s.highest-s.reported, s.received-s.reportedN
	s.reported, s.reportedN = s.highest, s.received
	r := rtcp.ReceptionReport{SSRC: ssrc, LastSequenceNumber: s.highest, TotalLost: uint32(max(s.lost(), 0))}
	if expected > 0 && uint64(expected) > received {
		r.FractionLost = uint8(min((uint64(expected)-received)*256/uint64(expected), 255))
	}
	return r
}

// close leaves the meeting.
func (b *browser) close() {
	b.Session.Close()
	if b.pc != nil {
		_ = b.pc.Close()
	}
	if b.mux != nil {
		_ = b.mux.Close()
	}
	if b.ear != nil {
		_ = b.ear.Close()
	}
}

// crowd is many browsers.
type crowd []*browser

// enterAll brings in n browsers, a few at a time.
func enterAll(ctx context.Context, s *server, meeting string, n int, kind func(i int) kindOf) (crowd, error) {
	all := make(crowd, n)
	err := inParallel(ctx, n, 4, func(i int) (err error) {
		all[i], err = enter(ctx, s.Server, meeting, kind(i))
		return err
	}, func(done int) { s.bench.progress.bar("joining", float64(done), float64(n)) })
	if err != nil {
		all.close()
		return nil, err
	}
	return all, nil
}

// close has everybody leave.
func (c crowd) close() {
	_ = inParallel(context.Background(), len(c), 8, func(i int) error {
		if c[i] != nil {
			c[i].close()
		}
		return nil
	}, nil)
}

// tally adds up what all of them received.
func (c crowd) tally() (sum tally) {
	for _, b := range c {
		t := b.ear.tally()
		sum.received += t.received
		sum.octets += t.octets
		sum.lost += t.lost
	}
	return sum
}

// report has everybody report every five seconds until ctx ends.
func (c crowd) report(ctx context.Context) error {
	ticker := time.NewTicker(5 * time.Second / time.Duration(len(c)))
	defer ticker.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			if err := c[i%len(c)].report(); err != nil {
				return fmt.Errorf("report: %w", err)
			}
		}
	}
}

// mic is a local track that lets us choose every packet's type. Pion binds it
// before the answer is applied.
type mic struct {
	ssrc   uint32
	writer webrtc.TrackLocalWriter
}

// Bind is called by Pion once the codecs are agreed upon.
func (m *mic) Bind(c webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	if len(c.CodecParameters()) == 0 {
		return webrtc.RTPCodecParameters{}, errors.New("no codec in common")
	}
	m.ssrc, m.writer = uint32(c.SSRC()), c.WriteStream()
	return c.CodecParameters()[0], nil
}

// Unbind, ID, RID, StreamID and Kind make it a webrtc.TrackLocal.
func (m *mic) Unbind(webrtc.TrackLocalContext) error { return nil }
func (m *mic) ID() string                            { return "microphone" }
func (m *mic) RID() string                           { return "" }
func (m *mic) StreamID() string                      { return "microphone" }
func (m *mic) Kind() webrtc.RTPCodecType             { return webrtc.RTPCodecTypeAudio }
