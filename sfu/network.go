package sfu

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/transport/v5/stdnet"
	"github.com/pion/webrtc/v4"
)

// How patient the connections are.
const (
	connectTimeout = 15 * time.Second // to complete ICE and DTLS
	iceBroken      = 6 * time.Second  // no packet, not even a browser's check every 2.5 s
	iceFailed      = 20 * time.Second // more, after which the leg is closed
	iceKeepalive   = 2 * time.Second
	dtlsResend     = 100 * time.Millisecond
	// tcpBuffer is what an ICE-TCP connection may have waiting: beyond half
	// a second, audio is better lost than late.
	tcpBuffer = 16 << 10
	// replayWindow is how far SRTP packets may be out of order.
	replayWindow = 512
)

// network is the hub's sockets and what all PeerConnections share.
type network struct {
	cfg         Config
	udp         *socket
	udpMux      *ice.UDPMuxDefault
	tcpMux      ice.TCPMux // nil: off
	certificate webrtc.Certificate
	media       *webrtc.MediaEngine
	machine     *stdnet.Net // this machine's interfaces
	log         *pionLog
}

// listen opens the sockets.
func listen(cfg Config, t *traffic, log *slog.Logger) (*network, error) {
	certificate, err := newCertificate()
	if err != nil {
		return nil, fmt.Errorf("media certificate: %w", err)
	}
	media, err := newMediaEngine()
	if err != nil {
		return nil, fmt.Errorf("media engine: %w", err)
	}
	machine, err := stdnet.NewNet()
	if err != nil {
		return nil, fmt.Errorf("network interfaces: %w", err)
	}
	n := &network{cfg: cfg, certificate: certificate, media: media, machine: machine, log: &pionLog{log: log}}
	if n.udp, err = openSocket(cfg.UDP, &t.DroppedUnsent); err != nil {
		return nil, fmt.Errorf("media port %s (UDP): %w", cfg.UDP, err)
	}
	if cfg.TCP != "" {
		if n.tcpMux, err = n.listenTCP(); err != nil {
			return nil, errors.Join(fmt.Errorf("media port %s (TCP): %w", cfg.TCP, err), n.udp.Close())
		}
	}
	n.udpMux = ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: n.udp, Logger: n.log.NewLogger("mux"), Net: machine})
	return n, nil
}

// listenTCP opens the port for ICE-TCP.
func (n *network) listenTCP() (ice.TCPMux, error) {
	listener, err := net.Listen("tcp", n.cfg.TCP)
	if err != nil {
		return nil, err
	}
	return ice.NewTCPMuxDefault(ice.TCPMuxParams{
		Listener:        listener,
		Logger:          n.log.NewLogger("tcp"),
		ReadBufferSize:  64, // packets
		WriteBufferSize: tcpBuffer,
	}), nil
}

// close closes the sockets.
func (n *network) close() error {
	err := n.udpMux.Close()
	if n.tcpMux != nil {
		err = errors.Join(err, n.tcpMux.Close())
	}
	return err
}

// newCertificate makes the one certificate of all PeerConnections. Browsers
// know it by its fingerprint in the answer.
func newCertificate() (webrtc.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return webrtc.Certificate{}, err
	}
	certificate, err := webrtc.GenerateCertificate(key)
	if err != nil {
		return webrtc.Certificate{}, err
	}
	return *certificate, nil
}

// newMediaEngine registers what an answer may contain: Opus and RED, under
// the payload types that the offer has, and the audio level. There is no
// feedback for congestion control: audio alone has nothing to control.
func newMediaEngine() (*webrtc.MediaEngine, error) {
	m := &webrtc.MediaEngine{}
	again := []webrtc.RTCPFeedback{{Type: webrtc.TypeRTCPFBNACK}}
	for _, c := range []webrtc.RTPCodecParameters{
		{
			RTPCodecCapability: webrtc.RTPCodecCapability{
				MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2,
				SDPFmtpLine: "minptime=10;useinbandfec=1", RTCPFeedback: again,
			},
			PayloadType: 111,
		},
		{
			RTPCodecCapability: webrtc.RTPCodecCapability{
				MimeType: "audio/red", ClockRate: 48000, Channels: 2, SDPFmtpLine: "111/111", RTCPFeedback: again,
			},
			PayloadType: 63,
		},
	} {
		if err := m.RegisterCodec(c, webrtc.RTPCodecTypeAudio); err != nil {
			return nil, err
		}
	}
	level := webrtc.RTPHeaderExtensionCapability{URI: levelURI}
	if err := m.RegisterHeaderExtension(level, webrtc.RTPCodecTypeAudio); err != nil {
		return nil, err
	}
	return m, nil
}

// settings is how the PeerConnection of l works.
func (n *network) settings(l *leg) (webrtc.SettingEngine, error) {
	s := webrtc.SettingEngine{LoggerFactory: n.log, BufferFactory: l.buffer}
	// Otherwise each would ask the kernel for the interfaces and keep the
	// answer, 7 kB. The UDP mux keeps to those it began with as well.
	s.SetNet(n.machine)
	s.SetLite(true)
	s.SetICEUDPMux(n.udpMux)
	if n.tcpMux != nil {
		s.SetICETCPMux(n.tcpMux)
	}
	s.SetNetworkTypes([]webrtc.NetworkType{
		webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6, webrtc.NetworkTypeTCP4, webrtc.NetworkTypeTCP6,
	})
	s.DisableActiveTCP(true)
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	s.SetIncludeLoopbackCandidate(n.cfg.Loopback)
	// Link-local IPv6 addresses need a zone, which candidates cannot carry.
	s.SetIPFilter(func(ip net.IP) bool { return !ip.IsLinkLocalUnicast() })
	s.SetICETimeouts(iceBroken, iceFailed, iceKeepalive)
	s.SetDTLSRetransmissionInterval(dtlsResend)
	s.SetSRTPReplayProtectionWindow(replayWindow)
	s.SetSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AEAD_AES_256_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80)
	s.SetFireOnTrackBeforeFirstRTP(true)
	// As DTLS client we would be offered SHA1_80, which costs twice as much.
	if err := s.SetAnsweringDTLSRole(webrtc.DTLSRoleServer); err != nil {
		return s, err
	}
	if len(n.cfg.PublicAddresses) == 0 {
		return s, nil
	}
	return s, s.SetICEAddressRewriteRules(webrtc.ICEAddressRewriteRule{
		External: texts(n.cfg.PublicAddresses), AsCandidateType: webrtc.ICECandidateTypeHost,
	})
}

// texts writes addresses as text.
func texts(addresses []netip.Addr) []string {
	var list []string
	for _, a := range addresses {
		list = append(list, a.String())
	}
	return list
}

// newPeerConnection makes the PeerConnection of l.
func (n *network) newPeerConnection(l *leg) (*webrtc.PeerConnection, error) {
	s, err := n.settings(l)
	if err != nil {
		return nil, err
	}
	api := webrtc.NewAPI(
		webrtc.WithSettingEngine(s),
		webrtc.WithMediaEngine(n.media),
		webrtc.WithInterceptorRegistry(&interceptor.Registry{}),
	)
	return api.NewPeerConnection(webrtc.Configuration{Certificates: []webrtc.Certificate{n.certificate}})
}
