package sfu

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
)

// What an offer may hold.
const (
	maxOffer      = 64 << 10     // octets
	maxSections   = MaxSlots + 1 // one for what is heard alone
	levelURI      = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
	opusEncoding  = "opus/48000/2"
	redEncoding   = "red/48000/2"
	opusParameter = "usedtx=1;useinbandfec=1"
)

// offer is what the hub needs to know of a browser's SDP offer.
type offer struct {
	sections       int   // m-lines, all audio
	opus           uint8 // payload type as offered
	red            uint8 // payload type as offered, 0: none
	nack           bool  // lost packets can be asked for again
	levelExtension uint8 // identifier of the RFC 6464 extension, 0: none
	sdp            string
}

// readOffer checks an offer before Pion sees it. Errors are ErrBadOffer or
// ErrNoAudio with the reason.
func readOffer(text string) (*offer, error) {
	if len(text) > maxOffer {
		return nil, fmt.Errorf("%w: %d octets are too long", ErrBadOffer, len(text))
	}
	var s sdp.SessionDescription
	if err := s.UnmarshalString(text); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadOffer, err)
	}
	if len(s.MediaDescriptions) == 0 {
		return nil, ErrNoAudio
	}
	if len(s.MediaDescriptions) > maxSections {
		return nil, fmt.Errorf("%w: %d sections, at most %d", ErrBadOffer, len(s.MediaDescriptions), maxSections)
	}
	for _, m := range s.MediaDescriptions {
		if err := checkSection(&s, m); err != nil {
			return nil, err
		}
		stripCandidates(m)
	}
	o := &offer{sections: len(s.MediaDescriptions)}
	if err := o.readCodecs(s.MediaDescriptions[0]); err != nil {
		return nil, err
	}
	o.readExtensions(s.MediaDescriptions[0])
	o.readFeedback(s.MediaDescriptions[0])
	clean, err := s.Marshal()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadOffer, err)
	}
	o.sdp = string(clean)
	return o, nil
}

// checkSection checks what one m-line must be and have.
func checkSection(s *sdp.SessionDescription, m *sdp.MediaDescription) error {
	if m.MediaName.Media != "audio" {
		return fmt.Errorf("%w: a section of kind %.20q, only audio is taken", ErrBadOffer, m.MediaName.Media)
	}
	if m.MediaName.Port.Value == 0 {
		return fmt.Errorf("%w: a rejected section", ErrBadOffer)
	}
	for _, name := range []string{"ice-ufrag", "ice-pwd", "fingerprint"} {
		if attribute(s, m, name) == "" {
			return fmt.Errorf("%w: no %s", ErrBadOffer, name)
		}
	}
	if f := attribute(s, m, "fingerprint"); !strings.HasPrefix(strings.ToLower(f), "sha-") {
		return fmt.Errorf("%w: fingerprint %.20q", ErrBadOffer, f)
	}
	if mid, ok := m.Attribute("mid"); !ok || mid == "" {
		return fmt.Errorf("%w: a section without mid", ErrBadOffer)
	}
	if setup := attribute(s, m, "setup"); setup != "actpass" && setup != "active" {
		return fmt.Errorf("%w: setup is %.20q, must be actpass", ErrBadOffer, setup)
	}
	for _, direction := range []string{"sendonly", "inactive"} {
		if _, ok := m.Attribute(direction); ok {
			return fmt.Errorf("%w: a section is %s, each must receive", ErrBadOffer, direction)
		}
	}
	if _, ok := m.Attribute("rtcp-mux"); !ok {
		return fmt.Errorf("%w: no rtcp-mux", ErrBadOffer)
	}
	return nil
}

// attribute finds an attribute in a section or else in the session.
func attribute(s *sdp.SessionDescription, m *sdp.MediaDescription, name string) string {
	if v, ok := m.Attribute(name); ok {
		return v
	}
	v, _ := s.Attribute(name)
	return v
}

// stripCandidates drops the browser's candidates. An ICE-lite server never
// checks them, it learns where the browser is from the browser's own checks;
// so no name is looked up and no stranger's address is remembered.
func stripCandidates(m *sdp.MediaDescription) {
	kept := m.Attributes[:0]
	for _, a := range m.Attributes {
		if a.Key != "candidate" && a.Key != "end-of-candidates" {
			kept = append(kept, a)
		}
	}
	m.Attributes = kept
}

// readCodecs finds the payload types of Opus and, if it is there and carries
// that Opus, RED.
func (o *offer) readCodecs(m *sdp.MediaDescription) error {
	encodings := make(map[string]string) // payload type → encoding
	carries := make(map[string]string)   // payload type → format parameters
	for _, a := range m.Attributes {
		format, rest, _ := strings.Cut(a.Value, " ")
		switch a.Key {
		case "rtpmap":
			encodings[format] = strings.ToLower(rest)
		case "fmtp":
			carries[format] = rest
		}
	}
	for _, format := range m.MediaName.Formats {
		if encodings[format] == opusEncoding && o.opus == 0 {
			o.opus = payloadType(format)
		}
	}
	if o.opus == 0 {
		return fmt.Errorf("%w: Opus is not offered", ErrNoAudio)
	}
	for _, format := range m.MediaName.Formats {
		first, _, _ := strings.Cut(carries[format], "/")
		if encodings[format] == redEncoding && payloadType(first) == o.opus && o.red == 0 {
			o.red = payloadType(format)
		}
	}
	return nil
}

// payloadType reads a dynamic payload type, 0 if it is none. RFC 5761 §4
// leaves 64 to 95 to RTCP.
func payloadType(format string) uint8 {
	n, err := strconv.ParseUint(format, 10, 7)
	if err != nil || n < 35 || n >= 64 && n < 96 {
		return 0
	}
	return uint8(n)
}

// readExtensions finds the identifier of the audio level.
func (o *offer) readExtensions(m *sdp.MediaDescription) {
	for _, a := range m.Attributes {
		if a.Key != "extmap" {
			continue
		}
		id, uri, _ := strings.Cut(a.Value, " ")
		uri, _, _ = strings.Cut(uri, " ")
		id, _, _ = strings.Cut(id, "/")
		if n, err := strconv.ParseUint(id, 10, 8); err == nil && uri == levelURI && n >= 1 && n <= maxExtension {
			o.levelExtension = uint8(n)
		}
	}
}

// readFeedback finds out whether the browser sends again what was lost (RFC
// 4585 §4.2). None offers that for audio unless its page asks for it.
func (o *offer) readFeedback(m *sdp.MediaDescription) {
	wanted := strconv.Itoa(int(o.opus)) + " nack"
	for _, a := range m.Attributes {
		if a.Key == "rtcp-fb" && a.Value == wanted {
			o.nack = true
		}
	}
}

// finishAnswer puts into Pion's answer what Pion does not: the Opus
// parameters that make the browser pause in silence and protect its speech
// (RFC 7587 §6.1). Pion repeats the browser's own.
func (o *offer) finishAnswer(answer string) string {
	format := "a=fmtp:" + strconv.Itoa(int(o.opus)) + " "
	lines := strings.Split(answer, "\r\n")
	for i, line := range lines {
		if rest, ok := strings.CutPrefix(line, format); ok {
			lines[i] = format + withParameters(rest)
		}
	}
	return strings.Join(lines, "\r\n")
}

// withParameters adds opusParameter to a list of format parameters.
func withParameters(list string) string {
	kept := []string{}
	for _, p := range strings.Split(list, ";") {
		name, _, _ := strings.Cut(strings.TrimSpace(p), "=")
		if name != "" && name != "usedtx" && name != "useinbandfec" {
			kept = append(kept, strings.TrimSpace(p))
		}
	}
	return strings.Join(append(kept, opusParameter), ";")
}
