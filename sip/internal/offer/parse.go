package offer

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pion/sdp/v3"

	"partyline/sfu/audio"
	"partyline/sip/internal/sdes"
)

// stream is an audio stream of a session description, as it describes it.
type stream struct {
	index     int // among the m= lines
	proto     []string
	rtp, rtcp netip.AddrPort
	mux       bool
	formats   []Format // those we know, in the order given
	events    []Events
	direction Direction // seen from the describing side
	ptime     time.Duration
	secure    bool          // RTP/SAVP or RTP/SAVPF
	cryptos   []sdes.Crypto // those that can be used
	extended  *Extended     // nil: extended reports are not spoken of
}

// parse reads a description and finds its audio streams, one at least. It
// returns ErrMalformed or ErrNoAudio.
func parse(text []byte) (*sdp.SessionDescription, []stream, error) {
	var d sdp.SessionDescription
	if err := d.Unmarshal(tidy(text)); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if len(d.MediaDescriptions) > maxLines {
		return nil, nil, fmt.Errorf("%w: %d media lines", ErrMalformed, len(d.MediaDescriptions))
	}
	var streams []stream
	for i, m := range d.MediaDescriptions {
		if usable(m) {
			streams = append(streams, readStream(&d, i))
		}
	}
	if len(streams) == 0 {
		return nil, nil, fmt.Errorf("%w: %s", ErrNoAudio, summary(&d))
	}
	return &d, streams, nil
}

// tidy rewrites the part above the first m= line to what we read of it, in the
// order that RFC 8866 prescribes and pion/sdp insists on: phones leave out t=
// and s=, put blanks into o= and forget the last line's end.
func tidy(text []byte) []byte {
	var connection, attributes, media strings.Builder
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\r\n")
		switch {
		case line == "":
		case media.Len() > 0 || strings.HasPrefix(line, "m="):
			media.WriteString(line + "\r\n")
		case strings.HasPrefix(line, "c=") && connection.Len() == 0:
			connection.WriteString(line + "\r\n")
		case strings.HasPrefix(line, "a="):
			attributes.WriteString(line + "\r\n")
		}
	}
	if !strings.HasPrefix(strings.TrimSpace(string(text)), "v=0") {
		return text
	}
	return []byte("v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=-\r\n" + connection.String() + "t=0 0\r\n" +
		attributes.String() + media.String())
}

// maxLines is more m= lines than any phone offers.
const maxLines = 16

// usable tells whether a media line is audio over RTP or SRTP and not refused.
// SRTP with keys by DTLS (UDP/TLS/RTP/SAVP) is not spoken here.
func usable(m *sdp.MediaDescription) bool {
	if m.MediaName.Media != "audio" || m.MediaName.Port.Value <= 0 || m.MediaName.Port.Value > 65535 {
		return false
	}
	switch strings.Join(m.MediaName.Protos, "/") {
	case "RTP/AVP", "RTP/AVPF", "RTP/SAVP", "RTP/SAVPF":
		return true
	default:
		return false
	}
}

// summary names the media lines of a description, for the log.
func summary(d *sdp.SessionDescription) string {
	var lines []string
	for _, m := range d.MediaDescriptions {
		lines = append(lines, fmt.Sprintf("%.16s %d %.24s", m.MediaName.Media, m.MediaName.Port.Value,
			strings.Join(m.MediaName.Protos, "/")))
	}
	return strings.Join(lines, ", ")
}

func readStream(d *sdp.SessionDescription, index int) stream {
	m := d.MediaDescriptions[index]
	s := stream{
		index: index, proto: m.MediaName.Protos, ptime: ptime(m), direction: direction(d, m),
		secure: strings.HasPrefix(m.MediaName.Protos[1], "SAVP"), cryptos: cryptos(m), extended: extendedReports(d, m),
	}
	c := m.ConnectionInformation
	if c == nil {
		c = d.ConnectionInformation
	}
	host := hostOf(c)
	port := uint16(m.MediaName.Port.Value)
	s.rtp = netip.AddrPortFrom(host, port)
	s.rtcp = netip.AddrPortFrom(host, port+1)
	_, s.mux = m.Attribute("rtcp-mux")
	if v, ok := m.Attribute("rtcp"); ok {
		s.rtcp = rtcpAddress(v, host, s.rtcp)
	}
	if s.mux {
		s.rtcp = s.rtp
	}
	if host.IsUnspecified() { // hold as RFC 2543 had it
		s.rtp, s.rtcp = netip.AddrPort{}, netip.AddrPort{}
		s.direction = intersect(s.direction, SendOnly)
	}
	readFormats(&s, m)
	return s
}

// extendedReports reads a=rtcp-xr (RFC 3611 section 5.1) of the media line, else of
// the session; nil where there is none.
func extendedReports(d *sdp.SessionDescription, m *sdp.MediaDescription) *Extended {
	value, ok := m.Attribute("rtcp-xr")
	if !ok {
		if value, ok = d.Attribute("rtcp-xr"); !ok {
			return nil
		}
	}
	var x Extended
	for _, format := range strings.Fields(value) {
		name, flags, _ := strings.Cut(format, "=")
		switch name {
		case "voip-metrics":
			x.Metrics = true
		case "stat-summary":
			x.Summary = slices.Contains(strings.Split(flags, ","), "loss")
		}
	}
	return &x
}

// cryptos are the keys of a media line that can be used; RFC 4568 section 5.1.2
// has the others passed over.
func cryptos(m *sdp.MediaDescription) []sdes.Crypto {
	var usable []sdes.Crypto
	for _, a := range m.Attributes {
		if a.Key != "crypto" || len(usable) == maxCryptos {
			continue
		}
		if c, err := sdes.Parse(a.Value); err == nil {
			usable = append(usable, c)
		}
	}
	return usable
}

// maxCryptos is more crypto attributes than any phone offers.
const maxCryptos = 32

// hostOf is the address of a c= line; the zero Addr for a name or none, where
// the peer's packets must tell.
func hostOf(c *sdp.ConnectionInformation) netip.Addr {
	if c == nil || c.Address == nil {
		return netip.Addr{}
	}
	host, _, _ := strings.Cut(c.Address.Address, "/")
	a, err := netip.ParseAddr(host)
	if err != nil || a.IsMulticast() {
		return netip.Addr{}
	}
	return a.Unmap()
}

// rtcpAddress reads a=rtcp (RFC 3605): a port, and an address where it differs.
func rtcpAddress(value string, host netip.Addr, fallback netip.AddrPort) netip.AddrPort {
	fields := strings.Fields(value)
	if len(fields) == 0 {
		return fallback
	}
	port, err := strconv.ParseUint(fields[0], 10, 16)
	if err != nil || port == 0 {
		return fallback
	}
	if len(fields) == 4 {
		if a, err := netip.ParseAddr(fields[3]); err == nil {
			host = a.Unmap()
		}
	}
	return netip.AddrPortFrom(host, uint16(port))
}

// direction is that of the media line, else the session's, else sendrecv.
func direction(d *sdp.SessionDescription, m *sdp.MediaDescription) Direction {
	for _, name := range []Direction{SendRecv, SendOnly, RecvOnly, Inactive} {
		if _, ok := m.Attribute(name.String()); ok {
			return name
		}
	}
	for _, name := range []Direction{SendRecv, SendOnly, RecvOnly, Inactive} {
		if _, ok := d.Attribute(name.String()); ok {
			return name
		}
	}
	return SendRecv
}

// ptime is what the describing side wants to receive: its ptime, and no longer
// than its maxptime, in whole tens of milliseconds from 10 to 60.
func ptime(m *sdp.MediaDescription) time.Duration {
	wanted := milliseconds(m, "ptime", 20)
	wanted = min(wanted, milliseconds(m, "maxptime", 60))
	return time.Duration(min(max(wanted, 10), 60)) / 10 * 10 * time.Millisecond
}

// milliseconds reads an attribute; fallback stands for what is none.
func milliseconds(m *sdp.MediaDescription, attribute string, fallback float64) float64 {
	v, _ := m.Attribute(attribute)
	ms, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
	if err != nil || ms <= 0 || ms != ms {
		return fallback
	}
	return ms
}

// static are the payload types that need no rtpmap (RFC 3551 table 4).
var static = map[uint8]audio.Codec{0: audio.PCMU, 8: audio.PCMA, 9: audio.G722, 13: audio.CN}

// readFormats finds the codecs and telephone-event formats that we know.
func readFormats(s *stream, m *sdp.MediaDescription) {
	maps := rtpmaps(m)
	seen := make(map[uint8]bool)
	for _, format := range m.MediaName.Formats {
		n, err := strconv.ParseUint(format, 10, 7)
		if err != nil || seen[uint8(n)] {
			continue
		}
		payload := uint8(n)
		seen[payload] = true
		encoding, mapped := maps[payload]
		switch {
		case !mapped:
			if codec, ok := static[payload]; ok {
				s.formats = append(s.formats, Format{payload, codec})
			}
		case encoding.name == "telephone-event":
			if slices.Contains(eventClocks, encoding.clock) {
				s.events = append(s.events, Events{payload, encoding.clock})
			}
		default:
			if codec := encoding.codec(); codec != 0 {
				s.formats = append(s.formats, Format{payload, codec})
			}
		}
	}
}

// eventClocks are the clocks, in Hz, that telephone events come by.
var eventClocks = []int{8000, 16000, 48000}

// encoding is the right side of an rtpmap.
type encoding struct {
	name  string // in lower case
	clock int    // Hz
}

func (e encoding) codec() audio.Codec {
	for _, c := range []audio.Codec{audio.PCMU, audio.PCMA, audio.G722, audio.Opus, audio.CN} {
		if strings.ToLower(c.String()) == e.name && e.clock == c.ClockRate() {
			return c
		}
	}
	return 0
}

// rtpmaps reads the a=rtpmap lines of a media line by payload type.
func rtpmaps(m *sdp.MediaDescription) map[uint8]encoding {
	maps := make(map[uint8]encoding)
	for _, a := range m.Attributes {
		if a.Key != "rtpmap" {
			continue
		}
		number, rest, _ := strings.Cut(strings.TrimSpace(a.Value), " ")
		payload, err := strconv.ParseUint(number, 10, 7)
		if err != nil {
			continue
		}
		name, clock, _ := strings.Cut(strings.TrimSpace(rest), "/")
		clock, _, _ = strings.Cut(clock, "/")
		hz, err := strconv.ParseUint(clock, 10, 31)
		if err != nil {
			continue
		}
		maps[uint8(payload)] = encoding{strings.ToLower(name), int(hz)}
	}
	return maps
}
