package offer

import (
	"fmt"
	"strconv"
	"time"

	"github.com/pion/sdp/v3"

	"partyline/sfu/audio"
	"partyline/sip/internal/sdes"
)

// content is what the audio line of a description says beside its address.
type content struct {
	formats   []Format
	events    []Events
	direction Direction
	cryptos   []sdes.Crypto
	ptime     time.Duration
}

// describe writes our description; its version rises with every change.
func (s *Session) describe(c content) []byte {
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
			d.MediaDescriptions = append(d.MediaDescriptions, s.audio(c))
			continue
		}
		refused := s.lines[i]
		d.MediaDescriptions = append(d.MediaDescriptions, &sdp.MediaDescription{MediaName: sdp.MediaName{
			Media: refused.media, Protos: refused.protos, Formats: refused.formats,
		}})
	}
	described := describedBy(d)
	if s.last != "" && described != s.last {
		s.version++
		d.Origin.SessionVersion = s.version
	}
	s.last = described
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

// opusParameters are those of RFC 7587 section 6.1: the rooms are mono at 16
// kHz, so that more would be wasted on the way.
const opusParameters = "maxplaybackrate=16000;sprop-maxcapturerate=16000;minptime=10;stereo=0;sprop-stereo=0;useinbandfec=1"

// audio writes the audio line.
func (s *Session) audio(c content) *sdp.MediaDescription {
	m := &sdp.MediaDescription{MediaName: sdp.MediaName{
		Media: "audio", Port: sdp.RangedPort{Value: int(s.local.Port())}, Protos: s.proto,
	}}
	add := func(key, value string) { m.Attributes = append(m.Attributes, sdp.NewAttribute(key, value)) }
	ptime := c.ptime
	for _, f := range c.formats {
		m.MediaName.Formats = append(m.MediaName.Formats, strconv.Itoa(int(f.Payload)))
		channels := ""
		if f.Codec == audio.Opus {
			channels = "/2" // RFC 7587 section 7: always, whatever is sent
			ptime = audio.FrameDuration
		}
		add("rtpmap", fmt.Sprintf("%d %s/%d%s", f.Payload, f.Codec, f.Codec.ClockRate(), channels))
		if f.Codec == audio.Opus {
			add("fmtp", fmt.Sprintf("%d %s", f.Payload, opusParameters))
		}
	}
	for _, e := range c.events {
		m.MediaName.Formats = append(m.MediaName.Formats, strconv.Itoa(int(e.Payload)))
		add("rtpmap", fmt.Sprintf("%d telephone-event/%d", e.Payload, e.Clock))
		add("fmtp", fmt.Sprintf("%d 0-15", e.Payload))
	}
	for _, crypto := range c.cryptos {
		add("crypto", crypto.Attribute())
	}
	add("ptime", strconv.Itoa(int(ptime/time.Millisecond)))
	add("maxptime", strconv.Itoa(longestPtime))
	if s.mutual {
		add("rtcp-xr", extendedWanted)
	}
	if s.mux {
		m.Attributes = append(m.Attributes, sdp.NewPropertyAttribute("rtcp-mux"))
	}
	if !s.mux || s.lines == nil { // RFC 5761 section 5.1.1: an offer of both
		add("rtcp", strconv.Itoa(int(s.local.Port())+1))
	}
	m.Attributes = append(m.Attributes, sdp.NewPropertyAttribute(c.direction.String()))
	return m
}

// extendedWanted is the extended reports that we ask for, RFC 3611 section 5.1.
const extendedWanted = "voip-metrics stat-summary=loss,dup"

// longestPtime is the longest packet, in ms, that is taken.
const longestPtime = 60
