package offer

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/pion/sdp/v3"

	"partyline/sfu/audio"
)

// Capabilities is what our side can do.
type Capabilities struct {
	Codecs []audio.Codec // in our order of preference; an answer uses the first one offered
	// Payloads and Events are the payload types of our own offers. Nil means
	// 0, 8 and 111, and telephone-event as 101 at 8 kHz and 110 at 48 kHz.
	Payloads map[audio.Codec]uint8
	Events   []Events
}

// Session is our side of one call's session description: it remembers what was
// last agreed, so that each new description numbers its formats and lines as
// before and carries the right version. It is not safe for concurrent use.
type Session struct {
	local    netip.AddrPort
	can      Capabilities
	payloads map[audio.Codec]uint8
	events   []Events
	want     Direction // ours, whatever the peer wishes
	id       uint64
	version  uint64
	last     string // description last sent, without its version
	// The m= lines agreed on, audio's among them; nil before the first.
	lines []line
	index int
	proto []string
	mux   bool
}

// line is an m= line that we refuse, to be repeated in every description.
type line struct {
	media   string
	protos  []string
	formats []string
}

// New starts a session whose RTP arrives at local, and RTCP one port above.
func New(local netip.AddrPort, can Capabilities) *Session {
	s := &Session{local: local, can: can, want: SendRecv, proto: []string{"RTP", "AVP"}}
	s.payloads = map[audio.Codec]uint8{audio.PCMU: 0, audio.PCMA: 8, audio.Opus: 111}
	for codec, payload := range can.Payloads {
		s.payloads[codec] = payload
	}
	s.events = can.Events
	if s.events == nil {
		s.events = []Events{{101, 8000}}
		if slices.Contains(can.Codecs, audio.Opus) {
			s.events = append(s.events, Events{110, 48000})
		}
	}
	var seed [8]byte
	_, _ = rand.Read(seed[:]) // never fails, by its documentation
	s.id = binary.BigEndian.Uint64(seed[:]) >> 1
	s.version = 1
	return s
}

// Answer answers an offer: an initial one, or one in a re-INVITE or UPDATE. It
// returns ErrMalformed, ErrNoAudio or ErrNoCommonCodec, which leave the session
// as it was.
func (s *Session) Answer(text []byte) (answer []byte, media Media, err error) {
	d, theirs, err := parse(text)
	if err != nil {
		return nil, Media{}, err
	}
	chosen, ok := s.choose(theirs.formats)
	if !ok {
		return nil, Media{}, ErrNoCommonCodec
	}
	media = theirs.media(chosen, intersect(theirs.direction.reverse(), s.want), s.can.Codecs)
	for _, f := range media.Formats {
		s.payloads[f.Codec] = f.Payload
	}
	s.payloads[chosen.Codec] = chosen.Payload
	s.adopt(d, theirs)
	answered := answerEvents(theirs.events, chosen.Codec)
	if len(answered) > 0 {
		s.events = answered
	}
	return s.describe([]Format{chosen}, answered, media.Direction), media, nil
}

// choose picks the format of an offer that we like best.
func (s *Session) choose(formats []Format) (Format, bool) {
	for _, codec := range s.can.Codecs {
		for _, f := range formats {
			if f.Codec == codec {
				return f, true
			}
		}
	}
	return Format{}, false
}

// answerEvents are the telephone-event formats that go with a codec: those of
// its clock rate, or any where there is none (RFC 4733 section 2.1).
func answerEvents(offered []Events, codec audio.Codec) []Events {
	var same []Events
	for _, e := range offered {
		if e.Clock == codec.ClockRate() {
			same = append(same, e)
		}
	}
	if len(same) > 0 {
		return same
	}
	return offered
}

// Offer makes an offer of everything we can do. SendOnly or Inactive puts the
// peer on hold until an offer with SendRecv.
func (s *Session) Offer(direction Direction) []byte {
	s.want = direction
	var formats []Format
	for _, codec := range s.can.Codecs {
		formats = append(formats, Format{s.payloads[codec], codec})
	}
	return s.describe(formats, s.events, direction)
}

// Accept takes the answer to our last offer. It returns ErrMalformed,
// ErrNoAudio or ErrNoCommonCodec.
func (s *Session) Accept(text []byte) (Media, error) {
	d, theirs, err := parse(text)
	if err != nil {
		return Media{}, err
	}
	for _, f := range theirs.formats { // in the answer's order: its first is what it wants
		if slices.Contains(s.can.Codecs, f.Codec) {
			s.payloads[f.Codec] = f.Payload
			s.adopt(d, theirs)
			return theirs.media(f, intersect(theirs.direction.reverse(), s.want), s.can.Codecs), nil
		}
	}
	return Media{}, ErrNoCommonCodec
}

// adopt remembers the lines of a description, which every later one repeats.
func (s *Session) adopt(d *sdp.SessionDescription, theirs stream) {
	s.lines = s.lines[:0]
	for _, m := range d.MediaDescriptions {
		s.lines = append(s.lines, line{m.MediaName.Media, m.MediaName.Protos, m.MediaName.Formats})
	}
	s.index, s.proto, s.mux = theirs.index, theirs.proto, theirs.mux
}

// media is what a stream of the peer's and our choice amount to.
func (t stream) media(chosen Format, ours Direction, can []audio.Codec) Media {
	m := Media{
		RTP: t.rtp, RTCP: t.rtcp, Mux: t.mux, Codec: chosen.Codec, Payload: chosen.Payload,
		Events: t.events, Direction: ours, Ptime: t.ptime,
	}
	for _, f := range t.formats {
		if slices.Contains(can, f.Codec) {
			m.Formats = append(m.Formats, f)
		}
	}
	return m
}

// describe writes our description; its version rises with every change.
func (s *Session) describe(formats []Format, events []Events, direction Direction) []byte {
	family := "IP4"
	if s.local.Addr().Is6() {
		family = "IP6"
	}
	host := s.local.Addr().String()
	d := sdp.SessionDescription{
		Origin: sdp.Origin{
			Username: "partyline", SessionID: s.id, SessionVersion: s.version,
			NetworkType: "IN", AddressType: family, UnicastAddress: host,
		},
		SessionName: "-",
		ConnectionInformation: &sdp.ConnectionInformation{
			NetworkType: "IN", AddressType: family, Address: &sdp.Address{Address: host},
		},
		TimeDescriptions: []sdp.TimeDescription{{}},
	}
	for i := range max(1, len(s.lines)) {
		if i == s.index {
			d.MediaDescriptions = append(d.MediaDescriptions, s.audio(formats, events, direction))
			continue
		}
		refused := s.lines[i]
		d.MediaDescriptions = append(d.MediaDescriptions, &sdp.MediaDescription{MediaName: sdp.MediaName{
			Media: refused.media, Protos: refused.protos, Formats: refused.formats,
		}})
	}
	content := describedBy(d)
	if s.last != "" && content != s.last {
		s.version++
		d.Origin.SessionVersion = s.version
	}
	s.last = content
	text, err := d.Marshal()
	if err != nil { // pion/sdp's Marshal always returns nil
		return nil
	}
	return text
}

// describedBy is a description without its version.
func describedBy(d sdp.SessionDescription) string {
	d.Origin.SessionVersion = 0
	text, err := d.Marshal()
	if err != nil {
		return ""
	}
	return string(text)
}

// audio writes the audio line.
func (s *Session) audio(formats []Format, events []Events, direction Direction) *sdp.MediaDescription {
	m := &sdp.MediaDescription{MediaName: sdp.MediaName{
		Media: "audio", Port: sdp.RangedPort{Value: int(s.local.Port())}, Protos: s.proto,
	}}
	add := func(key, value string) { m.Attributes = append(m.Attributes, sdp.NewAttribute(key, value)) }
	for _, f := range formats {
		m.MediaName.Formats = append(m.MediaName.Formats, strconv.Itoa(int(f.Payload)))
		channels := ""
		if f.Codec == audio.Opus {
			channels = "/2" // RFC 7587 section 7: always, whatever is sent
		}
		add("rtpmap", fmt.Sprintf("%d %s/%d%s", f.Payload, f.Codec, f.Codec.ClockRate(), channels))
		if f.Codec == audio.Opus {
			add("fmtp", fmt.Sprintf("%d minptime=10;useinbandfec=1", f.Payload))
		}
	}
	for _, e := range events {
		m.MediaName.Formats = append(m.MediaName.Formats, strconv.Itoa(int(e.Payload)))
		add("rtpmap", fmt.Sprintf("%d telephone-event/%d", e.Payload, e.Clock))
		add("fmtp", fmt.Sprintf("%d 0-15", e.Payload))
	}
	add("ptime", strconv.Itoa(int(audio.FrameDuration/time.Millisecond)))
	if s.mux {
		m.Attributes = append(m.Attributes, sdp.NewPropertyAttribute("rtcp-mux"))
	} else {
		add("rtcp", strconv.Itoa(int(s.local.Port())+1))
	}
	m.Attributes = append(m.Attributes, sdp.NewPropertyAttribute(direction.String()))
	return m
}

// Status is the SIP status that an error of Answer deserves.
func Status(err error) int {
	if errors.Is(err, ErrMalformed) {
		return 400
	}
	return 488
}

// reverse is a direction as the other side sees it.
func (d Direction) reverse() Direction {
	switch d {
	case SendOnly:
		return RecvOnly
	case RecvOnly:
		return SendOnly
	default:
		return d
	}
}

// intersect is what two wishes about our direction leave.
func intersect(a, b Direction) Direction {
	switch {
	case a.Sends() && b.Sends() && a.Receives() && b.Receives():
		return SendRecv
	case a.Sends() && b.Sends():
		return SendOnly
	case a.Receives() && b.Receives():
		return RecvOnly
	default:
		return Inactive
	}
}
